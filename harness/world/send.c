#include "world/send.h"

#include <limits.h>

#include "offbeat/process.h"
#include "world/deviate.h"
#include "world/event.h"
#include "world/leave.h"
#include "world/mailbox.h"
#include "world/names.h"
#include "world/range.h"
#include "world/timer.h"
#include "world/walk_outside.h"

OB_INLINE uint32_t new_sent(struct ob_world *world, unsigned from, unsigned to,
                            const uint32_t *words)
{
    if (world->run.log.sent_count == OB_SENT_MAX)
        ob_cut(world, OB_BOUND_MESSAGES, "the most messages that one run may send were sent");
    if (words[0] >= OB_KINDS_MAX)
        ob_defect(
            world,
            "%s sends %s a message of kind %u; kinds go up to %d, and the target's `messages` "
            "name them",
            world->names[from], world->names[to], (unsigned)words[0], OB_KINDS_MAX - 1);
    uint32_t index = world->run.log.sent_count++;
    struct ob_sent *sent = &world->run.log.sent[index];
    sent->message.kind = (uint16_t)words[0];
    sent->message.from = (uint16_t)from;
    sent->message.ref = 0;
    sent->message.size = 0;
    sent->message.bytes = NULL;
    memcpy(sent->message.args, words + 1, sizeof sent->message.args);
    sent->time_us = world->run.now_us;
    sent->cause = world->run.log.current;
    sent->to = (uint16_t)to;
    sent->flags = 0;
    sent->deviation = 0;
    return index;
}

/* The life of the receiver for which a message is. One that is down has no life for it. */
OB_INLINE void mark_life(const struct ob_world *world, struct ob_sent *sent)
{
    const struct ob_actor *receiver = &world->actors[sent->to];
    sent->origin = world->actors[sent->message.from].incarnation;
    if (!receiver->one_life)
        return;
    sent->flags |= OB_SENT_TO_LIFE;
    sent->incarnation = (uint8_t)(receiver->incarnation - receiver->down);
}

/* An answer is for the life that has asked. */
OB_INLINE void mark_asker(const struct ob_world *world, struct ob_sent *answer,
                          const struct ob_message *asked)
{
    const struct ob_log *log = &world->run.log;
    const struct ob_sent *sent = (const struct ob_sent *)(const void *)asked;
    if (!(answer->flags & OB_SENT_TO_LIFE))
        return;
    if (sent >= log->sent && sent < log->sent + log->sent_count && !ob_comes_by_itself(sent))
        answer->incarnation = (uint8_t)sent->origin;
    else if (asked->ref)
        answer->incarnation = world->run.calls.list[asked->ref].life;
}

static OB_RARE void attach_bytes(struct ob_world *world, uint32_t sent, const void *data,
                                 size_t size)
{
    if (size > UINT16_MAX)
        ob_defect(world, "%s sends %s a payload of %zu bytes; the most is %d, so send parts",
                  world->names[world->run.log.sent[sent].message.from],
                  world->names[world->run.log.sent[sent].to], size, UINT16_MAX);
    uint8_t *copy = ob_arena_alloc(&world->arena, size);
    if (!copy)
        ob_cut(world, OB_BOUND_ARENA, "the payload of a message does not fit the world's memory");
    memcpy(copy, data, size);
    world->run.log.sent[sent].message.bytes = copy;
    world->run.log.sent[sent].message.size = (uint16_t)size;
}

/* Faults, a bit each, wait for a message. Those for which there is no room do not strike. */
static void arm(struct ob_world *world, uint32_t sent, uint64_t deviations)
{
    struct ob_strikes *strikes = &world->run.strikes;
    for (; deviations && strikes->count < OB_ARMED_MAX; deviations &= deviations - 1) {
        strikes->armed[strikes->count++] =
            (struct ob_armed){.sent = sent, .deviation = (uint8_t)__builtin_ctzll(deviations)};
        world->run.log.sent[sent].flags |= OB_SENT_ARMED;
    }
}

/* Holds a message back by some reorders, or behind what is held on its way, if anything of that
 * holds it now. Returns whether. */
static bool hold(struct ob_world *world, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
                 uint64_t ready_us)
{
    struct ob_run *run = &world->run;
    enum ob_held held =
        ob_hold(&run->holds, sent, reorders, pair, ready_us, &run->deviations.applied);
    if (held == OB_HOLDS_FULL)
        ob_cut(world, OB_BOUND_HOLDS,
               "the most messages that reorderings may hold back are held back");
    return held == OB_HELD;
}

/* The copies that a duplicating link makes follow the first by the time that each deviation says.
 */
static void post_copies(struct ob_world *world, uint32_t original, uint64_t copies,
                        uint64_t arrival_us)
{
    for (; copies; copies &= copies - 1) {
        unsigned index = (unsigned)__builtin_ctzll(copies);
        const struct ob_message *message = &world->run.log.sent[original].message;
        uint32_t words[OB_ARGS_MAX + 1] = {message->kind};
        memcpy(words + 1, message->args, sizeof message->args);
        uint32_t copy = new_sent(world, message->from, world->run.log.sent[original].to, words);
        struct ob_sent *sent = &world->run.log.sent[copy];
        sent->message.ref = message->ref;
        sent->message.bytes = message->bytes;
        sent->message.size = message->size;
        sent->flags =
            (uint16_t)(OB_SENT_COPY | (world->run.log.sent[original].flags & OB_SENT_TO_LIFE));
        sent->incarnation = world->run.log.sent[original].incarnation;
        sent->origin = world->run.log.sent[original].origin;
        sent->deviation = (uint8_t)(index + 1);
        ob_event_arrival(world, copy, arrival_us + world->run.scenario->deviations[index].amount);
    }
}

/* The path of a message that some deviation may hit, or whose link is not in its plain state. */
static OB_RARE void post_deviating(struct ob_world *world, uint32_t sent, uint64_t departure_us,
                                   struct ob_pair *pair)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    const struct ob_link *link = ob_link_of(&world->run.network, pair);
    struct ob_plan plan = {0};
    ob_plan_message(world, sent, link, &plan);

    bool is_cut = pair->cut_until_us > departure_us;
    bool is_signal = message->flags & OB_SENT_SIGNAL;
    if (!is_signal && (plan.drop || (is_cut && link->lossy))) {
        world->run.strikes.lost_something = true;
        message->key = OB_NEVER;
        return;
    }
    if (is_cut) {
        departure_us = pair->cut_until_us;
        message->flags |= OB_SENT_CUT;
        world->run.strikes.lost_something = true;
        if (is_signal && message->message.args[1] != OB_STARTED)
            message->message.args[1] = OB_ENDED_NOCONNECTION;
    }
    arm(world, sent, plan.armed);
    uint64_t latency_us = (plan.drawn ? plan.latency_us : link->latency_us) + plan.extra_us;
    struct ob_pair *way = ob_shared_way(&world->run.network, pair, message->to);
    uint64_t arrival_us = ob_arrival_us(way, link, departure_us, latency_us);
    uint64_t latest_us = ob_arrival_us(way, link, departure_us, link->latency_us_max);
    struct ob_pair *ordered = link->unordered ? NULL : way;
    if (ordered)
        message->flags |= OB_SENT_FIFO;
    bool behind = ordered && ordered->last_held != OB_NONE;
    if ((plan.holds || behind) && hold(world, sent, plan.holds, ordered, arrival_us)) {
        ob_event_arrival(world, sent, latest_us);
    } else {
        if (ordered)
            ob_keep_order(ordered, arrival_us);
        ob_event_arrival(world, sent, arrival_us);
    }
    if (!is_signal)
        post_copies(world, sent, plan.copies, arrival_us);
}

OB_INLINE void post(struct ob_world *world, uint32_t sent, uint64_t departure_us)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    struct ob_pair *pair = ob_pair_of(&world->run.network, message);
    const struct ob_link *link = ob_link_of(&world->run.network, pair);
    struct ob_pair *way = ob_shared_way(&world->run.network, pair, message->to);
    if (world->run.deviations.by_kind[message->message.kind] || pair->cut_until_us > departure_us ||
        way->last_held != OB_NONE) {
        post_deviating(world, sent, departure_us, pair);
        return;
    }
    uint64_t arrival_us = departure_us + link->latency_us;
    if (!link->unordered) {
        message->flags |= OB_SENT_FIFO;
        arrival_us = ob_in_order_us(way, link, arrival_us);
        ob_keep_order(way, arrival_us);
    }
    ob_event_arrival(world, sent, arrival_us);
}

void ob_send_input(struct ob_world *world, unsigned index, uint64_t time_us)
{
    const struct ob_scenario *scenario = world->run.scenario;
    struct ob_run *run = &world->run;
    const struct ob_input_message *input = &scenario->messages[index];
    const struct ob_vocabulary *vocabulary = &world->vocabulary;
    uint32_t words[OB_ARGS_MAX + 1] = {input->kind};
    memcpy(words + 1, input->args, sizeof input->args);

    run->now_us = time_us;
    run->log.current = OB_NONE;
    unsigned first = vocabulary->outside[world->outside_by_kind[input->kind]].to_first;
    uint32_t sent = new_sent(world, OB_OUTSIDE, first + input->instance, words);
    world->run.log.sent[sent].origin = (uint16_t)index;
    if (input->bytes_size)
        attach_bytes(world, sent, scenario->payload + input->bytes_start, input->bytes_size);
    post(world, sent, time_us);
}

void ob_send_outside(struct ob_world *world)
{
    const struct ob_scenario *scenario = world->run.scenario;
    struct ob_run *run = &world->run;
    unsigned index = run->outside_next;
    uint64_t time_us = run->outside_us;
    run->outside_next++;
    run->outside_us = run->outside_next < scenario->message_count
                          ? time_us + scenario->messages[run->outside_next].delay_us
                          : OB_NEVER;
    if (OB_UNLIKELY(world->run.has_walks)) {
        run->now_us = time_us;
        ob_walk_sent_outside(world, index);
    }
    ob_send_input(world, index, time_us);
}

/* With `asked` it is an answer to that. */
static OB_NORETURN void refuse_to_send(const struct ob_actor *self, unsigned to)
{
    const struct ob_world *world = self->world;
    ob_require_actor(self, "ob_send");
    ob_defect(world, "ob_send_to() by %s: there is no actor %u, ids go from 1 to %u",
              world->names[self->id], to, (unsigned)world->actor_count);
}

/* What was sent later by somebody else would leave before it: the order in which it was sent is no
 * longer that of the calls. */
static OB_RARE void leave_later(const struct ob_actor *self, struct ob_sent *sent)
{
    const struct ob_world *world = self->world;
    const struct ob_network *network = &world->run.network;
    if (ob_link_of(network, ob_pair_of(network, sent))->in_sent_order)
        ob_defect(world,
                  "%s works, see ob_work(), before it sends to %s over a link that is "
                  "in_sent_order; send first, or use a timer",
                  world->names[self->id], world->names[sent->to]);
    sent->time_us += self->ahead_us;
}

OB_INLINE void send(struct ob_actor *self, unsigned to, const uint32_t *words, uint16_t ref,
                    const void *data, size_t size, unsigned flags, const struct ob_message *asked)
{
    struct ob_world *world = self->world;
    if (to == OB_OUTSIDE)
        return;
    if (OB_UNLIKELY(to > world->actor_count || self->id > world->actor_count))
        refuse_to_send(self, to);
    uint32_t sent = new_sent(world, self->id, to, words);
    world->run.log.sent[sent].message.ref = ref;
    world->run.log.sent[sent].flags = (uint16_t)flags;
    if (size)
        attach_bytes(world, sent, data, size);
    if (OB_UNLIKELY(world->has_lives)) {
        mark_life(world, &world->run.log.sent[sent]);
        if (asked)
            mark_asker(world, &world->run.log.sent[sent], asked);
    }
    if (OB_UNLIKELY(self->ahead_us))
        leave_later(self, &world->run.log.sent[sent]);
    post(world, sent, world->run.log.sent[sent].time_us);
}

void ob_send_signal(struct ob_actor *self, unsigned to, const uint32_t *words, uint16_t ref,
                    bool exits)
{
    send(self, to, words, ref, NULL, 0, OB_SENT_SIGNAL | (exits ? OB_SENT_EXIT : 0), NULL);
}

void ob_send_id(struct ob_actor *self, unsigned to, const uint32_t *words, const void *data,
                size_t size)
{
    send(self, to, words, 0, data, size, 0, NULL);
}

void ob_send_literal(struct ob_actor *self, const char *to, const uint32_t *words, const void *data,
                     size_t size)
{
    send(self, ob_resolve_literal(self->world, to, "ob_send"), words, 0, data, size, 0, NULL);
}

void ob_send_named(struct ob_actor *self, const char *to, const uint32_t *words, const void *data,
                   size_t size)
{
    send(self, ob_resolve(self->world, to, "ob_send"), words, 0, data, size, 0, NULL);
}

unsigned ob_send_group(struct ob_actor *self, const char *group, const uint32_t *words)
{
    const struct ob_world *world = self->world;
    unsigned first = ob_member(world, group, 0)->id;
    unsigned count = 0;
    for (unsigned id = first; id <= world->actor_count && ob_is_member(world, group, id); id++) {
        if (id == self->id)
            continue;
        send(self, id, words, 0, NULL, 0, 0, NULL);
        count++;
    }
    return count;
}

void ob_reply_words(struct ob_actor *self, const struct ob_message *message, const uint32_t *words)
{
    struct ob_ref *call = &self->world->run.calls.list[message->ref];
    if (message->ref && call->state == OB_CALL_OPEN && call->by == message->from)
        call->state = OB_CALL_ANSWERED;
    send(self, message->from, words, message->ref, NULL, 0, 0, message);
}

uint16_t ob_new_ref(const struct ob_actor *self, unsigned to, enum ob_ref_type type)
{
    struct ob_calls *calls = &self->world->run.calls;
    if (calls->count == OB_CALLS_MAX)
        ob_cut(self->world, OB_BOUND_CALLS, "the most calls that one run may make were made");
    calls->list[++calls->count] = (struct ob_ref){
        .asked = (uint16_t)to, .by = self->id, .life = self->incarnation, .type = (uint8_t)type};
    return (uint16_t)calls->count;
}

uint16_t ob_ask_id(struct ob_actor *self, unsigned to, const uint32_t *words)
{
    uint16_t ref = ob_new_ref(self, to, OB_REF_CALL);
    send(self, to, words, ref, NULL, 0, 0, NULL);
    return ref;
}

uint16_t ob_ask_literal(struct ob_actor *self, const char *to, const uint32_t *words)
{
    return ob_ask_id(self, ob_resolve_literal(self->world, to, "ob_ask"), words);
}

uint16_t ob_ask_named(struct ob_actor *self, const char *to, const uint32_t *words)
{
    return ob_ask_id(self, ob_resolve(self->world, to, "ob_ask"), words);
}

void ob_forward_id(struct ob_actor *self, unsigned to, const struct ob_message *message)
{
    uint32_t words[OB_ARGS_MAX + 1] = {message->kind};
    memcpy(words + 1, message->args, sizeof message->args);
    send(self, to, words, message->ref, message->bytes, message->size, 0, NULL);
}

void ob_forward(struct ob_actor *self, const char *to, const struct ob_message *message)
{
    ob_forward_id(self, ob_resolve(self->world, to, "ob_forward"), message);
}

/* A duration on the actor's clock, in virtual time. */
static uint64_t real_duration(const struct ob_actor *self, uint32_t duration_us)
{
    return (uint64_t)duration_us * 1000000u / self->rate_ppm;
}

/* Something that happens to an actor by itself, and may be late. To a deviation it is a message
 * that is on its way until then. */
static void schedule_due(struct ob_world *world, uint32_t sent, uint64_t due_us)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    message->next = 0;
    if (world->run.deviations.by_kind[message->message.kind] == 0) {
        ob_event_arrival(world, sent, due_us);
        return;
    }
    const struct ob_link lateness = {.latency_us_max = ob_lateness_us(world, message),
                                     .unordered = true};
    struct ob_plan plan = {0};
    ob_plan_message(world, sent, &lateness, &plan);
    arm(world, sent, plan.armed);
    uint64_t late_us = plan.extra_us + (plan.drawn ? plan.latency_us : 0);
    if (late_us > lateness.latency_us_max)
        late_us = lateness.latency_us_max;
    if (plan.holds && lateness.latency_us_max &&
        hold(world, sent, plan.holds, NULL, due_us + late_us))
        late_us = lateness.latency_us_max;
    message->next = (uint32_t)late_us;
    ob_event_arrival(world, sent, due_us + late_us);
}

uint32_t ob_timer_start(struct ob_actor *self, uint32_t delay_us, unsigned kind, uint32_t arg)
{
    struct ob_world *world = self->world;
    ob_require_actor(self, "ob_timer_start");
    uint32_t words[OB_ARGS_MAX + 1] = {kind, arg};
    uint32_t sent = new_sent(world, self->id, self->id, words);
    struct ob_sent *timer = &world->run.log.sent[sent];
    timer->flags = OB_SENT_TIMER;
    timer->incarnation = self->incarnation;
    timer->time_us += self->ahead_us;
    ob_note_duration(world, delay_us);
    schedule_due(world, sent, timer->time_us + real_duration(self, delay_us));
    return ob_timer_handle(sent);
}

uint32_t ob_send_resume(struct ob_actor *by, const struct ob_task *task, uint32_t delay_us,
                        bool is_timer, const struct ob_resume *resume, uint16_t ref)
{
    struct ob_world *world = by->world;
    const struct ob_actor *actor = task->actor;
    uint32_t words[OB_ARGS_MAX + 1] = {world->resume_kind, task->number};
    uint32_t sent = new_sent(world, by->id, actor->id, words);
    struct ob_sent *message = &world->run.log.sent[sent];
    ob_resume_store(resume, ref, &message->message);
    message->flags = (uint16_t)(OB_SENT_RESUME | (is_timer ? OB_SENT_TIMER : 0));
    message->incarnation = actor->incarnation;
    message->origin = (uint16_t)ob_task_slot(task);
    message->time_us += by->ahead_us;
    if (is_timer)
        ob_note_duration(world, delay_us);
    schedule_due(world, sent, message->time_us + (is_timer ? real_duration(actor, delay_us) : 0));
    return sent;
}

uint32_t ob_send_microtask(struct ob_actor *self, const struct ob_task *task,
                           const struct ob_resume *resume)
{
    struct ob_world *world = self->world;
    uint32_t words[OB_ARGS_MAX + 1] = {world->resume_kind, task->number};
    uint32_t sent = new_sent(world, self->id, self->id, words);
    struct ob_sent *message = &world->run.log.sent[sent];
    ob_resume_store(resume, 0, &message->message);
    message->flags = OB_SENT_RESUME | OB_SENT_MICROTASK;
    message->incarnation = self->incarnation;
    message->origin = (uint16_t)ob_task_slot(task);
    message->key = OB_NEVER;
    if (world->run.deviations.by_kind[world->resume_kind]) {
        struct ob_plan plan = {0};
        ob_plan_message(world, sent, &(const struct ob_link){.unordered = true}, &plan);
        arm(world, sent, plan.armed);
    }
    ob_mailbox_put_microtask(&world->run.log, self, sent);
    return sent;
}

void ob_sent_cancel(struct ob_world *world, uint32_t index)
{
    struct ob_sent *sent = &world->run.log.sent[index];
    struct ob_run *run = &world->run;
    assert(ob_comes_by_itself(sent));
    if (sent->flags & OB_SENT_HELD) {
        ob_holds_drop(&run->holds, index, run->now_us);
        ob_event_released(world);
    }
    if (OB_UNLIKELY(run->happenings.noted))
        ob_note_aside(&run->happenings, &run->log, OB_CANCELLED, index, run->now_us);
    uint64_t wait_us = ob_key_time_us(sent->key) - sent->time_us;
    if ((sent->flags & OB_SENT_TIMER) && wait_us < UINT32_MAX) {
        sent->flags |= OB_SENT_CANCELLED;
        sent->next = (uint32_t)wait_us;
    }
    sent->key = OB_NEVER;
}

/* The timer of the actor with a handle; NULL when there is none, or it was an earlier life's. */
static struct ob_sent *timer_of(const struct ob_actor *self, uint32_t timer)
{
    struct ob_log *log = &self->world->run.log;
    uint32_t index = ob_timer_sent(timer);
    if (index >= log->sent_count)
        return NULL;
    struct ob_sent *sent = &log->sent[index];
    bool is_timer = (sent->flags & (OB_SENT_TIMER | OB_SENT_RESUME)) == OB_SENT_TIMER;
    return is_timer && sent->to == self->id && sent->incarnation == self->incarnation ? sent : NULL;
}

bool ob_timer_cancel(struct ob_actor *self, uint32_t timer)
{
    const struct ob_sent *sent = timer_of(self, timer);
    if (!sent || !ob_is_under_way(sent))
        return false;
    ob_sent_cancel(self->world, ob_timer_sent(timer));
    return true;
}

bool ob_timer_flush(struct ob_actor *self, uint32_t timer)
{
    return ob_timer_cancel(self, timer) ||
           (timer_of(self, timer) &&
            ob_mailbox_remove(&self->world->run.log, self, ob_timer_sent(timer)));
}
