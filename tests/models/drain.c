/* Drain with work pending: a web server that shall stop asks its workers whether they are idle. A
 * request that the listener has handed to a worker, and that has not arrived there, is seen by
 * nobody; the server ends, and the request is never answered. */
#include <offbeat/offbeat.h>

#define WORKERS 2
#define SERVE_US 40000

enum variant { RACY, COUNTED };
enum kind { CONNECT, STOP, SERVE, SERVED, ASK, IDLE, BUSY, ASK_AGAIN };
enum state { ACCEPTS, DRAINS, ENDED };

struct listener {
    enum state state;
    uint32_t accepted;
    uint32_t served;
    uint32_t idle; /* workers that have said so since they were last asked */
    uint32_t answers;
};
struct worker {
    uint32_t serving;
};

static void ask_workers(struct ob_actor *self, struct listener *listener)
{
    listener->idle = listener->answers = 0;
    ob_send(self, "worker.0", ASK);
    ob_send(self, "worker.1", ASK);
}

static void hear_worker(struct ob_actor *self, struct listener *listener, bool is_idle)
{
    listener->answers++;
    listener->idle += is_idle;
    if (listener->answers < WORKERS)
        return;
    bool counted = ob_variant(self) == RACY || listener->served == listener->accepted;
    if (listener->idle == WORKERS && counted)
        listener->state = ENDED;
    else
        ob_timer_start(self, SERVE_US, ASK_AGAIN, 0);
}

static void listener_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct listener *listener = ob_state(self);

    switch (message->kind) {
    case CONNECT:
        if (listener->state == ACCEPTS)
            ob_send(self, "balancer", SERVE, listener->accepted++);
        break;
    case STOP:
        if (listener->state != ACCEPTS)
            break;
        listener->state = DRAINS;
        ask_workers(self, listener);
        break;
    case SERVED:
        listener->served++;
        break;
    case ASK_AGAIN:
        ask_workers(self, listener);
        break;
    default:
        hear_worker(self, listener, message->kind == IDLE);
        break;
    }
    ob_declare_state(self, listener->state);
}

static void balancer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_forward(self, message->args[0] % WORKERS ? "worker.1" : "worker.0", message);
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

    switch (message->kind) {
    case SERVE:
        worker->serving++;
        ob_timer_start(self, SERVE_US, SERVED, 0);
        break;
    case SERVED:
        worker->serving--;
        ob_send(self, "listener", SERVED);
        break;
    default:
        ob_reply(self, message, worker->serving ? BUSY : IDLE);
        break;
    }
}

static void check(struct ob_world *world)
{
    const struct listener *listener = ob_state(ob_actor(world, "listener"));

    OB_INVARIANT(world, ends_when_all_is_served,
                 listener->state != ENDED || listener->served == listener->accepted,
                 "the server has ended, and %u of %u requests are served", listener->served,
                 listener->accepted);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "listener", listener_receive, sizeof(struct listener));
    ob_spawn(world, "balancer", balancer_receive, 0);
    ob_spawn_many(world, "worker", WORKERS, worker_receive, sizeof(struct worker));
}

OB_TARGET(drain, .summary = "a server ends with a request on its way to a worker",
          .variants = {[RACY] = "racy", [COUNTED] = "counted"}, .fails = {[RACY] = true},
          .messages =
              {
                  [CONNECT] = {.name = "connect", .to = "listener"},
                  [STOP] = {.name = "stop", .to = "listener"},
                  [SERVE] = {.name = "serve", .args = {{.name = "request"}}},
                  [SERVED] = {.name = "served"},
                  [ASK] = {.name = "ask"},
                  [IDLE] = {.name = "idle"},
                  [BUSY] = {.name = "busy"},
                  [ASK_AGAIN] = {.name = "ask_again"},
              },
          .setup = setup, .check = check);
