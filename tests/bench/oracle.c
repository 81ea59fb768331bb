/*
 * How long oracles take for large histories: operations of 8 clients on one object, which a real
 * object gave, and the same with one answer that no order explains; transactions that were run one
 * after the other, and the same with one pair that has not seen each other. A line for each, with
 * the least time of some turns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "oracle/linear.h"
#include "oracle/transactions.h"

#define CLIENTS 8u
#define OPERATIONS 1000u
#define TRANSACTIONS 10000u
#define ACCESSES 4u /* of a transaction */
#define KEYS 1000u
#define TURNS 5

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_line(const char *name, unsigned count, double seconds, const char *verdict)
{
    printf("name=%s count=%u ms=%.2f verdict=%s\n", name, count, seconds * 1000, verdict);
}

/* -- operations -- */

struct history {
    struct ob_operation operations[OPERATIONS];
    uint32_t count;
    uint32_t events;
};

/* What the object answers, and its state after it. Items of a queue are few at a time. */
static uint64_t answer(uint64_t *state, struct ob_operation *operation)
{
    switch (operation->kind) {
    case OB_OP_WRITE:
        *state = operation->argument;
        return OB_ANY;
    case OB_OP_ADD:
        *state += operation->argument;
        return *state;
    default:
        return *state;
    }
}

/* Clients begin, have their operation done at some moment, and end. */
static void make_history(struct history *history, unsigned change, struct ob_rng *rng)
{
    struct {
        uint32_t operation;
        uint64_t result;
        enum { IDLE, BEGUN, DONE } state;
    } clients[CLIENTS];
    uint64_t state = 0;

    memset(clients, 0, sizeof clients);
    history->count = history->events = 0;
    for (unsigned ended = 0; ended < OPERATIONS;) {
        unsigned who = ob_rng_below(rng, CLIENTS);
        struct ob_operation *operation = &history->operations[clients[who].operation];
        if (clients[who].state == BEGUN) {
            clients[who].result = answer(&state, operation);
            clients[who].state = DONE;
        } else if (clients[who].state == DONE) {
            operation->result = clients[who].result;
            operation->end = history->events++;
            clients[who].state = IDLE;
            ended++;
        } else if (history->count < OPERATIONS) {
            clients[who].operation = history->count++;
            clients[who].state = BEGUN;
            history->operations[clients[who].operation] =
                (struct ob_operation){.begin = history->events++,
                                      .end = UINT32_MAX,
                                      .client = who,
                                      .kind = ob_rng_below(rng, 2) ? OB_OP_READ : change,
                                      .argument = ob_rng_below(rng, 5),
                                      .result = OB_ANY};
        }
    }
}

static void measure_history(const char *name, const struct ob_specification *specification,
                            const struct history *history, enum ob_linear expected)
{
    struct ob_linear_memory *memory = ob_linear_memory_create();
    double least = 1e9;
    enum ob_linear result = OB_LINEAR_UNKNOWN;
    uint32_t object;

    for (int turn = 0; memory && turn < TURNS; turn++) {
        double started = seconds_now();
        result = ob_linear_check(memory, specification, history->operations, history->count,
                                 UINT32_MAX, &object);
        double elapsed = seconds_now() - started;
        least = elapsed < least ? elapsed : least;
    }
    ob_linear_memory_free(memory);
    print_line(name, history->count, least, result == expected ? "as_expected" : "WRONG");
}

static void measure_operations(void)
{
    static struct history history;
    struct ob_rng rng = {.state = 1};

    make_history(&history, OB_OP_WRITE, &rng);
    measure_history("register,_linearizable", &ob_spec_register, &history, OB_LINEAR_YES);
    make_history(&history, OB_OP_ADD, &rng);
    measure_history("counter,_linearizable", &ob_spec_counter, &history, OB_LINEAR_YES);
    uint32_t last = 0; /* of those that read, the last to begin */
    for (uint32_t at = 0; at < history.count; at++)
        last = history.operations[at].kind == OB_OP_READ ? at : last;
    history.operations[last].result = 1000000;
    measure_history("counter,_one_answer_wrong", &ob_spec_counter, &history, OB_LINEAR_NO);
}

/* -- transactions -- */

struct transactions {
    struct ob_transaction transactions[TRANSACTIONS];
    struct ob_access accesses[TRANSACTIONS * ACCESSES];
    uint32_t newest[KEYS + 2];
    struct ob_transactions history;
};

static void add(struct transactions *all, uint32_t transaction, uint32_t key, bool is_write)
{
    all->newest[key] += is_write;
    all->accesses[all->history.access_count++] = (struct ob_access){
        .transaction = transaction, .key = key, .version = all->newest[key], .is_write = is_write};
}

static void make_transactions(struct transactions *all, bool has_skew, struct ob_rng *rng)
{
    memset(all, 0, sizeof *all);
    for (uint32_t at = 0; at < TRANSACTIONS; at++) {
        all->transactions[at].fate = OB_TXN_COMMITTED;
        for (unsigned access = 0; access < ACCESSES / 2; access++) {
            uint32_t key = ob_rng_below(rng, KEYS);
            add(all, at, key, false);
            add(all, at, key, true);
        }
    }
    all->history = (struct ob_transactions){.transactions = all->transactions,
                                            .accesses = all->accesses,
                                            .count = TRANSACTIONS,
                                            .access_count = all->history.access_count};
    if (!has_skew)
        return;
    /* The last two read what the other one writes. */
    all->history.access_count -= 2 * ACCESSES;
    for (uint32_t at = 0; at < 2; at++)
        add(all, TRANSACTIONS - 2 + at, KEYS + at, false);
    for (uint32_t at = 0; at < 2; at++)
        add(all, TRANSACTIONS - 2 + at, KEYS + 1 - at, true);
}

static void measure_transactions(const char *name, bool has_skew, enum ob_anomaly expected)
{
    static struct transactions all;
    static struct ob_finding_of_transactions finding;
    struct ob_rng rng = {.state = 2};
    double least = 1e9;

    make_transactions(&all, has_skew, &rng);
    for (int turn = 0; turn < TURNS; turn++) {
        double started = seconds_now();
        if (ob_isolation_check(&all.history, OB_SERIALIZABLE, &finding) != 0)
            finding.anomaly = OB_ANOMALIES;
        double elapsed = seconds_now() - started;
        least = elapsed < least ? elapsed : least;
    }
    print_line(name, TRANSACTIONS, least, finding.anomaly == expected ? "as_expected" : "WRONG");
}

int main(void)
{
    measure_operations();
    measure_transactions("transactions,_serializable", false, OB_ANOMALY_NONE);
    measure_transactions("transactions,_a_write_skew", true, OB_G2);
    return 0;
}
