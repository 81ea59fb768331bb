/* Swarm testing: what a seed draws, and that the mutator keeps to it while inputs mean the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* needs the first four */

#include "engine/fuzz_entry.h"
#include "engine/fuzzed.h"
#include "engine/mutation.h"
#include "engine/swarm.h"
#include "scenario/edit.h"
#include "world/world.h"

extern const struct ob_target ob_target_order;
const struct ob_target *const ob_fuzzed_target = &ob_target_order;
const char ob_fuzzed_variant[] = "fsm";

#define SEEDS 400

/* One that leaves out some of what order/fsm allows, and has small limits. */
static const char *telling_seed(const struct ob_vocabulary *vocabulary, struct ob_swarm *swarm)
{
    static char text[24];
    for (unsigned seed = 0; seed < 10000; seed++) {
        *swarm = ob_swarm_draw(seed, vocabulary->ops_allowed);
        (void)snprintf(text, sizeof text, "%u", seed);
        if (swarm->ops == 1u << OB_DELAY && swarm->messages_max == 4 && swarm->deviations_max == 2)
            return text;
    }
    return NULL;
}

static void draws_are_parts_of_what_is_allowed(void **state)
{
    (void)state;
    const uint32_t allowed = 1u << OB_DELAY | 1u << OB_CRASH | 1u << OB_DRAW;
    uint32_t ever = 0;
    uint32_t always = allowed;
    unsigned limits = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct ob_swarm swarm = ob_swarm_draw(seed, allowed);
        struct ob_swarm again = ob_swarm_draw(seed, allowed);
        assert_memory_equal(&swarm, &again, sizeof swarm);
        assert_true(swarm.ops != 0 && (swarm.ops & ~allowed) == 0);
        assert_in_range(swarm.messages_max, 4, OB_MESSAGES_MAX);
        assert_in_range(swarm.deviations_max, 2, OB_DEVIATIONS_MAX);
        ever |= swarm.ops;
        always &= swarm.ops;
        limits |= swarm.messages_max | swarm.deviations_max << 16;
    }
    assert_int_equal(ever, allowed);
    assert_int_equal(always, 0);
    assert_int_equal(limits & 0xffff, 4 | 8 | 16 | 32 | 64 | 128 | 256);
    assert_int_equal(limits >> 16, 2 | 4 | 8 | 16 | 32 | 64);
}

static void one_op_is_left_at_least(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        assert_int_equal(ob_swarm_draw(seed, 1u << OB_SKEW).ops, 1u << OB_SKEW);
        assert_int_not_equal(ob_swarm_draw(seed, 0).ops, 0);
    }
}

static void pruning_leaves_the_part(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    const struct ob_swarm swarm = {.ops = 1u << OB_DROP, .messages_max = 4, .deviations_max = 2};
    const struct ob_swarm everything = {0};
    struct ob_rng rng = {.state = 3};
    ob_scenario_clear(&scenario);
    for (unsigned index = 0; index < 8; index++) {
        const struct ob_deviation deviation = {.op = index % 2 ? OB_DROP : OB_CRASH,
                                               .which = {.to = 1, .nth = (uint8_t)index}};
        assert_true(ob_scenario_insert_deviation(&scenario, &deviation));
    }
    ob_swarm_prune(&swarm, &scenario, &rng); /* no messages: nothing else would be left */
    assert_int_equal(scenario.deviation_count, 8);
    for (unsigned index = 0; index < 6; index++)
        assert_true(ob_scenario_insert_message(&scenario, 0, &(struct ob_input_message){0}, NULL));
    ob_swarm_prune(&everything, &scenario, &rng);
    assert_int_equal(scenario.deviation_count, 8);
    assert_int_equal(scenario.message_count, 6);
    ob_swarm_prune(&swarm, &scenario, &rng);
    assert_int_equal(scenario.message_count, 4);
    assert_int_equal(scenario.deviation_count, 2);
    for (unsigned index = 0; index < 2; index++)
        assert_int_equal(scenario.deviations[index].op, OB_DROP);
}

static void expect_part(const struct ob_scenario *child, const struct ob_swarm *swarm)
{
    assert_true(child->message_count >= 1 && child->message_count <= swarm->messages_max);
    assert_true(child->deviation_count <= swarm->deviations_max);
    for (unsigned index = 0; index < child->deviation_count; index++)
        assert_true(swarm->ops >> child->deviations[index].op & 1);
}

/* Both hooks, from parents that know no part. The process has one mutator, made with the seed. */
static void children_keep_to_the_part(void **state)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(*state);
    static struct ob_scenario child;
    struct ob_swarm swarm;
    struct ob_rng rng = {.state = 5};
    uint8_t one[400];
    uint8_t other[400];
    uint8_t out[400];
    unsigned with_deviations = 0;
    const char *seed = telling_seed(vocabulary, &swarm);
    assert_non_null(seed);
    assert_int_equal(setenv("OFFBEAT_SWARM", seed, 1), 0);
    for (unsigned round = 0; round < 3000; round++) {
        for (size_t at = 0; at < sizeof one; at++) {
            one[at] = (uint8_t)ob_rng_next(&rng);
            other[at] = (uint8_t)ob_rng_next(&rng);
        }
        unsigned mutation_seed = (unsigned)ob_rng_next(&rng);
        size_t size = LLVMFuzzerCustomCrossOver(one, sizeof one, other, sizeof other, out,
                                                sizeof out, mutation_seed);
        ob_scenario_decode(vocabulary, out, size, &child);
        if (child.message_count > 0)
            expect_part(&child, &swarm);
        size = LLVMFuzzerCustomMutator(one, sizeof one, sizeof one, mutation_seed);
        ob_scenario_decode(vocabulary, one, size, &child);
        expect_part(&child, &swarm);
        with_deviations += child.deviation_count > 0;
    }
    assert_true(with_deviations > 1000);
}

static int open_world(void **state)
{
    *state = ob_fuzzed_world_create();
    return 0;
}

static int close_world(void **state)
{
    ob_world_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_parts_of_what_is_allowed),
        cmocka_unit_test(one_op_is_left_at_least),
        cmocka_unit_test(pruning_leaves_the_part),
        cmocka_unit_test(children_keep_to_the_part),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
