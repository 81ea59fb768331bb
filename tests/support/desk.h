/*
 * A target with goals of every kind. Two customers ask a desk for the one key that it has; it says
 * yes or no, and a customer with the key brings it back. What goes wrong in the variant `double` is
 * that the desk lends the key a second time to who asks twice.
 */
#ifndef OFFBEAT_TESTS_DESK_H
#define OFFBEAT_TESTS_DESK_H

#include <offbeat/monitor.h>
#include <offbeat/offbeat.h>

enum desk_kind { DESK_ASK, DESK_WANT, DESK_YES, DESK_NO, DESK_BACK, DESK_KINDS };
enum desk_variant { DESK_CAREFUL, DESK_DOUBLE };
enum desk_goal {
    DESK_OPENED,
    DESK_REFUSED,
    DESK_BOTH_ASKED,
    DESK_YES_AFTER_NO,
    DESK_LOST_AFTER_YES,
    DESK_LENT_THRICE,
    DESK_QUIET,
    DESK_GOALS
};

struct desk {
    uint32_t lent;
};

struct desk_customer {
    bool asked;
};

static inline void desk_start(struct ob_actor *self)
{
    OB_REACHABLE(opened);
    (void)self;
}

static inline void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct desk *desk = ob_state(self);
    if (message->kind == DESK_BACK) {
        desk->lent--;
        return;
    }
    bool lends = desk->lent == 0 || (ob_variant(self) == DESK_DOUBLE && message->args[0] == 2);
    desk->lent += lends;
    OB_SOMETIMES(ob_world(self), lent_thrice, desk->lent == 3);
    ob_reply(self, message, lends ? DESK_YES : DESK_NO);
}

static inline void desk_customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct desk_customer *customer = ob_state(self);
    if (message->kind == DESK_ASK) {
        customer->asked = true;
        ob_send(self, "desk", DESK_WANT, message->args[0]);
    } else if (message->kind == DESK_YES) {
        ob_send(self, "desk", DESK_BACK);
    } else {
        OB_REACHABLE(ob_world(self), refused);
    }
}

static inline void desk_observe(struct ob_actor *self, const struct ob_sight *sight)
{
    if (sight->message->kind == DESK_NO) {
        OB_STEP(self, yes_after_no, no);
    } else {
        OB_STEP(self, yes_after_no, yes);
        OB_STEP(self, lost_after_yes, yes);
    }
}

static const struct ob_monitor_type desk_monitor = {.name = "guard",
                                                    .observe = desk_observe,
                                                    .sights = OB_SIGHT_BIT(OB_SAW_DELIVERED),
                                                    .kinds = OB_KIND_BIT(DESK_YES) |
                                                             OB_KIND_BIT(DESK_NO)};

static inline void desk_check(struct ob_world *world)
{
    const struct desk *desk = ob_state(ob_actor(world, "desk"));
    const struct desk_customer *one = ob_state(ob_member(world, "customer", 0));
    const struct desk_customer *other = ob_state(ob_member(world, "customer", 1));
    OB_SOMETIMES(world, both_asked, one->asked && other->asked);
    OB_INVARIANT(world, lent_once, desk->lent <= 1, "%u times", desk->lent);
}

static inline void desk_check_quiescent(struct ob_world *world)
{
    OB_REACHABLE(world, quiet);
}

static inline void desk_setup(struct ob_world *world)
{
    struct ob_actor *desk = ob_spawn(world, "desk", desk_receive, sizeof(struct desk));
    ob_on_start(desk, desk_start);
    (void)ob_spawn_many(world, "customer", 2, desk_customer_receive, sizeof(struct desk_customer));
    (void)ob_spawn_monitor(world, &desk_monitor);
}

OB_TARGET(desk, .summary = "a key that is lent to two customers", .variants = {"careful", "double"},
          .fails = {false, true},
          .messages = {[DESK_ASK] = {.name = "ask",
                                     .to = "customer",
                                     .args = {{.name = "times", .min = 1, .max = 2}}},
                       [DESK_WANT] = {.name = "want"},
                       [DESK_YES] = {.name = "yes"},
                       [DESK_NO] = {.name = "no"},
                       [DESK_BACK] = {.name = "back"}},
          .setup = desk_setup, .check = desk_check, .check_quiescent = desk_check_quiescent,
          .goals = {[DESK_OPENED] = {.name = "opened"},
                    [DESK_REFUSED] = {.name = "refused"},
                    [DESK_BOTH_ASKED] = {.name = "both_asked"},
                    [DESK_YES_AFTER_NO] = {.name = "yes_after_no", .steps = {"no", "yes"}},
                    [DESK_LOST_AFTER_YES] = {.name = "lost_after_yes", .steps = {"yes", "lost"}},
                    [DESK_LENT_THRICE] = {.name = "lent_thrice"},
                    [DESK_QUIET] = {.name = "quiet"}});

#endif
