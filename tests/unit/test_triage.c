/* Triage: whose inputs they are, jobs, what is kept, groups of signatures, and all of it at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "triage/group.h"
#include "triage/triage.h"

/* -- a target with a race -- */

enum { BUY, CREATE, PAY };

struct shop {
    bool is_created;
    bool is_paid_early;
};

static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "shop", CREATE, message->args[0]);
    ob_send(self, "bank", PAY, message->args[0]);
}

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "shop", PAY, message->args[0]);
}

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);

    if (message->kind == CREATE)
        shop->is_created = true;
    else
        shop->is_paid_early |= !shop->is_created;
}

static void check(struct ob_world *world)
{
    const struct shop *shop = ob_state(ob_actor(world, "shop"));

    OB_INVARIANT(world, created_before_paid, !shop->is_paid_early, "paid first");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, 0);
    ob_spawn(world, "bank", bank_receive, 0);
    ob_spawn(world, "shop", shop_receive, sizeof(struct shop));
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 900});
}

static OB_TARGET(till, .variants = {"racy", "racy_twice"},
                 .messages = {[BUY] = {.name = "buy", .to = "customer", .args = {{"item", 0, 7}}},
                              [CREATE] = {.name = "create"},
                              [PAY] = {.name = "pay"}},
                 .setup = setup, .check = check);
static OB_TARGET(tills, .variants = {"racy"},
                 .messages = {[BUY] = {.name = "buy", .to = "customer", .args = {{"item", 0, 7}}}},
                 .setup = setup);
static const struct ob_target *const targets[] = {&ob_target_till, &ob_target_tills, NULL};

/* -- folders -- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/offbeat_triage_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char *const paths[] = {folder, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

    (void)state;
    for (FTSENT *entry = tree ? fts_read(tree) : NULL; entry; entry = fts_read(tree))
        if (entry->fts_info != FTS_D)
            (void)remove(entry->fts_accpath);
    return tree ? fts_close(tree) : -1;
}

static const char *in_folder(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *content)
{
    assert_int_equal(ob_file_replace(in_folder(name), content, strlen(content), NULL), 0);
}

static bool is_there(const char *name)
{
    struct stat status;

    return stat(in_folder(name), &status) == 0;
}

static char *out_path;

static struct ob_triage open_triage(void)
{
    struct ob_triage triage = {
        .limits = {.timeout_ms = 10000, .memory_mb = 2048, .jobs = 1, .find_leaks = true},
        .repeats = 2,
        .jobs_at_once = 2,
        .targets = targets,
    };
    struct ob_error error = {{0}};

    out_path = strdup(in_folder("out"));
    triage.output = out_path;
    if (ob_triage_open(&triage, &error))
        fail_msg("%s", error.text);
    return triage;
}

static void close_triage(struct ob_triage *triage)
{
    ob_triage_close(triage);
    free(out_path);
}

static void collect(struct ob_triage *triage, const char *name)
{
    struct ob_error error = {{0}};

    if (ob_triage_collect(triage, in_folder(name), &error))
        fail_msg("%s", error.text);
}

/* -- whose inputs they are -- */

static void assert_subject(const char *path, const struct ob_target *wanted,
                           unsigned wanted_variant)
{
    const struct ob_target *target = NULL;
    unsigned variant = 99;

    assert_true(ob_triage_subject_of(path, targets, NULL, &target, &variant));
    assert_ptr_equal(target, wanted);
    assert_int_equal(variant, wanted_variant);
}

static void a_path_names_a_target_and_a_variant(void **state)
{
    const struct ob_target *target = NULL;
    unsigned variant = 99;

    (void)state;
    assert_subject("crashes/till-racy-1f2e", &ob_target_till, 0);
    assert_subject("fuzz_till_racy/crash-1", &ob_target_till, 0);
    assert_subject("till/racy/crash-1", &ob_target_till, 0);
    assert_subject("a/till-racy_twice/x", &ob_target_till, 1);     /* the longest */
    assert_subject("till-racy/tills-racy-1", &ob_target_tills, 0); /* the last part */
    assert_false(ob_triage_subject_of("untill-racy", targets, NULL, &target, &variant));
    assert_false(ob_triage_subject_of("till-racyer/1", targets, NULL, &target, &variant));
    assert_false(ob_triage_subject_of("tills-racy", targets, &ob_target_till, &target, &variant));
    assert_false(ob_triage_subject_of("", targets, NULL, &target, &variant));
}

/* -- jobs -- */

static void copies_are_one_job(void **state)
{
    struct ob_triage triage;
    struct ob_error error = {{0}};

    (void)state;
    assert_int_equal(mkdir(in_folder("in"), 0777), 0);
    put("in/till-racy-b", "12345678");
    put("in/till-racy-a", "12345678");
    put("in/till-racy_twice-a", "12345678"); /* another variant */
    put("in/unknown", "12345678");
    put("in/README.txt", "a note");
    triage = open_triage();
    collect(&triage, "in");
    collect(&triage, "in/till-racy-a"); /* a second time */
    assert_int_equal(ob_triage_make_jobs(&triage, &error), 0);
    assert_int_equal(triage.found_count, 4);
    assert_int_equal(triage.job_count, 2);
    assert_int_equal(triage.duplicates, 1);
    assert_int_equal(triage.found[0].job, triage.found[1].job);
    assert_int_equal(triage.jobs[triage.found[0].job].found, 0); /* the first path's */
    assert_true(triage.found[2].job != triage.found[0].job);
    assert_int_equal(triage.found[3].state, OB_TRIAGE_UNKNOWN_TARGET);
    close_triage(&triage);
}

static void output_is_no_input(void **state)
{
    struct ob_triage triage = open_triage();

    (void)state;
    put("out/till-racy-1", "12345678");
    collect(&triage, "");
    assert_int_equal(triage.found_count, 0);
    close_triage(&triage);
}

static void two_do_not_work_in_one_folder(void **state)
{
    struct ob_triage first = open_triage();
    struct ob_triage second = first;
    struct ob_error error = {{0}};

    (void)state;
    second.state_path = NULL;
    assert_int_equal(ob_triage_open(&second, &error), -1);
    assert_non_null(strstr(error.text, "another triage is at work"));
    ob_triage_close(&second);
    close_triage(&first);
}

/* -- what is kept -- */

static void a_result_is_kept_as_it_is(void **state)
{
    struct ob_triage triage = open_triage();
    struct ob_triage_result *kept = calloc(1, sizeof *kept);
    struct ob_triage_result *got = calloc(1, sizeof *got);
    struct ob_error error = {{0}};

    (void)state;
    *kept = (struct ob_triage_result){.state = OB_TRIAGE_FLAKY,
                                      .failure = OB_LEAK,
                                      .fails = 3,
                                      .repeats = 10,
                                      .signature = "a/b: x before y",
                                      .orders = "x before y; y before z",
                                      .is_minimal = true,
                                      .messages = 2,
                                      .deviations = 1,
                                      .report = (char[]){"two\nlines"},
                                      .size = 3,
                                      .bytes = {0, 255, 10}};
    assert_int_equal(ob_triage_keep(&triage, "key", kept, &error), 0);
    assert_int_equal(ob_triage_load(&triage, "key", got), 0);
    assert_int_equal(got->state, OB_TRIAGE_FLAKY);
    assert_int_equal(got->failure, OB_LEAK);
    assert_int_equal(got->fails, 3);
    assert_int_equal(got->deviations, 1);
    assert_true(got->is_minimal);
    assert_string_equal(got->orders, kept->orders);
    assert_string_equal(got->signature, kept->signature);
    assert_string_equal(got->report, "two\nlines");
    assert_int_equal(got->size, 3);
    assert_memory_equal(got->bytes, kept->bytes, 3);
    ob_triage_result_release(got);
    assert_int_equal(ob_triage_load(&triage, "other", got), 1);
    put("out/state/key", "offbeat triage result 1\nstate 0\n"); /* cut short */
    assert_int_equal(ob_triage_load(&triage, "key", got), 1);
    put("out/state/key", "offbeat triage result 1\nstate 99\nend\n");
    assert_int_equal(ob_triage_load(&triage, "key", got), 1);
    free(kept);
    free(got);
    close_triage(&triage);
}

/* -- groups -- */

static void faults_with_one_order_are_one_group(void **state)
{
    struct ob_signature list[] = {
        {.signature = "a/b i: x before y", .orders = "x before y", .shared = ""},
        {.signature = "a/b j: y before z", .orders = "y before z; x before y", .shared = ""},
        {.signature = "a/b i: crash of s", .orders = "", .shared = "x before y"},
        {.signature = "a/b i: pause of s", .orders = "y before z", .shared = "x before y"},
        {.signature = "a/c i: x before y", .orders = "x before y", .shared = ""},
        {.signature = "a/b leak in f: x before y", .orders = "x before y", .shared = ""},
    };

    (void)state;
    assert_int_equal(ob_signatures_group(list, 6), 0);
    assert_string_equal(list[0].group, "a/b i: x before y");
    assert_string_equal(list[1].group, "a/b i: x before y"); /* another invariant, one cause */
    assert_string_equal(list[2].group, "a/b i: crash of s"); /* its orders do not have it */
    assert_string_equal(list[4].group, "a/c i: x before y"); /* another variant */
    assert_string_equal(list[5].group, "a/b leak in f: x before y"); /* another failure */
    assert_int_equal(ob_signatures_group(list, 0), 0);
}

/* -- all of it -- */

static const char *const racy = "offbeat scenario 1 till\n"
                                "+0 buy(item=1) to customer\n"
                                "delay create customer->shop #0 by 500us\n";

static void crashes_become_a_list_of_bugs(void **state)
{
    struct ob_triage triage;
    struct ob_error error = {{0}};

    (void)state;
    assert_int_equal(mkdir(in_folder("in"), 0777), 0);
    put("in/till-racy-1.txt", racy);
    put("in/till-racy-2.txt", "offbeat scenario 1 till\n"
                              "+0 buy(item=1) to customer\n+40us buy(item=2) to customer\n"
                              "delay create customer->shop #0 by 700us\n"
                              "delay create customer->shop #1 by 700us\n");
    put("in/till-racy-3.txt", "offbeat scenario 1 till\n+0 buy(item=1) to customer\n");
    put("in/till-racy-4.txt", "offbeat scenario 1 till\nnonsense\n");
    put("in/x.txt", racy);                   /* names its target, which has two variants */
    for (unsigned run = 0; run < 2; run++) { /* the second finds all of it in OUT/state */
        triage = open_triage();
        collect(&triage, "in");
        assert_int_equal(ob_triage_make_jobs(&triage, &error), 0);
        if (ob_triage_work(&triage, &error))
            fail_msg("%s", error.text);
        struct ob_triage_outcome *outcome = ob_triage_conclude(&triage, &error);
        assert_non_null(outcome);
        if (ob_triage_write(outcome, &error))
            fail_msg("%s", error.text);
        const struct ob_triage_report *report = ob_triage_outcome_report(outcome);
        assert_int_equal(report->input_count, 5);
        assert_int_equal(report->state_counts[OB_TRIAGE_FAILS], 2);
        assert_int_equal(report->state_counts[OB_TRIAGE_PASSES], 1);
        assert_int_equal(report->state_counts[OB_TRIAGE_BROKEN], 1);
        assert_int_equal(report->state_counts[OB_TRIAGE_UNKNOWN_TARGET], 1);
        assert_int_equal(report->bucket_count, 1);
        const struct ob_triage_bucket *bucket = report->buckets[0];
        assert_int_equal(bucket->input_count, 2);
        assert_string_equal(bucket->invariant, "created_before_paid");
        assert_string_equal(bucket->signature,
                            "till/racy created_before_paid: pay from bank before create from "
                            "customer at shop");
        assert_int_equal(bucket->messages, 1);
        assert_int_equal(bucket->deviations, 1);
        assert_true(bucket->is_minimal && bucket->has_explanation);
        char name[64];
        (void)snprintf(name, sizeof name, "out/%s/explain.html", bucket->directory);
        assert_true(is_there(name));
        assert_true(is_there("out/triage.sarif") && is_there("out/index.html"));
        ob_triage_outcome_free(outcome);
        close_triage(&triage);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_names_a_target_and_a_variant),
        TEST(copies_are_one_job),
        TEST(output_is_no_input),
        TEST(two_do_not_work_in_one_folder),
        TEST(a_result_is_kept_as_it_is),
        cmocka_unit_test(faults_with_one_order_are_one_group),
        TEST(crashes_become_a_list_of_bugs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
