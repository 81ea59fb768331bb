/* Exhaustive search against brute force: the same orders, and the same states and ends that violate
 * something, on small models of everything that can make two deliveries depend on each other, and
 * on the targets of the tree. */
#include "support/drawn_model.h"
#include "support/explored.h"
#include "support/run_text.h"

#define BRUTE_FORCE_EXECUTIONS_MAX 60000u

/* -- drawn models -- */

#define DRAWN(op) (1u << DRAWN_##op)

/* Each kind of access by itself, and then all together. */
static const unsigned drawn_ops[] = {
    0,
    DRAWN(READ),
    DRAWN(READ) | DRAWN(POKE),
    DRAWN(TABLE_ADD) | DRAWN(TABLE_READ),
    DRAWN(SHARED_ADD) | DRAWN(SHARED_READ),
    DRAWN(HIDDEN_ADD) | DRAWN(HIDDEN_READ),
    DRAWN(START) | DRAWN(CANCEL),
    DRAWN(READ) | DRAWN(REQUIRE),
    (1u << DRAWN_OPS) - 1,
};
#define DRAWN_GROUPS (sizeof drawn_ops / sizeof *drawn_ops)
#define DRAWN_ROUNDS 60u

static void exhaustive_search_agrees_with_brute_force_on_drawn_models(void **state)
{
    (void)state;
    static const char *const workloads[] = {"+0 go() to p0\n",
                                            "+0 go() to p0\n+20us begin() to p1\n",
                                            "+0 begin() to p1\n+0 begin() to p1\n"};
    unsigned compared = 0;
    unsigned by_states = 0;
    for (unsigned group = 0; group < DRAWN_GROUPS; group++) {
        struct ob_rng rng = {.state = group};
        for (unsigned round = 0; round < DRAWN_ROUNDS; round++) {
            bool ended;
            struct bench bench = {0};
            draw_model(&rng, DRAWN_PARTIES_MAX, drawn_ops[group]);
            bench_open(&bench, &ob_target_drawn, 0);
            bench_parse(&bench, workloads[ob_rng_below(&rng, 3)]);
            struct explored explored =
                explore_both_ways(bench.world, &bench.scenario, BRUTE_FORCE_EXECUTIONS_MAX, &ended);
            compared += ended;
            by_states += explored.stats.states > 0;
            assert_true(ob_exhaustive_is_all(&explored.stats));
            explored_release(&explored);
            bench_close(&bench);
        }
    }
    print_message("%u of %zu compared, %u by states\n", compared, DRAWN_GROUPS * DRAWN_ROUNDS,
                  by_states);
    assert_true(compared > DRAWN_GROUPS * DRAWN_ROUNDS * 8 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exhaustive_search_agrees_with_brute_force_on_drawn_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
