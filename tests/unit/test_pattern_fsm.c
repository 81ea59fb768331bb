/* State machines as tables: a door that is closed, open or locked. */
#include <offbeat/fsm.h>

#include "support/run_text.h"

enum kind { OPEN, SHUT, LOCK, KEY, TIRED, KNOCK };
enum state { CLOSED, OPENED, LOCKED, STATES };

#define DOORS 2

struct hall {
    struct ob_fsm doors[DOORS];
    uint32_t knocks[DOORS];
    uint32_t loops;
};

static unsigned open(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    (void)self, (void)door, (void)event;
    return OPENED;
}

/* With a second argument the door locks itself: an inserted event. */
static unsigned shut(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    (void)self;
    if (event->args[1])
        ob_fsm_insert(door, &(struct ob_message){.kind = LOCK, .args = {event->args[0]}});
    return CLOSED;
}

static unsigned lock(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    (void)self, (void)door, (void)event;
    return LOCKED;
}

static unsigned turn(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    (void)self, (void)door, (void)event;
    return CLOSED;
}

static unsigned knock(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    struct hall *hall = ob_state(self);
    hall->knocks[event->args[0]]++;
    return door->state;
}

/* Inserts itself for ever. */
static unsigned echo(struct ob_actor *self, struct ob_fsm *door, const struct ob_message *event)
{
    struct hall *hall = ob_state(self);
    hall->loops++;
    ob_fsm_insert(door, event);
    return door->state;
}

static ob_fsm_action *actions[STATES][OB_KINDS_MAX] = {
    [CLOSED] = {[OPEN] = open, [LOCK] = lock, [KNOCK] = knock},
    [OPENED] = {[SHUT] = shut, [TIRED] = shut, [LOCK] = ob_fsm_postpone, [KNOCK] = echo},
    [LOCKED] = {[KEY] = turn, [OPEN] = ob_fsm_postpone},
};

static const struct ob_fsm_table table = {
    .states = STATES, .actions = actions, .timeouts = {[OPENED] = {1000, TIRED}}};

static void hall_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct hall *hall = ob_state(self);
    (void)ob_fsm_handle(self, &table, &hall->doors[message->args[0]], message->args[0], message);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "hall", hall_receive, sizeof(struct hall));
}

#define DOOR .to = "hall", .args = {{"door", 0, DOORS - 1}, {"then", 0, 1}}

static OB_TARGET(doors, .variants = {"only"},
                 .messages = {[OPEN] = {.name = "open", DOOR},
                              [SHUT] = {.name = "shut", DOOR},
                              [LOCK] = {.name = "lock", DOOR},
                              [KEY] = {.name = "key", DOOR},
                              [TIRED] = {.name = "tired"},
                              [KNOCK] = {.name = "knock", DOOR}},
                 .setup = setup);

static struct bench bench;

static const struct hall *run(const char *records, const char *line)
{
    bench_open(&bench, &ob_target_doors, 0);
    (void)bench_run(&bench, records);
    if (line)
        assert_string_equal(bench.line, line);
    return ob_state(ob_actor(bench.world, "hall"));
}

static void the_table_says_what_happens_and_the_rest_is_dropped(void **state)
{
    (void)state;
    const struct hall *hall =
        run("+0 shut()\n+0 open()\n+0 shut()\n+0 lock(door=1)\n+0 key()\n", NULL);
    assert_int_equal(hall->doors[0].state, CLOSED);
    assert_int_equal(hall->doors[1].state, LOCKED);
    bench_close(&bench);
}

static void what_was_postponed_comes_after_a_change_of_state(void **state)
{
    (void)state;
    const struct hall *hall =
        run("+0 open()\n+1us lock()\n+1us shut()\n",
            "open0@0>hall lock0@1>hall+postponed shut0@2>hall lock0@2>hall+retried passed");
    assert_int_equal(hall->doors[0].state, LOCKED);
    bench_close(&bench);
}

static void what_changes_no_state_lets_it_wait(void **state)
{
    (void)state;
    const struct hall *hall =
        run("+0 lock()\n+1us open()\n+1us lock()\n+1us key()\n+0 knock(door=1)\n",
            "lock0@0>hall open0@1>hall+postponed lock0@2>hall open0@2>hall+postponed+retried "
            "key0@3>hall open0@3>hall+retried knock1@3>hall tired0@1003>hall passed");
    assert_int_equal(hall->doors[0].state, CLOSED);
    assert_int_equal(hall->knocks[1], 1);
    bench_close(&bench);
}

static void a_state_timeout_fires_and_a_change_of_state_cancels_it(void **state)
{
    (void)state;
    const struct hall *hall = run("+0 open()\n", "open0@0>hall tired0@1000>hall passed");
    assert_int_equal(hall->doors[0].state, CLOSED);
    bench_close(&bench);
    (void)run("+0 open()\n+500us shut()\n", "open0@0>hall shut0@500>hall passed");
    bench_close(&bench);
    (void)run("+0 open()\n+0 open(door=1)\n+1us shut()\n",
              "open0@0>hall open1@0>hall shut0@1>hall tired1@1000>hall passed");
    bench_close(&bench);
}

static void inserted_events_come_first_and_not_for_ever(void **state)
{
    (void)state;
    const struct hall *hall = run("+0 open()\n+0 shut(then=1)\n+0 open()\n", NULL);
    assert_int_equal(hall->doors[0].state, LOCKED);
    bench_close(&bench);
    hall = run("+0 open()\n+0 knock()\n", NULL);
    assert_int_equal(hall->loops, 1 + OB_FSM_INSERTED_MAX);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_what_happens_and_the_rest_is_dropped),
        cmocka_unit_test(what_was_postponed_comes_after_a_change_of_state),
        cmocka_unit_test(what_changes_no_state_lets_it_wait),
        cmocka_unit_test(a_state_timeout_fires_and_a_change_of_state_cancels_it),
        cmocka_unit_test(inserted_events_come_first_and_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
