/* Mutex, read-write lock and semaphore: who gets them in which order, and who gives up. */
#include "offbeat/lock.h"

#include "support/task_log.h"
#include "world/task_view.h"

enum kind { TAKE, READ, WRITE, TRY, SPOIL };
enum variant { MUTEX, RWLOCK, SEMAPHORE, SHARED };

struct shared {
    struct ob_mutex mutex;
    struct ob_rwlock rwlock;
    struct ob_semaphore semaphore;
};

static struct shared *shared_of(struct ob_actor *self)
{
    return ob_variant(self) == SHARED
               ? *(struct shared **)ob_state(ob_actor(ob_world(self), "memory"))
               : ob_state(self);
}

/* Holds the lock for 100 µs; waits for `args[1]` × 10 µs at most, or for ever when that is 9. */
static void use_mutex(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_mutex *mutex = &shared_of(self)->mutex;
    uint32_t timeout_us = message->args[1] == 9 ? OB_FOREVER : 10 * message->args[1];

    if (message->kind == SPOIL) {
        note(self, ob_mutex_unlock(self, mutex) ? "unlocked" : "refused");
        return;
    }
    if (!ob_mutex_lock(self, mutex, timeout_us)) {
        note(self, "no%u@%u", message->args[0], since_start(self));
        return;
    }
    note(self, "in%u@%u", message->args[0], since_start(self));
    ob_sleep(self, 100);
    assert_true(ob_mutex_unlock(self, mutex));
}

static void use_rwlock(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_rwlock *lock = &shared_of(self)->rwlock;
    uint32_t timeout_us = message->args[1] == 9 ? OB_FOREVER : 10 * message->args[1];
    bool has;

    if (message->kind == SPOIL) {
        note(self, ob_rwlock_unlock(self, lock) ? "unlocked" : "refused");
        return;
    }
    has = message->kind == READ ? ob_rwlock_read_lock(self, lock, timeout_us)
                                : ob_rwlock_write_lock(self, lock, timeout_us);
    if (!has) {
        note(self, "no%u@%u", message->args[0], since_start(self));
        return;
    }
    note(self, "%s%u@%u", message->kind == READ ? "r" : "w", message->args[0], since_start(self));
    ob_sleep(self, 100);
    assert_true(ob_rwlock_unlock(self, lock));
}

/* Takes `args[0]` of three permits for 100 µs. */
static void use_semaphore(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_semaphore *semaphore = &shared_of(self)->semaphore;
    uint32_t timeout_us = message->args[1] == 9 ? OB_FOREVER : 10 * message->args[1];

    if (!ob_semaphore_acquire(self, semaphore, message->args[0], timeout_us)) {
        note(self, "no%u@%u", message->args[0], since_start(self));
        return;
    }
    note(self, "in%u@%u", message->args[0], since_start(self));
    ob_sleep(self, 100);
    ob_semaphore_release(self, semaphore, message->args[0]);
}

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == RWLOCK)
        use_rwlock(self, message);
    else if (ob_variant(self) == SEMAPHORE)
        use_semaphore(self, message);
    else
        use_mutex(self, message);
}

static void start(struct ob_actor *self)
{
    shared_of(self)->semaphore.free = 3;
}

static void setup(struct ob_world *world)
{
    struct ob_actor *user = ob_spawn_async_many(world, "user", 2, handle, sizeof(struct shared));
    struct ob_actor *memory = ob_spawn(world, "memory", ignore_message, sizeof(struct shared *));

    *(struct shared **)ob_state(memory) = ob_alloc(world, sizeof(struct shared));
    ob_on_start(user, start);
    spawn_log(world);
    if (ob_world_variant(world) == SHARED)
        ob_allow(world, "user.0", (struct ob_faults){.crash = true});
}

#define FROM_OUTSIDE(word)                                                                         \
    {                                                                                              \
        .name = (word), .to = "user", .args = { {"n", 0, 9}, {"wait", 0, 9} }                      \
    }

static OB_TARGET(locks, .variants = {"mutex", "rwlock", "semaphore", "shared"},
                 .messages = {[TAKE] = FROM_OUTSIDE("take"),
                              [READ] = FROM_OUTSIDE("read"),
                              [WRITE] = FROM_OUTSIDE("write"),
                              [TRY] = FROM_OUTSIDE("try"),
                              [SPOIL] = FROM_OUTSIDE("spoil")},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_locks, variant, records, NULL, noted);
}

static void a_mutex_goes_to_who_has_waited_longest(void **state)
{
    (void)state;
    expect(MUTEX,
           "+0 take(n=1,wait=9) to user.0\n+10us take(n=2,wait=9) to user.0\n"
           "+10us take(n=3,wait=9) to user.0\n+85us take(n=4,wait=9) to user.0\n",
           "in1@0 in2@100 in3@200 in4@300 ");
}

static void a_mutex_is_given_up_after_the_timeout(void **state)
{
    (void)state;
    expect(MUTEX,
           "+0 take(n=1) to user.0\n+10us take(n=2) to user.0\n+0 take(n=3,wait=5) to user.0\n"
           "+0 take(n=4,wait=9) to user.0\n",
           "in1@0 no2@10 no3@60 in4@100 ");
}

static void only_the_owner_unlocks(void **state)
{
    (void)state;
    expect(MUTEX, "+0 take(n=1) to user.0\n+10us spoil() to user.0\n+10us take(n=2) to user.0\n",
           "in1@0 refused no2@20 ");
    expect(MUTEX, "+0 spoil() to user.0\n", "refused ");
    expect(RWLOCK, "+0 read(n=1) to user.0\n+10us spoil() to user.0\n+10us write(n=2) to user.0\n",
           "r1@0 refused no2@20 ");
    expect(RWLOCK, "+0 spoil() to user.0\n", "refused ");
}

static void a_mutex_in_shared_memory_serves_several_actors(void **state)
{
    (void)state;
    expect(SHARED,
           "+0 take(n=1,wait=9) to user.0\n+10us take(n=2,wait=9) to user.1\n"
           "+10us take(n=3,wait=9) to user.0\n",
           "in1@0 in2@100 in3@200 ");
}

static void a_lock_of_a_task_that_died_stays_locked(void **state)
{
    (void)state;
    expect(SHARED,
           "+0 take(n=1,wait=9) to user.0\n+10us take(n=2,wait=9) to user.1\n"
           "+10us take(n=3,wait=1) to user.1\ncrash after take outside->user.0 #0\n",
           "in1@0 no3@30 ");
}

static void one_that_waits_and_dies_leaves_the_queue(void **state)
{
    (void)state;
    expect(SHARED,
           "+0 take(n=1,wait=9) to user.1\n+10us take(n=2,wait=9) to user.0\n"
           "+10us take(n=3,wait=9) to user.1\ncrash after take outside->user.0 #0\n",
           "in1@0 in3@100 ");
}

static void readers_share_and_writers_are_alone(void **state)
{
    (void)state;
    expect(RWLOCK,
           "+0 read(n=1,wait=9) to user.0\n+10us read(n=2,wait=9) to user.0\n"
           "+10us write(n=3,wait=9) to user.0\n+10us write(n=4,wait=9) to user.0\n",
           "r1@0 r2@10 w3@110 w4@210 ");
}

static void a_reader_does_not_overtake_a_writer_that_waits(void **state)
{
    (void)state;
    expect(RWLOCK,
           "+0 read(n=1,wait=9) to user.0\n+10us write(n=2,wait=9) to user.0\n"
           "+10us read(n=3,wait=9) to user.0\n+10us read(n=4,wait=9) to user.0\n"
           "+0 read(n=5) to user.0\n",
           "r1@0 no5@30 w2@100 r3@200 r4@200 ");
}

static void readers_go_on_when_the_writer_before_them_gives_up(void **state)
{
    (void)state;
    expect(RWLOCK,
           "+0 read(n=1,wait=9) to user.0\n+10us write(n=2,wait=3) to user.0\n"
           "+10us read(n=3,wait=9) to user.0\n",
           "r1@0 no2@40 r3@40 ");
}

static void a_semaphore_has_so_many_permits(void **state)
{
    (void)state;
    expect(SEMAPHORE,
           "+0 take(n=1,wait=9) to user.0\n+10us take(n=2,wait=9) to user.0\n"
           "+10us take(n=1,wait=0) to user.0\n+10us take(n=3,wait=9) to user.0\n"
           "+10us take(n=1,wait=9) to user.0\n",
           "in1@0 in2@10 no1@20 in3@110 in1@210 ");
}

static void who_gives_up_many_permits_lets_others_have_few(void **state)
{
    (void)state;
    expect(SEMAPHORE,
           "+0 take(n=2,wait=9) to user.0\n+10us take(n=3,wait=3) to user.0\n"
           "+10us take(n=1,wait=9) to user.0\n",
           "in2@0 no3@40 in1@40 ");
}

/* -- who waits for whom -- */

static void those_who_wait_know_who_holds(void **state)
{
    (void)state;
    static struct bench bench;
    struct ob_task_view holder;
    struct ob_task_view waiting;

    bench_open(&bench, &ob_target_locks, MUTEX);
    bench_parse(&bench, "+0 take(n=1,wait=9) to user.0\n+10us take(n=2,wait=9) to user.0\n");
    ob_world_begin(bench.world, &bench.scenario);
    while (ob_world_now(bench.world) < 10)
        assert_true(ob_world_step(bench.world));
    assert_true(ob_world_step(bench.world));
    assert_int_equal(ob_world_task_places(bench.world), 2);
    assert_true(ob_world_task(bench.world, 0, &holder));
    assert_true(ob_world_task(bench.world, 1, &waiting));
    assert_int_equal(holder.awaits, OB_AWAITS_TIME);
    assert_int_equal(waiting.awaits, OB_AWAITS_QUEUE);
    assert_false(waiting.times_out);
    assert_int_equal(waiting.since_us, 10);
    assert_int_equal(waiting.queue->owner_count, 1);
    assert_int_equal(waiting.queue->owners[0], holder.handle);
    assert_true(ob_world_task_of(bench.world, holder.handle, &holder));
    while (ob_world_step(bench.world))
        continue;
    assert_false(ob_world_task_of(bench.world, holder.handle, &holder));
    assert_false(ob_world_task(bench.world, 0, &holder));
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_goes_to_who_has_waited_longest),
        cmocka_unit_test(a_mutex_is_given_up_after_the_timeout),
        cmocka_unit_test(only_the_owner_unlocks),
        cmocka_unit_test(a_mutex_in_shared_memory_serves_several_actors),
        cmocka_unit_test(a_lock_of_a_task_that_died_stays_locked),
        cmocka_unit_test(one_that_waits_and_dies_leaves_the_queue),
        cmocka_unit_test(readers_share_and_writers_are_alone),
        cmocka_unit_test(a_reader_does_not_overtake_a_writer_that_waits),
        cmocka_unit_test(readers_go_on_when_the_writer_before_them_gives_up),
        cmocka_unit_test(a_semaphore_has_so_many_permits),
        cmocka_unit_test(who_gives_up_many_permits_lets_others_have_few),
        cmocka_unit_test(those_who_wait_know_who_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
