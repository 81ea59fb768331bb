/*
 * Small changes to canonical scenarios that leave them canonical: what mutation and shrinking are
 * made of. The payloads of messages lie one after the other, in the messages' order and without
 * gaps.
 */
#ifndef OFFBEAT_SCENARIO_EDIT_H
#define OFFBEAT_SCENARIO_EDIT_H

#include <stdbool.h>

#include "scenario/scenario.h"

void ob_scenario_clear(struct ob_scenario *scenario);

/* Copies what is in use, not the rest of the arrays. */
void ob_scenario_copy(struct ob_scenario *to, const struct ob_scenario *from);

bool ob_scenario_equal(const struct ob_scenario *a, const struct ob_scenario *b);

/* How many records the encoded form has. */
size_t ob_scenario_record_count(const struct ob_scenario *scenario);
size_t ob_message_record_count(const struct ob_input_message *message);
size_t ob_deviation_record_count(const struct ob_deviation *deviation);

/*
 * Puts a message before the one at `index`, or last with index message_count. Its payload are the
 * message's bytes_size bytes at `bytes` (NULL for none), which may lie in the scenario itself;
 * bytes_start is set here. Returns false, with nothing changed, when there is no room.
 */
bool ob_scenario_insert_message(struct ob_scenario *scenario, unsigned index,
                                const struct ob_input_message *message, const uint8_t *bytes);
void ob_scenario_remove_message(struct ob_scenario *scenario, unsigned index);

/* Takes a message to another place, its delay with it. */
void ob_scenario_move_message(struct ob_scenario *scenario, unsigned from, unsigned to);

/* Takes `removed` bytes at `at` out of a message's payload and puts `added` in their place; these
 * may lie in the scenario itself. Returns false, with nothing changed, when there is no room in the
 * scenario; whether the kind takes so many bytes is the caller's to know. */
bool ob_scenario_splice(struct ob_scenario *scenario, unsigned index, unsigned at, unsigned removed,
                        const uint8_t *added, unsigned added_size);

/* Puts a canonical deviation where it belongs. Returns false when there is no room. */
bool ob_scenario_insert_deviation(struct ob_scenario *scenario,
                                  const struct ob_deviation *deviation);
/* Whether it has deviations of that op. */
bool ob_scenario_has_op(const struct ob_scenario *scenario, unsigned op);
void ob_scenario_remove_deviation(struct ob_scenario *scenario, unsigned index);

#endif
