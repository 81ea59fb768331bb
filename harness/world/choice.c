/* Runs whose order somebody else chooses: explorers, which know strategies, not links. */
#include "world/internal.h"

static void send_everything(struct ob_world *world)
{
    while (world->run.outside_us != OB_NEVER)
        ob_send_outside(world);
    world->run.now_us = 0;
}

void ob_world_open(struct ob_world *world, const struct ob_scenario *scenario)
{
    ob_world_begin(world, scenario);
    world->run.chosen = true;
    if (!world->run.over)
        (void)ob_guard(world, send_everything);
}

uint64_t ob_latest_us(const struct ob_world *world, const struct ob_sent *message,
                      uint64_t earliest_us)
{
    if (ob_comes_by_itself(message))
        return earliest_us - message->next +
               ob_world_lateness(world, (uint32_t)(message - world->sent));
    const struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
    uint64_t latest_us = message->time_us + ob_link_of(world, pair)->latency_us_max;
    return latest_us > earliest_us ? latest_us : earliest_us;
}

/* On a link that keeps the order only the first message can come next. The queue holds them in the
 * order in which they would arrive. */
static bool is_first_on_link(struct ob_world *world, const struct ob_sent *message)
{
    if (!(message->flags & OB_SENT_FIFO))
        return true;
    struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
    bool first = pair->listed != world->listings;
    pair->listed = world->listings;
    return first;
}

/* Whether nothing happens there: a timer or a task of an actor that has died since. */
static bool is_void(const struct ob_world *world, uint64_t key)
{
    uint32_t event = (uint32_t)key & OB_EVENT_MASK;
    if (ob_is_stale(world, key))
        return true;
    if (event < ob_event_base(world))
        return false;
    const struct ob_sent *message = &world->sent[event - ob_event_base(world)];
    return ob_comes_by_itself(message) &&
           message->incarnation != world->actors[message->to].incarnation;
}

size_t ob_world_still_pending(struct ob_world *world, struct ob_choice *choices, size_t most)
{
    const struct ob_run *run = &world->run;
    uint32_t base = ob_event_base(world);
    size_t count = 0;
    world->listings++;
    for (uint32_t at = run->queue_head; at < run->queue_tail && count < most; at++) {
        uint64_t key = world->queue[at];
        uint32_t event = (uint32_t)key & OB_EVENT_MASK;
        uint64_t earliest_us = key >> OB_EVENT_BITS;
        if (is_void(world, key))
            continue;
        if (ob_is_settled(world, key))
            break;
        struct ob_choice choice = {
            .key = key, .earliest_us = earliest_us, .latest_us = earliest_us, .sent = OB_NONE};
        if (event >= base) {
            const struct ob_sent *message = &world->sent[event - base];
            if (!is_first_on_link(world, message))
                continue;
            choice.sent = event - base;
            choice.actor = message->to;
            choice.latest_us = ob_latest_us(world, message, earliest_us);
        } else {
            choice.actor =
                (uint16_t)(event > world->actor_count ? event - world->actor_count - 1 : event);
        }
        choices[count++] = choice;
    }
    return count;
}

size_t ob_world_choices(struct ob_world *world, struct ob_choice *choices, size_t most)
{
    return world->run.over ? 0 : ob_world_still_pending(world, choices, most);
}

bool ob_world_keeps_order(const struct ob_world *world, const struct ob_choice *first,
                          const struct ob_choice *second)
{
    if (first->sent == OB_NONE || second->sent == OB_NONE)
        return false;
    const struct ob_sent *one = ob_world_sent(world, first->sent);
    const struct ob_sent *two = ob_world_sent(world, second->sent);
    return (one->flags & two->flags & OB_SENT_FIFO) && one->message.from == two->message.from &&
           one->to == two->to;
}

uint32_t ob_choice_event(uint64_t key)
{
    return (uint32_t)key & OB_EVENT_MASK;
}

static void take_chosen(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint32_t at = run->queue_head;
    while (world->queue[at] != world->chosen_key)
        at++;
    assert(at < run->queue_tail);
    /* The chosen one is near the beginning, so what is before it moves, not what is behind. */
    memmove(&world->queue[run->queue_head + 1], &world->queue[run->queue_head],
            (at - run->queue_head) * sizeof *world->queue);
    run->queue_head++;
    ob_happen(world, world->chosen_key, world->chosen_time_us);
}

void ob_resume_after_check(struct ob_world *world)
{
    assert(world->run.delivery_count > 0);
    unsigned last = world->deliveries[world->run.delivery_count - 1].actor;
    struct ob_actor *actor = &world->actors[last];
    if (!actor->down)
        ob_drain(world, actor);
}

bool ob_world_choose(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us)
{
    world->chosen_key = choice->key;
    world->chosen_time_us = time_us;
    bool complete = ob_guard(world, take_chosen);
    while (!complete && !world->run.over)
        complete = ob_guard(world, ob_resume_after_check);
    return !world->run.over;
}

void ob_world_forget_violation(struct ob_world *world)
{
    if (world->run.over)
        return;
    world->run.violated = false;
    world->run.accuser = NULL;
    world->verdict = (struct ob_verdict){.outcome = OB_PASSED};
}

static void end_quiescent(struct ob_world *world)
{
    ob_end(world, true);
}

static void end_settled(struct ob_world *world)
{
    ob_end(world, false);
}

const struct ob_verdict *ob_world_close(struct ob_world *world)
{
    if (world->run.over)
        return &world->verdict;
    bool quiescent = true;
    for (uint32_t at = world->run.queue_head; at < world->run.queue_tail; at++)
        quiescent &= is_void(world, world->queue[at]);
    (void)ob_guard(world, quiescent ? end_quiescent : end_settled);
    return &world->verdict;
}
