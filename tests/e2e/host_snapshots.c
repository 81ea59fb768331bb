/* Hosts in snapshots: from whatever step on, the rest of a run is the same; so is a whole run, in
 * whatever order worlds with the same programs take turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cli/registry.h"
#include "world/run.h"
#include "world/snapshot.h"
#include "world/trace.h"
#include "world/world.h"

#define RUNS 400
#define RESTORES 20

static const struct ob_target *named(const char *name)
{
    for (const struct ob_target *const *target = ob_registry; *target; target++)
        if (strcmp((*target)->name, name) == 0)
            return *target;
    fail_msg("there is no target %s", name);
    return NULL;
}

static struct ob_world *make(const char *name)
{
    struct ob_error error;
    struct ob_world *world = ob_world_create(named(name), 0, &error);
    assert_non_null(world);
    return world;
}

/* A scenario that has segments late, each time others; for clerks of `book` with something to do.
 */
static void draw(struct ob_scenario *scenario, const char *name, uint32_t seed)
{
    memset(scenario, 0, sizeof *scenario);
    if (strcmp(name, "book") == 0)
        while (scenario->message_count < 6)
            scenario->messages[scenario->message_count++].instance = (uint8_t)(seed & 1);
    scenario->deviation_count = 1;
    scenario->deviations[0] = (struct ob_deviation){
        .op = OB_WALK, .mode = OB_WALK_RANDOM, .amount = seed, .walk = {.depth = 1}};
}

static uint64_t finish(struct ob_world *world)
{
    while (ob_world_step(world))
        continue;
    return ob_world_verdict(world)->trace_hash;
}

static void check_snapshots(const char *name)
{
    struct ob_world *world = make(name);
    struct ob_rng rng = {.state = 5};
    struct ob_scenario scenario;
    for (unsigned run = 0; run < RUNS; run++) {
        draw(&scenario, name, run);
        uint64_t hash = ob_world_run(world, &scenario)->trace_hash;
        unsigned steps = ob_rng_below(&rng, 40);
        ob_world_begin(world, &scenario);
        while (steps-- > 0 && ob_world_step(world))
            continue;
        struct ob_snapshot *snapshot = ob_snapshot_take(world);
        assert_non_null(snapshot);
        for (unsigned restore = 0; restore < RESTORES; restore++) {
            unsigned further = ob_rng_below(&rng, 40);
            while (further-- > 0 && ob_world_step(world))
                continue;
            ob_snapshot_restore(world, snapshot);
        }
        assert_int_equal(finish(world), hash);
        ob_snapshot_free(snapshot);
    }
    ob_world_destroy(world);
}

static void test_two_clients(void **state)
{
    (void)state;
    check_snapshots("tally");
}

static void test_restarts(void **state)
{
    (void)state;
    check_snapshots("restart");
}

static void test_a_library(void **state)
{
    (void)state;
    check_snapshots("book");
}

/* They share addresses, and know nothing of each other. */
static void check_turns(const char *name, const char *other_name)
{
    struct ob_world *one = make(name);
    struct ob_world *other = make(other_name);
    struct ob_scenario scenarios[2];
    for (unsigned run = 0; run < 50; run++) {
        draw(&scenarios[0], name, run);
        draw(&scenarios[1], other_name, run + 1);
        uint64_t hash = ob_world_run(one, &scenarios[0])->trace_hash;
        uint64_t other_hash = ob_world_run(other, &scenarios[1])->trace_hash;
        ob_world_begin(one, &scenarios[0]);
        ob_world_begin(other, &scenarios[1]);
        for (bool goes_on = true; goes_on;) {
            goes_on = ob_world_step(one);
            goes_on |= ob_world_step(other);
        }
        assert_int_equal(ob_world_verdict(one)->trace_hash, hash);
        assert_int_equal(ob_world_verdict(other)->trace_hash, other_hash);
    }
    ob_world_destroy(one);
    ob_world_destroy(other);
}

static void test_worlds_take_turns(void **state)
{
    (void)state;
    check_turns("tally", "restart");
    check_turns("book", "book");
    check_turns("book", "tally");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_clients),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_a_library),
        cmocka_unit_test(test_worlds_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
