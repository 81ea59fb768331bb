/* Locks of the store: who is in whose way, and what becomes of those who are kept back. */
#include "store.h"

#include <assert.h>

bool store_locks(const struct store *store, unsigned place, enum ob_store_kind kind,
                 bool *for_writing)
{
    unsigned isolation = store->transactions[place].isolation;
    *for_writing = kind != OB_STORE_READ;
    if (isolation == OB_OPTIMISTIC)
        return false;
    return kind == OB_STORE_LOCK || kind == OB_STORE_WRITE ||
           (kind == OB_STORE_READ && isolation == OB_SERIALIZABLE);
}

/* Those that have waited longer for a row and would be kept waiting: without a queue, readers that
 * come one after the other keep a writer out for ever. */
static uint32_t ahead_in_queue(const struct store *store, unsigned place, unsigned row,
                               bool for_writing)
{
    const struct transaction *transaction = &store->transactions[place];
    uint32_t queue = for_writing ? store->rows[row].queue : store->rows[row].to_write;
    return transaction->wait_order == UINT32_MAX ? queue : queue & transaction->before;
}

void store_wait(struct store *store, unsigned place, const struct ob_message *request)
{
    struct transaction *transaction = &store->transactions[place];
    struct row *row = &store->rows[request->args[1]];
    uint32_t own = UINT32_C(1) << place;
    assert(!(store->waiting & own) && request->args[1] < OB_STORE_ROWS);
    if (transaction->wait_order == UINT32_MAX) {
        for (uint32_t left = store->waiting; left != 0;)
            store->transactions[store_next(&left)].before &= ~own;
        transaction->wait_order = ++store->waits;
        transaction->before = store->waiting;
    }
    transaction->request = request;
    store->waiting |= own;
    row->queue |= own;
    if (request->kind - store->config.first_kind != OB_STORE_READ)
        row->to_write |= own;
}

void store_stop_waiting(struct store *store, unsigned place)
{
    uint32_t own = UINT32_C(1) << place;
    if (!(store->waiting & own))
        return;
    struct row *row = &store->rows[store->transactions[place].request->args[1]];
    store->waiting &= ~own;
    row->queue &= ~own;
    row->to_write &= ~own;
}

uint32_t store_blockers(const struct store *store, unsigned place, unsigned row, bool for_writing)
{
    const struct row *locked = &store->rows[row];
    uint32_t own = UINT32_C(1) << place;
    uint32_t blockers = locked->writer == NOBODY ? 0 : UINT32_C(1) << locked->writer;
    if (for_writing)
        blockers |= locked->readers;
    /* Who has locked the row already is what those in the queue wait for. */
    if (locked->writer != place && !(locked->readers & own))
        blockers |= ahead_in_queue(store, place, row, for_writing);
    return blockers & ~own;
}

uint32_t store_waits_for(const struct store *store, unsigned place)
{
    const struct transaction *transaction = &store->transactions[place];
    bool for_writing = false;
    if (!(store->waiting >> place & 1))
        return 0;
    unsigned kind = transaction->request->kind - store->config.first_kind;
    (void)store_locks(store, place, (enum ob_store_kind)kind, &for_writing);
    return store_blockers(store, place, transaction->request->args[1], for_writing);
}

/* Whether waiting for `blockers` would close a circle. */
static bool closes_circle(const struct store *store, unsigned place, uint32_t blockers)
{
    uint32_t reached = blockers;
    for (uint32_t before = 0; reached != before;) {
        uint32_t left = reached & ~before;
        before = reached;
        while (left != 0)
            reached |= store_waits_for(store, store_next(&left));
    }
    return reached >> place & 1;
}

static bool is_younger_than_one_of(const struct store *store, unsigned place, uint32_t blockers)
{
    while (blockers != 0)
        if (store->transactions[store_next(&blockers)].age < store->transactions[place].age)
            return true;
    return false;
}

bool store_waits_on(const struct store *store, unsigned place)
{
    uint32_t blockers = store_waits_for(store, place);
    return blockers != 0 && !(store->config.conflict == OB_WAIT_DIE &&
                              is_younger_than_one_of(store, place, blockers));
}

enum store_lock store_lock(struct store *store, unsigned place, unsigned row, bool for_writing)
{
    uint32_t blockers = store_blockers(store, place, row, for_writing);
    assert(place < 32); /* transactions are bits */
    if (blockers == 0) {
        if (for_writing)
            store->rows[row].writer = place;
        else
            store->rows[row].readers |= UINT32_C(1) << place;
        return STORE_LOCKED;
    }
    if (store->config.conflict == OB_DETECT && closes_circle(store, place, blockers))
        return STORE_MUST_ABORT;
    if (store->config.conflict == OB_WAIT_DIE && is_younger_than_one_of(store, place, blockers))
        return STORE_MUST_ABORT;
    return STORE_MUST_WAIT;
}

void store_unlock_all(struct store *store, unsigned place)
{
    for (unsigned row = 0; row < OB_STORE_ROWS; row++) {
        if (store->rows[row].writer == place)
            store->rows[row].writer = NOBODY;
        store->rows[row].readers &= ~(UINT32_C(1) << place);
    }
}

uint32_t ob_store_deadlocked(const struct ob_actor *actor)
{
    const struct store *store = ob_state(actor);
    for (unsigned at = 0; at < OB_STORE_TRANSACTIONS; at++)
        if (closes_circle(store, at, store_waits_for(store, at)))
            return store->transactions[at].number;
    return 0;
}
