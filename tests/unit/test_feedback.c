/* The marks that a run leaves for engines: of states, and of which kind came before which. */
#include "support/run_text.h"
#include "world/engine.h"

extern const struct ob_target ob_target_order, ob_target_counter;

#define MARKS 1024
#define AROUND 64

/* What is around the map must stay as it is. */
struct map {
    uint8_t before[AROUND];
    uint8_t marks[MARKS];
    uint8_t after[AROUND];
};

static struct map run_with(struct bench *bench, const char *records, size_t size)
{
    struct map map;
    memset(&map, 0xa5, sizeof map);
    memset(map.marks, 0, sizeof map.marks);
    bench_parse(bench, records);
    ob_world_feedback(bench->world, map.marks, size);
    (void)ob_world_run(bench->world, &bench->scenario);
    ob_world_feedback(bench->world, NULL, 0);
    for (unsigned at = 0; at < AROUND; at++) {
        assert_int_equal(map.before[at], 0xa5);
        assert_int_equal(map.after[at], 0xa5);
    }
    for (unsigned at = 0; at < MARKS; at++) {
        assert_true(map.marks[at] <= 1);
        assert_true(at < size || map.marks[at] == 0);
    }
    return map;
}

static unsigned count_of(const struct map *map)
{
    unsigned count = 0;
    for (unsigned at = 0; at < MARKS; at++)
        count += map->marks[at];
    return count;
}

/* Marks of the one that the other has not. */
static unsigned news_of(const struct map *map, const struct map *known)
{
    unsigned count = 0;
    for (unsigned at = 0; at < MARKS; at++)
        count += map->marks[at] && !known->marks[at];
    return count;
}

static const char *const plain = "+0 buy(order=1) to customer\n";
static const char *const flipped = "+0 buy(order=1) to customer\n"
                                   "reorder create customer->shop #0 after pay bank-> #0\n";

static void equal_runs_leave_equal_marks(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_order, 1);
    struct map first = run_with(&bench, flipped, MARKS);
    struct map between = run_with(&bench, plain, MARKS);
    struct map second = run_with(&bench, flipped, MARKS);
    assert_true(count_of(&first) >= 4);
    assert_memory_equal(first.marks, second.marks, MARKS);
    assert_memory_not_equal(first.marks, between.marks, MARKS);
    bench_close(&bench);
}

/* Other arguments and other times are no news; another order is. */
static void the_order_of_a_racing_pair_is_what_marks_show(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_order, 1);
    struct map known = run_with(&bench, plain, MARKS);
    struct map same = run_with(&bench,
                               "+7ms buy(order=5) to customer\n"
                               "delay pay bank->shop #0 by 3ms\n",
                               MARKS);
    assert_memory_equal(known.marks, same.marks, MARKS);
    struct map news = run_with(&bench, flipped, MARKS);
    assert_true(news_of(&news, &known) >= 1);
    assert_true(news_of(&known, &news) >= 1);
    bench_close(&bench);
}

/* A kind that meets another abstract state of its actor is news. */
static void states_are_shown(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_order, 1);
    struct map known = run_with(&bench, plain, MARKS);
    /* The second create meets the state that the first has left. */
    struct map news = run_with(&bench,
                               "+0 buy(order=1) to customer\n"
                               "+100ms buy(order=2) to customer\n",
                               MARKS);
    assert_true(news_of(&news, &known) >= 1);
    assert_int_equal(news_of(&known, &news), 0);
    bench_close(&bench);
}

static void small_maps_are_kept_to(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_counter, 0);
    for (size_t size = 1; size <= MARKS; size *= 2) {
        struct map map =
            run_with(&bench, "+0 increment to client.0\n+0 increment to client.3\n", size);
        assert_true(count_of(&map) >= 1 && count_of(&map) <= size);
    }
    bench_close(&bench);
}

static void marks_are_added_and_never_cleared(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint8_t marks[MARKS] = {0};
    bench_open(&bench, &ob_target_order, 1);
    struct map one = run_with(&bench, plain, MARKS);
    struct map other = run_with(&bench, flipped, MARKS);
    ob_world_feedback(bench.world, marks, MARKS);
    bench_parse(&bench, plain);
    (void)ob_world_run(bench.world, &bench.scenario);
    bench_parse(&bench, flipped);
    (void)ob_world_run(bench.world, &bench.scenario);
    ob_world_feedback(bench.world, NULL, 0);
    for (unsigned at = 0; at < MARKS; at++)
        assert_int_equal(marks[at], one.marks[at] | other.marks[at]);
    bench_close(&bench);
}

/* Whether marks are on makes no difference to the run, and when they are off there are none. */
static void marks_do_not_change_the_run(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint8_t marks[MARKS] = {0};
    bench_open(&bench, &ob_target_order, 0);
    bench_parse(&bench, flipped);
    struct ob_verdict without = *ob_world_run(bench.world, &bench.scenario);
    ob_world_feedback(bench.world, marks, MARKS);
    struct ob_verdict with = *ob_world_run(bench.world, &bench.scenario);
    ob_world_feedback(bench.world, NULL, 0);
    memset(marks, 0, sizeof marks);
    struct ob_verdict again = *ob_world_run(bench.world, &bench.scenario);
    assert_int_equal(without.outcome, OB_VIOLATED);
    assert_true(with.trace_hash == without.trace_hash && again.trace_hash == without.trace_hash);
    assert_int_equal(with.delivery_count, without.delivery_count);
    for (unsigned at = 0; at < MARKS; at++)
        assert_int_equal(marks[at], 0);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_leave_equal_marks),
        cmocka_unit_test(the_order_of_a_racing_pair_is_what_marks_show),
        cmocka_unit_test(states_are_shown),
        cmocka_unit_test(small_maps_are_kept_to),
        cmocka_unit_test(marks_are_added_and_never_cleared),
        cmocka_unit_test(marks_do_not_change_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
