/* Leases: who leads, from when and until when. */
#include <offbeat/lease.h>

#include "support/task_log.h"

enum kind { LOOK, FREEZE, TRY, STORE, KINDS = STORE + OB_STORE_KINDS };
enum variant { OBSERVED, FROM_ANSWER, BY_CLOCKS };

static const struct ob_lease_policy policies[] = {
#define POLICY                                                                                     \
    .store = "store", .store_kinds = STORE, .row = 3, .timer = TRY, .lease_us = 100000,            \
    .deadline_us = 60000, .retry_us = 20000
    [OBSERVED] = {POLICY},
    [FROM_ANSWER] = {POLICY, .from_answer = true},
    [BY_CLOCKS] = {POLICY, .by_clocks = true},
#undef POLICY
};

/* A node that is frozen hears nothing of its lease. */
struct node {
    struct ob_lease lease;
    bool is_frozen;
};

static void start(struct ob_actor *self)
{
    struct node *node = ob_state(self);
    ob_lease_start(self, &policies[ob_variant(self)], &node->lease);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    static const char *const names[] = {"other", "waits", "won", "renewed", "lost"};
    struct node *node = ob_state(self);
    if (message->kind == LOOK) {
        note(self, "%s:%d/%u@%u", ob_name(self), ob_lease_is_held(self, &node->lease),
             ob_lease_term(&node->lease), since_start(self) / 1000);
        return;
    }
    node->is_frozen |= message->kind == FREEZE;
    if (node->is_frozen)
        return;
    enum ob_lease_event event =
        ob_lease_hear(self, &policies[ob_variant(self)], &node->lease, message);
    if (event != OB_LEASE_WAITS && event != OB_LEASE_RENEWED)
        note(self, "%s %s@%u", ob_name(self), names[event], since_start(self) / 1000);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "a", receive, sizeof(struct node)), start);
    ob_on_start(ob_spawn(world, "b", receive, sizeof(struct node)), start);
    ob_store_spawn(world, "store", &(struct ob_store_config){.first_kind = STORE});
    spawn_log(world);
    ob_link(world, "store", "*",
            (struct ob_link){.latency_us = 10, .latency_us_max = 200000, .lossy = true});
    ob_allow(world, "*",
             (struct ob_faults){.restart = true,
                                .pause_us_max = 500000,
                                .clock_offset_us_max = 500000,
                                .clock_drift_ppm_max = 100000});
}

static OB_TARGET(leases, .variants = {"observed", "from_answer", "by_clocks"},
                 .messages = {[LOOK] = {.name = "look", .to = "*"},
                              [FREEZE] = {.name = "freeze", .to = "*"},
                              [TRY] = {.name = "try"},
                              OB_STORE_MESSAGES(STORE)},
                 .setup = setup, .settle_us = 1000);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_leases, variant, records, NULL, noted);
}

static void the_first_leads_and_goes_on_leading(void **state)
{
    (void)state;
    expect(OBSERVED, "+50ms look() to a\n+0 look() to b\n+500ms look() to a\n+0 look() to b\n",
           "a won@0 a:1/1@50 b:0/0@50 a:1/1@550 b:0/0@550 ");
}

static void one_that_hears_nothing_leads_until_its_deadline(void **state)
{
    (void)state;
    expect(OBSERVED, "+1ms freeze() to a\n+58ms look() to a\n+2ms look() to a\n",
           "a won@0 a:1/1@59 a:0/1@61 ");
}

static void the_other_one_leads_when_the_row_has_not_changed_for_the_lease(void **state)
{
    (void)state;
    /* It has seen the row at 0 and at 20 ms: it leads at the first attempt after 100 ms. */
    expect(OBSERVED, "+1ms freeze() to a\n+97ms look() to b\n+50ms look() to b\n",
           "a won@0 b:0/0@98 b won@120 b:1/2@148 ");
}

static void a_term_is_greater_than_all_before(void **state)
{
    (void)state;
    /* The row was renewed five times. */
    expect(OBSERVED, "+110ms freeze() to a\n+300ms look() to b\n", "a won@0 b won@200 b:1/7@410 ");
}

static void an_answer_that_comes_late_is_counted_from_its_request(void **state)
{
    (void)state;
    expect(OBSERVED,
           "+52ms freeze() to a\n+3ms look() to a\n+7ms look() to a\n"
           "delay done store->a #0 by 50ms\n",
           "a won@50 a:1/1@55 a:0/1@62 ");
}

static void an_answer_that_comes_late_may_be_counted_from_its_arrival(void **state)
{
    (void)state;
    expect(FROM_ANSWER,
           "+52ms freeze() to a\n+3ms look() to a\n+7ms look() to a\n"
           "delay done store->a #0 by 50ms\n",
           "a won@50 a:1/1@55 a:1/1@62 ");
}

static void clocks_that_are_off_make_no_difference(void **state)
{
    (void)state;
    expect(OBSERVED, "+250ms look() to a\n+0 look() to b\nskew b ahead 400ms\n",
           "a won@0 a:1/1@250 b:0/0@650 ");
}

static void by_clocks_they_make_two_leaders(void **state)
{
    (void)state;
    expect(BY_CLOCKS, "+50ms look() to a\n+0 look() to b\n", "a won@0 a:1/1@50 b:0/0@50 ");
    expect(BY_CLOCKS, "+10ms look() to a\n+0 look() to b\nskew b ahead 400ms\n",
           "a won@0 b won@400 a:1/1@10 b:1/2@410 ");
}

static void a_life_that_starts_again_is_another_candidate(void **state)
{
    (void)state;
    expect(OBSERVED,
           "+1ms look() to a\n+50ms look() to b\n+100ms look() to a\n+0 look() to b\n"
           "restart after look outside->a #0 after 1ms\n",
           "a won@0 a:1/1@1 b:0/0@51 a won@102 a:1/2@151 b:0/0@151 ");
}

static void what_is_lost_is_asked_for_again(void **state)
{
    (void)state;
    expect(OBSERVED, "+200ms look() to a\n+0 look() to b\ndrop done store->a #0\n",
           "a won@80 a:1/2@200 b:0/0@200 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_leads_and_goes_on_leading),
        cmocka_unit_test(one_that_hears_nothing_leads_until_its_deadline),
        cmocka_unit_test(the_other_one_leads_when_the_row_has_not_changed_for_the_lease),
        cmocka_unit_test(a_term_is_greater_than_all_before),
        cmocka_unit_test(an_answer_that_comes_late_is_counted_from_its_request),
        cmocka_unit_test(an_answer_that_comes_late_may_be_counted_from_its_arrival),
        cmocka_unit_test(clocks_that_are_off_make_no_difference),
        cmocka_unit_test(by_clocks_they_make_two_leaders),
        cmocka_unit_test(a_life_that_starts_again_is_another_candidate),
        cmocka_unit_test(what_is_lost_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
