#include <offbeat/async.h>

#include <assert.h>

/* -- race -- */

struct race {
    struct ob_waiters caller;
    ob_async_function *const *functions;
    void *context;
    unsigned next;
    bool over;
    int error;
    uint32_t result;
};

static void run_in_race(struct ob_actor *self, void *context)
{
    struct race *race = context;
    struct ob_async_item item = {.key = race->next++};
    uint32_t result = 0;
    int error = race->functions[item.key](self, race->context, item, &result);
    if (race->over)
        return;
    race->over = true;
    race->error = error;
    race->result = result;
    (void)ob_wake_all_by(self, &race->caller, race->caller.name);
}

int ob_async_race(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                  void *context, uint32_t *result)
{
    struct race *race = ob_alloc(ob_world(self), sizeof *race);
    *race = (struct race){
        .caller = {.name = "the end of a race"}, .functions = functions, .context = context};
    for (unsigned index = 0; index < count; index++)
        ob_own(&race->caller, ob_task_start(self, run_in_race, race));
    if (count > 0 && !race->over)
        (void)ob_wait(self, &race->caller, OB_FOREVER);
    if (result)
        *result = race->result;
    return race->error;
}

/* -- reflect -- */

struct reflection {
    ob_async_function *const *functions;
    void *context;
    struct ob_async_reflected *results;
};

static int reflect(struct ob_actor *self, void *context, struct ob_async_item item,
                   uint32_t *result)
{
    const struct reflection *reflection = context;
    struct ob_async_reflected *reflected = &reflection->results[item.key];
    *result = 0;
    reflected->value = 0;
    reflected->error = reflection->functions[item.value](
        self, reflection->context, (struct ob_async_item){.key = item.key}, &reflected->value);
    return 0;
}

void ob_async_reflect_all(struct ob_actor *self, ob_async_function *const *functions,
                          unsigned count, void *context, struct ob_async_reflected *results)
{
    struct reflection *reflection = ob_alloc(ob_world(self), sizeof *reflection);
    uint32_t *indices = ob_alloc(ob_world(self), (count + 1) * sizeof *indices);
    *reflection =
        (struct reflection){.functions = functions, .context = context, .results = results};
    for (unsigned index = 0; index < count; index++)
        indices[index] = index;
    (void)ob_async_each(self, indices, count, reflect, reflection);
}

/* -- retry -- */

int ob_async_retry(struct ob_actor *self, unsigned times, uint32_t interval_us,
                   ob_async_function *function, void *context, uint32_t *result)
{
    int error = 0;
    assert(times >= 1);
    for (struct ob_async_item attempt = {0}; attempt.key < times; attempt.key++) {
        uint32_t value = 0;
        if (attempt.key > 0 && interval_us > 0)
            ob_sleep(self, interval_us);
        error = function(self, context, attempt, &value);
        if (error == 0) {
            if (result)
                *result = value;
            return 0;
        }
    }
    return error;
}

/* -- auto -- */

struct graph {
    struct ob_waiters caller;
    const struct ob_async_step *steps;
    void *context;
    unsigned count;
    unsigned next; /* the step that the task which starts is to run */
    uint32_t begun;
    uint32_t done;
    int error;
    uint32_t results[];
};

static uint32_t all_steps(const struct graph *graph)
{
    return graph->count == 32 ? UINT32_MAX : (UINT32_C(1) << graph->count) - 1;
}

/* The first step that may begin, or `count`. */
static unsigned ready_step(const struct graph *graph)
{
    unsigned at = 0;
    while (at < graph->count &&
           ((graph->begun >> at & 1) || (graph->steps[at].after & ~graph->done)))
        at++;
    return at;
}

static void run_step(struct ob_actor *self, void *context)
{
    struct graph *graph = context;
    unsigned index = graph->next;
    struct ob_async_item item = {.key = index};
    int error = graph->steps[index].function(self, graph->context, item, &graph->results[index]);
    if (graph->error)
        return;
    graph->error = error;
    if (error == 0)
        graph->done |= UINT32_C(1) << index;
    if (error || graph->done == all_steps(graph))
        (void)ob_wake_all_by(self, &graph->caller, graph->caller.name);
    else
        (void)ob_wake(self, &graph->caller); /* who begins what may begin now */
}

int ob_async_auto(struct ob_actor *self, const struct ob_async_step *steps, unsigned count,
                  void *context, uint32_t *results)
{
    assert(count <= OB_ASYNC_STEPS_MAX);
    struct graph *graph =
        ob_alloc(ob_world(self), sizeof *graph + (count + 1) * sizeof *graph->results);
    graph->caller.name = "the end of async steps";
    graph->steps = steps;
    graph->context = context;
    graph->count = count;
    while (graph->error == 0 && graph->done != all_steps(graph)) {
        unsigned ready = ready_step(graph);
        if (ready == count) {
            assert(graph->begun != graph->done && "steps that wait for each other");
            (void)ob_wait(self, &graph->caller, OB_FOREVER);
            continue;
        }
        graph->begun |= UINT32_C(1) << ready;
        graph->next = ready;
        (void)ob_task_start(self, run_step, graph);
    }
    for (unsigned at = 0; results && at < count; at++)
        results[at] = graph->results[at];
    return graph->error;
}
