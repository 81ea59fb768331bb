/* How a report words a message and what was done to it: the parts that every report shares. */
#ifndef OFFBEAT_REPORT_MESSAGE_H
#define OFFBEAT_REPORT_MESSAGE_H

#include <stdint.h>

#include "base/text.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* What has to be known of a whole run to word its messages. */
struct ob_arities {
    /* Per kind, how many arguments a report shows. An actor's message does not say how many of its
     * arguments were given; those that are 0 in every message of a kind are taken as not given. */
    uint8_t shown[OB_KINDS_MAX];
    bool has_tasks[OB_ACTORS_MAX + 1]; /* by id: several tasks of it have waited */
};

/* Reads them off the trace of the last run. */
void ob_report_arities(const struct ob_world *world, struct ob_arities *arities);

/*
 * Adds `buy(order=3)`, `create(3)` or `packet(7) bytes 68656c6c6f`; of what lets a task go on its
 * name, such as `timeout of call pay`. Where the target describes messages, its words stand in the
 * parentheses. What is long is cut.
 */
void ob_report_message(const struct ob_world *world, const struct ob_arities *arities,
                       uint32_t sent, struct ob_text *text);

/* The same with its place among those of its sender, receiver and kind: `buy#0(order=3)`. */
void ob_report_numbered(const struct ob_world *world, const struct ob_arities *arities,
                        uint32_t sent, struct ob_text *text);

/* The name of its sender; NULL for what happens to an actor by itself. */
const char *ob_report_sender(const struct ob_world *world, uint32_t sent);

/* How much of a deviation's amount had an effect on a message that it hit: no more than its link or
 * its receiver allows. */
uint32_t ob_report_amount_us(const struct ob_world *world, const struct ob_deviation *deviation,
                             uint32_t sent);

/* Adds what a deviation did to a message that it hit, as in `delayed 600us`. `transit_us` is how
 * long the message was on its way, for those whose latency was drawn; OB_NONE when it did not
 * arrive. */
void ob_report_effect(const struct ob_world *world, const struct ob_deviation *deviation,
                      uint32_t sent, uint64_t transit_us, struct ob_text *text);

/* Adds what a delivery's handler has chosen that is not plain, as in `chooses server 1, retry 2`;
 * nothing where that is nothing. */
void ob_report_choices(const struct ob_world *world, uint32_t delivery, struct ob_text *text);

/* Adds a line for each thing that went wrong in a delivery's handler at a fault point, OB_NONE for
 * before the first, as in `  ! write of app is cut short at 5 of 40 bytes`. Of all actors, or of
 * the one with an id that is not 0. */
void ob_report_faults(const struct ob_world *world, uint32_t delivery, unsigned actor,
                      struct ob_text *lines);

/* Adds what a deviation has made go wrong first. Returns false when it is about no fault point, or
 * nothing went wrong. */
bool ob_report_fault_of(const struct ob_world *world, const struct ob_deviation *deviation,
                        struct ob_text *text);

/* The name of an actor, "outside" for 0 and "?" for an id that does not exist. */
const char *ob_report_actor(const struct ob_vocabulary *vocabulary, unsigned id);

/* Replaces every byte from `start` on that is neither printable ASCII nor a newline by '?': names,
 * details and descriptions come from targets, and a report must not steer the terminal that shows
 * it. */
void ob_report_clean(struct ob_text *text, size_t start);

#endif
