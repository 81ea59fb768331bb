/* Further rules of rules.erl: supervisors, answers that come later, processes started at run time.
 */
#include <offbeat/gen_server.h>
#include <offbeat/supervisor.h>

#include "fidelity/patterns.h"

enum rule {
    REST_FOR_ONE,
    SHUTDOWN_ORDER,
    SHUTDOWN_KILL,
    INNER_RESTART,
    TRANSIENT,
    REPLY_LATER,
    SPAWN,
    SPAWN_LINK,
    UNLINK_AFTER_EXIT,
};

#define SPEC(STRATEGY, RESTART, ...)                                                               \
    {                                                                                              \
        .strategy = (STRATEGY), .restart = (RESTART), .down = DOWN, .shutdown = SHUTDOWN,          \
        .shutdown_us = 30 * MS, .restarts_max = 3, .period_us = 5000 * MS, .children = {           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct ob_supervisor_spec specs[] = {
    [REST_FOR_ONE] = SPEC(OB_REST_FOR_ONE, OB_PERMANENT, "first", "second", "third"),
    [SHUTDOWN_ORDER] = SPEC(OB_ONE_FOR_ALL, OB_PERMANENT, "first", "second", "third"),
    [SHUTDOWN_KILL] = SPEC(OB_ONE_FOR_ALL, OB_PERMANENT, "first", "second"),
    [INNER_RESTART] = SPEC(OB_ONE_FOR_ONE, OB_PERMANENT, "inner", "sibling"),
    [TRANSIENT] = SPEC(OB_ONE_FOR_ONE, OB_TRANSIENT, "first"),
};
static const struct ob_supervisor_spec inner = SPEC(OB_ONE_FOR_ONE, OB_PERMANENT, "leaf");

/* -- children -- */

static void say_name(struct ob_actor *self)
{
    note(self, "%s", ob_name(self));
}

static bool is_first(const struct ob_actor *self)
{
    return strcmp(ob_name(self), "first") == 0;
}

static void child(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == LEAVE) {
        ob_stop(self, message->args[0]);
    } else if (message->kind == SHUTDOWN && ob_variant(self) == SHUTDOWN_KILL) {
        note(self, "asked");
    } else if (message->kind == SHUTDOWN) {
        note(self, "-%s", ob_name(self));
        (void)ob_shut_down(self, message, SHUTDOWN);
    }
}

static void spawn_child(struct ob_world *world, const char *name)
{
    struct ob_actor *actor = ob_spawn(world, name, child, 0);
    unsigned variant = ob_world_variant(world);
    ob_on_start(actor, say_name);
    ob_trap_exits(actor, (variant == SHUTDOWN_ORDER && strcmp(name, "second") != 0) ||
                             (variant == SHUTDOWN_KILL && is_first(actor)));
}

/* -- a server that answers later, the last caller first -- */

struct server {
    const struct ob_message *waiting[2];
    unsigned count;
};

static void serve(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    if (message->kind == CALL && server->count < 2) {
        server->waiting[server->count++] = message;
        return;
    }
    while (message->kind == CAST && server->count > 0)
        ob_reply(self, server->waiting[--server->count], ANSWER);
}

static void call_server(struct ob_actor *self)
{
    ob_sleep(self, 5 * MS * (ob_index(self) + 1));
    (void)ob_call(self, "server", 5000 * MS, CALL);
    note(self, "%u", ob_index(self) + 1);
}

/* -- processes that others start -- */

static void do_job(struct ob_actor *self)
{
    unsigned starter = ob_receive(self, JOB)->from;
    if (ob_variant(self) != UNLINK_AFTER_EXIT)
        note(self, "job");
    ob_send_to(self, starter, NAMED);
    ob_stop(self, 7);
}

static void start_linked(struct ob_actor *self)
{
    if (ob_variant(self) != SPAWN_LINK)
        return;
    ob_link_start(self, ob_spawn_next(self, "job", JOB), EXIT);
    ob_sleep(self, 50 * MS);
    note(self, "survives");
}

static void start_monitored(struct ob_actor *self)
{
    (void)ob_monitor_start(self, ob_spawn_next(self, "job", JOB), DOWN);
    note(self, "spawned");
    ob_receive(self, NAMED);
    note(self, "note");
    note(self, ob_receive(self, DOWN)->args[1] == 7 ? "crash" : "other");
}

static void unlink_late(struct ob_actor *self)
{
    ob_trap_exits(self, true);
    unsigned id = ob_spawn_next(self, "job", JOB);
    ob_link_start(self, id, EXIT);
    ob_sleep(self, 20 * MS);
    ob_unlink(self, id);
    note(self, ob_receive_for(self, 50 * MS, EXIT) ? "exit" : "nothing");
}

static void crash_child(struct ob_actor *self, const char *name, uint32_t reason)
{
    ob_send(self, name, LEAVE, reason);
    ob_sleep(self, 150 * MS);
}

static void play(struct ob_actor *self)
{
    ob_receive(self, GO);
    switch (ob_variant(self)) {
    case SHUTDOWN_KILL:
        (void)ob_monitor_start(self, ob_id(ob_actor(ob_world(self), "first")), DOWN);
        crash_child(self, "second", 7);
        note(self, ob_receive(self, DOWN)->args[1] == OB_ENDED_KILLED ? "killed" : "other");
        break;
    case INNER_RESTART:
        ob_exit(self, ob_id(ob_actor(ob_world(self), "inner")), SHUTDOWN, OB_KILL);
        break;
    case TRANSIENT:
        crash_child(self, "first", 7);
        crash_child(self, "first", OB_ENDED_NORMALLY);
        break;
    case REPLY_LATER:
        ob_sleep(self, 30 * MS);
        ob_send(self, "server", CAST);
        return;
    case SPAWN:
        start_monitored(self);
        return;
    case UNLINK_AFTER_EXIT:
        unlink_late(self);
        return;
    case SPAWN_LINK:
        break;
    default:
        crash_child(self, "second", 7);
        break;
    }
    ob_sleep(self, 100 * MS);
    note(self, "end");
}

static void set_up_supervisors(struct ob_world *world)
{
    const struct ob_supervisor_spec *spec = &specs[ob_world_variant(world)];
    for (unsigned at = 0; spec->children[at]; at++) {
        if (strcmp(spec->children[at], "inner") != 0) {
            spawn_child(world, spec->children[at]);
            continue;
        }
        spawn_child(world, "leaf");
        ob_supervisor_spawn(world, "inner", &inner);
    }
    ob_supervisor_spawn(world, "supervisor", spec);
}

static void set_up_otp(struct ob_world *world)
{
    spawn_log(world);
    ob_spawn_process(world, "main", play, 0);
    if (ob_world_variant(world) <= TRANSIENT) {
        set_up_supervisors(world);
    } else if (ob_world_variant(world) == REPLY_LATER) {
        ob_spawn(world, "server", serve, sizeof(struct server));
        ob_spawn_process_many(world, "caller", 2, call_server, 0);
    } else {
        ob_spawn_process(world, "starter", start_linked, 0);
        ob_spawn_process(world, "job", do_job, 0);
        ob_keep_down(world, "job");
    }
}

OB_TARGET(otp,
          .variants = {"rest_for_one", "shutdown_order", "shutdown_kill", "inner_restart",
                       "transient", "reply_later", "spawn", "spawn_link", "unlink_after_exit"},
          .messages = MESSAGES("main"), .setup = set_up_otp);
