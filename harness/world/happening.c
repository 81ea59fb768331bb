#include "world/happening.h"

static void add(struct ob_happenings *happenings, const struct ob_log *log,
                struct ob_happening happening)
{
    assert(happenings->count < OB_HAPPENINGS_MAX);
    happening.deliveries = log->delivery_count;
    happenings->list[happenings->count++] = happening;
}

static void note_arrival(struct ob_happenings *happenings, const struct ob_log *log,
                         const struct ob_actor *actor, struct ob_happening arrival)
{
    arrival.type = OB_ARRIVED;
    if (!actor->down && !ob_is_busy(actor, arrival.time_us)) {
        arrival.free_us = actor->busy_until_us;
        arrival.due_by = actor->busy_by;
    }
    add(happenings, log, arrival);
}

void ob_note_happening(struct ob_happenings *happenings, const struct ob_log *log,
                       const struct ob_actor *actors, unsigned actor_count, uint64_t key,
                       uint64_t time_us)
{
    uint32_t event = ob_key_event(key);
    if (!happenings->noted)
        return;
    if (happenings->count == OB_HAPPENINGS_MAX) { /* such a run is not written down */
        happenings->noted = false;
        happenings->count = 0;
        return;
    }
    struct ob_happening noted = {
        .time_us = time_us, .due_us = ob_key_time_us(key), .sent = OB_NONE, .due_by = OB_NONE};
    if (event >= log->event_base) {
        noted.sent = event - log->event_base;
        noted.actor = log->sent[noted.sent].to;
        note_arrival(happenings, log, &actors[noted.actor], noted);
        return;
    }
    bool restarts = event > actor_count;
    noted.actor = (uint16_t)(restarts ? event - actor_count - 1 : event);
    noted.type = restarts ? OB_RESTARTED : OB_WOKE;
    noted.due_by = restarts ? actors[noted.actor].restart_by : actors[noted.actor].busy_by;
    add(happenings, log, noted);
}

void ob_note_aside(struct ob_happenings *happenings, const struct ob_log *log,
                   enum ob_happening_type type, uint32_t sent, uint64_t now_us)
{
    const struct ob_sent *message = &log->sent[sent];
    if (!happenings->noted || happenings->count == OB_HAPPENINGS_MAX || !ob_is_under_way(message))
        return;
    add(happenings, log,
        (struct ob_happening){.time_us = now_us,
                              .due_us = ob_key_time_us(message->key),
                              .sent = sent,
                              .due_by = OB_NONE,
                              .actor = message->to,
                              .type = (uint8_t)type});
}
