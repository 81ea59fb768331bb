/* State machines: state enter calls and event timeouts. */
#include <offbeat/fsm.h>

#include "support/task_log.h"

enum kind { STEP, REST, CHAIN, LATER, LAPSE, DUE };
enum state { IDLE, BUSY, STATES };

#define REST_US 100
#define STATE_US 500

static unsigned step(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "step");
    return fsm->state == IDLE ? BUSY : IDLE;
}

static unsigned rest(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    note(self, "rest");
    ob_fsm_event_timeout(fsm, REST_US);
    if (event->kind == CHAIN)
        ob_fsm_insert(fsm, &(struct ob_message){.kind = DUE});
    return fsm->state;
}

static unsigned later(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "later");
    return fsm->state;
}

static unsigned lapse(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "lapse@%u", since_start(self));
    return fsm->state;
}

static unsigned due(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)event;
    note(self, "due@%u", since_start(self));
    return fsm->state;
}

static void enter(struct ob_actor *self, struct ob_fsm *fsm, unsigned from)
{
    note(self, "%u>%u", from, fsm->state);
    if (fsm->state == BUSY && ob_variant(self) == 1)
        ob_fsm_event_timeout(fsm, REST_US);
}

static ob_fsm_action *actions[STATES][OB_KINDS_MAX] = {
    [IDLE] = {[STEP] = step,
              [REST] = rest,
              [CHAIN] = rest,
              [LATER] = ob_fsm_postpone,
              [LAPSE] = lapse,
              [DUE] = due},
    [BUSY] = {[STEP] = step, [REST] = rest, [LATER] = later, [LAPSE] = lapse},
};
static const struct ob_fsm_table table = {.states = STATES,
                                          .actions = actions,
                                          .timeouts = {[IDLE] = {STATE_US, DUE}},
                                          .enters = {enter, enter},
                                          .event_timeout = LAPSE};

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)ob_fsm_handle(self, &table, ob_state(self), 0, message);
}

static void start(struct ob_actor *self)
{
    ob_fsm_start(self, &table, ob_state(self), 0);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "machine", receive, sizeof(struct ob_fsm)), start);
    spawn_log(world);
}

static OB_TARGET(machines, .variants = {"plain", "rests"},
                 .messages = {[STEP] = {.name = "step", .to = "machine"},
                              [REST] = {.name = "rest", .to = "machine"},
                              [CHAIN] = {.name = "chain", .to = "machine"},
                              [LATER] = {.name = "later", .to = "machine"},
                              [LAPSE] = {.name = "lapse"},
                              [DUE] = {.name = "due"}},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_machines, variant, records, NULL, noted);
}

static void a_state_is_entered_at_the_beginning_and_at_each_change(void **state)
{
    (void)state;
    expect(0, "+0 step()\n+10us step()\n+10us step()\n", "0>0 step 0>1 step 1>0 step 0>1 ");
}

static void it_is_entered_before_what_was_postponed(void **state)
{
    (void)state;
    expect(0, "+0 later()\n+10us step()\n", "0>0 step 0>1 later ");
}

static void an_event_timeout_comes_when_no_event_does(void **state)
{
    (void)state;
    expect(0, "+0 rest()\n", "0>0 rest lapse@100 due@500 ");
    expect(0, "+0 rest()\n+60us rest()\n", "0>0 rest rest lapse@160 due@500 ");
    expect(0, "+0 rest()\n+60us step()\n", "0>0 rest step 0>1 ");
}

static void an_event_that_is_postponed_cancels_it_too(void **state)
{
    (void)state;
    expect(0, "+0 rest()\n+60us later()\n", "0>0 rest due@500 ");
}

static void a_state_timeout_cancels_it_too(void **state)
{
    (void)state;
    expect(0, "+450us rest()\n", "0>0 rest due@500 ");
}

static void an_inserted_event_cancels_it_too(void **state)
{
    (void)state;
    expect(0, "+0 chain()\n", "0>0 rest due@0 due@500 ");
}

static void a_call_may_ask_for_it(void **state)
{
    (void)state;
    expect(1, "+0 step()\n", "0>0 step 0>1 lapse@100 ");
    /* What was postponed is an event as others. */
    expect(1, "+0 later()\n+0 step()\n", "0>0 step 0>1 later ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_entered_at_the_beginning_and_at_each_change),
        cmocka_unit_test(it_is_entered_before_what_was_postponed),
        cmocka_unit_test(an_event_timeout_comes_when_no_event_does),
        cmocka_unit_test(an_event_that_is_postponed_cancels_it_too),
        cmocka_unit_test(a_state_timeout_cancels_it_too),
        cmocka_unit_test(an_inserted_event_cancels_it_too),
        cmocka_unit_test(a_call_may_ask_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
