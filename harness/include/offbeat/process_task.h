/*
 * Processes that run one function each and answer: async, await, yield, shutdown, async_stream.
 *
 * Semantics of: Elixir's Task (hexdocs, Task). A task is a process of its own, linked to the one
 * that has started it, its owner, and monitored by it. Its result is a message, which the owner
 * alone awaits. When it ends without one, an owner that does not trap exits ends as well, for the
 * same reason, wherever it is; an owner that ends, not normally, takes its tasks along.
 *   - await/2 ends the owner when the task has ended or the timeout has passed; yield/2 does not,
 *     and a result that comes later can still be had;
 *   - shutdown/2 asks the task to end and kills it when it takes too long; a result that has come
 *     before is not lost;
 *   - async_stream/3 runs one function for each of several items, at most so many at one time: the
 *     next one begins when one has ended. Results are in the order of the items. A task that takes
 *     too long is killed, and then the owner ends, or the result says so: what it has done until
 *     then, or asked others to do, is not undone.
 * Left out: the process between owner and tasks that async_stream has in Elixir, streams that are
 * not ordered or that their reader leaves early, Task.Supervisor.
 */
#ifndef OFFBEAT_PROCESS_TASK_H
#define OFFBEAT_PROCESS_TASK_H

#include <offbeat/process.h>
#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Kinds of message, from the first on that the target gives the tasks. */
enum ob_process_task_kind {
    OB_PROCESS_TASK_BEGIN,  /* (arg): to a task, what it is for */
    OB_PROCESS_TASK_RESULT, /* (value): to its owner */
    OB_PROCESS_TASK_DOWN,   /* (id, reason): as ob_monitor_start() has it */
    OB_PROCESS_TASK_EXIT,   /* (id, reason): as ob_link_start() has it; owners that trap exits get
                               it as a message, as Elixir's do */
    OB_PROCESS_TASK_TIME,   /* (place): the time of a task of a stream is over */
    OB_PROCESS_TASK_KINDS,  /* how many kinds of the target's are theirs */
};

/* The names of these kinds, for the target's `messages`: OB_PROCESS_TASK_MESSAGES(TASK) */
#define OB_PROCESS_TASK_MESSAGES(FIRST)                                                            \
    OB_AT((FIRST) + OB_PROCESS_TASK_BEGIN){                                                        \
        .name = "task_begin", .args = {{.name = "arg"}}, .may_be_unused = true},                   \
        OB_AT((FIRST) + OB_PROCESS_TASK_RESULT){                                                   \
            .name = "task_result", .args = {{.name = "value"}}, .may_be_unused = true},            \
        OB_AT((FIRST) + OB_PROCESS_TASK_DOWN){.name = "task_down",                                 \
                                              .args = {{.name = "id"}, {.name = "reason"}},        \
                                              .may_be_unused = true},                              \
        OB_AT((FIRST) + OB_PROCESS_TASK_EXIT){.name = "task_exit",                                 \
                                              .args = {{.name = "id"}, {.name = "reason"}},        \
                                              .may_be_unused = true},                              \
        OB_AT((FIRST) + OB_PROCESS_TASK_TIME)                                                      \
    {                                                                                              \
        .name = "task_time", .args = {{.name = "place"}}, .may_be_unused = true                    \
    }

/* What a task does; it may await. Its result is sent to the owner. One that is to fail calls
 * ob_process_task_fail(). */
typedef uint32_t ob_process_task_function(struct ob_actor *self, uint32_t arg);

/* Adds `count` ≥ 1 processes that are down until a task is started, each once: as many as one run
 * may start. `first_kind` is that of OB_PROCESS_TASK_BEGIN. For set-up. */
void ob_process_task_spawn(struct ob_world *world, const char *group, unsigned count,
                           ob_process_task_function *function, unsigned first_kind);

/* -- in a task -- */

/* Ends the task, or any process, now and for that reason: exit/1. */
OB_NORETURN void ob_process_task_fail(struct ob_actor *self, uint32_t reason);

/* -- in the body of the owner, a process -- */

/* A task that was started. To be awaited once. */
struct ob_process_task {
    uint16_t id;
    uint16_t monitor; /* its ref */
    uint16_t first_kind;
};

enum ob_process_task_end {
    OB_PROCESS_TASK_OK,      /* with its result */
    OB_PROCESS_TASK_ENDED,   /* without one, for a reason */
    OB_PROCESS_TASK_RUNNING, /* so far; of a stream: it was killed when its time was over */
};

struct ob_process_task_result {
    enum ob_process_task_end end;
    uint32_t value; /* the result, or the reason */
};

/* The reason for which an owner ends whose await/2 or async_stream/3 has timed out. */
#define OB_ENDED_BY_TIMEOUT 3

/* Starts a task of the group: Task.async/1. */
struct ob_process_task ob_process_task_async(struct ob_actor *self, const char *group,
                                             uint32_t arg);

/* The same without the link, as by Task.Supervisor.async_nolink/2: a failure is the task's alone.
 */
struct ob_process_task ob_process_task_async_nolink(struct ob_actor *self, const char *group,
                                                    uint32_t arg);

/* Awaits the result; the owner ends when there is none: Task.await/2. */
uint32_t ob_process_task_await(struct ob_actor *self, struct ob_process_task task,
                               uint32_t timeout_us);

/* Awaits the end, at most `timeout_us`: Task.yield/2. */
struct ob_process_task_result
ob_process_task_yield(struct ob_actor *self, struct ob_process_task task, uint32_t timeout_us);

/* Has the task end, and kills it after `timeout_us`, at once for 0 (:brutal_kill); awaits that:
 * Task.shutdown/2. OB_PROCESS_TASK_RUNNING: it was running, and ended because of this (nil). */
struct ob_process_task_result
ob_process_task_shutdown(struct ob_actor *self, struct ob_process_task task, uint32_t timeout_us);

#define OB_PROCESS_TASK_STREAM_MAX 64 /* items of one stream */

struct ob_process_task_stream {
    const char *group;
    unsigned at_once;    /* at most, ≥ 1: max_concurrency */
    uint32_t timeout_us; /* of each task, from its start; OB_FOREVER: none */
    bool kills;          /* on_timeout: :kill_task; otherwise the owner ends */
};

/* Runs a task for each of `count` ≤ OB_PROCESS_TASK_STREAM_MAX items and awaits them all:
 * Task.async_stream/3, as a list. results[i] becomes what items[i] has come to. */
void ob_process_task_async_stream(struct ob_actor *self,
                                  const struct ob_process_task_stream *stream,
                                  const uint32_t *items, unsigned count,
                                  struct ob_process_task_result *results);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
