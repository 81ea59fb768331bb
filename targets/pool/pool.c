/* Requests share the connections of a pool. See README.md for what goes wrong. */
#include <offbeat/pool.h>

#define KEYS 8
#define CONNECTIONS 2
#define ANSWERS 8
#define WAIT_US 40000 /* for a connection */
#define READ_US 30000 /* for the answer */
#define LONGER_US 60000
#define SLOWEST_US 70000

enum variant { FORGOTTEN, UNREAD, LONGER_TIMEOUT, DISCARDED };
enum kind { GET, QUERY, ROW, POOL, KINDS = POOL + OB_POOL_KINDS };

/* A connection to the database: answers come in the order of the questions, and carry no number. */
struct socket {
    uint32_t age;
    uint32_t answers[ANSWERS]; /* that nobody has read yet, the oldest first */
    uint32_t answer_count;
    struct ob_waiters readers;
};

struct app {
    struct socket sockets[CONNECTIONS];
};

static void arrive(struct ob_actor *self, const struct ob_message *row)
{
    struct app *app = ob_state(self);
    struct socket *socket = &app->sockets[row->args[1]];
    if (row->args[2] != socket->age || socket->answer_count == ANSWERS)
        return; /* on a connection that is closed */
    socket->answers[socket->answer_count++] = row->args[0];
    (void)ob_wake(self, &socket->readers);
}

/* Sends a question and reads the next answer. False when none has come in time. */
static bool query(struct ob_actor *self, const struct ob_pool_loan *loan, uint32_t key,
                  uint32_t *answer)
{
    struct app *app = ob_state(self);
    struct socket *socket = &app->sockets[loan->connection];
    uint32_t read_us = ob_variant(self) == LONGER_TIMEOUT ? LONGER_US : READ_US;

    if (socket->age != loan->age)
        *socket = (struct socket){.age = loan->age};
    ob_send(self, "database", QUERY, key, loan->connection, loan->age);
    if (socket->answer_count == 0 && !ob_wait(self, &socket->readers, read_us))
        return false;
    *answer = socket->answers[0];
    socket->answer_count--;
    for (uint32_t at = 0; at < socket->answer_count; at++)
        socket->answers[at] = socket->answers[at + 1];
    return true;
}

/* What was asked for is not given up when nobody waits for it any more. */
static bool check_out_and_forget(struct ob_actor *self, struct ob_pool_loan *loan)
{
    const struct ob_message *lent = ob_call(self, "pool", WAIT_US, POOL + OB_POOL_CHECK_OUT);
    if (!lent || lent->kind != POOL + OB_POOL_LENT)
        return false;
    *loan = (struct ob_pool_loan){lent->args[0], lent->args[1], lent->args[2]};
    return true;
}

static void get(struct ob_actor *self, uint32_t key)
{
    struct ob_pool_loan loan;
    uint32_t answer = 0;

    if (ob_variant(self) == FORGOTTEN ? !check_out_and_forget(self, &loan)
                                      : !ob_pool_check_out(self, "pool", WAIT_US, &loan))
        return;
    bool is_read = query(self, &loan, key, &answer);
    if (is_read)
        OB_INVARIANT(ob_world(self), answer_is_ones_own, answer == key,
                     "asked for %u, was given %u", key, answer);
    if (is_read || ob_variant(self) == UNREAD || ob_variant(self) == LONGER_TIMEOUT)
        ob_pool_check_in(self, "pool", &loan);
    else
        ob_pool_discard(self, "pool", &loan);
}

static void app_handle(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == GET)
        get(self, message->args[0]);
    else if (message->kind == ROW)
        arrive(self, message);
}

static void database_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ROW, message->args[0], message->args[1], message->args[2]);
}

static void check_quiescent(struct ob_world *world)
{
    unsigned lent = ob_pool_lent_count(ob_actor(world, "pool"));
    OB_INVARIANT(world, connections_come_back, lent == 0, "%u are lent to nobody", lent);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "pool"))) {
        ob_describe(text, "%u lent, %u wait", ob_pool_lent_count(actor),
                    ob_pool_waiting_count(actor));
    } else if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "app"))) {
        const struct app *app = ob_state(actor);
        for (unsigned place = 0; place < CONNECTIONS; place++)
            ob_describe(text, "%s%u unread on connection %u", place ? ", " : "",
                        app->sockets[place].answer_count, place);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "app", app_handle, sizeof(struct app));
    ob_spawn(world, "database", database_receive, 0);
    ob_pool_spawn(world, "pool",
                  &(struct ob_pool_config){.first_kind = POOL, .connections = CONNECTIONS});
    ob_link(world, "database", "app",
            (struct ob_link){.latency_us = 5000, .latency_us_max = SLOWEST_US});
}

OB_TARGET(
    pool, .summary = "requests share the connections of a pool",
    .variants = {[FORGOTTEN] = "forgotten",
                 [UNREAD] = "unread",
                 [LONGER_TIMEOUT] = "longer_timeout",
                 [DISCARDED] = "discarded"},
    .fails = {[FORGOTTEN] = true, [UNREAD] = true, [LONGER_TIMEOUT] = true},
    .messages = {[GET] = {.name = "get", .to = "app", .args = {{"key", 0, KEYS - 1}}},
                 [QUERY] = {.name = "query",
                            .args = {{.name = "key"}, {.name = "connection"}, {.name = "age"}}},
                 [ROW] = {.name = "row",
                          .args = {{.name = "key"}, {.name = "connection"}, {.name = "age"}}},
                 OB_POOL_MESSAGES(POOL)},
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
