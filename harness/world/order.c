#include "world/order.h"

#include "world/deliver.h"
#include "world/ending.h"
#include "world/event.h"
#include "world/known_outcome.h"
#include "world/range.h"
#include "world/run.h"
#include "world/send.h"
#include "world/trace.h"

static void send_everything(struct ob_world *world)
{
    while (world->run.outside_us != OB_NEVER)
        ob_send_outside(world);
    world->run.now_us = 0;
}

void ob_world_open(struct ob_world *world, const struct ob_scenario *scenario)
{
    ob_world_begin(world, scenario);
    world->run.happenings.noted = true;
    if (!world->run.ending.over)
        (void)ob_guard(world, send_everything);
}

/* On a link that keeps the order only the first message can come next. The queue holds them in the
 * order in which they would arrive. */
static bool is_first_on_link(struct ob_world *world, const struct ob_sent *message)
{
    if (!(message->flags & OB_SENT_FIFO))
        return true;
    struct ob_pair *pair = ob_way_of(&world->run.network, message);
    bool first = pair->listed != world->listings;
    pair->listed = world->listings;
    return first;
}

/* Whether nothing happens there: a timer or a task of an actor that has died since. */
static bool is_void(const struct ob_world *world, uint64_t key)
{
    uint32_t event = ob_key_event(key);
    if (ob_is_stale(&world->run.log, key))
        return true;
    if (event < ob_event_base(world))
        return false;
    const struct ob_sent *message = &world->run.log.sent[event - ob_event_base(world)];
    return ob_comes_by_itself(message) &&
           message->incarnation != world->actors[message->to].incarnation;
}

size_t ob_world_still_pending(struct ob_world *world, struct ob_choice *choices, size_t most)
{
    struct ob_run *run = &world->run;
    uint32_t base = ob_event_base(world);
    size_t count = 0;
    world->listings++;
    ob_queue_gather(&run->queue);
    for (uint32_t at = run->queue.head; at < run->queue.tail && count < most; at++) {
        uint64_t key = world->run.queue.keys[at];
        uint32_t event = ob_key_event(key);
        uint64_t earliest_us = ob_key_time_us(key);
        if (is_void(world, key))
            continue;
        if (ob_is_settled(world, key))
            break;
        struct ob_choice choice = {
            .key = key, .earliest_us = earliest_us, .latest_us = earliest_us, .sent = OB_NONE};
        if (event >= base) {
            const struct ob_sent *message = &world->run.log.sent[event - base];
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
    return world->run.ending.over ? 0 : ob_world_still_pending(world, choices, most);
}

bool ob_world_keeps_order(const struct ob_world *world, const struct ob_choice *first,
                          const struct ob_choice *second)
{
    if (first->sent == OB_NONE || second->sent == OB_NONE)
        return false;
    const struct ob_sent *one = ob_world_sent(world, first->sent);
    const struct ob_sent *two = ob_world_sent(world, second->sent);
    return (one->flags & two->flags & OB_SENT_FIFO) && one->to == two->to &&
           ob_way_of(&world->run.network, one) == ob_way_of(&world->run.network, two);
}

uint32_t ob_choice_event(uint64_t key)
{
    return ob_key_event(key);
}

static void take_chosen(struct ob_world *world)
{
    ob_queue_gather(&world->run.queue);
    ob_queue_take(&world->run.queue, world->chosen_key);
    ob_happen(world, world->chosen_key, world->chosen_time_us);
}

bool ob_world_choose(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us)
{
    world->chosen_key = choice->key;
    world->chosen_time_us = time_us;
    bool complete = ob_guard(world, take_chosen);
    while (!complete && !world->run.ending.over)
        complete = ob_guard(world, ob_resume_after_check);
    return !world->run.ending.over;
}

void ob_world_forget_violation(struct ob_world *world)
{
    if (world->run.ending.over)
        return;
    world->run.ending = (struct ob_ending){.at_end = world->run.ending.at_end};
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
    if (world->run.ending.over)
        return &world->run.ending.verdict;
    bool quiescent = true;
    for (uint32_t at = 0; at < ob_queue_count(&world->run.queue); at++)
        quiescent &= is_void(world, ob_queue_at(&world->run.queue, at));
    (void)ob_guard(world, quiescent ? end_quiescent : end_settled);
    return &world->run.ending.verdict;
}

void ob_world_keep_going(struct ob_world *world, bool keep_going)
{
    world->keep_going = keep_going;
}

void ob_world_end_as(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                     const struct ob_known_outcome *known_outcome)
{
    world->known_outcome = *known_outcome;
    world->is_outcome_known = true;
    world->deliveries_stop = world->run.log.delivery_count;
    /* What is no message may begin with code of the target. */
    if (choice && choice->sent != OB_NONE && known_outcome->failure != OB_NO_FAILURE)
        (void)ob_world_choose(world, choice, time_us);
    if (!world->run.ending.over)
        ob_end_as_known(world);
    world->is_outcome_known = false;
    world->deliveries_stop = world->deliveries_max;
}
