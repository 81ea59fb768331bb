/* Two-phase commit: a coordinator asks three participants to prepare a write, and commits it when
 * all of them have said yes. Two clients write twice each and read back what they have written.
 *
 * one_vote_too_few: it commits without waiting for the last vote.
 * progress: a client waits until it reads its own write, which it never does when the other one has
 * written the same key in between.
 * goal_…: no mistakes, but rare scenarios whose violation says that they were reached: a
 * participant may fail, and a commit comes after an abort, or two commits happen. */
#include "machines.h"

#define CLIENTS 2
#define PARTICIPANTS 3
#define WRITES 2 /* of each client */
#define TRANSACTIONS (CLIENTS * WRITES)
#define KEYS 10
#define TURNS 2 /* that a timer waits */

enum variant { RIGHT, ONE_VOTE_TOO_FEW, PROGRESS, GOAL_COMMIT_AFTER_ABORT, GOAL_TWO_COMMITS };
enum kind {
    GO,
    FAIL,
    BEGIN,
    WRITE,
    WRITTEN,
    READ,
    VALUE,
    PREPARE,
    VOTE,
    COMMIT,
    ABORT,
    STOP,
    START_TIMER,
    WAIT,
    CANCEL,
    TIMEOUT
};

struct driver {
    bool went, failed;
};
struct client {
    bool done;
};
struct coordinator {
    uint32_t commits, aborts;
    bool commit_after_abort;
    bool committed[TRANSACTIONS + 1]; /* transactions count from 1 */
};
struct participant {
    bool yes[TRANSACTIONS + 1];
    uint32_t keys[TRANSACTIONS + 1]; /* of what is prepared */
    uint32_t stored[KEYS];           /* the transaction that has written a key last, 0 for none */
};

static bool fails(const struct ob_actor *self)
{
    return ob_variant(self) >= GOAL_COMMIT_AFTER_ABORT;
}

/* From outside come the keys that clients write, and a failure; of each the first counts. */
static void run_driver(struct ob_actor *self)
{
    struct driver *driver = ob_state(self);

    for (;;) {
        const struct ob_message *message = ob_receive(self, GO, FAIL);
        if (message->kind == FAIL) {
            if (fails(self) && !driver->failed)
                ob_send(self, "participant.2", STOP);
            driver->failed = true;
        } else if (!driver->went) {
            ob_send(self, "client.0", BEGIN, message->args[0], message->args[1]);
            ob_send(self, "client.1", BEGIN, message->args[2], message->args[3]);
            driver->went = true;
        }
    }
}

/* Whether what was read satisfies who has just written. */
static bool is_confirmed(const struct ob_actor *self, uint32_t transaction, uint32_t read)
{
    return ob_variant(self) == PROGRESS ? read == transaction : read != 0;
}

static void run_client(struct ob_actor *self)
{
    struct client *client = ob_state(self);
    const struct ob_message *begin = ob_receive(self, BEGIN);

    for (uint32_t count = 0; count < WRITES; count++) {
        uint32_t transaction = 1 + ob_index(self) * WRITES + count;
        ob_send(self, "coordinator", WRITE, transaction, begin->args[count]);
        if (!ob_receive(self, WRITTEN)->args[0])
            continue; /* refused, or given up */
        ob_send(self, "coordinator", READ, begin->args[count]);
        while (!is_confirmed(self, transaction, ob_receive(self, VALUE)->args[0]))
            continue; /* waits for the news of its write */
    }
    client->done = true;
    ob_receive(self, BEGIN);
}

static void tell_participants(struct ob_actor *self, enum kind kind, uint32_t transaction,
                              uint32_t key)
{
    for (unsigned id = 1; id <= PARTICIPANTS; id++) /* they are spawned first */
        send_in_turn(self, id, kind, transaction, key);
}

static void decide(struct ob_actor *self, const struct ob_message *write, bool commit)
{
    struct coordinator *coordinator = ob_state(self);

    tell_participants(self, commit ? COMMIT : ABORT, write->args[0], 0);
    coordinator->commits += commit;
    coordinator->aborts += !commit;
    coordinator->commit_after_abort |= commit && coordinator->aborts > 0;
    coordinator->committed[write->args[0]] = commit;
    send_in_turn(self, write->from, WRITTEN, commit);
}

static void forward_read(struct ob_actor *self, const struct ob_message *read)
{
    ob_send(self, "participant.0", READ, read->args[0], read->from);
}

/* Returns whether all of the votes that it waits for are yes. */
static bool collect_votes(struct ob_actor *self, const struct ob_message *write)
{
    unsigned votes = ob_variant(self) == ONE_VOTE_TOO_FEW ? PARTICIPANTS - 1 : PARTICIPANTS;

    ob_send(self, "timer", START_TIMER, write->args[0]);
    while (votes > 0) {
        const struct ob_message *message = ob_receive(self, VOTE, TIMEOUT, READ);
        if (message->kind == READ) {
            forward_read(self, message);
            continue;
        }
        if (message->args[0] != write->args[0])
            continue; /* of an earlier transaction */
        if (message->kind == TIMEOUT || !message->args[1])
            break;
        votes--;
    }
    ob_send(self, "timer", CANCEL, write->args[0]);
    return votes == 0;
}

static void run_coordinator(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *message = ob_receive(self, WRITE, READ, VOTE, TIMEOUT);
        if (message->kind == READ) {
            forward_read(self, message);
        } else if (message->kind == WRITE) {
            tell_participants(self, PREPARE, message->args[0], message->args[1]);
            decide(self, message, collect_votes(self, message));
        }
    }
}

/* Fires after some turns of its own, unless it is cancelled before. */
static void run_timer(struct ob_actor *self)
{
    unsigned turns = fails(self) ? 0 : TURNS;

    for (;;) {
        uint32_t transaction = ob_receive(self, START_TIMER)->args[0];
        bool runs = true;
        for (unsigned turn = 0; runs && turn < turns; turn++) {
            ob_send(self, "timer", WAIT, transaction);
            const struct ob_message *message;
            do
                message = ob_receive(self, WAIT, CANCEL);
            while (message->args[0] != transaction);
            runs = message->kind == WAIT;
        }
        if (runs)
            ob_send(self, "coordinator", TIMEOUT, transaction);
    }
}

static void run_participant(struct ob_actor *self)
{
    struct participant *participant = ob_state(self);

    for (;;) {
        const struct ob_message *message = ob_receive(self, PREPARE, COMMIT, ABORT, READ, STOP);
        uint32_t transaction = message->args[0];
        switch (message->kind) {
        case PREPARE: /* older transactions do not replace what newer ones have written */
            participant->keys[transaction] = message->args[1];
            participant->yes[transaction] = transaction > participant->stored[message->args[1]];
            ob_reply(self, message, VOTE, transaction, participant->yes[transaction]);
            break;
        case COMMIT:
            participant->stored[participant->keys[transaction]] = transaction;
            break;
        case READ:
            ob_send_to(self, message->args[1], VALUE, participant->stored[message->args[0]]);
            break;
        case STOP:
            return;
        default:
            break;
        }
    }
}

static void check(struct ob_world *world)
{
    const struct coordinator *coordinator = ob_state(ob_actor(world, "coordinator"));
    unsigned variant = ob_world_variant(world);

    for (uint32_t transaction = 1; transaction <= TRANSACTIONS; transaction++)
        for (unsigned id = 1; id <= PARTICIPANTS; id++) {
            const struct participant *participant = ob_state(ob_actor_with_id(world, id));
            OB_INVARIANT(world, all_have_agreed,
                         !coordinator->committed[transaction] || participant->yes[transaction],
                         "transaction %u is committed without the vote of participant %u",
                         transaction, id - 1);
        }
    OB_INVARIANT(world, goal_commit_after_abort,
                 variant != GOAL_COMMIT_AFTER_ABORT || !coordinator->commit_after_abort,
                 "%u commits, the last after an abort", coordinator->commits);
    OB_INVARIANT(world, goal_two_commits, variant != GOAL_TWO_COMMITS || coordinator->commits < 2,
                 "two commits");
}

static void check_quiescent(struct ob_world *world)
{
    const struct driver *driver = ob_state(ob_actor(world, "driver"));
    const struct client *first = ob_state(ob_actor(world, "client.0"));
    const struct client *second = ob_state(ob_actor(world, "client.1"));

    OB_INVARIANT(world, every_client_ends,
                 !driver->went || (first->done && second->done) ||
                     ob_world_variant(world) >= GOAL_COMMIT_AFTER_ABORT,
                 "a client waits for its own write");
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "participant", PARTICIPANTS, run_participant,
                          sizeof(struct participant));
    ob_spawn_process(world, "timer", run_timer, 0);
    ob_spawn_process(world, "coordinator", run_coordinator, sizeof(struct coordinator));
    ob_spawn_process_many(world, "client", CLIENTS, run_client, sizeof(struct client));
    ob_spawn_process(world, "driver", run_driver, sizeof(struct driver));
    machines(world);
}

OB_TARGET(two_phase, .summary = "two-phase commit with two clients and three participants",
          .variants = {[RIGHT] = "right",
                       [ONE_VOTE_TOO_FEW] = "one_vote_too_few",
                       [PROGRESS] = "progress",
                       [GOAL_COMMIT_AFTER_ABORT] = "goal_commit_after_abort",
                       [GOAL_TWO_COMMITS] = "goal_two_commits"},
          .fails = {[ONE_VOTE_TOO_FEW] = true,
                    [PROGRESS] = true,
                    [GOAL_COMMIT_AFTER_ABORT] = true,
                    [GOAL_TWO_COMMITS] = true},
          .messages =
              {
                  [GO] = {.name = "go",
                          .to = "driver",
                          .args = {{"first", 0, KEYS - 1},
                                   {"second", 0, KEYS - 1},
                                   {"third", 0, KEYS - 1},
                                   {"fourth", 0, KEYS - 1}}},
                  [FAIL] = {.name = "fail", .to = "driver"},
                  [BEGIN] = {.name = "begin", .args = {{.name = "first"}, {.name = "second"}}},
                  [WRITE] = {.name = "write", .args = {{.name = "transaction"}, {.name = "key"}}},
                  [WRITTEN] = {.name = "written", .args = {{.name = "yes"}}},
                  [READ] = {.name = "read", .args = {{.name = "key"}, {.name = "client"}}},
                  [VALUE] = {.name = "value", .args = {{.name = "transaction"}}},
                  [PREPARE] = {.name = "prepare",
                               .args = {{.name = "transaction"}, {.name = "key"}}},
                  [VOTE] = {.name = "vote", .args = {{.name = "transaction"}, {.name = "yes"}}},
                  [COMMIT] = {.name = "commit", .args = {{.name = "transaction"}}},
                  [ABORT] = {.name = "abort", .args = {{.name = "transaction"}}},
                  [STOP] = {.name = "stop"},
                  [START_TIMER] = {.name = "start_timer", .args = {{.name = "transaction"}}},
                  [WAIT] = {.name = "wait", .args = {{.name = "transaction"}}},
                  [CANCEL] = {.name = "cancel", .args = {{.name = "transaction"}}},
                  [TIMEOUT] = {.name = "timeout", .args = {{.name = "transaction"}}},
              },
          .setup = setup, .check = check, .check_quiescent = check_quiescent);
