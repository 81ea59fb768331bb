#include "world/hold.h"

static bool matches(const struct ob_selector *awaited, const struct ob_message *message)
{
    return (!awaited->from || awaited->from == message->from + 1) &&
           (!awaited->kind || awaited->kind == message->kind + 1);
}

static struct ob_line *line_at(const struct ob_holds *holds, unsigned deviation, unsigned actor)
{
    const struct ob_network *network = holds->network;
    struct ob_line *line = &holds->lines[deviation * network->width + actor];
    assert(deviation < holds->line_rows && actor < network->width);
    if (line->epoch != network->epoch)
        *line = (struct ob_line){
            .epoch = network->epoch, .first = OB_NONE, .last = OB_NONE, .seen = OB_NONE};
    return line;
}

static bool is_awaited(const struct ob_holds *holds, uint32_t index,
                       const struct ob_selector *awaited)
{
    const struct ob_delivery *delivery = &holds->log->deliveries[index];

    return delivery->sent != OB_NONE && !(delivery->flags & OB_DELIVERY_POSTPONED) &&
           matches(awaited, &holds->log->sent[delivery->sent].message);
}

/* How many messages like the awaited one the actor has handled so far. The line remembers those up
 * to a delivery, but not the one that is being handled: its actor may yet put it aside. */
static uint32_t handled_count(const struct ob_holds *holds, const struct ob_actor *actor,
                              const struct ob_selector *awaited, struct ob_line *line)
{
    uint32_t at = actor->last_delivery;
    uint32_t running = 0;

    if (at != OB_NONE && at == holds->log->current) {
        running = is_awaited(holds, at, awaited);
        at = holds->log->deliveries[at].previous;
    }
    uint32_t newest = at;
    for (; at != line->seen; at = holds->log->deliveries[at].previous)
        line->handled += is_awaited(holds, at, awaited);
    line->seen = newest;
    return line->handled + running;
}

/* -- chains -- */

static void join_line(struct ob_holds *holds, struct ob_actor *actor, uint32_t index)
{
    struct ob_hold *hold = &holds->list[index];
    struct ob_line *line = line_at(holds, hold->deviation, actor->id);

    hold->previous = line->last;
    hold->next = OB_NONE;
    if (line->first == OB_NONE)
        line->first = index;
    else
        holds->list[line->last].next = index;
    line->last = index;
    if (line->first == index || hold->due < line->least_due)
        line->least_due = hold->due;
    actor->held_lines |= UINT64_C(1) << hold->deviation;
    actor->attention = true;
}

static void leave_line(struct ob_holds *holds, const struct ob_hold *hold)
{
    unsigned actor = holds->log->sent[hold->sent].to;
    struct ob_line *line = line_at(holds, hold->deviation, actor);

    if (hold->previous == OB_NONE)
        line->first = hold->next;
    else
        holds->list[hold->previous].next = hold->next;
    if (hold->next == OB_NONE)
        line->last = hold->previous;
    else
        holds->list[hold->next].previous = hold->previous;
    if (line->first == OB_NONE)
        holds->actors[actor].held_lines &= ~(UINT64_C(1) << hold->deviation);
}

/* A place in the list, or OB_NONE when it is full. */
static uint32_t take_place(struct ob_holds *holds)
{
    uint32_t index = holds->free;
    if (index != OB_NONE)
        holds->free = holds->list[index].next;
    else if (holds->used < holds->capacity)
        index = holds->used++;
    holds->count += index != OB_NONE;
    return index;
}

/* Returns false when the list is full. */
static bool add_hold(struct ob_holds *holds, uint32_t sent, struct ob_hold hold)
{
    struct ob_sent *message = &holds->log->sent[sent];
    uint32_t index = take_place(holds);

    if (index == OB_NONE)
        return false;
    hold.sent = sent;
    hold.follower = OB_NONE;
    hold.next_of_message = OB_NONE;
    if (message->flags & OB_SENT_HELD) {
        hold.next_of_message = holds->list[holds->first_of[sent]].next_of_message;
        holds->list[holds->first_of[sent]].next_of_message = index;
    } else {
        message->flags |= OB_SENT_HELD;
        holds->first_of[sent] = index;
    }
    holds->list[index] = hold;
    if (hold.behind == OB_NONE)
        join_line(holds, &holds->actors[message->to], index);
    else
        holds->list[holds->first_of[hold.behind]].follower = index;
    return true;
}

/* Returns the hold of the message that waits behind this one, when nothing holds this one any more;
 * OB_NONE otherwise. */
static uint32_t remove_hold(struct ob_holds *holds, uint32_t index)
{
    struct ob_hold hold = holds->list[index];
    uint32_t *first = &holds->first_of[hold.sent];
    uint32_t follower = OB_NONE;

    if (hold.behind == OB_NONE)
        leave_line(holds, &hold);
    else if (holds->log->sent[hold.behind].flags & OB_SENT_HELD)
        holds->list[holds->first_of[hold.behind]].follower = OB_NONE;
    if (*first == index) {
        *first = hold.next_of_message;
        if (*first == OB_NONE)
            follower = hold.follower;
        else
            holds->list[*first].follower = hold.follower;
    } else {
        uint32_t before = *first;
        while (holds->list[before].next_of_message != index)
            before = holds->list[before].next_of_message;
        holds->list[before].next_of_message = hold.next_of_message;
    }
    holds->list[index].next = holds->free;
    holds->free = index;
    assert(holds->count > 0);
    holds->count--;
    return follower;
}

/* -- what holds and lets go -- */

uint32_t ob_hold_lacks(const struct ob_holds *holds, unsigned reorder, const struct ob_actor *actor)
{
    const struct ob_selector *awaited = &holds->deviations[reorder].awaited;
    uint32_t wanted = awaited->nth + 1u;
    uint32_t handled = handled_count(holds, actor, awaited, line_at(holds, reorder, actor->id));
    return handled < wanted ? wanted - handled : 0;
}

enum ob_held ob_hold(struct ob_holds *holds, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
                     uint64_t ready_us, uint64_t *applied)
{
    struct ob_sent *message = &holds->log->sent[sent];
    const struct ob_actor *actor = &holds->actors[message->to];
    assert(!(message->flags & OB_SENT_HELD));

    for (uint64_t left = reorders; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        uint32_t lacks = ob_hold_lacks(holds, index, actor);
        if (lacks == 0)
            continue;
        *applied |= UINT64_C(1) << index;
        message->deviation = (uint8_t)(index + 1);
        struct ob_hold hold = {.ready_us = ready_us,
                               .behind = OB_NONE,
                               .due = line_at(holds, index, actor->id)->delivered + lacks,
                               .deviation = (uint8_t)index};
        if (!add_hold(holds, sent, hold))
            return OB_HOLDS_FULL;
    }
    /* What is not held now might overtake what is, on a link that keeps the order. */
    if (pair && pair->last_held != OB_NONE &&
        !add_hold(holds, sent, (struct ob_hold){.ready_us = ready_us, .behind = pair->last_held}))
        return OB_HOLDS_FULL;
    if (!(message->flags & OB_SENT_HELD))
        return OB_NOT_HELD;
    if (pair)
        pair->last_held = sent;
    return OB_HELD;
}

/* What is sent from now on does not wait behind the message. */
static void leave_pair(struct ob_pair *pair, uint32_t sent)
{
    if (pair->last_held == sent)
        pair->last_held = OB_NONE;
}

/* The message goes now, or as soon as its link's least latency has passed. */
static void release(struct ob_holds *holds, uint32_t sent, uint64_t ready_us, uint64_t now_us)
{
    struct ob_sent *message = &holds->log->sent[sent];
    message->flags &= (uint16_t)~OB_SENT_HELD;
    uint64_t arrival_us = ready_us > now_us ? ready_us : now_us;
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_way_of(holds->network, message);
        if (arrival_us < pair->last_arrival_us)
            arrival_us = pair->last_arrival_us;
        ob_keep_order(pair, arrival_us);
        leave_pair(pair, sent);
    }
    ob_put_off(holds->log, sent, arrival_us);
    if (holds->released_first == OB_NONE)
        holds->released_first = sent;
    else
        holds->first_of[holds->released_last] = sent;
    holds->released_last = sent;
}

/* One thing that a message has waited for is over. If it was the last, the message goes, and so
 * does what waited behind it alone, and what waited behind that. */
static void end_hold(struct ob_holds *holds, uint32_t index, uint64_t now_us)
{
    while (index != OB_NONE) {
        uint32_t sent = holds->list[index].sent;
        uint64_t ready_us = holds->list[index].ready_us;
        index = remove_hold(holds, index);
        if (holds->first_of[sent] != OB_NONE)
            return;
        release(holds, sent, ready_us, now_us);
    }
}

/* Lets those of a line go that have waited long enough. */
static void let_go(struct ob_holds *holds, struct ob_line *line, uint64_t now_us)
{
    uint32_t least_due = UINT32_MAX;

    for (uint32_t index = line->first; index != OB_NONE;) {
        const struct ob_hold *hold = &holds->list[index];
        uint32_t next = hold->next;
        if (hold->due <= line->delivered)
            end_hold(holds, index, now_us);
        else if (hold->due < least_due)
            least_due = hold->due;
        index = next;
    }
    line->least_due = least_due;
}

void ob_holds_delivered(struct ob_holds *holds, struct ob_actor *actor,
                        const struct ob_message *message, uint64_t now_us)
{
    for (uint64_t left = actor->held_lines; left; left &= left - 1) {
        unsigned deviation = (unsigned)__builtin_ctzll(left);
        struct ob_line *line = line_at(holds, deviation, actor->id);
        if (!matches(&holds->deviations[deviation].awaited, message))
            continue;
        line->delivered++;
        /* What this delivery itself has sent to its actor, such as a timer, has counted it. */
        for (uint32_t index = line->last;
             index != OB_NONE &&
             holds->log->sent[holds->list[index].sent].cause == holds->log->current;
             index = holds->list[index].previous)
            holds->list[index].due++;
        if (line->delivered >= line->least_due)
            let_go(holds, line, now_us);
    }
}

void ob_holds_drop(struct ob_holds *holds, uint32_t sent, uint64_t now_us)
{
    struct ob_sent *message = &holds->log->sent[sent];
    uint32_t follower = OB_NONE;

    assert(message->flags & OB_SENT_HELD);
    message->flags &= (uint16_t)~OB_SENT_HELD;
    while (holds->first_of[sent] != OB_NONE)
        follower = remove_hold(holds, holds->first_of[sent]);
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_way_of(holds->network, message);
        pair->last_arrival_us = now_us; /* a walk may have let it come before it was due */
        leave_pair(pair, sent);
    }
    end_hold(holds, follower, now_us);
}

uint32_t ob_holds_released(struct ob_holds *holds)
{
    uint32_t sent = holds->released_first;
    if (sent == OB_NONE)
        return OB_NONE;
    holds->released_first = sent == holds->released_last ? OB_NONE : holds->first_of[sent];
    holds->first_of[sent] = OB_NONE;
    return sent;
}

void ob_holds_begin(struct ob_holds *holds, const struct ob_deviation *deviations, unsigned count)
{
    holds->deviations = deviations;
    holds->line_rows = 0;
    for (unsigned index = 0; index < count; index++)
        if (deviations[index].op == OB_REORDER)
            holds->line_rows = index + 1;
    holds->used = holds->count = 0;
    holds->free = OB_NONE;
    holds->released_first = holds->released_last = OB_NONE;
}

void ob_holds_forget(struct ob_holds *holds)
{
    for (size_t at = 0; at < (size_t)OB_DEVIATIONS_MAX * holds->network->width; at++)
        holds->lines[at].epoch = 0;
}
