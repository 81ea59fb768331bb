#include <offbeat/pool.h>

#include <assert.h>
#include <string.h>

struct connection {
    const struct ob_message *call; /* which it is lent for; NULL: idle */
    uint32_t loan;
    uint32_t age;
};

/* What clients look at as well. */
struct config {
    struct ob_pool_config said;
    unsigned end_kind; /* of the news that a client has ended; OB_KINDS_MAX: none */
};

struct pool {
    uint32_t loans;
    unsigned idle_count;
    uint8_t idle[OB_POOL_CONNECTIONS_MAX]; /* the last one is lent next */
    struct connection connections[OB_POOL_CONNECTIONS_MAX];
    unsigned waiting_count;
    const struct ob_message *waiting[OB_POOL_WAITING_MAX]; /* calls, the oldest first */
};

static unsigned kind_of(const struct ob_actor *pool, enum ob_pool_kind kind)
{
    const struct config *config = ob_config(pool);
    return config->said.first_kind + (unsigned)kind;
}

static void lend(struct ob_actor *self, struct pool *pool, unsigned place,
                 const struct ob_message *call)
{
    struct connection *connection = &pool->connections[place];
    connection->call = call;
    connection->loan = ++pool->loans;
    ob_reply(self, call, kind_of(self, OB_POOL_LENT), place, connection->loan, connection->age);
}

static void check_out(struct ob_actor *self, struct pool *pool, const struct ob_message *call)
{
    const struct config *config = ob_config(self);
    if (pool->idle_count > 0) {
        assert(pool->waiting_count == 0);
        lend(self, pool, pool->idle[--pool->idle_count], call);
    } else if (pool->waiting_count < config->said.waiting_max) {
        pool->waiting[pool->waiting_count++] = call;
    } else {
        ob_reply(self, call, kind_of(self, OB_POOL_REFUSED));
    }
}

static const struct ob_message *take_waiting(struct pool *pool, unsigned at)
{
    const struct ob_message *call = pool->waiting[at];
    pool->waiting_count--;
    memmove(&pool->waiting[at], &pool->waiting[at + 1],
            (pool->waiting_count - at) * sizeof *pool->waiting);
    return call;
}

static void take_back(struct ob_actor *self, struct pool *pool, unsigned place, bool closes)
{
    struct connection *connection = &pool->connections[place];
    assert(connection->call);
    connection->call = NULL;
    connection->age += closes;
    if (pool->waiting_count > 0)
        lend(self, pool, place, take_waiting(pool, 0));
    else
        pool->idle[pool->idle_count++] = (uint8_t)place;
}

/* A connection comes back from who has it; from others nothing does. */
static void check_in(struct ob_actor *self, struct pool *pool, const struct ob_message *message)
{
    uint32_t place = message->args[0];
    if (place < OB_POOL_CONNECTIONS_MAX && pool->connections[place].call &&
        pool->connections[place].loan == message->args[1])
        take_back(self, pool, place, message->kind == kind_of(self, OB_POOL_DISCARD));
}

/* Whether a call is of that client, and that one, if `ref` is not 0. */
static bool is_of(const struct ob_message *call, unsigned client, uint32_t ref)
{
    return call && call->from == client && (ref == 0 || call->ref == ref);
}

/* Forgets what a client waits for, and takes back what it has. What a call that was given up was
 * lent has never been used. */
static void give_up(struct ob_actor *self, struct pool *pool, unsigned client, uint32_t ref,
                    bool closes)
{
    for (unsigned at = pool->waiting_count; at-- > 0;)
        if (is_of(pool->waiting[at], client, ref))
            (void)take_waiting(pool, at);
    for (unsigned place = 0; place < OB_POOL_CONNECTIONS_MAX; place++)
        if (is_of(pool->connections[place].call, client, ref))
            take_back(self, pool, place, closes);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    const struct config *config = ob_config(self);
    struct pool *pool = ob_state(self);
    unsigned kind = message->kind - (unsigned)config->said.first_kind;

    if (message->kind == config->end_kind)
        give_up(self, pool, message->args[0], 0, !config->said.lends_left);
    else if (kind == OB_POOL_CHECK_OUT)
        check_out(self, pool, message);
    else if (kind == OB_POOL_CHECK_IN || kind == OB_POOL_DISCARD)
        check_in(self, pool, message);
    else if (kind == OB_POOL_CANCEL && message->args[0] != 0)
        give_up(self, pool, message->from, message->args[0], false);
}

struct ob_actor *ob_pool_spawn(struct ob_world *world, const char *name,
                               const struct ob_pool_config *config)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct pool));
    struct pool *pool = ob_state(actor);
    struct config *kept = ob_alloc(world, sizeof *kept);
    assert(config->connections >= 1 && config->connections <= OB_POOL_CONNECTIONS_MAX);
    *kept = (struct config){.said = *config, .end_kind = OB_KINDS_MAX};
    if (config->waiting_max == 0 || config->waiting_max > OB_POOL_WAITING_MAX)
        kept->said.waiting_max = OB_POOL_WAITING_MAX;
    ob_set_config(actor, kept);
    for (unsigned place = config->connections; place-- > 0;)
        pool->idle[pool->idle_count++] = (uint8_t)place;
    return actor;
}

void ob_pool_monitors(struct ob_actor *pool, unsigned kind)
{
    struct config *config = (struct config *)ob_config(pool);
    config->end_kind = kind;
}

bool ob_pool_check_out(struct ob_actor *self, const char *name, uint32_t timeout_us,
                       struct ob_pool_loan *loan)
{
    const struct ob_actor *pool = ob_actor(ob_world(self), name);
    uint16_t ref = ob_ask_to(self, ob_id(pool), kind_of(pool, OB_POOL_CHECK_OUT));
    const struct ob_message *reply = ob_await_reply(self, ref, timeout_us);

    if (!reply)
        ob_send_to(self, ob_id(pool), kind_of(pool, OB_POOL_CANCEL), ref);
    if (!reply || reply->kind != kind_of(pool, OB_POOL_LENT))
        return false;
    *loan = (struct ob_pool_loan){
        .connection = reply->args[0], .loan = reply->args[1], .age = reply->args[2]};
    return true;
}

static void give_back(struct ob_actor *self, const char *name, enum ob_pool_kind kind,
                      const struct ob_pool_loan *loan)
{
    const struct ob_actor *pool = ob_actor(ob_world(self), name);
    ob_send_to(self, ob_id(pool), kind_of(pool, kind), loan->connection, loan->loan);
}

void ob_pool_check_in(struct ob_actor *self, const char *pool, const struct ob_pool_loan *loan)
{
    give_back(self, pool, OB_POOL_CHECK_IN, loan);
}

void ob_pool_discard(struct ob_actor *self, const char *pool, const struct ob_pool_loan *loan)
{
    give_back(self, pool, OB_POOL_DISCARD, loan);
}

unsigned ob_pool_lent_count(const struct ob_actor *actor)
{
    const struct pool *pool = ob_state(actor);
    unsigned count = 0;
    for (unsigned place = 0; place < OB_POOL_CONNECTIONS_MAX; place++)
        count += pool->connections[place].call != NULL;
    return count;
}

unsigned ob_pool_waiting_count(const struct ob_actor *actor)
{
    const struct pool *pool = ob_state(actor);
    return pool->waiting_count;
}
