/*
 * A target full of tasks, for properties that hold for every scenario: an async actor whose
 * requests lock, sleep, call and combine; processes that receive selectively and with timeouts; one
 * that starts and cancels tasks beside its handler. Its second variant allows all that can happen
 * to them.
 */
#ifndef OFFBEAT_TESTS_TASK_CROWD_H
#define OFFBEAT_TESTS_TASK_CROWD_H

#include "offbeat/async.h"
#include "offbeat/lock.h"
#include "offbeat/task.h"

enum { CROWD_WORK, CROWD_NOTE, CROWD_STOP, CROWD_ASK, CROWD_ANSWER, CROWD_DONE };
enum { CROWD_CALM, CROWD_FAULTY };

struct crowd_pool {
    struct ob_mutex mutex;
    struct ob_rwlock rwlock;
    struct ob_semaphore semaphore;
    uint32_t inside; /* tasks that hold the mutex */
    uint32_t worked;
};

struct crowd_starter {
    uint32_t task;
    uint32_t ended;
};

static inline int crowd_step(struct ob_actor *self, void *context, struct ob_async_item item,
                             uint32_t *result)
{
    const struct ob_message *answer =
        ob_call(self, "echo", 40, CROWD_ASK, item.value + *(const uint32_t *)context);

    *result = answer ? answer->args[0] : 0;
    return answer ? 0 : 1;
}

static inline void crowd_lock(struct ob_actor *self, struct crowd_pool *pool, uint32_t n)
{
    if (!ob_mutex_lock(self, &pool->mutex, n & 8 ? OB_FOREVER : n))
        return;
    pool->inside++;
    OB_INVARIANT(ob_world(self), mutex_excludes, pool->inside == 1, "%u are inside", pool->inside);
    ob_sleep(self, n % 32);
    OB_INVARIANT(ob_world(self), unlucky, n != 251, "%u", n);
    pool->inside--;
    (void)ob_mutex_unlock(self, &pool->mutex);
}

static inline void crowd_share(struct ob_actor *self, struct crowd_pool *pool, uint32_t n)
{
    bool has = n & 8 ? ob_rwlock_write_lock(self, &pool->rwlock, n)
                     : ob_rwlock_read_lock(self, &pool->rwlock, OB_FOREVER);

    ob_yield(self);
    if (has)
        (void)ob_rwlock_unlock(self, &pool->rwlock);
}

static inline void crowd_limit(struct ob_actor *self, struct crowd_pool *pool, uint32_t n)
{
    if (!ob_semaphore_acquire(self, &pool->semaphore, 1 + n % 2, 50))
        return;
    ob_sleep(self, 7);
    ob_semaphore_release(self, &pool->semaphore, 1 + n % 2);
}

static inline void crowd_work(struct ob_actor *self, const struct ob_message *message)
{
    static const uint32_t items[] = {1, 2, 3, 4};
    struct crowd_pool *pool = ob_state(self);
    uint32_t n = message->args[0];
    uint32_t results[4];

    if (message->kind != CROWD_WORK)
        return;
    ob_work(self, n % 3);
    if (n & 1)
        crowd_lock(self, pool, n);
    if (n & 2)
        crowd_share(self, pool, n);
    if (n & 4)
        (void)ob_async_map_limit(self, items, 4, 1 + n % 3, crowd_step, &n, results);
    if (n & 16)
        crowd_limit(self, pool, n);
    pool->worked++;
    ob_send(self, "process.0", CROWD_DONE, n);
}

static inline bool crowd_is_even(const struct ob_message *message, void *context)
{
    (void)context;
    return message->args[0] % 2 == 0;
}

static inline void crowd_process(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *note = ob_receive_for(self, 60, CROWD_NOTE);
        if (!note) {
            note = ob_receive(self, CROWD_NOTE, CROWD_DONE);
            ob_declare_state(self, 1);
        }
        const struct ob_await even = {.kinds = OB_KINDS(CROWD_DONE),
                                      .accepts = crowd_is_even,
                                      .times_out = true,
                                      .timeout_us = note->args[0]};
        if (!ob_await(self, &even))
            (void)ob_call(self, "echo", 15, CROWD_ASK, note->args[0]);
        if (note->args[0] == 13)
            return;
    }
}

static inline void crowd_nap(struct ob_actor *self, void *context)
{
    struct crowd_starter *starter = context;

    ob_sleep(self, 25);
    starter->ended++;
}

static inline void crowd_join(struct ob_actor *self, void *context)
{
    (void)ob_task_join(self, ((struct crowd_starter *)context)->task, 12);
    ob_yield(self);
}

static inline void crowd_start(struct ob_actor *self, const struct ob_message *message)
{
    struct crowd_starter *starter = ob_state(self);

    if (message->args[0] % 4 == 0) {
        (void)ob_task_cancel(self, starter->task);
        return;
    }
    starter->task = ob_task_start(self, crowd_nap, starter);
    (void)ob_task_start(self, crowd_join, starter);
}

static inline void crowd_echo(struct ob_actor *self, const struct ob_message *message)
{
    ob_work(self, message->args[0] % 16);
    ob_reply(self, message, CROWD_ANSWER, message->args[0]);
}

static inline void crowd_open(struct ob_actor *self)
{
    ((struct crowd_pool *)ob_state(self))->semaphore.free = 2;
}

static inline void crowd_setup(struct ob_world *world)
{
    ob_on_start(ob_spawn_async(world, "pool", crowd_work, sizeof(struct crowd_pool)), crowd_open);
    ob_spawn_process_many(world, "process", 2, crowd_process, 16);
    ob_spawn(world, "starter", crowd_start, sizeof(struct crowd_starter));
    ob_spawn(world, "echo", crowd_echo, 0);
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = 40});
    if (ob_world_variant(world) != CROWD_FAULTY)
        return;
    ob_allow(world, "*",
             (struct ob_faults){.crash = true,
                                .restart = true,
                                .pause_us_max = 500,
                                .clock_drift_ppm_max = 100000,
                                .timer_late_us_max = 20,
                                .task_late_us_max = 30});
    ob_link(world, "*", "*",
            (struct ob_link){.unordered = true, .lossy = true, .duplicating = true});
}

static const struct ob_target ob_target_crowd = {
    .name = "crowd",
    .variants = {[CROWD_CALM] = "calm", [CROWD_FAULTY] = "faulty"},
    .messages = {[CROWD_WORK] = {.name = "work", .to = "pool", .args = {{"n", 0, 255}}},
                 [CROWD_NOTE] = {.name = "note", .to = "process", .args = {{"n", 0, 63}}},
                 [CROWD_STOP] = {.name = "stop", .to = "starter", .args = {{"n", 0, 7}}},
                 [CROWD_ASK] = {.name = "ask"},
                 [CROWD_ANSWER] = {.name = "answer"},
                 [CROWD_DONE] = {.name = "done"}},
    .setup = crowd_setup,
};

#endif
