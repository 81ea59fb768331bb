/*
 * The rules of rules.erl, rules.exs and rules.js, as actors: prints for each, in the order in which
 * it stands there, what happens in a plain run. Usage: fidelity_patterns elixir|erlang|mnesia|node
 */
#include <offbeat/fsm.h>
#include <offbeat/gen_server.h>
#include <offbeat/supervisor.h>
#include <offbeat/table.h>

#include "fidelity/patterns.h"

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
    EVENT_TIMEOUT,
    ENTER_CALLS,
    ETS_TAKE,
    ETS_SELECT_DELETE,
    ETS_HEIR,
    ETS_GIVE_AWAY,
};
enum cast { TICK, CHAIN, LOOK, LOOK2, REST, HEARTBEAT, LATER1, LATER2, NEXT };

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

static const char *const cast_names[] = {
    [TICK] = "tick",     [CHAIN] = "chain",   [LOOK] = "look",
    [LOOK2] = "look2",   [REST] = "idle",     [HEARTBEAT] = "heartbeat",
    [LATER1] = "later1", [LATER2] = "later2", [NEXT] = "next"};

static unsigned cast_in_a(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    if (event->args[0] >= LATER1)
        return OB_FSM_POSTPONE;
    note(self, "%s", cast_names[event->args[0]]);
    if (event->args[0] == LOOK)
        ob_work(self, 150 * MS);
    if (event->args[0] == REST)
        ob_fsm_event_timeout(fsm, 30 * MS);
    return event->args[0] == HEARTBEAT ? STATE_B : STATE_A;
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

static unsigned wait_over(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "idle_timeout");
    return fsm->state;
}

static void say_entered(struct ob_actor *self, struct ob_fsm *fsm, unsigned from)
{
    (void)from;
    if (ob_variant(self) == ENTER_CALLS)
        note(self, fsm->state == STATE_A ? "enter_a" : "enter_b");
}

static ob_fsm_action *actions[STATES][OB_KINDS_MAX] = {
    [STATE_A] = {[CAST] = cast_in_a, [IDLE] = expire, [WAITED] = wait_over},
    [STATE_B] = {[CAST] = cast_in_b, [IDLE] = expire},
};
static const struct ob_fsm_table machine_table = {.states = STATES,
                                                  .actions = actions,
                                                  .timeouts = {[STATE_A] = {100 * MS, IDLE}},
                                                  .enters = {say_entered, say_entered},
                                                  .event_timeout = WAITED};

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
    else if (message->kind == TRANSFER)
        note(self, "transfer");
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

static void ets_take(struct ob_actor *self)
{
    struct ob_table_row row = {.key = 1, .values = {1}};
    struct ob_table *table = ob_table(ob_world(self), "t");
    (void)ob_table_insert(table, row);
    note(self, "%d", ob_table_take(table, 1, &row));
    note(self, "%d", ob_table_take(table, 1, &row));
    note(self, "%u", ob_table_count(table));
}

static void ets_select_delete(struct ob_actor *self)
{
    struct ob_table *table = ob_table(ob_world(self), "t");
    for (uint32_t key = 1; key <= 3; key++)
        (void)ob_table_insert(table, (struct ob_table_row){.key = key, .values = {key % 2}});
    note(self, "%u", ob_table_select_delete(table, 0, 1));
    note(self, "%u", ob_table_count(table));
}

static void ets_heir(struct ob_actor *self)
{
    struct ob_table_row row = {.key = 1, .values = {7}};
    (void)ob_table_insert(ob_table(ob_world(self), "u"), row);
    ob_send(self, "owner", LEAVE, 7);
    (void)ob_receive(self, TRANSFER);
    note(self, "transfer");
    (void)ob_table_lookup(ob_table(ob_world(self), "u"), 1, &row);
    note(self, "%u", row.values[0]);
    note(self, ob_table_owner(ob_world(self), "u") == ob_id(self) ? "mine" : "other");
}

static void ets_give_away(struct ob_actor *self)
{
    (void)ob_table_give_away(self, "m", "owner", TRANSFER, 0);
    ob_sleep(self, 20 * MS);
    note(self, ob_table_owner(ob_world(self), "m") == id_of(self, "owner") ? "other" : "mine");
    note(self, ob_table_give_away(self, "m", "owner", TRANSFER, 0) ? "given" : "badarg");
    ob_send(self, "owner", LEAVE, 7);
    ob_sleep(self, 20 * MS);
    note(self, ob_table_owner(ob_world(self), "m") ? "there" : "gone");
}

static void crash_child(struct ob_actor *self, const char *name, uint32_t wait_us)
{
    ob_send(self, name, LEAVE, 7);
    ob_sleep(self, wait_us);
}

static ob_process *const table_rules[] = {
    [ETS - ETS] = ets,
    [ETS_TAKE - ETS] = ets_take,
    [ETS_SELECT_DELETE - ETS] = ets_select_delete,
    [ETS_HEIR - ETS] = ets_heir,
    [ETS_GIVE_AWAY - ETS] = ets_give_away,
};

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
    case ENTER_CALLS:
        ob_send(self, "machine", CAST, LATER1);
        ob_send(self, "machine", CAST, HEARTBEAT);
        ob_send(self, "machine", CAST, NEXT);
        break;
    case EVENT_TIMEOUT:
        ob_sleep(self, 10 * MS);
        ob_send(self, "machine", CAST, REST);
        ob_sleep(self, 20 * MS);
        ob_send(self, "machine", CAST, LOOK2);
        ob_sleep(self, 20 * MS);
        ob_send(self, "machine", CAST, REST);
        break;
    default:
        table_rules[ob_variant(self) - ETS](self);
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
    ob_table_create(world, "m", "main", 4);
    switch (ob_world_variant(world)) {
    case STATE_TIMEOUT_FLUSHED:
    case POSTPONE:
    case EVENT_TIMEOUT:
    case ENTER_CALLS:
        ob_on_start(machine, machine_start);
        break;
    case ETS_HEIR:
        ob_table_set_heir(world, "u", "main", TRANSFER);
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
                              "start_is_awaited", "inner_supervisor", "intensity", "ets",
                              "event_timeout", "enter_calls", "ets_take", "ets_select_delete",
                              "ets_heir", "ets_give_away"},
                 .messages = MESSAGES("main"), .setup = set_up_behaviours);

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
        print(&ob_target_otp);
    } else if (argc == 2 && strcmp(argv[1], "elixir") == 0) {
        print(&ob_target_elixir_tasks);
        print(&ob_target_elixir_names);
    } else if (argc == 2 && strcmp(argv[1], "mnesia") == 0) {
        print(&ob_target_mnesia);
    } else if (argc == 2 && strcmp(argv[1], "node") == 0) {
        print(&ob_target_node);
        print(&ob_target_node_flows);
        print(&ob_target_node_synchronous);
    } else {
        (void)fprintf(stderr, "Usage: fidelity_patterns elixir|erlang|mnesia|node\n");
        return 2;
    }
    return 0;
}
