/* Requests to the store, and their answers. */
#include "store.h"

#include <string.h>

static void answer(struct ob_actor *self, const struct ob_message *request, unsigned kind,
                   uint32_t row, uint32_t value, uint32_t version)
{
    const struct store *store = ob_state(self);
    ob_reply(self, request, store->config.first_kind + kind, request->args[0], row, value, version);
}

static unsigned find(const struct store *store, const struct ob_message *request)
{
    for (uint32_t left = store->open; left != 0;) {
        unsigned place = store_next(&left);
        const struct transaction *transaction = &store->transactions[place];
        if (transaction->number == request->args[0] && transaction->client == request->from)
            return place;
    }
    return OB_STORE_TRANSACTIONS;
}

static void begin(struct ob_actor *self, struct store *store, const struct ob_message *request)
{
    uint32_t free = ~store->open;
    if (free == 0 || request->args[1] > OB_OPTIMISTIC ||
        find(store, request) < OB_STORE_TRANSACTIONS) {
        answer(self, request, OB_STORE_ABORTED, 0, 0, 0);
        return;
    }
    unsigned place = store_next(&free);
    store->open |= UINT32_C(1) << place;
    struct transaction *transaction = &store->transactions[place];
    *transaction = (struct transaction){
        .number = request->args[0],
        .client = request->from,
        .isolation = (uint8_t)request->args[1],
        .age = request->args[2] ? request->args[2] : ++store->ages,
        .start = store->commits,
        .wait_order = UINT32_MAX,
        .recorded = ob_txn_begin(self, request->from),
    };
    for (unsigned row = 0; row < OB_STORE_ROWS; row++) {
        transaction->values[row] = store->rows[row].value;
        transaction->versions[row] = store->rows[row].version;
    }
    answer(self, request, OB_STORE_BEGUN, transaction->age, 0, 0);
}

static void close(struct ob_actor *self, struct store *store, unsigned place)
{
    ob_txn_abort(self, store->transactions[place].recorded); /* unless it is committed */
    store_unlock_all(store, place);
    store->open &= ~(UINT32_C(1) << place);
    store_stop_waiting(store, place);
}

/* What a read of the transaction sees. */
static void give_value(struct ob_actor *self, struct store *store, unsigned place,
                       const struct ob_message *request, bool latest)
{
    struct transaction *transaction = &store->transactions[place];
    unsigned row = request->args[1];
    uint32_t value = store->rows[row].value;
    bool own = transaction->written >> row & 1;
    bool of_snapshot = transaction->isolation == OB_SNAPSHOT && !latest;
    if (own || of_snapshot)
        value = transaction->values[row];
    if (!own && !of_snapshot && !(transaction->was_read >> row & 1)) {
        transaction->was_read |= (uint16_t)(1u << row);
        transaction->versions[row] = store->rows[row].version;
    }
    if (!own)
        ob_txn_read_version(self, transaction->recorded, row,
                            of_snapshot ? transaction->versions[row] : store->rows[row].version);
    answer(self, request, OB_STORE_VALUE, row, value, store->rows[row].version);
}

/* Executes a request to read, lock or write. Returns false when it has to wait, or the transaction
 * to be aborted, as `abort` says. */
static bool execute(struct ob_actor *self, struct store *store, unsigned place,
                    const struct ob_message *request, bool *abort)
{
    struct transaction *transaction = &store->transactions[place];
    unsigned kind = request->kind - store->config.first_kind;
    unsigned row = request->args[1];
    bool for_writing = false;
    *abort = row >= OB_STORE_ROWS;
    if (!*abort && store_locks(store, place, (enum ob_store_kind)kind, &for_writing)) {
        enum store_lock result = store_lock(store, place, row, for_writing);
        if (result == STORE_MUST_WAIT)
            return false;
        *abort = result == STORE_MUST_ABORT || (transaction->isolation == OB_SNAPSHOT &&
                                                store->rows[row].committed_at > transaction->start);
    }
    if (*abort)
        return false;
    if (kind == OB_STORE_WRITE) {
        transaction->written |= (uint16_t)(1u << row);
        transaction->values[row] = request->args[2];
        answer(self, request, OB_STORE_DONE, row, 0, 0);
    } else {
        give_value(self, store, place, request, kind == OB_STORE_LOCK);
    }
    return true;
}

/* The transaction that has waited longest of those whose wait is over, or the count when there is
 * none. */
static unsigned next_to_go_on(const struct store *store)
{
    unsigned next = OB_STORE_TRANSACTIONS;
    for (uint32_t left = store->waiting; left != 0;) {
        unsigned place = store_next(&left);
        if (store_waits_on(store, place))
            continue;
        if (next == OB_STORE_TRANSACTIONS ||
            store->transactions[place].wait_order < store->transactions[next].wait_order)
            next = place;
    }
    return next;
}

static void attempt(struct ob_actor *self, struct store *store, unsigned place,
                    const struct ob_message *request)
{
    struct transaction *transaction = &store->transactions[place];
    bool abort = false;
    store_stop_waiting(store, place);
    if (execute(self, store, place, request, &abort)) {
        transaction->wait_order = UINT32_MAX;
        return;
    }
    if (abort) {
        answer(self, request, OB_STORE_ABORTED, 0, 0, 0);
        close(self, store, place);
        return;
    }
    store_wait(store, place, request);
}

/* Locks were let go or taken: whoever need not, or may not, wait any longer is seen to. Each turn
 * takes one that waits, and it either holds its lock then or is over. */
static void let_others_go_on(struct ob_actor *self, struct store *store)
{
    for (unsigned place; (place = next_to_go_on(store)) < OB_STORE_TRANSACTIONS;)
        attempt(self, store, place, store->transactions[place].request);
}

/* Puts a value in, for a transaction that is recorded. */
static void put(struct ob_actor *self, struct store *store, uint32_t recorded, unsigned row,
                uint32_t value)
{
    (void)ob_txn_write(self, recorded, row);
    store->rows[row].value = value;
    store->rows[row].version++;
    store->rows[row].committed_at = store->commits;
}

static bool is_still_valid(const struct store *store, const struct transaction *transaction)
{
    for (unsigned row = 0; row < OB_STORE_ROWS; row++)
        if ((transaction->was_read >> row & 1) &&
            transaction->versions[row] != store->rows[row].version)
            return false;
    return true;
}

static void commit(struct ob_actor *self, struct store *store, unsigned place,
                   const struct ob_message *request)
{
    struct transaction *transaction = &store->transactions[place];
    bool valid = transaction->isolation != OB_OPTIMISTIC || is_still_valid(store, transaction);
    store->commits += valid;
    for (unsigned row = 0; row < OB_STORE_ROWS && valid; row++)
        if (transaction->written >> row & 1)
            put(self, store, transaction->recorded, row, transaction->values[row]);
    if (valid)
        ob_txn_commit(self, transaction->recorded);
    answer(self, request, valid ? OB_STORE_DONE : OB_STORE_ABORTED, 0, 0, 0);
    close(self, store, place);
    let_others_go_on(self, store);
}

static void outside_transactions(struct ob_actor *self, struct store *store,
                                 const struct ob_message *request, unsigned kind)
{
    unsigned row = request->args[1] % OB_STORE_ROWS;
    const struct row *current = &store->rows[row];
    uint32_t recorded = ob_txn_begin(self, request->from); /* each is one of its own */
    if (kind != OB_STORE_DIRTY_WRITE)
        ob_txn_read_version(self, recorded, row, current->version);
    if (kind == OB_STORE_DIRTY_READ) {
        ob_txn_commit(self, recorded);
        answer(self, request, OB_STORE_VALUE, row, current->value, current->version);
        return;
    }
    if (kind == OB_STORE_PUT_IF && current->version != request->args[3]) {
        ob_txn_commit(self, recorded);
        answer(self, request, OB_STORE_STALE, row, 0, 0);
        return;
    }
    store->commits++;
    put(self, store, recorded, row, request->args[2]);
    ob_txn_commit(self, recorded);
    answer(self, request, OB_STORE_DONE, row, 0, 0);
}

static void lose(struct ob_actor *self, struct store *store, unsigned client)
{
    for (uint32_t left = store->open; left != 0;) {
        unsigned place = store_next(&left);
        if (store->transactions[place].client == client)
            close(self, store, place);
    }
    let_others_go_on(self, store);
}

/* A transaction, as one of those that wait. */
static uint32_t party_of(const struct store *store, unsigned place)
{
    return OB_PARTY(store->transactions[place].client, store->transactions[place].number);
}

/* Says anew who waits for whom, where the request has changed it. */
static void record_waits(struct ob_actor *self, struct store *store)
{
    struct ob_world *world = ob_world(self);
    uint32_t blockers[OB_STORE_TRANSACTIONS];
    uint32_t waiting = store->waiting;
    bool is_as_told = waiting == store->told_any;
    for (uint32_t left = waiting; left != 0;) {
        unsigned place = store_next(&left);
        blockers[place] = store_waits_for(store, place);
        is_as_told &= blockers[place] == store->told[place];
    }
    if (is_as_told)
        return;
    for (uint32_t left = store->told_any; left != 0;)
        ob_party_done(world, party_of(store, store_next(&left)));
    store->told_any = waiting;
    for (uint32_t left = waiting; left != 0;) {
        unsigned place = store_next(&left);
        store->told[place] = blockers[place];
        for (uint32_t others = blockers[place]; others != 0;)
            ob_party_waits(world, party_of(store, place), party_of(store, store_next(&others)),
                           "a row");
    }
}

static void handle(struct ob_actor *self, const struct ob_message *request)
{
    struct store *store = ob_state(self);
    unsigned kind = (unsigned)request->kind - store->config.first_kind;
    if (request->kind == store->monitor_kind) {
        lose(self, store, request->from);
        return;
    }
    if (kind > OB_STORE_DIRTY_WRITE) /* or below the first */
        return;
    if (kind == OB_STORE_BEGIN) {
        begin(self, store, request);
        return;
    }
    if (kind >= OB_STORE_PUT_IF) {
        outside_transactions(self, store, request, kind);
        return;
    }
    unsigned place = find(store, request);
    if (kind == OB_STORE_ABORT) {
        if (place < OB_STORE_TRANSACTIONS)
            close(self, store, place);
        answer(self, request, OB_STORE_DONE, 0, 0, 0);
        let_others_go_on(self, store);
        return;
    }
    if (place == OB_STORE_TRANSACTIONS || (store->waiting >> place & 1)) {
        answer(self, request, OB_STORE_ABORTED, 0, 0, 0);
        return;
    }
    if (kind == OB_STORE_COMMIT)
        commit(self, store, place, request);
    else
        attempt(self, store, place, request);
    let_others_go_on(self, store);
}

static void receive(struct ob_actor *self, const struct ob_message *request)
{
    handle(self, request);
    if (ob_waits_are_asked_for(ob_world(self)))
        record_waits(self, ob_state(self));
}

struct ob_actor *ob_store_spawn(struct ob_world *world, const char *name,
                                const struct ob_store_config *config)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct store));
    struct store *store = ob_state(actor);
    store->config = *config;
    store->monitor_kind = NO_KIND;
    for (unsigned row = 0; row < OB_STORE_ROWS; row++)
        store->rows[row] = (struct row){.value = config->values[row], .writer = NOBODY};
    return actor;
}

void ob_store_monitors(struct ob_actor *actor, unsigned kind)
{
    struct store *store = ob_state(actor);
    store->monitor_kind = (uint8_t)kind;
}
