#include "search/neighbours_step.h"

#include <stdlib.h>

#include "scenario/edit.h"
#include "search/effects.h"
#include "search/events.h"
#include "search/faults.h"
#include "world/run.h"
#include "world/sent_order.h"
#include "world/trace.h"
#include "world/world.h"

struct list {
    struct ob_world *world;
    const struct ob_scenario *scenario; /* whose execution is the world's */
    struct ob_scenario neighbour;       /* the one that is being made */
    ob_neighbours_take *take;
    void *context;
    uint64_t unwritable;
    bool is_over; /* no more are wanted */
};

static void begin(struct list *list)
{
    ob_scenario_copy(&list->neighbour, list->scenario);
}

static void give(struct list *list)
{
    list->is_over = list->is_over || !list->take(&list->neighbour, list->context);
}

/* Adds a deviation to the neighbour that was begun, and gives that. */
static void give_with(struct list *list, struct ob_deviation deviation)
{
    ob_deviation_canonicalise(ob_world_vocabulary(list->world), &deviation);
    if (ob_scenario_insert_deviation(&list->neighbour, &deviation))
        give(list);
    else
        list->unwritable++;
}

static bool selects(const struct ob_selector *which, const struct ob_sent *sent, uint32_t ordinal)
{
    return (!which->from || which->from == sent->message.from + 1) &&
           (!which->to || which->to == sent->to) &&
           (!which->kind || which->kind == sent->message.kind + 1) &&
           (!which->nth || which->nth == ordinal + 1);
}

/* The selector of one message. False when it cannot be named: its number is too high. */
static bool name_message(const struct ob_world *world, uint32_t index, struct ob_selector *which)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    uint32_t ordinal = ob_world_ordinal(world, index);

    *which = (struct ob_selector){.from = (uint8_t)(sent->message.from + 1),
                                  .to = (uint8_t)sent->to,
                                  .kind = (uint8_t)(sent->message.kind + 1),
                                  .nth = (uint8_t)(ordinal + 1)};
    return ordinal < UINT8_MAX;
}

/* -- a deviation less -- */

static void list_removals(struct list *list)
{
    for (unsigned index = 0; index < list->scenario->deviation_count && !list->is_over; index++) {
        begin(list);
        ob_scenario_remove_deviation(&list->neighbour, index);
        give(list);
    }
}

/* -- one message rather than a class -- */

static bool names_many(const struct ob_deviation *deviation)
{
    const struct ob_selector *which = &deviation->which;
    unsigned needed = OB_USES_MESSAGE | OB_USES_NTH;

    return (ob_deviation_fields(deviation->op) & needed) == needed &&
           !(which->from && which->to && which->kind && which->nth);
}

static void list_members(struct list *list, unsigned index)
{
    struct ob_deviation deviation = list->scenario->deviations[index];
    const struct ob_selector class = deviation.which;

    for (uint32_t sent = 0; sent < ob_world_sent_count(list->world) && !list->is_over; sent++) {
        struct ob_selector one;
        bool has_name = name_message(list->world, sent, &one);
        if (!selects(&class, ob_world_sent(list->world, sent), ob_world_ordinal(list->world, sent)))
            continue;
        if (!has_name) {
            list->unwritable++;
            continue;
        }
        deviation.which = one;
        begin(list);
        ob_scenario_remove_deviation(&list->neighbour, index);
        give_with(list, deviation);
    }
}

static void list_singles(struct list *list)
{
    for (unsigned index = 0; index < list->scenario->deviation_count; index++)
        if (names_many(&list->scenario->deviations[index]))
            list_members(list, index);
}

/* -- a racing pair reversed -- */

static bool same_selector(const struct ob_selector *one, const struct ob_selector *other)
{
    return one->from == other->from && one->to == other->to && one->kind == other->kind &&
           one->nth == other->nth;
}

/* Takes away the reorders of the neighbour that hold a message back, or of these only those that
 * name exactly it. Returns whether there were any. */
static bool lift_holds(struct list *list, uint32_t sent, const struct ob_selector *exactly)
{
    uint32_t ordinal = ob_world_ordinal(list->world, sent);
    bool any = false;

    for (unsigned index = list->neighbour.deviation_count; index-- > 0;) {
        const struct ob_deviation *deviation = &list->neighbour.deviations[index];
        if (deviation->op != OB_REORDER ||
            !selects(&deviation->which, ob_world_sent(list->world, sent), ordinal) ||
            (exactly && !same_selector(&deviation->which, exactly)))
            continue;
        ob_scenario_remove_deviation(&list->neighbour, index);
        any = true;
    }
    return any;
}

/*
 * The message `held` waits for what is awaited, which is the message `until`; one that it waited
 * for so far it waits for no longer, as every order can be had with one wait for each message.
 * Where `until` itself is held back by a reorder, perhaps for `held`, the pair is reversed once
 * with that and once without.
 */
static void reverse(struct list *list, uint32_t held, uint32_t until, struct ob_selector awaited)
{
    struct ob_deviation reorder = {.op = OB_REORDER, .awaited = awaited};

    if (!name_message(list->world, held, &reorder.which)) {
        list->unwritable++;
        return;
    }
    begin(list);
    (void)lift_holds(list, held, &reorder.which);
    give_with(list, reorder);
    begin(list);
    (void)lift_holds(list, held, &reorder.which);
    if (lift_holds(list, until, NULL))
        give_with(list, reorder);
}

/*
 * A copy comes when its duplication says: `shift_us` later, or earlier, than it did. Where that
 * would be before the original, there is no such neighbour.
 */
static void shift_copy(struct list *list, const struct ob_delivery *copy, int64_t shift_us)
{
    unsigned index = ob_world_sent(list->world, copy->sent)->deviation - 1u;
    struct ob_deviation duplicate = list->scenario->deviations[index];
    int64_t amount_us = (int64_t)duplicate.amount + shift_us;

    if (amount_us < 0)
        return;
    duplicate.amount = ob_duration_limit((uint64_t)amount_us);
    begin(list);
    ob_scenario_remove_deviation(&list->neighbour, index);
    give_with(list, duplicate);
}

/* Somebody got it, and not again. */
static bool is_handled(const struct ob_delivery *delivery)
{
    return delivery->sent != OB_NONE &&
           !(delivery->flags & (OB_DELIVERY_LOST | OB_DELIVERY_RETRIED));
}

static bool is_copy(const struct ob_delivery *delivery)
{
    return delivery->flags & OB_DELIVERY_COPY;
}

/* Timers are held back only where they may be late. */
static bool can_wait(const struct list *list, uint32_t sent)
{
    return !ob_world_is_timer(list->world, sent) || ob_world_lateness(list->world, sent) > 0;
}

/* What a reorder awaits that waits for this delivery: its number among those of its sender and kind
 * that the actor has handled. False when that is too high. */
static bool name_delivery(const struct ob_world *world, uint32_t index, struct ob_selector *awaited)
{
    const struct ob_delivery *delivery = ob_world_delivery(world, index);
    const struct ob_message *message = &ob_world_sent(world, delivery->sent)->message;
    uint32_t before = 0;

    for (uint32_t at = delivery->previous; at != OB_NONE;) {
        const struct ob_delivery *other = ob_world_delivery(world, at);
        at = other->previous;
        if (other->sent == OB_NONE || (other->flags & OB_DELIVERY_POSTPONED))
            continue;
        const struct ob_message *earlier = &ob_world_sent(world, other->sent)->message;
        before += earlier->kind == message->kind && earlier->from == message->from;
    }
    *awaited = (struct ob_selector){.from = (uint8_t)(message->from + 1),
                                    .kind = (uint8_t)(message->kind + 1),
                                    .nth = (uint8_t)before};
    return before <= UINT8_MAX;
}

/* Past the other one, at the precision that durations have. */
static int64_t way_past(const struct ob_delivery *first, const struct ob_delivery *second)
{
    int64_t distance_us = (int64_t)(second->time_us - first->time_us);
    return distance_us + distance_us / 1000 + 1;
}

/* The message of a delivery is so much later. */
static void delay(struct list *list, uint32_t sent, uint64_t later_us)
{
    struct ob_deviation more = {.op = OB_DELAY};
    if (!name_message(list->world, sent, &more.which)) {
        list->unwritable++;
        return;
    }
    begin(list);
    (void)lift_holds(list, sent, &more.which);
    for (unsigned index = list->neighbour.deviation_count; index-- > 0;) {
        const struct ob_deviation *deviation = &list->neighbour.deviations[index];
        if (deviation->op != OB_DELAY || !same_selector(&deviation->which, &more.which))
            continue;
        later_us += deviation->amount;
        ob_scenario_remove_deviation(&list->neighbour, index);
    }
    more.amount = ob_duration_limit(later_us);
    give_with(list, more);
}

/* What comes in the order of sending comes the other way round when what has sent the first message
 * comes later than the second is sent. */
static void reverse_sends(struct list *list, uint32_t first, uint32_t second)
{
    const struct ob_sent *one = ob_world_sent(list->world, first);
    uint32_t sent = ob_world_delivery(list->world, one->cause)->sent;

    if (sent == OB_NONE || ob_world_is_resume(list->world, sent))
        list->unwritable++;
    else if (can_wait(list, sent))
        delay(list, sent, ob_world_sent(list->world, second)->time_us - one->time_us + 1);
}

static void list_reversals_of(struct list *list, uint32_t later)
{
    const struct ob_delivery *second = ob_world_delivery(list->world, later);
    struct ob_selector awaited;

    if (!is_handled(second))
        return;
    bool has_name = name_delivery(list->world, later, &awaited);
    for (uint32_t at = second->previous; at != OB_NONE && !list->is_over;) {
        const struct ob_delivery *first = ob_world_delivery(list->world, at);
        uint32_t earlier = at;
        at = first->previous;
        if (!is_handled(first) || !ob_world_races(list->world, earlier, later))
            continue;
        if (is_copy(first))
            shift_copy(list, first, way_past(first, second));
        else if (is_copy(second))
            shift_copy(list, second, -way_past(first, second));
        else if (ob_world_keeps_sent_order(list->world, first->sent, second->sent))
            reverse_sends(list, first->sent, second->sent);
        else if (can_wait(list, first->sent) && has_name)
            reverse(list, first->sent, second->sent, awaited);
        else
            list->unwritable += !has_name;
    }
}

static void list_reversals(struct list *list)
{
    for (uint32_t later = 0; later < ob_world_delivery_count(list->world) && !list->is_over;
         later++)
        list_reversals_of(list, later);
}

/* -- what comes to one actor after what comes to another -- */

static void list_delays_of(struct list *list, const struct ob_events *events,
                           const struct ob_effects *effects, uint32_t later)
{
    const struct ob_event *second = &events->list[later];
    for (uint32_t earlier = 0; earlier < later && !list->is_over; earlier++) {
        const struct ob_event *first = &events->list[earlier];
        const struct ob_effect_at at[2] = {{earlier, first->actor}, {later, second->actor}};
        if (first->actor == second->actor || first->is_resume || !can_wait(list, first->sent) ||
            !(ob_effects_checked(effects, first->actor, second->actor) ||
              ob_effects_meet(effects, at[0], at[1]) ||
              ob_effects_share(effects, at[0].event, at[1].event)) ||
            ob_world_happens_before(list->world, first->delivery, second->delivery))
            continue;
        delay(list, first->sent,
              ob_world_delivery(list->world, second->delivery)->time_us -
                  ob_world_delivery(list->world, first->delivery)->time_us + 1);
    }
}

/* Nothing at one actor waits for what another is given, so that it takes a delay. */
static bool list_delays(struct list *list, const struct ob_effects *effects)
{
    struct ob_events events;
    if (ob_events_read(&events, list->world, false))
        return false;
    for (uint32_t later = 0; later < events.count && !list->is_over; later++)
        list_delays_of(list, &events, effects, later);
    ob_events_release(&events);
    return true;
}

/* Runs the scenario to see who sees whom. */
static bool find_effects(struct list *list, struct ob_effects *effects)
{
    struct ob_events events;
    (void)ob_world_run(list->world, list->scenario);
    if (ob_events_read(&events, list->world, false))
        return false;
    int result = ob_effects_find(effects, list->world, list->scenario, &events);
    ob_events_release(&events);
    return result == 0;
}

/* -- a timer that was cancelled fires first -- */

/* Marks the messages that were delivered. NULL when memory is short. */
static bool *find_delivered(const struct ob_world *world)
{
    bool *delivered = calloc(ob_world_sent_count(world) + (size_t)1, sizeof *delivered);

    for (uint32_t at = 0; delivered && at < ob_world_delivery_count(world); at++)
        if (ob_world_delivery(world, at)->sent != OB_NONE)
            delivered[ob_world_delivery(world, at)->sent] = true;
    return delivered;
}

/*
 * Whatever its actor got after a timer was started may have cancelled it. It waits for one firing
 * more than there were before it.
 */
static void list_firings_of(struct list *list, uint32_t index)
{
    const struct ob_sent *timer = ob_world_sent(list->world, index);
    struct ob_selector awaited = {.from = (uint8_t)(timer->message.from + 1),
                                  .kind = (uint8_t)(timer->message.kind + 1)};
    uint32_t fired = 0;

    for (uint32_t at = 0; at < ob_world_delivery_count(list->world) && !list->is_over; at++) {
        const struct ob_delivery *delivery = ob_world_delivery(list->world, at);
        if (delivery->actor != timer->to || !is_handled(delivery) || is_copy(delivery))
            continue;
        const struct ob_message *message = &ob_world_sent(list->world, delivery->sent)->message;
        awaited.nth = (uint8_t)fired;
        bool is_started = timer->cause == OB_NONE || at > timer->cause;
        if (is_started && fired <= UINT8_MAX && can_wait(list, delivery->sent))
            reverse(list, delivery->sent, index, awaited);
        list->unwritable += is_started && fired > UINT8_MAX;
        fired += message->kind == timer->message.kind && message->from == timer->message.from;
    }
}

static bool list_firings(struct list *list)
{
    bool *delivered = find_delivered(list->world);

    if (!delivered)
        return false;
    for (uint32_t sent = 0; sent < ob_world_sent_count(list->world) && !list->is_over; sent++)
        if (!delivered[sent] && ob_world_is_timer(list->world, sent))
            list_firings_of(list, sent);
    free(delivered);
    return true;
}

/* -- a fault more -- */

static bool list_faults(struct list *list)
{
    struct ob_deviation *faults = malloc(OB_FAULTS_MAX * sizeof *faults);

    if (!faults)
        return false;
    /* This is the run whose trace everything is read from. */
    size_t count = ob_faults_list(list->world, list->scenario, faults, OB_FAULTS_MAX);
    list->unwritable += count == OB_FAULTS_MAX;
    for (size_t at = 0; at < count && !list->is_over; at++) {
        begin(list);
        give_with(list, faults[at]);
    }
    free(faults);
    return true;
}

int ob_neighbours_list(struct ob_world *world, const struct ob_scenario *scenario,
                       ob_neighbours_take *take, void *context, uint64_t *unwritable)
{
    struct list list = {.world = world, .scenario = scenario, .take = take, .context = context};
    struct ob_effects effects = {0};

    bool is_done = find_effects(&list, &effects) && list_faults(&list);
    if (is_done) {
        list_removals(&list);
        list_singles(&list);
        list_reversals(&list);
        is_done = list_delays(&list, &effects) && list_firings(&list);
    }
    ob_effects_release(&effects);
    *unwritable += list.unwritable;
    return is_done ? 0 : -1;
}
