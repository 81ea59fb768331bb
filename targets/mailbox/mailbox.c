/* Clients give jobs to a server that takes a while for each. See README.md for what goes wrong, and
 * when. */
#include <offbeat/offbeat.h>
#include <offbeat/rate_limit.h>

#define CLIENTS 3
#define JOBS_AT_ONCE 8
#define JOBS_MAX 16 /* of one client in one run; it promises no more */
#define MAILBOX_MAX 6
#define JOB_US 500   /* what the server needs */
#define PACE_US 2000 /* a client sends one each, which all of them together may */
#define CREDITS 2    /* jobs of one client under way, with back-pressure */

enum variant { RACY, LOOPING, BACKPRESSURE, RATE_LIMITED, DROPPING };
enum kind { WORK, NEXT, JOB, RUN, RESULT, BUSY, OPEN, CLOSE };

/* -- clients: promise jobs to whoever asks, and send them one by one -- */

struct client {
    uint32_t promised;
    uint32_t unsent;
    uint32_t under_way;
    uint32_t done;
    bool pacing; /* the timer for the next one runs */
};

static void pace(struct ob_actor *self, struct client *client, uint32_t wait_us)
{
    if (client->pacing)
        return;
    client->pacing = true;
    ob_timer_start(self, wait_us, NEXT, 0);
}

static void send_next(struct ob_actor *self, struct client *client)
{
    bool may = ob_variant(self) != BACKPRESSURE || client->under_way < CREDITS;
    if (client->unsent == 0 || client->pacing || !may)
        return;
    client->unsent--;
    client->under_way++;
    ob_send(self, "gate", JOB, ob_id(self));
    pace(self, client, PACE_US);
    if (client->unsent == 0 && ob_variant(self) == LOOPING)
        ob_send(self, "gate", CLOSE, ob_id(self));
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case WORK:
        if (client->promised + message->args[0] > JOBS_MAX)
            break; /* refused, and the one who asked knows */
        if (client->unsent == 0 && ob_variant(self) == LOOPING)
            ob_send(self, "gate", OPEN, ob_id(self));
        client->promised += message->args[0];
        client->unsent += message->args[0];
        break;
    case NEXT:
        client->pacing = false;
        break;
    case BUSY: /* not accepted: again, after a while */
        client->under_way--;
        client->unsent++;
        pace(self, client, message->args[0] > PACE_US ? message->args[0] : PACE_US);
        break;
    default:
        client->under_way--;
        client->done++;
        break;
    }
    send_next(self, client);
}

/* -- the gate: what comes in before the server -- */

struct gate {
    struct ob_bucket bucket;
    uint32_t under_way;
    uint32_t dropped;
};

/* Slower than the server can be, with what the way to it may bunch up. */
static const struct ob_rate_limit limit = {.burst = 2, .interval_us = 600};

static void gate_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct gate *gate = ob_state(self);

    if (message->kind == RESULT) {
        gate->under_way--;
        ob_send_to(self, message->args[0], RESULT);
        return;
    }
    if (message->kind == JOB && ob_variant(self) == RATE_LIMITED &&
        !ob_bucket_take(self, &limit, &gate->bucket)) {
        ob_reply(self, message, BUSY, ob_bucket_wait_us(self, &limit, &gate->bucket));
        return;
    }
    if (message->kind == JOB && ob_variant(self) == DROPPING && gate->under_way == MAILBOX_MAX) {
        gate->dropped++;
        return;
    }
    gate->under_way += message->kind == JOB;
    ob_send(self, "server", message->kind == JOB ? RUN : message->kind, message->args[0]);
}

/* -- the server -- */

struct server {
    uint32_t done;
    bool open[CLIENTS + 2]; /* looping: by the client's id */
};

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind != RUN) {
        server->open[message->args[0]] = message->kind == OPEN;
        return;
    }
    if (ob_variant(self) == LOOPING && !server->open[message->args[0]]) {
        ob_send(self, "server", RUN, message->args[0]); /* later, when it is open */
        return;
    }
    ob_work(self, JOB_US);
    server->done++;
    ob_send(self, "gate", RESULT, message->args[0]);
}

static void check_quiescent(struct ob_world *world)
{
    static const char *const names[CLIENTS] = {"client.0", "client.1", "client.2"};

    for (unsigned index = 0; index < CLIENTS; index++) {
        const struct client *client = ob_state(ob_actor(world, names[index]));
        OB_INVARIANT(world, promised_job_done, client->done == client->promised,
                     "client %u has promised %u jobs, %u are done, and nothing more happens", index,
                     client->promised, client->done);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "server"))) {
        ob_describe(text, "jobs done: %u", ((const struct server *)ob_state(actor))->done);
    } else if (ob_id(actor) == ob_id(ob_actor(world, "gate"))) {
        const struct gate *gate = ob_state(actor);
        ob_describe(text, "%u under way, %u dropped", gate->under_way, gate->dropped);
    } else {
        const struct client *client = ob_state(actor);
        if (client->promised)
            ob_describe(text, "%u of %u jobs done", client->done, client->promised);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_spawn(world, "gate", gate_receive, sizeof(struct gate));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_link(
        world, "client", "gate",
        (struct ob_link){.latency_us_max = 50000, .unordered = ob_world_variant(world) == LOOPING});
    ob_link(world, "gate", "server", (struct ob_link){.latency_us_max = 1000});
    ob_link(world, "server", "gate", (struct ob_link){.latency_us_max = 1000});
}

OB_TARGET(mailbox, .summary = "clients give jobs to a server that takes a while for each",
          .variants = {[RACY] = "racy",
                       [LOOPING] = "looping",
                       [BACKPRESSURE] = "backpressure",
                       [RATE_LIMITED] = "rate_limited",
                       [DROPPING] = "dropping"},
          .fails = {[RACY] = true, [LOOPING] = true, [DROPPING] = true},
          .messages =
              {
                  [WORK] = {.name = "work", .to = "client", .args = {{"jobs", 1, JOBS_AT_ONCE}}},
                  [NEXT] = {.name = "next"},
                  [JOB] = {.name = "job", .args = {{.name = "of"}}},
                  [RUN] = {.name = "run", .args = {{.name = "of"}}},
                  [RESULT] = {.name = "result", .args = {{.name = "of"}}},
                  [BUSY] = {.name = "busy", .args = {{.name = "wait_us"}}},
                  [OPEN] = {.name = "open", .args = {{.name = "of"}}},
                  [CLOSE] = {.name = "close", .args = {{.name = "of"}}},
              },
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe,
          .mailbox_max = MAILBOX_MAX, .steps_max = 2000, .must_handle_all = true);
