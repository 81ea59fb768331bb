/* Two-phase commit of one client fits a page of 100 characters in columns, whatever goes wrong, and
 * what its participants ask for again and again has one line. */
#include "report/columns.h"
#include "support/run_text.h"
#include "triage/diagnosis.h"

#define PAGE 100u

extern const struct ob_target ob_target_commit;

static const char *const scenarios[] = {
    "+0 write() to client.0\n",
    "+0 write() to client.0\ndelay prepare coordinator->participant.0 #0 by 11us\n",
    "+0 write() to client.0\ndrop commit coordinator->participant.0 #0\n",
    "+0 write() to client.0\ndrop commit coordinator->participant.0 #0\n"
    "restart before inquire participant.0->coordinator #0 after 0\n",
    "+0 write() to client.0\n+40us write() to client.0\nchoose vote at participant.1 #0 as 1\n",
    "+0 write() to client.0\ndrop every commit coordinator->participant.1\n",
    "+0 write() to client.0\ndrop every commit *->*\n"
    "restart before inquire participant.0->coordinator #0 after 3s\n",
    "+0 write() to client.0\nrestart after vote participant.1->coordinator #0 after 1ms\n",
    "+0 write() to client.0\n+40us write() to client.0\n"
    "drop every done participant.0->coordinator\ndrop vote participant.2->coordinator #0\n",
};
#define SCENARIOS (sizeof scenarios / sizeof *scenarios)

static const char *words_of(unsigned variant, const char *records)
{
    static char kept[65536];
    static struct ob_diagnosis diagnosis;
    struct bench bench = {0};
    struct ob_text text = {0};
    struct ob_error error = {{0}};
    bench_open(&bench, &ob_target_commit, variant);
    struct ob_world *replay = ob_world_create(&ob_target_commit, variant, NULL);
    bench_parse(&bench, records);
    assert_int_equal(ob_diagnose(&diagnosis, bench.world, replay, &bench.scenario, NULL, &error),
                     0);
    const struct ob_columns_options options = {.width = PAGE, .story = &diagnosis.story};
    ob_report_columns(bench.world, &bench.scenario, &options, &text);
    ob_diagnosis_print(&diagnosis, PAGE, &text);
    assert_true(text.length < sizeof kept);
    (void)snprintf(kept, sizeof kept, "%s", ob_text_string(&text));
    ob_text_release(&text);
    ob_diagnosis_release(&diagnosis);
    ob_world_destroy(replay);
    bench_close(&bench);
    return kept;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void expect_page(const char *text)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (length > PAGE)
            fail_msg("%zu characters: %.*s", length, (int)length, line);
        line += length;
        line += *line == '\n';
    }
    assert_null(strstr(text, "  time  actor\n"));
    assert_non_null(strstr(text, "  time  client.0"));
}

static void every_variant_fits_in_columns(void **state)
{
    (void)state;
    for (unsigned variant = 0; ob_target_commit.variants[variant]; variant++)
        for (unsigned at = 0; at < SCENARIOS; at++)
            expect_page(words_of(variant, scenarios[at]));
}

/* A participant that never gets the decision asks for it 19 times more. */
static void what_is_asked_for_in_vain_has_one_line(void **state)
{
    (void)state;
    const char *text = words_of(0, scenarios[5]);
    assert_int_equal(count_of(text, "ask_again(T0)"), 2);
    assert_int_equal(count_of(text, "inquire(T0)"), 2);
    assert_int_equal(count_of(text, "\n  coordinator -> participant.1  commit(T0), "), 1);
    assert_non_null(strstr(text,
                           "\n  coordinator -> participant.1  commit(T0), 20 times, sent from "
                           "30us to 2.85003s   ! dropped\n"));
}

/* Three clients are too many columns; lines are no longer for that. */
static void what_is_too_wide_is_a_list_of_that_width(void **state)
{
    (void)state;
    const char *text = words_of(1, "+0 write() to client.0\n+0 write() to client.1\n"
                                   "+0 write() to client.2\n");
    assert_non_null(strstr(text, "  time  actor\n"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_fits_in_columns),
        cmocka_unit_test(what_is_asked_for_in_vain_has_one_line),
        cmocka_unit_test(what_is_too_wide_is_a_list_of_that_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
