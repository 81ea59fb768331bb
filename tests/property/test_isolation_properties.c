/* Isolation agrees with trying every order, on small random histories: every serial order for
 * serializability, and every way in which transactions can take and install snapshots. */
#include "base/rng.h"
#include "support/transactions.h"

#define HISTORIES 10000
#define COUNT_MAX 4 /* transactions */
#define KEYS 3

/* Versions are made in the order of the history. What is read is mostly the newest. */
static void draw(struct transactions *all, struct ob_rng *rng)
{
    uint32_t newest[KEYS] = {0};
    uint32_t count = 2 + ob_rng_below(rng, COUNT_MAX - 1);
    unsigned length = 2 + ob_rng_below(rng, 9);

    transactions_clear(all);
    for (unsigned step = 0; step < length; step++) {
        uint32_t transaction = ob_rng_below(rng, count);
        uint32_t key = ob_rng_below(rng, KEYS);
        if (ob_rng_below(rng, 2))
            transactions_access(all, transaction, key, ++newest[key], true);
        else
            transactions_access(
                all, transaction, key,
                ob_rng_below(rng, 3) ? newest[key] : ob_rng_below(rng, newest[key] + 1), false);
    }
    for (uint32_t at = 0; at < all->history.count; at++)
        all->transactions[at].fate = ob_rng_below(rng, 8) ? OB_TXN_COMMITTED : OB_TXN_ABORTED;
}

static bool is_committed(const struct ob_transactions *history, uint32_t transaction)
{
    return history->transactions[transaction].fate == OB_TXN_COMMITTED;
}

/* Runs a transaction on what a database holds. Returns whether its reads and the order of its
 * versions are what they would be. A transaction sees its own writes. */
static bool runs_on(const struct ob_transactions *history, uint32_t transaction,
                    const uint32_t *seen, uint32_t *database)
{
    uint32_t own[KEYS];
    bool has_own[KEYS] = {false};
    for (uint32_t at = 0; at < history->access_count; at++) {
        const struct ob_access *access = &history->accesses[at];
        if (access->transaction != transaction)
            continue;
        if (access->is_write) {
            own[access->key] = access->version;
            has_own[access->key] = true;
        } else if (access->version != (has_own[access->key] ? own[access->key] : seen[access->key]))
            return false;
    }
    for (uint32_t key = 0; key < KEYS; key++) {
        if (!has_own[key])
            continue;
        if (own[key] < database[key])
            return false;
        database[key] = own[key];
    }
    return true;
}

/* Reads of own versions other than the last, and versions between one's own, tell nothing about
 * others, but no database does that: histories with them are left out. */
static bool is_strange(const struct ob_transactions *history)
{
    for (uint32_t at = 0; at < history->access_count; at++) {
        const struct ob_access *access = &history->accesses[at];
        uint32_t own = 0;
        for (uint32_t before = 0; before < at; before++) {
            const struct ob_access *other = &history->accesses[before];
            if (other->transaction == access->transaction && other->key == access->key &&
                other->is_write)
                own = other->version;
        }
        if (own && (access->is_write || access->version != own))
            return true;
        for (uint32_t later = at; later < history->access_count && !access->is_write; later++) {
            const struct ob_access *other = &history->accesses[later];
            if (other->is_write && other->key == access->key && other->version == access->version)
                return true; /* read before it was written */
        }
    }
    return false;
}

/* Tries every serial order of those that are not in it yet. At most four deep. */
static bool has_serial_order(const struct ob_transactions *history, unsigned done,
                             const uint32_t *database)
{
    bool complete = true;
    for (uint32_t next = 0; next < history->count; next++) {
        uint32_t after[KEYS];
        if (!is_committed(history, next) || done >> next & 1)
            continue;
        complete = false;
        for (unsigned key = 0; key < KEYS; key++)
            after[key] = database[key];
        if (runs_on(history, next, database, after) &&
            has_serial_order(history, done | 1u << next, after))
            return true;
    }
    return complete;
}

static bool has_written(const struct ob_transactions *history, uint32_t transaction, uint32_t key)
{
    for (uint32_t at = 0; at < history->access_count; at++)
        if (history->accesses[at].transaction == transaction && history->accesses[at].key == key &&
            history->accesses[at].is_write)
            return true;
    return false;
}

struct snapshots {
    uint32_t seen[COUNT_MAX][KEYS];
    bool began[COUNT_MAX];
    bool ended[COUNT_MAX];
    bool overlaps[COUNT_MAX][COUNT_MAX]; /* the second has committed since the first began */
};

/* Tries every order of beginnings, which take a snapshot, and ends, which install what was written
 * unless somebody wrote the same since then. At most eight deep. */
static bool has_snapshots(const struct ob_transactions *history, const struct snapshots *now,
                          const uint32_t *database)
{
    bool complete = true;
    for (uint32_t next = 0; next < history->count; next++) {
        struct snapshots after = *now;
        uint32_t changed[KEYS];
        bool conflicts = false;
        if (!is_committed(history, next) || now->ended[next])
            continue;
        complete = false;
        for (unsigned key = 0; key < KEYS; key++)
            changed[key] = database[key];
        if (!now->began[next]) {
            after.began[next] = true;
            for (unsigned key = 0; key < KEYS; key++)
                after.seen[next][key] = database[key];
        } else {
            after.ended[next] = true;
            for (uint32_t other = 0; other < history->count; other++) {
                after.overlaps[other][next] = now->began[other] && !now->ended[other];
                for (uint32_t key = 0; key < KEYS; key++)
                    conflicts |= other != next && now->overlaps[next][other] &&
                                 has_written(history, other, key) &&
                                 has_written(history, next, key);
            }
            conflicts |= !runs_on(history, next, now->seen[next], changed);
        }
        if (!conflicts && has_snapshots(history, &after, changed))
            return true;
    }
    return complete;
}

static void it_agrees_with_trying_every_order(void **state)
{
    static struct transactions all;
    static struct ob_finding_of_transactions finding;
    struct ob_rng rng = {.state = 30};
    unsigned answers[2][2] = {{0, 0}, {0, 0}};
    unsigned tried = 0;
    (void)state;
    while (tried < HISTORIES) {
        uint32_t fresh[KEYS] = {0};
        struct snapshots none = {.began = {false}};
        draw(&all, &rng);
        if (is_strange(&all.history))
            continue;
        tried++;
        bool serial = has_serial_order(&all.history, 0, fresh);
        assert_int_equal(ob_isolation_check(&all.history, OB_SERIALIZABLE, &finding), 0);
        assert_int_equal(finding.anomaly == OB_ANOMALY_NONE, serial);
        bool snapshots = has_snapshots(&all.history, &none, fresh);
        assert_int_equal(ob_isolation_check(&all.history, OB_SNAPSHOT, &finding), 0);
        assert_int_equal(finding.anomaly == OB_ANOMALY_NONE, snapshots);
        answers[0][serial]++;
        answers[1][snapshots]++;
    }
    for (unsigned level = 0; level < 2; level++)
        assert_true(answers[level][0] > HISTORIES / 10 && answers[level][1] > HISTORIES / 10);
}

static void a_cycle_is_one(void **state)
{
    static struct transactions all;
    static struct ob_finding_of_transactions finding;
    struct ob_rng rng = {.state = 31};
    (void)state;
    for (unsigned round = 0; round < HISTORIES; round++) {
        draw(&all, &rng);
        assert_int_equal(ob_isolation_check(&all.history, OB_SERIALIZABLE, &finding), 0);
        unsigned rw = 0;
        if (finding.anomaly == OB_ANOMALY_NONE || finding.length < 2)
            continue;
        for (uint32_t at = 0; at < finding.length; at++) {
            const struct ob_dependency *next = &finding.cycle[(at + 1) % finding.length];
            assert_int_equal(finding.cycle[at].to, next->from);
            rw += finding.cycle[at].kind == OB_RW;
            if (finding.anomaly == OB_G_NONADJACENT)
                assert_false(finding.cycle[at].kind == OB_RW && next->kind == OB_RW);
        }
        if (finding.anomaly == OB_G0 || finding.anomaly == OB_G1C)
            assert_int_equal(rw, 0);
        else if (finding.anomaly == OB_G_SINGLE || finding.anomaly == OB_LOST_UPDATE)
            assert_int_equal(rw, 1);
        else
            assert_true(rw >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_trying_every_order),
        cmocka_unit_test(a_cycle_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
