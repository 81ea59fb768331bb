/* The journeys of the messages of one run, kept to be compared with those of another run. */
#ifndef OFFBEAT_SEARCH_JOURNEY_H
#define OFFBEAT_SEARCH_JOURNEY_H

#include "scenario/scenario.h"
#include "world/world.h"
#include <stdint.h>

#define OB_JOURNEYS_ARRIVED_MAX 448 /* the last deliveries of a run; a violation is at its end */
#define OB_JOURNEYS_MAX 512 /* and the first messages that were on their way when it ended */

/* One message, from its sender to its receiver's handler. */
struct ob_journey {
    uint16_t from;
    uint16_t to;
    uint16_t kind;
    uint16_t deviation; /* as in struct ob_sent */
    uint32_t ordinal;   /* it is the nth of its sender, receiver and kind */
    uint64_t sent_us;
    uint64_t handled_us; /* when it first was delivered; after the end of the run when it was not */
};

struct ob_journeys {
    unsigned count;
    struct ob_journey list[OB_JOURNEYS_MAX]; /* in order of delivery, then those without one in
                                                order of sending */
};

/* Reads the world's last run. Copies, timers and what was handled again are left out. A message
 * that did not arrive counts as one that would have arrived next: what it missed may be what
 * matters. */
void ob_journeys_read(struct ob_journeys *journeys, const struct ob_world *world);

/* The journey of the same message (sender, receiver, kind, ordinal), or NULL. */
const struct ob_journey *ob_journeys_find(const struct ob_journeys *journeys,
                                          const struct ob_journey *like);

/* How long it was on its way. */
uint64_t ob_journey_us(const struct ob_journey *journey);

/* Whether a selector can name it: ordinals have 8 bits there. */
bool ob_journey_is_nameable(const struct ob_journey *journey);

/* The selector of this one message. */
struct ob_selector ob_journey_selector(const struct ob_journey *journey);

#endif
