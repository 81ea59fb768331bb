/*
 * The states that the messages of a scenario give when they come one after the other: a second
 * world, and what it has shown so far, by the messages that went in.
 */
#ifndef OFFBEAT_ORACLE_SERIAL_ORDERS_H
#define OFFBEAT_ORACLE_SERIAL_ORDERS_H

#include "oracle/serial_view.h"
#include "scenario/scenario.h"
#include "world/world.h"

struct ob_serial_orders;

/* The second world of a world, made at the first call. NULL when memory is short. */
struct ob_serial_orders *ob_serial_orders_of(struct ob_world *world,
                                             const struct ob_oracle *oracle);

/* Which messages of a scenario take part, by their indices, and in which order they come first. */
struct ob_serial_set {
    const struct ob_scenario *scenario;
    unsigned count;
    uint8_t order[OB_MESSAGES_MAX];
};

/* All messages of a scenario. */
void ob_serial_all(struct ob_serial_set *set, const struct ob_scenario *scenario);

enum ob_serial_answer {
    OB_SERIAL_REACHED,     /* some order gives the state */
    OB_SERIAL_NOT_REACHED, /* none does */
    OB_SERIAL_UNKNOWN,     /* there are too many orders, or one of them has no end */
};

/* Whether some order of the messages gives a state with this hash. */
enum ob_serial_answer ob_serial_reaches(struct ob_serial_orders *orders,
                                        const struct ob_serial_set *set, uint64_t hash);

/* Runs the messages in the order of the set, and looks at the state, with its parts. Returns
 * whether the run came to its end. */
bool ob_serial_look(struct ob_serial_orders *orders, const struct ob_serial_set *set,
                    struct ob_view *view);

#endif
