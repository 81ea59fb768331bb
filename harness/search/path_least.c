#include "search/path_least.h"

#include <string.h>

void ob_path_add_fork(struct ob_path_forks *forks, uint32_t fork)
{
    forks->words[fork / 64] |= UINT64_C(1) << fork % 64;
}

bool ob_path_has_fork(const struct ob_path_forks *forks, uint32_t fork)
{
    return forks->words[fork / 64] >> fork % 64 & 1;
}

static void add_forks(struct ob_path_forks *forks, const struct ob_path_forks *others)
{
    for (size_t word = 0; word < OB_PATH_FORKS_MAX / 64; word++)
        forks->words[word] |= others->words[word];
}

/* What has led to the time of a place: the rules on the way from the beginning. */
static void blame(struct ob_path_least *least, int place)
{
    for (uint32_t steps = 0; place != OB_PATH_START && steps < least->path->count; steps++) {
        const struct ob_path_raised *raised = &least->raised[place];
        if (raised->rule != OB_PATH_NO_RULE)
            add_forks(&least->conflict, &least->rules[raised->rule].why);
        place = raised->by;
    }
}

/* Raises a time to at least so much, as that at `by` asks for it. False when nothing can: it is the
 * beginning. */
static bool raise(struct ob_path_least *least, int place, uint64_t time_us, int by)
{
    if (time_us <= ob_path_time(least, place))
        return true;
    if (place == OB_PATH_START) {
        if (least->rule != OB_PATH_NO_RULE)
            add_forks(&least->conflict, &least->rules[least->rule].why);
        blame(least, by);
        return false;
    }
    least->path->times_us[place] = time_us;
    least->raised[place] = (struct ob_path_raised){(int16_t)by, least->rule};
    least->changed = true;
    return true;
}

/* Something that comes at most so much after its cause comes no earlier than `time_us`. */
static bool raise_cause(struct ob_path_least *least, int cause, uint64_t most_us, uint64_t time_us,
                        int by)
{
    return time_us <= most_us || raise(least, cause, time_us - most_us, by);
}

static bool raise_causes(struct ob_path_least *least)
{
    const struct ob_path *path = least->path;
    bool possible = true;
    for (uint32_t at = path->count; at-- > 0 && possible;) {
        const struct ob_span *span = &path->events[at].span;
        possible = raise_cause(least, span->cause, span->most_us, path->times_us[at], (int)at);
    }
    for (uint32_t at = 0; at < ob_path_limit_count(path) && possible; at++) {
        const struct ob_path_limit *limit = &path->limits[at];
        possible = raise_cause(least, limit->span.cause, limit->span.most_us,
                               path->times_us[limit->place], limit->place);
    }
    return possible;
}

static bool raise_pending(struct ob_path_least *least)
{
    const struct ob_path_question *question = least->question;
    uint64_t until_us = question->is_end ? least->path->end_us + 1 : least->now_us;
    int by = question->is_end ? OB_PATH_START : least->now_place;
    bool possible = true;
    for (size_t at = 0; at < question->count && possible; at++) {
        const struct ob_span *span = &question->pending[at].span;
        possible = raise_cause(least, span->cause, span->most_us, until_us, by);
    }
    return possible;
}

static void note_now(struct ob_path_least *least, uint32_t at)
{
    if (least->path->times_us[at] <= least->now_us)
        return;
    least->now_us = least->path->times_us[at];
    least->now_place = (int)at;
}

void ob_path_raise_effects(struct ob_path_least *least)
{
    const struct ob_path *path = least->path;
    uint32_t before = 0;
    for (uint32_t at = 0; at < path->count; at++) {
        const struct ob_path_event *event = &path->events[at];
        (void)raise(least, (int)at, ob_path_time(least, event->span.cause) + event->span.least_us,
                    event->span.cause);
        for (; before < event->before_end; before++)
            (void)raise(least, (int)at, path->times_us[path->before[before]], path->before[before]);
        if (least->question->is_row && at > 0)
            (void)raise(least, (int)at, path->times_us[at - 1], (int)at - 1);
        if (least->question->is_over && at + 1 == path->count)
            (void)raise(least, (int)at, least->now_us, least->now_place);
        note_now(least, at);
    }
}

static bool raise_rules(struct ob_path_least *least)
{
    bool possible = true;
    for (uint32_t at = 0; at < least->rule_count && possible; at++) {
        const struct ob_path_rule *rule = &least->rules[at];
        int64_t time_us = (int64_t)ob_path_time(least, rule->first) + rule->apart_us;
        least->rule = (uint16_t)at;
        possible = time_us <= 0 || raise(least, rule->second, (uint64_t)time_us, rule->first);
    }
    least->rule = OB_PATH_NO_RULE;
    return possible;
}

/* Whether times raise each other in a circle, and so without an end (Cherkassky, Goldberg:
 * "Negative-cycle detection algorithms", Mathematical Programming 1999). */
static bool find_circle(struct ob_path_least *least)
{
    uint32_t count = least->path->count;
    memset(least->seen_in, 0, count * sizeof *least->seen_in);
    for (uint32_t start = 0; start < count; start++) {
        int place = (int)start;
        for (; place != OB_PATH_START && least->seen_in[place] == 0;
             place = least->raised[place].by)
            least->seen_in[place] = start + 1;
        if (place != OB_PATH_START && least->seen_in[place] == start + 1) {
            blame(least, place);
            return true;
        }
    }
    return false;
}

static bool ends_too_late(struct ob_path_least *least)
{
    if (least->now_us <= least->path->end_us)
        return false;
    blame(least, least->now_place);
    return true;
}

/* From the times that are there: none of them can be less. */
bool ob_path_solve(struct ob_path_least *least)
{
    const struct ob_path *path = least->path;
    least->conflict = (struct ob_path_forks){0};
    for (uint32_t at = 0; at < path->count; at++)
        note_now(least, at);
    /* n times that have a solution are at rest after n rounds. */
    for (uint32_t round = 0; round <= path->count + 2; round++) {
        least->changed = false;
        if (!raise_causes(least) || !raise_pending(least) || !raise_rules(least))
            return false;
        if (!least->changed)
            return !ends_too_late(least);
        if (find_circle(least))
            return false;
        ob_path_raise_effects(least);
        if (ends_too_late(least))
            return false;
    }
    memset(&least->conflict, 0xFF, sizeof least->conflict);
    return false;
}

void ob_path_least_begin(struct ob_path_least *least, struct ob_path *path,
                         const struct ob_path_question *question)
{
    least->path = path;
    least->question = question;
    least->rule_count = 0;
    least->rule = OB_PATH_NO_RULE;
    least->now_us = 0;
    least->now_place = OB_PATH_START;
    for (uint32_t at = 0; at < path->count; at++)
        least->raised[at] = (struct ob_path_raised){OB_PATH_START, OB_PATH_NO_RULE};
}
