/*
 * A target whose difficulty is set by numbers, compiled once for each case. See README.md.
 *
 *   LADDER_NAME       what the target is called, a C identifier
 *   LADDER_D          constraints, 1 to 16: what breaks the invariant is all of them together
 *   LADDER_H          hops, from 1: relays that a message passes on its way, before the one that is
 *                     held back for it
 *   LADDER_N          parties that send a message which matters to nothing
 *   LADDER_GRADIENT   what the judge's abstract state shows: 0 whether all constraints are met,
 *                     1 which ones are, 2 how many are
 */
#include <offbeat/offbeat.h>

#define CONSTRAINTS_MAX 16
#define ALL_MET ((1u << LADDER_D) - 1)

/* The two messages of a constraint have kinds of their own, next to each other: so there are no
 * kinds without a use, which mutation would waste its time on. */
enum kind { GO, WAKE, NOISE, HOP, PAIRS };
#define EARLY(constraint) (PAIRS + 2 * (constraint))
#define LATE(constraint) (PAIRS + 2 * (constraint) + 1)

_Static_assert(LADDER_D >= 1 && LADDER_D <= CONSTRAINTS_MAX, "constraints");
_Static_assert(LADDER_H >= 1 && LADDER_N >= 0, "hops and parties");
_Static_assert(2 + LADDER_D * (1 + LADDER_H) + LADDER_N <= OB_ACTORS_MAX, "too many actors");
_Static_assert(LATE(CONSTRAINTS_MAX - 1) < OB_KINDS_MAX, "kinds");

struct starter {
    bool started;
};

/* Wakes the origins and the parties. Only the first `go` counts, so that each constraint is about
 * one message and one other. */
static void starter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct starter *starter = ob_state(self);
    const unsigned origins = ob_id(self) + 2;
    const unsigned parties = origins + LADDER_D * (1 + LADDER_H);
    const unsigned end = parties + LADDER_N;

    (void)message;
    if (starter->started)
        return;
    starter->started = true;
    for (unsigned origin = origins; origin < origins + LADDER_D; origin++)
        ob_send_to(self, origin, WAKE);
    for (unsigned party = parties; party < end; party++)
        ob_send_to(self, party, WAKE);
}

/* Where the two messages of a constraint come from. Each constraint has an origin and relays of its
 * own, so that no link is part of two, and nothing that happens to one link meets two. */
static void origin_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned constraint = ob_index(self);
    unsigned relays = ob_id(self) - constraint + LADDER_D;

    (void)message;
    ob_send(self, "judge", EARLY(constraint));
    ob_send_to(self, relays + constraint * LADDER_H, HOP, constraint, LADDER_H - 1);
}

static void relay_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t constraint = message->args[0];
    uint32_t left = message->args[1];

    if (left > 0)
        ob_send_to(self, ob_id(self) + 1, HOP, constraint, left - 1);
    else
        ob_send(self, "judge", LATE(constraint));
}

static void party_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "judge", NOISE);
}

struct judge {
    uint32_t late; /* constraints whose late message was handled, a bit each */
    uint32_t met;  /* those whose early message was handled after it */
};

static unsigned shown_state(const struct judge *judge)
{
    if (LADDER_GRADIENT == 1)
        return judge->met;
    if (LADDER_GRADIENT == 2)
        return (unsigned)__builtin_popcount(judge->met);
    return judge->met == ALL_MET;
}

/* Without a branch on the order of messages: the engine counts how often a branch is taken, which
 * would be a gradient where none is meant to be. */
static void judge_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct judge *judge = ob_state(self);
    if (message->kind == NOISE)
        return;
    uint32_t place = message->kind - (uint32_t)PAIRS;
    uint32_t is_late = place % 2;
    uint32_t bit = 1u << place / 2;
    judge->met |= bit * (1 - is_late) & judge->late;
    judge->late |= bit * is_late;
    ob_declare_state(self, shown_state(judge));
}

static void check(struct ob_world *world)
{
    const struct judge *judge = ob_state(ob_actor(world, "judge"));

    OB_INVARIANT(world, one_early_is_early, judge->met != ALL_MET,
                 "all of %d early messages came after their late ones", LADDER_D);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "judge")))
        return;
    const struct judge *judge = ob_state(actor);
    ob_describe(text, "late: %#x, then early: %#x of %#x", judge->late, judge->met, ALL_MET);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "starter", starter_receive, sizeof(struct starter));
    ob_spawn(world, "judge", judge_receive, sizeof(struct judge));
    ob_spawn_many(world, "origin", LADDER_D, origin_receive, 0);
    ob_spawn_many(world, "relay", LADDER_D * LADDER_H, relay_receive, 0);
    if (LADDER_N > 0)
        ob_spawn_many(world, "party", LADDER_N, party_receive, 0);
    ob_link(world, "*", "*", (struct ob_link){.latency_us_max = 1000000});
}

/* clang-format off */
#define PAIR(constraint)                                                                           \
    [EARLY(constraint)] = {.name = (constraint) < LADDER_D ? "early_" #constraint : NULL},         \
    [LATE(constraint)] = {.name = (constraint) < LADDER_D ? "late_" #constraint : NULL}
#define ALL_PAIRS                                                                                  \
    PAIR(0), PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6), PAIR(7), PAIR(8), PAIR(9),      \
    PAIR(10), PAIR(11), PAIR(12), PAIR(13), PAIR(14), PAIR(15)
/* clang-format on */

/* One macro more, so that the name is expanded before it becomes part of another. */
#define LADDER_TARGET(NAME, ...) OB_TARGET(NAME, __VA_ARGS__)

LADDER_TARGET(LADDER_NAME, .summary = "all early messages after their late ones, among others",
              .variants = {"racy"}, .fails = {true},
              .messages =
                  {
                      [GO] = {.name = "go", .to = "starter"},
                      [WAKE] = {.name = "wake"},
                      [NOISE] = {.name = "noise"},
                      [HOP] = {.name = "hop", .args = {{.name = "constraint"}, {.name = "left"}}},
                      ALL_PAIRS,
                  },
              .setup = setup, .check = check, .describe = describe);
