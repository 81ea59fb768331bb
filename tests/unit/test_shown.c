/* What no execution has shown: by traces, and by marks. */
#include <offbeat/table.h>

#include "search/shown.h"
#include "support/run_text.h"
#include "world/engine.h"

enum { GO, ASK, NEVER, LOST };

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind != GO)
        return;
    (void)ob_table_insert(ob_table(ob_world(self), "table"), (struct ob_table_row){.key = 1});
    ob_send(self, "two", ASK);
    ob_send(self, "gone", LOST);
}

static void stop(struct ob_actor *self)
{
    ob_stop(self, OB_ENDED_NORMALLY);
}

static void setup(struct ob_world *world)
{
    (void)ob_spawn(world, "one", receive, 0);
    (void)ob_spawn(world, "two", receive, 0);
    (void)ob_spawn(world, "idle", receive, 0);
    ob_on_start(ob_spawn(world, "gone", receive, 0), stop);
    ob_table_create(world, "table", "one", 4);
    ob_table_create(world, "unused", "one", 4);
}

static const struct ob_target target = {.name = "shown",
                                        .variants = {"only"},
                                        .messages = {[GO] = {.name = "go", .to = "one"},
                                                     [ASK] = {.name = "ask"},
                                                     [NEVER] = {.name = "never", .to = "idle"},
                                                     [LOST] = {.name = "lost"}},
                                        .setup = setup};

static void expect(const struct ob_shown *shown, const struct bench *bench, const char *lines,
                   const char *members)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    ob_shown_print(shown, bench->world, &text);
    assert_string_equal(ob_text_string(&text), lines);
    ob_text_release(&text);
    ob_json_object(&json, NULL);
    ob_shown_json(shown, bench->world, &json);
    ob_json_end(&json);
    assert_string_equal(ob_text_string(&text), members);
    ob_text_release(&text);
}

static void names_what_traces_lack(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_shown shown = {0};
    struct ob_shown other = {0};
    bench_open(&bench, &target, 0);
    expect(&shown, &bench, "", "{}\n");
    (void)bench_run(&bench, "");
    ob_shown_add(&shown, bench.world);
    expect(&shown, &bench,
           "never sent: go, ask, never, lost\ngot nothing: one, two, idle, gone, table, unused\n",
           "{\"unseen\": {\"never_sent\": [\"go\", \"ask\", \"never\", \"lost\"], "
           "\"never_delivered\": [], \"got_nothing\": [\"one\", \"two\", \"idle\", \"gone\", "
           "\"table\", "
           "\"unused\"], \"nothing_to_check\": [], \"never_evaluated\": []}}\n");
    (void)bench_run(&bench, "+0 go() to one\n");
    ob_shown_add(&other, bench.world);
    ob_shown_merge(&shown, &other);
    expect(&shown, &bench,
           "never sent: never\nsent, but never delivered: lost\ngot nothing: idle, gone, unused\n",
           "{\"unseen\": {\"never_sent\": [\"never\"], \"never_delivered\": [\"lost\"], "
           "\"got_nothing\": [\"idle\", \"gone\", \"unused\"], \"nothing_to_check\": [], "
           "\"never_evaluated\": []}}\n");
    bench_close(&bench);
}

static void names_what_marks_lack(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_shown shown = {0};
    uint8_t marks[64] = {0};
    bench_open(&bench, &target, 0);
    ob_world_feedback(bench.world, marks, sizeof marks);
    (void)bench_run(&bench, "+0 go() to one\n");
    ob_shown_add_marks(&shown, bench.world);
    (void)bench_run(&bench, "");
    ob_shown_add_marks(&shown, bench.world);
    expect(&shown, &bench, "never delivered: never, lost\ngot nothing: idle, gone, unused\n",
           "{\"unseen\": {\"never_delivered\": [\"never\", \"lost\"], "
           "\"got_nothing\": [\"idle\", \"gone\", \"unused\"], \"nothing_to_check\": [], "
           "\"never_evaluated\": []}}\n");
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_traces_lack),
        cmocka_unit_test(names_what_marks_lack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
