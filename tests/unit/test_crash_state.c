/* How ClusterFuzz reads what fuzz programs print, and which crashes it takes for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* needs the first four */

#include "report/crash_state.h"

#define ENDING                                                                                     \
    "==7== ERROR: libFuzzer: deadly signal\n"                                                      \
    "    #0 0x55d0 in __sanitizer_print_stack_trace (/out/fuzz_a_b+0xd1)\n"                        \
    "    #1 0x55d1 in fuzzer::PrintStackTrace() (/out/fuzz_a_b+0xd2)\n"                            \
    "    #2 0x7f01 in raise (/lib/x86_64-linux-gnu/libc.so.6+0x3c)\n"                              \
    "    #3 0x7f02 in abort (/lib/x86_64-linux-gnu/libc.so.6+0x26)\n"                              \
    "    #4 0x55d2 in nothing_lost_QQWW /src/fuzz_a_b_frames.c:4:1\n"                              \
    "    #5 0x55d3 in QWERTZ /src/fuzz_a_b_frames.c:4:1\n"                                         \
    "    #6 0x55d4 in report_violation /src/fuzz_entry.c:61:9\n"                                   \
    "SUMMARY: libFuzzer: deadly signal\n"

static struct ob_crash_state read_text(const char *text)
{
    struct ob_crash_state state;
    ob_crash_state_read(text, strlen(text), &state);
    return state;
}

static void expect_lines(const struct ob_crash_state *state, const char *type, const char *first,
                         const char *second, const char *third)
{
    assert_string_equal(state->type, type);
    assert_int_equal(state->count, 3);
    assert_string_equal(state->lines[0], first);
    assert_string_equal(state->lines[1], second);
    assert_string_equal(state->lines[2], third);
}

static void an_assertion_and_two_frames_make_the_state(void **unused)
{
    (void)unused;
    struct ob_crash_state state = read_text(
        "trace: 3 deliveries\ndetail: 1 lost\nASSERTION FAILED: a/b/nothing_lost\n" ENDING);
    expect_lines(&state, "ASSERT", "a/b/nothing_lost", "nothing_lost_QQWW", "QWERTZ");
}

/* With handle_abort=1, as ClusterFuzz sets it. */
static void how_a_sanitizer_tells_of_abort_changes_nothing(void **unused)
{
    (void)unused;
    struct ob_crash_state state = read_text(
        "ASSERTION FAILED: a/b/nothing_lost\n"
        "AddressSanitizer:DEADLYSIGNAL\n"
        "=================\n"
        "==7==ERROR: AddressSanitizer: ABRT on unknown address 0x07 (pc 0x7f T0)\n" ENDING);
    expect_lines(&state, "ASSERT", "a/b/nothing_lost", "nothing_lost_QQWW", "QWERTZ");
}

static void the_last_assertion_counts(void **unused)
{
    (void)unused;
    struct ob_crash_state state =
        read_text("panic: of the target's own\nfoo.c:3: Assertion `x' failed.\n"
                  "ASSERTION FAILED: a/b/nothing_lost\n" ENDING);
    expect_lines(&state, "ASSERT", "a/b/nothing_lost", "nothing_lost_QQWW", "QWERTZ");
    state = read_text("foo.c:3: int f(void): Assertion `x > 1' failed.\n");
    assert_string_equal(state.type, "ASSERT");
    assert_string_equal(state.lines[0], "x > 1");
}

static void other_crashes_have_other_types(void **unused)
{
    (void)unused;
    struct ob_crash_state state = read_text(
        "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6020000000\n" ENDING);
    assert_string_not_equal(state.type, "ASSERT");
    assert_string_equal(state.lines[0], "nothing_lost_QQWW");
    state = read_text(ENDING);
    assert_string_equal(state.type, "Fatal-signal");
    state = read_text("==1==WARNING: MemorySanitizer: use-of-uninitialized-value\n" ENDING);
    assert_string_equal(state.type, "use-of-uninitialized-value");
    state = read_text("Done 4 runs in 0 second(s)\n");
    assert_string_equal(state.type, "");
    assert_int_equal(state.count, 0);
}

static void frames_of_the_runtime_are_dropped(void **unused)
{
    static const char *const dropped[] = {
        "abort",
        "main /src/a.c:1:1",
        "mainly",
        "free_slot_QQ",
        "new_order_QQ",
        "newest",
        "balance_asserted",
        "check /src/logger/a.c:3",
        "f /src/gcc/a.c:1",
        "memcpy",
        "ab",
        "LLVMFuzzerTestOneInput /src/harness/engine/fuzz_entry.c:1"};
    static const char *const kept[] = {"order_new_QQ",    "no_free_slot", "QWERTZ",
                                       "exit_code_right", "domain_kept",  "renewed"};
    (void)unused;
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        assert_true(ob_crash_frame_is_dropped(dropped[i]));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_false(ob_crash_frame_is_dropped(kept[i]));
}

static void lines_are_cut_and_numbers_replaced(void **unused)
{
    struct ob_crash_state state = {0};
    char line[100];
    (void)unused;
    assert_true(ob_crash_state_add(&state, "a/b2/c_123"));
    assert_false(ob_crash_state_add(&state, "a/b/at_0x12ab"));
    assert_string_equal(state.lines[1], "a/b/at_ADDRESS");
    assert_false(ob_crash_state_add(&state, "a/b/c_1234"));
    assert_string_equal(state.lines[2], "a/b/c_NUMBER");
    assert_true(ob_crash_state_add(&state, "a full one takes no more"));
    assert_int_equal(state.count, 3);

    memset(line, 'x', sizeof line);
    line[OB_CRASH_LINE_MAX] = '\0';
    memset(&state, 0, sizeof state);
    assert_true(ob_crash_state_add(&state, line));
    line[OB_CRASH_LINE_MAX] = 'x';
    line[OB_CRASH_LINE_MAX + 1] = '\0';
    assert_false(ob_crash_state_add(&state, line));
    assert_string_equal(state.lines[0], state.lines[1]);
}

static struct ob_crash_state state_of(const char *first, const char *second, const char *third)
{
    struct ob_crash_state state = {.type = "ASSERT"};
    (void)ob_crash_state_add(&state, first);
    (void)ob_crash_state_add(&state, second);
    if (third)
        (void)ob_crash_state_add(&state, third);
    return state;
}

/* Ratios by hand: (sum of lengths - edit distance) / sum of lengths. */
static void likeness_is_the_mean_over_lines(void **unused)
{
    struct ob_crash_state one = state_of("kitten", "abcd", NULL);
    struct ob_crash_state other = state_of("sitting", "abcf", NULL);
    (void)unused;
    double expected = ((13.0 - 3.0) / 13.0 + (8.0 - 1.0) / 8.0) / 2.0; /* 0.822 */
    assert_true(ob_crash_likeness(&one, &other) > expected - 1e-9);
    assert_true(ob_crash_likeness(&one, &other) < expected + 1e-9);
    assert_true(ob_crash_states_merge(&one, &other));
    other = state_of("sitting", "efgh", NULL); /* (0.769 + 0.5) / 2 */
    assert_false(ob_crash_states_merge(&one, &other));
    /* Exactly 0.8 is not more than 0.8: of ten characters two are to be changed. */
    one = state_of("abcde", "abcde", NULL);
    other = state_of("abcfg", "abxye", NULL);
    assert_false(ob_crash_states_merge(&one, &other));
}

static void two_shared_frames_are_enough(void **unused)
{
    struct ob_crash_state one = state_of("kitten", "upper", "lower");
    struct ob_crash_state other = state_of("a quite different line", "upper", "lower");
    (void)unused;
    assert_true(ob_crash_states_merge(&one, &other));
    other = state_of("upper", "lower", "third"); /* at other places, in the same order */
    assert_true(ob_crash_states_merge(&one, &other));
    other = state_of("lower", "upper", "third"); /* in another order: one of them */
    assert_false(ob_crash_states_merge(&one, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_assertion_and_two_frames_make_the_state),
        cmocka_unit_test(how_a_sanitizer_tells_of_abort_changes_nothing),
        cmocka_unit_test(the_last_assertion_counts),
        cmocka_unit_test(other_crashes_have_other_types),
        cmocka_unit_test(frames_of_the_runtime_are_dropped),
        cmocka_unit_test(lines_are_cut_and_numbers_replaced),
        cmocka_unit_test(likeness_is_the_mean_over_lines),
        cmocka_unit_test(two_shared_frames_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
