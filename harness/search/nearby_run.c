/* One run near the failing one. */
#include <string.h>

#include "search/nearby_internal.h"
#include "world/order.h"
#include "world/trace.h"

#define CHOICES_MAX 1024u /* the earliest count, where there are more */
#define MISSING_COUNTS 2u /* an event that is missing is as far as so many pairs */

/* What may happen next, and when it shall. */
struct next {
    uint64_t time_us;
    uint64_t rank; /* among those at one time */
    size_t choice;
};

static uint64_t within(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static uint64_t plan_time(const struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                          uint32_t event, const struct ob_choice *choice, uint64_t sent_us)
{
    uint64_t latest_us = choice->latest_us;
    for (unsigned at = 0; at < plan->redraw_count; at++) {
        if (plan->redraws[at].event != event)
            continue;
        if (plan->redraws[at].how == OB_REDRAW_AT)
            return plan->redraws[at].time_us;
        if (plan->redraws[at].how == OB_REDRAW_EARLIEST)
            return 0;
        uint64_t end_us = within(nearby->end_us, choice->earliest_us, latest_us);
        uint64_t span_us = within(end_us - choice->earliest_us, 0, UINT32_MAX) + 1;
        return choice->earliest_us + (span_us * plan->redraws[at].time_us >> 32);
    }
    uint64_t stay_us = nearby->stay_us[event];
    uint64_t time_us = stay_us == UINT64_MAX ? 0 : sent_us + stay_us;
    if (plan->moved == event && plan->later_us >= 0)
        return time_us + (uint64_t)plan->later_us;
    if (plan->moved == event)
        return time_us > (uint64_t)-plan->later_us ? time_us - (uint64_t)-plan->later_us : 0;
    return time_us;
}

/* Finds out which events the messages are that were sent since the last step. Returns false when
 * memory is short. */
static bool read_sent(struct ob_nearby *nearby)
{
    const struct ob_world *world = nearby->replay;
    if (!ob_nearby_reserve(nearby, ob_world_sent_count(world)))
        return false;
    for (; nearby->sent_read < ob_world_sent_count(world); nearby->sent_read++) {
        struct ob_nearby_coming *coming = &nearby->sent[nearby->sent_read];
        coming->event = ob_nearby_recognise(nearby, world, nearby->sent_read);
        coming->planned_us = UINT64_MAX;
    }
    return true;
}

static struct next next_of(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                           const struct ob_choice *choice, uint64_t now_us)
{
    struct next next = {.time_us = choice->earliest_us};
    if (choice->sent == OB_NONE) {
        next.time_us = choice->earliest_us > now_us ? choice->earliest_us : now_us;
        return next;
    }
    struct ob_nearby_coming *coming = &nearby->sent[choice->sent];
    uint64_t sent_us = ob_world_sent(nearby->replay, choice->sent)->time_us;
    next.rank = coming->event == OB_NONE ? (uint64_t)OB_NONE + choice->sent : coming->event + 1;
    if (coming->planned_us == UINT64_MAX) {
        coming->least_us = choice->earliest_us;
        coming->planned_us =
            coming->event == OB_NONE ? 0 : plan_time(nearby, plan, coming->event, choice, sent_us);
    }
    next.time_us = within(coming->planned_us, choice->earliest_us, choice->latest_us);
    if (next.time_us < now_us)
        next.time_us = now_us;
    return next;
}

static bool is_sooner(const struct next *one, const struct next *other)
{
    return one->time_us < other->time_us ||
           (one->time_us == other->time_us && one->rank < other->rank);
}

/* How far a run has got with its plan. */
struct progress {
    uint64_t now_us;
    bool until_came;
    bool brought_came;
    uint32_t deliveries_read;
};

/* Where the plan has one wait for the other, they change places. */
static void bend(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                 const struct progress *progress, const struct ob_choice *choices,
                 struct next *nexts, size_t count)
{
    struct next *brought = NULL;
    struct next *before = NULL;
    for (size_t at = 0; at < count; at++) {
        uint32_t event =
            choices[at].sent == OB_NONE ? OB_NONE : nearby->sent[choices[at].sent].event;
        if (event == OB_NONE)
            continue;
        if (event == plan->held && !progress->until_came)
            nexts[at].time_us = within(UINT64_MAX, choices[at].earliest_us, choices[at].latest_us);
        if (event == plan->brought)
            brought = &nexts[at];
        if (event == plan->next)
            before = &nexts[at];
    }
    if (!brought || !before || progress->brought_came)
        return;
    const struct ob_choice *early = &choices[brought->choice];
    const struct ob_choice *late = &choices[before->choice];
    brought->time_us = within(before->time_us, early->earliest_us, early->latest_us);
    if (brought->time_us < progress->now_us)
        brought->time_us = progress->now_us;
    before->time_us = within(brought->time_us, before->time_us, late->latest_us);
    before->rank = brought->rank + 1;
}

/* Notes where in the run the events came. Those that come twice, as they were put aside, count
 * once. */
static void read_deliveries(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                            struct progress *progress, struct ob_nearby_run *run)
{
    const struct ob_world *world = nearby->replay;
    for (; progress->deliveries_read < ob_world_delivery_count(world);
         progress->deliveries_read++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, progress->deliveries_read);
        if (delivery->sent == OB_NONE || (delivery->flags & OB_DELIVERY_LOST))
            continue;
        uint32_t event = nearby->sent[delivery->sent].event;
        if (event == OB_NONE)
            continue;
        progress->until_came |= event == plan->until;
        progress->brought_came |= event == plan->brought;
        uint32_t column = nearby->columns_of[event];
        if (column != OB_NONE && run->places[column] == OB_NEARBY_MISSING)
            run->places[column] = (uint16_t)progress->deliveries_read;
    }
}

static enum ob_nearby_outcome classify_run(const struct ob_nearby *nearby,
                                           const struct ob_verdict *verdict)
{
    const struct ob_world *world = nearby->replay;
    if (verdict->outcome == OB_PASSED)
        return OB_NEARBY_PASSES;
    if (verdict->outcome != OB_VIOLATED ||
        strcmp(verdict->invariant, nearby->wanted.invariant) != 0)
        return OB_NEARBY_OTHER;
    if (nearby->last == OB_NONE)
        return OB_NEARBY_FAILS;
    uint32_t count = ob_world_delivery_count(world);
    uint32_t sent = count ? ob_world_delivery(world, count - 1)->sent : OB_NONE;
    return sent != OB_NONE && nearby->sent[sent].event == nearby->last ? OB_NEARBY_FAILS
                                                                       : OB_NEARBY_OTHER;
}

/* One that follows from another of its class, such as a tick from the tick before, is missing with
 * that one. */
static bool is_missing_by_itself(const struct ob_nearby *nearby, const struct ob_nearby_run *run,
                                 uint32_t column)
{
    uint32_t event = nearby->columns[column];
    uint32_t parent = nearby->parents[event];
    uint32_t parent_column = parent == OB_NONE ? OB_NONE : nearby->columns_of[parent];
    return nearby->events.list[event].is_delivered && run->places[column] == OB_NEARBY_MISSING &&
           (parent_column == OB_NONE || run->places[parent_column] != OB_NEARBY_MISSING ||
            nearby->classes_of[event] != nearby->classes_of[parent]);
}

static unsigned class_of_sent(const struct ob_nearby *nearby, uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(nearby->replay, sent);
    return ob_nearby_class_of(nearby, message->message.kind, message->message.from, message->to);
}

/* What lets a task go on is sent by what came last of several that it awaits: it is missing only
 * where no other one has come in its place. */
static uint32_t count_missing_resumes(const struct ob_nearby *nearby)
{
    uint32_t came[OB_NEARBY_CLASSES_MAX + 1] = {0};
    uint32_t missing = 0;
    for (uint32_t at = 0; at < ob_world_delivery_count(nearby->replay); at++) {
        uint32_t sent = ob_world_delivery(nearby->replay, at)->sent;
        if (sent != OB_NONE && ob_world_is_resume(nearby->replay, sent))
            came[class_of_sent(nearby, sent)]++;
    }
    for (unsigned class = 0; class < nearby->class_count; class ++)
        if (came[class] < nearby->classes[class].resumes)
            missing += nearby->classes[class].resumes - came[class];
    return missing;
}

static uint32_t count_missing(const struct ob_nearby *nearby, const struct ob_nearby_run *run)
{
    uint32_t missing = count_missing_resumes(nearby);
    for (uint32_t column = 0; column < nearby->column_count; column++)
        missing += !nearby->events.list[nearby->columns[column]].is_resume &&
                   is_missing_by_itself(nearby, run, column);
    return missing;
}

struct ob_nearby_plan ob_nearby_plain(void)
{
    return (struct ob_nearby_plan){
        .held = OB_NONE, .until = OB_NONE, .brought = OB_NONE, .next = OB_NONE, .moved = OB_NONE};
}

void ob_nearby_make_run(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                        struct ob_nearby_run *run)
{
    struct ob_choice choices[CHOICES_MAX];
    struct next nexts[CHOICES_MAX];
    struct progress progress = {0};

    memset(run->places, UINT8_MAX, sizeof run->places);
    run->outcome = OB_NEARBY_OTHER;
    run->at = OB_NONE;
    nearby->serial++;
    nearby->sent_read = 0;
    ob_world_open(nearby->replay, &nearby->base);
    while (read_sent(nearby)) {
        read_deliveries(nearby, plan, &progress, run);
        size_t count = ob_world_choices(nearby->replay, choices, CHOICES_MAX);
        if (count == 0)
            break;
        for (size_t at = 0; at < count; at++) {
            nexts[at] = next_of(nearby, plan, &choices[at], progress.now_us);
            nexts[at].choice = at;
        }
        bend(nearby, plan, &progress, choices, nexts, count);
        size_t first = 0;
        for (size_t at = 1; at < count; at++)
            if (is_sooner(&nexts[at], &nexts[first]))
                first = at;
        progress.now_us = nexts[first].time_us;
        run->at =
            choices[first].sent == OB_NONE ? OB_NONE : nearby->sent[choices[first].sent].event;
        if (choices[first].sent != OB_NONE) /* so late did it come, for whoever writes it down */
            nearby->sent[choices[first].sent].planned_us = progress.now_us;
        if (!ob_world_choose(nearby->replay, &choices[first], progress.now_us))
            break;
    }
    const struct ob_verdict *verdict = ob_world_close(nearby->replay);
    if (!read_sent(nearby))
        return;
    read_deliveries(nearby, plan, &progress, run);
    run->outcome = (uint8_t)classify_run(nearby, verdict);
    run->missing = count_missing(nearby, run);
}

bool ob_nearby_read(struct ob_nearby *nearby, struct ob_nearby_run *run)
{
    const struct ob_nearby_plan plan = ob_nearby_plain();
    struct progress progress = {0};

    memset(run->places, UINT8_MAX, sizeof run->places);
    nearby->serial++;
    nearby->sent_read = 0;
    if (!read_sent(nearby))
        return false;
    read_deliveries(nearby, &plan, &progress, run);
    run->outcome = (uint8_t)classify_run(nearby, ob_world_verdict(nearby->replay));
    return true;
}

unsigned ob_nearby_distance(const struct ob_nearby *nearby, const struct ob_nearby_run *run)
{
    unsigned distance = 0;
    for (uint32_t second = 0; second < nearby->column_count; second++) {
        unsigned actor = nearby->events.list[nearby->columns[second]].actor;
        if (is_missing_by_itself(nearby, run, second))
            distance += MISSING_COUNTS;
        for (uint32_t first = 0; first < second; first++) {
            const struct ob_event *event = &nearby->events.list[nearby->columns[first]];
            distance += event->actor == actor && event->is_delivered &&
                        run->places[first] != OB_NEARBY_MISSING &&
                        run->places[second] < run->places[first];
        }
    }
    return distance;
}
