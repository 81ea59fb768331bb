/* What must hold for every scenario: replay and snapshots give the same trace; nothing illegal
 * happens in it. */
#include "base/rng.h"
#include "scenario/edit.h"
#include "support/desk.h"
#include "support/drawn_scenario.h"
#include "support/run_text.h"
#include "support/task_crowd.h"
#include "world/goal.h"
#include "world/snapshot.h"

extern const struct ob_target ob_target_order, ob_target_resource, ob_target_counter;

static const struct ob_target *const targets[] = {
    &ob_target_order, &ob_target_resource, &ob_target_counter, &ob_target_crowd, &ob_target_desk};
#define TARGETS (sizeof targets / sizeof *targets)
#define ROUNDS 3000

static bool same_verdict(const struct ob_verdict *one, const struct ob_verdict *two)
{
    return one->outcome == two->outcome && one->trace_hash == two->trace_hash &&
           one->delivery_count == two->delivery_count && one->end_us == two->end_us &&
           strcmp(one->invariant, two->invariant) == 0 && strcmp(one->detail, two->detail) == 0;
}

/* Messages arrive within the range of their link, in order where it keeps one, and never before
 * they were sent. */
static void check_times(const struct ob_world *world)
{
    uint64_t last_us = 0;
    for (uint32_t at = 0; at < ob_world_delivery_count(world); at++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, at);
        assert_true(delivery->time_us >= last_us);
        last_us = delivery->time_us;
        if (delivery->sent == OB_NONE)
            continue;
        const struct ob_sent *sent = ob_world_sent(world, delivery->sent);
        assert_true(delivery->time_us >= sent->time_us);
        if (sent->cause != OB_NONE)
            assert_true(ob_world_delivery(world, sent->cause)->time_us <= sent->time_us);
    }
}

static void replay_is_identical(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_rng rng = {.state = 1};
    for (size_t at = 0; at < TARGETS * 2; at++) {
        struct ob_world *one = ob_world_create(targets[at / 2], at % 2, NULL);
        struct ob_world *two = ob_world_create(targets[at / 2], at % 2, NULL);
        for (unsigned round = 0; round < ROUNDS; round++) {
            draw_scenario(ob_world_vocabulary(one), &rng, &scenario);
            struct ob_verdict first = *ob_world_run(one, &scenario);
            check_times(one);
            assert_true(same_verdict(&first, ob_world_run(one, &scenario)));
            assert_true(same_verdict(&first, ob_world_run(two, &scenario)));
        }
        ob_world_destroy(one);
        ob_world_destroy(two);
    }
}

static void steps_and_snapshots_give_the_same_trace(void **state)
{
    (void)state;
    static struct ob_scenario scenario, other;
    struct ob_rng rng = {.state = 2};
    for (size_t at = 0; at < TARGETS * 2; at++) {
        struct ob_world *world = ob_world_create(targets[at / 2], at % 2, NULL);
        struct ob_snapshot *snapshot = NULL;
        for (unsigned round = 0; round < ROUNDS; round++) {
            draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
            draw_scenario(ob_world_vocabulary(world), &rng, &other);
            struct ob_verdict whole = *ob_world_run(world, &scenario);
            ob_world_begin(world, &scenario);
            for (unsigned steps = ob_rng_below(&rng, 60); steps > 0 && ob_world_step(world);
                 steps--)
                continue;
            /* In the memory of that of the round before, a smaller or a larger one. */
            snapshot = ob_snapshot_take(world, snapshot);
            assert_non_null(snapshot);
            while (ob_world_step(world))
                continue;
            assert_true(same_verdict(&whole, ob_world_verdict(world)));
            (void)ob_world_run(world, &other);
            ob_snapshot_restore(world, snapshot);
            while (ob_world_step(world))
                continue;
            assert_true(same_verdict(&whole, ob_world_verdict(world)));
        }
        ob_snapshot_free(snapshot);
        ob_world_destroy(world);
    }
}

/* What is known of the goals of a run. */
struct goals {
    uint32_t reached;
    uint64_t ways[DESK_GOALS];
    unsigned furthest[DESK_GOALS];
};

static struct goals goals_of(const struct ob_world *world)
{
    struct goals goals = {.reached = ob_world_goals(world)};
    for (unsigned goal = 0; goal < DESK_GOALS; goal++) {
        goals.furthest[goal] = ob_world_goal_furthest(world, goal);
        if (goals.reached >> goal & 1)
            goals.ways[goal] = ob_world_goal_way(world, goal);
    }
    return goals;
}

/* Goals that are reached in a run once are reached in each of the ways to make it: again, in steps,
 * and from a snapshot on, wherever that was taken and whatever ran meanwhile. */
static void goals_do_not_depend_on_how_a_run_is_made(void **state)
{
    (void)state;
    static struct ob_scenario scenario, other;
    struct ob_rng rng = {.state = 5};
    uint32_t reached = 0;
    for (unsigned variant = 0; variant < 2; variant++) {
        struct ob_world *world = ob_world_create(&ob_target_desk, variant, NULL);
        for (unsigned round = 0; round < ROUNDS; round++) {
            draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
            draw_scenario(ob_world_vocabulary(world), &rng, &other);
            (void)ob_world_run(world, &scenario);
            const struct goals whole = goals_of(world);
            reached |= whole.reached;
            ob_world_begin(world, &scenario);
            for (unsigned steps = ob_rng_below(&rng, 60); steps > 0 && ob_world_step(world);
                 steps--)
                continue;
            struct ob_snapshot *snapshot = ob_snapshot_take(world, NULL);
            const struct goals half = goals_of(world);
            assert_int_equal(half.reached & ~whole.reached, 0);
            (void)ob_world_run(world, &other);
            ob_snapshot_restore(world, snapshot);
            const struct goals again = goals_of(world);
            assert_memory_equal(&half, &again, sizeof half);
            while (ob_world_step(world))
                continue;
            const struct goals rest = goals_of(world);
            assert_memory_equal(&whole, &rest, sizeof whole);
            ob_snapshot_free(snapshot);
        }
        ob_world_destroy(world);
    }
    assert_int_equal(reached, (1u << DESK_GOALS) - 1 - (1u << DESK_LOST_AFTER_YES) -
                                  (1u << DESK_LENT_THRICE));
}

static void add_walk(struct ob_scenario *scenario, struct ob_rng *rng)
{
    struct ob_walk walk = {.depth = (uint8_t)(1 + ob_rng_below(rng, 5)),
                           .hint = 20,
                           .late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES)};
    struct ob_deviation record =
        ob_walk_deviation((enum ob_walk_strategy)ob_rng_below(rng, OB_WALK_STRATEGIES),
                          (uint32_t)ob_rng_next(rng), walk);
    (void)ob_scenario_insert_deviation(scenario, &record);
}

/* A deviation that did not take effect can be left out; one that did is in the set that the world
 * reports. So beside a walk: what it draws does not depend on deviations without an effect. */
static void what_was_not_applied_makes_no_difference(void **state)
{
    (void)state;
    static struct ob_scenario scenario, reduced;
    struct ob_rng rng = {.state = 3};
    for (size_t at = 0; at < TARGETS * 2; at++) {
        struct ob_world *world = ob_world_create(targets[at / 2], at % 2, NULL);
        for (unsigned round = 0; round < ROUNDS; round++) {
            draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
            if (round % 2)
                add_walk(&scenario, &rng);
            struct ob_verdict whole = *ob_world_run(world, &scenario);
            uint64_t applied = ob_world_applied(world);
            reduced = scenario;
            reduced.deviation_count = 0;
            for (unsigned index = 0; index < scenario.deviation_count; index++)
                if (applied >> index & 1)
                    reduced.deviations[reduced.deviation_count++] = scenario.deviations[index];
            assert_true(same_verdict(&whole, ob_world_run(world, &reduced)));
        }
        ob_world_destroy(world);
    }
}

/* Vector clocks agree with the definition: reachability through actors' orders and causes. */
static void happens_before_agrees_with_reachability(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    static bool before[128][128];
    struct ob_rng rng = {.state = 4};
    struct ob_world *world = ob_world_create(&ob_target_counter, 0, NULL);
    for (unsigned round = 0; round < 300; round++) {
        draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
        (void)ob_world_run(world, &scenario);
        uint32_t count = ob_world_delivery_count(world);
        if (count > 128)
            count = 128;
        memset(before, 0, sizeof before);
        for (uint32_t later = 0; later < count; later++) {
            const struct ob_delivery *delivery = ob_world_delivery(world, later);
            uint32_t edges[2] = {delivery->previous, ob_world_sent(world, delivery->sent)->cause};
            for (unsigned edge = 0; edge < 2; edge++) {
                if (edges[edge] == OB_NONE)
                    continue;
                before[edges[edge]][later] = true;
                for (uint32_t earlier = 0; earlier < later; earlier++)
                    before[earlier][later] |= before[earlier][edges[edge]];
            }
        }
        for (uint32_t one = 0; one < count; one++)
            for (uint32_t two = 0; two < count; two++)
                assert_int_equal(ob_world_happens_before(world, one, two), before[one][two]);
    }
    ob_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_is_identical),
        cmocka_unit_test(steps_and_snapshots_give_the_same_trace),
        cmocka_unit_test(goals_do_not_depend_on_how_a_run_is_made),
        cmocka_unit_test(what_was_not_applied_makes_no_difference),
        cmocka_unit_test(happens_before_agrees_with_reachability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
