/* The earliest times that meet all constraints: raised from the beginning until nothing moves. */
#include <stdlib.h>
#include <string.h>

#include "search/timeline.h"
#include "world/log.h"

/* Each round goes forward through the instants, then back: a chain of any length moves in one. More
 * are needed where chains push each other, ten at most in what was measured; where they push each
 * other for ever there is no solution. */
#define ROUNDS_MAX 100u
#define STEPS_MAX 20000000u

struct solving {
    struct ob_timeline *timeline;
    struct ob_instant *instants;
    const struct ob_timing *timing;
    uint64_t outside_us; /* when the last message from outside was sent */
};

/* -- which of two goes first at one time -- */

/* What comes from outside is sent before anything else happens at that time. */
static bool outside_is_sent_first(const struct solving *solving, const struct ob_instant *outside,
                                  const struct ob_instant *other)
{
    if (other->type == OB_OF_COPY) /* it is sent when its original is */
        other = &solving->instants[other->cause];
    if (other->type == OB_OF_OUTSIDE)
        return outside->sent_us < other->sent_us;
    return other->cause != OB_NONE && outside->sent_us <= solving->instants[other->cause].time_us;
}

/* Whether a message is sent before another, both by actors. */
static bool is_sent_first(const struct solving *solving, const struct ob_instant *one,
                          const struct ob_instant *other)
{
    if (solving->timing->per_actor && one->cause != OB_NONE && other->cause != OB_NONE) {
        uint64_t one_us = solving->instants[one->cause].time_us;
        uint64_t other_us = solving->instants[other->cause].time_us;
        if (one_us != other_us)
            return one_us < other_us;
    }
    return one->sent < other->sent;
}

static bool goes_first(const struct solving *solving, const struct ob_instant *one,
                       const struct ob_instant *other)
{
    if (one->type == OB_OF_ACTOR || other->type == OB_OF_ACTOR) {
        if (one->type != other->type)
            return one->type == OB_OF_ACTOR;
        return one->actor < other->actor;
    }
    bool outside = one->type == OB_OF_OUTSIDE;
    if (outside && other->type == OB_OF_OUTSIDE)
        return one->sent_us < other->sent_us ||
               (one->sent_us == other->sent_us && solving->timing->keeps_workload &&
                one->input < other->input);
    if (outside)
        return outside_is_sent_first(solving, one, other);
    if (other->type == OB_OF_OUTSIDE)
        return !outside_is_sent_first(solving, other, one);
    return is_sent_first(solving, one, other);
}

/* -- forward -- */

static uint64_t time_of(const struct solving *solving, uint32_t at)
{
    return at == OB_NONE ? 0 : solving->instants[at].time_us;
}

static uint64_t cause_us(const struct solving *solving, const struct ob_instant *instant)
{
    return time_of(solving, instant->cause);
}

static void at_least(uint64_t *time_us, uint64_t bound_us)
{
    if (*time_us < bound_us)
        *time_us = bound_us;
}

static uint64_t due_us(const struct ob_instant *instants, const struct ob_instant *instant)
{
    uint64_t time_us =
        (instant->cause == OB_NONE ? 0 : instants[instant->cause].time_us) + instant->least_us;
    if (instant->ahead != OB_NONE)
        at_least(&time_us, instants[instant->ahead].time_us);
    return time_us;
}

uint64_t ob_timeline_due_us(const struct ob_timeline *timeline, const struct ob_instant *instant)
{
    if (instant->type == OB_OF_OUTSIDE)
        return instant->sent_us + instant->least_us;
    return due_us(timeline->instants, instant);
}

/* A message from outside is sent its link's least latency before it comes, and after the one before
 * it. */
static void send_from_outside(const struct solving *solving, struct ob_instant *instant)
{
    uint64_t time_us = instant->time_us > instant->least_us ? instant->time_us : instant->least_us;

    instant->sent_us = time_us - instant->least_us;
    at_least(&instant->sent_us, solving->outside_us);
    instant->time_us = instant->sent_us + instant->least_us;
}

/* The same where it is sent when it was sent in the explored run. */
static void keep_from_outside(const struct solving *solving, struct ob_instant *instant)
{
    instant->sent_us = solving->timeline->input_us[instant->input];
    at_least(&instant->time_us, instant->sent_us + instant->least_us);
}

static uint64_t outside_end_us(const struct ob_timeline *timeline)
{
    unsigned count = timeline->scenario->message_count;
    return count ? timeline->input_us[count - 1] : 0;
}

/* When a run is over though periodic timers go on. */
static uint64_t end_us(const struct solving *solving)
{
    uint64_t settle_us = solving->timeline->vocabulary->target->settle_us;
    uint32_t last = solving->timeline->last_outside;
    if (settle_us == 0)
        return 0;
    if (solving->timing->keeps_workload)
        return outside_end_us(solving->timeline) + settle_us + 1;
    return (last == OB_NONE ? 0 : solving->instants[last].sent_us) + settle_us + 1;
}

/* From its cause, from what it waits for, and from what others need; not yet from the order. */
static uint64_t first_us(const struct solving *solving, const struct ob_instant *instant)
{
    const struct ob_timeline *timeline = solving->timeline;
    uint64_t time_us = due_us(solving->instants, instant);

    at_least(&time_us, instant->floor_us);
    if (solving->timing->from_explored)
        at_least(&time_us, instant->explored_us);
    if (instant->busy_us)
        at_least(&time_us, time_of(solving, instant->busy) + instant->busy_us);
    if (instant->is_pending && !instant->is_cancelled && timeline->at_end)
        at_least(&time_us, end_us(solving));
    return time_us;
}

/* The first time that it can have from then on; a message from outside is sent for it. */
static void settle_time(struct solving *solving, struct ob_instant *instant, uint64_t wanted_us)
{
    instant->time_us = wanted_us;
    if (instant->type == OB_OF_OUTSIDE && solving->timing->keeps_workload)
        keep_from_outside(solving, instant);
    else if (instant->type == OB_OF_OUTSIDE)
        send_from_outside(solving, instant);
}

/* Whether the plain schedule would let an instant go before another at one time, where both are
 * there to choose from. */
static bool would_go_first(const struct solving *solving, uint32_t at, uint32_t other)
{
    const struct ob_instant *instant = &solving->instants[at];

    return other != OB_NONE && instant->time_us == solving->instants[other].time_us &&
           (instant->cause == OB_NONE || instant->cause < other) &&
           goes_first(solving, instant, &solving->instants[other]);
}

/* Sets the times of all instants in turn: each is after its cause, and after the one before it. */
static void go_forward(struct solving *solving)
{
    struct ob_timeline *timeline = solving->timeline;

    uint32_t last = OB_NONE; /* of those at one time, the one that the plain schedule has last */

    solving->outside_us = 0;
    for (uint32_t at = 0; at < timeline->count; at++) {
        struct ob_instant *instant = &solving->instants[at];
        if (instant->is_optional && !solving->timing->keeps_workload)
            continue;
        uint32_t after = instant->is_free ? OB_NONE : instant->after;
        uint64_t before_us = time_of(solving, after);
        uint64_t wanted_us = first_us(solving, instant);
        at_least(&wanted_us, before_us);
        settle_time(solving, instant, wanted_us);
        if (after != OB_NONE && instant->time_us == before_us &&
            (would_go_first(solving, at, after) || would_go_first(solving, at, last)))
            settle_time(solving, instant, before_us + 1);
        if (!instant->is_pending && !instant->is_free && !solving->timing->per_actor &&
            (last == OB_NONE || solving->instants[last].time_us < instant->time_us ||
             goes_first(solving, &solving->instants[last], instant)))
            last = at;
        if (instant->type == OB_OF_OUTSIDE)
            solving->outside_us = instant->sent_us;
    }
}

/* -- back -- */

static bool raise_floor(struct ob_instant *instant, uint64_t time_us)
{
    if (instant->time_us >= time_us || instant->floor_us >= time_us)
        return instant->time_us < time_us;
    instant->floor_us = time_us;
    return true;
}

/* Raises what an instant comes too late after. Returns 1 when it has, 0 when nothing is too late,
 * -1 when nothing can be done. */
static int go_back(struct solving *solving)
{
    struct ob_timeline *timeline = solving->timeline;
    uint64_t settle_us = timeline->vocabulary->target->settle_us;
    bool any = false;

    for (uint32_t at = timeline->count; at-- > 0;) {
        struct ob_instant *instant = &solving->instants[at];
        at_least(&instant->time_us, instant->floor_us);
        if (settle_us && !instant->is_pending && timeline->last_outside != OB_NONE &&
            instant->time_us > settle_us && !solving->timing->keeps_workload)
            any |= raise_floor(&solving->instants[timeline->last_outside],
                               instant->time_us - settle_us);
        if (instant->type == OB_OF_OUTSIDE)
            continue;
        if (instant->most_us == UINT64_MAX ||
            instant->time_us == due_us(solving->instants, instant))
            continue;
        if (instant->time_us <= cause_us(solving, instant) + instant->most_us)
            continue;
        if (instant->cause == OB_NONE)
            return -1;
        any |= raise_floor(&solving->instants[instant->cause], instant->time_us - instant->most_us);
    }
    return any;
}

/* -- all of it -- */

/* Marks what has led to the violation: at last its event, and then what each goes back to and what
 * its actor got before. */
static void free_others(struct ob_timeline *timeline)
{
    bool wanted[OB_ACTORS_MAX + 1] = {false};

    for (uint32_t at = 0; at < timeline->count; at++)
        timeline->instants[at].is_free = true;
    timeline->instants[timeline->event_count - 1].is_free = timeline->at_end;
    for (uint32_t at = timeline->event_count; at-- > 0;) {
        struct ob_instant *instant = &timeline->instants[at];
        instant->is_free &= !timeline->at_end && !wanted[instant->actor];
        if (instant->is_free)
            continue;
        wanted[instant->actor] = true;
        if (instant->cause != OB_NONE)
            timeline->instants[instant->cause].is_free = false;
    }
}

/* What of the order is kept: of all events, or among those of each actor. */
static void set_order(struct ob_timeline *timeline, const struct ob_timing *timing)
{
    uint32_t last[OB_ACTORS_MAX + 1];

    for (uint32_t at = 0; at < timeline->count; at++)
        timeline->instants[at].is_free = false;
    if (timing->only_past)
        free_others(timeline);
    for (uint32_t at = 0; at < timeline->count && timing->only_named; at++)
        timeline->instants[at].is_free |= timeline->instants[at].is_unnamed;
    memset(last, 0xff, sizeof last);
    for (uint32_t at = 0; at < timeline->event_count; at++) {
        struct ob_instant *instant = &timeline->instants[at];
        uint32_t *place = &last[timing->per_actor ? instant->actor : 0];
        instant->after = instant->is_free ? OB_NONE : *place;
        if (!instant->is_free)
            *place = at;
    }
}

bool ob_timeline_solve(struct ob_timeline *timeline, const struct ob_timing *timing)
{
    struct solving solving = {
        .timeline = timeline, .instants = timeline->instants, .timing = timing};

    for (uint32_t at = 0; at < timeline->count; at++)
        timeline->instants[at].floor_us = timeline->instants[at].time_us = 0;
    set_order(timeline, timing);
    for (uint32_t round = 0; round < ROUNDS_MAX && round * (timeline->count + 1) < STEPS_MAX;
         round++) {
        go_forward(&solving);
        int result = go_back(&solving);
        if (result <= 0)
            return result == 0;
    }
    return false;
}
