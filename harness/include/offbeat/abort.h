/*
 * Cancellation: a signal that a task passes to what it calls, and with which it says that it no
 * longer wants the result.
 *
 * Semantics of: AbortController and AbortSignal, as Node and browsers have them (WHATWG DOM,
 * "Aborting ongoing activities"; nodejs.org, "Global objects"), with functions that react to the
 * signal by ending with an error.
 *   - Nothing is undone, and nothing ends by itself: work that has begun continues unless it
 *     checks the signal, and what it does later takes effect, although its result is ignored;
 *   - a signal that was aborted before keeps the function from beginning;
 *   - a task that awaits resumes as a microtask after the abort; a signal is aborted once, and
 *     what comes after the end of the function makes no difference.
 */
#ifndef OFFBEAT_ABORT_H
#define OFFBEAT_ABORT_H

#include <offbeat/async.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_ABORTED (-2) /* instead of the error of a function */

/* A signal, with its controller. Zeroed it is not aborted. In an actor's state or in memory of
 * ob_alloc(). */
struct ob_abort {
    struct ob_waiters waiters;
    bool is_aborted; /* for functions that look at it after they have awaited */
};

/* Aborts; does nothing when it is aborted already. For handlers and tasks of the actor. */
void ob_abort(struct ob_actor *self, struct ob_abort *signal);

/* Aborts after `delay_us`, as AbortSignal.timeout(); `signal` must last until then. */
void ob_abort_after(struct ob_actor *self, struct ob_abort *signal, uint32_t delay_us);

/*
 * Runs `function` in a task of its own and awaits its end or the signal, whichever is first.
 * Returns its error, or OB_ABORTED; `*result` is its result, 0 when it was aborted. What `context`
 * points to must last until the function has ended. For tasks.
 */
int ob_abortable(struct ob_actor *self, struct ob_abort *signal, ob_async_function *function,
                 void *context, struct ob_async_item item, uint32_t *result);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
