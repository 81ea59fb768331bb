/* Sending: how a message gets its place in the queue. */
#ifndef OFFBEAT_WORLD_SEND_H
#define OFFBEAT_WORLD_SEND_H

#include "world/resume.h"
#include "world/state.h"

/* The outside sends its next message. */
void ob_send_outside(struct ob_world *world);

/* The outside sends the message with an index in the scenario, at `time_us`. */
void ob_send_input(struct ob_world *world, unsigned index, uint64_t time_us);

/* An actor passes a message on. */
void ob_forward_id(struct ob_actor *self, unsigned to, const struct ob_message *message);

/* Sends what no link loses or copies; with `exits` it does not wait in a mailbox, see signal.h. */
void ob_send_signal(struct ob_actor *self, unsigned to, const uint32_t *words, uint16_t ref,
                    bool exits);

/* A ref by which the actor knows what it gets from another. */
uint16_t ob_new_ref(const struct ob_actor *self, unsigned to, enum ob_ref_type type);

/* Lets a task go on after `delay_us` on its actor's clock when it is a timer, else at once. Returns
 * the message. `ref` as for ob_resume_store(). */
uint32_t ob_send_resume(struct ob_actor *by, const struct ob_task *task, uint32_t delay_us,
                        bool is_timer, const struct ob_resume *resume, uint16_t ref);

/* Lets a task of the actor go on right after what the actor does now. Returns the message. */
uint32_t ob_send_microtask(struct ob_actor *self, const struct ob_task *task,
                           const struct ob_resume *resume);

/* A message that is under way, and comes by no link, does not come. */
void ob_sent_cancel(struct ob_world *world, uint32_t sent);

/* Something takes this long in the target: a timer, a sleep, the work of a handler. One store, as
 * it is on the way of every timer; of two with one hash the later stays. */
static inline void ob_note_duration(struct ob_world *world, uint32_t duration_us)
{
    world->timers_us[duration_us * 0x9e3779b1u / (UINT32_MAX / OB_TIMERS_KNOWN + 1)] = duration_us;
}

#endif
