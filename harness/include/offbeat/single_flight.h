/*
 * Single flight: of several tasks of an actor that want the same thing at the same time one
 * fetches it, and the others wait for its result. Used to fill caches.
 *
 * Semantics of: singleflight.Group of Go (golang.org/x/sync/singleflight): Do, DoChan and Forget.
 *   - Who comes while a flight for that key is in the air takes part in it, also when what it is to
 *     fetch has changed since it took off;
 *   - all that take part get the same result, an error as well;
 *   - ob_single_flight_forget() has who comes later begin a flight of its own. The one that is in
 *     the air goes on, lands where its function puts it, and tells those that take part in it;
 *   - by ob_single_flight_do() the first one runs the function itself: when it is cancelled, nobody
 *     lands for the others. By ob_single_flight_wait() a task of its own does, and each waits as
 *     long as it likes, as with DoChan and a select.
 * Left out: panics.
 */
#ifndef OFFBEAT_SINGLE_FLIGHT_H
#define OFFBEAT_SINGLE_FLIGHT_H

#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_FLIGHTS_MAX 16

struct ob_flight; /* owned by the world */

/* The flights of an actor that are in the air. Zeroed: none. Part of its state. */
struct ob_single_flight {
    struct ob_flight *flights[OB_FLIGHTS_MAX];
};

/* Fetches what belongs to a key; returns 0, or an error of its own. It may await. */
typedef int ob_flight_function(struct ob_actor *self, void *context, uint32_t key,
                               uint32_t *result);

/*
 * Runs `function`, or waits for the flight that has this key. Returns what the function has
 * returned; `*result` becomes its result, which is 0 until the function sets it. With
 * OB_FLIGHTS_MAX in the air, who comes runs the function alone. What `context` points to must last
 * as long as the flight. For tasks.
 */
int ob_single_flight_do(struct ob_actor *self, struct ob_single_flight *group, uint32_t key,
                        ob_flight_function *function, void *context, uint32_t *result);

#define OB_FLIGHT_TIMED_OUT (-1)

/* The same, but the function runs in a task of its own, and each waits for at most `timeout_us`,
 * after which it gets OB_FLIGHT_TIMED_OUT. */
int ob_single_flight_wait(struct ob_actor *self, struct ob_single_flight *group, uint32_t key,
                          uint32_t timeout_us, ob_flight_function *function, void *context,
                          uint32_t *result);

/* Makes later calls begin a flight of their own for that key. For handlers and tasks. */
void ob_single_flight_forget(struct ob_single_flight *group, uint32_t key);

/* Whether a flight is in the air that a call would join now. */
bool ob_single_flight_is_in_air(const struct ob_single_flight *group, uint32_t key);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
