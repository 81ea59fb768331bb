/* Linearizability of histories that are written by hand, good ones and bad ones. */
#include "support/history.h"

static void a_read_during_a_write_may_see_either_value(void **state)
{
    (void)state;
    for (uint64_t seen = 0; seen <= 2; seen++) {
        struct history history = {.count = 0};
        uint32_t write = history_begin(&history, 1, 0, OB_OP_WRITE, 1);
        uint32_t read = history_begin(&history, 2, 0, OB_OP_READ, 0);
        history_end(&history, read, seen);
        history_end(&history, write, OB_ANY);
        assert_int_equal(history_check(&history, &ob_spec_register),
                         seen <= 1 ? OB_LINEAR_YES : OB_LINEAR_NO);
    }
}

static void a_read_after_a_write_must_not_see_what_was_before(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    history_end(&history, history_begin(&history, 1, 0, OB_OP_WRITE, 1), OB_ANY);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), 0);
    assert_int_equal(history_check(&history, &ob_spec_register), OB_LINEAR_NO);
}

static void two_reads_must_not_go_back_in_time(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    uint32_t write = history_begin(&history, 1, 0, OB_OP_WRITE, 1);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), 1);
    history_end(&history, history_begin(&history, 3, 0, OB_OP_READ, 0), 0);
    history_end(&history, write, OB_ANY);
    assert_int_equal(history_check(&history, &ob_spec_register), OB_LINEAR_NO);
}

static void an_operation_without_an_answer_may_have_happened_or_not(void **state)
{
    (void)state;
    for (uint64_t seen = 0; seen <= 1; seen++) {
        struct history history = {.count = 0};
        (void)history_begin(&history, 1, 0, OB_OP_WRITE, 1);
        history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), seen);
        assert_int_equal(history_check(&history, &ob_spec_register), OB_LINEAR_YES);
    }
    /* But once it has, it does not go away. */
    struct history history = {.count = 0};
    (void)history_begin(&history, 1, 0, OB_OP_WRITE, 1);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), 1);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), 0);
    assert_int_equal(history_check(&history, &ob_spec_register), OB_LINEAR_NO);
}

static void one_of_two_swaps_from_the_same_value_is_refused(void **state)
{
    (void)state;
    for (uint64_t second = 0; second <= 1; second++) {
        struct history history = {.count = 0};
        uint32_t one = history_begin(&history, 1, 0, OB_OP_CAS, OB_CAS(0, 1));
        uint32_t two = history_begin(&history, 2, 0, OB_OP_CAS, OB_CAS(0, 2));
        history_end(&history, one, 1);
        history_end(&history, two, second);
        assert_int_equal(history_check(&history, &ob_spec_register),
                         second ? OB_LINEAR_NO : OB_LINEAR_YES);
    }
}

static void objects_are_judged_one_by_one(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    history_end(&history, history_begin(&history, 1, 7, OB_OP_WRITE, 1), OB_ANY);
    history_end(&history, history_begin(&history, 2, 8, OB_OP_READ, 0), 0);
    assert_int_equal(history_check(&history, &ob_spec_register), OB_LINEAR_YES);
}

static void two_adds_that_give_the_same_sum_have_lost_one(void **state)
{
    (void)state;
    for (uint64_t second = 1; second <= 2; second++) {
        struct history history = {.count = 0};
        uint32_t one = history_begin(&history, 1, 0, OB_OP_ADD, 1);
        uint32_t two = history_begin(&history, 2, 0, OB_OP_ADD, 1);
        history_end(&history, one, 1);
        history_end(&history, two, second);
        assert_int_equal(history_check(&history, &ob_spec_counter),
                         second == 2 ? OB_LINEAR_YES : OB_LINEAR_NO);
    }
}

static void a_queue_gives_first_what_came_first(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    history_end(&history, history_begin(&history, 1, 0, OB_OP_DEQUEUE, 0), OB_NOTHING);
    history_end(&history, history_begin(&history, 1, 0, OB_OP_ENQUEUE, 5), OB_ANY);
    history_end(&history, history_begin(&history, 1, 0, OB_OP_ENQUEUE, 6), OB_ANY);
    struct history wrong = history;
    history_end(&history, history_begin(&history, 2, 0, OB_OP_DEQUEUE, 0), 5);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_DEQUEUE, 0), 6);
    assert_int_equal(history_check(&history, &ob_spec_queue), OB_LINEAR_YES);
    history_end(&wrong, history_begin(&wrong, 2, 0, OB_OP_DEQUEUE, 0), 6);
    assert_int_equal(history_check(&wrong, &ob_spec_queue), OB_LINEAR_NO);
}

static void a_set_takes_an_element_once(void **state)
{
    (void)state;
    for (uint64_t second = 0; second <= 1; second++) {
        struct history history = {.count = 0};
        uint32_t one = history_begin(&history, 1, 0, OB_OP_INSERT, 9);
        uint32_t two = history_begin(&history, 2, 0, OB_OP_INSERT, 9);
        history_end(&history, two, 1);
        history_end(&history, one, second);
        history_end(&history, history_begin(&history, 1, 0, OB_OP_CONTAINS, 9), 1);
        history_end(&history, history_begin(&history, 1, 0, OB_OP_REMOVE, 9), 1);
        history_end(&history, history_begin(&history, 1, 0, OB_OP_CONTAINS, 9), 0);
        assert_int_equal(history_check(&history, &ob_spec_set),
                         second ? OB_LINEAR_NO : OB_LINEAR_YES);
    }
}

static void a_lock_has_one_holder(void **state)
{
    (void)state;
    for (int released = 0; released <= 1; released++) {
        struct history history = {.count = 0};
        history_end(&history, history_begin(&history, 1, 0, OB_OP_ACQUIRE, 0), 1);
        history_end(&history, history_begin(&history, 2, 0, OB_OP_ACQUIRE, 0), 0);
        if (released)
            (void)history_begin(&history, 1, 0, OB_OP_RELEASE, 0);
        history_end(&history, history_begin(&history, 2, 0, OB_OP_ACQUIRE, 0), 1);
        assert_int_equal(history_check(&history, &ob_spec_lock),
                         released ? OB_LINEAR_YES : OB_LINEAR_NO);
    }
    struct history history = {.count = 0};
    history_end(&history, history_begin(&history, 1, 0, OB_OP_ACQUIRE, 0), 1);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_RELEASE, 0), 1);
    assert_int_equal(history_check(&history, &ob_spec_lock), OB_LINEAR_NO);
}

static void the_shortest_beginning_ends_with_what_cannot_be(void **state)
{
    (void)state;
    struct ob_linear_memory *memory = ob_linear_memory_create();
    struct history history = {.count = 0};
    uint32_t object = 0;
    history_end(&history, history_begin(&history, 1, 3, OB_OP_WRITE, 1), OB_ANY);
    history_end(&history, history_begin(&history, 1, 4, OB_OP_WRITE, 1), OB_ANY);
    uint32_t wrong = history_begin(&history, 2, 3, OB_OP_READ, 0);
    history_end(&history, history_begin(&history, 1, 4, OB_OP_READ, 0), 1);
    history_end(&history, wrong, 0);
    for (int more = 0; more < 10; more++)
        history_end(&history, history_begin(&history, 1, 3, OB_OP_READ, 0), 1);
    assert_int_equal(
        ob_linear_shortest(memory, &ob_spec_register, history.operations, history.count, &object),
        history.operations[wrong].end + 1);
    assert_int_equal(object, 3);
    ob_linear_memory_free(memory);
}

static void what_outgrows_its_state_gets_no_verdict(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    for (uint64_t item = 0; item < 200; item++)
        history_end(&history, history_begin(&history, 1, 0, OB_OP_ENQUEUE, item), OB_ANY);
    history_end(&history, history_begin(&history, 1, 0, OB_OP_DEQUEUE, 0), 7);
    assert_int_equal(history_check(&history, &ob_spec_queue), OB_LINEAR_UNKNOWN);
}

/* 20 writes that nobody answered, and a read of something that none of them wrote: 2^20 and more
 * ways to try. */
static void a_search_that_takes_too_long_gets_no_verdict(void **state)
{
    (void)state;
    struct history history = {.count = 0};
    for (uint64_t bit = 0; bit < 40; bit++)
        (void)history_begin(&history, 1, 0, OB_OP_ADD, UINT64_C(1) << bit);
    history_end(&history, history_begin(&history, 2, 0, OB_OP_READ, 0), UINT64_C(1) << 50);
    assert_int_equal(history_check(&history, &ob_spec_counter), OB_LINEAR_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_during_a_write_may_see_either_value),
        cmocka_unit_test(a_read_after_a_write_must_not_see_what_was_before),
        cmocka_unit_test(two_reads_must_not_go_back_in_time),
        cmocka_unit_test(an_operation_without_an_answer_may_have_happened_or_not),
        cmocka_unit_test(one_of_two_swaps_from_the_same_value_is_refused),
        cmocka_unit_test(objects_are_judged_one_by_one),
        cmocka_unit_test(two_adds_that_give_the_same_sum_have_lost_one),
        cmocka_unit_test(a_queue_gives_first_what_came_first),
        cmocka_unit_test(a_set_takes_an_element_once),
        cmocka_unit_test(a_lock_has_one_holder),
        cmocka_unit_test(the_shortest_beginning_ends_with_what_cannot_be),
        cmocka_unit_test(what_outgrows_its_state_gets_no_verdict),
        cmocka_unit_test(a_search_that_takes_too_long_gets_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
