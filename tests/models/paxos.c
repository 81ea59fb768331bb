/* Single-decree Paxos: two proposers, three acceptors, two learners. A proposer asks for promises
 * with its ballot, proposes the value of the highest ballot that a majority has accepted, or its
 * own if there is none, and teaches the learners what a majority has accepted. One whose ballot is
 * too low tries once more with a higher one.
 *
 * quorum_too_small: one acceptor is enough.
 * goal_two_learners: no mistake, but a rare scenario whose violation says that it was reached: each
 * learner has its value from another proposer. */
#include "machines.h"

#define PROPOSERS 2
#define ACCEPTORS 3
#define ROUNDS 2
#define FIRST_LEARNER (ACCEPTORS + PROPOSERS + 1) /* ids in order of spawning */

enum variant { RIGHT, QUORUM_TOO_SMALL, GOAL_TWO_LEARNERS };
enum kind { GO, BEGIN, PREPARE, PROMISE, PROPOSE, ACCEPTED, REFUSED, TEACH };

struct acceptor {
    uint32_t promised;
    uint32_t ballot; /* of what it has accepted, 0 for nothing */
    uint32_t value;
};
struct learner {
    uint32_t value; /* 0 for none */
    uint32_t teacher;
    uint32_t other; /* a value that it was taught later, and which is not the same */
};

static void run_driver(struct ob_actor *self)
{
    ob_receive(self, GO);
    ob_send(self, "proposer.0", BEGIN);
    ob_send(self, "proposer.1", BEGIN);
    for (;;)
        ob_receive(self, GO);
}

static void tell_acceptors(struct ob_actor *self, enum kind kind, uint32_t ballot, uint32_t value)
{
    for (unsigned id = 1; id <= ACCEPTORS; id++) /* they are spawned first */
        send_in_turn(self, id, kind, ballot, value);
}

/* Waits for a quorum of answers to a ballot. `value` becomes that of the highest ballot among them,
 * if there is one. Returns false when one of the acceptors has promised a higher ballot. */
static bool has_quorum(struct ob_actor *self, enum kind kind, uint32_t ballot, uint32_t *value)
{
    unsigned needed = ob_variant(self) == QUORUM_TOO_SMALL ? 1 : ACCEPTORS / 2 + 1;
    uint32_t highest = 0;

    while (needed > 0) {
        const struct ob_message *message = ob_receive(self, PROMISE, ACCEPTED, REFUSED);
        if (message->args[0] != ballot)
            continue; /* of an earlier round */
        if (message->kind == REFUSED)
            return false;
        if (message->kind != kind)
            continue;
        needed--;
        if (message->args[1] > highest) {
            highest = message->args[1];
            *value = message->args[2];
        }
    }
    return true;
}

static void run_proposer(struct ob_actor *self)
{
    ob_receive(self, BEGIN);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t ballot = round * PROPOSERS + ob_index(self) + 1;
        uint32_t value = 100 + ob_index(self);

        tell_acceptors(self, PREPARE, ballot, 0);
        if (!has_quorum(self, PROMISE, ballot, &value))
            continue;
        tell_acceptors(self, PROPOSE, ballot, value);
        if (!has_quorum(self, ACCEPTED, ballot, &value))
            continue;
        send_in_turn(self, FIRST_LEARNER, TEACH, value);
        send_in_turn(self, FIRST_LEARNER + 1, TEACH, value);
        break;
    }
    for (;;)
        ob_receive(self, PROMISE, ACCEPTED, REFUSED);
}

static void run_acceptor(struct ob_actor *self)
{
    struct acceptor *acceptor = ob_state(self);

    for (;;) {
        const struct ob_message *message = ob_receive(self, PREPARE, PROPOSE);
        uint32_t ballot = message->args[0];

        if (ballot < acceptor->promised) {
            ob_reply(self, message, REFUSED, ballot);
            continue;
        }
        acceptor->promised = ballot;
        if (message->kind == PREPARE) {
            ob_reply(self, message, PROMISE, ballot, acceptor->ballot, acceptor->value);
            continue;
        }
        acceptor->ballot = ballot;
        acceptor->value = message->args[1];
        ob_reply(self, message, ACCEPTED, ballot);
    }
}

static void run_learner(struct ob_actor *self)
{
    struct learner *learner = ob_state(self);

    for (;;) {
        const struct ob_message *message = ob_receive(self, TEACH);
        if (learner->value == 0) {
            learner->value = message->args[0];
            learner->teacher = message->from;
        } else if (learner->value != message->args[0]) {
            learner->other = message->args[0];
        }
    }
}

static void check(struct ob_world *world)
{
    const struct learner *first = ob_state(ob_actor(world, "learner.0"));
    const struct learner *second = ob_state(ob_actor(world, "learner.1"));
    bool both = first->value != 0 && second->value != 0;

    OB_INVARIANT(world, one_value_is_taught,
                 first->other == 0 && second->other == 0 &&
                     (!both || first->value == second->value),
                 "the learners have %u and %u, and were taught %u and %u as well", first->value,
                 second->value, first->other, second->other);
    OB_INVARIANT(world, goal_two_learners,
                 ob_world_variant(world) != GOAL_TWO_LEARNERS || !both ||
                     first->teacher == second->teacher,
                 "both learners have %u, each from another proposer", first->value);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "acceptor", ACCEPTORS, run_acceptor, sizeof(struct acceptor));
    ob_spawn_process_many(world, "proposer", PROPOSERS, run_proposer, 0);
    ob_spawn_process_many(world, "learner", 2, run_learner, sizeof(struct learner));
    ob_spawn_process(world, "driver", run_driver, 0);
    machines(world);
}

OB_TARGET(paxos, .summary = "single-decree Paxos with two proposers and three acceptors",
          .variants = {[RIGHT] = "right",
                       [QUORUM_TOO_SMALL] = "quorum_too_small",
                       [GOAL_TWO_LEARNERS] = "goal_two_learners"},
          .fails = {[QUORUM_TOO_SMALL] = true, [GOAL_TWO_LEARNERS] = true},
          .messages =
              {
                  [GO] = {.name = "go", .to = "driver"},
                  [BEGIN] = {.name = "begin"},
                  [PREPARE] = {.name = "prepare", .args = {{.name = "ballot"}}},
                  [PROMISE] = {.name = "promise",
                               .args = {{.name = "ballot"},
                                        {.name = "accepted_ballot"},
                                        {.name = "value"}}},
                  [PROPOSE] = {.name = "propose", .args = {{.name = "ballot"}, {.name = "value"}}},
                  [ACCEPTED] = {.name = "accepted", .args = {{.name = "ballot"}}},
                  [REFUSED] = {.name = "refused", .args = {{.name = "ballot"}}},
                  [TEACH] = {.name = "teach", .args = {{.name = "value"}}},
              },
          .setup = setup, .check = check);
