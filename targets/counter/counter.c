/* Several increment a counter at one time. See README.md for what goes wrong. */
#include "counter.h"

#include <offbeat/oracle.h>

/* The ways of keeping the counter, each in a file of its own. */
static const struct way {
    void (*setup)(struct ob_world *world);
    struct tally (*tally)(const struct ob_world *world);
    const char *keeper; /* the actor that has the counter */
} server = {server_setup, server_tally, "counter"}, agent = {agent_setup, agent_tally, "counter"},
  shared = {shared_setup, shared_tally, "service"};

static const struct way *way_of(const struct ob_world *world)
{
    switch (ob_world_variant(world)) {
    case RACY:
    case ATOMIC:
        return &server;
    case AGENT:
        return &agent;
    default:
        return &shared;
    }
}

static struct tally tally_of(const struct ob_world *world)
{
    return way_of(world)->tally(world);
}

/* Between an increment of the value and the end of the request that made it, the one is ahead of
 * the other; so what must hold at any time is only that the value is not behind. */
static void check(struct ob_world *world)
{
    struct tally tally = tally_of(world);

    OB_INVARIANT(world, no_increment_lost, tally.value >= tally.increments, "%u increments gave %u",
                 tally.increments, tally.value);
}

static void check_quiescent(struct ob_world *world)
{
    struct tally tally = tally_of(world);

    OB_INVARIANT(world, no_increment_twice, tally.value == tally.increments,
                 "%u increments gave %u", tally.increments, tally.value);
}

/* What counts of the state: the increments that come to be. */
static void observe(const struct ob_world *world, struct ob_view *view)
{
    ob_observe(view, tally_of(world).value, "value");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) != ob_id(ob_actor(world, way_of(world)->keeper)))
        return;
    struct tally tally = tally_of(world);
    ob_describe(text, "value %u after %u increments", tally.value, tally.increments);
}

static void setup(struct ob_world *world)
{
    way_of(world)->setup(world);
}

OB_TARGET(
    counter, .summary = "several increment a counter at one time",
    .variants = {[RACY] = "racy",
                 [ATOMIC] = "atomic",
                 [GLOBAL] = "global",
                 [AGENT] = "agent",
                 [SERIES] = "series",
                 [UPDATE_COUNTER] = "update_counter",
                 [MUTEX] = "mutex",
                 [COMPARE_AND_SWAP] = "compare_and_swap"},
    .fails = {[RACY] = true, [GLOBAL] = true, [AGENT] = true, [SERIES] = true},
    .messages =
        {
            [INCREMENT] = {.name = "increment", .to = "client"},
            [GET] = {.name = "get"},
            [VALUE] = {.name = "value", .args = {{.name = "value"}}},
            [PUT] = {.name = "put", .args = {{.name = "value"}}},
            [ADD] = {.name = "add", .args = {{.name = "amount"}}},
            [RECORD] = {.name = "record", .args = {{.name = "value"}}},
            [RECORDED] = {.name = "recorded"},
            /* The agent's, which has kinds of the same names. */
            [AGENT_FIRST + OB_AGENT_GET] = {.name = "agent_get",
                                            .args = {{.name = "function"}, {.name = "arg"}}},
            [AGENT_FIRST + OB_AGENT_UPDATE] = {.name = "agent_update",
                                               .args = {{.name = "function"}, {.name = "arg"}}},
            [AGENT_FIRST + OB_AGENT_VALUE] = {.name = "agent_value", .args = {{.name = "value"}}},
        },
    .setup = setup, .check = check, .check_quiescent = check_quiescent, .describe = describe,
    .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(observe)));
