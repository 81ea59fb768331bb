/* Shelves are counted by a stream of tasks. See README.md for what goes wrong. */
#include <offbeat/agent.h>
#include <offbeat/process_task.h>

#define SHELVES 2
#define AT_ONCE 2
#define ROUNDS 2 /* for which tasks that took too long are repeated */
#define STOCKTAKES 2
#define COUNTING_US 15000 /* of one shelf, by the one clerk of the warehouse */
#define TIMEOUT_US 40000
#define ON_SHELF(shelf) ((shelf) + 5)
#define ON_ALL (SHELVES * 5 + SHELVES * (SHELVES - 1) / 2)

enum variant { SHARED, COUNTED_AGAIN, SUMMED };
enum kind {
    TAKE,
    COUNT,
    COUNTED,
    AGENT,
    TASK = AGENT + OB_AGENT_KINDS,
    KINDS = TASK + OB_PROCESS_TASK_KINDS
};
enum function { READ, WRITE, ADD };

/* -- an Agent that keeps a total -- */

static uint32_t read_total(void *total, uint32_t arg)
{
    (void)arg;
    return *(const uint32_t *)total;
}

static uint32_t write_total(void *total, uint32_t arg)
{
    return *(uint32_t *)total = arg;
}

static uint32_t add_to_total(void *total, uint32_t arg)
{
    return *(uint32_t *)total += arg;
}

static ob_agent_function *const functions[] = {
    [READ] = read_total, [WRITE] = write_total, [ADD] = add_to_total};

static uint32_t ask_agent(struct ob_actor *self, enum ob_agent_kind kind, enum function function,
                          uint32_t arg)
{
    return ob_call(self, "total", OB_FOREVER, AGENT + (unsigned)kind, function, arg)->args[0];
}

/* -- tasks -- */

static uint32_t count(struct ob_actor *self, uint32_t shelf)
{
    uint32_t found = ob_call(self, "warehouse", OB_FOREVER, COUNT, shelf)->args[0];

    if (ob_variant(self) == SHARED) {
        uint32_t total = ask_agent(self, OB_AGENT_GET, READ, 0);
        (void)ask_agent(self, OB_AGENT_UPDATE, WRITE, total + found);
    } else if (ob_variant(self) == COUNTED_AGAIN) {
        (void)ask_agent(self, OB_AGENT_UPDATE, ADD, found);
    }
    return found;
}

/* -- whoever wants to know -- */

/* Counts those shelves, and has those whose task was killed counted anew. Returns how many are not
 * counted in the end. */
static unsigned count_all(struct ob_actor *self, uint32_t *shelves, unsigned left, uint32_t *sum)
{
    const struct ob_process_task_stream stream = {
        .group = "counter",
        .at_once = AT_ONCE,
        .timeout_us = ob_variant(self) == SHARED ? OB_FOREVER : TIMEOUT_US,
        .kills = true};

    for (unsigned round = 0; round < ROUNDS && left > 0; round++) {
        struct ob_process_task_result results[SHELVES];
        unsigned again = 0;
        ob_process_task_async_stream(self, &stream, shelves, left, results);
        for (unsigned at = 0; at < left; at++)
            if (results[at].end == OB_PROCESS_TASK_OK)
                *sum += results[at].value;
            else
                shelves[again++] = shelves[at];
        left = again;
    }
    return left;
}

static void take_stock(struct ob_actor *self)
{
    uint32_t *known = ob_state(self);

    for (unsigned done = 0; done < STOCKTAKES; done++) {
        uint32_t shelves[SHELVES] = {0, 1};
        uint32_t sum = 0;
        (void)ob_receive(self, TAKE);
        (void)ask_agent(self, OB_AGENT_UPDATE, WRITE, 0);
        if (count_all(self, shelves, SHELVES, &sum) > 0)
            continue; /* it says that it does not know */
        *known = ob_variant(self) == SUMMED ? sum : ask_agent(self, OB_AGENT_GET, READ, 0);
        OB_INVARIANT(ob_world(self), all_is_counted_once, *known == ON_ALL, "%u of %u", *known,
                     (unsigned)ON_ALL);
    }
}

/* One clerk, who counts one shelf after the other. */
static void warehouse(struct ob_actor *self)
{
    for (;;) {
        struct ob_message asked = *ob_receive(self, COUNT);
        ob_sleep(self, COUNTING_US);
        ob_reply(self, &asked, COUNTED, ON_SHELF(asked.args[0]));
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "office")))
        ob_describe(text, "%u", *(const uint32_t *)ob_state(actor));
    else if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "total")))
        ob_describe(text, "%u", *(const uint32_t *)ob_agent_state(actor));
}

static void setup(struct ob_world *world)
{
    ob_spawn_process(world, "office", take_stock, sizeof(uint32_t));
    ob_process_task_spawn(world, "counter", STOCKTAKES * ROUNDS * SHELVES, count, TASK);
    ob_spawn_process(world, "warehouse", warehouse, 0);
    ob_agent_spawn(world, "total",
                   &(struct ob_agent_config){.first_kind = AGENT,
                                             .functions = functions,
                                             .function_count = 3,
                                             .state_size = sizeof(uint32_t)});
    ob_link(world, "counter", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
    ob_link(world, "office", "counter", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
    ob_link(world, "warehouse", "counter",
            (struct ob_link){.latency_us = 10, .latency_us_max = 12000});
    ob_link(world, "total", "counter",
            (struct ob_link){.latency_us = 1000, .latency_us_max = 10000});
}

OB_TARGET(stocktake, .summary = "shelves are counted by a stream of tasks",
          .variants = {[SHARED] = "shared", [COUNTED_AGAIN] = "counted_again", [SUMMED] = "summed"},
          .fails = {[SHARED] = true, [COUNTED_AGAIN] = true},
          .messages = {[TAKE] = {.name = "take_stock", .to = "office"},
                       [COUNT] = {.name = "count", .args = {{.name = "shelf"}}},
                       [COUNTED] = {.name = "counted", .args = {{.name = "items"}}},
                       OB_AGENT_MESSAGES(AGENT),
                       OB_PROCESS_TASK_MESSAGES(TASK)},
          .setup = setup, .describe = describe);
