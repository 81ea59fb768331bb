/*
 * Goes wrong in every world of the process but the first: what a target does that depends on what
 * outlives a run. Fuzz programs run their inputs in one world and mutate in another, so that it
 * goes wrong in the mutator only.
 */
#include <stdlib.h>
#include <unistd.h>

#include <offbeat/offbeat.h>

enum variant { ABORTING, LEAVING, VANISHING, ENDLESS };
enum kind { ASK };

static const struct ob_world *first;

static void user_receive(struct ob_actor *self, const struct ob_message *message)
{
    volatile bool for_ever = true;
    (void)message;
    if (!first)
        first = ob_world(self);
    if (ob_world(self) == first)
        return;
    switch (ob_variant(self)) {
    case ABORTING:
        abort();
    case LEAVING:
        exit(0);
    case VANISHING:
        _exit(0);
    default:
        while (for_ever)
            continue;
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "user", user_receive, 0);
    ob_link(world, "*", "*", (struct ob_link){.latency_us_max = 50000});
}

OB_TARGET(
    forgetful, .summary = "goes wrong in every world but the first",
    .variants =
        {[ABORTING] = "abort", [LEAVING] = "exit", [VANISHING] = "vanish", [ENDLESS] = "no_end"},
    .messages = {[ASK] = {.name = "ask", .to = "user", .args = {{"line", 0, 99}}}}, .setup = setup);
