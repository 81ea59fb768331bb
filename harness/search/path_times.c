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
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "search/path_least.h"
#include "world/trace.h"

#define WAYS_MAX 20000u /* that are tried for one question */
#define KEPT_MAX 128u   /* rules of an answer that are kept */
#define AGAIN_MAX 32u   /* ways from there, before it begins anew */

/* Another way, to be gone when this one has ended: what has sent one comes before what has sent the
 * other. */
struct fork {
    struct ob_path_rule rule;
    uint32_t rule_count;
    uint32_t times_begin;
};

/* The answer to the last plain question about a path of some length. */
struct answer {
    struct ob_path_rule rules[KEPT_MAX];
    uint64_t times_us[OB_PATH_EVENTS_MAX];
    uint32_t rule_count;
    bool is_kept;
};

struct ob_path_turns {
    struct ob_path_least least;
    struct fork forks[OB_PATH_FORKS_MAX];
    uint32_t fork_count;
    /* Where each fork was left. */
    uint64_t times_us[OB_PATH_FORKS_MAX * OB_PATH_EVENTS_MAX];
    struct ob_path_raised raised_then[OB_PATH_FORKS_MAX * OB_PATH_EVENTS_MAX];
    struct answer answers[OB_PATH_EVENTS_MAX + 1]; /* by the number of events */
};

struct ob_path_turns *ob_path_turns_create(void)
{
    return calloc(1, sizeof(struct ob_path_turns));
}

void ob_path_turns_forget(struct ob_path_turns *turns, uint32_t count)
{
    assert(count <= OB_PATH_EVENTS_MAX);
    turns->answers[count].is_kept = false;
}

/* Something that has happened, or is pending at the latest time that it can have. */
struct instant {
    uint64_t time_us;
    uint64_t key;
    uint64_t least_us;
    int cause;
    uint32_t sent;
    int place; /* of an event; otherwise OB_PATH_START */
};

/* -- which comes first -- */

static struct instant event_at(const struct ob_path_turns *turns, int place)
{
    const struct ob_path_event *event = &turns->least.path->events[place];
    return (struct instant){.time_us = turns->least.path->times_us[place],
                            .key = event->key,
                            .least_us = event->span.least_us,
                            .cause = event->span.cause,
                            .sent = event->sent,
                            .place = place};
}

static struct instant latest_of(const struct ob_path_turns *turns, const struct ob_span *span,
                                uint64_t key, uint32_t sent)
{
    return (struct instant){.time_us = ob_path_time(&turns->least, span->cause) + span->most_us,
                            .key = key,
                            .least_us = span->least_us,
                            .cause = span->cause,
                            .sent = sent,
                            .place = OB_PATH_START};
}

/* When the scenario sends a message from outside. A walk, or a scenario with other gaps, sends it
 * at any time from then on until it would arrive with its link's least latency. */
static uint64_t first_sent_us(const struct ob_path_turns *turns, const struct instant *outside)
{
    return ob_world_sent(turns->least.path->world, outside->sent)->time_us;
}

static uint64_t latency_us(const struct ob_path_turns *turns, const struct instant *outside)
{
    return outside->least_us - first_sent_us(turns, outside);
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
static bool keep_order(const struct ob_path_turns *turns, const struct instant *one,
                       const struct instant *two)
{
    const struct ob_world *world = turns->least.path->world;
    const struct ob_sent *first = ob_world_sent(world, one->sent);
    return first->to == ob_world_sent(world, two->sent)->to &&
           !ob_world_link(world, first->message.from, first->to)->unordered;
}

static enum turn turn_of_messages(const struct ob_path_turns *turns, const struct instant *one,
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
    return keep_order(turns, one, two) ? TURN_SECOND : TURN_OUTSIDES;
}

/* An actor that wakes or starts again does so before messages arrive; where it does that at once,
 * right after what has made it. Replaces it by that then. */
static enum turn turn_of(const struct ob_path_turns *turns, struct instant *one,
                         struct instant *two)
{
    while (one->sent == OB_NONE && one->least_us == 0 && one->cause != OB_PATH_START) {
        if (one->cause == two->place)
            return TURN_SECOND;
        *one = event_at(turns, one->cause);
    }
    while (two->sent == OB_NONE && two->least_us == 0 && two->cause != OB_PATH_START) {
        if (two->cause == one->place)
            return TURN_FIRST;
        *two = event_at(turns, two->cause);
    }
    if (one->sent != OB_NONE && two->sent != OB_NONE)
        return turn_of_messages(turns, one, two);
    if (one->sent == OB_NONE && two->sent == OB_NONE)
        return ob_choice_event(one->key) < ob_choice_event(two->key) ? TURN_FIRST : TURN_SECOND;
    return one->sent == OB_NONE ? TURN_FIRST : TURN_SECOND;
}

static bool is_first(const struct ob_path_turns *turns, struct instant one, struct instant two)
{
    while (one.time_us == two.time_us) {
        switch (turn_of(turns, &one, &two)) {
        case TURN_FIRST:
            return true;
        case TURN_SECOND:
            return false;
        case TURN_OUTSIDE:
            return first_sent_us(turns, &one) <= ob_path_time(&turns->least, two.cause);
        case TURN_INSIDE:
            return ob_path_time(&turns->least, one.cause) + latency_us(turns, &two) < two.time_us;
        case TURN_OUTSIDES:
            return first_sent_us(turns, &one) + latency_us(turns, &two) < two.time_us;
        case TURN_CAUSES:
            one = event_at(turns, one.cause);
            two = event_at(turns, two.cause);
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
    struct ob_path_forks why; /* that the first has to come first */
};

/* What is wrong with times: of those that leave two ways, the first. */
struct wrongs {
    struct wrong choice;
    bool has_choice;
    bool has_rules; /* those that leave one way have become rules */
    bool is_full;   /* there was no room for one */
};

static bool add_rule(struct ob_path_turns *turns, struct ob_path_rule rule)
{
    if (turns->least.rule_count == OB_PATH_RULES_MAX)
        return false;
    turns->least.rules[turns->least.rule_count++] = rule;
    return true;
}

/* The second comes at least so much after an event, or START. What is pending comes as late as it
 * can: then its cause has to come later. */
static struct ob_path_rule apart(int first, const struct instant *second, uint64_t most_us,
                                 int64_t by_us)
{
    if (second->place != OB_PATH_START)
        return (struct ob_path_rule){first, second->place, by_us, false, {{0}}};
    return (struct ob_path_rule){first, second->cause, by_us - (int64_t)most_us, false, {{0}}};
}

/* A way on which the first was sent first. Returns false when there is none. */
static bool sent_later(const struct ob_path_turns *turns, const struct wrong *wrong,
                       struct ob_path_rule *rule)
{
    struct instant one = wrong->first;
    struct instant two = wrong->second;
    uint64_t most_us = wrong->most_us;
    switch (turn_of(turns, &one, &two)) {
    case TURN_OUTSIDE:
        *rule = (struct ob_path_rule){
            OB_PATH_START, two.cause, (int64_t)first_sent_us(turns, &one), false, {{0}}};
        return true;
    case TURN_INSIDE:
        *rule = apart(one.cause, &two, most_us, (int64_t)latency_us(turns, &two) + 1);
        return true;
    case TURN_OUTSIDES:
        *rule = apart(OB_PATH_START, &two, most_us,
                      (int64_t)(first_sent_us(turns, &one) + latency_us(turns, &two)) + 1);
        return true;
    case TURN_CAUSES:
        *rule = (struct ob_path_rule){one.cause, two.cause, 0, true, {{0}}};
        return true;
    default:
        return false;
    }
}

/* -- wrong turns -- */

static void check_turn(struct ob_path_turns *turns, const struct wrong *turn, struct wrongs *wrongs)
{
    struct ob_path_rule other;
    if (turn->first.time_us < turn->second.time_us || is_first(turns, turn->first, turn->second))
        return;
    if (sent_later(turns, turn, &other)) {
        if (!wrongs->has_choice)
            wrongs->choice = *turn;
        wrongs->has_choice = true;
        return;
    }
    struct ob_path_rule rule = apart(turn->first.place, &turn->second, turn->most_us, 1);
    rule.why = turn->why;
    wrongs->has_rules = true;
    if (!add_rule(turns, rule))
        wrongs->is_full = true;
}

static void check_events(struct ob_path_turns *turns, int first, int second,
                         const struct ob_path_forks *why, struct wrongs *wrongs)
{
    if (ob_path_time(&turns->least, first) < ob_path_time(&turns->least, second))
        return;
    struct wrong turn = {.first = event_at(turns, first), .second = event_at(turns, second)};
    if (why)
        turn.why = *why;
    check_turn(turns, &turn, wrongs);
}

static void check_rules(struct ob_path_turns *turns, struct wrongs *wrongs)
{
    for (uint32_t at = turns->least.rule_count; at-- > 0;) {
        const struct ob_path_rule rule = turns->least.rules[at];
        if (rule.is_order)
            check_events(turns, rule.first, rule.second, &rule.why, wrongs);
    }
}

static void check_dependent(struct ob_path_turns *turns, struct wrongs *wrongs)
{
    const struct ob_path *path = turns->least.path;
    uint32_t before = 0;
    for (uint32_t at = 0; at < path->count; at++)
        for (; before < path->events[at].before_end; before++)
            check_events(turns, path->before[before], (int)at, NULL, wrongs);
    for (int at = 1; turns->least.question->is_row && at < (int)path->count; at++)
        check_events(turns, at - 1, at, NULL, wrongs);
    for (int at = 0; turns->least.question->is_over && at + 1 < (int)path->count; at++)
        check_events(turns, at, (int)path->count - 1, NULL, wrongs);
}

/* What was pending at most until `second` comes after the event at a place, should they meet. */
static void check_latest(struct ob_path_turns *turns, int place, struct instant second,
                         uint64_t most_us, struct wrongs *wrongs)
{
    if (ob_path_time(&turns->least, place) != second.time_us)
        return;
    const struct wrong turn = {
        .first = event_at(turns, place), .second = second, .most_us = most_us};
    check_turn(turns, &turn, wrongs);
}

static void check_limits(struct ob_path_turns *turns, struct wrongs *wrongs)
{
    const struct ob_path *path = turns->least.path;
    for (uint32_t at = 0; at < ob_path_limit_count(path); at++) {
        const struct ob_path_limit *limit = &path->limits[at];
        struct instant second = latest_of(turns, &limit->span, limit->key, limit->sent);
        check_latest(turns, limit->place, second, limit->span.most_us, wrongs);
    }
}

static void check_pending(struct ob_path_turns *turns, struct wrongs *wrongs)
{
    const struct ob_path *path = turns->least.path;
    const struct ob_path_question *question = turns->least.question;
    for (size_t at = 0; at < question->count && !question->is_end; at++) {
        const struct ob_pending *pending = &question->pending[at];
        struct instant second =
            latest_of(turns, &pending->span, pending->choice.key, pending->choice.sent);
        if (second.time_us > turns->least.now_us)
            continue;
        for (uint32_t place = path->count; place-- > 0;)
            check_latest(turns, (int)place, second, pending->span.most_us, wrongs);
    }
}

/* Goes the first way, and keeps the second. False when there is no room for that. */
static bool branch_off(struct ob_path_turns *turns, const struct wrong *wrong)
{
    const struct ob_path *path = turns->least.path;
    struct ob_path_rule first = apart(wrong->first.place, &wrong->second, wrong->most_us, 1);
    struct ob_path_rule second;
    first.why = wrong->why;
    if (sent_later(turns, wrong, &second)) {
        second.why = wrong->why;
        uint32_t begin = turns->fork_count * OB_PATH_EVENTS_MAX;
        if (turns->fork_count == OB_PATH_FORKS_MAX)
            return false;
        memcpy(&turns->times_us[begin], path->times_us, path->count * sizeof *path->times_us);
        memcpy(&turns->raised_then[begin], turns->least.raised,
               path->count * sizeof *turns->least.raised);
        ob_path_add_fork(&first.why, turns->fork_count);
        turns->forks[turns->fork_count++] = (struct fork){second, turns->least.rule_count, begin};
    }
    return add_rule(turns, first);
}

/*
 * Goes the second way of the last fork that has to do with it that there are no times: any fork
 * behind that one may go either way, and there would be none (conflict-directed backjumping;
 * Prosser: "Hybrid algorithms for the constraint satisfaction problem", Computational Intelligence
 * 1993). The second way is gone because of the other forks of the conflict. False when there is no
 * such fork.
 */
static bool go_back(struct ob_path_turns *turns)
{
    struct ob_path *path = turns->least.path;
    while (turns->fork_count > 0 && !path->by_all_ways &&
           !ob_path_has_fork(&turns->least.conflict, turns->fork_count - 1))
        turns->fork_count--;
    if (turns->fork_count == 0)
        return false;
    const struct fork *fork = &turns->forks[--turns->fork_count];
    memcpy(path->times_us, &turns->times_us[fork->times_begin],
           path->count * sizeof *path->times_us);
    memcpy(turns->least.raised, &turns->raised_then[fork->times_begin],
           path->count * sizeof *turns->least.raised);
    turns->least.rule_count = fork->rule_count;
    turns->least.now_us = 0;
    turns->least.now_place = OB_PATH_START;
    struct ob_path_rule rule = fork->rule;
    for (uint32_t at = 0; at < turns->fork_count; at++)
        if (ob_path_has_fork(&turns->least.conflict, at))
            ob_path_add_fork(&rule.why, at);
    return add_rule(turns, rule);
}

/* The rules come first, the last of them before all: where it holds, what it was made for is
 * right. */
static struct wrongs find_wrongs(struct ob_path_turns *turns)
{
    struct wrongs wrongs = {0};
    check_rules(turns, &wrongs);
    check_dependent(turns, &wrongs);
    check_limits(turns, &wrongs);
    check_pending(turns, &wrongs);
    return wrongs;
}

/* What came of some ways. */
enum answered { ANSWERED_NO, ANSWERED_YES, ANSWERED_UNKNOWN };

static enum answered try_ways(struct ob_path_turns *turns, unsigned ways_max)
{
    for (unsigned way = 0; way < ways_max; way++) {
        if (!ob_path_solve(&turns->least)) {
            if (!go_back(turns))
                return ANSWERED_NO;
            continue;
        }
        struct wrongs wrongs = find_wrongs(turns);
        if (!wrongs.has_rules && !wrongs.has_choice)
            return ANSWERED_YES;
        if (wrongs.is_full || (!wrongs.has_rules && !branch_off(turns, &wrongs.choice)))
            break;
    }
    return ANSWERED_UNKNOWN;
}

static void begin(struct ob_path_turns *turns, struct ob_path *path,
                  const struct ob_path_question *question)
{
    ob_path_least_begin(&turns->least, path, question);
    turns->fork_count = 0;
}

/* A plain one: those about the end of the run ask for more than the questions that follow. */
static void keep_answer(struct ob_path_turns *turns)
{
    const struct ob_path_least *least = &turns->least;
    const struct ob_path_question *question = least->question;
    struct answer *answer = &turns->answers[least->path->count];
    if (question->is_end || question->is_over || question->is_row || least->rule_count > KEPT_MAX)
        return;
    memcpy(answer->rules, least->rules, least->rule_count * sizeof *answer->rules);
    memcpy(answer->times_us, least->path->times_us, least->path->count * sizeof *answer->times_us);
    answer->rule_count = least->rule_count;
    answer->is_kept = true;
}

/*
 * Whether the answer to the question before, about this path or the one that it prolongs, leads to
 * one. It mostly does, as an event more changes little, and needs few ways where all of them are
 * dozens. Times that are found are right wherever they were begun from: every bound and every turn
 * is looked at. They need not be the least, and where none are found, nothing is known.
 */
static bool is_possible_again(struct ob_path_turns *turns, struct ob_path *path,
                              const struct ob_path_question *question)
{
    const struct answer *answer = &turns->answers[path->count];
    if (!answer->is_kept && path->count > 0)
        answer--;
    if (!answer->is_kept || question->is_row || path->by_all_ways)
        return false;
    uint32_t known = (uint32_t)(answer - turns->answers);
    for (uint32_t at = 0; at < path->count; at++) {
        path->times_us[at] = path->events[at].earliest_us;
        if (at < known && answer->times_us[at] > path->times_us[at])
            path->times_us[at] = answer->times_us[at];
    }
    begin(turns, path, question);
    turns->least.rule_count = answer->rule_count;
    memcpy(turns->least.rules, answer->rules, answer->rule_count * sizeof *answer->rules);
    ob_path_raise_effects(&turns->least);
    return try_ways(turns, AGAIN_MAX) == ANSWERED_YES;
}

bool ob_path_is_possible(struct ob_path *path, const struct ob_path_question *question)
{
    struct ob_path_turns *turns = path->turns;
    enum answered answered = ANSWERED_YES;
    if (!is_possible_again(turns, path, question)) {
        for (uint32_t at = 0; at < path->count; at++)
            path->times_us[at] = path->events[at].earliest_us;
        begin(turns, path, question);
        answered = try_ways(turns, WAYS_MAX);
    }
    if (answered == ANSWERED_YES)
        keep_answer(turns);
    if (answered != ANSWERED_UNKNOWN)
        return answered == ANSWERED_YES;
    path->gave_up |= !question->is_row;
    return !question->is_row;
}
