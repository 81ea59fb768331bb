/*
 * Protocols written as communicating state machines in the manner of the language P: each machine
 * has one mailbox, in which messages from all senders stand in the order of sending; a send puts
 * its message there at once; which machine handles its next message, and when a timer fires, is
 * left to chance.
 */
#ifndef MODELS_MACHINES_H
#define MODELS_MACHINES_H

#include <offbeat/task.h>

#define CHANCE_US 1000000 /* a machine's turn, or its timer, comes at any time within this */

/* For the end of set-up: all actors are machines, spawned as processes. */
static inline void machines(struct ob_world *world)
{
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 1, .latency_us_max = 1});
    ob_allow(world, "*",
             (struct ob_faults){.task_late_us_max = CHANCE_US, .timer_late_us_max = CHANCE_US});
}

/* Sends when the machine's turn has come: others may go on between two such sends. */
#define send_in_turn(self, id, ...)                                                                \
    do {                                                                                           \
        ob_yield(self);                                                                            \
        ob_send_to((self), (id), __VA_ARGS__);                                                     \
    } while (0)

/* Starts a timer that fires whenever chance has it. */
static inline uint32_t timer_by_chance(struct ob_actor *self, unsigned kind, uint32_t arg)
{
    return ob_timer_start(self, 1, kind, arg);
}

#endif
