/* The store: what each isolation level lets through, and what becomes of locks. */
#include <offbeat/store.h>

#include "base/rng.h"
#include "support/run_text.h"

enum kind { DO, LOST, STORE, KINDS = STORE + OB_STORE_KINDS };
enum variant { WAIT, DETECT, WAIT_DIE };

#define CLIENTS 4

/* A client does what it is told: its transaction has its own number. It keeps the last answer. */
struct client {
    uint32_t answers;
    uint16_t last;
    uint32_t value;
    uint32_t version;
    uint32_t age;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);
    const uint32_t *args = message->args;

    if (message->kind == DO) {
        uint32_t first = ob_index(self) + 1;
        uint32_t op = args[0];
        ob_send(self, "store", STORE + op, first, args[1], op == OB_STORE_BEGIN ? 0 : args[2],
                args[3]);
        return;
    }
    client->answers++;
    client->last = (uint16_t)(message->kind - STORE);
    client->value = args[2];
    client->version = args[3];
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    struct ob_actor *store = ob_store_spawn(
        world, "store",
        &(struct ob_store_config){.first_kind = STORE,
                                  .conflict = (enum ob_store_conflict)ob_world_variant(world),
                                  .values = {10, 20, 30}});
    ob_store_monitors(store, LOST);
    ob_monitor(world, "store", "client", LOST);
    ob_allow(world, "client", (struct ob_faults){.crash = true});
}

static OB_TARGET(stores, .variants = {"wait", "detect", "wait_die"},
                 .messages = {[DO] = {.name = "do",
                                      .to = "client",
                                      .args = {{"op", 0, 15},
                                               {"row", 0, 255},
                                               {"value", 0, 255},
                                               {"version", 0, 255}}},
                              [LOST] = {.name = "lost"},
                              OB_STORE_MESSAGES(STORE)},
                 .setup = setup);

static struct bench bench;
static char script[4096];

static void open(enum variant variant)
{
    bench_open(&bench, &ob_target_stores, variant);
    script[0] = '\0';
}

static const struct client *client_of(unsigned index)
{
    static const char *const names[] = {"client.0", "client.1", "client.2", "client.3"};
    return ob_state(ob_actor(bench.world, names[index]));
}

static struct ob_actor *store(void)
{
    return ob_actor(bench.world, "store");
}

/* Lets a client do one thing more, a millisecond after the last, and runs all of it again. */
static const struct client *then(unsigned index, enum ob_store_kind op, unsigned row,
                                 unsigned value)
{
    size_t length = strlen(script);
    (void)snprintf(script + length, sizeof script - length,
                   "+1ms do(op=%u, row=%u, value=%u) to client.%u\n", (unsigned)op, row, value,
                   index);
    bench_parse(&bench, script);
    (void)ob_world_run(bench.world, &bench.scenario);
    return client_of(index);
}

static void begin(unsigned index, enum ob_isolation isolation)
{
    assert_int_equal(then(index, OB_STORE_BEGIN, isolation, 0)->last, OB_STORE_BEGUN);
}

static void gives(const struct client *client, uint32_t value)
{
    assert_int_equal(client->last, OB_STORE_VALUE);
    assert_int_equal(client->value, value);
}

static void expect_done(const struct client *client)
{
    assert_int_equal(client->last, OB_STORE_DONE);
}

static void expect_aborted(const struct client *client)
{
    assert_int_equal(client->last, OB_STORE_ABORTED);
}

static void read_committed_sees_commits_of_others_and_its_own_writes(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_READ_COMMITTED);
    begin(1, OB_READ_COMMITTED);
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    expect_done(then(1, OB_STORE_WRITE, 0, 11));
    gives(then(1, OB_STORE_READ, 0, 0), 11);
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    expect_done(then(1, OB_STORE_COMMIT, 0, 0));
    gives(then(0, OB_STORE_READ, 0, 0), 11);
    assert_int_equal(ob_store_version(store(), 0), 1);
    bench_close(&bench);
}

static void read_committed_loses_an_update(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_READ_COMMITTED);
    begin(1, OB_READ_COMMITTED);
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    gives(then(1, OB_STORE_READ, 0, 0), 10);
    expect_done(then(0, OB_STORE_WRITE, 0, 11));
    unsigned answers = client_of(1)->answers;
    assert_int_equal(then(1, OB_STORE_WRITE, 0, 12)->answers, answers); /* waits */
    assert_int_equal(ob_store_waiting_count(store()), 1);
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    expect_done(client_of(1));
    expect_done(then(1, OB_STORE_COMMIT, 0, 0));
    assert_int_equal(ob_store_value(store(), 0), 12);
    assert_int_equal(ob_store_open_count(store()), 0);
    bench_close(&bench);
}

static void select_for_update_reads_what_was_committed_while_it_waited(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_READ_COMMITTED);
    begin(1, OB_READ_COMMITTED);
    gives(then(0, OB_STORE_LOCK, 0, 0), 10);
    unsigned answers = client_of(1)->answers;
    assert_int_equal(then(1, OB_STORE_LOCK, 0, 0)->answers, answers);
    expect_done(then(0, OB_STORE_WRITE, 0, 11));
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    gives(client_of(1), 11);
    bench_close(&bench);
}

static void a_snapshot_stays_and_the_first_to_commit_wins(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_SNAPSHOT);
    begin(1, OB_SNAPSHOT);
    expect_done(then(1, OB_STORE_WRITE, 0, 11));
    expect_done(then(1, OB_STORE_COMMIT, 0, 0));
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    expect_aborted(then(0, OB_STORE_WRITE, 0, 12));
    expect_aborted(then(0, OB_STORE_COMMIT, 0, 0));
    assert_int_equal(ob_store_value(store(), 0), 11);
    bench_close(&bench);
}

static void snapshots_let_write_skew_through(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_SNAPSHOT);
    begin(1, OB_SNAPSHOT);
    gives(then(0, OB_STORE_READ, 1, 0), 20);
    gives(then(1, OB_STORE_READ, 0, 0), 10);
    expect_done(then(0, OB_STORE_WRITE, 0, 0));
    expect_done(then(1, OB_STORE_WRITE, 1, 0));
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    expect_done(then(1, OB_STORE_COMMIT, 0, 0));
    bench_close(&bench);
}

static void optimism_aborts_when_a_row_that_was_read_has_changed(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_OPTIMISTIC);
    begin(1, OB_OPTIMISTIC);
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    gives(then(1, OB_STORE_READ, 0, 0), 10);
    expect_done(then(0, OB_STORE_WRITE, 0, 11));
    expect_done(then(1, OB_STORE_WRITE, 0, 12));
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    expect_aborted(then(1, OB_STORE_COMMIT, 0, 0));
    assert_int_equal(ob_store_value(store(), 0), 11);
    bench_close(&bench);
}

/* Both have read, both want to write: a circle. */
static void upgrade(enum variant variant)
{
    open(variant);
    begin(0, OB_SERIALIZABLE);
    begin(1, OB_SERIALIZABLE);
    gives(then(0, OB_STORE_READ, 0, 0), 10);
    gives(then(1, OB_STORE_READ, 0, 0), 10);
}

static void a_deadlock_stays_where_nobody_looks_for_it(void **state)
{
    (void)state;
    upgrade(WAIT);
    (void)then(0, OB_STORE_WRITE, 0, 11);
    assert_int_equal(ob_store_deadlocked(store()), 0);
    (void)then(1, OB_STORE_WRITE, 0, 12);
    assert_int_not_equal(ob_store_deadlocked(store()), 0);
    assert_int_equal(ob_store_waiting_count(store()), 2);
    bench_close(&bench);
}

static void a_deadlock_is_detected(void **state)
{
    (void)state;
    upgrade(DETECT);
    (void)then(0, OB_STORE_WRITE, 0, 11);
    assert_int_equal(ob_store_waiting_count(store()), 1);
    expect_aborted(then(1, OB_STORE_WRITE, 0, 12));
    expect_done(client_of(0));
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    assert_int_equal(ob_store_value(store(), 0), 11);
    bench_close(&bench);
}

static void the_younger_dies_and_the_older_waits(void **state)
{
    (void)state;
    upgrade(WAIT_DIE);
    expect_aborted(then(1, OB_STORE_WRITE, 0, 12));
    expect_done(then(0, OB_STORE_WRITE, 0, 11));
    begin(1, OB_SERIALIZABLE);
    expect_aborted(then(1, OB_STORE_READ, 0, 0));
    expect_done(then(0, OB_STORE_COMMIT, 0, 0));
    bench_close(&bench);
}

/* Readers that come one after the other would keep a writer out for ever. */
static void who_comes_later_waits_behind_who_waits(void **state)
{
    (void)state;
    open(WAIT_DIE);
    begin(0, OB_SERIALIZABLE);
    begin(1, OB_SERIALIZABLE);
    begin(2, OB_SERIALIZABLE);
    begin(3, OB_SERIALIZABLE);
    gives(then(2, OB_STORE_READ, 0, 0), 10);
    unsigned answers = client_of(1)->answers;
    assert_int_equal(then(1, OB_STORE_WRITE, 0, 12)->answers, answers);
    answers = client_of(0)->answers;
    assert_int_equal(then(0, OB_STORE_READ, 0, 0)->answers, answers); /* it is older, and waits */
    expect_aborted(then(3, OB_STORE_READ, 0, 0));                     /* it is younger */
    gives(then(2, OB_STORE_READ, 0, 0), 10); /* it has the lock, and is in nobody's queue */
    expect_done(then(2, OB_STORE_COMMIT, 0, 0));
    expect_done(client_of(1));
    expect_done(then(1, OB_STORE_COMMIT, 0, 0));
    gives(client_of(0), 12);
    bench_close(&bench);
}

static void operations_outside_of_transactions(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_SERIALIZABLE);
    gives(then(0, OB_STORE_LOCK, 0, 0), 10);
    expect_done(then(1, OB_STORE_DIRTY_WRITE, 0, 99)); /* no lock keeps it out */
    gives(then(1, OB_STORE_DIRTY_READ, 0, 0), 99);
    assert_int_equal(client_of(1)->version, 1);
    assert_int_equal(then(1, OB_STORE_PUT_IF, 0, 5)->last, OB_STORE_STALE); /* version 0 */
    expect_done(then(1, OB_STORE_PUT_IF, 1, 5));
    assert_int_equal(ob_store_value(store(), 1), 5);
    bench_close(&bench);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    open(DETECT);
    expect_aborted(then(0, OB_STORE_READ, 0, 0)); /* without a beginning */
    expect_aborted(then(0, OB_STORE_COMMIT, 0, 0));
    expect_done(then(0, OB_STORE_ABORT, 0, 0));
    begin(0, OB_SERIALIZABLE);
    expect_aborted(then(0, OB_STORE_BEGIN, 0, 0)); /* twice */
    expect_aborted(then(0, OB_STORE_READ, 200, 0));
    expect_aborted(then(1, OB_STORE_BEGIN, 9, 0)); /* no such level */
    assert_int_equal(ob_store_open_count(store()), 0);
    bench_close(&bench);
}

static void who_ends_lets_go(void **state)
{
    (void)state;
    open(DETECT);
    begin(0, OB_READ_COMMITTED);
    begin(1, OB_READ_COMMITTED);
    expect_done(then(0, OB_STORE_WRITE, 0, 11));
    (void)then(1, OB_STORE_WRITE, 0, 12);
    (void)then(0, OB_STORE_READ, 1, 0);
    (void)snprintf(script + strlen(script), sizeof script - strlen(script),
                   "crash after do outside->client.0 #2\n");
    bench_parse(&bench, script);
    (void)ob_world_run(bench.world, &bench.scenario);
    expect_done(client_of(1));
    assert_int_equal(ob_store_open_count(store()), 1);
    bench_close(&bench);
}

/* With deadlocks dealt with, whatever clients do, nobody waits for ever: once everybody has ended,
 * nothing is open. */
static void nothing_waits_for_ever(void **state)
{
    (void)state;
    static const enum variant variants[] = {DETECT, WAIT_DIE};
    for (unsigned at = 0; at < 2; at++) {
        for (uint64_t seed = 0; seed < 300; seed++) {
            struct ob_rng rng = {.state = seed};
            bool waited = false;
            char *end = script;
            open(variants[at]);
            for (unsigned index = 0; index < CLIENTS; index++)
                end += sprintf(end, "+0 do(op=%d, row=%d) to client.%u\n", OB_STORE_BEGIN,
                               OB_SERIALIZABLE, index);
            for (unsigned step = 0; step < 24; step++)
                end += sprintf(end, "+%ums do(op=%u, row=%u) to client.%u\n", step % 2,
                               1 + ob_rng_below(&rng, 3), ob_rng_below(&rng, 3),
                               ob_rng_below(&rng, CLIENTS));
            bench_parse(&bench, script);
            (void)ob_world_run(bench.world, &bench.scenario);
            assert_int_equal(ob_store_deadlocked(store()), 0);
            waited = ob_store_waiting_count(store()) > 0;
            assert_true(!waited || ob_store_open_count(store()) > ob_store_waiting_count(store()));
            bench_close(&bench);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_committed_sees_commits_of_others_and_its_own_writes),
        cmocka_unit_test(read_committed_loses_an_update),
        cmocka_unit_test(select_for_update_reads_what_was_committed_while_it_waited),
        cmocka_unit_test(a_snapshot_stays_and_the_first_to_commit_wins),
        cmocka_unit_test(snapshots_let_write_skew_through),
        cmocka_unit_test(optimism_aborts_when_a_row_that_was_read_has_changed),
        cmocka_unit_test(a_deadlock_stays_where_nobody_looks_for_it),
        cmocka_unit_test(a_deadlock_is_detected),
        cmocka_unit_test(the_younger_dies_and_the_older_waits),
        cmocka_unit_test(who_comes_later_waits_behind_who_waits),
        cmocka_unit_test(operations_outside_of_transactions),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(who_ends_lets_go),
        cmocka_unit_test(nothing_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
