/* The ways out of a run: a violation, a bound, a mistake in the target's code. */
#ifndef OFFBEAT_WORLD_LEAVE_H
#define OFFBEAT_WORLD_LEAVE_H

#include <stdarg.h>

#include "world/state.h"

/* Does something that a violation or a bound may leave early. Returns whether it came to its end.
 */
bool ob_may_leave(struct ob_world *world, void (*action)(struct ob_world *world));

/* Leaves the run, as it has reached a bound. */
OB_NORETURN void ob_cut(struct ob_world *world, enum ob_bound bound, const char *detail);

/* As ob_cut(), for a queue that is full. */
OB_NORETURN void ob_queue_overflows(struct ob_world *world);

/* Ends the process: the target's code is wrong. Says in which call, for which actor, and what to do
 * instead; what is being handled is added. */
OB_NORETURN void ob_defect(const struct ob_world *world, const char *format, ...) OB_FORMAT(2, 3);

OB_NORETURN void ob_monitor_acts(const struct ob_actor *monitor, const char *call);

/* Ends the process when a monitor makes a call that would change the run. */
static inline void ob_require_actor(const struct ob_actor *self, const char *call)
{
    if (OB_UNLIKELY(self->id > self->world->actor_count))
        ob_monitor_acts(self, call);
}

/* Reports a violation of something that the world checks by itself. */
#define OB_BOUND(world, id, ...)                                                                   \
    do {                                                                                           \
        static const char ob_note_[] OB_USED = "offbeat-invariant:" #id;                           \
        ob_bound_violation((world), #id, __VA_ARGS__);                                             \
    } while (0)
OB_NORETURN void ob_bound_violation(struct ob_world *world, const char *id, const char *format, ...)
    OB_FORMAT(3, 4);

/* Notes a violation of `id`, which `finder` has found; the run is to be left then. */
void ob_note_violation(struct ob_world *world, struct ob_finder finder, const char *id,
                       const char *format, va_list arguments);

/* Leaves a run in which something is violated. */
OB_NORETURN void ob_leave_violated(struct ob_world *world);

/* Sets the verdict, unless something was violated before: the first violation of a run stays,
 * though the trace may go on. */
void ob_set_verdict(struct ob_world *world, enum ob_outcome outcome, const char *what);

/* Leaves the run with the verdict as it is. */
OB_NORETURN void ob_leave(struct ob_world *world);

#endif
