/* Money goes from one account to another, in a database that several requests use at one time. See
 * README.md for what goes wrong. */
#include <offbeat/async.h>
#include <offbeat/lock.h>
#include <offbeat/oracle.h>
#include <offbeat/store.h>

#define ACCOUNTS 4
#define BALANCE 100u /* of each account at the beginning */
#define BACKOFF_US 50000

enum variant {
    RACY,
    SERIALIZABLE,
    LOCK_IN_ORDER,
    OPTIMISTIC,
    MUTEX,
    READ_COMMITTED,
    DIRTY,
    OPPOSITE_LOCKS
};

enum kind { TRANSFER, STORE, KINDS = STORE + OB_STORE_KINDS };

/* A web service: each request is a task, and all of them share this. */
struct service {
    struct ob_mutex mutex;
    uint32_t references; /* of requests to the store, given so far */
    uint32_t begun;      /* transfers */
    uint32_t ended;
};

struct transfer {
    unsigned from;
    unsigned to;
    uint32_t amount;
};

static const struct ob_message *ask(struct ob_actor *self, unsigned kind, uint32_t reference,
                                    uint32_t row, uint32_t value)
{
    return ob_call(self, "store", OB_FOREVER, STORE + kind, reference, row, value);
}

static uint32_t new_reference(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    return ++service->references;
}

/* -- without transactions -- */

static uint32_t read_balance(struct ob_actor *self, unsigned account)
{
    return ask(self, OB_STORE_DIRTY_READ, new_reference(self), account, 0)->args[2];
}

static void write_balance(struct ob_actor *self, unsigned account, uint32_t balance)
{
    (void)ask(self, OB_STORE_DIRTY_WRITE, new_reference(self), account, balance);
}

static int debit(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    const struct transfer *transfer = context;
    (void)item;
    (void)result;
    write_balance(self, transfer->from, read_balance(self, transfer->from) - transfer->amount);
    return 0;
}

static int credit(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    const struct transfer *transfer = context;
    (void)item;
    (void)result;
    write_balance(self, transfer->to, read_balance(self, transfer->to) + transfer->amount);
    return 0;
}

static void transfer_in_parallel(struct ob_actor *self, struct transfer *transfer)
{
    static ob_async_function *const both[] = {debit, credit};

    if (read_balance(self, transfer->from) >= transfer->amount)
        (void)ob_async_parallel(self, both, 2, transfer, NULL);
}

static void transfer_with_mutex(struct ob_actor *self, struct transfer *transfer)
{
    struct service *service = ob_state(self);

    (void)ob_mutex_lock(self, &service->mutex, OB_FOREVER);
    transfer_in_parallel(self, transfer);
    (void)ob_mutex_unlock(self, &service->mutex);
}

/* -- with transactions -- */

struct way {
    enum ob_isolation isolation;
    enum ob_store_kind get; /* how balances are read */
    bool in_order;          /* that of the accounts' numbers, whoever pays */
};

static struct way way_of(unsigned variant)
{
    switch (variant) {
    case LOCK_IN_ORDER:
        return (struct way){OB_READ_COMMITTED, OB_STORE_LOCK, true};
    case OPPOSITE_LOCKS:
        return (struct way){OB_READ_COMMITTED, OB_STORE_LOCK, false};
    case READ_COMMITTED:
        return (struct way){OB_READ_COMMITTED, OB_STORE_READ, false};
    case OPTIMISTIC:
        return (struct way){OB_OPTIMISTIC, OB_STORE_READ, false};
    case DIRTY:
        return (struct way){OB_SERIALIZABLE, OB_STORE_DIRTY_READ, false};
    default:
        return (struct way){OB_SERIALIZABLE, OB_STORE_READ, false};
    }
}

/* Reads one balance. Returns false when the store has aborted the transaction. */
static bool get(struct ob_actor *self, enum ob_store_kind kind, uint32_t transaction,
                unsigned account, uint32_t *balance)
{
    const struct ob_message *answer = ask(self, kind, transaction, account, 0);
    *balance = answer->args[2];
    return answer->kind == STORE + OB_STORE_VALUE;
}

static bool put(struct ob_actor *self, uint32_t transaction, unsigned account, uint32_t balance)
{
    return ask(self, OB_STORE_WRITE, transaction, account, balance)->kind == STORE + OB_STORE_DONE;
}

/* What is done in the transaction, up to its commit. Returns false when it was aborted. */
static bool move(struct ob_actor *self, const struct way *way, uint32_t transaction,
                 const struct transfer *transfer)
{
    bool swap = way->in_order && transfer->to < transfer->from;
    unsigned accounts[2] = {swap ? transfer->to : transfer->from,
                            swap ? transfer->from : transfer->to};
    uint32_t balances[2];

    for (unsigned at = 0; at < 2; at++)
        if (!get(self, way->get, transaction, accounts[at], &balances[at]))
            return false;
    if (balances[swap] < transfer->amount) {
        (void)ask(self, OB_STORE_ABORT, transaction, 0, 0);
        return true;
    }
    balances[swap] -= transfer->amount;
    balances[!swap] += transfer->amount;
    for (unsigned at = 0; at < 2; at++)
        if (!put(self, transaction, accounts[at], balances[at]))
            return false;
    return ask(self, OB_STORE_COMMIT, transaction, 0, 0)->kind == STORE + OB_STORE_DONE;
}

/* Tries until it is not aborted, and keeps the age of the first try, so that its turn comes. */
static void transfer_in_transaction(struct ob_actor *self, const struct transfer *transfer)
{
    struct way way = way_of(ob_variant(self));
    uint32_t age = 0;

    for (;;) {
        uint32_t transaction = new_reference(self);
        const struct ob_message *begun =
            ask(self, OB_STORE_BEGIN, transaction, (uint32_t)way.isolation, age);
        if (begun->kind == STORE + OB_STORE_BEGUN) {
            age = begun->args[1];
            if (move(self, &way, transaction, transfer))
                return;
        }
        ob_sleep(self, BACKOFF_US);
    }
}

/* -- the service -- */

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);
    struct transfer transfer = {message->args[0], message->args[1], message->args[2]};

    if (transfer.from == transfer.to)
        return;
    service->begun++;
    if (ob_variant(self) == RACY)
        transfer_in_parallel(self, &transfer);
    else if (ob_variant(self) == MUTEX)
        transfer_with_mutex(self, &transfer);
    else
        transfer_in_transaction(self, &transfer);
    service->ended++;
}

static void check_quiescent(struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));
    const struct ob_actor *store = ob_actor(world, "store");
    uint32_t sum = 0;

    for (unsigned account = 0; account < ACCOUNTS; account++)
        sum += ob_store_value(store, account);
    OB_INVARIANT(world, transfers_end, service->begun == service->ended,
                 "%u of %u transfers wait for each other", service->begun - service->ended,
                 service->begun);
    OB_INVARIANT(world, money_is_kept, sum == ACCOUNTS * BALANCE, "%u have become %u",
                 ACCOUNTS * BALANCE, sum);
}

/* What counts of the state. */
static void observe(const struct ob_world *world, struct ob_view *view)
{
    for (unsigned account = 0; account < ACCOUNTS; account++)
        ob_observe(view, ob_store_value(ob_actor(world, "store"), account), "balance %u", account);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "store"))) {
        for (unsigned account = 0; account < ACCOUNTS; account++)
            ob_describe(text, "%s%u", account ? ", " : "balances ", ob_store_value(actor, account));
        if (ob_store_waiting_count(actor) > 0)
            ob_describe(text, "; %u wait for a lock", ob_store_waiting_count(actor));
        return;
    }
    const struct service *service = ob_state(actor);
    ob_describe(text, "%u of %u transfers done", service->ended, service->begun);
}

/* A database that detects deadlocks would abort one of two that wait for each other; the variant
 * that shows them has one that does not, as locks taken by hand have none. */
static enum ob_store_conflict conflict_of(unsigned variant)
{
    if (variant == SERIALIZABLE || variant == DIRTY)
        return OB_WAIT_DIE;
    return variant == READ_COMMITTED ? OB_DETECT : OB_WAIT;
}

static void setup(struct ob_world *world)
{
    struct ob_store_config config = {.first_kind = STORE,
                                     .conflict = conflict_of(ob_world_variant(world))};

    for (unsigned account = 0; account < ACCOUNTS; account++)
        config.values[account] = BALANCE;
    ob_spawn_async(world, "service", service_handle, sizeof(struct service));
    ob_store_spawn(world, "store", &config);
    /* A pool of connections: each request goes by one that is free, and keeps no order to others.
     */
    ob_link(world, "service", "store", (struct ob_link){.unordered = true});
    ob_link(world, "store", "service", (struct ob_link){.unordered = true});
}

OB_TARGET(
    transfer, .summary = "money goes from one account to another, in a database",
    .variants = {[RACY] = "racy",
                 [SERIALIZABLE] = "serializable",
                 [LOCK_IN_ORDER] = "lock_in_order",
                 [OPTIMISTIC] = "optimistic",
                 [MUTEX] = "mutex",
                 [READ_COMMITTED] = "read_committed",
                 [DIRTY] = "dirty",
                 [OPPOSITE_LOCKS] = "opposite_locks"},
    .fails = {[RACY] = true, [READ_COMMITTED] = true, [DIRTY] = true, [OPPOSITE_LOCKS] = true},
    .messages = {[TRANSFER] = {.name = "transfer",
                               .to = "service",
                               .args = {{"from", 0, ACCOUNTS - 1},
                                        {"to", 0, ACCOUNTS - 1},
                                        {"amount", 1, 50}}},
                 OB_STORE_MESSAGES(STORE)},
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe,
    .oracles = OB_ORACLES(OB_ISOLATION(OB_SERIALIZABLE), OB_DEADLOCK,
                          OB_SERIAL_EQUIVALENCE(observe)));
