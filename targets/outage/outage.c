/* A worker crashes at what comes before its session, and its supervisor gives up. See README.md. */
#include <offbeat/supervisor.h>

#define SESSIONS 8
#define RESTARTS_MAX 1

enum variant { RACY, MORE_RESTARTS, REFUSING, POSTPONING };
enum kind { LOGIN, OPEN, DATA, DOWN, SHUTDOWN };

struct worker {
    bool open[SESSIONS];
    uint32_t handled;
    uint32_t refused;
};

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);
    unsigned session = message->args[0];

    if (message->kind == OPEN)
        worker->open[session] = true;
    else if (worker->open[session])
        worker->handled++;
    else if (ob_variant(self) == REFUSING)
        worker->refused++; /* an error to the client, which is not modelled */
    else if (ob_variant(self) == POSTPONING)
        ob_postpone(self, message);
    else
        ob_stop(self, 9); /* no clause matches */
}

/* Logs a user in: the session goes by way of the directory, the first data at once. */
static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "directory", OPEN, message->args[0]);
    ob_send(self, "worker", DATA, message->args[0]);
}

static const struct ob_supervisor_spec few = {.restart = OB_PERMANENT,
                                              .down = DOWN,
                                              .shutdown = SHUTDOWN,
                                              .restarts_max = RESTARTS_MAX,
                                              .period_us = 5000000,
                                              .children = {"worker"}};
static const struct ob_supervisor_spec more = {.restart = OB_PERMANENT,
                                               .down = DOWN,
                                               .shutdown = SHUTDOWN,
                                               .restarts_max = RESTARTS_MAX + 2,
                                               .period_us = 5000000,
                                               .children = {"worker"}};

static void check_quiescent(struct ob_world *world)
{
    OB_INVARIANT(world, service_is_up, ob_is_up(ob_actor(world, "worker")),
                 "the supervisor has given up, and nobody serves any more");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "worker"))) {
        const struct worker *worker = ob_state(actor);
        ob_describe(text, "%u handled, %u refused", worker->handled, worker->refused);
    } else if (ob_id(actor) == ob_id(ob_actor(world, "supervisor"))) {
        ob_describe(text, "%u restarts", ob_supervisor_restarts(actor));
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, 0);
    ob_spawn_forwarder(world, "directory", "worker");
    ob_spawn(world, "worker", worker_receive, sizeof(struct worker));
    ob_supervisor_spawn(world, "supervisor",
                        ob_world_variant(world) == MORE_RESTARTS ? &more : &few);
    ob_link(world, "client", "worker", (struct ob_link){.latency_us = 50});
}

OB_TARGET(outage, .summary = "a worker crashes at what comes before its session",
          .variants = {[RACY] = "racy",
                       [MORE_RESTARTS] = "more_restarts",
                       [REFUSING] = "refusing",
                       [POSTPONING] = "postponing"},
          .fails = {[RACY] = true, [MORE_RESTARTS] = true},
          .messages = {[LOGIN] = {.name = "login",
                                  .to = "client",
                                  .args = {{"session", 0, SESSIONS - 1}}},
                       [OPEN] = {.name = "open", .args = {{.name = "session"}}},
                       [DATA] = {.name = "data", .args = {{.name = "session"}}},
                       [DOWN] = {.name = "down", .args = {{.name = "who"}, {.name = "why"}}},
                       [SHUTDOWN] = {.name = "shutdown"}},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
