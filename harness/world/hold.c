/*
 * Messages that a reordering holds back: until their receiver has handled what is awaited, or, when
 * that does not come or may not take so long, until the most that their link allows. So constraints
 * that contradict each other, or that an edit has made void, give way by themselves. On a link that
 * keeps the order, what is sent later waits behind.
 *
 * Nothing here searches through what is held: each hold is in the chain of its message and, unless
 * it waits behind another message, in the line of those that await the same at the same actor.
 */
#include "world/internal.h"

static bool matches(const struct ob_selector *awaited, const struct ob_message *message)
{
    return (!awaited->from || awaited->from == message->from + 1) &&
           (!awaited->kind || awaited->kind == message->kind + 1);
}

static struct ob_line *line_at(const struct ob_world *world, unsigned deviation, unsigned actor)
{
    struct ob_line *line = &world->lines[deviation * (world->actor_count + 1) + actor];

    if (line->epoch != world->run.epoch)
        *line = (struct ob_line){
            .epoch = world->run.epoch, .first = OB_NONE, .last = OB_NONE, .seen = OB_NONE};
    return line;
}

static bool is_awaited(const struct ob_world *world, uint32_t index,
                       const struct ob_selector *awaited)
{
    const struct ob_delivery *delivery = &world->deliveries[index];

    return delivery->sent != OB_NONE && !(delivery->flags & OB_DELIVERY_POSTPONED) &&
           matches(awaited, &world->sent[delivery->sent].message);
}

/* How many messages like the awaited one the actor has handled so far. The line remembers those up
 * to a delivery, but not the one that is being handled: its actor may yet put it aside. */
static uint32_t handled_count(const struct ob_world *world, const struct ob_actor *actor,
                              const struct ob_selector *awaited, struct ob_line *line)
{
    uint32_t at = actor->last_delivery;
    uint32_t running = 0;

    if (at != OB_NONE && at == world->run.current) {
        running = is_awaited(world, at, awaited);
        at = world->deliveries[at].previous;
    }
    uint32_t newest = at;
    for (; at != line->seen; at = world->deliveries[at].previous)
        line->handled += is_awaited(world, at, awaited);
    line->seen = newest;
    return line->handled + running;
}

/* -- chains -- */

static void join_line(struct ob_world *world, struct ob_actor *actor, uint32_t index)
{
    struct ob_hold *hold = &world->holds[index];
    struct ob_line *line = line_at(world, hold->deviation, actor->id);

    hold->previous = line->last;
    hold->next = OB_NONE;
    if (line->first == OB_NONE)
        line->first = index;
    else
        world->holds[line->last].next = index;
    line->last = index;
    if (line->first == index || hold->due < line->least_due)
        line->least_due = hold->due;
    actor->held_lines |= UINT64_C(1) << hold->deviation;
    actor->attention = true;
}

static void leave_line(struct ob_world *world, const struct ob_hold *hold)
{
    unsigned actor = world->sent[hold->sent].to;
    struct ob_line *line = line_at(world, hold->deviation, actor);

    if (hold->previous == OB_NONE)
        line->first = hold->next;
    else
        world->holds[hold->previous].next = hold->next;
    if (hold->next == OB_NONE)
        line->last = hold->previous;
    else
        world->holds[hold->next].previous = hold->previous;
    if (line->first == OB_NONE)
        world->actors[actor].held_lines &= ~(UINT64_C(1) << hold->deviation);
}

static uint32_t take_place(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint32_t index = run->hold_free;

    if (index != OB_NONE)
        run->hold_free = world->holds[index].next;
    else if (run->hold_used < OB_HOLDS_MAX)
        index = run->hold_used++;
    else
        /* What is not held now might overtake what is, on a link that keeps the order. */
        ob_cut(world, OB_BOUND_HOLDS,
               "the most messages that reorderings may hold back are held back");
    return index;
}

static void add_hold(struct ob_world *world, uint32_t sent, struct ob_hold hold)
{
    struct ob_sent *message = &world->sent[sent];
    uint32_t index = take_place(world);

    hold.sent = sent;
    hold.follower = OB_NONE;
    hold.next_of_message = OB_NONE;
    if (message->flags & OB_SENT_HELD) {
        hold.next_of_message = world->holds[world->first_holds[sent]].next_of_message;
        world->holds[world->first_holds[sent]].next_of_message = index;
    } else {
        message->flags |= OB_SENT_HELD;
        world->first_holds[sent] = index;
    }
    world->holds[index] = hold;
    if (hold.behind == OB_NONE)
        join_line(world, &world->actors[message->to], index);
    else
        world->holds[world->first_holds[hold.behind]].follower = index;
}

/* Returns the hold of the message that waits behind this one, when nothing holds this one any more;
 * OB_NONE otherwise. */
static uint32_t remove_hold(struct ob_world *world, uint32_t index)
{
    struct ob_hold hold = world->holds[index];
    uint32_t *first = &world->first_holds[hold.sent];
    uint32_t follower = OB_NONE;

    if (hold.behind == OB_NONE)
        leave_line(world, &hold);
    else if (world->sent[hold.behind].flags & OB_SENT_HELD)
        world->holds[world->first_holds[hold.behind]].follower = OB_NONE;
    if (*first == index) {
        *first = hold.next_of_message;
        if (*first == OB_NONE)
            follower = hold.follower;
        else
            world->holds[*first].follower = hold.follower;
    } else {
        uint32_t before = *first;
        while (world->holds[before].next_of_message != index)
            before = world->holds[before].next_of_message;
        world->holds[before].next_of_message = hold.next_of_message;
    }
    world->holds[index].next = world->run.hold_free;
    world->run.hold_free = index;
    return follower;
}

/* -- what holds and lets go -- */

uint32_t ob_hold_lacks(const struct ob_world *world, unsigned reorder, const struct ob_actor *actor)
{
    const struct ob_selector *awaited = &world->scenario->deviations[reorder].awaited;
    uint32_t wanted = awaited->nth + 1u;
    uint32_t handled = handled_count(world, actor, awaited, line_at(world, reorder, actor->id));
    return handled < wanted ? wanted - handled : 0;
}

bool ob_hold(struct ob_world *world, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
             uint64_t ready_us)
{
    struct ob_sent *message = &world->sent[sent];
    const struct ob_actor *actor = &world->actors[message->to];

    for (uint64_t left = reorders; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        uint32_t lacks = ob_hold_lacks(world, index, actor);
        if (lacks == 0)
            continue;
        world->run.applied |= UINT64_C(1) << index;
        message->deviation = (uint8_t)(index + 1);
        add_hold(world, sent,
                 (struct ob_hold){.ready_us = ready_us,
                                  .behind = OB_NONE,
                                  .due = line_at(world, index, actor->id)->delivered + lacks,
                                  .deviation = (uint8_t)index});
    }
    if (pair && pair->last_held != OB_NONE)
        add_hold(world, sent, (struct ob_hold){.ready_us = ready_us, .behind = pair->last_held});
    bool held = message->flags & OB_SENT_HELD;
    if (held && pair)
        pair->last_held = sent;
    return held;
}

/* The message goes now, or as soon as its link's least latency has passed. */
static void release(struct ob_world *world, uint32_t sent, uint64_t ready_us)
{
    struct ob_sent *message = &world->sent[sent];
    message->flags &= (uint16_t)~OB_SENT_HELD;
    uint64_t arrival_us = ready_us > world->run.now_us ? ready_us : world->run.now_us;
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
        if (arrival_us < pair->last_arrival_us)
            arrival_us = pair->last_arrival_us;
        pair->last_arrival_us = arrival_us;
        if (pair->last_held == sent)
            pair->last_held = OB_NONE;
    }
    ob_put_off(world, sent, arrival_us);
    ob_queue_push(world, message->key);
}

/* One thing that a message has waited for is over. If it was the last, the message goes, and so
 * does what waited behind it alone, and what waited behind that. */
static void end_hold(struct ob_world *world, uint32_t index)
{
    while (index != OB_NONE) {
        uint32_t sent = world->holds[index].sent;
        uint64_t ready_us = world->holds[index].ready_us;
        index = remove_hold(world, index);
        if (world->first_holds[sent] != OB_NONE)
            return;
        release(world, sent, ready_us);
    }
}

/* Lets those of a line go that have waited long enough. */
static void let_go(struct ob_world *world, struct ob_line *line)
{
    uint32_t least_due = UINT32_MAX;

    for (uint32_t index = line->first; index != OB_NONE;) {
        const struct ob_hold *hold = &world->holds[index];
        uint32_t next = hold->next;
        if (hold->due <= line->delivered)
            end_hold(world, index);
        else if (hold->due < least_due)
            least_due = hold->due;
        index = next;
    }
    line->least_due = least_due;
}

void ob_holds_delivered(struct ob_world *world, struct ob_actor *actor,
                        const struct ob_message *message)
{
    for (uint64_t left = actor->held_lines; left; left &= left - 1) {
        unsigned deviation = (unsigned)__builtin_ctzll(left);
        struct ob_line *line = line_at(world, deviation, actor->id);
        if (!matches(&world->scenario->deviations[deviation].awaited, message))
            continue;
        line->delivered++;
        /* What this delivery itself has sent to its actor, such as a timer, has counted it. */
        for (uint32_t index = line->last;
             index != OB_NONE && world->sent[world->holds[index].sent].cause == world->run.current;
             index = world->holds[index].previous)
            world->holds[index].due++;
        if (line->delivered >= line->least_due)
            let_go(world, line);
    }
}

/* The message went at the latest moment that its link allows, or its actor died: nothing holds it
 * any more. */
void ob_holds_drop(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    uint32_t follower = OB_NONE;

    message->flags &= (uint16_t)~OB_SENT_HELD;
    while (world->first_holds[sent] != OB_NONE)
        follower = remove_hold(world, world->first_holds[sent]);
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
        pair->last_arrival_us = world->run.now_us;
        if (pair->last_held == sent)
            pair->last_held = OB_NONE;
    }
    end_hold(world, follower);
}
