/* A sender gives a server more than it can do. See README.md for what goes wrong. */
#include <offbeat/oracle.h>
#include <offbeat/rate_limit.h>

#define BURST 24
#define JOB_US 500
#define SIZE_MAX_ALLOWED 3 /* a job takes its size times JOB_US */
#define WAIT_US 6000       /* nobody waits longer in the server's mailbox */

enum variant { UNLIMITED, IGNORED, UNCHECKED, PROTECTED };
enum kind { SEND, JOB, RUN, BUSY };

/* Sends all at once, whatever it is told. */
static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    for (unsigned job = 0; message->kind == SEND && job < message->args[0]; job++)
        ob_send(self, "gate", JOB, message->args[1]);
}

struct gate {
    struct ob_bucket bucket;
};

static const struct ob_rate_limit limit = {.burst = 2, .interval_us = 1600};

static void gate_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct gate *gate = ob_state(self);
    unsigned variant = ob_variant(self);
    uint32_t size = message->args[0];

    if (variant == PROTECTED && size > SIZE_MAX_ALLOWED) {
        ob_reply(self, message, BUSY); /* not valid: refused before it takes any time */
        return;
    }
    if (variant != UNLIMITED && !ob_bucket_take(self, &limit, &gate->bucket)) {
        ob_reply(self, message, BUSY);
        if (variant != IGNORED)
            return;
    }
    ob_send(self, "server", RUN, size);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_work(self, message->args[0] * JOB_US);
    ++*(uint32_t *)ob_state(self);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "server")))
        ob_describe(text, "%u jobs done", *(const uint32_t *)ob_state(actor));
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "sender", sender_receive, 0);
    ob_spawn(world, "gate", gate_receive, sizeof(struct gate));
    ob_spawn(world, "server", server_receive, sizeof(uint32_t));
    ob_link(world, "gate", "server", (struct ob_link){.latency_us_max = 100});
}

OB_TARGET(flood, .summary = "a sender gives a server more than it can do",
          .variants = {[UNLIMITED] = "unlimited",
                       [IGNORED] = "ignored",
                       [UNCHECKED] = "unchecked",
                       [PROTECTED] = "protected"},
          .fails = {[UNLIMITED] = true, [IGNORED] = true, [UNCHECKED] = true},
          .messages = {[SEND] = {.name = "send",
                                 .to = "sender",
                                 .args = {{"jobs", 1, BURST}, {"size", 1, 40}}},
                       [JOB] = {.name = "job", .args = {{.name = "size"}}},
                       [RUN] = {.name = "run", .args = {{.name = "size"}}},
                       [BUSY] = {.name = "busy"}},
          .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_MAILBOX_LATENCY(WAIT_US)));
