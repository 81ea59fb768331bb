/* The rules of rules.js, as tasks. */
#include <offbeat/abort.h>
#include <offbeat/lock.h>

#include "fidelity/patterns.h"

static int slow(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    (void)context;
    note(self, "+%u", item.value);
    ob_sleep(self, item.value * MS);
    note(self, "-%u", item.value);
    *result = item.value;
    return 0;
}

static int quiet(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    (void)context;
    ob_sleep(self, item.value * MS);
    *result = item.value;
    return 0;
}

static void say_next(struct ob_actor *self, void *context)
{
    (void)context;
    ob_yield(self);
    note(self, "next");
}

static void wait_for_mutex(struct ob_actor *self, void *context)
{
    (void)ob_mutex_lock(self, context, OB_FOREVER);
    note(self, "waiter");
}

static void mutex_release(struct ob_actor *self)
{
    struct ob_mutex *mutex = ob_alloc(ob_world(self), sizeof *mutex);
    (void)ob_mutex_lock(self, mutex, OB_FOREVER);
    (void)ob_task_start(self, wait_for_mutex, mutex);
    ob_sleep(self, 5 * MS);
    (void)ob_task_start(self, say_next, NULL);
    (void)ob_mutex_unlock(self, mutex);
}

static int in_five(struct ob_actor *self, void *context, struct ob_async_item item,
                   uint32_t *result)
{
    (void)context, (void)item, (void)result;
    ob_sleep(self, 5 * MS);
    (void)ob_task_start(self, say_next, NULL);
    return 0;
}

static void parallel_end(struct ob_actor *self)
{
    static ob_async_function *const functions[] = {in_five};
    (void)ob_async_parallel(self, functions, 1, NULL, NULL);
    note(self, "caller");
}

static int fail_in_five(struct ob_actor *self, void *context, struct ob_async_item item,
                        uint32_t *result)
{
    (void)context, (void)item, (void)result;
    ob_sleep(self, 5 * MS);
    return 5;
}

static int other(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    (void)context, (void)item, (void)result;
    ob_sleep(self, 20 * MS);
    note(self, "other");
    return 0;
}

static void parallel_error(struct ob_actor *self)
{
    static ob_async_function *const functions[] = {fail_in_five, other};
    if (ob_async_parallel(self, functions, 2, NULL, NULL))
        note(self, "error");
}

static void map_order(struct ob_actor *self)
{
    static const uint32_t items[] = {30, 10, 20};
    uint32_t results[3];
    (void)ob_async_map(self, items, 3, quiet, NULL, results);
    note(self, "%u,%u,%u", results[0], results[1], results[2]);
}

static void each_limit(struct ob_actor *self)
{
    static const uint32_t items[] = {50, 10, 20};
    (void)ob_async_each_limit(self, items, 3, 2, slow, NULL);
    note(self, "end");
}

static void each_series(struct ob_actor *self)
{
    static const uint32_t items[] = {30, 10, 20};
    (void)ob_async_each_series(self, items, 3, slow, NULL);
    note(self, "end");
}

static int step(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    item.value = 10 * (item.key + 1);
    (void)slow(self, context, item, result);
    return item.key == 1;
}

static void series_error(struct ob_actor *self)
{
    static ob_async_function *const functions[] = {step, step, step};
    if (ob_async_series(self, functions, 3, NULL, NULL))
        note(self, "error");
}

static int twice(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    (void)self, (void)context;
    *result = item.key == 0 ? 1 : 2 * item.value;
    return 0;
}

static void waterfall(struct ob_actor *self)
{
    static ob_async_function *const functions[] = {twice, twice, twice};
    uint32_t value = 0;
    (void)ob_async_waterfall(self, functions, 3, NULL, &value);
    note(self, "%u", value);
}

static void drain(struct ob_actor *self, void *context)
{
    (void)ob_async_queue_drain(self, context);
}

static void say_pending(struct ob_actor *self, struct ob_async_queue *queue, uint32_t task)
{
    (void)queue;
    note(self, "%s", ob_task_join(self, task, 100 * MS) ? "resolves" : "pending");
}

static void drain_idle(struct ob_actor *self)
{
    struct ob_async_queue *queue = ob_async_queue(self, quiet, 2, 8, NULL);
    say_pending(self, queue, ob_task_start(self, drain, queue));
}

static void drain_killed(struct ob_actor *self)
{
    static const uint32_t items[] = {5, 5};
    struct ob_async_queue *queue = ob_async_queue(self, quiet, 1, 8, NULL);
    (void)ob_async_queue_push_all(self, queue, items, 2);
    ob_sleep(self, 1 * MS);
    uint32_t task = ob_task_start(self, drain, queue);
    ob_async_queue_kill(self, queue);
    say_pending(self, queue, task);
}

static void drain_empty_push(struct ob_actor *self)
{
    struct ob_async_queue *queue = ob_async_queue(self, quiet, 2, 8, NULL);
    (void)ob_async_queue_push_all(self, queue, NULL, 0);
    (void)ob_async_queue_push(self, queue, 20);
    (void)ob_async_queue_drain(self, queue);
    note(self, "%u/%u", ob_async_queue_length(queue), ob_async_queue_running(queue));
}

static void queue_order(struct ob_actor *self)
{
    static const uint32_t items[] = {50, 10, 20};
    struct ob_async_queue *queue = ob_async_queue(self, slow, 2, 8, NULL);
    (void)ob_async_queue_push_all(self, queue, items, 3);
    (void)ob_async_queue_drain(self, queue);
    note(self, "end");
}

static void empty(struct ob_actor *self)
{
    (void)ob_async_parallel(self, NULL, 0, NULL, NULL);
    (void)ob_async_each(self, NULL, 0, slow, NULL);
    note(self, "end");
}

static void keep(struct ob_actor *self, void *context)
{
    (void)ob_wait(self, context, OB_FOREVER);
    note(self, "promise");
}

static void immediate(struct ob_actor *self, void *context)
{
    (void)context;
    ob_yield(self);
    note(self, "immediate");
}

static void immediate_after_promise(struct ob_actor *self)
{
    struct ob_waiters *promise = ob_alloc(ob_world(self), sizeof *promise);
    (void)ob_task_start(self, keep, promise);
    ob_sleep(self, 5 * MS);
    (void)ob_task_start(self, immediate, NULL);
    (void)ob_wake(self, promise);
}

static int third_of(struct ob_actor *self, void *context, struct ob_async_item item,
                    uint32_t *result)
{
    static const uint32_t sleeps[] = {30, 10, 50};
    item.value = sleeps[item.key];
    (void)slow(self, context, item, result);
    return item.key == 2;
}

static ob_async_function *const thirds[] = {third_of, third_of, third_of};

static void race(struct ob_actor *self)
{
    uint32_t result = 0;
    (void)ob_async_race(self, thirds, 3, NULL, &result);
    note(self, "won:%u", result);
}

static void reflect_all(struct ob_actor *self)
{
    struct ob_async_reflected results[3];
    ob_async_reflect_all(self, thirds, 3, NULL, results);
    for (unsigned at = 0; at < 3; at++)
        note(self, results[at].error ? "error" : "value");
}

static int third_time(struct ob_actor *self, void *context, struct ob_async_item item,
                      uint32_t *result)
{
    (void)context, (void)result;
    note(self, "try");
    return item.key < 2;
}

static void retry(struct ob_actor *self)
{
    note(self, ob_async_retry(self, 5, 0, third_time, NULL, NULL) ? "error" : "done");
    note(self, ob_async_retry(self, 2, 0, third_time, NULL, NULL) ? "error" : "done");
}

static int step_of(struct ob_actor *self, void *context, struct ob_async_item item,
                   uint32_t *result)
{
    static const uint32_t sleeps[] = {20, 50, 10, 10};
    item.value = sleeps[item.key];
    (void)context, (void)result;
    note(self, "+%c", 'a' + (int)item.key);
    ob_sleep(self, item.value * MS);
    note(self, "-%c", 'a' + (int)item.key);
    return 0;
}

static void auto_steps(struct ob_actor *self)
{
    static const struct ob_async_step steps[] = {
        {step_of, 0}, {step_of, 0}, {step_of, 1}, {step_of, 1 | 2}};
    (void)ob_async_auto(self, steps, 4, NULL, NULL);
    note(self, "end");
}

static ob_process *const node_rules[] = {
    mutex_release,
    parallel_end,
    parallel_error,
    map_order,
    each_limit,
    each_series,
    series_error,
    waterfall,
    drain_idle,
    drain_killed,
    drain_empty_push,
    queue_order,
    empty,
    immediate_after_promise,
};

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    node_rules[ob_variant(self)](self);
}

static void set_up_node(struct ob_world *world)
{
    ob_spawn_async(world, "node", handle, 0);
    spawn_log(world);
}

OB_TARGET(node,
          .variants = {"mutex_release", "parallel_end", "parallel_error", "map_order", "each_limit",
                       "each_series", "series_error", "waterfall", "drain_idle", "drain_killed",
                       "drain_empty_push", "queue_order", "empty", "immediate_after_promise"},
          .messages = MESSAGES("node"), .setup = set_up_node);

static int carry(struct ob_actor *self, void *context, const uint32_t *values, unsigned count)
{
    (void)context;
    note(self, count == 1 ? "%u" : "%u+%u", values[0], values[count - 1]);
    ob_sleep(self, 10 * MS);
    return 0;
}

static void cargo(struct ob_actor *self)
{
    struct ob_async_cargo *ship = ob_async_cargo(self, carry, 2, 8, NULL);
    for (uint32_t value = 1; value <= 3; value++)
        (void)ob_async_cargo_push(self, ship, value);
    note(self, "pushed");
    ob_sleep(self, 5 * MS);
    (void)ob_async_cargo_push(self, ship, 4);
    (void)ob_async_cargo_push(self, ship, 5);
    (void)ob_async_cargo_drain(self, ship);
    note(self, "end");
}

static const struct ob_async_item pairs[] = {{.key = 1, .value = 30}, {.key = 2, .value = 10}};

static int of_pair(struct ob_actor *self, void *context, struct ob_async_item item,
                   uint32_t *result)
{
    (void)context, (void)result;
    note(self, "+%u", item.key);
    ob_sleep(self, item.value * MS);
    note(self, "-%u", item.key);
    return 0;
}

static void each_of(struct ob_actor *self)
{
    (void)ob_async_each_of(self, pairs, 2, of_pair, NULL);
    note(self, "end");
}

static int value_of_pair(struct ob_actor *self, void *context, struct ob_async_item item,
                         uint32_t *result)
{
    (void)context;
    ob_sleep(self, item.value * MS);
    note(self, "%u", item.key);
    *result = item.value;
    return 0;
}

static void map_values(struct ob_actor *self)
{
    uint32_t results[2];
    (void)ob_async_map_values(self, pairs, 2, value_of_pair, NULL, results);
    note(self, "%u,%u", results[0], results[1]);
}

static void map_limit(struct ob_actor *self)
{
    static const uint32_t items[] = {50, 10, 20};
    uint32_t results[3];
    (void)ob_async_map_limit(self, items, 3, 2, slow, NULL, results);
    note(self, "%u,%u,%u", results[0], results[1], results[2]);
}

static void parallel_limit(struct ob_actor *self)
{
    note(self, ob_async_parallel_limit(self, thirds, 3, 2, NULL, NULL) ? "error" : "end");
}

/* What takes 10 ms fails. */
static int ten_fails(struct ob_actor *self, void *context, struct ob_async_item item,
                     uint32_t *result)
{
    (void)slow(self, context, item, result);
    return item.value == 10;
}

static void each_error(struct ob_actor *self)
{
    static const uint32_t items[] = {50, 10, 30};
    if (ob_async_each(self, items, 3, ten_fails, NULL))
        note(self, "error");
}

static int step_or_error(struct ob_actor *self, void *context, struct ob_async_item item,
                         uint32_t *result)
{
    static const uint32_t sleeps[] = {50, 10, 10};
    (void)context, (void)result;
    note(self, "+%c", 'a' + (int)item.key);
    ob_sleep(self, sleeps[item.key] * MS);
    note(self, "-%c", 'a' + (int)item.key);
    return item.key == 1;
}

static void auto_error(struct ob_actor *self)
{
    static const struct ob_async_step steps[] = {
        {step_or_error, 0}, {step_or_error, 0}, {step_or_error, 1}};
    if (ob_async_auto(self, steps, 3, NULL, NULL))
        note(self, "error");
}

static void queue_error(struct ob_actor *self)
{
    static const uint32_t items[] = {10, 20};
    struct ob_async_queue *queue = ob_async_queue(self, ten_fails, 1, 8, NULL);
    (void)ob_async_queue_push_all(self, queue, items, 2);
    (void)ob_async_queue_drain(self, queue);
    note(self, "end");
}

/* -- cancellation -- */

struct cancelled {
    struct ob_abort signal;
    uint32_t end_ms; /* when it is aborted by hand; 0: not */
};

static void abort_by_hand(struct ob_actor *self, void *context)
{
    struct cancelled *cancelled = context;
    ob_sleep(self, cancelled->end_ms * MS);
    ob_abort(self, &cancelled->signal);
    note(self, "aborted");
}

/* What takes 20 ms, aborted after `end_ms`. */
static struct cancelled *begin_cancelled(struct ob_actor *self, uint32_t end_ms)
{
    struct cancelled *cancelled = ob_alloc(ob_world(self), sizeof *cancelled);
    cancelled->end_ms = end_ms;
    if (end_ms)
        (void)ob_task_start(self, abort_by_hand, cancelled);
    return cancelled;
}

static void say_end(struct ob_actor *self, struct cancelled *cancelled)
{
    uint32_t result;
    int error =
        ob_abortable(self, &cancelled->signal, other, NULL, (struct ob_async_item){0}, &result);
    note(self, error == OB_ABORTED ? "rejected" : "done");
    ob_sleep(self, 40 * MS);
}

static void abort_goes_on(struct ob_actor *self)
{
    say_end(self, begin_cancelled(self, 5));
}

static void abort_after_the_end(struct ob_actor *self)
{
    say_end(self, begin_cancelled(self, 30));
}

static void abort_before(struct ob_actor *self)
{
    struct cancelled *cancelled = begin_cancelled(self, 0);
    ob_abort(self, &cancelled->signal);
    say_end(self, cancelled);
}

static void abort_timeout(struct ob_actor *self)
{
    struct cancelled *cancelled = begin_cancelled(self, 0);
    ob_abort_after(self, &cancelled->signal, 10 * MS);
    say_end(self, cancelled);
}

static ob_process *const flow_rules[] = {
    race,          reflect_all,         retry,        auto_steps, cargo,
    abort_goes_on, abort_after_the_end, abort_before, each_of,    map_values,
    map_limit,     parallel_limit,      each_error,   auto_error, queue_error,
    abort_timeout,
};

static void handle_flow(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    flow_rules[ob_variant(self)](self);
}

static void set_up_flows(struct ob_world *world)
{
    ob_spawn_async(world, "node", handle_flow, 0);
    spawn_log(world);
}

OB_TARGET(node_flows,
          .variants = {"race", "reflect_all", "retry", "auto", "cargo", "abort_goes_on",
                       "abort_after_the_end", "abort_before", "each_of", "map_values", "map_limit",
                       "parallel_limit", "each_error", "auto_error", "queue_error",
                       "abort_timeout"},
          .messages = MESSAGES("node"), .setup = set_up_flows);

/* -- functions that await nothing -- */

static int synchronous(struct ob_actor *self, void *context, struct ob_async_item item,
                       uint32_t *result)
{
    (void)context, (void)result;
    note(self, "%u", item.value);
    return 0;
}

static int first_fails(struct ob_actor *self, void *context, struct ob_async_item item,
                       uint32_t *result)
{
    (void)synchronous(self, context, item, result);
    return item.value == 1;
}

static int first_step_fails(struct ob_actor *self, void *context, struct ob_async_item item,
                            uint32_t *result)
{
    item.value = item.key + 1;
    return first_fails(self, context, item, result);
}

static const uint32_t one_to_three[] = {1, 2, 3};

static void say_later(struct ob_actor *self, void *context)
{
    (void)context;
    ob_yield(self);
    note(self, "next");
}

static void each_synchronous(struct ob_actor *self)
{
    (void)ob_task_start(self, say_later, NULL);
    (void)ob_async_each(self, one_to_three, 3, synchronous, NULL);
    note(self, "end");
}

static void say_error(struct ob_actor *self, int error)
{
    if (error)
        note(self, "error");
}

static void each_synchronous_error(struct ob_actor *self)
{
    say_error(self, ob_async_each(self, one_to_three, 3, first_fails, NULL));
}

static void map_limit_synchronous_error(struct ob_actor *self)
{
    say_error(self, ob_async_map_limit(self, one_to_three, 3, 3, first_fails, NULL, NULL));
}

static void each_of_synchronous_error(struct ob_actor *self)
{
    static const struct ob_async_item items[] = {{.key = 1, .value = 1}, {.key = 2, .value = 2}};
    say_error(self, ob_async_each_of(self, items, 2, first_fails, NULL));
}

static void parallel_synchronous_error(struct ob_actor *self)
{
    static ob_async_function *const functions[] = {first_step_fails, first_step_fails,
                                                   first_step_fails};
    say_error(self, ob_async_parallel(self, functions, 3, NULL, NULL));
}

static void say_twice(struct ob_actor *self, void *name)
{
    ob_defer(self);
    note(self, "%s", (const char *)name);
    ob_defer(self);
    note(self, "%s%s", (const char *)name, (const char *)name);
}

static void microtasks(struct ob_actor *self)
{
    static char a[] = "a";
    static char b[] = "b";
    (void)ob_task_start(self, immediate, NULL);
    (void)ob_task_start(self, say_twice, a);
    (void)ob_task_start(self, say_twice, b);
    note(self, "callback");
}

static ob_process *const synchronous_rules[] = {
    each_synchronous,          each_synchronous_error,     map_limit_synchronous_error,
    each_of_synchronous_error, parallel_synchronous_error, microtasks,
};

static void handle_synchronous(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    synchronous_rules[ob_variant(self)](self);
}

static void set_up_synchronous(struct ob_world *world)
{
    ob_spawn_async(world, "node", handle_synchronous, 0);
    spawn_log(world);
}

OB_TARGET(node_synchronous,
          .variants = {"each_synchronous", "each_synchronous_error", "map_limit_synchronous_error",
                       "each_of_synchronous_error", "parallel_synchronous_error", "microtasks"},
          .messages = MESSAGES("node"), .setup = set_up_synchronous);
