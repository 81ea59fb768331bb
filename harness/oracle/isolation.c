/* Transactions: what targets record, and the oracle that judges their isolation. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "oracle/records.h"
#include "oracle/transactions.h"
#include "world/judge.h"
#include "world/trace.h"

/* The transaction of a handle, or NULL when it is not recorded. */
static struct ob_transaction *transaction_of(struct ob_world *world, uint32_t handle)
{
    if (handle == 0 || !ob_world_oracle(world, &ob_checker_isolation))
        return NULL;
    struct ob_list *list = &ob_records_of(world)->transactions;
    return handle <= list->count ? (struct ob_transaction *)list->items + handle - 1 : NULL;
}

uint32_t ob_txn_begin(struct ob_actor *self, unsigned client)
{
    struct ob_world *world = ob_world(self);

    if (!ob_world_oracle(world, &ob_checker_isolation))
        return 0;
    struct ob_list *list = &ob_records_of(world)->transactions;
    struct ob_transaction *transaction =
        ob_list_add(world, list, sizeof *transaction, OB_TRANSACTIONS_MAX);
    if (!transaction)
        return 0;
    transaction->begin_us = ob_world_time_us(world);
    transaction->client = (uint16_t)client;
    transaction->fate = OB_TXN_OPEN;
    return list->count;
}

/* The newest version of a key: `of_aborted` counts those that are gone again, too. */
static uint32_t newest_version(struct ob_world *world, uint32_t key, bool of_aborted)
{
    const struct ob_records *records = ob_records_read(world);
    const struct ob_access *accesses = records->accesses.items;
    const struct ob_transaction *transactions = records->transactions.items;

    for (uint32_t at = records->accesses.count; at-- > 0;)
        if (accesses[at].is_write && accesses[at].key == key &&
            (of_aborted || transactions[accesses[at].transaction].fate != OB_TXN_ABORTED))
            return accesses[at].version;
    return 0;
}

static void add_access(struct ob_world *world, uint32_t handle, uint32_t key, uint32_t version,
                       bool is_write)
{
    struct ob_access *access =
        ob_list_add(world, &ob_records_of(world)->accesses, sizeof *access, OB_ACCESSES_MAX);

    if (access)
        *access = (struct ob_access){
            .transaction = handle - 1, .key = key, .version = version, .is_write = is_write};
}

uint32_t ob_txn_write(struct ob_actor *self, uint32_t handle, uint32_t key)
{
    struct ob_world *world = ob_world(self);

    if (!transaction_of(world, handle))
        return 0;
    uint32_t version = newest_version(world, key, true) + 1;
    add_access(world, handle, key, version, true);
    return version;
}

void ob_txn_read(struct ob_actor *self, uint32_t handle, uint32_t key)
{
    struct ob_world *world = ob_world(self);

    if (transaction_of(world, handle))
        add_access(world, handle, key, newest_version(world, key, false), false);
}

void ob_txn_read_version(struct ob_actor *self, uint32_t handle, uint32_t key, uint32_t version)
{
    struct ob_world *world = ob_world(self);

    if (transaction_of(world, handle))
        add_access(world, handle, key, version, false);
}

uint32_t ob_txn_version(struct ob_actor *self, uint32_t key)
{
    struct ob_world *world = ob_world(self);

    return ob_world_oracle(world, &ob_checker_isolation) ? newest_version(world, key, false) : 0;
}

static void end_transaction(struct ob_actor *self, uint32_t handle, enum ob_fate fate)
{
    struct ob_world *world = ob_world(self);
    struct ob_transaction *transaction = transaction_of(world, handle);

    if (!transaction || transaction->fate != OB_TXN_OPEN)
        return;
    transaction->fate = (uint16_t)fate;
    transaction->end_us = ob_world_time_us(world);
    assert(transaction->end_us >= transaction->begin_us);
}

void ob_txn_commit(struct ob_actor *self, uint32_t handle)
{
    end_transaction(self, handle, OB_TXN_COMMITTED);
}

void ob_txn_abort(struct ob_actor *self, uint32_t handle)
{
    end_transaction(self, handle, OB_TXN_ABORTED);
}

/* Returns whether there is an anomaly. */
static bool find_anomaly(struct ob_world *world, const struct ob_oracle *oracle,
                         struct ob_finding_of_transactions *finding)
{
    const struct ob_records *records = ob_records_read(world);
    const struct ob_transactions history = {.transactions = records->transactions.items,
                                            .accesses = records->accesses.items,
                                            .count = records->transactions.count,
                                            .access_count = records->accesses.count};

    /* What was not recorded may have been in between. */
    if (history.access_count == 0 || records->transactions.is_full || records->accesses.is_full)
        return false;
    return ob_isolation_check(&history, (enum ob_isolation)oracle->level, finding) == 0 &&
           finding->anomaly != OB_ANOMALY_NONE;
}

static void print_dependency(const struct ob_dependency *dependency, struct ob_text *text)
{
    uint32_t from = dependency->from + 1;
    uint32_t to = dependency->to + 1;
    uint32_t key = dependency->key;

    if (dependency->kind == OB_RW)
        ob_text_printf(text, "T%" PRIu32 " read key %" PRIu32 " before T%" PRIu32 " wrote it", from,
                       key, to);
    else if (dependency->kind == OB_WR)
        ob_text_printf(text, "T%" PRIu32 " read key %" PRIu32 " after T%" PRIu32 " wrote it", to,
                       key, from);
    else
        ob_text_printf(text, "T%" PRIu32 " overwrote key %" PRIu32 " of T%" PRIu32, to, key, from);
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    struct ob_finding_of_transactions finding;
    struct ob_text text = {0};
    char said[160];

    (void)quiescent;
    if (!find_anomaly(world, oracle, &finding))
        return;
    for (uint32_t at = 0; at < finding.length; at++) {
        ob_text_printf(&text, "%s", at ? ", " : "");
        print_dependency(&finding.cycle[at], &text);
    }
    (void)snprintf(said, sizeof said, "%s", ob_text_string(&text));
    ob_text_release(&text);
    ob_oracle_violation(world, oracle, ob_anomaly_id(finding.anomaly), "%s: %s", said,
                        ob_anomaly_name(finding.anomaly));
}

/* What a transaction has done, in its order. */
static void print_transaction(struct ob_world *world, uint32_t index, struct ob_text *text)
{
    const struct ob_records *records = ob_records_read(world);
    const struct ob_transaction *transaction =
        (const struct ob_transaction *)records->transactions.items + index;
    const struct ob_access *accesses = records->accesses.items;
    const char *separator = "";
    static const char *const fates[] = {
        [OB_TXN_OPEN] = "open", [OB_TXN_COMMITTED] = "committed", [OB_TXN_ABORTED] = "aborted"};

    ob_text_printf(text, "  T%" PRIu32 " of %s, from ", index + 1,
                   ob_oracle_actor(world, transaction->client));
    ob_duration_print(text, transaction->begin_us);
    ob_text_printf(text, ", %s", fates[transaction->fate]);
    if (transaction->fate != OB_TXN_OPEN) {
        ob_text_printf(text, " at ");
        ob_duration_print(text, transaction->end_us);
    }
    ob_text_printf(text, ":");
    for (uint32_t at = 0; at < records->accesses.count; at++) {
        const struct ob_access *access = &accesses[at];
        if (access->transaction != index)
            continue;
        ob_text_printf(text, "%s %s key %" PRIu32 " (version %" PRIu32 ")", separator,
                       access->is_write ? "wrote" : "read", access->key, access->version);
        separator = ",";
    }
    ob_text_printf(text, "\n");
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    struct ob_finding_of_transactions finding;

    if (!find_anomaly(world, oracle, &finding))
        return;
    for (uint32_t at = 0; at < finding.length; at++) {
        ob_text_printf(text, "  ");
        print_dependency(&finding.cycle[at], text);
        ob_text_printf(text, "\n");
    }
    for (uint32_t at = 0; at < finding.length; at++)
        print_transaction(world, finding.cycle[at].from, text);
    if (finding.length == 1)
        print_transaction(world, finding.cycle[0].to, text);
}

static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->transactions.count > 0;
}

const struct ob_checker ob_checker_isolation = {.name = "isolation",
                                                .judges_beginnings = true,
                                                .end = check,
                                                .has_matter = has_matter,
                                                .explain = explain};
