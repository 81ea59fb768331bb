/* Several increment a counter at one time. See README.md for what goes wrong. */
#include "counter.h"

#include <offbeat/oracle.h>

static bool has_server(const struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    return variant == RACY || variant == ATOMIC || variant == AGENT;
}

static struct tally tally_of(const struct ob_world *world)
{
    return has_server(world) ? server_tally(world) : shared_tally(world);
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

    if (ob_id(actor) != ob_id(ob_actor(world, has_server(world) ? "counter" : "service")))
        return;
    struct tally tally = tally_of(world);
    ob_describe(text, "value %u after %u increments", tally.value, tally.increments);
}

static void setup(struct ob_world *world)
{
    if (has_server(world))
        server_setup(world);
    else
        shared_setup(world);
}

OB_TARGET(counter, .summary = "several increment a counter at one time",
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
              },
          .setup = setup, .check = check, .check_quiescent = check_quiescent, .describe = describe,
          .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(observe)));
