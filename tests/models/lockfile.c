/* A restart while a name is taken: a daemon that has failed is started again and asks for its lock
 * file, which a keeper frees when it hears that the former life has ended. The new life may be the
 * first to arrive; it takes the lock for that of another daemon and ends for good. */
#include <offbeat/offbeat.h>

#define RESTART_US 20000
#define AGAIN_US 50000

enum variant { RACY, ASKS_AGAIN };
enum kind { FAIL, LOCK, LOCKED, REFUSED, RETRY, ENDED, RELEASE };
enum state { STARTS, SERVES };
enum reason { FAILED = 1, NAME_TAKEN };

struct daemon {
    enum state state;
};
struct keeper {
    bool locked;
};

static void start(struct ob_actor *self)
{
    ob_send(self, "keeper", LOCK);
}

static void daemon_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct daemon *daemon = ob_state(self);

    switch (message->kind) {
    case FAIL:
        if (daemon->state == SERVES)
            ob_stop(self, FAILED);
        break;
    case LOCKED:
        daemon->state = SERVES;
        break;
    case REFUSED:
        if (ob_variant(self) == RACY)
            ob_stop(self, NAME_TAKEN);
        else
            ob_timer_start(self, AGAIN_US, RETRY, 0);
        break;
    default:
        ob_send(self, "keeper", LOCK);
        break;
    }
    ob_declare_state(self, daemon->state);
}

/* Starts the daemon again when it has failed, and reports its end to the keeper. */
static void supervisor_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->args[1] != FAILED)
        return;
    ob_send(self, "keeper", RELEASE);
    ob_start_again(self, "daemon", RESTART_US);
}

static void keeper_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct keeper *keeper = ob_state(self);

    if (message->kind == RELEASE) {
        keeper->locked = false;
    } else if (keeper->locked) {
        ob_reply(self, message, REFUSED);
    } else {
        keeper->locked = true;
        ob_reply(self, message, LOCKED);
    }
}

static void check_quiescent(struct ob_world *world)
{
    OB_INVARIANT(world, daemon_is_up, ob_is_up(ob_actor(world, "daemon")),
                 "the daemon has ended, as its own lock was still there");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (actor == ob_actor(ob_world(actor), "keeper"))
        ob_describe(text, "%s",
                    ((const struct keeper *)ob_state(actor))->locked ? "locked" : "free");
    else if (actor == ob_actor(ob_world(actor), "daemon"))
        ob_describe(text, "%s",
                    ((const struct daemon *)ob_state(actor))->state == SERVES ? "serves"
                                                                              : "starts");
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "daemon", daemon_receive, sizeof(struct daemon)), start);
    ob_spawn(world, "supervisor", supervisor_receive, 0);
    ob_spawn(world, "keeper", keeper_receive, sizeof(struct keeper));
    ob_monitor(world, "supervisor", "daemon", ENDED);
    ob_link(world, "supervisor", "keeper",
            (struct ob_link){.latency_us = 1000, .latency_us_max = 100000});
}

OB_TARGET(lockfile, .summary = "a daemon finds the lock of its own former life",
          .variants = {[RACY] = "racy", [ASKS_AGAIN] = "asks_again"}, .fails = {[RACY] = true},
          .messages =
              {
                  [FAIL] = {.name = "fail", .to = "daemon"},
                  [LOCK] = {.name = "lock"},
                  [LOCKED] = {.name = "locked"},
                  [REFUSED] = {.name = "refused"},
                  [RETRY] = {.name = "retry"},
                  [ENDED] = {.name = "ended", .args = {{.name = "who"}, {.name = "reason"}}},
                  [RELEASE] = {.name = "release"},
              },
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
