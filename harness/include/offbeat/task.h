/*
 * Tasks: code that awaits in the middle, like a JavaScript async function or the loop of an Erlang
 * process. A task has a stack of its own; while it awaits, its actor goes on with other things.
 *
 *     static void account(struct ob_actor *self)          // ob_spawn_process(world, "account",
 * ...)
 *     {
 *         for (;;) {
 *             const struct ob_message *request = ob_receive(self, DEPOSIT, BALANCE);
 *             ...
 *             const struct ob_message *reply = ob_call(self, "bank", 5000, CHECK, amount);
 *             if (!reply)
 *                 ...                                      // no answer within 5 ms
 *         }
 *     }
 *
 * Three ways to have tasks:
 *   - a process (ob_spawn_process) is an actor whose life is one function. What it does not receive
 *     stays in its mailbox, as in Erlang;
 *   - an async actor (ob_spawn_async) handles each message in a task of its own, as a server does
 *     whose request handlers are async functions: all of them share the actor's state, and
 *     wherever one of them awaits, the others may go on;
 *   - any actor may start tasks beside its handler with ob_task_start().
 *
 * A message goes to the task of its actor that awaits it, of several to the one that has waited
 * longest. A message that no task awaits goes to the actor's handler; in a process it stays in
 * the mailbox, and in an async actor it starts a task.
 *
 * Between two awaits nothing else happens in the whole world, so tasks can only race where they
 * await. Whatever resumes a task is a delivery in the trace: the message that
 * it gets, or, after a sleep, a timeout, a yield or a wake, a message `resume(task=N)`, where N
 * counts the tasks of the actor from 0. So deviations and searches treat it as they treat
 * messages. ob_faults.task_late_us_max declares how late a task may resume; the deviation `preempt
 * ACTOR #n by D` makes it late. By default a task resumes at once. With a bound that is not 0, a
 * task that gets a message goes on with a `resume` of its own after it, as a thread that is woken
 * does.
 *
 * Tasks of one actor may share its state without further measures, and actors may share memory of
 * ob_alloc(). Exhaustive search sees who reads and writes it; race reversal knows
 * only messages and wakes.
 *
 * Bounds: ob_use_tasks(). A task that overflows its stack violates `task_stack_overflow`; a run
 * that has more tasks than allowed at one time ends without a verdict. A crash ends the tasks of
 * its actor, and the end of a run all that are left: their stacks are dropped, and nothing on them
 * is unwound, so what they allocate must be the world's (ob_alloc), and locks that they hold stay
 * locked.
 *
 * Whatever a function here calls `self` is the actor of the task that runs. Calling one that awaits
 * outside of a task stops the process with a line that says so.
 */
#ifndef OFFBEAT_TASK_H
#define OFFBEAT_TASK_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_FOREVER UINT32_MAX /* as a timeout: none */

#define OB_TASKS_MAX 64           /* tasks at one time in one world, unless said otherwise */
#define OB_TASK_STACK (64u << 10) /* bytes of stack of a task, unless said otherwise */
#define OB_TASK_STACK_MAX (8u << 20)
#define OB_TASKS_LIMIT 4096 /* the maximum for ob_use_tasks() */

/* ----------------------------------------------------------------------------------------------
 * Set-up
 */

/* The life of a process, from its start to its end. When it returns, the process ends as by
 * ob_stop(self, OB_ENDED_NORMALLY): messages to it get lost. */
typedef void ob_process(struct ob_actor *self);

/*
 * Adds an actor that is a process. Its body runs when the run begins (after a function of
 * ob_on_start(), if there is one) and from the beginning again after a restart, its state zeroed
 * and its mailbox empty. Otherwise as ob_spawn().
 */
struct ob_actor *ob_spawn_process(struct ob_world *world, const char *name, ob_process *body,
                                  size_t state_size);
struct ob_actor *ob_spawn_process_many(struct ob_world *world, const char *name, unsigned count,
                                       ob_process *body, size_t state_size);

/* Adds an actor that handles each message that no task awaits in a task of its own, so that
 * `handle` may await. Otherwise as ob_spawn(). */
struct ob_actor *ob_spawn_async(struct ob_world *world, const char *name, ob_handler *handle,
                                size_t state_size);
struct ob_actor *ob_spawn_async_many(struct ob_world *world, const char *name, unsigned count,
                                     ob_handler *handle, size_t state_size);

struct ob_task_limits {
    unsigned
        tasks_max;     /* tasks at one time in the world, at most OB_TASKS_LIMIT; 0: OB_TASKS_MAX */
    size_t stack_size; /* bytes of each one's stack, at most OB_TASK_STACK_MAX; 0: OB_TASK_STACK.
                          Under AddressSanitizer, whose frames are larger, four times as much */
};

/*
 * Says that actors of this target start tasks, and how many there may be. For set-up only. Needed
 * where handlers call ob_task_start(), or where the default limits are too small; processes and
 * async actors imply the former. Later calls win.
 */
void ob_use_tasks(struct ob_world *world, struct ob_task_limits limits);

/* ----------------------------------------------------------------------------------------------
 * Tasks
 */

typedef void ob_task_body(struct ob_actor *self, void *context);

/*
 * Starts a task in the actor: `body(self, context)` runs at once until its first await, like a
 * JavaScript async function, and then the caller goes on. What `context` points to must outlive the
 * task: memory of the actor's state, of ob_alloc(), or of the stack of a task that joins it. To be
 * called in a handler, a start function or another task of the actor. Returns the task's handle,
 * never 0, unique in the run.
 */
uint32_t ob_task_start(struct ob_actor *self, ob_task_body *body, void *context);

/*
 * Ends a task of the actor at the point where it awaits. Tasks that join it are woken. Its
 * stack is dropped, and what it holds stays held. Cancelling oneself is ob_task_exit(). Returns
 * false when it was over already, or `task` is 0.
 */
bool ob_task_cancel(struct ob_actor *self, uint32_t task);

/* Ends the running task, as if its body returned here. */
OB_NORETURN void ob_task_exit(struct ob_actor *self);

/* Whether a task has returned, was cancelled or died with its actor. True for 0. */
bool ob_task_is_done(const struct ob_actor *self, uint32_t task);

/* Awaits the end of a task of any actor, at most `timeout_us`. Returns whether it is done. */
bool ob_task_join(struct ob_actor *self, uint32_t task, uint32_t timeout_us);

/* The handle of the task that runs; 0 outside of tasks. */
uint32_t ob_task_self(const struct ob_actor *self);

/* Names the running task for reports of who waits for whom, such as "transfer 3 to 5". The string
 * must live as long as the task. */
void ob_task_name(struct ob_actor *self, const char *name);

/* ----------------------------------------------------------------------------------------------
 * Awaiting messages
 */

/*
 * What a task awaits. A message fits when its kind is one of `kinds`, or when it carries one of
 * `refs`; any message does when neither is given. Of those, `accepts` may refuse some.
 */
struct ob_await {
    uint64_t kinds;       /* a bit for each kind: UINT64_C(1) << kind, or OB_KINDS(A, B, ...) */
    const uint16_t *refs; /* `ref_count` refs of calls, see ob_ask() */
    unsigned ref_count;
    bool times_out; /* whether `timeout_us` counts; otherwise it waits for as long as it takes */
    uint32_t timeout_us; /* on the actor's own clock, as a timer's; 0: only what is there already,
                            or arrives at this very moment; OB_FOREVER: none */
    /* Called for each message that fits otherwise; must not change anything and not await. May be
     * NULL. */
    bool (*accepts)(const struct ob_message *message, void *context);
    void *context;    /* of `accepts` */
    const char *name; /* what reports call its timeout: "timeout of NAME"; NULL: after the calls or
                         kinds. Must live as long as the target */
};

/*
 * Awaits a message. In a process, the oldest one in its mailbox that fits, or else the first that
 * arrives. Returns the message, valid until the end of the run, or NULL when the timeout has passed
 * before. Everything that `what` points to must stay valid until then.
 */
const struct ob_message *ob_await(struct ob_actor *self, const struct ob_await *what);

/* Awaits a message of one of the kinds: ob_receive(self, OPEN, CLOSE). Never NULL. */
#define ob_receive(self, ...)                                                                      \
    ob_await((self), &(const struct ob_await){.kinds = OB_KINDS(__VA_ARGS__)})

/* The same for at most `timeout`: ob_receive_for(self, 5000, OPEN, CLOSE). NULL when it passed. */
#define ob_receive_for(self, timeout, ...)                                                         \
    ob_await((self), &(const struct ob_await){.kinds = OB_KINDS(__VA_ARGS__),                      \
                                              .times_out = true,                                   \
                                              .timeout_us = (timeout)})

/* Awaits any message at all, in a process the oldest of its mailbox. Never NULL. */
#define ob_receive_any(self) ob_await((self), &(const struct ob_await){0})

/* A set of kinds, for ob_await.kinds. */
#define OB_KINDS(...)                                                                              \
    ob_kinds((const unsigned[]){__VA_ARGS__},                                                      \
             sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static inline uint64_t ob_kinds(const unsigned *kinds, size_t count)
{
    uint64_t set = 0;
    for (size_t at = 0; at < count; at++)
        set |= UINT64_C(1) << (kinds[at] % OB_KINDS_MAX);
    return set;
}

/* How many messages in a process's mailbox are of these kinds; 0 for an actor with a handler. For
 * overload checks.
 */
unsigned ob_mailbox_count(const struct ob_actor *self, uint64_t kinds);

/* ----------------------------------------------------------------------------------------------
 * Calls: a message and its answer
 */

/*
 * Sends to the actor named `to` and awaits the answer, at most `timeout_us`, as GenServer.call/3
 * does: const struct ob_message *reply = ob_call(self, "bank", 5000, PAY, order). The request
 * carries a new `ref`, which ob_reply() puts on the answer, whatever its kind. Returns the answer,
 * or NULL when the timeout has passed. A process gets NULL as well when the one that it has called
 * is not there or ends before it answers, and what comes later is dropped (noproc and aliases, as
 * since Erlang/OTP 24; ob_keep_late_replies() of process.h keeps it). Other actors are not told,
 * and a late answer reaches their handler like any other message.
 */
#define ob_call(self, to, timeout_us, ...)                                                         \
    ob_await_reply((self), ob_ask((self), (to), __VA_ARGS__), (timeout_us))

/* The same to the actor with an id. */
#define ob_call_to(self, id, timeout_us, ...)                                                      \
    ob_await_reply((self), ob_ask_to((self), (id), __VA_ARGS__), (timeout_us))

/* Sends with a new ref, which it returns, and does not wait: for several calls at one time. Also
 * for handlers, which find the ref in the answer. Never 0, unique in the run. */
#define ob_ask(self, to, ...)                                                                      \
    (OB_IS_LITERAL(to) ? ob_ask_literal : ob_ask_named)((self), (to), OB_WORDS(__VA_ARGS__))
#define ob_ask_to(self, id, ...) ob_ask_id((self), (id), OB_WORDS(__VA_ARGS__))

/* What the macros above call: `words` is the kind followed by OB_ARGS_MAX arguments. */
uint16_t ob_ask_literal(struct ob_actor *self, const char *to, const uint32_t *words);
uint16_t ob_ask_named(struct ob_actor *self, const char *to, const uint32_t *words);
uint16_t ob_ask_id(struct ob_actor *self, unsigned to, const uint32_t *words);

/* Awaits the answer with that ref, at most `timeout_us`; after the timeout the call is given
 * up: see ob_call(). */
const struct ob_message *ob_await_reply(struct ob_actor *self, uint16_t ref, uint32_t timeout_us);

/* Awaits the first answer to any of `count` calls; its `ref` says to which. NULL when the timeout
 * has passed. */
const struct ob_message *ob_await_any(struct ob_actor *self, const uint16_t *refs, unsigned count,
                                      uint32_t timeout_us);

/*
 * Awaits the answers to `count` calls, at most 64, in any order, at most
 * `timeout_us` for all of them together. replies[i] becomes the answer to refs[i], or NULL. Returns
 * how many came.
 */
unsigned ob_await_all(struct ob_actor *self, const uint16_t *refs, unsigned count,
                      uint32_t timeout_us, const struct ob_message **replies);

/* ----------------------------------------------------------------------------------------------
 * Awaiting other things
 */

/* Sleeps on the actor's own clock, as a timer's. */
void ob_sleep(struct ob_actor *self, uint32_t duration_us);

/* Lets everything happen that is due now, and then resumes, as after setImmediate(). */
void ob_yield(struct ob_actor *self);

/* In an async actor: resumes after the running callback and what it has deferred earlier, and
 * before anything else happens, as after `await null` or in queueMicrotask(). Elsewhere as
 * ob_yield(). */
void ob_defer(struct ob_actor *self);

#define OB_OWNERS_MAX 8 /* owners of one queue that are remembered by name */

/*
 * A queue of tasks that wait for something, of one actor or of several: what locks are made of.
 * Zeroed it is empty. It lies in an actor's state or in memory of ob_alloc(), never on a stack. Its
 * fields belong to the world; only `name` may be set.
 *
 * A queue may have owners: the tasks that hold what the others wait for. They matter only for
 * reports of deadlocks, which say who waits for whom.
 */
struct ob_waiters {
    uint16_t
        first; /* one more than the place of the oldest waiting task in the world's table, or 0 */
    uint16_t last;
    uint16_t count; /* of waiting tasks */
    uint16_t owner_count;
    uint32_t owners[OB_OWNERS_MAX]; /* handles of tasks, the first owner_count of them */
    const char *name;               /* for reports, such as "row 3"; NULL for none */
};

/* Waits at the end of the queue until it is woken, at most `timeout_us`. Returns false when the
 * timeout passed first. */
bool ob_wait(struct ob_actor *self, struct ob_waiters *waiters, uint32_t timeout_us);

/* The same with a number that says what the task waits for, such as an amount: for queues whose
 * first task is woken only when it can have that. */
bool ob_wait_for(struct ob_actor *self, struct ob_waiters *waiters, uint32_t what,
                 uint32_t timeout_us);

/* The same for code built on queues, such as locks: `call` is what reports say of the
 * timeout, as in "timeout of lock"; NULL: the queue's name. It must live as long as the target. */
bool ob_wait_in(struct ob_actor *self, struct ob_waiters *waiters, uint32_t what,
                uint32_t timeout_us, const char *call);

/* Whether a task waits; then `what`, when not NULL, becomes the number of the one that has waited
 * longest, 0 for ob_wait(). */
bool ob_first_waits_for(const struct ob_actor *self, const struct ob_waiters *waiters,
                        uint32_t *what);

/*
 * Removes the task that has waited longest from the queue, and resumes it: not at once, but as
 * an event of its own. When a handler or task of the same async actor calls this, the task resumes
 * right after that, before anything else happens, as Node runs microtasks. To be called in a
 * handler or in a task of any actor, which causes that event. Returns the woken task's handle, 0
 * when nobody waits.
 */
uint32_t ob_wake(struct ob_actor *self, struct ob_waiters *waiters);

/* Wakes all that wait, the oldest first. Returns how many. */
unsigned ob_wake_all(struct ob_actor *self, struct ob_waiters *waiters);

/* The same with the call that reports name, as in "woken by unlock". It must live as long as the
 * target. */
uint32_t ob_wake_by(struct ob_actor *self, struct ob_waiters *waiters, const char *call);
unsigned ob_wake_all_by(struct ob_actor *self, struct ob_waiters *waiters, const char *call);

/* Adds a task to the queue's owners, or removes it. A task may own several queues, and one queue
 * several times. Owners beyond OB_OWNERS_MAX are not remembered. */
void ob_own(struct ob_waiters *waiters, uint32_t task);
void ob_disown(struct ob_waiters *waiters, uint32_t task);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
