#include "search/delays.h"

#include <string.h>

#include "scenario/edit.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

/* Where the times are those of the path. */
struct writing {
    const struct ob_path *path;
    struct ob_scenario *result;
    const struct ob_vocabulary *vocabulary;
};

static uint64_t time_at(const struct ob_path *path, int place)
{
    return place == OB_PATH_START ? 0 : path->times_us[place];
}

/* Makes a message late that would come before its time. Returns false when that cannot be
 * written. */
static bool write_one(const struct writing *writing, uint32_t index, const struct ob_span *span,
                      uint64_t time_us)
{
    const struct ob_world *world = writing->path->world;
    uint64_t plain_us = time_at(writing->path, span->cause) + span->least_us;
    if (index == OB_NONE || time_us <= plain_us)
        return true;
    const struct ob_sent *sent = ob_world_sent(world, index);
    uint32_t ordinal = ob_world_ordinal(world, index);
    struct ob_deviation delay = {.op = OB_DELAY,
                                 .which = {.from = (uint8_t)(sent->message.from + 1),
                                           .to = (uint8_t)sent->to,
                                           .kind = (uint8_t)(sent->message.kind + 1),
                                           .nth = (uint8_t)(ordinal + 1)},
                                 .amount = ob_duration_limit(time_us - plain_us)};
    if (ordinal >= UINT8_MAX || ob_world_is_copy(world, index))
        return false;
    ob_deviation_canonicalise(writing->vocabulary, &delay);
    return ob_scenario_insert_deviation(writing->result, &delay);
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static bool write_all(struct ob_path *path, const struct ob_path_question *question,
                      struct ob_world *replay, struct ob_scenario *result)
{
    const struct writing writing = {path, result, ob_world_vocabulary(replay)};
    uint64_t end_us = question->is_end ? path->end_us : 0;
    for (uint32_t at = 0; at < path->count; at++) {
        const struct ob_path_event *event = &path->events[at];
        if (!write_one(&writing, event->sent, &event->span, path->times_us[at]))
            return false;
        if (path->times_us[at] > end_us)
            end_us = path->times_us[at];
    }
    for (size_t at = 0; at < question->count; at++) {
        const struct ob_pending *pending = &question->pending[at];
        uint64_t latest_us = time_at(path, pending->span.cause) + pending->span.most_us;
        if (!write_one(&writing, pending->choice.sent, &pending->span,
                       least(end_us + 1, latest_us)))
            return false;
    }
    return true;
}

static bool violates(struct ob_world *replay, const struct ob_scenario *scenario,
                     const char *invariant)
{
    const struct ob_verdict *verdict = ob_world_run(replay, scenario);
    return verdict->outcome == OB_VIOLATED && strcmp(verdict->invariant, invariant) == 0;
}

bool ob_write_delays(struct ob_path *path, const struct ob_path_question *question,
                     const char *invariant, struct ob_world *replay,
                     const struct ob_scenario *scenario, struct ob_scenario *result)
{
    struct ob_path_question written = *question;
    /* Where another invariant is violated first, the order of all events says which it is. */
    for (unsigned is_row = 0; is_row < 2; is_row++) {
        written.is_row = is_row;
        ob_scenario_copy(result, scenario);
        if (ob_path_is_possible(path, &written) && write_all(path, &written, replay, result) &&
            violates(replay, result, invariant))
            return true;
    }
    return false;
}
