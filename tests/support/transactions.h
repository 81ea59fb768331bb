/* Histories of transactions that tests write in one line: "r1x0 w1x1 r2x0 w2x2 c1 c2" is that
 * transaction 1 reads version 0 of key x, makes version 1 of it, and so on; c commits, a aborts. */
#ifndef OFFBEAT_TESTS_TRANSACTIONS_H
#define OFFBEAT_TESTS_TRANSACTIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the first four */

#include "oracle/transactions.h"

#define TRANSACTIONS_MAX 16
#define ACCESSES_MAX 128

struct transactions {
    struct ob_transaction transactions[TRANSACTIONS_MAX];
    struct ob_access accesses[ACCESSES_MAX];
    struct ob_transactions history;
};

static inline void transactions_access(struct transactions *all, uint32_t transaction, uint32_t key,
                                       uint32_t version, bool is_write)
{
    assert_true(all->history.access_count < ACCESSES_MAX && transaction < TRANSACTIONS_MAX);
    all->accesses[all->history.access_count++] = (struct ob_access){
        .transaction = transaction, .key = key, .version = version, .is_write = is_write};
    if (transaction >= all->history.count)
        all->history.count = transaction + 1;
}

static inline void transactions_clear(struct transactions *all)
{
    *all = (struct transactions){.history = {.count = 0}};
    all->history.transactions = all->transactions;
    all->history.accesses = all->accesses;
}

static inline void transactions_parse(struct transactions *all, const char *line)
{
    transactions_clear(all);
    while (*line) {
        char what = line[0];
        uint32_t transaction = (uint32_t)(line[1] - '1');
        if (what == 'c' || what == 'a') {
            all->transactions[transaction].fate = what == 'c' ? OB_TXN_COMMITTED : OB_TXN_ABORTED;
            line += 2;
        } else {
            transactions_access(all, transaction, (uint32_t)line[2], (uint32_t)(line[3] - '0'),
                                what == 'w');
            line += 4;
        }
        line += *line == ' ';
    }
}

#endif
