/* Two-phase commit with one client, two participants and one transaction, as small as it can be:
 * brute force comes to its end. Participants refuse where the write says so, a bit each, and the
 * coordinator may give up before all votes are there. What is checked are the states of all of
 * them, at every moment. */
#ifndef OFFBEAT_TESTS_PACT_MODEL_H
#define OFFBEAT_TESTS_PACT_MODEL_H

#include <offbeat/offbeat.h>

#define PACT_PARTICIPANTS 2u

enum {
    PACT_WRITE,
    PACT_REQUEST,
    PACT_PREPARE,
    PACT_VOTE,
    PACT_DECISION,
    PACT_ANSWER,
    PACT_TIMEOUT
};
enum { PACT_RIGHT, PACT_ONE_VOTE, PACT_WITH_TIMEOUT, PACT_LATE_VOTES, PACT_VARIANTS };
enum pact_outcome { PACT_OPEN, PACT_COMMITTED, PACT_ABORTED };

struct pact_coordinator {
    enum pact_outcome decision;
    unsigned votes;
};

static inline enum pact_outcome *pact_outcome(const struct ob_world *world, const char *name)
{
    return ob_state(ob_actor(world, name));
}

static inline void pact_client(struct ob_actor *self, const struct ob_message *message)
{
    enum pact_outcome *told = ob_state(self);
    if (message->kind == PACT_WRITE)
        ob_send(self, "coordinator", PACT_REQUEST, message->args[0]);
    else
        *told = message->args[0] == PACT_COMMITTED ? PACT_COMMITTED : PACT_ABORTED;
}

static inline void pact_decide(struct ob_actor *self, enum pact_outcome decision)
{
    struct pact_coordinator *coordinator = ob_state(self);
    coordinator->decision = decision;
    ob_send_all(self, "participant", PACT_DECISION, (uint32_t)decision);
    ob_send(self, "client", PACT_ANSWER, (uint32_t)decision);
}

static inline void pact_coordinator(struct ob_actor *self, const struct ob_message *message)
{
    struct pact_coordinator *coordinator = ob_state(self);
    unsigned variant = ob_variant(self);
    bool is_over = coordinator->decision != PACT_OPEN;
    if (message->kind == PACT_REQUEST) {
        ob_send_all(self, "participant", PACT_PREPARE, message->args[0]);
        if (variant >= PACT_WITH_TIMEOUT)
            (void)ob_timer_start(self, 60, PACT_TIMEOUT, 0);
    } else if (message->kind == PACT_TIMEOUT) {
        if (!is_over)
            pact_decide(self, PACT_ABORTED);
    } else if (!is_over || variant == PACT_LATE_VOTES) {
        coordinator->votes += message->args[0];
        if (!message->args[0] && !is_over)
            pact_decide(self, PACT_ABORTED);
        else if (coordinator->votes == (variant == PACT_ONE_VOTE ? 1 : PACT_PARTICIPANTS))
            pact_decide(self, PACT_COMMITTED);
    }
}

static inline void pact_participant(struct ob_actor *self, const struct ob_message *message)
{
    enum pact_outcome *outcome = ob_state(self);
    if (message->kind == PACT_DECISION) {
        if (*outcome == PACT_OPEN)
            *outcome = message->args[0] == PACT_COMMITTED ? PACT_COMMITTED : PACT_ABORTED;
        return;
    }
    bool says_yes = !(message->args[0] >> ob_index(self) & 1);
    if (!says_yes)
        *outcome = PACT_ABORTED;
    ob_reply(self, message, PACT_VOTE, (uint32_t)says_yes);
}

static inline void pact_check(struct ob_world *world)
{
    enum pact_outcome one = *pact_outcome(world, "participant.0");
    enum pact_outcome other = *pact_outcome(world, "participant.1");
    enum pact_outcome told = *pact_outcome(world, "client");
    bool has_aborted = one == PACT_ABORTED || other == PACT_ABORTED;
    OB_INVARIANT(world, outcomes_agree,
                 !has_aborted || (one != PACT_COMMITTED && other != PACT_COMMITTED));
    OB_INVARIANT(world, answer_is_true, told != PACT_COMMITTED || !has_aborted);
}

static inline void pact_check_end(struct ob_world *world)
{
    OB_INVARIANT(world, all_are_told,
                 *pact_outcome(world, "participant.0") != PACT_OPEN &&
                     *pact_outcome(world, "participant.1") != PACT_OPEN);
}

static inline void pact_setup(struct ob_world *world)
{
    (void)ob_spawn(world, "client", pact_client, sizeof(enum pact_outcome));
    (void)ob_spawn(world, "coordinator", pact_coordinator, sizeof(struct pact_coordinator));
    ob_spawn_many(world, "participant", PACT_PARTICIPANTS, pact_participant,
                  sizeof(enum pact_outcome));
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 40});
}

static const struct ob_target ob_target_pact = {
    .name = "pact",
    .variants = {[PACT_RIGHT] = "right",
                 [PACT_ONE_VOTE] = "one_vote",
                 [PACT_WITH_TIMEOUT] = "with_timeout",
                 [PACT_LATE_VOTES] = "late_votes"},
    .messages = {[PACT_WRITE] = {.name = "write", .to = "client", .args = {{"refusing", 0, 3}}},
                 [PACT_REQUEST] = {.name = "request", .args = {{.name = "refusing"}}},
                 [PACT_PREPARE] = {.name = "prepare", .args = {{.name = "refusing"}}},
                 [PACT_VOTE] = {.name = "vote", .args = {{.name = "yes"}}},
                 [PACT_DECISION] = {.name = "decision", .args = {{.name = "outcome"}}},
                 [PACT_ANSWER] = {.name = "answer", .args = {{.name = "outcome"}}},
                 [PACT_TIMEOUT] = {.name = "timeout"}},
    .setup = pact_setup,
    .check = pact_check,
    .check_quiescent = pact_check_end};

#endif
