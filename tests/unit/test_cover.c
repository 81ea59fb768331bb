/* Set cover: few inputs that have all features, and small ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "corpus/cover.h"

#define INPUTS_MAX 8

static void add(struct ob_cover *cover, size_t size, const uint32_t *features, uint32_t count)
{
    struct ob_error error = {{0}};

    assert_int_equal(ob_cover_add(cover, size, features, count, &error), 0);
}

#define ADD(cover, size, ...)                                                                      \
    add(cover, size, (const uint32_t[]){__VA_ARGS__},                                              \
        (uint32_t)(sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t)))

/* Which are chosen, a bit each. */
static unsigned choose(struct ob_cover *cover)
{
    struct ob_error error = {{0}};
    bool chosen[INPUTS_MAX] = {false};
    unsigned bits = 0;

    assert_int_equal(ob_cover_choose(cover, chosen, &error), 0);
    for (unsigned index = 0; index < INPUTS_MAX; index++)
        bits |= (unsigned)chosen[index] << index;
    ob_cover_release(cover);
    return bits;
}

static void the_smaller_of_two_equal_inputs_is_chosen(void **state)
{
    struct ob_cover cover = {0};

    (void)state;
    ADD(&cover, 10, 1, 2);
    ADD(&cover, 5, 1, 2);
    ADD(&cover, 7, 1, 2);
    assert_int_equal(choose(&cover), 2);
}

static void what_others_have_made_superfluous_goes(void **state)
{
    struct ob_cover cover = {0};

    (void)state;
    ADD(&cover, 1, 1, 2, 3, 4); /* taken first by both, needed by none */
    ADD(&cover, 2, 1, 2, 5);
    ADD(&cover, 3, 3, 4, 6);
    assert_int_equal(choose(&cover), 6);
}

static void features_may_be_far_apart(void **state)
{
    struct ob_cover cover = {0};
    static bool has[3000000];

    (void)state;
    ADD(&cover, 1, 0, 127, 128, 300, 20000, 2500000);
    ADD(&cover, 2, 127, 16384);
    ADD(&cover, 1, 128, 20000);
    assert_int_equal(cover.feature_bound, 2500001);
    assert_int_equal(ob_cover_count(&cover, has), 7);
    assert_true(has[0] && has[127] && has[128] && has[300] && has[16384] && has[20000] &&
                has[2500000]);
    assert_int_equal(choose(&cover), 3);
}

static void without_features_nothing_is_chosen(void **state)
{
    struct ob_cover cover = {0};

    (void)state;
    add(&cover, 1, NULL, 0);
    assert_int_equal(choose(&cover), 0);
    assert_int_equal(choose(&cover), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smaller_of_two_equal_inputs_is_chosen),
        cmocka_unit_test(what_others_have_made_superfluous_goes),
        cmocka_unit_test(features_may_be_far_apart),
        cmocka_unit_test(without_features_nothing_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
