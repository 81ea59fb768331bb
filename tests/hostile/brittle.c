/*
 * The same as hostile, without anything that outlives a run: for exhaustive search. A file is read
 * after it was closed, when two messages come in one of their two orders.
 */
#include <stdlib.h>
#include <unistd.h>

#include <offbeat/offbeat.h>

enum variant { ABORTING, ENDING, VANISHING, ENDLESS };
enum kind { OPEN, READ, CLOSE };

struct reader {
    bool is_closed;
};

static void user_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "reader", READ, message->args[0]);
    ob_send(self, "proxy", CLOSE, message->args[0]);
}

static void go_wrong(unsigned variant)
{
    volatile bool for_ever = true;
    switch (variant) {
    case ABORTING:
        abort();
    case ENDING:
        exit(0);
    case VANISHING:
        _exit(0);
    default:
        while (for_ever)
            continue;
    }
}

static void reader_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct reader *reader = ob_state(self);
    if (message->kind == CLOSE)
        reader->is_closed = true;
    else if (reader->is_closed)
        go_wrong(ob_variant(self));
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "user", user_receive, 0);
    ob_spawn_forwarder(world, "proxy", "reader");
    ob_spawn(world, "reader", reader_receive, sizeof(struct reader));
    ob_link(world, "*", "*", (struct ob_link){.latency_us_max = 50000});
}

OB_TARGET(
    brittle, .summary = "a file that is read after it was closed, and nothing else",
    .variants =
        {[ABORTING] = "abort", [ENDING] = "exit_0", [VANISHING] = "vanish", [ENDLESS] = "no_end"},
    .messages =
        {
            [OPEN] = {.name = "open", .to = "user", .args = {{"file", 0, 63}}},
            [READ] = {.name = "read", .args = {{.name = "file"}}},
            [CLOSE] = {.name = "close", .args = {{.name = "file"}}},
        },
    .setup = setup);
