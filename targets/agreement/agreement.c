/* Single-decree Paxos: proposers have acceptors accept a value, and learners learn which one a
 * majority has accepted. See README.md for what goes wrong. */
#include <offbeat/monitor.h>

#define PROPOSERS 2
#define ACCEPTORS 3
#define LEARNERS 2
#define MAJORITY (ACCEPTORS / 2 + 1)
#define ROUNDS 3
#define BALLOTS (ROUNDS * PROPOSERS + 1) /* that there can be, from 1 on */
#define VALUES_MAX 3                     /* values that are proposed, from 1 on */
#define ROUND_US 100000u                 /* after which a proposer tries again */

enum variant { RIGHT, QUORUM_TOO_SMALL, PROMISE_NOT_STORED, COUNTS_TWICE };
enum kind { PROPOSE, PREPARE, PROMISE, ACCEPT, ACCEPTED, DECIDED, ROUND_TIMEOUT };

/* -- proposers -- */

enum phase { IDLE, PREPARING, ACCEPTING, KNOWS };

struct proposer {
    enum phase phase;
    uint32_t value; /* its own, or that of the highest ballot that it has heard of */
    uint32_t ballot;
    uint32_t highest; /* the ballot of that value, 0 for its own */
    unsigned rounds;
    uint8_t promised; /* a set of acceptors */
    uint32_t timer;
};

static void begin_round(struct ob_actor *self, struct proposer *proposer)
{
    if (proposer->rounds == ROUNDS) {
        proposer->phase = IDLE;
        return;
    }
    proposer->ballot = proposer->rounds++ * PROPOSERS + ob_index(self) + 1;
    proposer->phase = PREPARING;
    proposer->promised = 0;
    ob_send_all(self, "acceptor", PREPARE, proposer->ballot);
    proposer->timer =
        ob_timer_start(self, ROUND_US << ob_index(self), ROUND_TIMEOUT, proposer->ballot);
}

/* With a quorum of promises, it proposes what one of them has accepted by the highest ballot. */
static void count_promise(struct ob_actor *self, struct proposer *proposer,
                          const struct ob_message *promise)
{
    int quorum = ob_variant(self) == QUORUM_TOO_SMALL ? MAJORITY - 1 : MAJORITY;

    if (proposer->phase != PREPARING || promise->args[0] != proposer->ballot)
        return;
    proposer->promised |= (uint8_t)(1u << ob_sender_index(self, promise));
    OB_SOMETIMES(ob_world(self), another_value_is_adopted,
                 promise->args[1] > proposer->highest && promise->args[2] != proposer->value);
    if (promise->args[1] > proposer->highest) {
        proposer->highest = promise->args[1];
        proposer->value = promise->args[2];
    }
    if (__builtin_popcount(proposer->promised) < quorum)
        return;
    proposer->phase = ACCEPTING;
    ob_send_all(self, "acceptor", ACCEPT, proposer->ballot, proposer->value);
}

static void proposer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct proposer *proposer = ob_state(self);

    switch (message->kind) {
    case PROPOSE:
        if (proposer->rounds > 0)
            return;
        proposer->value = message->args[0];
        begin_round(self, proposer);
        break;
    case PROMISE:
        count_promise(self, proposer, message);
        break;
    case DECIDED:
        (void)ob_timer_cancel(self, proposer->timer);
        proposer->rounds = ROUNDS;
        proposer->phase = KNOWS;
        break;
    case ROUND_TIMEOUT:
        OB_REACHABLE(tried_again);
        begin_round(self, proposer);
        break;
    default:
        ob_unexpected(self, message);
    }
    ob_declare_state(self, proposer->phase);
}

/* -- acceptors -- */

struct promises {
    uint32_t promised; /* takes part in no ballot that is lower */
    uint32_t ballot;   /* of what it has accepted, 0 for nothing */
    uint32_t value;
};

struct acceptor {
    struct promises *disk; /* survives a restart */
    struct promises now;
};

static void acceptor_start(struct ob_actor *self)
{
    struct acceptor *acceptor = ob_state(self);
    struct promises *disks = (struct promises *)ob_config(self);

    acceptor->disk = &disks[ob_index(self)];
    acceptor->now = *acceptor->disk;
}

static void acceptor_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct acceptor *acceptor = ob_state(self);
    struct promises *now = &acceptor->now;
    uint32_t ballot = message->args[0];

    if (message->kind != PREPARE && message->kind != ACCEPT)
        ob_unexpected(self, message);
    if (ballot < now->promised)
        return;
    now->promised = ballot;
    if (message->kind == PREPARE) {
        if (ob_variant(self) != PROMISE_NOT_STORED)
            *acceptor->disk = *now;
        ob_reply(self, message, PROMISE, ballot, now->ballot, now->value);
        return;
    }
    now->ballot = ballot;
    now->value = message->args[1];
    *acceptor->disk = *now;
    ob_send_all(self, "learner", ACCEPTED, ballot, now->value);
}

/* -- learners -- */

struct learner {
    uint32_t value;            /* 0: it does not know yet */
    uint8_t accepted[BALLOTS]; /* sets of acceptors */
    unsigned counts[BALLOTS];  /* messages */
};

static void learner_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct learner *learner = ob_state(self);
    uint32_t ballot = message->args[0];

    if (message->kind != ACCEPTED)
        ob_unexpected(self, message);
    learner->accepted[ballot] |= (uint8_t)(1u << ob_sender_index(self, message));
    learner->counts[ballot]++;
    unsigned senders = (unsigned)__builtin_popcount(learner->accepted[ballot]);
    if (ob_variant(self) == COUNTS_TWICE)
        senders = learner->counts[ballot];
    if (senders < MAJORITY || learner->value != 0)
        return;
    learner->value = message->args[1];
    ob_declare_state(self, learner->value);
    ob_send_all(self, "proposer", DECIDED, learner->value);
}

/* -- what must hold -- */

struct choice {
    uint8_t accepted[BALLOTS]; /* sets of acceptors */
    uint32_t values[BALLOTS];
    uint32_t chosen;       /* the value that a majority has accepted, 0 for none, */
    uint32_t first_ballot; /* and by which ballot it first had */
};

/* A ballot has one value; once a majority has accepted it, no majority accepts another one, and
 * learners learn no other. */
static void see_choice(struct ob_actor *self, const struct ob_sight *sight)
{
    struct ob_world *world = ob_world(self);
    struct choice *choice = ob_state(self);
    uint32_t ballot = sight->message->args[0];

    if (sight->message->kind == DECIDED) {
        OB_INVARIANT(world, what_is_learnt_was_chosen, sight->message->args[0] == choice->chosen,
                     "%s has learnt %u, and %s accepted by a majority",
                     ob_name(ob_actor_with_id(world, sight->actor)), sight->message->args[0],
                     choice->chosen ? "another value was" : "no value was");
        return;
    }
    choice->accepted[ballot] |= (uint8_t)(1u << ob_index(ob_actor_with_id(world, sight->actor)));
    choice->values[ballot] = sight->message->args[1];
    if (__builtin_popcount(choice->accepted[ballot]) < MAJORITY)
        return;
    OB_INVARIANT(world, one_value_is_chosen,
                 !choice->chosen || choice->chosen == choice->values[ballot],
                 "a majority has accepted %u, and now %u by ballot %u", choice->chosen,
                 choice->values[ballot], ballot);
    choice->chosen = choice->values[ballot];
    OB_STEP(self, chosen_by_two_ballots, first);
    if (choice->first_ballot == 0)
        choice->first_ballot = ballot;
    if (choice->first_ballot != ballot)
        OB_STEP(self, chosen_by_two_ballots, second);
}

static void describe_choice(const struct ob_actor *self, struct ob_text *text)
{
    const struct choice *choice = ob_state(self);

    for (unsigned ballot = 1; ballot < BALLOTS; ballot++)
        if (choice->accepted[ballot])
            ob_describe(text, "ballot %u has %u from %d; ", ballot, choice->values[ballot],
                        __builtin_popcount(choice->accepted[ballot]));
}

static const struct ob_monitor_type choice = {
    .name = "choice",
    .state_size = sizeof(struct choice),
    .observe = see_choice,
    .sights = OB_SIGHT_BIT(OB_SAW_SENT),
    .kinds = OB_KIND_BIT(ACCEPTED) | OB_KIND_BIT(DECIDED),
    .describe = describe_choice,
};

/* -- the target -- */

static void describe_proposer(const struct ob_actor *self, struct ob_text *text)
{
    static const char *const words[] = {[IDLE] = "has given up",
                                        [PREPARING] = "prepares",
                                        [ACCEPTING] = "asks to accept",
                                        [KNOWS] = "knows the decision"};
    const struct proposer *proposer = ob_state(self);

    if (proposer->phase == PREPARING || proposer->phase == ACCEPTING)
        ob_describe(text, "%s %u by ballot %u", words[proposer->phase], proposer->value,
                    proposer->ballot);
    else if (proposer->rounds > 0)
        ob_describe(text, "%s", words[proposer->phase]);
}

static void describe_acceptor(const struct ob_actor *self, struct ob_text *text)
{
    const struct acceptor *acceptor = ob_state(self);

    if (acceptor->now.promised)
        ob_describe(text, "has promised ballot %u; ", acceptor->now.promised);
    if (acceptor->now.ballot)
        ob_describe(text, "has accepted %u by ballot %u", acceptor->now.value,
                    acceptor->now.ballot);
}

static void describe_learner(const struct ob_actor *self, struct ob_text *text)
{
    const struct learner *learner = ob_state(self);

    if (learner->value)
        ob_describe(text, "has learnt %u", learner->value);
}

static void spawn(struct ob_world *world, const char *name, unsigned count, ob_handler *receive,
                  size_t state_size,
                  void (*describe)(const struct ob_actor *self, struct ob_text *text))
{
    ob_spawn_many(world, name, count, receive, state_size);
    for (unsigned index = 0; index < count; index++)
        ob_on_describe(ob_member(world, name, index), describe);
}

static void setup(struct ob_world *world)
{
    struct promises *disks = ob_alloc(world, ACCEPTORS * sizeof *disks);

    spawn(world, "proposer", PROPOSERS, proposer_receive, sizeof(struct proposer),
          describe_proposer);
    spawn(world, "acceptor", ACCEPTORS, acceptor_receive, sizeof(struct acceptor),
          describe_acceptor);
    spawn(world, "learner", LEARNERS, learner_receive, sizeof(struct learner), describe_learner);
    for (unsigned index = 0; index < ACCEPTORS; index++) {
        ob_set_config(ob_member(world, "acceptor", index), disks);
        ob_on_start(ob_member(world, "acceptor", index), acceptor_start);
    }
    ob_link(world, "*", "*",
            (struct ob_link){.unordered = true, .lossy = true, .duplicating = true});
    ob_allow(world, "acceptor", (struct ob_faults){.restart = true});
    (void)ob_spawn_monitor(world, &choice);
}

OB_TARGET(
    agreement, .summary = "single-decree Paxos: two proposers, three acceptors, two learners",
    .variants = {[RIGHT] = "right",
                 [QUORUM_TOO_SMALL] = "quorum_too_small",
                 [PROMISE_NOT_STORED] = "promise_not_stored",
                 [COUNTS_TWICE] = "counts_twice"},
    .fails = {[QUORUM_TOO_SMALL] = true, [PROMISE_NOT_STORED] = true, [COUNTS_TWICE] = true},
    .messages =
        {
            [PROPOSE] = {.name = "propose", .to = "proposer", .args = {{"value", 1, VALUES_MAX}}},
            [PREPARE] = {.name = "prepare", .args = {{.name = "ballot"}}},
            [PROMISE] = {.name = "promise",
                         .args = {{.name = "ballot"}, {.name = "accepted"}, {.name = "value"}}},
            [ACCEPT] = {.name = "accept", .args = {{.name = "ballot"}, {.name = "value"}}},
            [ACCEPTED] = {.name = "accepted", .args = {{.name = "ballot"}, {.name = "value"}}},
            [DECIDED] = {.name = "decided", .args = {{.name = "value"}}},
            [ROUND_TIMEOUT] = {.name = "round_timeout", .args = {{.name = "ballot"}}},
        },
    .goals = {{.name = "another_value_is_adopted"},
              {.name = "tried_again"},
              {.name = "chosen_by_two_ballots", .steps = {"first", "second"}}},
    .setup = setup);
