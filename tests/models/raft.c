/* Raft: three servers elect leaders and replicate a log of values. Election timers fire by chance,
 * twice at most on each server; nothing gets lost.
 *
 * votes_blindly: a server votes for a candidate whose log lacks what its own has.
 * goal_two_terms: no mistake, but a rare scenario whose violation says that it was reached: values
 * are committed in two terms. */
#include "machines.h"

#define SERVERS 3
#define ENTRIES 4   /* of a log, from 1 */
#define ELECTIONS 2 /* that a server may begin */
#define VALUES 2    /* that clients may give to one leader */

enum variant { RIGHT, VOTES_BLINDLY, GOAL_TWO_TERMS };
enum kind { PUT, TIMER, REQUEST_VOTE, VOTE, APPEND, APPENDED };
enum role { FOLLOWER, CANDIDATE, LEADER };

struct entry {
    uint32_t term;
    uint32_t value;
};
struct server {
    uint32_t term;
    uint32_t voted_for; /* an id, 0 for none */
    enum role role;
    uint32_t votes;
    uint32_t elections;
    uint32_t timer;
    uint32_t length; /* of the log */
    uint32_t committed;
    uint32_t values; /* taken as a leader */
    struct entry log[ENTRIES + 1];
    uint32_t next[SERVERS + 1];  /* by id: what to send next */
    uint32_t match[SERVERS + 1]; /* and what is known to be there */
};

/* An entry in one argument: its term and its value. */
static uint32_t packed(struct entry entry)
{
    return entry.term << 16 | entry.value;
}

static void follow(struct ob_actor *self, struct server *server, uint32_t term)
{
    if (term > server->term)
        server->voted_for = 0;
    server->term = term;
    server->role = FOLLOWER;
    ob_declare_state(self, FOLLOWER);
}

static void await_election(struct ob_actor *self, struct server *server)
{
    ob_timer_cancel(self, server->timer);
    server->timer = 0;
    if (server->elections < ELECTIONS)
        server->timer = timer_by_chance(self, TIMER, 0);
}

static void stand_for_election(struct ob_actor *self, struct server *server)
{
    server->elections++;
    server->term++;
    server->role = CANDIDATE;
    server->voted_for = ob_id(self);
    server->votes = 1;
    ob_declare_state(self, CANDIDATE);
    await_election(self, server);
    for (unsigned id = 1; id <= SERVERS; id++)
        if (id != ob_id(self))
            send_in_turn(self, id, REQUEST_VOTE, server->term, server->length,
                         server->log[server->length].term);
}

static void answer_candidate(struct ob_actor *self, struct server *server,
                             const struct ob_message *message)
{
    uint32_t last_term = server->log[server->length].term;
    bool has_all = message->args[2] > last_term ||
                   (message->args[2] == last_term && message->args[1] >= server->length);
    bool grants = message->args[0] == server->term && server->role == FOLLOWER &&
                  (server->voted_for == 0 || server->voted_for == message->from) &&
                  (has_all || ob_variant(self) == VOTES_BLINDLY);

    if (grants) {
        server->voted_for = message->from;
        await_election(self, server);
    }
    ob_reply(self, message, VOTE, server->term, grants);
}

/* Sends the entry that a follower lacks first, or none when it has all. */
static void send_entry(struct ob_actor *self, const struct server *server, unsigned id)
{
    uint32_t before = server->next[id] - 1;
    uint32_t entry = before < server->length ? packed(server->log[before + 1]) : 0;

    send_in_turn(self, id, APPEND, server->term, before << 16 | server->committed,
                 server->log[before].term, entry);
}

static void send_entries(struct ob_actor *self, const struct server *server)
{
    for (unsigned id = 1; id <= SERVERS; id++)
        if (id != ob_id(self))
            send_entry(self, server, id);
}

static void count_vote(struct ob_actor *self, struct server *server,
                       const struct ob_message *message)
{
    if (server->role != CANDIDATE || message->args[0] != server->term || !message->args[1])
        return;
    if (++server->votes != SERVERS / 2 + 1)
        return;
    server->role = LEADER;
    server->values = 0;
    ob_declare_state(self, LEADER);
    ob_timer_cancel(self, server->timer);
    for (unsigned id = 1; id <= SERVERS; id++) {
        server->next[id] = server->length + 1;
        server->match[id] = 0;
    }
    send_entries(self, server);
}

static void take_entry(struct ob_actor *self, struct server *server,
                       const struct ob_message *message)
{
    uint32_t before = message->args[1] >> 16;
    uint32_t committed = message->args[1] & 0xffff;
    struct entry entry = {.term = message->args[3] >> 16, .value = message->args[3] & 0xffff};

    if (message->args[0] < server->term) {
        ob_reply(self, message, APPENDED, server->term, false, 0);
        return;
    }
    follow(self, server, message->args[0]);
    await_election(self, server);
    if (before > server->length || server->log[before].term != message->args[2]) {
        ob_reply(self, message, APPENDED, server->term, false, before);
        return;
    }
    if (entry.term != 0) {
        before++;
        if (before > server->length || server->log[before].term != entry.term) {
            server->log[before] = entry;
            server->length = before;
        }
    }
    if (committed > server->committed)
        server->committed = committed < before ? committed : before;
    ob_reply(self, message, APPENDED, server->term, true, before);
}

/* What a majority has is committed, if it is of the leader's own term. */
static void commit(struct ob_actor *self, struct server *server)
{
    for (uint32_t index = server->committed + 1; index <= server->length; index++) {
        unsigned count = 1;
        for (unsigned id = 1; id <= SERVERS; id++)
            count += id != ob_id(self) && server->match[id] >= index;
        if (count > SERVERS / 2 && server->log[index].term == server->term)
            server->committed = index;
    }
}

static void take_answer(struct ob_actor *self, struct server *server,
                        const struct ob_message *message)
{
    unsigned id = message->from;
    uint32_t committed = server->committed;

    if (server->role != LEADER || message->args[0] != server->term)
        return;
    if (!message->args[1]) {
        if (message->args[2] + 1 == server->next[id] && server->next[id] > 1) {
            server->next[id]--;
            send_entry(self, server, id);
        }
        return;
    }
    if (message->args[2] > server->match[id])
        server->match[id] = message->args[2];
    server->next[id] = server->match[id] + 1;
    commit(self, server);
    if (server->committed > committed)
        send_entries(self, server);
    else if (server->match[id] < server->length)
        send_entry(self, server, id);
}

static void put(struct ob_actor *self, struct server *server)
{
    if (server->role != LEADER || server->length == ENTRIES || server->values == VALUES)
        return;
    server->values++;
    server->length++;
    server->log[server->length] =
        (struct entry){.term = server->term, .value = ob_id(self) * 100 + server->length};
    send_entries(self, server);
}

static void run_server(struct ob_actor *self)
{
    struct server *server = ob_state(self);

    await_election(self, server);
    for (;;) {
        const struct ob_message *message = ob_receive_any(self);
        bool has_term = message->kind != PUT && message->kind != TIMER;
        if (has_term && message->args[0] > server->term)
            follow(self, server, message->args[0]);
        switch (message->kind) {
        case PUT:
            put(self, server);
            break;
        case TIMER:
            server->timer = 0;
            if (server->role != LEADER)
                stand_for_election(self, server);
            break;
        case REQUEST_VOTE:
            answer_candidate(self, server, message);
            break;
        case VOTE:
            count_vote(self, server, message);
            break;
        case APPEND:
            take_entry(self, server, message);
            break;
        default:
            take_answer(self, server, message);
            break;
        }
    }
}

static const struct server *server_at(const struct ob_world *world, unsigned id)
{
    return ob_state(ob_actor_with_id(world, id));
}

/* Of a pair of servers: one leader a term, and one value at each committed place. */
static void check_pair(struct ob_world *world, const struct server *one, const struct server *other)
{
    OB_INVARIANT(world, one_leader_a_term,
                 one->role != LEADER || other->role != LEADER || one->term != other->term,
                 "two leaders in term %u", one->term);
    for (uint32_t index = 1; index <= one->committed && index <= other->committed; index++)
        OB_INVARIANT(world, committed_values_agree,
                     packed(one->log[index]) == packed(other->log[index]),
                     "entry %u is committed as %u and as %u", index, one->log[index].value,
                     other->log[index].value);
}

static void check(struct ob_world *world)
{
    for (unsigned id = 1; id <= SERVERS; id++) {
        const struct server *server = server_at(world, id);
        for (unsigned other = 1; other < id; other++)
            check_pair(world, server, server_at(world, other));
        OB_INVARIANT(world, goal_two_terms,
                     ob_world_variant(world) != GOAL_TWO_TERMS || server->committed < 2 ||
                         server->log[1].term == server->log[server->committed].term,
                     "entries of terms %u and %u are committed", server->log[1].term,
                     server->log[server->committed].term);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const names[] = {"follower", "candidate", "leader"};
    const struct server *server = ob_state(actor);

    ob_describe(text, "%s, term %u, %u entries, %u committed", names[server->role], server->term,
                server->length, server->committed);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "server", SERVERS, run_server, sizeof(struct server));
    machines(world);
}

OB_TARGET(
    raft, .summary = "Raft with three servers: elections and replication",
    .variants =
        {[RIGHT] = "right", [VOTES_BLINDLY] = "votes_blindly", [GOAL_TWO_TERMS] = "goal_two_terms"},
    .fails = {[VOTES_BLINDLY] = true, [GOAL_TWO_TERMS] = true},
    .messages =
        {
            [PUT] = {.name = "put", .to = "server"},
            [TIMER] = {.name = "timer"},
            [REQUEST_VOTE] = {.name = "request_vote",
                              .args = {{.name = "term"},
                                       {.name = "length"},
                                       {.name = "last_term"}}},
            [VOTE] = {.name = "vote", .args = {{.name = "term"}, {.name = "yes"}}},
            [APPEND] = {.name = "append",
                        .args = {{.name = "term"},
                                 {.name = "before_and_committed"},
                                 {.name = "before_term"},
                                 {.name = "entry"}}},
            [APPENDED] = {.name = "appended",
                          .args = {{.name = "term"}, {.name = "yes"}, {.name = "length"}}},
        },
    .setup = setup, .check = check, .describe = describe);
