/* Combinators of asynchronous functions: order of calls and results, errors, limits, the queue. */
#include "offbeat/async.h"

#include "support/task_log.h"

enum kind { GO, PUSH, CONTROL };
enum variant {
    PARALLEL,
    LIMITED,
    SERIES,
    WATERFALL,
    EACH,
    EACH_LIMIT,
    EACH_SERIES,
    EACH_OF,
    MAP,
    MAP_LIMIT,
    MAP_VALUES,
    QUEUE,
    EMPTY,
};

/* Takes 100 µs × the value, or of functions × (3 - place); fails when the value is the context's.
 */
static int slow(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    const uint32_t *failing = context;

    note(self, "+%u:%u@%u", item.key, item.value, since_start(self));
    ob_sleep(self, item.value ? 100 * item.value : 100 * (3 - item.key));
    note(self, "-%u@%u", item.key, since_start(self));
    *result = 10 * item.key + item.value;
    return item.key + 1 == *failing ? (int)item.key + 1 : 0;
}

static ob_async_function *const functions[] = {slow, slow, slow};
static const uint32_t items[] = {3, 2, 1};
static const struct ob_async_item pairs[] = {{5, 3}, {7, 2}, {9, 1}};

static int combine(struct ob_actor *self, uint32_t *failing, uint32_t *results)
{
    switch (ob_variant(self)) {
    case PARALLEL:
        return ob_async_parallel(self, functions, 3, failing, results);
    case LIMITED:
        return ob_async_parallel_limit(self, functions, 3, 2, failing, results);
    case SERIES:
        return ob_async_series(self, functions, 3, failing, results);
    case WATERFALL:
        results[0] = 4;
        return ob_async_waterfall(self, functions, 3, failing, results);
    case EACH:
        return ob_async_each(self, items, 3, slow, failing);
    case EACH_LIMIT:
        return ob_async_each_limit(self, items, 3, 2, slow, failing);
    case EACH_SERIES:
        return ob_async_each_series(self, items, 3, slow, failing);
    case EACH_OF:
        return ob_async_each_of(self, pairs, 3, slow, failing);
    case MAP:
        return ob_async_map(self, items, 3, slow, failing, results);
    case MAP_LIMIT:
        return ob_async_map_limit(self, items, 3, 1, slow, failing, results);
    case MAP_VALUES:
        return ob_async_map_values(self, pairs, 3, slow, failing, results);
    default:
        return ob_async_parallel(self, functions, 0, failing, results) +
               ob_async_each(self, items, 0, slow, failing) +
               ob_async_series(self, functions, 0, failing, NULL) +
               ob_async_each_series(self, items, 0, slow, failing);
    }
}

struct server {
    struct ob_async_queue *queue;
    uint32_t failing;
};

static void go(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    uint32_t results[3] = {0};

    server->failing = message->args[0];
    int error = combine(self, &server->failing, results);
    note(self, "=%d:%u,%u,%u@%u", error, results[0], results[1], results[2], since_start(self));
}

/* 0 drains, 1 pauses, 2 resumes, 3 kills, 4 tells, 5 puts 3 at the beginning,
 * 6 pushes nothing. */
static void control(struct ob_actor *self, struct ob_async_queue *queue, uint32_t what)
{
    if (what == 0) {
        int error = ob_async_queue_drain(self, queue);
        note(self, "drained%d@%u", error, since_start(self));
    }
    if (what == 1)
        ob_async_queue_pause(queue);
    if (what == 2)
        ob_async_queue_resume(self, queue);
    if (what == 3)
        ob_async_queue_kill(self, queue);
    if (what == 4)
        note(self, "%u/%u", ob_async_queue_length(queue), ob_async_queue_running(queue));
    if (what == 6)
        (void)ob_async_queue_push_all(self, queue, NULL, 0);
    if (what == 5 && !ob_async_queue_unshift(self, queue, 3))
        note(self, "full");
}

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (!server->queue)
        server->queue = ob_async_queue(self, slow, 2, 3, &server->failing);
    if (message->kind == GO)
        go(self, message);
    else if (message->kind == CONTROL)
        control(self, server->queue, message->args[0]);
    else if (!ob_async_queue_push(self, server->queue, message->args[0]))
        note(self, "full");
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "server", handle, sizeof(struct server));
    spawn_log(world);
}

static OB_TARGET(
    combinators,
    .variants = {"parallel", "limited", "series", "waterfall", "each", "each_limit", "each_series",
                 "each_of", "map", "map_limit", "map_values", "queue", "empty"},
    .messages = {[GO] = {.name = "go", .to = "server", .args = {{"failing", 0, 9}}},
                 [PUSH] = {.name = "push", .to = "server", .args = {{"n", 0, 9}}},
                 [CONTROL] = {.name = "control", .to = "server", .args = {{"what", 0, 9}}}},
    .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_combinators, variant, records, NULL, noted);
}

static void parallel_begins_in_order_and_results_are_in_order(void **state)
{
    (void)state;
    expect(PARALLEL, "+0 go()\n", "+0:0@0 +1:0@0 +2:0@0 -2@100 -1@200 -0@300 =0:0,10,20@300 ");
}

static void the_first_error_ends_parallel_at_once_and_the_rest_runs_on(void **state)
{
    (void)state;
    expect(PARALLEL, "+0 go(failing=2)\n",
           "+0:0@0 +1:0@0 +2:0@0 -2@100 -1@200 =2:0,10,20@200 -0@300 ");
}

static void a_limit_lets_so_many_run(void **state)
{
    (void)state;
    expect(LIMITED, "+0 go()\n", "+0:0@0 +1:0@0 -1@200 +2:0@200 -0@300 -2@300 =0:0,10,20@300 ");
    expect(LIMITED, "+0 go(failing=2)\n", "+0:0@0 +1:0@0 -1@200 =2:0,10,0@200 -0@300 ");
    expect(EACH_LIMIT, "+0 go()\n", "+0:3@0 +1:2@0 -1@200 +2:1@200 -0@300 -2@300 =0:0,0,0@300 ");
    expect(MAP_LIMIT, "+0 go()\n", "+0:3@0 -0@300 +1:2@300 -1@500 +2:1@500 -2@600 =0:3,12,21@600 ");
}

static void series_runs_one_after_the_other_and_stops_at_an_error(void **state)
{
    (void)state;
    expect(SERIES, "+0 go()\n", "+0:0@0 -0@300 +1:0@300 -1@500 +2:0@500 -2@600 =0:0,10,20@600 ");
    expect(SERIES, "+0 go(failing=1)\n", "+0:0@0 -0@300 =1:0,0,0@300 ");
    expect(EACH_SERIES, "+0 go(failing=2)\n", "+0:3@0 -0@300 +1:2@300 -1@500 =2:0,0,0@500 ");
}

static void series_of_two_requests_run_side_by_side(void **state)
{
    (void)state;
    expect(SERIES, "+0 go(failing=1)\n+10us go(failing=1)\n",
           "+0:0@0 +0:0@10 -0@300 =1:0,0,0@300 -0@310 =1:0,0,0@310 ");
}

static void waterfall_hands_results_on(void **state)
{
    (void)state;
    expect(WATERFALL, "+0 go()\n",
           "+0:4@0 -0@400 +1:4@400 -1@800 +2:14@800 -2@2200 =0:34,0,0@2200 ");
    expect(WATERFALL, "+0 go(failing=2)\n", "+0:4@0 -0@400 +1:4@400 -1@800 =2:4,0,0@800 ");
}

static void each_and_map_take_items_and_pairs(void **state)
{
    (void)state;
    expect(EACH, "+0 go()\n", "+0:3@0 +1:2@0 +2:1@0 -2@100 -1@200 -0@300 =0:0,0,0@300 ");
    expect(EACH_OF, "+0 go(failing=8)\n",
           "+5:3@0 +7:2@0 +9:1@0 -9@100 -7@200 =8:0,0,0@200 -5@300 ");
    expect(MAP, "+0 go()\n", "+0:3@0 +1:2@0 +2:1@0 -2@100 -1@200 -0@300 =0:3,12,21@300 ");
    expect(MAP_VALUES, "+0 go()\n", "+5:3@0 +7:2@0 +9:1@0 -9@100 -7@200 -5@300 =0:53,72,91@300 ");
}

static void nothing_to_do_ends_at_once(void **state)
{
    (void)state;
    expect(EMPTY, "+0 go()\n", "=0:0,0,0@0 ");
}

static void a_queue_has_so_many_workers_and_so_much_room(void **state)
{
    (void)state;
    expect(QUEUE,
           "+0 push(n=1)\n+0 push(n=2)\n+0 push(n=3)\n+0 push(n=4)\n+0 push(n=5)\n+0 push(n=6)\n"
           "+10us control(what=4)\n+0 control(what=0)\n",
           "+0:1@0 +1:2@0 full 3/2 -0@100 +2:3@100 -1@200 +3:4@200 -2@400 +4:5@400 -3@600 -4@900 "
           "drained0@900 ");
}

static void an_item_can_be_put_first(void **state)
{
    (void)state;
    expect(QUEUE, "+0 push(n=1)\n+0 push(n=1)\n+10us push(n=2)\n+0 control(what=5)\n",
           "+0:1@0 +1:1@0 -0@100 +3:3@100 -1@100 +2:2@100 -2@300 -3@400 ");
}

static void a_paused_queue_begins_nothing(void **state)
{
    (void)state;
    expect(QUEUE,
           "+0 push(n=1)\n+10us control(what=1)\n+10us push(n=1)\n+200us control(what=4)\n"
           "+0 control(what=2)\n",
           "+0:1@0 -0@100 1/0 +1:1@220 -1@320 ");
}

static void a_killed_queue_forgets_what_waits(void **state)
{
    (void)state;
    expect(QUEUE,
           "+0 push(n=1)\n+0 push(n=2)\n+0 push(n=3)\n+10us control(what=3)\n+0 push(n=1)\n"
           "+0 control(what=0)\n",
           "+0:1@0 +1:2@0 full -0@100 -1@200 ");
}

static void drain_of_an_idle_queue_waits_for_the_next_one(void **state)
{
    (void)state;
    expect(QUEUE, "+0 control()\n", "");
    expect(QUEUE, "+0 control()\n+50us push(n=1)\n", "+0:1@50 -0@150 drained0@150 ");
    expect(QUEUE, "+0 control()\n+50us control(what=6)\n+0 push(n=1)\n",
           "drained0@50 +0:1@50 -0@150 ");
}

/* What awaits the end of async work goes on before whatever else is due at that time. */
static void the_caller_goes_on_as_a_microtask(void **state)
{
    (void)state;
    expect(PARALLEL, "+0 go()\n+300us control(what=4)\n",
           "+0:0@0 +1:0@0 +2:0@0 -2@100 -1@200 -0@300 =0:0,10,20@300 0/0 ");
    expect(PARALLEL, "+0 go(failing=2)\n+200us control(what=4)\n",
           "+0:0@0 +1:0@0 +2:0@0 -2@100 -1@200 =2:0,10,20@200 0/0 -0@300 ");
}

/* -- flows -- */

enum flow { RACE, REFLECT, RETRY, AUTO, NOTHING };

/* Takes 300, 200, 100 or 0 us, and fails with its place, one more, if that is asked for. */
static int slow_step(struct ob_actor *self, void *context, struct ob_async_item item,
                     uint32_t *result)
{
    const uint32_t *failing = context;
    note(self, "+%u@%u", item.key, since_start(self));
    if (item.key < 3)
        ob_sleep(self, 100 * (3 - item.key));
    note(self, "-%u@%u", item.key, since_start(self));
    *result = item.key;
    return *failing == item.key + 1 ? (int)*failing : 0;
}

static int fail_before(struct ob_actor *self, void *context, struct ob_async_item item,
                       uint32_t *result)
{
    const uint32_t *failing = context;
    note(self, "try%u@%u", item.key, since_start(self));
    *result = 42;
    return item.key < *failing ? (int)*failing : 0;
}

static const struct ob_async_step steps[] = {
    {slow_step, 0}, {slow_step, 0}, {slow_step, 1}, {slow_step, 1 | 2}};

static void flow(struct ob_actor *self, const struct ob_message *message)
{
    static ob_async_function *const racers[] = {slow_step, slow_step, slow_step};
    struct ob_async_reflected reflected[3];
    uint32_t failing = message->args[0];
    uint32_t *kept = ob_alloc(ob_world(self), sizeof *kept);
    uint32_t result = 7;
    int error = 0;

    *kept = failing;
    switch (ob_variant(self)) {
    case RACE:
        error = ob_async_race(self, racers, 3, kept, &result);
        break;
    case REFLECT:
        ob_async_reflect_all(self, racers, 3, kept, reflected);
        for (unsigned at = 0; at < 3; at++)
            note(self, "%d:%u", reflected[at].error, reflected[at].value);
        break;
    case RETRY:
        error = ob_async_retry(self, 3, 50, fail_before, kept, &result);
        break;
    case AUTO:
        error = ob_async_auto(self, steps, 4, kept, NULL);
        break;
    default:
        error = ob_async_race(self, racers, 0, kept, &result) +
                ob_async_auto(self, steps, 0, kept, NULL);
        ob_async_reflect_all(self, racers, 0, kept, reflected);
        break;
    }
    note(self, "=%d:%u@%u", error, result, since_start(self));
}

static void set_up_flows(struct ob_world *world)
{
    ob_spawn_async(world, "server", flow, 0);
    spawn_log(world);
}

static OB_TARGET(flows, .variants = {"race", "reflect", "retry", "auto", "nothing"},
                 .messages = {[GO] = {.name = "go", .to = "server", .args = {{"failing", 0, 9}}}},
                 .setup = set_up_flows);

static void expect_flow(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_flows, variant, records, NULL, noted);
}

static void a_race_ends_with_the_first_and_the_others_run_on(void **state)
{
    (void)state;
    expect_flow(RACE, "+0 go()\n", "+0@0 +1@0 +2@0 -2@100 =0:2@100 -1@200 -0@300 ");
    expect_flow(RACE, "+0 go(failing=3)\n", "+0@0 +1@0 +2@0 -2@100 =3:2@100 -1@200 -0@300 ");
}

static void reflecting_waits_for_all_and_keeps_errors(void **state)
{
    (void)state;
    expect_flow(REFLECT, "+0 go(failing=3)\n",
                "+0@0 +1@0 +2@0 -2@100 -1@200 -0@300 0:0 0:1 3:2 =0:7@300 ");
}

static void a_retry_ends_with_the_first_that_does_not_fail_or_the_last_error(void **state)
{
    (void)state;
    expect_flow(RETRY, "+0 go(failing=2)\n", "try0@0 try1@50 try2@100 =0:42@100 ");
    expect_flow(RETRY, "+0 go(failing=9)\n", "try0@0 try1@50 try2@100 =9:7@100 ");
    expect_flow(RETRY, "+0 go(failing=0)\n", "try0@0 =0:42@0 ");
}

static void a_step_begins_when_those_before_it_have_ended(void **state)
{
    (void)state;
    expect_flow(AUTO, "+0 go()\n", "+0@0 +1@0 -1@200 -0@300 +2@300 +3@300 -3@300 -2@400 =0:7@400 ");
    expect_flow(AUTO, "+0 go(failing=2)\n", "+0@0 +1@0 -1@200 =2:7@200 -0@300 ");
}

static void a_flow_of_nothing_ends_at_once(void **state)
{
    (void)state;
    expect_flow(NOTHING, "+0 go()\n", "=0:0@0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parallel_begins_in_order_and_results_are_in_order),
        cmocka_unit_test(the_first_error_ends_parallel_at_once_and_the_rest_runs_on),
        cmocka_unit_test(a_limit_lets_so_many_run),
        cmocka_unit_test(series_runs_one_after_the_other_and_stops_at_an_error),
        cmocka_unit_test(series_of_two_requests_run_side_by_side),
        cmocka_unit_test(waterfall_hands_results_on),
        cmocka_unit_test(each_and_map_take_items_and_pairs),
        cmocka_unit_test(nothing_to_do_ends_at_once),
        cmocka_unit_test(a_queue_has_so_many_workers_and_so_much_room),
        cmocka_unit_test(an_item_can_be_put_first),
        cmocka_unit_test(a_paused_queue_begins_nothing),
        cmocka_unit_test(a_killed_queue_forgets_what_waits),
        cmocka_unit_test(drain_of_an_idle_queue_waits_for_the_next_one),
        cmocka_unit_test(the_caller_goes_on_as_a_microtask),
        cmocka_unit_test(a_race_ends_with_the_first_and_the_others_run_on),
        cmocka_unit_test(reflecting_waits_for_all_and_keeps_errors),
        cmocka_unit_test(a_retry_ends_with_the_first_that_does_not_fail_or_the_last_error),
        cmocka_unit_test(a_step_begins_when_those_before_it_have_ended),
        cmocka_unit_test(a_flow_of_nothing_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
