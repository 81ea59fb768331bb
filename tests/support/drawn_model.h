/*
 * Small targets that are drawn: what each party does when it gets a message of a kind (send on,
 * change its own state, read or change another's, a table, memory that is shared by a pointer in
 * the state or in a way that nobody sees, start and cancel timers), and an invariant over the
 * states of some of them. One target that plays the part of all: draw_model() says which one it is,
 * before a world is created.
 */
#ifndef OFFBEAT_TESTS_DRAWN_MODEL_H
#define OFFBEAT_TESTS_DRAWN_MODEL_H

#include <offbeat/monitor.h>
#include <offbeat/offbeat.h>
#include <offbeat/table.h>

#include "base/rng.h"

#define DRAWN_PARTIES_MAX 5u
#define DRAWN_KINDS                                                                                \
    3u /* a message makes only messages of later kinds, so that all comes to an end */
#define DRAWN_ACTIONS_MAX 2u

enum drawn_op {
    DRAWN_SEND,
    DRAWN_SET,  /* its own state */
    DRAWN_READ, /* another's, into its own */
    DRAWN_POKE, /* another's */
    DRAWN_TABLE_ADD,
    DRAWN_TABLE_READ,
    DRAWN_SHARED_ADD, /* by the pointer in its state */
    DRAWN_SHARED_READ,
    DRAWN_HIDDEN_ADD, /* by a distance, which is no pointer */
    DRAWN_HIDDEN_READ,
    DRAWN_KEPT_READ, /* another's state, by a pointer that is kept from set-up on */
    DRAWN_START,     /* a timer */
    DRAWN_CANCEL,
    DRAWN_REQUIRE, /* that another's state is not what it is at the end of a plain row */
    DRAWN_GOAL,  /* none of its own; goals in handlers and the check, and a path of the monitor's */
    DRAWN_WATCH, /* its own state; and a monitor sees what all get, and requires an order of it */
    DRAWN_OPS
};

struct drawn_action {
    enum drawn_op op;
    unsigned party;
    unsigned kind;
};

struct drawn_party {
    uint32_t value;
    uint32_t timer;
    uint32_t *shared;
    const struct drawn_party *neighbour;
    ptrdiff_t hidden; /* from `shared` to other memory, in units of uint32_t */
};

/* The model that is played. */
struct drawn_model {
    unsigned parties;
    unsigned ops; /* a set of enum drawn_op: those that may be drawn */
    uint32_t latency_us[DRAWN_PARTIES_MAX];
    uint32_t late_us[DRAWN_PARTIES_MAX];       /* by so much messages may be late */
    uint32_t timer_late_us[DRAWN_PARTIES_MAX]; /* and timers */
    uint32_t timer_us;                         /* the least */
    uint32_t timer_step_us;
    struct ob_link outside;
    bool unordered;
    bool in_sent_order;
    unsigned checked; /* a set of parties */
    uint32_t forbidden;
    struct drawn_action actions[DRAWN_PARTIES_MAX][DRAWN_KINDS + 1][DRAWN_ACTIONS_MAX];
    unsigned counts[DRAWN_PARTIES_MAX][DRAWN_KINDS + 1];
};

static struct drawn_model drawn;

static inline uint32_t drawn_mix(uint32_t value, uint32_t with)
{
    return (uint32_t)ob_mix64((uint64_t)value << 32 | (with + 1)) & 7;
}

static inline struct ob_actor *drawn_actor(struct ob_world *world, unsigned party)
{
    return ob_actor_with_id(world, party + 1);
}

static inline void drawn_act(struct ob_actor *self, const struct drawn_action *action)
{
    struct ob_world *world = ob_world(self);
    struct drawn_party *own = ob_state(self);
    bool is_table = action->op == DRAWN_TABLE_ADD || action->op == DRAWN_TABLE_READ;
    struct ob_table *table = is_table ? ob_table(world, "table") : NULL;
    struct ob_table_row row = {.key = action->party};
    struct drawn_party *other;
    switch (action->op) {
    case DRAWN_SEND:
        ob_send_to(self, action->party + 1, action->kind);
        break;
    case DRAWN_GOAL:
        other = ob_state(drawn_actor(world, action->party));
        OB_SOMETIMES(world, seen_by_another, other->value == drawn.forbidden % 4);
        OB_SOMETIMES(world, own_value, own->value == drawn.forbidden);
        break;
    case DRAWN_WATCH:
    case DRAWN_SET:
        own->value = drawn_mix(own->value, action->kind);
        break;
    case DRAWN_READ:
        other = ob_state(drawn_actor(world, action->party));
        own->value = drawn_mix(own->value, other->value);
        break;
    case DRAWN_POKE:
        other = ob_state(drawn_actor(world, action->party));
        other->value = drawn_mix(other->value, action->kind);
        break;
    case DRAWN_TABLE_ADD:
        (void)ob_table_lookup(table, row.key, &row);
        row.values[0] = drawn_mix(row.values[0], action->kind + ob_id(self));
        (void)ob_table_insert(table, row);
        break;
    case DRAWN_TABLE_READ:
        (void)ob_table_lookup(table, row.key, &row);
        own->value = drawn_mix(own->value, row.values[0]);
        break;
    case DRAWN_SHARED_ADD:
        *own->shared = drawn_mix(*own->shared, action->kind + ob_id(self));
        break;
    case DRAWN_SHARED_READ:
        own->value = drawn_mix(own->value, *own->shared);
        break;
    case DRAWN_HIDDEN_ADD:
        own->shared[own->hidden] = drawn_mix(own->shared[own->hidden], action->kind + ob_id(self));
        break;
    case DRAWN_HIDDEN_READ:
        own->value = drawn_mix(own->value, own->shared[own->hidden]);
        break;
    case DRAWN_KEPT_READ:
        own->value = drawn_mix(own->value, own->neighbour->value);
        break;
    case DRAWN_START:
        own->timer = ob_timer_start(self, drawn.timer_us + drawn.timer_step_us * action->party,
                                    action->kind, 0);
        break;
    case DRAWN_CANCEL:
        (void)ob_timer_cancel(self, own->timer);
        break;
    default:
        other = ob_state(drawn_actor(world, action->party));
        OB_INVARIANT(world, required, other->value != drawn.forbidden, "%u", other->value);
        break;
    }
}

static inline void drawn_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned party = ob_id(self) - 1;
    for (unsigned at = 0; at < drawn.counts[party][message->kind]; at++)
        drawn_act(self, &drawn.actions[party][message->kind][at]);
}

static inline void drawn_check(struct ob_world *world)
{
    uint32_t sum = 0;
    for (unsigned party = 0; party < drawn.parties; party++) {
        if (!(drawn.checked >> party & 1))
            continue;
        const struct drawn_party *state = ob_state(drawn_actor(world, party));
        sum = sum * 3 + state->value;
    }
    OB_SOMETIMES(world, sum_at_some_time, drawn.ops >> DRAWN_GOAL & 1 && sum % 5 == 2);
    OB_INVARIANT(world, states_fit, sum % 16 != drawn.forbidden, "%u", sum);
}

/* What depends on the order of all deliveries that it sees. */
static inline void drawn_observe(struct ob_actor *self, const struct ob_sight *sight)
{
    uint32_t *seen = ob_state(self);
    *seen = (*seen * 3 + sight->actor) % 8;
    if (*seen == drawn.forbidden / 2)
        OB_STEPS_ANEW(self, three_steps);
    else if (sight->actor == 1)
        OB_STEP(self, three_steps, first);
    else if (sight->message->kind == 2)
        OB_STEP(self, three_steps, second);
    else
        OB_STEP(self, three_steps, third);
    OB_INVARIANT(ob_world(self), seen_as_required, *seen != drawn.forbidden, "%u", *seen);
}

static const struct ob_monitor_type drawn_monitor = {.name = "monitor",
                                                     .state_size = sizeof(uint32_t),
                                                     .observe = drawn_observe,
                                                     .sights = OB_SIGHT_BIT(OB_SAW_DELIVERED),
                                                     .kinds = OB_KIND_BIT(1) | OB_KIND_BIT(2)};

static inline void drawn_setup(struct ob_world *world)
{
    static const char *const names[DRAWN_PARTIES_MAX] = {"p0", "p1", "p2", "p3", "p4"};
    uint32_t *shared = ob_alloc(world, sizeof *shared);
    uint32_t *hidden = ob_alloc(world, sizeof *hidden);
    for (unsigned party = 0; party < drawn.parties; party++) {
        struct drawn_party *state =
            ob_state(ob_spawn(world, names[party], drawn_receive, sizeof(struct drawn_party)));
        if (drawn.ops & (1u << DRAWN_SHARED_ADD | 1u << DRAWN_HIDDEN_ADD))
            state->shared = shared;
        state->hidden = hidden - shared;
    }
    for (unsigned party = 0; party < drawn.parties && drawn.ops >> DRAWN_KEPT_READ & 1; party++) {
        struct drawn_party *state = ob_state(drawn_actor(world, party));
        state->neighbour = ob_state(drawn_actor(world, (party + 1) % drawn.parties));
    }
    for (unsigned party = 0; party < drawn.parties; party++) {
        uint32_t latency_us = drawn.latency_us[party];
        ob_link(world, names[party], "*",
                (struct ob_link){.latency_us = latency_us,
                                 .latency_us_max = latency_us + drawn.late_us[party],
                                 .unordered = drawn.unordered,
                                 .in_sent_order = drawn.in_sent_order});
        ob_allow(world, names[party],
                 (struct ob_faults){.timer_late_us_max = drawn.timer_late_us[party]});
    }
    ob_link(world, "outside", "*", drawn.outside);
    ob_table_create(world, "table", "p0", 8);
    if (drawn.ops >> DRAWN_WATCH & 1)
        (void)ob_spawn_monitor(world, &drawn_monitor);
}

static OB_TARGET(drawn, .variants = {"only"},
                 .messages = {[0] = {.name = "go", .to = "p0"},
                              [1] = {.name = "one"},
                              [2] = {.name = "two"},
                              [3] = {.name = "begin", .to = "p1"}},
                 .setup = drawn_setup, .check = drawn_check,
                 .goals = {{.name = "seen_by_another"},
                           {.name = "own_value"},
                           {.name = "sum_at_some_time"},
                           {.name = "three_steps", .steps = {"first", "second", "third"}}});

static inline enum drawn_op drawn_op_of(struct ob_rng *rng)
{
    enum drawn_op op;
    do
        op = (enum drawn_op)ob_rng_below(rng, DRAWN_OPS);
    while (!(drawn.ops >> op & 1));
    return op;
}

static inline void draw_actions(struct ob_rng *rng, unsigned party, unsigned kind)
{
    bool is_first = kind == 0 || kind == 3;
    unsigned count = is_first ? 2 : ob_rng_below(rng, DRAWN_ACTIONS_MAX + 1);
    drawn.counts[party][kind] = count;
    for (unsigned at = 0; at < count; at++) {
        struct drawn_action *action = &drawn.actions[party][kind][at];
        action->op = is_first ? DRAWN_SEND : drawn_op_of(rng);
        action->party = ob_rng_below(rng, drawn.parties);
        action->kind = is_first ? 1 + ob_rng_below(rng, 2) : kind + 1;
        /* The last kind makes no other. */
        if (kind == 2 && (action->op == DRAWN_SEND || action->op == DRAWN_START))
            action->op = DRAWN_SET;
    }
}

/* Draws a model of two to `parties` parties, of the operations in the set `ops`. */
static inline void draw_model(struct ob_rng *rng, unsigned parties, unsigned ops)
{
    drawn = (struct drawn_model){
        .parties = 2 + ob_rng_below(rng, parties - 1),
        .ops = ops | 1u << DRAWN_SEND | 1u << DRAWN_SET,
        .timer_us = 5,
        .timer_step_us = 20,
        .outside = {.latency_us = 1, .latency_us_max = ob_rng_below(rng, 2) ? 1 : 30},
        .unordered = ob_rng_below(rng, 2),
        .forbidden = ob_rng_below(rng, 8)};
    drawn.checked = 1 + ob_rng_below(rng, (1u << drawn.parties) - 1);
    for (unsigned party = 0; party < drawn.parties; party++) {
        drawn.latency_us[party] = 1 + ob_rng_below(rng, 40);
        drawn.late_us[party] = 3 * drawn.latency_us[party];
        for (unsigned kind = 0; kind <= DRAWN_KINDS; kind++)
            draw_actions(rng, party, kind);
    }
}

/* Makes all links of the model such that each party gets what it is sent in the order of sending.
 */
static inline void draw_sent_order(void)
{
    drawn.unordered = false;
    drawn.in_sent_order = true;
    for (unsigned party = 1; party < drawn.parties; party++) {
        drawn.latency_us[party] = drawn.latency_us[0];
        drawn.late_us[party] = drawn.late_us[0];
    }
}

/* Draws one of up to four parties whose messages and timers meet all the time: what takes time
 * takes none or few microseconds. */
static inline void draw_tight_model(struct ob_rng *rng, unsigned ops)
{
    draw_model(rng, DRAWN_PARTIES_MAX - 1, ops);
    for (unsigned party = 0; party < drawn.parties; party++) {
        drawn.latency_us[party] = 1 + ob_rng_below(rng, 2);
        drawn.late_us[party] = ob_rng_below(rng, 3);
        drawn.timer_late_us[party] = ob_rng_below(rng, 2);
    }
    drawn.timer_us = ob_rng_below(rng, 3);
    drawn.timer_step_us = ob_rng_below(rng, 2);
    /* The outside sends when the workload says: a delay is all by which it could be late. */
    drawn.outside = (struct ob_link){.latency_us = 1 + ob_rng_below(rng, 2)};
    drawn.outside.latency_us_max = drawn.outside.latency_us;
}

#endif
