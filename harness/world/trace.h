/* Reading what a run has shown so far: its messages, deliveries and actors. */
#ifndef OFFBEAT_WORLD_TRACE_H
#define OFFBEAT_WORLD_TRACE_H

#include "scenario/scenario.h"
#include "scenario/vocabulary.h"
#include "world/chosen.h"
#include "world/happening.h"
#include "world/log.h"
#include "world/verdict.h"

/* Every actor's clock shows this when the run begins, so that one that is behind does not show less
 * than zero. */
#define OB_CLOCK_START_US (UINT64_C(1) << 32)

const struct ob_verdict *ob_world_verdict(const struct ob_world *world);

/* What whoever has found the violation of the last run has to add, in lines; often nothing. The
 * world's run must still be there. */
void ob_world_explain(const struct ob_world *world, struct ob_text *text);

uint32_t ob_world_delivery_count(const struct ob_world *world);
const struct ob_delivery *ob_world_delivery(const struct ob_world *world, uint32_t index);
uint32_t ob_world_sent_count(const struct ob_world *world);
const struct ob_sent *ob_world_sent(const struct ob_world *world, uint32_t index);

/* The first OB_CHOSEN_MAX choices of the run, in the order in which they were made; of one point of
 * an actor those up to OB_CHOSEN_ORDINAL_MAX. */
uint32_t ob_world_chosen_count(const struct ob_world *world);
const struct ob_chosen *ob_world_chosen(const struct ob_world *world, uint32_t index);

/* Whether a deviation is one that decides that choice. */
bool ob_chooses(const struct ob_deviation *deviation, const struct ob_chosen *choice);

/* The message is the nth, from 0, of its sender, receiver and kind, in order of sending; copies do
 * not count. Takes time in proportion to the number of messages sent before it. */
uint32_t ob_world_ordinal(const struct ob_world *world, uint32_t sent);

/* The index in the scenario of a message from outside. Walks may send them in another order. */
unsigned ob_world_outside_index(const struct ob_world *world, uint32_t sent);

/* The deviations of the scenario that took effect, a bit each. One that hit nothing, or that its
 * link or actor does not allow, is not among them. */
uint64_t ob_world_applied(const struct ob_world *world);

/* The first message that a deviation of the scenario has hit, or OB_NONE. */
uint32_t ob_world_hit(const struct ob_world *world, unsigned deviation);

/* Whether delivery `earlier` happens before delivery `later`: through its actor's order and the
 * causes of sends (Lamport: "Time, clocks, and the ordering of events", CACM 1978). */
bool ob_world_happens_before(const struct ob_world *world, uint32_t earlier, uint32_t later);

/* Whether two deliveries to one actor race: the send of the later does not depend on the delivery
 * of the earlier, and no FIFO link keeps their order. */
bool ob_world_races(const struct ob_world *world, uint32_t earlier, uint32_t later);

/* What the link from one actor (or OB_OUTSIDE) to another may do, and what may happen to an actor.
 */
const struct ob_link *ob_world_link(const struct ob_world *world, unsigned from, unsigned to);
const struct ob_faults *ob_world_faults(const struct ob_world *world, unsigned id);

/* Whether a message is on its way: neither delivered nor lost, nor a timer that was cancelled. */
bool ob_world_is_under_way(const struct ob_world *world, uint32_t sent);

/* Whether it is the second copy of one that a link has duplicated. */
bool ob_world_is_copy(const struct ob_world *world, uint32_t sent);

/* Whether it has left, or will leave, when a partition of its link ended. */
bool ob_world_waited_for_cut(const struct ob_world *world, uint32_t sent);

/* Whether a message that was sent comes by no link: a timer's, or one that lets a task go on. */
bool ob_world_is_timer(const struct ob_world *world, uint32_t sent);

/* Whether it lets a task go on, see offbeat/task.h. */
bool ob_world_is_resume(const struct ob_world *world, uint32_t sent);

/* How much later than due such a message may come, in µs; of one that comes by a link 0. */
uint32_t ob_world_lateness(const struct ob_world *world, uint32_t sent);

/* The number, from 0, of a message that lets a task go on among those to its actor, in order of
 * sending: what `preempt` counts. */
uint32_t ob_world_resume_ordinal(const struct ob_world *world, uint32_t sent);

/* Whether a message is on its way, and then the virtual time at which it arrives, as things stand:
 * what is held back may come sooner. */
bool ob_world_is_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Whether a message is a timer that still runs: neither fired nor cancelled, and its actor has not
 * died since. Then `due_us` is the virtual time at which it fires, as things stand. */
bool ob_world_timer_runs(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Adds to what is known of a target what runs of this world have shown: the durations of timers,
 * sleeps, timeouts and work, cancelled ones included, of many some; whether an actor has read its
 * clock; whether one has made a choice. */
void ob_world_learn(const struct ob_world *world, struct ob_vocabulary *vocabulary);

/* Whether a message is a timer that was cancelled, and then the virtual time at which it was due.
 */
bool ob_world_timer_was_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Whether there are words for an actor's state, and adds them: its own, else the target's, without
 * separators at the end. Nothing for one that is down. */
bool ob_world_describes(const struct ob_world *world, unsigned id);
void ob_world_describe(const struct ob_world *world, unsigned id, struct ob_text *text);

/* The state that an actor or a monitor has declared last, 0 before it has. */
unsigned ob_world_declared_state(const struct ob_world *world, unsigned id);

/* The name of a state of a monitor; NULL for one without, and for those of actors. */
const char *ob_world_state_name(const struct ob_world *world, unsigned id, unsigned state);

/* The actor with an id, 1 to the vocabulary's actor_count. */
struct ob_actor *ob_world_actor(const struct ob_world *world, unsigned id);
size_t ob_world_mailbox_count(const struct ob_world *world, unsigned id);

/* A hash of the bytes of an actor's state. What it points to, and what its tasks have in local
 * variables, is no part of that. */
uint64_t ob_world_state_hash(const struct ob_world *world, unsigned id);

/* The virtual time for what only tells it. ob_world_now() is for what decides by it, which is
 * noted, see access.h. */
uint64_t ob_world_time_us(const struct ob_world *world);

/* The same of an actor's own clock, which ob_now() is for. */
uint64_t ob_world_clock_us(const struct ob_actor *actor);

/* The virtual time of an actor's last delivery, 0 before its first. */
uint64_t ob_world_last_us(const struct ob_world *world, unsigned id);

/* A hash that is equal for executions which differ only in the order of independent deliveries:
 * those that happens-before leaves unordered (Mazurkiewicz traces). Times are no part of it. */
uint64_t ob_world_causal_hash(const struct ob_world *world);

/* -- events of runs in a chosen order -- */

/* The events of the last run, if its order was chosen; of another, or one with more than 131,072 of
 * them, none were noted. */
uint32_t ob_world_happening_count(const struct ob_world *world);
const struct ob_happening *ob_world_happening(const struct ob_world *world, uint32_t index);

/* How many of them there were at the first violation: it was seen in the last of these or, when
 * `at_end`, when they were over. All when nothing was violated. */
uint32_t ob_world_violated_at(const struct ob_world *world, bool *at_end);

#endif
