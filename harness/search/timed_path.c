#include "search/timed_path.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/judge.h"
#include "world/trace.h"
#include "world/world.h"

/* Each event cancels only what was pending once. */
#define LIMITS_MAX 65536u

int ob_path_create(struct ob_path *path, struct ob_world *world)
{
    size_t pairs = (size_t)OB_PATH_EVENTS_MAX * (OB_PATH_EVENTS_MAX + 1) / 2;
    *path = (struct ob_path){.world = world};
    path->events = calloc(OB_PATH_EVENTS_MAX, sizeof *path->events);
    path->before = calloc(pairs, sizeof *path->before);
    path->limits = calloc(LIMITS_MAX, sizeof *path->limits);
    path->times_us = calloc(OB_PATH_EVENTS_MAX + 1, sizeof *path->times_us);
    path->turns = ob_path_turns_create();
    path->start = calloc(ob_world_vocabulary(world)->actor_count + 1u, sizeof *path->start);
    if (path->events && path->before && path->limits && path->times_us && path->turns &&
        path->start)
        return 0;
    ob_path_release(path);
    return -1;
}

void ob_path_release(struct ob_path *path)
{
    free(path->events);
    free(path->before);
    free(path->limits);
    free(path->times_us);
    free(path->turns);
    free(path->start);
    *path = (struct ob_path){0};
}

void ob_path_begin(struct ob_path *path)
{
    struct ob_world *world = path->world;
    uint32_t settle_us = ob_world_target(world)->settle_us;
    path->count = 0;
    ob_path_turns_forget(path->turns, 0);
    path->apart_us = 0;
    path->outside_sent = ob_world_sent_count(world);
    path->end_us = settle_us ? ob_world_outside_end_us(world) + settle_us : OB_PATH_NO_END;
    for (unsigned id = 1; id <= ob_world_vocabulary(world)->actor_count; id++)
        ob_access_kept(world, id, &path->start[id]);
}

/* -- what is pending -- */

/* The place of the event that has sent a message. */
static int cause_of(const struct ob_path *path, uint32_t sent)
{
    if (sent < path->outside_sent)
        return OB_PATH_START;
    uint32_t low = 0;
    uint32_t high = path->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (path->events[middle].sent_end <= sent)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < path->count);
    return (int)low;
}

static struct ob_span span_of(const struct ob_path *path, const struct ob_choice *choice)
{
    const struct ob_world *world = path->world;
    const struct ob_sent *sent = ob_world_sent(world, choice->sent);
    struct ob_span span = {.cause = cause_of(path, choice->sent)};
    uint64_t due_us = choice->earliest_us - sent->time_us;
    if (ob_world_is_timer(world, choice->sent)) {
        span.least_us = due_us;
        span.most_us = due_us + ob_world_lateness(world, choice->sent);
    } else {
        const struct ob_link *link = ob_world_link(world, sent->message.from, sent->to);
        span.least_us = ob_world_is_copy(world, choice->sent) ? due_us : link->latency_us;
        span.most_us = link->latency_us_max > span.least_us ? link->latency_us_max : span.least_us;
    }
    if (span.cause == OB_PATH_START) {
        span.least_us += sent->time_us;
        span.most_us += sent->time_us;
    }
    return span;
}

static const struct ob_pending *find_key(const struct ob_pending *pending, size_t count,
                                         uint64_t key)
{
    for (size_t at = 0; at < count; at++)
        if (pending[at].choice.key == key)
            return &pending[at];
    return NULL;
}

/* An actor starts again, or is woken, at a time that was fixed when the last event, or one before,
 * has made it so. */
static struct ob_span span_of_actor(const struct ob_path *path, const struct ob_pending *older,
                                    size_t older_count, const struct ob_choice *choice)
{
    const struct ob_pending *old = find_key(older, older_count, choice->key);
    if (old)
        return old->span;
    if (path->count == 0)
        return (struct ob_span){OB_PATH_START, choice->earliest_us, choice->earliest_us};
    uint64_t after_us = choice->earliest_us - path->events[path->count - 1].time_us;
    return (struct ob_span){(int)path->count - 1, after_us, after_us};
}

size_t ob_path_list(const struct ob_path *path, const struct ob_pending *older, size_t older_count,
                    struct ob_pending *pending, size_t most)
{
    struct ob_choice choices[OB_PATH_EVENTS_MAX];
    assert(most <= OB_PATH_EVENTS_MAX);
    size_t count = ob_world_still_pending(path->world, choices, most);
    for (size_t at = 0; at < count; at++) {
        pending[at].choice = choices[at];
        pending[at].span = choices[at].sent != OB_NONE
                               ? span_of(path, &choices[at])
                               : span_of_actor(path, older, older_count, &choices[at]);
    }
    return count;
}

/* -- events -- */

static uint32_t before_begin(const struct ob_path *path, uint32_t place)
{
    return place == 0 ? 0 : path->events[place - 1].before_end;
}

/* The last event of an actor before a place, or the place when there is none. */
static uint32_t last_of(const struct ob_path *path, uint32_t place, unsigned actor)
{
    for (uint32_t at = place; at-- > 0;)
        if (path->events[at].actor == actor)
            return at;
    return place;
}

/* What the tasks of an actor hold before the next event. */
static const struct ob_cells *kept_by(const struct ob_path *path, unsigned actor)
{
    uint32_t last = last_of(path, path->count, actor);
    return last < path->count ? &path->events[last].kept : &path->start[actor];
}

static void find_before(struct ob_path *path, uint32_t place)
{
    struct ob_path_event *event = &path->events[place];
    uint32_t last = last_of(path, place, event->actor);
    event->before_end = before_begin(path, place);
    for (uint32_t at = 0; at < place; at++) {
        const struct ob_path_event *other = &path->events[at];
        bool depends = other->actor == event->actor
                           ? at == last
                           : ob_footprints_conflict(&other->footprint, other->actor,
                                                    &event->footprint, event->actor);
        if (depends)
            path->before[event->before_end++] = (uint16_t)at;
    }
}

static uint64_t mix_two(uint64_t one, uint64_t two)
{
    return ob_mix64(one ^ ob_mix64(two));
}

/* What it is: the nth of what its cause has brought about. */
static uint64_t number_of(const struct ob_path *path, const struct ob_path_event *event)
{
    if (event->sent == OB_NONE)
        return UINT64_C(1) << 40 | event->actor;
    int cause = event->span.cause;
    uint32_t first = cause <= 0 ? path->outside_sent : path->events[cause - 1].sent_end;
    return cause == OB_PATH_START ? event->sent : event->sent - first;
}

static void identify(struct ob_path *path, uint32_t place)
{
    struct ob_path_event *event = &path->events[place];
    int cause = event->span.cause;
    for (unsigned word = 0; word < 2; word++) {
        uint64_t seed = word ? 0x9e3779b97f4a7c15u : 0xbf58476d1ce4e5b9u;
        uint64_t sum = 0;
        for (uint32_t at = before_begin(path, place); at < event->before_end; at++)
            sum += ob_mix64(path->events[path->before[at]].identity.words[word]);
        uint64_t of_cause =
            cause == OB_PATH_START ? seed : path->events[cause].identity.words[word];
        uint64_t hash = mix_two(of_cause + seed, number_of(path, event) + 1);
        event->identity.words[word] = mix_two(hash + event->actor, sum + seed);
    }
}

static void set_earliest(struct ob_path *path, uint32_t place)
{
    struct ob_path_event *event = &path->events[place];
    int cause = event->span.cause;
    event->earliest_us =
        (cause == OB_PATH_START ? 0 : path->events[cause].earliest_us) + event->span.least_us;
    for (uint32_t at = before_begin(path, place); at < event->before_end; at++)
        if (path->events[path->before[at]].earliest_us > event->earliest_us)
            event->earliest_us = path->events[path->before[at]].earliest_us;
}

/* Whether this would end the process. Then the run has ended so. */
static bool ends_process(struct ob_path *path, const struct ob_choice *choice, uint64_t time_us)
{
    struct ob_known_outcome known_outcome;
    if (!path->guard.ends ||
        !path->guard.ends(path->world, choice, time_us, &known_outcome, path->guard.context))
        return false;
    ob_world_end_as(path->world, choice, time_us, &known_outcome);
    return true;
}

void ob_path_end(struct ob_path *path)
{
    ob_world_forget_violation(path->world);
    if (!ends_process(path, NULL, 0))
        (void)ob_world_close(path->world);
}

bool ob_path_execute(struct ob_path *path, const struct ob_snapshot *before,
                     const struct ob_pending *pending)
{
    assert(path->count < OB_PATH_EVENTS_MAX);
    uint32_t place = path->count;
    struct ob_path_event *event = &path->events[place];
    const struct ob_choice *choice = &pending->choice;
    uint32_t last = last_of(path, place, choice->actor);
    event->span = pending->span;
    event->key = choice->key;
    event->sent = choice->sent;
    event->actor = choice->actor;
    event->limits_end = ob_path_limit_count(path);
    event->time_us = choice->earliest_us;
    if (last < place && path->events[last].time_us + path->apart_us > event->time_us)
        event->time_us = path->events[last].time_us + path->apart_us;
    ob_access_reset(path->world);
    ob_world_forget_violation(path->world);
    bool goes_on = !ends_process(path, choice, event->time_us) &&
                   ob_world_choose(path->world, choice, event->time_us);
    event->sent_end = ob_world_sent_count(path->world);
    ob_access_event(path->world, before, event->actor, kept_by(path, event->actor),
                    &event->footprint);
    ob_access_kept(path->world, event->actor, &event->kept);
    path->count++;
    ob_path_turns_forget(path->turns, path->count);
    find_before(path, place);
    identify(path, place);
    set_earliest(path, place);
    return goes_on;
}

void ob_path_note_cancelled(struct ob_path *path, const struct ob_pending *older,
                            size_t older_count, const struct ob_pending *pending, size_t count)
{
    assert(path->count > 0);
    struct ob_path_event *event = &path->events[path->count - 1];
    bool is_foreign = false;
    for (size_t at = 0; at < older_count; at++) {
        const struct ob_pending *old = &older[at];
        if (old->choice.key == event->key || find_key(pending, count, old->choice.key))
            continue;
        if (event->limits_end < LIMITS_MAX)
            path->limits[event->limits_end++] =
                (struct ob_path_limit){.place = (int)path->count - 1,
                                       .span = old->span,
                                       .key = old->choice.key,
                                       .sent = old->choice.sent};
        if (old->choice.actor != event->actor) {
            ob_cells_add(&event->footprint.written, old->choice.actor);
            event->footprint.is_foreign = is_foreign = true;
        }
    }
    if (!is_foreign)
        return;
    /* It depends on more than its footprint has shown. */
    find_before(path, path->count - 1);
    identify(path, path->count - 1);
    set_earliest(path, path->count - 1);
}

void ob_path_undo(struct ob_path *path)
{
    assert(path->count > 0);
    path->count--;
}

struct ob_identity ob_path_identity(const struct ob_path *path)
{
    assert(path->count > 0);
    return path->events[path->count - 1].identity;
}
