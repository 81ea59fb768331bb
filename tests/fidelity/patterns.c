/*
 * The rules of rules.erl and rules.js, as actors: prints for each, in the order in which it stands
 * there, what happens in a plain run. Usage: fidelity_patterns erlang|node
 */
#include <offbeat/async.h>
#include <offbeat/fsm.h>
#include <offbeat/gen_server.h>
#include <offbeat/lock.h>
#include <offbeat/supervisor.h>
#include <offbeat/table.h>

#include "support/task_log.h"

#define MS 1000u

enum kind { GO, JOB, NAMED, LEAVE, CALL, ANSWER, EXIT, DOWN, SHUTDOWN, A, B, C, CAST, INFO, IDLE };

/* -- what workers do -- */

static void worker(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *message = ob_receive_any(self);
        switch (message->kind) {
        case JOB:
            note(self, "job");
            ob_sleep(self, 50 * MS);
            break;
        case NAMED:
            note(self, "note");
            break;
        case LEAVE:
            ob_stop(self, message->args[0]);
            ob_sleep(self, 1);
            break;
        case CALL:
            ob_sleep(self, 50 * MS);
            ob_reply(self, message, ANSWER);
            break;
        default:
            note(self, "exit");
            break;
        }
    }
}

static const char *reason_name(uint32_t reason)
{
    switch (reason) {
    case OB_ENDED_NOPROC:
        return "noproc";
    case OB_ENDED_KILLED:
        return "killed";
    case OB_ENDED_BY_SHUTDOWN:
        return "shutdown";
    default:
        return "crash";
    }
}

static unsigned id_of(const struct ob_actor *self, const char *name)
{
    return ob_id(ob_actor(ob_world(self), name));
}

static void jobs(struct ob_actor *self, unsigned count)
{
    for (unsigned job = 0; job < count; job++)
        ob_send(self, "worker", JOB);
    ob_sleep(self, 20 * MS);
}

/* A message of that kind and its reason, or nothing. */
static void say_reason(struct ob_actor *self, unsigned kind)
{
    const struct ob_message *message = ob_receive_for(self, 200 * MS, kind);
    note(self, "%s", message ? reason_name(message->args[1]) : "nothing");
}

static void call(struct ob_actor *self, uint32_t timeout_us)
{
    uint64_t start_us = ob_now(self);
    const struct ob_message *reply = ob_call(self, "worker", timeout_us, CALL);
    note(self, "%s", reply ? "answer" : ob_now(self) - start_us < 35 * MS ? "soon" : "late");
}

static void leave(struct ob_actor *self, uint32_t reason)
{
    ob_send(self, "worker", LEAVE, reason);
    ob_sleep(self, 20 * MS);
}

/* -- rules of processes: one function for each -- */

static void exit_signal(struct ob_actor *self)
{
    jobs(self, 4);
    ob_exit(self, id_of(self, "worker"), EXIT, 7);
}

static void trapped_exit(struct ob_actor *self)
{
    ob_trap_exits(ob_actor(ob_world(self), "worker"), true);
    jobs(self, 2);
    ob_exit(self, id_of(self, "worker"), EXIT, 7);
}

static void normal_exit(struct ob_actor *self)
{
    jobs(self, 2);
    ob_exit(self, id_of(self, "worker"), EXIT, OB_ENDED_NORMALLY);
}

static void kill_process(struct ob_actor *self)
{
    ob_trap_exits(ob_actor(ob_world(self), "worker"), true);
    (void)ob_monitor_start(self, id_of(self, "worker"), DOWN);
    jobs(self, 1);
    ob_exit(self, id_of(self, "worker"), EXIT, OB_KILL);
    say_reason(self, DOWN);
}

static void noproc(struct ob_actor *self)
{
    leave(self, OB_ENDED_NORMALLY);
    call(self, 5000 * MS);
}

static void crash_worker(struct ob_actor *self, void *context)
{
    (void)context;
    ob_sleep(self, 20 * MS);
    ob_exit(self, id_of(self, "worker"), EXIT, 7);
}

static void call_of_one_that_dies(struct ob_actor *self)
{
    (void)ob_task_start(self, crash_worker, NULL);
    call(self, 5000 * MS);
}

static void late_reply(struct ob_actor *self)
{
    call(self, 10 * MS);
    ob_sleep(self, 150 * MS);
    note(self, "%u", ob_mailbox_count(self, 0));
}

static void stale_pid(struct ob_actor *self)
{
    ob_send(self, "worker", LEAVE, OB_ENDED_NORMALLY);
    ob_send(self, "worker", NAMED);
    ob_sleep(self, 5);
    ob_start_again(self, "worker", 6);
    ob_sleep(self, 50 * MS);
    note(self, "nothing");
}

static void monitor_of_nobody(struct ob_actor *self)
{
    leave(self, OB_ENDED_NORMALLY);
    (void)ob_monitor_start(self, id_of(self, "worker"), DOWN);
    say_reason(self, DOWN);
}

static void demonitor_flush(struct ob_actor *self)
{
    uint16_t ref = ob_monitor_start(self, id_of(self, "worker"), DOWN);
    ob_send(self, "worker", LEAVE, 7);
    ob_sleep(self, 20 * MS);
    ob_forget(self, ref);
    note(self, "%s", ob_receive_for(self, 50 * MS, DOWN) ? "down" : "nothing");
}

static void link_to_nobody(struct ob_actor *self)
{
    ob_trap_exits(self, true);
    leave(self, OB_ENDED_NORMALLY);
    ob_link_start(self, id_of(self, "worker"), EXIT);
    say_reason(self, EXIT);
}

static void unlink_process(struct ob_actor *self)
{
    ob_trap_exits(self, true);
    ob_link_start(self, id_of(self, "worker"), EXIT);
    ob_send(self, "worker", LEAVE, 7);
    ob_unlink(self, id_of(self, "worker"));
    note(self, "%s", ob_receive_for(self, 100 * MS, EXIT) ? "exit" : "nothing");
}

static void selective_receive(struct ob_actor *self)
{
    ob_send_to(self, ob_id(self), A);
    ob_send_to(self, ob_id(self), B);
    ob_send_to(self, ob_id(self), C);
    note(self, "%c", 'a' + (int)ob_receive(self, B)->kind - A);
    note(self, "%c", 'a' + (int)ob_receive_any(self)->kind - A);
    note(self, "%c", 'a' + (int)ob_receive_any(self)->kind - A);
}

static void down_after_messages(struct ob_actor *self)
{
    (void)ob_monitor_start(self, id_of(self, "talker"), DOWN);
    ob_send(self, "talker", GO);
    for (unsigned count = 0; count < 3; count++)
        note(self, "%s", ob_receive_any(self)->kind == NAMED ? "note" : "down");
}

static void talk(struct ob_actor *self)
{
    unsigned to = ob_receive(self, GO)->from;
    ob_send_to(self, to, NAMED);
    ob_send_to(self, to, NAMED);
    ob_stop(self, 7);
}

static ob_process *const processes[] = {
    exit_signal,           trapped_exit,   normal_exit,       kill_process,        noproc,
    call_of_one_that_dies, late_reply,     stale_pid,         monitor_of_nobody,   demonitor_flush,
    link_to_nobody,        unlink_process, selective_receive, down_after_messages,
};

static void main_process(struct ob_actor *self)
{
    ob_receive(self, GO);
    processes[ob_variant(self)](self);
    ob_sleep(self, 500 * MS);
}

static void set_up_processes(struct ob_world *world)
{
    ob_spawn_process(world, "main", main_process, 0);
    ob_spawn_process(world, "worker", worker, 0);
    ob_spawn_process(world, "talker", talk, 0);
    spawn_log(world);
}

#define MESSAGES(TO)                                                                               \
    {                                                                                              \
        [GO] = {.name = "go", .to = (TO)}, [JOB] = {.name = "job"}, [NAMED] = {.name = "note"},    \
        [LEAVE] = {.name = "leave"}, [CALL] = {.name = "call"}, [ANSWER] = {.name = "answer"},     \
        [EXIT] = {.name = "exit"}, [DOWN] = {.name = "down"}, [SHUTDOWN] = {.name = "shutdown"},   \
        [A] = {.name = "a"}, [B] = {.name = "b"}, [C] = {.name = "c"}, [CAST] = {.name = "cast"},  \
        [INFO] = {.name = "info"}, [IDLE] = {.name = "idle"},                                      \
    }

static OB_TARGET(processes,
                 .variants = {"exit_signal", "trapped_exit", "normal_exit", "kill", "noproc",
                              "call_of_one_that_dies", "late_reply", "stale_pid",
                              "monitor_of_nobody", "demonitor_flush", "link_to_nobody", "unlink",
                              "selective_receive", "down_after_messages"},
                 .messages = MESSAGES("main"), .setup = set_up_processes);

/* -- rules of behaviours -- */

enum behaviour {
    TIMEOUT_FLUSHED,
    CONTINUE,
    STATE_TIMEOUT_FLUSHED,
    POSTPONE,
    START_IS_AWAITED,
    INNER_SUPERVISOR,
    INTENSITY,
    ETS,
};
enum cast { TICK, CHAIN, LOOK, HEARTBEAT, LATER1, LATER2, NEXT };

static void go_on(struct ob_actor *self, uint32_t arg)
{
    (void)arg;
    note(self, "continue");
}

static void tick(struct ob_actor *self, const struct ob_message *message)
{
    note(self, "%s", message->args[0] == TICK ? "tick" : "chain");
    if (message->args[0] == TICK)
        ob_gen_timeout(self, 30 * MS);
    else
        ob_gen_continue(self, go_on, 0);
    if (message->args[0] == CHAIN)
        ob_work(self, 10 * MS);
}

static void say_info(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    note(self, "info");
}

static void say_timeout(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    note(self, "timeout");
}

static const struct ob_gen_server_type server_type = {
    .casts = {[CAST] = tick}, .info = say_info, .timeout = say_timeout, .timeout_kind = IDLE};

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_gen_server_receive(self, &server_type, message);
}

enum { STATE_A, STATE_B, STATES };

static const char *const cast_names[] = {"tick",   "chain",  "look", "heartbeat",
                                         "later1", "later2", "next"};

static unsigned cast_in_a(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)fsm;
    if (event->args[0] != LOOK && event->args[0] != HEARTBEAT)
        return OB_FSM_POSTPONE;
    note(self, "%s", cast_names[event->args[0]]);
    if (event->args[0] == LOOK)
        ob_work(self, 150 * MS);
    return event->args[0] == LOOK ? STATE_A : STATE_B;
}

static unsigned cast_in_b(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    note(self, "%s", cast_names[event->args[0]]);
    return fsm->state;
}

static unsigned expire(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "%s", fsm->state == STATE_A ? "timeout" : "stale");
    return fsm->state;
}

static ob_fsm_action *actions[STATES][OB_KINDS_MAX] = {
    [STATE_A] = {[CAST] = cast_in_a, [IDLE] = expire},
    [STATE_B] = {[CAST] = cast_in_b, [IDLE] = expire},
};
static const struct ob_fsm_table machine_table = {
    .states = STATES, .actions = actions, .timeouts = {[STATE_A] = {100 * MS, IDLE}}};

static void machine_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)ob_fsm_handle(self, &machine_table, ob_state(self), 0, message);
}

static void machine_start(struct ob_actor *self)
{
    ob_fsm_start(self, &machine_table, ob_state(self), 0);
}

static const struct ob_supervisor_spec two = {.strategy = OB_ONE_FOR_ALL,
                                              .restart = OB_PERMANENT,
                                              .down = DOWN,
                                              .shutdown = SHUTDOWN,
                                              .restarts_max = 3,
                                              .period_us = 5000 * MS,
                                              .children = {"first", "second"}};
static const struct ob_supervisor_spec outer = {.strategy = OB_ONE_FOR_ALL,
                                                .restart = OB_PERMANENT,
                                                .down = DOWN,
                                                .shutdown = SHUTDOWN,
                                                .restarts_max = 3,
                                                .period_us = 5000 * MS,
                                                .children = {"inner", "sibling"}};
static const struct ob_supervisor_spec inner = {.restart = OB_PERMANENT,
                                                .down = DOWN,
                                                .shutdown = SHUTDOWN,
                                                .restarts_max = 3,
                                                .period_us = 5000 * MS,
                                                .children = {"leaf"}};
static const struct ob_supervisor_spec once = {.restart = OB_PERMANENT,
                                               .down = DOWN,
                                               .shutdown = SHUTDOWN,
                                               .restarts_max = 1,
                                               .period_us = 5000 * MS,
                                               .children = {"first"}};

/* Says its name once it is up; one takes a while for that. */
static void child(struct ob_actor *self)
{
    note(self, "%s", ob_name(self));
    if (strcmp(ob_name(self), "first") == 0 && ob_variant(self) == START_IS_AWAITED)
        ob_work(self, 30 * MS);
}

static void child_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == LEAVE)
        ob_stop(self, message->args[0]);
}

static void spawn_child(struct ob_world *world, const char *name)
{
    ob_on_start(ob_spawn(world, name, child_receive, 0), child);
}

static void ets(struct ob_actor *self)
{
    struct ob_table_row row = {.key = 1, .values = {1}};
    struct ob_table *table = ob_table(ob_world(self), "t");
    uint32_t value = 0;
    note(self, "%s", ob_table_insert_new(table, row) ? "true" : "false");
    note(self, "%s", ob_table_insert_new(table, row) ? "true" : "false");
    (void)ob_table_update_counter(table, 1, 0, 2, &value);
    note(self, "%u", value);
    ob_send(self, "owner", LEAVE, 7);
    ob_sleep(self, 20 * MS);
    note(self, "%s", ob_table(ob_world(self), "u") ? "there" : "badarg");
}

static void crash_child(struct ob_actor *self, const char *name, uint32_t wait_us)
{
    ob_send(self, name, LEAVE, 7);
    ob_sleep(self, wait_us);
}

static void behave(struct ob_actor *self)
{
    ob_receive(self, GO);
    switch (ob_variant(self)) {
    case TIMEOUT_FLUSHED:
        ob_send(self, "server", CAST, TICK);
        ob_sleep(self, 10 * MS);
        ob_send(self, "server", INFO);
        ob_sleep(self, 60 * MS);
        ob_send(self, "server", CAST, TICK);
        break;
    case CONTINUE:
        ob_send(self, "server", CAST, CHAIN);
        ob_send(self, "server", INFO);
        break;
    case STATE_TIMEOUT_FLUSHED:
        ob_send(self, "machine", CAST, LOOK);
        ob_send(self, "machine", CAST, HEARTBEAT);
        break;
    case POSTPONE:
        ob_send(self, "machine", CAST, LATER1);
        ob_send(self, "machine", CAST, LATER2);
        ob_send(self, "machine", CAST, HEARTBEAT);
        ob_send(self, "machine", CAST, NEXT);
        break;
    case START_IS_AWAITED:
        crash_child(self, "second", 150 * MS);
        note(self, "end");
        break;
    case INNER_SUPERVISOR:
        crash_child(self, "sibling", 100 * MS);
        note(self, "end");
        break;
    case INTENSITY:
        crash_child(self, "first", 50 * MS);
        crash_child(self, "first", 0);
        say_reason(self, DOWN);
        break;
    default:
        ets(self);
        break;
    }
    ob_sleep(self, 500 * MS);
}

static void set_up_behaviours(struct ob_world *world)
{
    spawn_log(world);
    ob_spawn_process(world, "main", behave, 0);
    ob_spawn(world, "server", server_receive, sizeof(struct ob_gen_server));
    struct ob_actor *machine = ob_spawn(world, "machine", machine_receive, sizeof(struct ob_fsm));
    ob_spawn(world, "owner", child_receive, 0);
    ob_table_create(world, "t", "server", 4);
    ob_table_create(world, "u", "owner", 4);
    switch (ob_world_variant(world)) {
    case STATE_TIMEOUT_FLUSHED:
    case POSTPONE:
        ob_on_start(machine, machine_start);
        break;
    case START_IS_AWAITED:
        spawn_child(world, "first");
        spawn_child(world, "second");
        ob_supervisor_spawn(world, "supervisor", &two);
        break;
    case INNER_SUPERVISOR:
        spawn_child(world, "leaf");
        ob_supervisor_spawn(world, "inner", &inner);
        spawn_child(world, "sibling");
        ob_supervisor_spawn(world, "supervisor", &outer);
        break;
    case INTENSITY:
        spawn_child(world, "first");
        ob_supervisor_spawn(world, "supervisor", &once);
        ob_monitor(world, "main", "supervisor", DOWN);
        break;
    default:
        break;
    }
}

static OB_TARGET(behaviours,
                 .variants = {"timeout_flushed", "continue", "state_timeout_flushed", "postpone",
                              "start_is_awaited", "inner_supervisor", "intensity", "ets"},
                 .messages = MESSAGES("main"), .setup = set_up_behaviours);

/* -- rules of Node -- */

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

static OB_TARGET(node,
                 .variants = {"mutex_release", "parallel_end", "parallel_error", "map_order",
                              "each_limit", "each_series", "series_error", "waterfall",
                              "drain_idle", "drain_killed", "drain_empty_push", "queue_order",
                              "empty", "immediate_after_promise"},
                 .messages = MESSAGES("node"), .setup = set_up_node);

static ob_process *const flow_rules[] = {race, reflect_all, retry, auto_steps};

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

static OB_TARGET(node_flows, .variants = {"race", "reflect_all", "retry", "auto"},
                 .messages = MESSAGES("node"), .setup = set_up_flows);

static void print(const struct ob_target *target)
{
    static struct bench bench;
    for (unsigned variant = 0; variant < OB_VARIANTS_MAX && target->variants[variant]; variant++) {
        bench_open(&bench, target, variant);
        (void)bench_run(&bench, "+0 go()\n");
        const struct log *log = ob_state(ob_actor(bench.world, "log"));
        size_t length = log->length ? log->length - 1 : 0; /* without the space behind */
        (void)printf("%s: %.*s\n", target->variants[variant], (int)length, log->line);
        bench_close(&bench);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "erlang") == 0) {
        print(&ob_target_processes);
        print(&ob_target_behaviours);
    } else if (argc == 2 && strcmp(argv[1], "node") == 0) {
        print(&ob_target_node);
        print(&ob_target_node_flows);
    } else {
        (void)fprintf(stderr, "Usage: fidelity_patterns erlang|node\n");
        return 2;
    }
    return 0;
}
