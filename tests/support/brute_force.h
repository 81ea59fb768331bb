/*
 * Every execution of a scenario by brute force: without any reduction, each choice that some
 * assignment of times allows is made at every place, and nothing that was seen is recognised again.
 * It is the reference for what exhaustive search may claim.
 *
 * Times are not chosen. Executed so far is a row of events; each lies between the least and the
 * most after the event that has caused it; and nothing that is still under way could have come
 * before the last of them. Each is later than those before it, or at the same microsecond, if it
 * was sent later: by a later event of the row, or by the outside, which sends at fixed times and
 * before anything else in that microsecond. So where in the row it sends is tried in every way that
 * is left. A row is possible when these difference constraints have a solution: the least one is
 * sought by raising times until all of them hold (Bellman, Ford).
 */
#ifndef OFFBEAT_TESTS_BRUTE_FORCE_H
#define OFFBEAT_TESTS_BRUTE_FORCE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/tally.h"
#include "world/goal.h"
#include "world/judge.h"
#include "world/order.h"
#include "world/snapshot.h"
#include "world/trace.h"
#include "world/world.h"

#define BRUTE_FORCE_EVENTS_MAX 96
#define BRUTE_FORCE_CHOICES_MAX 48
#define BRUTE_FORCE_BOUNDS_MAX 256
#define BRUTE_FORCE_OUTSIDE_MAX 8
#define BRUTE_FORCE_OUTSIDE (-1) /* the place of a cause that is none: its time is 0 */

/* Something comes from `least_us` to `most_us` after the event at the place `cause`. */
struct brute_span {
    int cause;
    uint64_t least_us;
    uint64_t most_us;
};

struct brute_event {
    struct brute_span span;
    uint32_t sent;     /* its message */
    uint32_t sent_end; /* messages that were sent up to its end */
};

/* The event at `place` has cancelled a timer: it comes before that. */
struct brute_bound {
    int place;
    uint32_t sent;
    struct brute_span span;
};

struct brute_pending {
    struct ob_choice choice;
    struct brute_span span;
};

struct brute_force {
    struct ob_world *world;
    uint64_t executions_max;
    uint64_t settle_end_us; /* nothing happens after it */
    uint64_t now_us;        /* the virtual time of the last event */
    uint64_t made_key;      /* of the last choice */
    uint32_t outside_sent;  /* messages that were there before the first event */
    int count;
    struct brute_event events[BRUTE_FORCE_EVENTS_MAX];
    int bound_count;
    struct brute_bound bounds[BRUTE_FORCE_BOUNDS_MAX];
    uint64_t times_us[BRUTE_FORCE_EVENTS_MAX + 1]; /* the last is that of the whole row */
    int outside_at[BRUTE_FORCE_OUTSIDE_MAX]; /* events before each message from outside is sent */

    /* What came of it: */
    uint64_t executions;
    bool is_complete;
    struct ob_tally orders;   /* causal hashes of complete executions */
    struct ob_tally verdicts; /* states and ends that violate, see brute_verdict() */
    uint32_t goals;           /* that were reached before anything was violated, a bit each */
    uint8_t furthest[OB_GOALS_MAX];
    struct ob_tally ways[OB_GOALS_MAX];
};

static inline void brute_count(struct ob_tally *tally, uint64_t number, uint64_t times)
{
    if (ob_tally_add(tally, number, times) < 0)
        abort(); /* memory is short */
}

/* A state is named by the causal hash of what was executed before it. */
static inline uint64_t brute_verdict(const struct ob_world *world, bool is_end)
{
    const struct ob_verdict *verdict = ob_world_verdict(world);
    uint64_t hash = ob_world_causal_hash(world) + is_end;
    for (const char *at = verdict->invariant; *at; at++)
        hash = ob_mix64(hash ^ (uint8_t)*at);
    return hash;
}

/* What the last event, or the end, has reached; `before` was reached already. Not for what comes
 * after a violation. */
static inline void brute_goals(struct brute_force *brute, uint32_t before)
{
    const struct ob_world *world = brute->world;
    uint32_t reached = ob_world_goals(world);
    for (unsigned goal = 0; goal < ob_goal_count(ob_world_target(world)); goal++) {
        unsigned furthest = ob_world_goal_furthest(world, goal);
        if (brute->furthest[goal] < furthest)
            brute->furthest[goal] = (uint8_t)furthest;
        if ((reached & ~before) >> goal & 1)
            brute_count(&brute->ways[goal], ob_world_goal_way(world, goal), 1);
    }
    brute->goals |= reached;
}

static inline uint64_t brute_time(const struct brute_force *brute, int place)
{
    return place == BRUTE_FORCE_OUTSIDE ? 0 : brute->times_us[place];
}

/* Raises the time of `place` to at least `time_us`. False when it is that of the outside. */
static inline bool brute_raise(struct brute_force *brute, int place, uint64_t time_us,
                               bool *changed)
{
    if (time_us <= brute_time(brute, place))
        return true;
    if (place == BRUTE_FORCE_OUTSIDE)
        return false;
    brute->times_us[place] = time_us;
    *changed = true;
    return true;
}

static inline uint64_t brute_minus(uint64_t time_us, uint64_t less_us)
{
    return time_us > less_us ? time_us - less_us : 0;
}

/* Whether the first of two, which is in the row, may be at the same time as the second. */
static inline bool brute_may_meet(const struct brute_force *brute, int first, int cause,
                                  uint32_t sent)
{
    const struct brute_event *one = &brute->events[first];
    if (one->sent == OB_NONE || sent == OB_NONE)
        return one->sent == OB_NONE || cause == first;
    if (one->span.cause == cause)
        return one->sent < sent;
    if (one->span.cause == BRUTE_FORCE_OUTSIDE)
        return cause >= brute->outside_at[one->sent];
    if (cause == BRUTE_FORCE_OUTSIDE)
        return one->span.cause < brute->outside_at[sent];
    return one->span.cause < cause;
}

/* The events up to a place come before something that comes at most so much after its cause. */
static inline bool brute_before(struct brute_force *brute, int last, const struct brute_span *span,
                                uint32_t sent, bool *changed)
{
    bool possible = true;
    for (int at = 0; at <= last && possible; at++) {
        uint64_t time_us = brute->times_us[at] + !brute_may_meet(brute, at, span->cause, sent);
        possible = brute_raise(brute, span->cause, brute_minus(time_us, span->most_us), changed);
    }
    return possible;
}

/* What was executed before the outside sends something is earlier, and what comes then is not. */
static inline bool brute_send_outside(struct brute_force *brute, bool *changed)
{
    bool possible = true;
    for (uint32_t sent = 0; sent < brute->outside_sent && possible; sent++) {
        uint64_t sent_us = ob_world_sent(brute->world, sent)->time_us;
        int at = brute->outside_at[sent];
        possible = at == 0 || brute->times_us[at - 1] < sent_us;
        if (at < brute->count)
            (void)brute_raise(brute, at, sent_us, changed);
    }
    return possible;
}

static inline bool brute_round(struct brute_force *brute, const struct brute_pending *pending,
                               size_t pending_count, bool is_end, bool *changed)
{
    uint64_t *times_us = brute->times_us;
    bool possible = brute_send_outside(brute, changed);
    for (int at = 0; at < brute->count && possible; at++) {
        const struct brute_event *event = &brute->events[at];
        const struct brute_span *span = &event->span;
        (void)brute_raise(brute, at, brute_time(brute, span->cause) + span->least_us, changed);
        for (int first = 0; first < at; first++)
            (void)brute_raise(
                brute, at,
                times_us[first] + !brute_may_meet(brute, first, span->cause, event->sent), changed);
        possible =
            brute_raise(brute, span->cause, brute_minus(times_us[at], span->most_us), changed);
    }
    for (int at = 0; at < brute->bound_count && possible; at++) {
        const struct brute_bound *bound = &brute->bounds[at];
        possible = brute_before(brute, bound->place, &bound->span, bound->sent, changed);
    }
    for (size_t at = 0; at < pending_count && possible; at++) {
        const struct brute_span *span = &pending[at].span;
        possible =
            is_end ? brute_raise(brute, span->cause,
                                 brute_minus(brute->settle_end_us + 1, span->most_us), changed)
                   : brute_before(brute, brute->count - 1, span, pending[at].choice.sent, changed);
    }
    uint64_t now_us = brute->count > 0 ? times_us[brute->count - 1] : 0;
    return possible && now_us <= brute->settle_end_us;
}

static inline bool brute_has_times(struct brute_force *brute, const struct brute_pending *pending,
                                   size_t pending_count, bool is_end)
{
    bool changed = true;
    memset(brute->times_us, 0, sizeof brute->times_us);
    for (int round = 0; changed; round++) {
        changed = false;
        /* A row of n events that has a solution is at rest after n + 1 rounds. */
        if (round > brute->count + 2 ||
            !brute_round(brute, pending, pending_count, is_end, &changed))
            return false;
    }
    return true;
}

/* The next way to place what the outside sends: in the order of sending. */
static inline bool brute_next_outside(struct brute_force *brute)
{
    for (uint32_t sent = brute->outside_sent; sent-- > 0;) {
        if (ob_world_sent(brute->world, sent)->time_us == 0 ||
            brute->outside_at[sent] == brute->count)
            continue;
        int at = ++brute->outside_at[sent];
        for (sent++; sent < brute->outside_sent; sent++)
            brute->outside_at[sent] = at;
        return true;
    }
    return false;
}

/* Whether there are times for the row, with all that is pending after it. With `is_end`: and after
 * the end of the run. */
static inline bool brute_possible(struct brute_force *brute, const struct brute_pending *pending,
                                  size_t pending_count, bool is_end)
{
    assert(brute->outside_sent <= BRUTE_FORCE_OUTSIDE_MAX);
    memset(brute->outside_at, 0, sizeof brute->outside_at);
    do
        if (brute_has_times(brute, pending, pending_count, is_end))
            return true;
    while (brute_next_outside(brute));
    return false;
}

/* The place of the event that has sent a message. */
static inline int brute_cause(const struct brute_force *brute, uint32_t sent)
{
    if (sent < brute->outside_sent)
        return BRUTE_FORCE_OUTSIDE;
    int at = 0;
    while (brute->events[at].sent_end <= sent)
        at++;
    assert(at < brute->count);
    return at;
}

/* Of a message, which is due at `due_us` as things stand. */
static inline struct brute_span brute_span_of(const struct brute_force *brute, uint32_t index,
                                              uint64_t due_us)
{
    const struct ob_world *world = brute->world;
    const struct ob_sent *sent = ob_world_sent(world, index);
    struct brute_span span = {.cause = brute_cause(brute, index)};
    uint64_t sent_us = sent->time_us;
    if (ob_world_is_timer(world, index)) {
        span.least_us = due_us - sent_us;
        span.most_us = span.least_us + ob_world_lateness(world, index);
    } else {
        const struct ob_link *link = ob_world_link(world, sent->message.from, sent->to);
        span.least_us = ob_world_is_copy(world, index) ? due_us - sent_us : link->latency_us;
        span.most_us = link->latency_us_max > span.least_us ? link->latency_us_max : span.least_us;
    }
    if (span.cause == BRUTE_FORCE_OUTSIDE) {
        span.least_us += sent_us;
        span.most_us += sent_us;
    }
    return span;
}

/* What is pending now. What is no message, an actor that starts again, was there before or is the
 * effect of the last event. */
static inline size_t brute_list(struct brute_force *brute, const struct brute_pending *before,
                                size_t before_count, struct brute_pending *pending)
{
    struct ob_choice choices[BRUTE_FORCE_CHOICES_MAX];
    size_t count = ob_world_still_pending(brute->world, choices, BRUTE_FORCE_CHOICES_MAX);
    assert(count < BRUTE_FORCE_CHOICES_MAX);
    for (size_t at = 0; at < count; at++) {
        pending[at].choice = choices[at];
        if (choices[at].sent != OB_NONE) {
            pending[at].span = brute_span_of(brute, choices[at].sent, choices[at].earliest_us);
            continue;
        }
        uint64_t after_us = choices[at].earliest_us - brute->now_us;
        pending[at].span = (struct brute_span){brute->count - 1, after_us, after_us};
        for (size_t old = 0; old < before_count; old++)
            if (before[old].choice.key == choices[at].key)
                pending[at].span = before[old].span;
    }
    return count;
}

/* A run that is over by itself was ended by a violation, of the state that it has come to. */
static inline void brute_end(struct brute_force *brute, bool is_over, bool is_tainted)
{
    uint32_t goals = ob_world_goals(brute->world);
    ob_world_forget_violation(brute->world);
    if (!is_over && ob_world_close(brute->world)->outcome == OB_VIOLATED && !is_tainted)
        brute_count(&brute->verdicts, brute_verdict(brute->world, true), 1);
    if (!is_over && !is_tainted)
        brute_goals(brute, goals);
    brute_count(&brute->orders, ob_world_causal_hash(brute->world), 1);
    brute->executions++;
    brute->is_complete &= brute->executions < brute->executions_max;
}

static inline bool brute_is_pending(const struct brute_pending *pending, size_t count, uint64_t key)
{
    for (size_t at = 0; at < count; at++)
        if (pending[at].choice.key == key)
            return true;
    return false;
}

/* What was pending before the last event, and is no longer, was cancelled by it; which came in
 * time. */
static inline void brute_note_cancelled(struct brute_force *brute,
                                        const struct brute_pending *before, size_t before_count,
                                        const struct brute_pending *pending, size_t count)
{
    for (size_t at = 0; at < before_count; at++) {
        uint64_t key = before[at].choice.key;
        if (key == brute->made_key || brute_is_pending(pending, count, key))
            continue;
        assert(brute->bound_count < BRUTE_FORCE_BOUNDS_MAX);
        brute->bounds[brute->bound_count++] = (struct brute_bound){
            .place = brute->count - 1, .sent = before[at].choice.sent, .span = before[at].span};
    }
}

/* Goes on from here in every way; `is_tainted` when something was violated before, as a run ends
 * with the first violation. As deep as the execution is long, a few dozen in tests. */
static inline void brute_from(struct brute_force *brute, const struct brute_pending *before,
                              size_t before_count, bool is_over, bool is_tainted, uint32_t goals)
{
    struct brute_pending pending[BRUTE_FORCE_CHOICES_MAX];
    size_t count = brute_list(brute, before, before_count, pending);
    brute_note_cancelled(brute, before, before_count, pending, count);
    if (!brute->is_complete || !brute_possible(brute, pending, count, false))
        return;
    bool violated = brute->count > 0 && ob_world_verdict(brute->world)->outcome == OB_VIOLATED;
    if (violated && !is_tainted)
        brute_count(&brute->verdicts, brute_verdict(brute->world, false), 1);
    if (!is_tainted)
        brute_goals(brute, goals);
    is_tainted |= violated;
    if (is_over || count == 0) {
        brute_end(brute, is_over, is_tainted);
        return;
    }
    struct ob_snapshot *snapshot = ob_snapshot_take(brute->world, NULL);
    uint32_t reached = ob_world_goals(brute->world);
    int bound_count = brute->bound_count;
    assert(snapshot);
    if (ob_world_target(brute->world)->settle_us && brute_possible(brute, pending, count, true)) {
        brute_end(brute, false, is_tainted);
        ob_snapshot_restore(brute->world, snapshot);
    }
    for (size_t at = 0; at < count; at++) {
        assert(brute->count < BRUTE_FORCE_EVENTS_MAX);
        struct brute_event *event = &brute->events[brute->count++];
        *event = (struct brute_event){
            .span = pending[at].span, .sent = pending[at].choice.sent, .sent_end = UINT32_MAX};
        if (brute_possible(brute, NULL, 0, false)) {
            uint64_t time_us = brute->times_us[brute->count - 1];
            if (time_us < pending[at].choice.earliest_us)
                time_us = pending[at].choice.earliest_us;
            brute->now_us = time_us;
            brute->made_key = pending[at].choice.key;
            ob_world_forget_violation(brute->world);
            bool goes_on = ob_world_choose(brute->world, &pending[at].choice, time_us);
            event->sent_end = ob_world_sent_count(brute->world);
            brute_from(brute, pending, count, !goes_on, is_tainted, reached);
            ob_snapshot_restore(brute->world, snapshot);
        }
        brute->count--;
        brute->bound_count = bound_count;
    }
    ob_snapshot_free(snapshot);
}

/* Makes at most `executions_max`, and `is_complete` says whether those are all. The scenario has no
 * deviation that is about order. Release with brute_force_release(). */
static inline void brute_force_run(struct brute_force *brute, struct ob_world *world,
                                   const struct ob_scenario *scenario, uint64_t executions_max)
{
    uint32_t settle_us = ob_world_target(world)->settle_us;
    *brute =
        (struct brute_force){.world = world, .executions_max = executions_max, .is_complete = true};
    ob_world_keep_going(world, true);
    ob_world_open(world, scenario);
    brute->outside_sent = ob_world_sent_count(world);
    brute->settle_end_us = settle_us ? ob_world_outside_end_us(world) + settle_us : UINT64_MAX / 2;
    brute_from(brute, NULL, 0, false, false, 0);
    ob_world_keep_going(world, false);
}

static inline void brute_force_release(struct brute_force *brute)
{
    ob_tally_release(&brute->orders);
    ob_tally_release(&brute->verdicts);
    for (unsigned goal = 0; goal < OB_GOALS_MAX; goal++)
        ob_tally_release(&brute->ways[goal]);
}

#endif
