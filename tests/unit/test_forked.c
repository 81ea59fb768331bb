/* Reading what sanitizers say, signatures, and runs that are known to end the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "scenario/edit.h"
#include "search/explain.h"
#include "search/forked.h"
#include "search/sanitizer.h"
#include "search/transcribe.h"
#include "world/known_outcome.h"
#include "world/run.h"
#include "world/sanitizers.h"
#include "world/trace.h"
#include "world/world.h"

static void test_sha256_of_known_texts(void **state)
{
    char hex[OB_SHA256_HEX];
    char long_text[200];

    (void)state;
    ob_sha256_of("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ob_sha256_of("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    memset(long_text, 'a', sizeof long_text);
    ob_sha256_of(long_text, sizeof long_text, hex);
    assert_string_equal(hex, "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5");
}

static void test_sanitizer_reports(void **state)
{
    static const char address[] =
        "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60b0 at pc 0x1 bp 0x2\n"
        "READ of size 1 at 0x60b0 thread T0\n"
        "    #0 0x1 in __asan_memcpy (/bin/x+0x1)\n"
        "    #1 0x2 in close_file /src/t/file.c:31:5\n"
        "    #2 0x3 in file_receive /src/t/file.c:40:9\n"
        "    #3 0x4 in deliver /src/harness/world/run.c:10:2\n"
        "    #4 0x5 in main /src/x.c:1\n"
        "\n"
        "freed by thread T0 here:\n"
        "    #0 0x1 in other /src/t/file.c:1:1\n";
    static const char undefined[] =
        "/src/t.c:9:12: runtime error: signed integer overflow: 2147483647 + 1\n"
        "    #0 0x2 in add /src/t.c:9:12\n";
    struct ob_sanitizer_report report;

    (void)state;
    assert_true(ob_sanitizer_parse(address, &report));
    assert_string_equal(report.type, "heap-use-after-free");
    assert_int_equal(report.frame_count, 2);
    assert_string_equal(report.frames[0].function, "close_file");
    assert_string_equal(report.frames[0].file, "/src/t/file.c");
    assert_int_equal(report.frames[0].line, 31);
    assert_int_equal(report.frames[0].column, 5);
    assert_true(ob_sanitizer_parse(undefined, &report));
    assert_string_equal(report.type, "signed-integer-overflow");
    assert_string_equal(ob_sanitizer_frame(&report)->function, "add");
    assert_false(ob_sanitizer_parse("nothing of that kind\n", &report));
    assert_false(ob_sanitizer_parse("", &report));
}

static void test_a_function_may_begin_with_two_underscores(void **state)
{
    static const char text[] =
        "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60b0 at pc 0x1\n"
        "    #0 0x1 in __interceptor_memcpy (/bin/x+0x1)\n"
        "    #1 0x2 in __close_file /src/t/file.c:31:5\n"
        "    #2 0x3 in __file_receive /src/t/file.c:40:9\n"
        "    #3 0x4 in ob_world_run /src/harness/world/run.c:10:2\n";
    struct ob_sanitizer_report report;

    (void)state;
    assert_true(ob_sanitizer_parse(text, &report));
    assert_int_equal(report.frame_count, 2);
    assert_string_equal(report.frames[0].function, "__close_file");
    assert_string_equal(report.frames[1].function, "__file_receive");
}

/* -- a target that ends the process at its third message -- */

enum { GO };

struct counter {
    uint32_t count;
};

static void count_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct counter *counter = ob_state(self);

    (void)message;
    if (++counter->count == 3)
        abort();
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "one", count_receive, sizeof(struct counter));
}

static OB_TARGET(aborting, .variants = {"only"}, .messages = {[GO] = {.name = "go", .to = "one"}},
                 .setup = setup);

/* -- time -- */

#define LIMIT_MS 500u

/* Waits for longer than the limit, or works without an end. */
static void linger_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    const struct timespec wait = {.tv_nsec = 2 * LIMIT_MS * 1000000L - 1};
    if (ob_variant(self) == 0) {
        (void)nanosleep(&wait, NULL);
        return;
    }
    for (volatile unsigned count = 0;; count++)
        ;
}

static void set_up_lingering(struct ob_world *world)
{
    ob_spawn(world, "one", linger_receive, 0);
}

static OB_TARGET(lingering, .variants = {"waits", "works"},
                 .messages = {[GO] = {.name = "go", .to = "one"}}, .setup = set_up_lingering);

static enum ob_failure linger(unsigned variant)
{
    const struct ob_forked_options options = {
        .timeout_ms = LIMIT_MS, .memory_mb = 4096, .jobs = 1, .find_leaks = false};
    const struct ob_scenario scenario = {.message_count = 1};
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_lingering, variant, &error);
    struct ob_forked *forked = ob_forked_create(&options, &error);

    ob_world_set_runner(world, ob_forked_run, forked);
    enum ob_failure failure = ob_world_run(world, &scenario)->failure;
    ob_forked_join(forked);
    ob_forked_destroy(forked);
    ob_world_destroy(world);
    return failure;
}

/* The limit is of what a process works: others may keep it from that. */
static void who_is_kept_waiting_does_not_hang(void **state)
{
    (void)state;
    assert_int_equal(linger(0), OB_NO_FAILURE);
    assert_int_equal(linger(1), OB_HANG);
}

/* A world of `aborting` whose runs are made in children. */
struct forked_world {
    struct ob_world *world;
    struct ob_forked *forked;
};

static struct forked_world set_up_forked(unsigned jobs)
{
    const struct ob_forked_options options = {
        .timeout_ms = 600000, .memory_mb = 4096, .jobs = jobs, .find_leaks = false};
    struct ob_error error = {{0}};
    struct forked_world made = {ob_world_create(&ob_target_aborting, 0, &error),
                                ob_forked_create(&options, &error)};

    assert_non_null(made.world);
    assert_non_null(made.forked);
    ob_world_set_runner(made.world, ob_forked_run, made.forked);
    return made;
}

static void tear_down_forked(struct forked_world *made)
{
    ob_world_set_runner(made->world, NULL, NULL);
    ob_forked_destroy(made->forked);
    ob_world_destroy(made->world);
}

static void run_with_jobs(unsigned jobs)
{
    struct forked_world made = set_up_forked(jobs);
    struct ob_world *world = made.world;
    struct ob_scenario scenario = {.message_count = 2};

    assert_int_equal(ob_world_run(world, &scenario)->outcome, OB_PASSED);
    scenario.message_count = 5;
    const struct ob_verdict *verdict = ob_world_run(world, &scenario);
    ob_forked_join(made.forked);
    assert_int_equal(verdict->outcome, OB_VIOLATED);
    assert_int_equal(verdict->failure, OB_KILLED);
    assert_string_equal(verdict->invariant, "signal-SIGABRT");
    /* The delivery that ends the process is the last of the trace; it was not handled here. */
    assert_int_equal(verdict->delivery_count, 3);
    assert_int_equal(((struct counter *)ob_state(ob_actor(world, "one")))->count, 2);
    scenario.message_count = 1;
    assert_int_equal(ob_world_run(world, &scenario)->outcome, OB_PASSED);
    assert_int_equal(ob_world_delivery_count(world), 1);
    tear_down_forked(&made);
}

static void test_a_crash_is_a_violation(void **state)
{
    (void)state;
    run_with_jobs(1);
}

/* All events of a walk led to the crash, and deviations are written that do the same. */
static void a_walk_that_crashes_is_written_down(void **state)
{
    struct forked_world made = set_up_forked(1);
    struct ob_world *world = made.world;
    struct ob_scenario walk = {.message_count = 4, .deviation_count = 1};
    struct ob_scenario written;
    bool at_end = true;

    (void)state;
    walk.deviations[0] = ob_walk_deviation(OB_WALK_RANDOM, 7, (struct ob_walk){.depth = 1});
    assert_int_equal(ob_world_run(world, &walk)->failure, OB_KILLED);
    assert_true(ob_world_happening_count(world) >= 3);
    assert_int_equal(ob_world_violated_at(world, &at_end), ob_world_happening_count(world));
    assert_false(at_end);
    assert_true(ob_transcribe(world, world, &walk, &written));
    assert_false(ob_scenario_has_op(&written, OB_WALK));
    assert_int_equal(ob_world_run(world, &written)->failure, OB_KILLED);
    tear_down_forked(&made);
}

/* What is cleared is run in this process afterwards, which an abort() would end. */
static void a_batch_is_clear_only_where_every_scenario_ends_well(void **state)
{
    struct forked_world made = set_up_forked(1);
    struct ob_world *world = made.world;
    static struct ob_scenario scenarios[3] = {
        {.message_count = 1}, {.message_count = 2}, {.message_count = 0}};

    (void)state;
    assert_true(ob_forked_clear(made.forked, world, scenarios, 3));
    for (unsigned index = 0; index < 3; index++)
        assert_int_equal(ob_world_run(world, &scenarios[index])->outcome, OB_PASSED);

    ob_forked_forget(made.forked);
    scenarios[1].message_count = 3;
    assert_false(ob_forked_clear(made.forked, world, scenarios, 3));
    assert_int_equal(ob_world_run(world, &scenarios[0])->outcome, OB_PASSED);
    assert_int_equal(ob_world_run(world, &scenarios[1])->failure, OB_KILLED);
    scenarios[2].message_count = 4;
    assert_false(ob_forked_clear(made.forked, world, &scenarios[2], 1));
    assert_int_equal(ob_world_run(world, &scenarios[2])->failure, OB_KILLED);
    tear_down_forked(&made);
}

/* -- a target that uses memory after its end -- */

#ifdef OB_ASAN
static void use_receive(struct ob_actor *self, const struct ob_message *message)
{
    volatile uint32_t *number = malloc(sizeof *number);
    (void)self;
    free((void *)(uintptr_t)number);
    if (message->args[0] == 1)
        (void)*number;
    if (message->args[0] == 2)
        *number = 1;
}

static void use_setup(struct ob_world *world)
{
    ob_spawn(world, "one", use_receive, 0);
}

static OB_TARGET(using, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "one", .args = {{"how", 0, 2}}}},
                 .setup = use_setup);

/* What is said first names the process that said it, and stands for what later ones would say. */
static void test_a_report_is_made_once_for_each_place(void **state)
{
    const struct ob_forked_options options = {
        .timeout_ms = 600000, .memory_mb = 4096, .jobs = 1, .find_leaks = false};
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_using, 0, &error);
    struct ob_forked *forked = ob_forked_create(&options, &error);
    struct ob_scenario scenario = {.message_count = 1};
    char first[4096];

    (void)state;
    scenario.messages[0].args[0] = 1;
    ob_world_set_runner(world, ob_forked_run, forked);
    assert_string_equal(ob_world_run(world, &scenario)->invariant,
                        "heap-use-after-free in use_receive");
    (void)snprintf(first, sizeof first, "%s", ob_forked_report(forked));
    ob_forked_forget(forked);
    const struct ob_verdict *verdict = ob_world_run(world, &scenario);
    assert_string_equal(verdict->invariant, "heap-use-after-free in use_receive");
    assert_int_equal(verdict->failure, OB_MEMORY_ERROR);
    assert_int_equal(verdict->delivery_count, 1);
    assert_memory_equal(ob_forked_report(forked), first, strlen(first));
    scenario.messages[0].args[0] = 2; /* another place */
    assert_string_equal(ob_world_run(world, &scenario)->invariant,
                        "heap-use-after-free in use_receive");
    assert_int_not_equal(strncmp(ob_forked_report(forked), first, strlen(first)), 0);
    ob_world_set_runner(world, NULL, NULL);
    ob_forked_destroy(forked);
    ob_world_destroy(world);
}
#endif

/* -- a target that crashes when one message overtakes another -- */

enum { PUT, USE };

static void hold_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *is_there = ob_state(self);

    if (message->kind == PUT)
        *is_there = true;
    else if (!*is_there)
        abort();
}

static void hold_setup(struct ob_world *world)
{
    ob_spawn(world, "holder", hold_receive, sizeof(bool));
    ob_spawn_forwarder(world, "way", "holder");
}

static OB_TARGET(
    holding, .variants = {"only"},
    .messages = {[PUT] = {.name = "put", .to = "way"}, [USE] = {.name = "use", .to = "holder"}},
    .setup = hold_setup);

static void test_a_crash_is_explained_by_runs_in_children(void **state)
{
    static struct ob_explanation explanation;
    const struct ob_forked_options options = {
        .timeout_ms = 10000, .memory_mb = 4096, .jobs = 1, .find_leaks = false};
    struct ob_scenario scenario = {.message_count = 2, .messages = {{.kind = PUT}, {.kind = USE}}};
    struct ob_error error = {{0}};
    struct ob_forked *forked = ob_forked_create(&options, &error);
    struct ob_world *worlds[2];

    (void)state;
    assert_non_null(forked);
    for (unsigned index = 0; index < 2; index++) {
        worlds[index] = ob_world_create(&ob_target_holding, 0, &error);
        assert_non_null(worlds[index]);
        ob_world_set_runner(worlds[index], ob_forked_run, forked);
    }
    assert_int_equal(ob_explain(worlds[0], worlds[1], &scenario, forked, &explanation), 0);
    assert_int_equal(explanation.decision, OB_BY_ORDER);
    assert_false(explanation.is_among_others);
    assert_int_equal(explanation.order.events[0].kind, USE);
    assert_int_equal(explanation.order.events[1].kind, PUT);
    assert_true(explanation.evidence.failing > 10);
    assert_int_equal(explanation.evidence.failing_so, explanation.evidence.failing);
    assert_int_equal(explanation.evidence.passing_so, 0);
    assert_true(explanation.has_neighbour);
    for (unsigned index = 0; index < 2; index++)
        ob_world_destroy(worlds[index]);
    ob_forked_destroy(forked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_kept_waiting_does_not_hang),
        cmocka_unit_test(test_sha256_of_known_texts),
        cmocka_unit_test(test_sanitizer_reports),
        cmocka_unit_test(test_a_function_may_begin_with_two_underscores),
        cmocka_unit_test(test_a_crash_is_a_violation),
        cmocka_unit_test(a_walk_that_crashes_is_written_down),
        cmocka_unit_test(a_batch_is_clear_only_where_every_scenario_ends_well),
#ifdef OB_ASAN
        cmocka_unit_test(test_a_report_is_made_once_for_each_place),
#endif
        cmocka_unit_test(test_a_crash_is_explained_by_runs_in_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
