/* Two-phase commit with presumed abort: a coordinator has three participants vote on what clients
 * write, and commits it when all of them have said yes. See README.md for what goes wrong. */
#include <offbeat/monitor.h>

#define PARTICIPANTS 3
#define CLIENTS_MAX 3
#define TRIES 2  /* of a client; each is a transaction of its own */
#define WRITES 2 /* of a client */
#define TRANSACTIONS (CLIENTS_MAX * TRIES * WRITES)
#define ALL_PARTICIPANTS ((1u << PARTICIPANTS) - 1)
#define VOTES_US 100000  /* the coordinator waits for votes, */
#define ANSWER_US 250000 /* a client for its answer, */
#define DOUBT_US 150000  /* and a participant for the decision, before it asks for it */

enum variant { RIGHT, THREE_CLIENTS, ONE_VOTE_TOO_FEW, LOST_DECISION, NO_LOG };
enum kind {
    WRITE,
    REQUEST,
    PREPARE,
    VOTE,
    COMMIT,
    ABORT,
    DONE,
    INQUIRE,
    ANSWER,
    VOTES_TIMEOUT,
    ANSWER_TIMEOUT,
    ASK_AGAIN
};
enum choice { PARTICIPANT_VOTES };
enum { VOTES_YES, VOTES_NO, VOTES };

/* -- clients -- */

enum outcome { OPEN, COMMITTED, ABORTED, UNKNOWN };

struct client {
    uint32_t transactions; /* begun so far */
    uint32_t timer;
    unsigned tries; /* of the write that goes on; 0: none does */
    unsigned writes;
    enum outcome last;
};

static void client_try(struct ob_actor *self, struct client *client)
{
    uint32_t transaction = ob_index(self) * TRIES * WRITES + client->transactions++;

    client->tries++;
    client->last = OPEN;
    ob_send(self, "coordinator", REQUEST, transaction);
    client->timer = ob_timer_start(self, ANSWER_US, ANSWER_TIMEOUT, transaction);
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case WRITE:
        if (client->tries > 0 || client->writes == WRITES)
            return;
        client->writes++;
        client_try(self, client);
        break;
    case ANSWER: /* one that comes after its timeout is none */
        if (client->tries == 0 || !ob_timer_cancel(self, client->timer))
            return;
        client->last = message->args[1] ? COMMITTED : ABORTED;
        client->tries = 0;
        break;
    case ANSWER_TIMEOUT:
        client->last = UNKNOWN;
        if (client->tries < TRIES)
            client_try(self, client);
        else
            client->tries = 0;
        break;
    default:
        ob_unexpected(self, message);
    }
}

/* -- the coordinator -- */

/* What it has decided to commit, until all participants have done that. */
struct log {
    bool committed[TRANSACTIONS];
    uint8_t done[TRANSACTIONS]; /* a set of participants */
};

/* A transaction that is voted on. */
struct ballot {
    bool is_open;
    uint8_t yes; /* a set of participants */
    uint16_t client;
    uint32_t timer;
};

struct coordinator {
    struct log *log;      /* on a disk, so it survives crashes, */
    struct log in_memory; /* and this does not */
    struct ballot ballots[TRANSACTIONS];
};

static struct log *log_of(struct ob_actor *self, struct coordinator *coordinator)
{
    return ob_variant(self) == NO_LOG ? &coordinator->in_memory : coordinator->log;
}

/* Aborts are not logged: what is not known was aborted. */
static void decide(struct ob_actor *self, uint32_t transaction, bool commits)
{
    struct coordinator *coordinator = ob_state(self);
    struct ballot *ballot = &coordinator->ballots[transaction];

    ballot->is_open = false;
    (void)ob_timer_cancel(self, ballot->timer);
    if (commits && ob_variant(self) != LOST_DECISION)
        log_of(self, coordinator)->committed[transaction] = true;
    ob_send_all(self, "participant", commits ? COMMIT : ABORT, transaction);
    ob_send_to(self, ballot->client, ANSWER, transaction, commits);
}

static void count_vote(struct ob_actor *self, const struct ob_message *vote)
{
    struct coordinator *coordinator = ob_state(self);
    struct ballot *ballot = &coordinator->ballots[vote->args[0]];
    int needed = ob_variant(self) == ONE_VOTE_TOO_FEW ? PARTICIPANTS - 1 : PARTICIPANTS;

    if (!ballot->is_open)
        return; /* decided, or of an earlier life */
    if (vote->args[1] == VOTES_NO) {
        decide(self, vote->args[0], false);
        return;
    }
    ballot->yes |= (uint8_t)(1u << ob_sender_index(self, vote));
    if (__builtin_popcount(ballot->yes) >= needed)
        decide(self, vote->args[0], true);
}

static void begin(struct ob_actor *self, const struct ob_message *request)
{
    struct coordinator *coordinator = ob_state(self);
    uint32_t transaction = request->args[0];

    coordinator->ballots[transaction] =
        (struct ballot){.is_open = true,
                        .client = request->from,
                        .timer = ob_timer_start(self, VOTES_US, VOTES_TIMEOUT, transaction)};
    ob_send_all(self, "participant", PREPARE, transaction);
}

/* What is neither voted on nor logged was never committed. */
static void answer_inquiry(struct ob_actor *self, const struct ob_message *inquiry)
{
    struct coordinator *coordinator = ob_state(self);
    uint32_t transaction = inquiry->args[0];

    if (log_of(self, coordinator)->committed[transaction]) {
        OB_REACHABLE(from_log);
        ob_reply(self, inquiry, COMMIT, transaction);
    } else if (!coordinator->ballots[transaction].is_open) {
        OB_REACHABLE(presumed);
        ob_reply(self, inquiry, ABORT, transaction);
    }
}

static void note_done(struct ob_actor *self, const struct ob_message *done)
{
    struct log *log = log_of(self, ob_state(self));
    uint32_t transaction = done->args[0];

    log->done[transaction] |= (uint8_t)(1u << ob_sender_index(self, done));
    if (log->done[transaction] == ALL_PARTICIPANTS)
        log->committed[transaction] = false; /* nobody will ask any more */
}

static void coordinator_start(struct ob_actor *self)
{
    struct coordinator *coordinator = ob_state(self);

    coordinator->log = (struct log *)ob_config(self);
}

static void coordinator_receive(struct ob_actor *self, const struct ob_message *message)
{
    switch (message->kind) {
    case REQUEST:
        begin(self, message);
        break;
    case VOTE:
        count_vote(self, message);
        break;
    case VOTES_TIMEOUT:
        decide(self, message->args[0], false);
        break;
    case INQUIRE:
        answer_inquiry(self, message);
        break;
    case DONE:
        note_done(self, message);
        break;
    default:
        ob_unexpected(self, message);
    }
}

/* -- participants -- */

enum part { IDLE, PREPARED, HAS_COMMITTED, HAS_ABORTED };

struct participant {
    enum part parts[TRANSACTIONS];
    uint32_t timers[TRANSACTIONS];
};

static bool is_in_doubt(const struct participant *participant)
{
    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        if (participant->parts[transaction] == PREPARED)
            return true;
    return false;
}

static void ask_later(struct ob_actor *self, struct participant *participant, uint32_t transaction)
{
    participant->timers[transaction] = ob_timer_start(self, DOUBT_US, ASK_AGAIN, transaction);
}

/* Says no when it cannot promise to commit, and need not wait for a decision then. */
static void vote(struct ob_actor *self, const struct ob_message *prepare)
{
    struct participant *participant = ob_state(self);
    uint32_t transaction = prepare->args[0];
    bool says_no = ob_choose_at(self, PARTICIPANT_VOTES, VOTES) == VOTES_NO;

    participant->parts[transaction] = says_no ? HAS_ABORTED : PREPARED;
    ob_reply(self, prepare, VOTE, transaction, says_no ? VOTES_NO : VOTES_YES);
    if (!says_no)
        ask_later(self, participant, transaction);
}

/* Commits what it has promised to commit, and nothing else. */
static void finish(struct ob_actor *self, const struct ob_message *decision)
{
    struct participant *participant = ob_state(self);
    uint32_t transaction = decision->args[0];
    enum part *part = &participant->parts[transaction];

    if (*part == PREPARED)
        (void)ob_timer_cancel(self, participant->timers[transaction]);
    else if (decision->kind == COMMIT && *part != HAS_COMMITTED)
        ob_unexpected(self, decision);
    if (*part != HAS_COMMITTED)
        *part = decision->kind == COMMIT ? HAS_COMMITTED : HAS_ABORTED;
    if (decision->kind == COMMIT)
        ob_reply(self, decision, DONE, transaction);
}

static void participant_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct participant *participant = ob_state(self);

    switch (message->kind) {
    case PREPARE:
        vote(self, message);
        break;
    case COMMIT:
    case ABORT:
        finish(self, message);
        break;
    case ASK_AGAIN:
        ob_send(self, "coordinator", INQUIRE, message->args[0]);
        ask_later(self, participant, message->args[0]);
        break;
    default:
        ob_unexpected(self, message);
    }
    ob_declare_state(self, is_in_doubt(participant));
}

/* -- what must hold: by transaction, sets of participants -- */

static unsigned bit_of(const struct ob_actor *monitor, unsigned participant)
{
    return 1u << ob_index(ob_actor_with_id(ob_world(monitor), participant));
}

struct outcomes {
    uint8_t yes[TRANSACTIONS];
    uint8_t committed[TRANSACTIONS];
    uint8_t aborted[TRANSACTIONS]; /* was told so, or has voted no */
};

static void see_outcome(struct ob_actor *self, const struct ob_sight *sight)
{
    struct ob_world *world = ob_world(self);
    struct outcomes *seen = ob_state(self);
    uint32_t transaction = sight->message->args[0];

    if (sight->what == OB_SAW_SENT && sight->message->kind == VOTE)
        (sight->message->args[1] == VOTES_YES ? seen->yes : seen->aborted)[transaction] |=
            (uint8_t)bit_of(self, sight->actor);
    else if (sight->what == OB_SAW_SENT && sight->message->kind == COMMIT)
        OB_INVARIANT(world, commit_needs_every_vote, seen->yes[transaction] == ALL_PARTICIPANTS,
                     "T%u is committed with %d of %d votes", transaction,
                     __builtin_popcount(seen->yes[transaction]), PARTICIPANTS);
    else if (sight->what == OB_SAW_DELIVERED && sight->message->kind == COMMIT)
        seen->committed[transaction] |= (uint8_t)bit_of(self, sight->actor);
    else if (sight->what == OB_SAW_DELIVERED && sight->message->kind == ABORT)
        seen->aborted[transaction] |=
            (uint8_t)(bit_of(self, sight->actor) & ~seen->committed[transaction]);
    OB_INVARIANT(world, outcomes_agree,
                 !seen->committed[transaction] || !seen->aborted[transaction],
                 "%d participants have committed T%u, and %d aborted it",
                 __builtin_popcount(seen->committed[transaction]), transaction,
                 __builtin_popcount(seen->aborted[transaction]));
}

static void describe_outcomes(const struct ob_actor *self, struct ob_text *text)
{
    const struct outcomes *seen = ob_state(self);

    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        if (seen->yes[transaction] | seen->aborted[transaction])
            ob_describe(text, "T%u: %d yes, %d committed, %d aborted; ", transaction,
                        __builtin_popcount(seen->yes[transaction]),
                        __builtin_popcount(seen->committed[transaction]),
                        __builtin_popcount(seen->aborted[transaction]));
}

static const struct ob_monitor_type outcomes = {
    .name = "outcomes",
    .state_size = sizeof(struct outcomes),
    .observe = see_outcome,
    .sights = OB_SIGHT_BIT(OB_SAW_SENT) | OB_SIGHT_BIT(OB_SAW_DELIVERED),
    .kinds = OB_KIND_BIT(VOTE) | OB_KIND_BIT(COMMIT) | OB_KIND_BIT(ABORT),
    .describe = describe_outcomes,
};

/* Nobody waits for a decision for ever, unless who decides is down. */
enum { DECIDED, IN_DOUBT, BLOCKED };

struct doubt {
    uint8_t waits[TRANSACTIONS];
    bool is_down;
};

static void note_doubt(struct ob_actor *self, struct doubt *doubt, const struct ob_sight *sight)
{
    uint8_t *waits = &doubt->waits[sight->message->args[0]];
    uint8_t bit = (uint8_t)bit_of(self, sight->actor);

    if (sight->message->kind != VOTE && sight->what == OB_SAW_DELIVERED)
        *waits &= (uint8_t)~bit;
    else if (sight->message->kind == VOTE && sight->what == OB_SAW_SENT &&
             sight->message->args[1] == VOTES_YES)
        *waits |= bit;
}

static void see_doubt(struct ob_actor *self, const struct ob_sight *sight)
{
    struct doubt *doubt = ob_state(self);
    bool waits = false;

    if (sight->what == OB_SAW_CRASHED || sight->what == OB_SAW_STARTED)
        doubt->is_down = sight->what == OB_SAW_CRASHED;
    else
        note_doubt(self, doubt, sight);
    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        waits |= doubt->waits[transaction] != 0;
    ob_declare_state(self, !waits ? DECIDED : doubt->is_down ? BLOCKED : IN_DOUBT);
}

static const struct ob_monitor_type doubt = {
    .name = "doubt",
    .state_size = sizeof(struct doubt),
    .observe = see_doubt,
    .sights = OB_SIGHT_BIT(OB_SAW_SENT) | OB_SIGHT_BIT(OB_SAW_DELIVERED) |
              OB_SIGHT_BIT(OB_SAW_CRASHED) | OB_SIGHT_BIT(OB_SAW_STARTED),
    .kinds = OB_KIND_BIT(VOTE) | OB_KIND_BIT(COMMIT) | OB_KIND_BIT(ABORT),
    .states = {[DECIDED] = {"decided", false},
               [IN_DOUBT] = {"in_doubt", true},
               [BLOCKED] = {"blocked", false}},
    .hot_us_max = 1000000,
    .hot_violates = OB_VIOLATES(doubt_ends),
};

/* -- what some run should come to -- */

static void see_answer(struct ob_actor *self, const struct ob_sight *sight)
{
    if (sight->message->args[1]) {
        OB_STEP(self, two_commits, second); /* before the first, so that each is one step */
        OB_STEP(self, two_commits, first);
        OB_STEP(self, commit_after_abort, commit);
    } else {
        OB_STEP(self, commit_after_abort, abort);
    }
}

static const struct ob_monitor_type answers = {
    .name = "answers",
    .observe = see_answer,
    .sights = OB_SIGHT_BIT(OB_SAW_SENT),
    .kinds = OB_KIND_BIT(ANSWER),
};

/* -- the target -- */

static void describe_transactions(struct ob_text *text, const char *what, const bool *is_listed)
{
    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        if (is_listed[transaction])
            ob_describe(text, "T%u %s; ", transaction, what);
}

static void describe_client(const struct ob_actor *self, struct ob_text *text)
{
    static const char *const outcomes_of_last[] = {[OPEN] = "waits",
                                                   [COMMITTED] = "was told of a commit",
                                                   [ABORTED] = "was told of an abort",
                                                   [UNKNOWN] = "was told nothing"};
    const struct client *client = ob_state(self);

    if (client->transactions > 0)
        ob_describe(text, "%s", outcomes_of_last[client->last]);
}

static void describe_coordinator(const struct ob_actor *self, struct ob_text *text)
{
    const struct coordinator *coordinator = ob_state(self);

    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        if (coordinator->ballots[transaction].is_open)
            ob_describe(text, "T%u has %d votes; ", transaction,
                        __builtin_popcount(coordinator->ballots[transaction].yes));
    if (coordinator->log)
        describe_transactions(text, "is logged", coordinator->log->committed);
    describe_transactions(text, "is remembered", coordinator->in_memory.committed);
}

static void describe_participant(const struct ob_actor *self, struct ob_text *text)
{
    static const char *const words[] = {
        [PREPARED] = "prepared", [HAS_COMMITTED] = "committed", [HAS_ABORTED] = "aborted"};
    const struct participant *participant = ob_state(self);

    for (unsigned transaction = 0; transaction < TRANSACTIONS; transaction++)
        if (participant->parts[transaction] != IDLE)
            ob_describe(text, "T%u %s; ", transaction, words[participant->parts[transaction]]);
}

static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    if (message->kind == WRITE)
        return;
    ob_describe(text, "T%u", message->args[0]);
    if (message->kind == VOTE)
        ob_describe(text, message->args[1] == VOTES_YES ? ", yes" : ", no");
    if (message->kind == ANSWER)
        ob_describe(text, message->args[1] ? ", yes" : ", no");
}

static void setup(struct ob_world *world)
{
    unsigned clients = ob_world_variant(world) == THREE_CLIENTS ? CLIENTS_MAX : 1;

    ob_spawn_many(world, "client", clients, client_receive, sizeof(struct client));
    struct ob_actor *coordinator =
        ob_spawn(world, "coordinator", coordinator_receive, sizeof(struct coordinator));
    ob_spawn_many(world, "participant", PARTICIPANTS, participant_receive,
                  sizeof(struct participant));
    ob_set_config(coordinator, ob_alloc(world, sizeof(struct log)));
    ob_on_start(coordinator, coordinator_start);
    ob_on_describe(coordinator, describe_coordinator);
    for (unsigned index = 0; index < clients; index++)
        ob_on_describe(ob_member(world, "client", index), describe_client);
    for (unsigned index = 0; index < PARTICIPANTS; index++)
        ob_on_describe(ob_member(world, "participant", index), describe_participant);
    ob_link(world, "coordinator", "participant", (struct ob_link){.lossy = true});
    ob_link(world, "participant", "coordinator", (struct ob_link){.lossy = true});
    ob_allow(world, "coordinator", (struct ob_faults){.restart = true});
    (void)ob_spawn_monitor(world, &outcomes);
    (void)ob_spawn_monitor(world, &doubt);
    (void)ob_spawn_monitor(world, &answers);
}

OB_TARGET(commit, .summary = "two-phase commit with presumed abort: clients and three participants",
          .variants = {[RIGHT] = "right",
                       [THREE_CLIENTS] = "three_clients",
                       [ONE_VOTE_TOO_FEW] = "one_vote_too_few",
                       [LOST_DECISION] = "lost_decision",
                       [NO_LOG] = "no_log"},
          .fails = {[ONE_VOTE_TOO_FEW] = true, [LOST_DECISION] = true, [NO_LOG] = true},
          .messages =
              {
                  [WRITE] = {.name = "write", .to = "client"},
                  [REQUEST] = {.name = "request", .args = {{.name = "transaction"}}},
                  [PREPARE] = {.name = "prepare", .args = {{.name = "transaction"}}},
                  [VOTE] = {.name = "vote", .args = {{.name = "transaction"}, {.name = "no"}}},
                  [COMMIT] = {.name = "commit", .args = {{.name = "transaction"}}},
                  [ABORT] = {.name = "abort", .args = {{.name = "transaction"}}},
                  [DONE] = {.name = "done", .args = {{.name = "transaction"}}},
                  [INQUIRE] = {.name = "inquire", .args = {{.name = "transaction"}}},
                  [ANSWER] = {.name = "answer", .args = {{.name = "transaction"}, {.name = "yes"}}},
                  [VOTES_TIMEOUT] = {.name = "votes_timeout", .args = {{.name = "transaction"}}},
                  [ANSWER_TIMEOUT] = {.name = "answer_timeout", .args = {{.name = "transaction"}}},
                  [ASK_AGAIN] = {.name = "ask_again", .args = {{.name = "transaction"}}},
              },
          .goals = {{.name = "commit_after_abort", .steps = {"abort", "commit"}},
                    {.name = "two_commits", .steps = {"first", "second"}},
                    {.name = "from_log"},
                    {.name = "presumed"}},
          .choices = {[PARTICIPANT_VOTES] = "vote"}, .setup = setup,
          .describe_message = describe_message, .settle_us = 3000000);
