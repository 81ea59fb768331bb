/* Oracles in a world: what targets record reaches them, and what they say reaches people. */
#include <offbeat/lock.h>
#include <offbeat/oracle.h>
#include <offbeat/store.h>
#include <offbeat/task.h>

#include "support/run_text.h"
#include "world/judge.h"
#include "world/snapshot.h"

/* Puppets, which do what messages from outside say. */
enum kind {
    BEGIN,
    END,
    WAIT,
    DONE,
    EFFECT,
    UNDO,
    TOLD,
    ASK,
    GIVE_UP,
    FORGET,
    WORK,
    TRANSACT,
    READ,
    WRITE,
    COMMIT,
    ABORT,
    REQUEST,
    REPLY,
    AGAIN,
};

struct puppet {
    uint32_t operation;
    uint32_t transaction;
    uint32_t asked; /* the reference that it takes a reply for */
};

static void puppet_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct puppet *puppet = ob_state(self);
    uint32_t value = message->args[0];

    switch (message->kind) {
    case BEGIN:
        puppet->operation = ob_op_begin(self, 0, value, message->args[1]);
        break;
    case END:
        ob_op_end(self, puppet->operation, value);
        break;
    case WAIT:
        ob_waits_for(self, value, "lock");
        break;
    case DONE:
        ob_waits_done(self);
        break;
    case EFFECT:
        ob_effect(self, value);
        break;
    case UNDO:
        ob_effect_undone(self, value);
        break;
    case TOLD:
        ob_effect_acknowledged(self, value);
        break;
    case ASK:
        ob_request_sent(self, value);
        puppet->asked = value;
        ob_send(self, "server", REQUEST);
        break;
    case FORGET: /* to send what it has recorded */
        ob_request_sent(self, value);
        break;
    case GIVE_UP:
        ob_request_given_up(self, value);
        break;
    case REPLY:
        ob_request_answered(self, message, puppet->asked);
        break;
    case WORK:
        ob_work(self, value);
        break;
    case TRANSACT:
        puppet->transaction = ob_txn_begin(self, ob_id(self));
        break;
    case READ:
        ob_txn_read(self, puppet->transaction, value);
        break;
    case WRITE:
        (void)ob_txn_write(self, puppet->transaction, value);
        break;
    case COMMIT:
        ob_txn_commit(self, puppet->transaction);
        break;
    case ABORT:
        ob_txn_abort(self, puppet->transaction);
        break;
    case AGAIN: /* for ever */
        ob_timer_start(self, 1000, AGAIN, 0);
        break;
    default:
        break;
    }
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_work(self, 100);
    ob_reply(self, message, REPLY);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "p", 3, puppet_receive, sizeof(struct puppet));
    ob_spawn(world, "server", server_receive, 0);
    ob_link(world, "p", "server", (struct ob_link){.lossy = true});
    ob_allow(world, "p", (struct ob_faults){.pause_us_max = 100000});
}

#define FROM_OUTSIDE(word)                                                                         \
    {                                                                                              \
        .name = word, .to = "p", .args = { {"a", 0, 60000} }                                       \
    }
#define MESSAGES                                                                                   \
    {                                                                                              \
        [BEGIN] = {.name = "begin", .to = "p", .args = {{"a", 0, 99}, {"b", 0, 99}}},              \
        [END] = FROM_OUTSIDE("end"), [WAIT] = FROM_OUTSIDE("wait"), [DONE] = FROM_OUTSIDE("done"), \
        [EFFECT] = FROM_OUTSIDE("effect"), [UNDO] = FROM_OUTSIDE("undo"),                          \
        [TOLD] = FROM_OUTSIDE("told"), [ASK] = FROM_OUTSIDE("ask"),                                \
        [GIVE_UP] = FROM_OUTSIDE("give_up"), [FORGET] = FROM_OUTSIDE("forget"),                    \
        [WORK] = FROM_OUTSIDE("work"), [TRANSACT] = FROM_OUTSIDE("transact"),                      \
        [READ] = FROM_OUTSIDE("read"), [WRITE] = FROM_OUTSIDE("write"),                            \
        [COMMIT] = FROM_OUTSIDE("commit"), [ABORT] = FROM_OUTSIDE("abort"),                        \
        [AGAIN] = FROM_OUTSIDE("again"), [REQUEST] = {.name = "request"},                          \
        [REPLY] = {.name = "reply"},                                                               \
    }

static OB_TARGET(puppets, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_LINEARIZABLE(&ob_spec_register),
                                       OB_ISOLATION(OB_SERIALIZABLE), OB_DEADLOCK,
                                       OB_MAILBOX_LATENCY(2000), OB_REQUESTS, OB_EFFECTS));
static OB_TARGET(progress, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .steps_max = 200, .oracles = OB_ORACLES(OB_PROGRESS(20000, 5000)));
static OB_TARGET(silent, .variants = {"only"}, .messages = MESSAGES, .setup = setup);

/* Runs a scenario. Returns the id of what was violated, "" for nothing. */
static const char *run(struct bench *bench, const char *records)
{
    bench_parse(bench, records);
    return ob_world_run(bench->world, &bench->scenario)->invariant;
}

static void expect_of(const struct ob_target *target, const char *records, const char *id)
{
    static struct bench bench;
    bench_open(&bench, target, 0);
    assert_string_equal(run(&bench, records), id);
    bench_close(&bench);
}

static void expect(const char *records, const char *id)
{
    expect_of(&ob_target_puppets, records, id);
    expect_of(&ob_target_silent, records, "");
}

#define STALE                                                                                      \
    "+0 begin(a=1, b=7) to p.0\n+1us end(a=0) to p.0\n+1us begin(a=0) to p.1\n+1us end(a=0) to "   \
    "p.1\n"

static void operations_are_linearizable(void **state)
{
    (void)state;
    expect("+0 begin(a=1, b=7) to p.0\n+1us begin(a=0) to p.1\n+1us end(a=0) to p.1\n", "");
    expect(STALE, "linearizable");
}

static void what_is_wrong_is_explained(void **state)
{
    static struct bench bench;
    struct ob_text text = {0};
    (void)state;
    bench_open(&bench, &ob_target_puppets, 0);
    (void)run(&bench, STALE "+1us begin(a=0) to p.2\n");
    assert_string_equal(
        ob_world_verdict(bench.world)->detail,
        "p.1 has read(): 0, which no order of the operations on register 0 explains");
    ob_world_explain(bench.world, &text);
    assert_string_equal(ob_text_string(&text),
                        "The shortest beginning that no order explains, on register 0:\n"
                        "  p.0 write(7), from 0 to 1us\n"
                        "  p.1 read(): 0, from 2us to 3us\n");
    ob_text_release(&text);
    (void)run(&bench, "+0 begin(a=0) to p.1\n+1us end(a=0) to p.1\n");
    ob_world_explain(bench.world, &text);
    assert_string_equal(ob_text_string(&text), "");
    bench_close(&bench);
}

static void transactions_are_serializable(void **state)
{
    (void)state;
#define BOTH_READ                                                                                  \
    "+0 transact() to p.0\n+0 transact() to p.1\n+0 read(a=1) to p.0\n+0 read(a=1) to p.1\n"
    expect(BOTH_READ "+0 write(a=1) to p.0\n+0 commit() to p.0\n+0 commit() to p.1\n", "");
    expect(BOTH_READ "+0 write(a=1) to p.0\n+0 write(a=1) to p.1\n+0 commit() to p.0\n"
                     "+0 commit() to p.1\n",
           "lost_update");
    expect(BOTH_READ "+0 write(a=1) to p.0\n+0 write(a=1) to p.1\n+0 commit() to p.0\n"
                     "+0 abort() to p.1\n",
           "");
    expect(BOTH_READ "+0 read(a=2) to p.0\n+0 read(a=2) to p.1\n+0 write(a=1) to p.0\n"
                     "+0 write(a=2) to p.1\n+0 commit() to p.0\n+0 commit() to p.1\n",
           "write_skew");
    /* After an abort what was there before is there again. */
    expect("+0 transact() to p.0\n+0 write(a=1) to p.0\n+0 abort() to p.0\n+0 transact() to p.1\n"
           "+0 read(a=1) to p.1\n+0 commit() to p.1\n",
           "");
}

static void nobody_waits_in_a_circle(void **state)
{
    static struct bench bench;
    (void)state;
    expect("+0 wait(a=2) to p.0\n+1us wait(a=1) to p.1\n", "deadlock");
    expect("+0 wait(a=2) to p.0\n+1us wait(a=3) to p.1\n+1us wait(a=1) to p.2\n", "deadlock");
    expect("+0 wait(a=2) to p.0\n+1us done() to p.0\n+1us wait(a=1) to p.1\n+1us done() to p.1\n",
           "");
    expect("+0 wait(a=2) to p.0\n", "stuck");
    bench_open(&bench, &ob_target_puppets, 0);
    (void)run(&bench, "+0 wait(a=2) to p.0\n+1us wait(a=1) to p.1\n");
    assert_string_equal(ob_world_verdict(bench.world)->detail,
                        "p.0 waits for lock of p.1, p.1 waits for lock of p.0");
    bench_close(&bench);
}

static void nothing_waits_too_long_in_a_mailbox(void **state)
{
    (void)state;
    expect("+0 work(a=2000) to p.0\n+0 read() to p.0\n", "");
    expect("+0 work(a=2001) to p.0\n+0 read() to p.0\n", "mailbox_latency");
    /* A pause is no fault of the target. */
    expect("+0 read() to p.0\n+0 read() to p.0\npause before read outside->p.0 #0 for 50ms\n", "");
}

static void a_late_reply_is_not_the_answer(void **state)
{
    (void)state;
    expect("+0 ask(a=1) to p.0\n", "");
    expect("+0 ask(a=1) to p.0\n+10us give_up(a=1) to p.0\n", "late_reply_used");
    /* Both are answered, but the first reply is taken for the second request's. */
    expect("+0 ask(a=1) to p.0\n+10us ask(a=2) to p.0\n", "late_reply_used");
    expect("+0 ask(a=1) to p.0\n+10ms ask(a=2) to p.0\n", "");
    expect("+0 ask(a=1) to p.0\ndrop request p.0->server #0\n", "");
}

static void a_request_that_nobody_answers_is_lost(void **state)
{
    (void)state;
    expect("+0 forget(a=1) to p.0\n", "request_lost");
    expect("+0 forget(a=1) to p.0\n+10ms give_up(a=1) to p.0\n", "");
    expect("+0 forget(a=1) to p.0\n+0 ask(a=2) to p.1\ndrop request p.1->server #0\n", "");
}

static void an_effect_happens_once(void **state)
{
    (void)state;
    expect("+0 effect(a=1) to p.0\n+0 effect(a=2) to p.1\n+0 told(a=1) to p.2\n", "");
    expect("+0 effect(a=1) to p.0\n+0 effect(a=1) to p.1\n", "effect_once");
    expect("+0 effect(a=1) to p.0\n+0 undo(a=1) to p.0\n+0 effect(a=1) to p.1\n", "");
    expect("+0 told(a=1) to p.2\n", "effect_lost");
    expect("+0 effect(a=1) to p.0\n+0 told(a=1) to p.2\n+0 undo(a=1) to p.0\n", "effect_lost");
}

static void what_has_begun_ends(void **state)
{
    const struct ob_target *target = &ob_target_progress;
    (void)state;
    expect_of(target, "+0 begin() to p.0\n+1ms end() to p.0\n", "");
    expect_of(target, "+0 begin() to p.0\n", "stalled");
    expect_of(target, "+0 begin() to p.0\n+0 again() to p.1\n", "livelock");
    expect_of(target,
              "+0 begin() to p.0\n+0 again() to p.1\n+0 begin() to p.2\n+1us end() to p.2\n",
              "starvation");
    /* Not when there was no time for it. */
    expect_of(target, "+0 again() to p.1\n+180ms begin() to p.0\n", "step_budget");
}

static void faults_stop_before_progress_is_asked_for(void **state)
{
    static struct bench bench;
    (void)state;
    bench_open(&bench, &ob_target_progress, 0);
    (void)run(&bench, "+0 ask(a=1) to p.0\n+0 work(a=6000) to p.1\n+0 ask(a=1) to p.1\n"
                      "drop request p.0->server #0\ndrop request p.1->server #0\n");
    assert_int_equal(ob_world_applied(bench.world), 1);
    bench_close(&bench);
}

static void oracles_and_invariants_are_switched_off_apart(void **state)
{
    static struct bench bench;
    (void)state;
    bench_open(&bench, &ob_target_puppets, 0);
    ob_world_judge(bench.world, OB_JUDGE_INVARIANTS);
    assert_string_equal(run(&bench, STALE), "");
    assert_string_equal(run(&bench, "+0 effect(a=1) to p.0\n+0 effect(a=1) to p.1\n"), "");
    ob_world_judge(bench.world, OB_JUDGE_ORACLES);
    assert_string_equal(run(&bench, STALE), "linearizable");
    bench_close(&bench);
}

static void records_go_with_snapshots(void **state)
{
    static struct bench bench;
    (void)state;
    bench_open(&bench, &ob_target_puppets, 0);
    bench_parse(&bench, "+0 effect(a=1) to p.0\n+1us undo(a=1) to p.0\n+1us effect(a=1) to p.1\n");
    ob_world_begin(bench.world, &bench.scenario);
    while (ob_world_delivery_count(bench.world) < 2)
        assert_true(ob_world_step(bench.world));
    struct ob_snapshot *snapshot = ob_snapshot_take(bench.world, NULL);
    for (int again = 0; again < 2; again++) {
        while (ob_world_step(bench.world))
            continue;
        assert_string_equal(ob_world_verdict(bench.world)->invariant, "");
        ob_snapshot_restore(bench.world, snapshot);
    }
    ob_snapshot_free(snapshot);
    bench_close(&bench);
}

/* -- serial equivalence: the counter that is there as a target, and one that adds in two ways -- */

extern const struct ob_target ob_target_counter;

static void a_lost_update_is_no_serial_order(void **state)
{
    static struct bench bench;
    struct ob_text text = {0};
    (void)state;
    for (unsigned variant = 0; variant < 2; variant++) {
        bench_open(&bench, &ob_target_counter, variant);
        ob_world_judge(bench.world, OB_JUDGE_ORACLES);
        assert_string_equal(run(&bench, "+0 increment() to client.0\n+0 increment() to client.1\n"),
                            variant ? "" : "serial_equivalence");
        if (variant == 0) {
            ob_world_explain(bench.world, &text);
            assert_non_null(strstr(ob_text_string(&text), "value: 2, but is 1"));
            assert_non_null(strstr(ob_text_string(&text), "increment() to client.1"));
            ob_text_release(&text);
        }
        assert_string_equal(
            run(&bench, "+0 increment() to client.0\n+1ms increment() to client.1\n"), "");
        bench_close(&bench);
    }
}

enum order_kind { ADD, DOUBLE };

static void number_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *number = ob_state(self);

    *number = message->kind == ADD ? *number + message->args[0] : 2 * *number;
}

static void number_setup(struct ob_world *world)
{
    ob_spawn(world, "number", number_receive, sizeof(uint32_t));
}

static void number_observe(const struct ob_world *world, struct ob_view *view)
{
    ob_observe(view, *(const uint32_t *)ob_state(ob_actor(world, "number")), "number");
}

static OB_TARGET(number, .variants = {"only"},
                 .messages = {[ADD] = {"add", .to = "number", .args = {{"n", 0, 1000}}},
                              [DOUBLE] = {"double", .to = "number"}},
                 .setup = number_setup,
                 .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(number_observe)));

static void every_order_that_gives_the_state_will_do(void **state)
{
    (void)state;
    expect_of(&ob_target_number, "+0 add(n=3)\n+0 double()\n+0 add(n=4)\n", "");
    expect_of(
        &ob_target_number,
        "+0 add(n=3)\n+1us double()\n+1us add(n=4)\nreorder add outside->number #0 after double "
        "#0\n",
        "");
}

/* -- what the store and tasks do, oracles know by themselves -- */

enum transfer_kind { GO, STORE };

struct mover {
    uint32_t step;
};

static bool opposite(const struct ob_actor *self)
{
    return ob_variant(self) == 1;
}

/* Locks both rows, one after the other, and commits. */
static void mover_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct mover *mover = ob_state(self);
    uint32_t number = ob_index(self);
    uint32_t first = opposite(self) ? number : 0;

    if (message->kind != GO && message->kind != STORE + OB_STORE_BEGUN &&
        message->kind != STORE + OB_STORE_VALUE)
        return;
    switch (mover->step++) {
    case 0:
        ob_send(self, "store", STORE + OB_STORE_BEGIN, number, OB_SERIALIZABLE);
        break;
    case 1:
        ob_send(self, "store", STORE + OB_STORE_LOCK, number, first);
        break;
    case 2:
        ob_send(self, "store", STORE + OB_STORE_LOCK, number, 1 - first);
        break;
    default:
        ob_send(self, "store", STORE + OB_STORE_COMMIT, number);
        break;
    }
}

static void mover_setup(struct ob_world *world)
{
    ob_spawn_many(world, "mover", 2, mover_receive, sizeof(struct mover));
    ob_store_spawn(world, "store", &(struct ob_store_config){.first_kind = STORE});
}

static OB_TARGET(movers, .variants = {"ordered", "opposite"},
                 .messages = {[GO] = {"go", .to = "mover"}, OB_STORE_MESSAGES(STORE)},
                 .setup = mover_setup,
                 .oracles = OB_ORACLES(OB_DEADLOCK, OB_ISOLATION(OB_SERIALIZABLE)));

static void transactions_of_the_store_that_wait_for_each_other_are_seen(void **state)
{
    static struct bench bench;
    (void)state;
    for (unsigned variant = 0; variant < 2; variant++) {
        bench_open(&bench, &ob_target_movers, variant);
        assert_string_equal(run(&bench, "+0 go() to mover.0\n+0 go() to mover.1\n"),
                            variant ? "deadlock" : "");
        bench_close(&bench);
    }
}

enum locking_kind { LOCK };

struct locks {
    struct ob_mutex mutexes[2];
};

static struct locks *locks_of(const struct ob_actor *self)
{
    return ob_state(ob_actor(ob_world(self), "locks"));
}

static void locks_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void locker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct locks *locks = locks_of(self);
    unsigned first = opposite(self) ? message->args[0] : 0;

    (void)ob_mutex_lock(self, &locks->mutexes[first], OB_FOREVER);
    ob_sleep(self, 100);
    (void)ob_mutex_lock(self, &locks->mutexes[1 - first], OB_FOREVER);
    (void)ob_mutex_unlock(self, &locks->mutexes[1 - first]);
    (void)ob_mutex_unlock(self, &locks->mutexes[first]);
}

static void locker_setup(struct ob_world *world)
{
    ob_spawn_async(world, "locker", locker_receive, 0);
    ob_spawn(world, "locks", locks_receive, sizeof(struct locks));
}

static OB_TARGET(lockers, .variants = {"ordered", "opposite"},
                 .messages = {[LOCK] = {"lock", .to = "locker", .args = {{"first", 0, 1}}}},
                 .setup = locker_setup, .oracles = OB_ORACLES(OB_DEADLOCK));

static void tasks_that_wait_for_each_other_are_seen(void **state)
{
    static struct bench bench;
    (void)state;
    for (unsigned variant = 0; variant < 2; variant++) {
        bench_open(&bench, &ob_target_lockers, variant);
        assert_string_equal(run(&bench, "+0 lock(first=0)\n+0 lock(first=1)\n"),
                            variant ? "deadlock" : "");
        bench_close(&bench);
    }
}

/* A pool of two: one member waits for who waits for the pool, the other may give its place back. */
enum pool_kind { JOIN, SILENT };
enum role { WAITS_FOR_GUEST, MAY_LEAVE, GUEST };

struct pool {
    struct ob_semaphore places;
    struct ob_mutex mutex;
};

static void member_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct pool *pool = ob_state(ob_actor(ob_world(self), "pool"));

    if (message->args[0] == GUEST) {
        (void)ob_mutex_lock(self, &pool->mutex, OB_FOREVER);
        ob_sleep(self, 50);
        (void)ob_semaphore_acquire(self, &pool->places, 1, OB_FOREVER);
        return;
    }
    (void)ob_semaphore_acquire(self, &pool->places, 1, OB_FOREVER);
    ob_sleep(self, 100);
    if (message->args[0] == WAITS_FOR_GUEST)
        (void)ob_mutex_lock(self, &pool->mutex, OB_FOREVER);
    else
        (void)ob_call(self, "pool", OB_FOREVER, SILENT);
}

static void pool_setup(struct ob_world *world)
{
    ob_spawn_async(world, "member", member_receive, 0);
    struct pool *pool = ob_state(ob_spawn(world, "pool", locks_receive, sizeof(struct pool)));
    pool->places.free = 2;
}

static OB_TARGET(pool, .variants = {"only"},
                 .messages = {[JOIN] = {"join", .to = "member", .args = {{"role", 0, 2}}},
                              [SILENT] = {.name = "silent"}},
                 .setup = pool_setup, .oracles = OB_ORACLES(OB_DEADLOCK));

static void who_has_a_choice_waits_for_all_in_vain(void **state)
{
    (void)state;
    expect_of(&ob_target_pool, "+0 join(role=0)\n+0 join(role=1)\n+0 join(role=2)\n", "");
    expect_of(&ob_target_pool, "+0 join(role=0)\n+0 join(role=0)\n+0 join(role=2)\n", "deadlock");
}

enum call_kind { CALL, QUESTION, ANSWER };

/* Answers questions; to answer one from outside it asks the other, and hears nothing else. */
static void caller(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *message = ob_receive(self, CALL, QUESTION);
        if (message->kind == CALL)
            (void)ob_call_to(self, 3 - ob_id(self), OB_FOREVER, QUESTION);
        else
            ob_reply(self, message, ANSWER);
    }
}

static void caller_setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "server", 2, caller, 0);
}

static OB_TARGET(callers, .variants = {"only"},
                 .messages = {[CALL] = {"call", .to = "server"},
                              [QUESTION] = {.name = "question"},
                              [ANSWER] = {.name = "answer"}},
                 .setup = caller_setup, .oracles = OB_ORACLES(OB_DEADLOCK));

static void processes_that_call_each_other_are_seen(void **state)
{
    (void)state;
    expect_of(&ob_target_callers, "+0 call() to server.0\n+0 call() to server.1\n", "deadlock");
    expect_of(&ob_target_callers, "+0 call() to server.0\n+1ms call() to server.1\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_linearizable),
        cmocka_unit_test(what_is_wrong_is_explained),
        cmocka_unit_test(transactions_are_serializable),
        cmocka_unit_test(nobody_waits_in_a_circle),
        cmocka_unit_test(nothing_waits_too_long_in_a_mailbox),
        cmocka_unit_test(a_late_reply_is_not_the_answer),
        cmocka_unit_test(a_request_that_nobody_answers_is_lost),
        cmocka_unit_test(an_effect_happens_once),
        cmocka_unit_test(what_has_begun_ends),
        cmocka_unit_test(faults_stop_before_progress_is_asked_for),
        cmocka_unit_test(oracles_and_invariants_are_switched_off_apart),
        cmocka_unit_test(records_go_with_snapshots),
        cmocka_unit_test(a_lost_update_is_no_serial_order),
        cmocka_unit_test(every_order_that_gives_the_state_will_do),
        cmocka_unit_test(transactions_of_the_store_that_wait_for_each_other_are_seen),
        cmocka_unit_test(tasks_that_wait_for_each_other_are_seen),
        cmocka_unit_test(who_has_a_choice_waits_for_all_in_vain),
        cmocka_unit_test(processes_that_call_each_other_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
