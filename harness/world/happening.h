/* What happens in a run whose order is chosen, by an explorer or by a walk: noted, so that it can
 * be written down as a scenario. */
#ifndef OFFBEAT_WORLD_HAPPENING_H
#define OFFBEAT_WORLD_HAPPENING_H

#include "world/actor.h"
#include "world/bounds.h"
#include "world/log.h"

#define OB_HAPPENINGS_MAX (2u * OB_SENT_MAX)

enum ob_happening_type {
    OB_ARRIVED,   /* a message reached its receiver, which handled it, or put it into its mailbox */
    OB_WOKE,      /* an actor that was busy went on with its mailbox */
    OB_RESTARTED, /* an actor that had died started again */
    OB_CANCELLED, /* not an event: a timer was cancelled in the event before it */
    OB_PUT_OFF,   /* not an event: a walk has ended, and made what it has passed over late */
};

/* One event of a run in a chosen order, in that order. */
struct ob_happening {
    uint64_t time_us;
    uint64_t due_us;     /* when it would have happened in the plain schedule, as things stood */
    uint64_t free_us;    /* of a message that was handled at once: its receiver was busy until then,
                            0 when it was not */
    uint32_t sent;       /* the message, or OB_NONE */
    uint32_t due_by;     /* the event by which its actor was busy or down, or OB_NONE */
    uint32_t deliveries; /* of the trace before it */
    uint16_t actor;
    uint8_t type; /* enum ob_happening_type */
};

struct ob_happenings {
    struct ob_happening *list; /* room for OB_HAPPENINGS_MAX */
    uint32_t count;
    uint32_t violated_at; /* what that was at the first violation */
    bool violated_at_end; /* which was seen when nothing more happened */
    bool noted;           /* the order is chosen, and the list has not become too long */
};

/* Where `key` was due, something happens at `time_us`: a message arrives, or, below the events of
 * messages, one of `actor_count` actors wakes or starts again. */
void ob_note_happening(struct ob_happenings *happenings, const struct ob_log *log,
                       const struct ob_actor *actors, unsigned actor_count, uint64_t key,
                       uint64_t time_us);

/* Something becomes of a message that is under way. */
void ob_note_aside(struct ob_happenings *happenings, const struct ob_log *log,
                   enum ob_happening_type type, uint32_t sent, uint64_t now_us);

/* The event that is happening, in a run of chosen order. */
static inline uint32_t ob_happening_now(const struct ob_happenings *happenings)
{
    return happenings->count ? happenings->count - 1 : OB_NONE;
}

#endif
