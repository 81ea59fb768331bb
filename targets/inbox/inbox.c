/* A sender's letters get lost. See README.md for what goes wrong. */
#include <offbeat/oracle.h>
#include <offbeat/retry.h>

#define LETTERS 8
#define FAULTS_US 100000
#define WITHIN_US 1000000

enum variant { ONCE, THREE_TRIES, RETRIED };
enum kind { POST, LETTER, RECEIVED, AGAIN };

struct sender {
    struct ob_retry retries[LETTERS];
    uint32_t operations[LETTERS];
    bool posted[LETTERS];
};

/* Few tries may all fall into the time in which the network is bad. */
static const struct ob_retry_policy few = {
    .timeout_us = 20000, .timeout_max = 20000, .attempts_max = 3, .timer = AGAIN};
static const struct ob_retry_policy many = {
    .timeout_us = 20000, .timeout_max = 200000, .attempts_max = UINT32_MAX, .timer = AGAIN};

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    const struct ob_retry_policy *policy = ob_variant(self) == RETRIED ? &many : &few;
    struct sender *sender = ob_state(self);
    unsigned letter = message->args[0];

    if (message->kind == RECEIVED) {
        bool is_first = ob_variant(self) == ONCE ||
                        ob_retry_acknowledged(self, &sender->retries[letter], letter);
        if (is_first)
            ob_op_end(self, sender->operations[letter], 1);
    } else if (message->kind == AGAIN) {
        (void)ob_retry_timed_out(self, policy, &sender->retries[letter], letter);
    } else if (!sender->posted[letter]) {
        sender->posted[letter] = true;
        sender->operations[letter] = ob_op_begin(self, letter, OB_OP_ENQUEUE, letter);
        if (ob_variant(self) == ONCE)
            ob_send(self, "inbox", LETTER, letter);
        else
            ob_retry_send(self, policy, &sender->retries[letter], letter,
                          ob_id(ob_actor(ob_world(self), "inbox")), OB_WORDS(LETTER, letter));
    }
}

static void inbox_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *received = ob_state(self);
    received[message->args[0]] = true; /* the same once more changes nothing */
    ob_reply(self, message, RECEIVED, message->args[0]);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "inbox")))
        return;
    const bool *received = ob_state(actor);
    for (unsigned letter = 0; letter < LETTERS; letter++)
        if (received[letter])
            ob_describe(text, "letter %u; ", letter);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "sender", sender_receive, sizeof(struct sender));
    ob_spawn(world, "inbox", inbox_receive, LETTERS * sizeof(bool));
    ob_link(world, "sender", "inbox", (struct ob_link){.lossy = true, .partition_us_max = 2000000});
    ob_link(world, "inbox", "sender", (struct ob_link){.lossy = true, .partition_us_max = 2000000});
}

OB_TARGET(
    inbox, .summary = "letters get lost on their way",
    .variants = {[ONCE] = "once", [THREE_TRIES] = "three_tries", [RETRIED] = "retried"},
    .fails = {[ONCE] = true, [THREE_TRIES] = true},
    .messages = {[POST] = {.name = "post", .to = "sender", .args = {{"letter", 0, LETTERS - 1}}},
                 [LETTER] = {.name = "letter", .args = {{.name = "number"}}},
                 [RECEIVED] = {.name = "received", .args = {{.name = "number"}}},
                 [AGAIN] = {.name = "again", .args = {{.name = "number"}}}},
    .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_PROGRESS(WITHIN_US, FAULTS_US)));
