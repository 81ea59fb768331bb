/* Links that are in_sent_order: what comes in the order in which it is sent, over all senders. */
#ifndef OFFBEAT_WORLD_SENT_ORDER_H
#define OFFBEAT_WORLD_SENT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct ob_world;

/* Whether two messages of the last run, by index, come in the order in which they are sent, whoever
 * sends them: the links of both are in_sent_order, and their receiver is the same. Deliveries of
 * such messages race, in ob_world_races(), if their sends do: if neither depends on the other. */
bool ob_world_keeps_sent_order(const struct ob_world *world, uint32_t one, uint32_t other);

#endif
