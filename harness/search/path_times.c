/*
 * Times at which a plain run goes the way of a path. What depends on each other must come in its
 * order, and what is pending after all that has happened. At one microsecond a plain run takes
 * first what was sent first: then the order is that of the two events that have sent it, and so on
 * back to the beginning. So one event comes before another if it is earlier, or at the same time
 * and sent before it.
 *
 * The least times are sought without regard to that at first. Where two of them meet in the wrong
 * order there are two ways to go on: the second one comes a microsecond later; or what has sent it
 * comes after what has sent the first. Both only add constraints to the system, so that times never
 * fall on a way, and each way ends, at the latest at messages from outside, whose order is fixed.
 */
#include <stdlib.h>
#include <string.h>

#include "search/timed_path.h"
#include "world/trace.h"

#define RULES_MAX 512u  /* constraints that ways have added to the system */
#define FORKS_MAX 256u  /* ways that are open at one time */
#define WAYS_MAX 20000u /* that are tried for one question */

/* The event at `second` comes no sooner than `apart_us` after that at `first`, which may be
 * OB_PATH_START; and where both are at one time, in that order. */
struct rule {
    int first;
    int second;
    int64_t apart_us;
    bool is_order;
};

/* Another way, to be gone when this one has ended: what has sent one comes before what has sent the
 * other. */
struct fork {
    struct rule rule;
    uint32_t rule_count;
    uint32_t times_begin;
};

struct ob_path_turns {
    struct rule rules[RULES_MAX];
    struct fork forks[FORKS_MAX];
    uint32_t rule_count;
    uint32_t fork_count;
    uint64_t times_us[FORKS_MAX * OB_PATH_EVENTS_MAX]; /* where each fork was left */
    int raised_by[OB_PATH_EVENTS_MAX];    /* which event gave each one its time, or START */
    uint32_t seen_in[OB_PATH_EVENTS_MAX]; /* of is_cyclic() */
};

struct ob_path_turns *ob_path_turns_create(void)
{
    return calloc(1, sizeof(struct ob_path_turns));
}

struct solving {
    struct ob_path *path;
    const struct ob_path_question *question;
    struct ob_path_turns *turns;
    uint64_t now_us; /* of the last event */
    int now_place;   /* that event */
    bool changed;
};

/* Something that has happened, or is pending at the latest time that it can have. */
struct instant {
    uint64_t time_us;
    uint64_t key;
    uint64_t least_us;
    int cause;
    uint32_t sent;
    int place; /* of an event; otherwise OB_PATH_START */
};

static uint64_t time_at(const struct solving *solving, int place)
{
    return place == OB_PATH_START ? 0 : solving->path->times_us[place];
}

static uint32_t limits_count(const struct ob_path *path)
{
    return path->count == 0 ? 0 : path->events[path->count - 1].limits_end;
}

/* -- the least times -- */

/* Raises a time to at least so much, as that at `by` asks for it. False when nothing can: it is the
 * beginning. */
static bool raise(struct solving *solving, int place, uint64_t time_us, int by)
{
    if (time_us <= time_at(solving, place))
        return true;
    if (place == OB_PATH_START)
        return false;
    solving->path->times_us[place] = time_us;
    solving->turns->raised_by[place] = by;
    solving->changed = true;
    return true;
}

/* Something that comes at most so much after its cause comes no earlier than `time_us`. */
static bool raise_cause(struct solving *solving, int cause, uint64_t most_us, uint64_t time_us,
                        int by)
{
    return time_us <= most_us || raise(solving, cause, time_us - most_us, by);
}

static bool raise_causes(struct solving *solving)
{
    const struct ob_path *path = solving->path;
    bool possible = true;
    for (uint32_t at = path->count; at-- > 0 && possible;) {
        const struct ob_span *span = &path->events[at].span;
        possible = raise_cause(solving, span->cause, span->most_us, path->times_us[at], (int)at);
    }
    for (uint32_t at = 0; at < limits_count(path) && possible; at++) {
        const struct ob_path_limit *limit = &path->limits[at];
        possible = raise_cause(solving, limit->span.cause, limit->span.most_us,
                               path->times_us[limit->place], limit->place);
    }
    return possible;
}

static bool raise_pending(struct solving *solving)
{
    const struct ob_path_question *question = solving->question;
    uint64_t until_us = question->is_end ? solving->path->end_us + 1 : solving->now_us;
    int by = question->is_end ? OB_PATH_START : solving->now_place;
    bool possible = true;
    for (size_t at = 0; at < question->count && possible; at++) {
        const struct ob_span *span = &question->pending[at].span;
        possible = raise_cause(solving, span->cause, span->most_us, until_us, by);
    }
    return possible;
}

static void note_now(struct solving *solving, uint32_t at)
{
    if (solving->path->times_us[at] <= solving->now_us)
        return;
    solving->now_us = solving->path->times_us[at];
    solving->now_place = (int)at;
}

static void raise_effects(struct solving *solving)
{
    const struct ob_path *path = solving->path;
    uint32_t before = 0;
    for (uint32_t at = 0; at < path->count; at++) {
        const struct ob_path_event *event = &path->events[at];
        (void)raise(solving, (int)at, time_at(solving, event->span.cause) + event->span.least_us,
                    event->span.cause);
        for (; before < event->before_end; before++)
            (void)raise(solving, (int)at, path->times_us[path->before[before]],
                        path->before[before]);
        if (solving->question->is_row && at > 0)
            (void)raise(solving, (int)at, path->times_us[at - 1], (int)at - 1);
        if (solving->question->is_over && at + 1 == path->count)
            (void)raise(solving, (int)at, solving->now_us, solving->now_place);
        note_now(solving, at);
    }
}

static bool raise_rules(struct solving *solving)
{
    bool possible = true;
    for (uint32_t at = 0; at < solving->turns->rule_count && possible; at++) {
        const struct rule *rule = &solving->turns->rules[at];
        int64_t time_us = (int64_t)time_at(solving, rule->first) + rule->apart_us;
        possible = time_us <= 0 || raise(solving, rule->second, (uint64_t)time_us, rule->first);
    }
    return possible;
}

/* Whether times raise each other in a circle, and so without an end (Cherkassky, Goldberg:
 * "Negative-cycle detection algorithms", Mathematical Programming 1999). */
static bool is_cyclic(const struct solving *solving)
{
    struct ob_path_turns *turns = solving->turns;
    uint32_t count = solving->path->count;
    memset(turns->seen_in, 0, count * sizeof *turns->seen_in);
    for (uint32_t start = 0; start < count; start++) {
        int place = (int)start;
        for (; place != OB_PATH_START && turns->seen_in[place] == 0;
             place = turns->raised_by[place])
            turns->seen_in[place] = start + 1;
        if (place != OB_PATH_START && turns->seen_in[place] == start + 1)
            return true;
    }
    return false;
}

/* From the times that are there: none of them can be less. */
static bool solve(struct solving *solving)
{
    const struct ob_path *path = solving->path;
    for (uint32_t at = 0; at < path->count; at++) {
        solving->turns->raised_by[at] = OB_PATH_START;
        note_now(solving, at);
    }
    /* n times that have a solution are at rest after n rounds. */
    for (uint32_t round = 0; round <= path->count + 2; round++) {
        solving->changed = false;
        if (!raise_causes(solving) || !raise_pending(solving) || !raise_rules(solving))
            return false;
        if (!solving->changed)
            return solving->now_us <= path->end_us;
        if (is_cyclic(solving))
            return false;
        raise_effects(solving);
        if (solving->now_us > path->end_us)
            return false;
    }
    return false;
}

/* -- which comes first -- */

static struct instant event_at(const struct solving *solving, int place)
{
    const struct ob_path_event *event = &solving->path->events[place];
    return (struct instant){.time_us = solving->path->times_us[place],
                            .key = event->key,
                            .least_us = event->span.least_us,
                            .cause = event->span.cause,
                            .sent = event->sent,
                            .place = place};
}

static struct instant latest_of(const struct solving *solving, const struct ob_span *span,
                                uint64_t key, uint32_t sent)
{
    return (struct instant){.time_us = time_at(solving, span->cause) + span->most_us,
                            .key = key,
                            .least_us = span->least_us,
                            .cause = span->cause,
                            .sent = sent,
                            .place = OB_PATH_START};
}

/* When the scenario sends a message from outside. A walk, or a scenario with other gaps, sends it
 * at any time from then on until it would arrive with its link's least latency. */
static uint64_t first_sent_us(const struct solving *solving, const struct instant *outside)
{
    return ob_world_sent(solving->path->world, outside->sent)->time_us;
}

static uint64_t latency_us(const struct solving *solving, const struct instant *outside)
{
    return outside->least_us - first_sent_us(solving, outside);
}

/* What decides between two at one time. */
enum turn {
    TURN_FIRST,    /* the first comes first, whatever the times of others are */
    TURN_SECOND,   /* the second does */
    TURN_OUTSIDE,  /* the first is from outside: it does when that can send it no later than the
                      cause of the second comes */
    TURN_INSIDE,   /* the second is: the first does when that can send it later than its cause */
    TURN_OUTSIDES, /* both are: the first does when it can be sent before the second */
    TURN_CAUSES,   /* the one whose cause comes first */
};

/* Those of one link that keeps the order are sent in it. */
static bool keep_order(const struct solving *solving, const struct instant *one,
                       const struct instant *two)
{
    const struct ob_world *world = solving->path->world;
    const struct ob_sent *first = ob_world_sent(world, one->sent);
    return first->to == ob_world_sent(world, two->sent)->to &&
           !ob_world_link(world, first->message.from, first->to)->unordered;
}

static enum turn turn_of_messages(const struct solving *solving, const struct instant *one,
                                  const struct instant *two)
{
    if (one->cause != OB_PATH_START && two->cause != OB_PATH_START && one->cause != two->cause)
        return TURN_CAUSES;
    if (one->cause == two->cause && one->sent < two->sent)
        return TURN_FIRST;
    if (one->cause != OB_PATH_START)
        return two->cause == OB_PATH_START ? TURN_INSIDE : TURN_SECOND;
    if (two->cause != OB_PATH_START)
        return TURN_OUTSIDE;
    return keep_order(solving, one, two) ? TURN_SECOND : TURN_OUTSIDES;
}

/* An actor that wakes or starts again does so before messages arrive; where it does that at once,
 * right after what has made it. Replaces it by that then. */
static enum turn turn_of(const struct solving *solving, struct instant *one, struct instant *two)
{
    while (one->sent == OB_NONE && one->least_us == 0 && one->cause != OB_PATH_START) {
        if (one->cause == two->place)
            return TURN_SECOND;
        *one = event_at(solving, one->cause);
    }
    while (two->sent == OB_NONE && two->least_us == 0 && two->cause != OB_PATH_START) {
        if (two->cause == one->place)
            return TURN_FIRST;
        *two = event_at(solving, two->cause);
    }
    if (one->sent != OB_NONE && two->sent != OB_NONE)
        return turn_of_messages(solving, one, two);
    if (one->sent == OB_NONE && two->sent == OB_NONE)
        return ob_choice_event(one->key) < ob_choice_event(two->key) ? TURN_FIRST : TURN_SECOND;
    return one->sent == OB_NONE ? TURN_FIRST : TURN_SECOND;
}

static bool is_first(const struct solving *solving, struct instant one, struct instant two)
{
    while (one.time_us == two.time_us) {
        switch (turn_of(solving, &one, &two)) {
        case TURN_FIRST:
            return true;
        case TURN_SECOND:
            return false;
        case TURN_OUTSIDE:
            return first_sent_us(solving, &one) <= time_at(solving, two.cause);
        case TURN_INSIDE:
            return time_at(solving, one.cause) + latency_us(solving, &two) < two.time_us;
        case TURN_OUTSIDES:
            return first_sent_us(solving, &one) + latency_us(solving, &two) < two.time_us;
        case TURN_CAUSES:
            one = event_at(solving, one.cause);
            two = event_at(solving, two.cause);
            break;
        }
    }
    return one.time_us < two.time_us;
}

/* -- ways -- */

/* Two instants that meet in the wrong order; `second` is pending where its place says so, or was
 * until the first has cancelled it, at most `most_us` after its cause. */
struct wrong {
    struct instant first;
    struct instant second;
    uint64_t most_us;
};

/* What is wrong with times: of those that leave two ways, the first. */
struct wrongs {
    struct wrong choice;
    bool has_choice;
    bool has_rules; /* those that leave one way have become rules */
    bool is_full;   /* there was no room for one */
};

static bool add_rule(struct solving *solving, struct rule rule)
{
    struct ob_path_turns *turns = solving->turns;
    if (turns->rule_count == RULES_MAX)
        return false;
    turns->rules[turns->rule_count++] = rule;
    return true;
}

/* The second comes at least so much after an event, or START. What is pending comes as late as it
 * can: then its cause has to come later. */
static struct rule apart(int first, const struct instant *second, uint64_t most_us, int64_t by_us)
{
    if (second->place != OB_PATH_START)
        return (struct rule){first, second->place, by_us, false};
    return (struct rule){first, second->cause, by_us - (int64_t)most_us, false};
}

/* A way on which the first was sent first. Returns false when there is none. */
static bool sent_later(const struct solving *solving, const struct wrong *wrong, struct rule *rule)
{
    struct instant one = wrong->first;
    struct instant two = wrong->second;
    uint64_t most_us = wrong->most_us;
    switch (turn_of(solving, &one, &two)) {
    case TURN_OUTSIDE:
        *rule =
            (struct rule){OB_PATH_START, two.cause, (int64_t)first_sent_us(solving, &one), false};
        return true;
    case TURN_INSIDE:
        *rule = apart(one.cause, &two, most_us, (int64_t)latency_us(solving, &two) + 1);
        return true;
    case TURN_OUTSIDES:
        *rule = apart(OB_PATH_START, &two, most_us,
                      (int64_t)(first_sent_us(solving, &one) + latency_us(solving, &two)) + 1);
        return true;
    case TURN_CAUSES:
        *rule = (struct rule){one.cause, two.cause, 0, true};
        return true;
    default:
        return false;
    }
}

/* -- wrong turns -- */

static void check_turn(struct solving *solving, struct instant first, struct instant second,
                       uint64_t most_us, struct wrongs *wrongs)
{
    struct wrong wrong = {first, second, most_us};
    struct rule other;
    if (first.time_us < second.time_us || is_first(solving, first, second))
        return;
    if (sent_later(solving, &wrong, &other)) {
        if (!wrongs->has_choice)
            wrongs->choice = wrong;
        wrongs->has_choice = true;
        return;
    }
    wrongs->has_rules = true;
    if (!add_rule(solving, apart(first.place, &second, most_us, 1)))
        wrongs->is_full = true;
}

static void check_events(struct solving *solving, int first, int second, struct wrongs *wrongs)
{
    if (time_at(solving, first) >= time_at(solving, second))
        check_turn(solving, event_at(solving, first), event_at(solving, second), 0, wrongs);
}

static void check_rules(struct solving *solving, struct wrongs *wrongs)
{
    for (uint32_t at = solving->turns->rule_count; at-- > 0;) {
        const struct rule rule = solving->turns->rules[at];
        if (rule.is_order)
            check_events(solving, rule.first, rule.second, wrongs);
    }
}

static void check_dependent(struct solving *solving, struct wrongs *wrongs)
{
    const struct ob_path *path = solving->path;
    uint32_t before = 0;
    for (uint32_t at = 0; at < path->count; at++)
        for (; before < path->events[at].before_end; before++)
            check_events(solving, path->before[before], (int)at, wrongs);
    for (int at = 1; solving->question->is_row && at < (int)path->count; at++)
        check_events(solving, at - 1, at, wrongs);
    for (int at = 0; solving->question->is_over && at + 1 < (int)path->count; at++)
        check_events(solving, at, (int)path->count - 1, wrongs);
}

static void check_limits(struct solving *solving, struct wrongs *wrongs)
{
    const struct ob_path *path = solving->path;
    for (uint32_t at = 0; at < limits_count(path); at++) {
        const struct ob_path_limit *limit = &path->limits[at];
        struct instant second = latest_of(solving, &limit->span, limit->key, limit->sent);
        if (path->times_us[limit->place] == second.time_us)
            check_turn(solving, event_at(solving, limit->place), second, limit->span.most_us,
                       wrongs);
    }
}

static void check_pending(struct solving *solving, struct wrongs *wrongs)
{
    const struct ob_path *path = solving->path;
    const struct ob_path_question *question = solving->question;
    for (size_t at = 0; at < question->count && !question->is_end; at++) {
        const struct ob_pending *pending = &question->pending[at];
        struct instant second =
            latest_of(solving, &pending->span, pending->choice.key, pending->choice.sent);
        if (second.time_us > solving->now_us)
            continue;
        for (uint32_t place = path->count; place-- > 0;)
            if (path->times_us[place] == second.time_us)
                check_turn(solving, event_at(solving, (int)place), second, pending->span.most_us,
                           wrongs);
    }
}

/* Goes the first way, and keeps the second. False when there is no room for that. */
static bool branch_off(struct solving *solving, const struct wrong *wrong)
{
    struct ob_path_turns *turns = solving->turns;
    const struct ob_path *path = solving->path;
    struct rule rule;
    if (sent_later(solving, wrong, &rule)) {
        uint32_t begin = turns->fork_count * OB_PATH_EVENTS_MAX;
        if (turns->fork_count == FORKS_MAX)
            return false;
        memcpy(&turns->times_us[begin], path->times_us, path->count * sizeof *path->times_us);
        turns->forks[turns->fork_count++] = (struct fork){rule, turns->rule_count, begin};
    }
    return add_rule(solving, apart(wrong->first.place, &wrong->second, wrong->most_us, 1));
}

/* Goes the last way that was kept. False when there is none. */
static bool go_back(struct solving *solving)
{
    struct ob_path_turns *turns = solving->turns;
    struct ob_path *path = solving->path;
    if (turns->fork_count == 0)
        return false;
    const struct fork *fork = &turns->forks[--turns->fork_count];
    memcpy(path->times_us, &turns->times_us[fork->times_begin],
           path->count * sizeof *path->times_us);
    turns->rule_count = fork->rule_count;
    solving->now_us = 0;
    solving->now_place = OB_PATH_START;
    return add_rule(solving, fork->rule);
}

/* The rules come first, the last of them before all: where it holds, what it was made for is
 * right. */
static struct wrongs find_wrongs(struct solving *solving)
{
    struct wrongs wrongs = {0};
    check_rules(solving, &wrongs);
    check_dependent(solving, &wrongs);
    check_limits(solving, &wrongs);
    check_pending(solving, &wrongs);
    return wrongs;
}

bool ob_path_is_possible(struct ob_path *path, const struct ob_path_question *question)
{
    struct solving solving = {
        .path = path, .question = question, .turns = path->turns, .now_place = OB_PATH_START};
    solving.turns->rule_count = solving.turns->fork_count = 0;
    for (uint32_t at = 0; at < path->count; at++)
        path->times_us[at] = path->events[at].earliest_us;
    for (unsigned way = 0; way < WAYS_MAX; way++) {
        if (!solve(&solving)) {
            if (!go_back(&solving))
                return false;
            continue;
        }
        struct wrongs wrongs = find_wrongs(&solving);
        if (!wrongs.has_rules && !wrongs.has_choice)
            return true;
        if (wrongs.is_full || (!wrongs.has_rules && !branch_off(&solving, &wrongs.choice)))
            break;
    }
    path->gave_up |= !question->is_row;
    return !question->is_row;
}
