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
#include "scenario/vocabulary.h"
#include "search/alternatives.h"
#include "world/access.h"
#include "world/arena_places.h"
#include "world/run.h"
#include "world/snapshot.h"
#include "world/state.h"
#include "world/trace.h"
#include "world/world.h"

#define RUNS 400
#define RESTORES 20
#define READY_ORDER 4u /* of the variants of frailty */

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
        struct ob_snapshot *snapshot = ob_snapshot_take(world, NULL);
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

/* Puts a pointer to an actor's state on the stacks of all tasks that wait, in their first word,
 * which is part of what is in use, and which nobody reads again. */
static void plant(struct ob_world *world, unsigned actor)
{
    const void *state = world->actors[actor].state;
    for (unsigned slot = 0; slot < world->run.tasks.used; slot++)
        memcpy(ob_stack_bottom(&world->stacks, slot) + world->stacks.size - sizeof state, &state,
               sizeof state);
}

/* What the tasks of an actor are seen to hold, with pointers to another on their stacks. */
static uint32_t held(const char *name, unsigned actor, unsigned other)
{
    static struct ob_cells kept;
    struct ob_world *world = make(name);
    struct ob_scenario scenario;
    draw(&scenario, name, 1);
    assert_non_null(ob_access_begin(world));
    ob_world_begin(world, &scenario);
    for (unsigned steps = 0; steps < 4; steps++)
        assert_true(ob_world_step(world));
    assert_true(world->actors[actor].task_count > 0);
    plant(world, other);
    ob_access_kept(world, actor, &kept);
    assert_false(kept.has_all);
    uint32_t count = kept.count;
    if (count > 0)
        assert_true(ob_cells_have(&kept, other));
    ob_access_end(world);
    ob_world_destroy(world);
    return count;
}

/* Bytes of a program that look like an address in the world are none, wherever the world lies: what
 * its threads hold is their own. */
static void test_programs_hold_nothing_of_the_world(void **state)
{
    (void)state;
    for (unsigned actor = 1; actor <= 3; actor++)
        assert_int_equal(held("tally", actor, actor % 3 + 1), 0);
}

/* How many alternatives of a choice at the first fault point are tried one after the other. */
static unsigned tried(const struct ob_world *world, uint32_t count, bool *has_left)
{
    static struct ob_access access;
    static struct ob_alternatives alternatives;
    unsigned combinations = 1;
    alternatives = (struct ob_alternatives){0};
    access.choice_count = 1;
    access.choices[0] =
        (struct ob_chosen){.count = count,
                           .actor = 1,
                           .point = (uint8_t)ob_vocabulary_own_choices(ob_world_vocabulary(world))};
    ob_alternatives_add(&alternatives, &access);
    while (ob_alternatives_next(&alternatives, world)) {
        assert_in_range(alternatives.choices[0].value, 1, count - 1);
        combinations++;
    }
    *has_left = alternatives.has_left_amounts;
    return combinations;
}

/* Of amounts a few stand for all, which is said; of what is no amount all are tried. */
static void test_of_amounts_a_few_are_tried(void **state)
{
    (void)state;
    bool has_left;
    struct ob_world *world = make("frailty");
    assert_int_equal(tried(world, 4, &has_left), 4);
    assert_false(has_left);
    assert_int_equal(tried(world, 5, &has_left), 4);
    assert_true(has_left);
    assert_int_equal(tried(world, 100, &has_left), 4);
    assert_true(has_left);
    ob_world_destroy(world);
    struct ob_error error;
    world = ob_world_create(named("frailty"), READY_ORDER, &error);
    assert_non_null(world);
    assert_int_equal(tried(world, 100, &has_left), 100);
    assert_false(has_left);
    ob_world_destroy(world);
}

/* What looks like an address does so in every process: arenas lie where they always do. */
static void test_arenas_have_places(void **state)
{
    (void)state;
    struct ob_arena arenas[3];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned at = 0; at < 3; at++)
            assert_int_equal(ob_arena_create(&arenas[at], OB_ARENA_SIZE), 0);
        for (unsigned at = 0; at < 3; at++)
            assert_int_equal((uintptr_t)arenas[at].base, OB_ARENAS_BASE + at * OB_ARENAS_PITCH);
        for (unsigned at = 0; at < 3; at++)
            ob_arena_destroy(&arenas[at]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arenas_have_places),
        cmocka_unit_test(test_of_amounts_a_few_are_tried),
        cmocka_unit_test(test_programs_hold_nothing_of_the_world),
        cmocka_unit_test(test_two_clients),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_a_library),
        cmocka_unit_test(test_worlds_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
