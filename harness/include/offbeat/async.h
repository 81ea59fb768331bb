/*
 * Combinators of asynchronous functions, as Node's library `async` has them (version 3,
 * https://caolan.github.io/async/v3/docs.html): parallel, series, waterfall, each, each_of, map,
 * map_values, with and without a limit, race, reflectAll, retry, auto, queue and cargo.
 *
 *     static int debit(struct ob_actor *self, void *context, struct ob_async_item item,
 *                      uint32_t *result)
 *     {
 *         const struct ob_message *reply = ob_call(self, "bank", 5000, DEBIT, item.value);
 *         *result = reply ? reply->args[0] : 0;
 *         return reply ? 0 : ETIMEDOUT;
 *     }
 *
 *     error = ob_async_each(self, orders, 3, debit, transfer);
 *
 * Semantics, the library's own:
 *   - functions are called in their order, each up to its first await before the next one: one
 * thread runs them all. What runs in parallel is what they wait for, and wherever one of them
 * awaits, the others of its actor may go on;
 *   - results come in the order of the functions or items, whatever the order in which they end;
 *   - the first error ends the whole at once: the caller resumes with it, nothing more is started,
 *     and what runs already continues, its result ignored, as in the library: nothing is undone.
 *     parallel, each and map without a limit begin all, also after one that fails before it awaits
 *     anything;
 *   - an empty list ends at once, without error.
 *
 * To be called in a task, which awaits the end. Each function that runs concurrently with others
 * is a task of the same actor (see ob_use_tasks() for their number).
 *
 * What `items` and `functions` point to must stay until the last function has ended: constants,
 * memory of the actor's state or of ob_alloc(). `results` may lie on the caller's stack.
 */
#ifndef OFFBEAT_ASYNC_H
#define OFFBEAT_ASYNC_H

#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What a function is called with. */
struct ob_async_item {
    uint32_t key;   /* its place in its list, from 0; or a key of each_of and map_values */
    uint32_t value; /* the item; of waterfall the result before; else 0 */
};

/* An asynchronous function. Returns 0, or an error of its own. `*result` is 0 until it sets it. */
typedef int ob_async_function(struct ob_actor *self, void *context, struct ob_async_item item,
                              uint32_t *result);

/* -- several functions, once each: async.parallel, parallelLimit, series, waterfall -- */

/* All at the same time. `results` may be NULL. Returns the first error, or 0. */
int ob_async_parallel(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                      void *context, uint32_t *results);

/* At most `limit` ≥ 1 at the same time. */
int ob_async_parallel_limit(struct ob_actor *self, ob_async_function *const *functions,
                            unsigned count, unsigned limit, void *context, uint32_t *results);

/* Each after the one before has ended. Others may still run in between: tasks of other requests. */
int ob_async_series(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                    void *context, uint32_t *results);

/* The same; each gets the result of the one before, the first one `*value`, which becomes the
 * result of the last. After an error it stays as it was. */
int ob_async_waterfall(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                       void *context, uint32_t *value);

/* -- one function, for each of several items: async.each, eachLimit, eachSeries, eachOf, map,
 *    mapLimit, mapValues -- */

int ob_async_each(struct ob_actor *self, const uint32_t *items, unsigned count,
                  ob_async_function *function, void *context);
int ob_async_each_limit(struct ob_actor *self, const uint32_t *items, unsigned count,
                        unsigned limit, ob_async_function *function, void *context);
int ob_async_each_series(struct ob_actor *self, const uint32_t *items, unsigned count,
                         ob_async_function *function, void *context);

/* Of pairs of key and value. */
int ob_async_each_of(struct ob_actor *self, const struct ob_async_item *items, unsigned count,
                     ob_async_function *function, void *context);

/* results[i] becomes the result for items[i]. */
int ob_async_map(struct ob_actor *self, const uint32_t *items, unsigned count,
                 ob_async_function *function, void *context, uint32_t *results);
int ob_async_map_limit(struct ob_actor *self, const uint32_t *items, unsigned count, unsigned limit,
                       ob_async_function *function, void *context, uint32_t *results);

/* Of pairs: results[i] belongs to the key of items[i]. */
int ob_async_map_values(struct ob_actor *self, const struct ob_async_item *items, unsigned count,
                        ob_async_function *function, void *context, uint32_t *results);

/* -- flows: async.race, reflectAll, retry, auto -- */

/* All at the same time; the first that ends, with an error or without, ends the race. The others
 * continue, and their results are ignored. An empty list ends at once. `result` may be NULL. */
int ob_async_race(struct ob_actor *self, ob_async_function *const *functions, unsigned count,
                  void *context, uint32_t *result);

struct ob_async_reflected {
    int error; /* 0: it has ended well, with `value` */
    uint32_t value;
};

/* All at the same time, and all of them are awaited: an error is a result like any other. */
void ob_async_reflect_all(struct ob_actor *self, ob_async_function *const *functions,
                          unsigned count, void *context, struct ob_async_reflected *results);

/* Up to `times` ≥ 1 tries, with `interval_us` between one and the next, until one ends without
 * error; `key` of its item counts them from 0. Returns the last error, or 0. `result` may be NULL.
 */
int ob_async_retry(struct ob_actor *self, unsigned times, uint32_t interval_us,
                   ob_async_function *function, void *context, uint32_t *result);

#define OB_ASYNC_STEPS_MAX 32

struct ob_async_step {
    ob_async_function *function;
    uint32_t after; /* the steps that must have ended before, a bit each: no cycles */
};

/* Each as soon as those before it have ended, at most OB_ASYNC_STEPS_MAX. The first error ends the
 * whole: nothing more begins. results[i], which functions find in memory of their own while it goes
 * on, may be NULL. */
int ob_async_auto(struct ob_actor *self, const struct ob_async_step *steps, unsigned count,
                  void *context, uint32_t *results);

/* -- a queue with workers: async.queue -- */

struct ob_async_queue;

/*
 * Makes a queue in the world's memory: what is pushed is handed to `worker`, in order, at most
 * `concurrency` ≥ 1 at a time; `key` counts what was pushed. At most `capacity` ≥ 1 items wait. It
 * belongs to one actor, whose state holds the pointer to it: a restart forgets it. Not for set-up.
 */
struct ob_async_queue *ob_async_queue(struct ob_actor *self, ob_async_function *worker,
                                      unsigned concurrency, unsigned capacity, void *context);

/* Adds an item at the end, or at the beginning. A worker that is free begins with it right
 * after what happens now, as a microtask. Returns false when it is full or was killed. To be called
 * in handlers and tasks of the queue's actor. */
bool ob_async_queue_push(struct ob_actor *self, struct ob_async_queue *queue, uint32_t value);
bool ob_async_queue_unshift(struct ob_actor *self, struct ob_async_queue *queue, uint32_t value);

/* Adds several, or none when there is no room for all. With none, on an idle queue, it resumes
 * those who await its drain, after the current event, as the library does; items pushed until then
 * make no difference. */
bool ob_async_queue_push_all(struct ob_actor *self, struct ob_async_queue *queue,
                             const uint32_t *values, unsigned count);

unsigned ob_async_queue_length(const struct ob_async_queue *queue);  /* items that wait */
unsigned ob_async_queue_running(const struct ob_async_queue *queue); /* workers at work */

/* Awaits the next moment at which the last worker ends and nothing waits: for ever when the queue
 * is idle and stays so, or is killed. An error of a worker ends neither the queue nor this: returns
 * the first one since the last call, or 0. */
int ob_async_queue_drain(struct ob_actor *self, struct ob_async_queue *queue);

/* Workers begin nothing new until it is resumed. */
void ob_async_queue_pause(struct ob_async_queue *queue);
void ob_async_queue_resume(struct ob_actor *self, struct ob_async_queue *queue);

/* Forgets what waits; nothing can be pushed any more. Workers that run end on their own. */
void ob_async_queue_kill(struct ob_actor *self, struct ob_async_queue *queue);

/* -- a queue whose worker takes several items at once: async.cargo -- */

struct ob_async_cargo;

/* Works at `count` ≥ 1 items, in their order; returns 0, or an error of its own. `values` last
 * until it returns. */
typedef int ob_async_cargo_worker(struct ob_actor *self, void *context, const uint32_t *values,
                                  unsigned count);

/*
 * Makes a cargo in the world's memory: whenever the worker is free it gets all that waits, at most
 * `payload` ≥ 1 items; what is pushed meanwhile waits for it. At most `capacity` ≥ 1 items wait. It
 * is of one actor, in whose state the pointer to it lies. Not for set-up.
 */
struct ob_async_cargo *ob_async_cargo(struct ob_actor *self, ob_async_cargo_worker *worker,
                                      unsigned payload, unsigned capacity, void *context);

/* Adds an item at the end. A worker that is free begins right after what happens now, as a
 * microtask, so that what is pushed at one time goes together. Returns false when it is full. */
bool ob_async_cargo_push(struct ob_actor *self, struct ob_async_cargo *cargo, uint32_t value);

unsigned ob_async_cargo_length(const struct ob_async_cargo *cargo); /* items that wait */

/* Awaits the next moment at which the worker ends and nothing waits. Returns the first error of the
 * worker since the last call, or 0. */
int ob_async_cargo_drain(struct ob_actor *self, struct ob_async_cargo *cargo);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
