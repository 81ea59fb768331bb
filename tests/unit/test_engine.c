/* What engines call, as it is linked into every fuzz program: the mutator's hooks and the entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h> /* needs the first four */

#include "base/rng.h"
#include "engine/counters.h"
#include "engine/fuzz_entry.h"
#include "engine/fuzzed.h"
#include "engine/mutation.h"
#include "engine/novelty.h"
#include "engine/opening.h"
#include "scenario/edit.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* What the build writes for a fuzz program. A fixed variant: a violation would end the process. */
extern const struct ob_target ob_target_order;
const struct ob_target *const ob_fuzzed_target = &ob_target_order;
const char ob_fuzzed_variant[] = "fsm";

#define ROUNDS 3000
#define SIZE_MAX_TESTED ((size_t)400)

static void fill(uint8_t *bytes, size_t size, struct ob_rng *rng)
{
    for (size_t at = 0; at < size; at++)
        bytes[at] = (uint8_t)ob_rng_next(rng);
}

/* A buffer of exactly `size` bytes, so that a sanitizer sees what goes past its end. */
static uint8_t *exactly(size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    assert_non_null(bytes);
    return bytes;
}

/* What a hook returns is whole records, within the limit, canonical, and something to run. */
static void expect_input(const uint8_t *bytes, size_t size, size_t size_max,
                         const struct ob_vocabulary *vocabulary)
{
    static struct ob_scenario scenario;
    static uint8_t canonical[OB_SCENARIO_BYTES_MAX];
    assert_true(size <= size_max);
    assert_int_equal(size % OB_RECORD_SIZE, 0);
    ob_scenario_decode(vocabulary, bytes, size, &scenario);
    assert_int_equal(ob_scenario_encode(vocabulary, &scenario, canonical, sizeof canonical), size);
    assert_memory_equal(bytes, canonical, size);
    assert_int_equal(LLVMFuzzerTestOneInput(bytes, size), 0);
}

static void expect_mutations(size_t size_max, const struct ob_vocabulary *vocabulary)
{
    struct ob_rng rng = {.state = size_max};
    uint8_t *data = exactly(size_max);
    for (unsigned round = 0; round < ROUNDS / 10; round++) {
        size_t size = ob_rng_below(&rng, (uint32_t)size_max + 1);
        unsigned seed = (unsigned)ob_rng_next(&rng);
        fill(data, size, &rng);
        size_t result = LLVMFuzzerCustomMutator(data, size, size_max, seed);
        expect_input(data, result, size_max, vocabulary);
    }
    free(data);
}

static void mutations_are_whole_records_within_the_limit(void **state)
{
    static const size_t limits[] = {1, 7, 8, 9, 15, 16, 64, 100, SIZE_MAX_TESTED};
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(*state);
    for (size_t at = 0; at < sizeof limits / sizeof *limits; at++)
        expect_mutations(limits[at], vocabulary);
}

/* No byte of room, and no byte of input. */
static void empty_inputs_and_no_room(void **state)
{
    uint8_t byte = 0x5a;
    uint8_t room[OB_RECORD_SIZE * 8];
    unsigned grown = 0;
    for (unsigned seed = 0; seed < 100; seed++) {
        for (size_t size_max = 0; size_max < OB_RECORD_SIZE; size_max++) {
            uint8_t *data = exactly(size_max);
            memset(data, 0xff, size_max);
            assert_int_equal(LLVMFuzzerCustomMutator(data, size_max, size_max, seed), 0);
            assert_int_equal(LLVMFuzzerCustomCrossOver(&byte, 1, &byte, 1, data, size_max, seed),
                             0);
            free(data);
        }
        size_t size = LLVMFuzzerCustomMutator(room, 0, sizeof room, seed);
        expect_input(room, size, sizeof room, ob_world_vocabulary(*state));
        grown += size > 0;
    }
    assert_true(grown > 50);
}

/* Inputs longer than any scenario, as engines may hand over with a large limit. */
static void huge_inputs(void **state)
{
    const size_t scenario_max = (size_t)(OB_SCENARIO_BYTES_MAX);
    size_t size_max = 2 * scenario_max + 3;
    struct ob_rng rng = {.state = 9};
    uint8_t *data = exactly(size_max);
    for (unsigned seed = 0; seed < 20; seed++) {
        fill(data, size_max, &rng);
        size_t size = LLVMFuzzerCustomMutator(data, size_max, size_max, seed);
        assert_true(size <= scenario_max);
        expect_input(data, size, size_max, ob_world_vocabulary(*state));
    }
    free(data);
}

static void crossovers_are_whole_records_within_the_limit(void **state)
{
    struct ob_rng rng = {.state = 4};
    uint8_t parents[2][SIZE_MAX_TESTED];
    uint8_t kept[2][SIZE_MAX_TESTED];
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t sizes[2];
        for (unsigned at = 0; at < 2; at++) {
            sizes[at] = ob_rng_below(&rng, SIZE_MAX_TESTED);
            fill(parents[at], sizes[at], &rng);
            memcpy(kept[at], parents[at], sizes[at]);
        }
        size_t size_max = ob_rng_below(&rng, SIZE_MAX_TESTED);
        unsigned seed = (unsigned)ob_rng_next(&rng);
        uint8_t *child = exactly(size_max);
        size_t size = LLVMFuzzerCustomCrossOver(parents[0], sizes[0], parents[1], sizes[1], child,
                                                size_max, seed);
        expect_input(child, size, size_max, ob_world_vocabulary(*state));
        assert_memory_equal(parents[0], kept[0], sizes[0]);
        assert_memory_equal(parents[1], kept[1], sizes[1]);
        free(child);
    }
}

/* All that an engine with this seed makes, in a number: mutations of mutations, executed. */
static uint64_t hash_of_session(uint64_t seed)
{
    struct ob_rng rng = {.state = seed};
    uint8_t data[2][SIZE_MAX_TESTED];
    size_t sizes[2] = {0};
    uint64_t hash = 0;
    for (unsigned round = 0; round < 600; round++) {
        uint8_t child[SIZE_MAX_TESTED];
        unsigned drawn = (unsigned)ob_rng_next(&rng);
        unsigned at = round % 2;
        memcpy(child, data[at], sizes[at]);
        size_t size = round % 3 ? LLVMFuzzerCustomMutator(child, sizes[at], sizeof child, drawn)
                                : LLVMFuzzerCustomCrossOver(data[0], sizes[0], data[1], sizes[1],
                                                            child, sizeof child, drawn);
        (void)LLVMFuzzerTestOneInput(child, size);
        for (size_t byte = 0; byte < size; byte++)
            hash = ob_mix64(hash + child[byte]);
        memcpy(data[at], child, size);
        sizes[at] = size;
    }
    return hash;
}

/* What a session comes to in a copy of this process. */
static uint64_t hash_in_copy(uint64_t (*session)(uint64_t seed), uint64_t seed)
{
    int ends[2];
    uint64_t hash = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t copy = fork();
    assert_true(copy >= 0);
    if (copy == 0) {
        hash = session(seed);
        _exit(write(ends[1], &hash, sizeof hash) != sizeof hash);
    }
    assert_int_equal(read(ends[0], &hash, sizeof hash), sizeof hash);
    assert_int_equal(waitpid(copy, NULL, 0), copy);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return hash;
}

/* What comes next depends on what was brought so far, and on nothing else. */
static void equal_seeds_give_equal_sessions(void **state)
{
    (void)state;
    assert_true(hash_in_copy(hash_of_session, 1) == hash_in_copy(hash_of_session, 1));
    assert_true(hash_in_copy(hash_of_session, 1) != hash_in_copy(hash_of_session, 2));
}

static size_t encode_orders(unsigned messages, bool walks, uint8_t *bytes, size_t size)
{
    static struct ob_scenario scenario;
    scenario = (struct ob_scenario){.message_count = 0};
    for (unsigned index = 0; index < messages; index++) {
        struct ob_input_message message = {.args = {index % 8}};
        assert_true(ob_scenario_insert_message(&scenario, index, &message, NULL));
    }
    struct ob_deviation walk = ob_walk_deviation(OB_WALK_POS, 7, (struct ob_walk){.depth = 1});
    if (walks)
        assert_true(ob_scenario_insert_deviation(&scenario, &walk));
    return ob_scenario_encode(&ob_mutator_of_process()->vocabulary, &scenario, bytes, size);
}

/* A parent with a walk, of 30 messages, and one without, of one: what is mutated step by step is
 * the latter, whatever the engine hands over. */
static void parents_without_walks_are_kept_apart(void **state)
{
    static struct ob_scenario child;
    struct ob_mutator *mutator = ob_mutator_of_process();
    uint8_t plain[SIZE_MAX_TESTED];
    uint8_t walk[SIZE_MAX_TESTED];
    unsigned walks = 0;
    unsigned others = 0;
    size_t plain_size = encode_orders(1, false, plain, sizeof plain);
    size_t walk_size = encode_orders(30, true, walk, sizeof walk);
    mutator->parents.count = 0;
    for (unsigned seed = 0; seed < 400; seed++) {
        uint8_t data[SIZE_MAX_TESTED];
        if (seed == 0) {
            memcpy(data, plain, plain_size);
            (void)LLVMFuzzerCustomMutator(data, plain_size, sizeof data, 0);
        }
        mutator->is_pending = false;
        memcpy(data, walk, walk_size);
        size_t size = LLVMFuzzerCustomMutator(data, walk_size, sizeof data, seed);
        ob_scenario_decode(ob_world_vocabulary(*state), data, size, &child);
        bool is_walk = OB_ARMS_OF_WALKS >> mutator->last_arm & 1;
        assert_int_equal(ob_has_walk(&child), is_walk);
        if (!is_walk)
            assert_true(child.message_count <= 20);
        walks += is_walk;
        others += !is_walk;
    }
    assert_true(walks > 40 && others > 40);
}

/* Where the engine does not say how a child has ended, it may have been by a crash: the mutator
 * would run into the same. What the engine keeps, it has seen end well. */
static void what_may_have_crashed_is_not_run_again(void **state)
{
    (void)state;
    static struct ob_scenario child;
    struct ob_mutator *mutator = ob_mutator_of_process();
    child = (struct ob_scenario){.message_count = 3};
    for (unsigned known = 0; known < 3; known++) {
        ob_scenario_clear(&mutator->walked);
        ob_scenario_clear(&mutator->reordered);
        for (unsigned arm = 0; arm < OB_ARMS; arm++) {
            mutator->is_pending = true;
            mutator->last_arm = (enum ob_arm)arm;
            ob_mutation_executed(mutator, &child, known == 1 ? 5 : 0, known == 2);
        }
        assert_int_equal(mutator->walked.message_count, known ? 3 : 0);
        assert_int_equal(mutator->reordered.message_count, known ? 3 : 0);
    }
}

static void what_arms_have_brought_is_told(void **state)
{
    (void)state;
    struct ob_text text = {0};
    ob_mutation_describe(ob_mutator_of_process(), &text);
    assert_non_null(strstr(ob_text_string(&text), "{\"executions\": "));
    for (unsigned arm = 0; arm < OB_ARMS; arm++)
        assert_non_null(strstr(ob_text_string(&text), ob_arm_name(arm)));
    assert_ptr_equal(strchr(ob_text_string(&text), '\n') + 1, ob_text_string(&text) + text.length);
    ob_text_release(&text);
}

/* The mutator runs parents on its own: these are not the engine's executions. */
static void executions_are_counted_apart(void **state)
{
    (void)state;
    uint8_t data[OB_RECORD_SIZE * 4] = {0};
    struct ob_fuzzed_counts before = ob_fuzzed_counts;
    assert_int_equal(LLVMFuzzerTestOneInput(data, OB_RECORD_SIZE), 0);
    assert_int_equal(ob_fuzzed_counts.executions, before.executions + 1);
    assert_int_equal(ob_fuzzed_counts.mutation_runs, before.mutation_runs);
    for (unsigned seed = 0; seed < 100; seed++)
        (void)LLVMFuzzerCustomMutator(data, OB_RECORD_SIZE, sizeof data, seed);
    assert_int_equal(ob_fuzzed_counts.executions, before.executions + 1);
    assert_true(ob_fuzzed_counts.mutation_runs > before.mutation_runs);
}

static int open_world(void **state)
{
    int argc = 0;
    *state = ob_fuzzed_world_create();
    return LLVMFuzzerInitialize(&argc, NULL);
}

static int close_world(void **state)
{
    ob_world_destroy(*state);
    return 0;
}

/* A counter that has counted before shows nothing new. */
static void what_was_seen_once_is_no_news(void **state)
{
    (void)state;
    uint8_t *counter = __stop___libfuzzer_extra_counters - 1;
    uint8_t before = *counter;
    *counter = 1;
    (void)ob_novelty_scan();
    assert_false(ob_novelty_scan());
    *counter = before;
}

/* How many executions have shown a counter is known up to two. */
static void what_few_executions_have_shown_is_counted(void **state)
{
    (void)state;
    uint8_t *counter = __stop___libfuzzer_extra_counters - 2;
    const uint64_t *shown = ob_fuzzed_counts.times_shown;
    uint8_t before = *counter;
    *counter = 0;
    (void)ob_novelty_scan();
    uint64_t others = shown[0] + shown[1] + shown[2];
    uint64_t scans = ob_fuzzed_counts.scans;
    for (unsigned times = 1; times <= 5; times++) {
        uint64_t once = shown[0];
        uint64_t twice = shown[1];
        uint64_t more = shown[2];
        *counter = (uint8_t)(50 * times);
        (void)ob_novelty_scan();
        *counter = 0;
        assert_int_equal(shown[0] + shown[1] + shown[2], others + 1);
        /* Of the counters that stand all the time, the one before has counted three by now. */
        if (times == 1)
            assert_int_equal(shown[0], once + 1);
        else if (times == 2)
            assert_true(shown[0] == once - 1 && shown[1] == twice + 1);
        else if (times == 3)
            assert_true(shown[1] == twice - 1 && shown[2] == more + 1);
        else
            assert_true(shown[0] == once && shown[1] == twice && shown[2] == more);
    }
    assert_int_equal(ob_fuzzed_counts.scans, scans + 5);
    *counter = before;
}

/* -- openings -- */

/* What an opening has executed: how much, and all of it in a number. */
static struct {
    uint64_t hash;
    unsigned count;
    unsigned walks;
    unsigned known; /* ob_opening_running() told of it meanwhile */
} opened;

static void hash_bytes(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        opened.hash = ob_mix64(opened.hash + bytes[at]);
}

/* One in four is taken to have shown something new. */
static bool execute_in_opening(const uint8_t *data, size_t size)
{
    static struct ob_scenario scenario;
    size_t running_size;
    const uint8_t *running = ob_opening_running(&running_size);
    ob_scenario_decode(&ob_mutator_of_process()->vocabulary, data, size, &scenario);
    opened.walks += ob_has_walk(&scenario) && size <= SIZE_MAX_TESTED;
    opened.known += running == data && running_size == size;
    hash_bytes(data, size);
    (void)LLVMFuzzerTestOneInput(data, size);
    return opened.count++ % 4 == 0;
}

/* Runs an opening in a copy of this process, and its children behind it. Returns 0 where what
 * should be executed was not. */
static uint64_t open_in_copy(uint64_t seed, uint64_t executions_max)
{
    static uint8_t child[OB_SCENARIO_BYTES_MAX];
    unsigned expected = executions_max < OB_OPENING_MAX ? (unsigned)executions_max : OB_OPENING_MAX;
    size_t size;
    ob_opening_plan(seed, executions_max, SIZE_MAX_TESTED);
    ob_opening_run(execute_in_opening);
    ob_opening_run(execute_in_opening); /* it is due once */
    bool is_right = opened.count == expected && opened.walks == expected &&
                    opened.known == expected && !ob_opening_running(&size);
    for (unsigned index = 0; index < (expected + 3) / 4; index++) {
        size = index % 2 ? LLVMFuzzerCustomMutator(child, 0, sizeof child, index)
                         : LLVMFuzzerCustomCrossOver(child, 0, child, 0, child, sizeof child, 9);
        is_right = is_right && size > 0;
        hash_bytes(child, size);
    }
    is_right = is_right && ob_opening_child(child, sizeof child) == 0;
    return is_right ? opened.hash | 1 : 0;
}

static uint64_t hash_of_opening(uint64_t seed)
{
    return open_in_copy(seed, UINT64_MAX);
}

static uint64_t hash_of_short_opening(uint64_t seed)
{
    return open_in_copy(seed, 3);
}

static void searches_from_nothing_begin_with_walks_of_their_seed(void **state)
{
    (void)state;
    uint64_t hash = hash_in_copy(hash_of_opening, 1);
    assert_true(hash != 0);
    assert_true(hash == hash_in_copy(hash_of_opening, 1));
    assert_true(hash != hash_in_copy(hash_of_opening, 2));
    assert_true(hash_in_copy(hash_of_short_opening, 1) != 0);
}

static bool is_asked_for(const char *first, const char *second)
{
    char *argv[] = {"fuzz", (char *)(uintptr_t)first, (char *)(uintptr_t)second, NULL};
    return ob_opening_is_asked_for(second ? 3 : first ? 2 : 1, argv);
}

/* Not where there are inputs, or libFuzzer does something else than to search. */
static void openings_are_for_searches_from_nothing(void **state)
{
    char folder[] = "/tmp/offbeat-opening.XXXXXX";
    char path[sizeof folder + 8];
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_true(is_asked_for(NULL, NULL));
    assert_true(is_asked_for("-runs=100", "-merge=0"));
    assert_true(is_asked_for("-seed=1", folder));
    assert_false(is_asked_for("-runs=0", folder));
    assert_false(is_asked_for("-merge=1", folder));
    assert_false(is_asked_for("-minimize_crash=1", NULL));
    assert_false(is_asked_for("-fork=2", NULL));
    assert_false(is_asked_for("-jobs=2", NULL));
    assert_false(is_asked_for("-seed_inputs=a,b", NULL));
    assert_false(is_asked_for("/tmp/offbeat-opening.none", NULL));
    (void)snprintf(path, sizeof path, "%s/input", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_false(is_asked_for("-seed=1", folder));
    assert_false(is_asked_for(path, NULL));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: it is about a process that knows nothing. */
        cmocka_unit_test(searches_from_nothing_begin_with_walks_of_their_seed),
        cmocka_unit_test(mutations_are_whole_records_within_the_limit),
        cmocka_unit_test(empty_inputs_and_no_room),
        cmocka_unit_test(huge_inputs),
        cmocka_unit_test(crossovers_are_whole_records_within_the_limit),
        cmocka_unit_test(equal_seeds_give_equal_sessions),
        cmocka_unit_test(openings_are_for_searches_from_nothing),
        cmocka_unit_test(parents_without_walks_are_kept_apart),
        cmocka_unit_test(what_may_have_crashed_is_not_run_again),
        cmocka_unit_test(what_was_seen_once_is_no_news),
        cmocka_unit_test(what_few_executions_have_shown_is_counted),
        cmocka_unit_test(what_arms_have_brought_is_told),
        cmocka_unit_test(executions_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
