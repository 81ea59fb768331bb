/* Many runs near the failing one, and one of them written down. */
#include <assert.h>
#include <string.h>

#include "base/rng.h"
#include "scenario/edit.h"
#include "search/nearby_internal.h"
#include "world/trace.h"
#include "world/world.h"

#define SAMPLES_GUARDED 120u /* where runs are made in child processes */
#define SAMPLES_HANGING 24u
#define DELIVERIES_AFTER 200000u /* of all runs that are not samples */

/* -- many runs -- */

/* A process has ended in the handler of an event: that came last, though nobody was left to note
 * it.
 */
static void note_crash(struct ob_nearby *nearby, const struct ob_known_outcome *known_outcome,
                       unsigned index)
{
    struct ob_nearby_run *run = &nearby->runs[nearby->first + index];
    bool is_same = strcmp(known_outcome->what, nearby->wanted.invariant) == 0;
    bool is_there = nearby->last == OB_NONE || run->at == nearby->last;
    uint32_t column = run->at == OB_NONE ? OB_NONE : nearby->columns_of[run->at];
    uint16_t place = 0;

    run->outcome = is_same && is_there ? OB_NEARBY_FAILS : OB_NEARBY_OTHER;
    for (uint32_t at = 0; at < nearby->column_count; at++)
        if (run->places[at] != OB_NEARBY_MISSING && run->places[at] >= place)
            place = (uint16_t)(run->places[at] + 1);
    if (column != OB_NONE && run->places[column] == OB_NEARBY_MISSING)
        run->places[column] = place;
}

static void make_one(unsigned index, void *context)
{
    struct ob_nearby *nearby = context;
    ob_nearby_make_run(nearby, &nearby->plans[index], &nearby->runs[nearby->first + index]);
}

static void end_one(unsigned index, const struct ob_known_outcome *known_outcome, void *context)
{
    note_crash(context, known_outcome, index);
}

unsigned ob_nearby_try(struct ob_nearby *nearby, const struct ob_nearby_plan *plans, unsigned count)
{
    unsigned made = 0;

    if (count > OB_NEARBY_RUNS_MAX - nearby->run_count)
        count = OB_NEARBY_RUNS_MAX - nearby->run_count;
    nearby->plans = plans;
    nearby->first = nearby->run_count;
    if (nearby->forked)
        made = ob_forked_each(nearby->forked, nearby->replay, count, make_one, end_one, nearby);
    for (; !nearby->forked && made < count && nearby->deliveries_left > 0; made++) {
        make_one(made, nearby);
        uint64_t cost = ob_world_delivery_count(nearby->replay) + UINT64_C(50);
        nearby->deliveries_left -= cost < nearby->deliveries_left ? cost : nearby->deliveries_left;
    }
    nearby->run_count += made;
    return made;
}

static uint32_t draw_event(const struct ob_nearby *nearby, struct ob_rng *rng, unsigned classes)
{
    const struct ob_nearby_class *class = &nearby->classes[ob_rng_below(rng, classes)];
    return class->events[ob_rng_below(rng, class->count)];
}

static struct ob_nearby_plan draw_plan(const struct ob_nearby *nearby, struct ob_rng *rng)
{
    struct ob_nearby_plan plan = ob_nearby_plain();
    plan.redraw_count = 1u << ob_rng_below(rng, 4);
    for (unsigned at = 0; at < plan.redraw_count; at++) {
        unsigned kind = ob_rng_below(rng, 10);
        uint32_t event = draw_event(nearby, rng, nearby->free_count);
        uint32_t other = draw_event(nearby, rng, nearby->class_count);
        uint64_t time_us =
            nearby->time_us[other] == UINT64_MAX ? nearby->end_us : nearby->time_us[other];
        uint32_t shift = ob_rng_below(rng, 3);
        plan.redraws[at].event = event;
        plan.redraws[at].how = OB_REDRAW_EARLIEST;
        if (kind >= 8) {
            plan.redraws[at].how = OB_REDRAW_WITHIN;
            plan.redraws[at].time_us = ob_rng_next(rng) >> 32;
        } else if (kind >= 4) {
            plan.redraws[at].how = OB_REDRAW_AT;
            plan.redraws[at].time_us = time_us + shift > 0 ? time_us + shift - 1 : 0;
        }
    }
    return plan;
}

unsigned ob_nearby_sample(struct ob_nearby *nearby,
                          struct ob_nearby_plan plans[OB_NEARBY_SAMPLES_MAX])
{
    struct ob_rng rng = {.state = nearby->seed};
    unsigned count = !nearby->forked                     ? OB_NEARBY_SAMPLES_MAX
                     : nearby->wanted.failure == OB_HANG ? SAMPLES_HANGING
                                                         : SAMPLES_GUARDED;
    if (nearby->free_count == 0)
        count = 1;
    plans[0] = ob_nearby_plain(); /* the failing run itself */
    for (unsigned at = 1; at < count; at++)
        plans[at] = draw_plan(nearby, &rng);
    unsigned made = ob_nearby_try(nearby, plans, count);
    nearby->deliveries_left += DELIVERIES_AFTER;
    return made;
}

/* -- written down -- */

/* What it takes to have a message come when it did in the last run. */
static bool add_delay(const struct ob_nearby *nearby, uint32_t sent, struct ob_scenario *scenario)
{
    const struct ob_world *world = nearby->replay;
    const struct ob_nearby_coming *coming = &nearby->sent[sent];
    const struct ob_message *message = &ob_world_sent(world, sent)->message;
    uint32_t ordinal = ob_world_ordinal(world, sent);
    struct ob_deviation delay = {
        .op = OB_DELAY,
        .which = {.from = (uint8_t)(message->from + 1),
                  .to = (uint8_t)ob_world_sent(world, sent)->to,
                  .kind = (uint8_t)(message->kind + 1),
                  .nth = (uint8_t)(ordinal + 1)},
        .amount = ob_duration_round(coming->planned_us - coming->least_us),
    };
    if (ob_world_is_resume(world, sent)) {
        ordinal = ob_world_resume_ordinal(world, sent);
        delay.op = OB_PREEMPT;
        delay.which = (struct ob_selector){.to = delay.which.to, .nth = (uint8_t)(ordinal + 1)};
    }
    ob_deviation_canonicalise(ob_world_vocabulary(world), &delay);
    return ordinal < UINT8_MAX && ob_scenario_insert_deviation(scenario, &delay);
}

/* Whether one of two messages cannot overtake the other. */
static bool keep_order(const struct ob_world *world, const struct ob_sent *one,
                       const struct ob_sent *two)
{
    unsigned from = one->message.from;
    return one->to == two->to &&
           (from == two->message.from ||
            (ob_world_link(world, from, one->to)->in_sent_order &&
             ob_world_link(world, two->message.from, two->to)->in_sent_order));
}

/* When the message before it on a link that keeps the order came: it cannot come before. */
static uint64_t pushed_us(const struct ob_nearby *nearby, uint32_t sent)
{
    const struct ob_world *world = nearby->replay;
    const struct ob_sent *message = ob_world_sent(world, sent);
    uint64_t latest_us = 0;
    if (ob_world_is_timer(world, sent) ||
        ob_world_link(world, message->message.from, message->to)->unordered)
        return 0;
    for (uint32_t at = 0; at < sent; at++) {
        const struct ob_sent *other = ob_world_sent(world, at);
        uint64_t came_us = nearby->sent[at].planned_us;
        if (keep_order(world, other, message) && !ob_world_is_timer(world, at) &&
            came_us != UINT64_MAX && came_us > latest_us)
            latest_us = came_us;
    }
    return latest_us;
}

bool ob_nearby_write(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                     struct ob_scenario *scenario)
{
    struct ob_nearby_run run;

    if (nearby->forked)
        return false;
    ob_nearby_make_run(nearby, plan, &run);
    if (run.outcome != OB_NEARBY_PASSES)
        return false;
    ob_scenario_copy(scenario, &nearby->base);
    for (uint32_t sent = 0; sent < nearby->sent_read; sent++) {
        const struct ob_nearby_coming *coming = &nearby->sent[sent];
        if (coming->planned_us == UINT64_MAX || coming->planned_us <= coming->least_us ||
            ob_world_is_copy(nearby->replay, sent) || coming->planned_us <= pushed_us(nearby, sent))
            continue;
        if (!add_delay(nearby, sent, scenario))
            return false;
    }
    return true;
}
