/*
 * A reply that comes just after the timeout which gave it up. A caller waits for at most 50 ms;
 * then it tells the server to forget the call, and takes replies as stale once a moment has passed.
 * In that moment a reply still counts, for a call that was already reported as failed.
 */
#include <offbeat/offbeat.h>

#define TIMEOUT_US 50000
#define CLOSING_US 1000

enum kind { CALL, REQUEST, REPLY, CANCEL, TIMED_OUT, CLOSED };
enum state { IDLE, WAITING, CLOSING };

struct caller {
    uint32_t state;
    uint32_t timer;
    uint32_t call;     /* number of the last one */
    uint32_t failed;   /* number of the last one that was reported as failed */
    uint32_t answered; /* number of the last one that was reported as answered */
};

static void enter(struct ob_actor *self, struct caller *caller, enum state state)
{
    caller->state = state;
    ob_declare_state(self, state);
}

static void caller_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct caller *caller = ob_state(self);

    switch (message->kind) {
    case CALL:
        if (caller->state != IDLE)
            break;
        caller->call++;
        ob_send(self, "server", REQUEST, caller->call);
        caller->timer = ob_timer_start(self, TIMEOUT_US, TIMED_OUT, caller->call);
        enter(self, caller, WAITING);
        break;
    case TIMED_OUT:
        caller->failed = caller->call;
        ob_send(self, "server", CANCEL, caller->call);
        ob_timer_start(self, CLOSING_US, CLOSED, caller->call);
        enter(self, caller, CLOSING);
        break;
    case CLOSED:
        enter(self, caller, IDLE);
        break;
    default:
        if (caller->state == IDLE || message->args[0] != caller->call)
            break; /* stale */
        caller->answered = caller->call;
        if (caller->state == WAITING && ob_timer_cancel(self, caller->timer))
            enter(self, caller, IDLE);
        break;
    }
}

struct server {
    uint32_t cancelled; /* the highest number */
};

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind == CANCEL)
        server->cancelled = message->args[0];
    else if (message->args[0] > server->cancelled)
        ob_reply(self, message, REPLY, message->args[0]);
}

static void check(struct ob_world *world)
{
    const struct caller *caller = ob_state(ob_actor(world, "caller"));

    OB_INVARIANT(world, failed_is_not_answered,
                 caller->failed == 0 || caller->failed != caller->answered,
                 "call %u has failed and was answered", caller->failed);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "caller", caller_receive, sizeof(struct caller));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_link(world, "*", "*", (struct ob_link){.latency_us_max = 1000000});
}

OB_TARGET(ladder_timeout, .summary = "a reply just after the timeout that gave it up",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [CALL] = {.name = "call", .to = "caller"},
                  [REQUEST] = {.name = "request", .args = {{.name = "call"}}},
                  [REPLY] = {.name = "reply", .args = {{.name = "call"}}},
                  [CANCEL] = {.name = "cancel", .args = {{.name = "call"}}},
                  [TIMED_OUT] = {.name = "timed_out", .args = {{.name = "call"}}},
                  [CLOSED] = {.name = "closed", .args = {{.name = "call"}}},
              },
          .setup = setup, .check = check);
