#include "triage/alike.h"

#include "world/trace.h"

bool ob_reads_alike(const struct ob_world *world, unsigned kind, unsigned from, unsigned to,
                    unsigned ordinal)
{
    uint32_t counts[OB_ACTORS_MAX + 1] = {0}; /* so many, by receiver */
    uint32_t sent_count = ob_world_sent_count(world);

    for (uint32_t index = 0; index < sent_count; index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        if (sent->message.kind == kind && sent->message.from == from && sent->to != to &&
            !ob_world_is_copy(world, index) && counts[sent->to]++ == ordinal)
            return true;
    }
    return false;
}

bool ob_event_reads_alike(const struct ob_world *world, const struct ob_event *event)
{
    return !event->is_resume && !event->is_timer &&
           ob_reads_alike(world, event->kind, event->from, event->actor, event->ordinal);
}
