/* What inputs show, and what they never do. */
#include <offbeat/monitor.h>

#include "search/seen.h"
#include "support/run_text.h"

enum kind { OPEN, SHUT, KNOCK, REPORT };
enum { CLOSED, OPENED };

/* Doors are open or closed; a knock at an open one is reported: a porter hears of it. */
static void door_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *is_open = ob_state(self);

    if (message->kind == KNOCK && *is_open)
        ob_send(self, "porter", REPORT);
    if (message->kind != KNOCK)
        *is_open = message->kind == OPEN;
    ob_declare_state(self, *is_open ? OPENED : CLOSED);
}

static void porter_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    OB_INVARIANT(ob_world(self), never_twice, (*(uint32_t *)ob_state(self))++ == 0);
}

static void observe(struct ob_actor *self, const struct ob_sight *sight)
{
    if (sight->what == OB_SAW_SENT)
        ob_declare_state(self, 1);
}

static const struct ob_monitor_type watch = {
    .name = "watch",
    .observe = observe,
    .states = {{"quiet", false}, {"told", false}, {"alarmed", false}}};

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "door", 2, door_receive, sizeof(uint32_t));
    ob_spawn(world, "porter", porter_receive, sizeof(uint32_t));
    ob_link(world, "door", "porter",
            (struct ob_link){.latency_us = 10, .latency_us_max = 20, .lossy = true});
    ob_spawn_monitor(world, &watch);
}

static OB_TARGET(house, .variants = {"only"},
                 .messages = {[OPEN] = {.name = "open", .to = "door"},
                              [SHUT] = {.name = "shut", .to = "door"},
                              [KNOCK] = {.name = "knock", .to = "door"},
                              [REPORT] = {.name = "report"}},
                 .setup = setup);

struct told {
    const struct ob_world *world;
    struct ob_text text;
};

static void tell(void *context, const struct ob_seen_thing *thing,
                 const struct ob_seen_entry *entry)
{
    struct told *told = context;

    ob_text_printf(&told->text, "%s ", ob_seen_kind_name(thing->what));
    ob_seen_print(told->world, thing, &told->text);
    if (entry)
        ob_text_printf(&told->text, ": %u, %u\n", (unsigned)entry->inputs,
                       (unsigned)entry->example);
    else
        ob_text_printf(&told->text, ": never\n");
}

static void check_seen(struct bench *bench, const char *const *inputs, size_t count,
                       const char *expected)
{
    struct ob_seen seen = {0};
    struct told told = {.world = bench->world};
    struct ob_error error = {{0}};

    for (size_t index = 0; index < count; index++) {
        bench_parse(bench, inputs[index]);
        assert_int_equal(ob_seen_run(&seen, bench->world, &bench->scenario, index,
                                     strlen(inputs[index]), &error),
                         0);
    }
    assert_int_equal(ob_seen_each(&seen, bench->world, tell, &told, &error), 0);
    assert_string_equal(ob_text_string(&told.text), expected);
    assert_false(seen.is_full);
    ob_text_release(&told.text);
    ob_seen_release(&seen);
}

static void what_inputs_show_is_told_with_the_smallest(void **state)
{
    static const char *const inputs[] = {
        "open() to door.0\n+1us knock() to door.0\n",
        "open() to door.1\n",
        ("open() to door.1\n+1us knock() to door.1\n+1us shut() to door.1\n"
         "drop report door.1->porter #0\n"),
    };
    struct bench bench;

    (void)state;
    bench_open(&bench, &ob_target_house, 0);
    check_seen(&bench, inputs, 3,
               "message open: 3, 1\n"
               "message shut: 1, 2\n"
               "message knock: 2, 0\n"
               "message report: 1, 0\n"
               "deviation drop: 1, 2\n"
               "state door 0: 3, 1\n"
               "state door 1: 3, 1\n"
               "state watch quiet: 3, 1\n"
               "state watch told: 2, 0\n"
               "transition door 0 -> 1: 3, 1\n"
               "transition door 1 -> 0: 1, 2\n"
               "transition watch quiet -> told: 2, 0\n"
               "meeting open at door 0: 3, 1\n"
               "meeting shut at door 1: 1, 2\n"
               "meeting knock at door 1: 2, 0\n"
               "deviation delay: never\n"
               "deviation reorder: never\n"
               "deviation draw: never\n"
               "state watch alarmed: never\n"
               "transition watch told -> quiet: never\n"
               "meeting shut at door 0: never\n"
               "meeting knock at door 0: never\n"
               "meeting open at door 1: never\n");
    bench_close(&bench);
}

/* A run that is violated shows what it did until then. */
static void a_violation_shows_what_came_before_it(void **state)
{
    static const char *const inputs[] = {
        "open() to door.0\n+1us knock() to door.0\n+1us knock() to door.0\n+1s shut() to door.0\n"};
    struct bench bench;

    (void)state;
    bench_open(&bench, &ob_target_house, 0);
    struct ob_seen seen = {0};
    struct told told = {.world = bench.world};
    struct ob_error error = {{0}};
    bench_parse(&bench, inputs[0]);
    assert_int_equal(ob_seen_run(&seen, bench.world, &bench.scenario, 0, 1, &error), 0);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    assert_int_equal(ob_seen_each(&seen, bench.world, tell, &told, &error), 0);
    assert_non_null(strstr(ob_text_string(&told.text), "message report: 1, 0\n"));
    assert_non_null(strstr(ob_text_string(&told.text), "message shut: never\n"));
    ob_text_release(&told.text);
    ob_seen_release(&seen);
    bench_close(&bench);
}

/* Nothing was run, so that nothing is known. */
static void without_inputs_nothing_is_told(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench, &ob_target_house, 0);
    check_seen(&bench, NULL, 0, "");
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_inputs_show_is_told_with_the_smallest),
        cmocka_unit_test(a_violation_shows_what_came_before_it),
        cmocka_unit_test(without_inputs_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
