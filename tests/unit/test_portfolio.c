/* The portfolio of ways of searching: what brings news is drawn more often, nothing is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the first four */

#include "search/portfolio.h"

#define DRAWN_ARMS (OB_ARMS_ALL & ~(1u << OB_ARM_CROSSOVER))
#define PERCENT (65536 / 100)

static uint32_t share_of_walks(const struct ob_portfolio *portfolio)
{
    return ob_portfolio_share(portfolio, OB_ARMS_ALL, OB_ARM_WALK_FRESH) +
           ob_portfolio_share(portfolio, OB_ARMS_ALL, OB_ARM_WALK_PARENT);
}

static void execute(struct ob_portfolio *portfolio, enum ob_arm arm, unsigned times, bool is_news)
{
    for (unsigned time = 0; time < times; time++)
        ob_portfolio_executed(portfolio, arm, is_news);
}

static void shares_add_up_and_none_is_given_up(void **state)
{
    (void)state;
    struct ob_portfolio portfolio = {0};
    for (unsigned arm = 0; arm < OB_ARM_CROSSOVER; arm++) {
        execute(&portfolio, arm, 1000, true);
        for (unsigned other = 0; other < OB_ARM_CROSSOVER; other++)
            if (other != arm)
                execute(&portfolio, other, 1000, false);
        uint32_t sum = 0;
        for (unsigned other = 0; other < OB_ARMS; other++) {
            uint32_t share = ob_portfolio_share(&portfolio, OB_ARMS_ALL, other);
            sum += share;
            if (other == OB_ARM_CROSSOVER)
                assert_int_equal(share, 0);
            else
                assert_true(share >= PERCENT * 3 / 4);
        }
        assert_in_range(sum, 65536 - OB_ARMS, 65536);
    }
}

static void walks_get_from_a_fifth_to_four_fifths(void **state)
{
    (void)state;
    struct ob_portfolio portfolio = {0};
    assert_in_range(share_of_walks(&portfolio), 24 * PERCENT, 26 * PERCENT);
    execute(&portfolio, OB_ARM_WALK_FRESH, 500, true);
    execute(&portfolio, OB_ARM_ORDER, 500, false);
    assert_in_range(share_of_walks(&portfolio), 79 * PERCENT, 81 * PERCENT);
    execute(&portfolio, OB_ARM_WALK_FRESH, 500, false);
    execute(&portfolio, OB_ARM_ORDER, 500, true);
    assert_in_range(share_of_walks(&portfolio), 19 * PERCENT, 21 * PERCENT);
    /* When neither brings anything any more, as before either was tried. */
    execute(&portfolio, OB_ARM_WALK_FRESH, 500, false);
    execute(&portfolio, OB_ARM_ORDER, 500, false);
    assert_in_range(share_of_walks(&portfolio), 24 * PERCENT, 26 * PERCENT);
}

static void what_is_impossible_is_never_drawn(void **state)
{
    (void)state;
    struct ob_portfolio portfolio = {0};
    struct ob_rng rng = {.state = 3};
    for (uint32_t possible = 1; possible <= DRAWN_ARMS; possible++) {
        for (unsigned draw = 0; draw < 30; draw++) {
            enum ob_arm arm = ob_portfolio_draw(&portfolio, possible, &rng);
            assert_true(possible >> arm & 1);
            ob_portfolio_executed(&portfolio, arm, ob_rng_below(&rng, 5) == 0);
        }
    }
}

static void draws_follow_the_shares(void **state)
{
    (void)state;
    struct ob_portfolio portfolio = {0};
    struct ob_rng rng = {.state = 4};
    unsigned drawn[OB_ARMS] = {0};
    execute(&portfolio, OB_ARM_OPERAND, 40, true);
    execute(&portfolio, OB_ARM_ORDER, 40, false);
    for (unsigned draw = 0; draw < 65536; draw++)
        drawn[ob_portfolio_draw(&portfolio, OB_ARMS_ALL, &rng)]++;
    for (unsigned arm = 0; arm < OB_ARMS; arm++) {
        uint32_t share = ob_portfolio_share(&portfolio, OB_ARMS_ALL, arm);
        assert_in_range(drawn[arm] + 700, share, share + 1400);
    }
    assert_true(drawn[OB_ARM_OPERAND] > drawn[OB_ARM_ORDER]);
    assert_int_equal(portfolio.arms[OB_ARM_OPERAND].executions, 40);
    assert_int_equal(portfolio.arms[OB_ARM_OPERAND].news, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_add_up_and_none_is_given_up),
        cmocka_unit_test(walks_get_from_a_fifth_to_four_fifths),
        cmocka_unit_test(what_is_impossible_is_never_drawn),
        cmocka_unit_test(draws_follow_the_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
