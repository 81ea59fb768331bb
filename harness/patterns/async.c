#include <offbeat/async.h>

#include <string.h>

/* What several workers do together: they outlive their caller where a function fails. In the
 * world's memory. */
struct whole {
    struct ob_waiters caller;
    ob_async_function *const *functions; /* one each, or */
    ob_async_function *function;         /* one for all */
    const uint32_t *values;              /* of the items, or */
    const struct ob_async_item *items;   /* pairs, or neither */
    void *context;
    unsigned count;
    unsigned next;    /* the first that was not begun */
    unsigned running; /* workers */
    bool begins_all;  /* also after one that has failed before it awaits anything */
    int error;
    uint32_t results[];
};

static struct ob_async_item item_at(const struct whole *whole, unsigned index)
{
    if (whole->items)
        return whole->items[index];
    return (struct ob_async_item){.key = index, .value = whole->values ? whole->values[index] : 0};
}

static bool is_left(const struct whole *whole)
{
    return whole->next < whole->count && (whole->error == 0 || whole->begins_all);
}

/* Ends when nothing is left to begin. */
static void work(struct ob_actor *self, void *context)
{
    struct whole *whole = context;
    whole->running++;
    while (is_left(whole)) {
        unsigned index = whole->next++;
        ob_async_function *function = whole->functions ? whole->functions[index] : whole->function;
        int error = function(self, whole->context, item_at(whole, index), &whole->results[index]);
        if (whole->error == 0)
            whole->error = error;
    }
    whole->running--;
    if (whole->running == 0 || whole->error)
        (void)ob_wake_all_by(self, &whole->caller, whole->caller.name);
}

static int run(struct ob_actor *self, const struct whole *plan, unsigned limit, uint32_t *results)
{
    size_t results_size = plan->count * sizeof *results;
    struct whole *whole = ob_alloc(ob_world(self), sizeof *whole + results_size);
    *whole = *plan;
    whole->caller.name = "the end of async work";
    for (unsigned worker = 0; worker < limit && is_left(whole); worker++)
        ob_own(&whole->caller, ob_task_start(self, work, whole));
    if (whole->running > 0 && whole->error == 0)
        (void)ob_wait(self, &whole->caller, OB_FOREVER);
    if (results && results_size > 0)
        memcpy(results, whole->results, results_size);
    return whole->error;
}

int ob_async_parallel(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                      void *context, uint32_t *results)
{
    const struct whole plan = {
        .functions = functions, .count = count, .begins_all = true, .context = context};
    return run(self, &plan, count, results);
}

int ob_async_parallel_limit(struct ob_actor *self, ob_async_function *const *functions,
                            unsigned count, unsigned limit, void *context, uint32_t *results)
{
    const struct whole plan = {.functions = functions, .count = count, .context = context};
    return run(self, &plan, limit, results);
}

int ob_async_series(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                    void *context, uint32_t *results)
{
    int error = 0;
    for (unsigned index = 0; index < count && error == 0; index++) {
        uint32_t result = 0;
        error = functions[index](self, context, (struct ob_async_item){.key = index}, &result);
        if (results)
            results[index] = result;
    }
    return error;
}

int ob_async_waterfall(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                       void *context, uint32_t *value)
{
    struct ob_async_item item = {.value = *value};
    for (; item.key < count; item.key++) {
        uint32_t result = 0;
        int error = functions[item.key](self, context, item, &result);
        if (error)
            return error;
        item.value = result;
    }
    *value = item.value;
    return 0;
}

int ob_async_each(struct ob_actor *self, const uint32_t *items, unsigned count,
                  ob_async_function *function, void *context)
{
    return ob_async_map(self, items, count, function, context, NULL);
}

int ob_async_each_limit(struct ob_actor *self, const uint32_t *items, unsigned count,
                        unsigned limit, ob_async_function *function, void *context)
{
    return ob_async_map_limit(self, items, count, limit, function, context, NULL);
}

int ob_async_each_series(struct ob_actor *self, const uint32_t *items, unsigned count,
                         ob_async_function *function, void *context)
{
    int error = 0;
    for (unsigned index = 0; index < count && error == 0; index++) {
        uint32_t result = 0;
        const struct ob_async_item item = {.key = index, .value = items[index]};
        error = function(self, context, item, &result);
    }
    return error;
}

int ob_async_each_of(struct ob_actor *self, const struct ob_async_item *items, unsigned count,
                     ob_async_function *function, void *context)
{
    return ob_async_map_values(self, items, count, function, context, NULL);
}

int ob_async_map(struct ob_actor *self, const uint32_t *items, unsigned count,
                 ob_async_function *function, void *context, uint32_t *results)
{
    const struct whole plan = {.function = function,
                               .values = items,
                               .count = count,
                               .begins_all = true,
                               .context = context};
    return run(self, &plan, count, results);
}

int ob_async_map_limit(struct ob_actor *self, const uint32_t *items, unsigned count, unsigned limit,
                       ob_async_function *function, void *context, uint32_t *results)
{
    const struct whole plan = {
        .function = function, .values = items, .count = count, .context = context};
    return run(self, &plan, limit, results);
}

int ob_async_map_values(struct ob_actor *self, const struct ob_async_item *items, unsigned count,
                        ob_async_function *function, void *context, uint32_t *results)
{
    const struct whole plan = {
        .function = function, .items = items, .count = count, .context = context};
    return run(self, &plan, count, results);
}
