/* What happens in a run whose order somebody chooses: noted, so that it can be written down. */
#include "world/internal.h"

static struct ob_happening *add(struct ob_world *world, enum ob_happening_type type, unsigned actor,
                                uint32_t sent)
{
    assert(world->run.happening_count < OB_HAPPENINGS_MAX);
    struct ob_happening *happening = &world->happenings[world->run.happening_count++];
    *happening = (struct ob_happening){.time_us = world->run.now_us,
                                       .sent = sent,
                                       .due_by = OB_NONE,
                                       .deliveries = world->run.delivery_count,
                                       .actor = (uint16_t)actor,
                                       .type = (uint8_t)type};
    return happening;
}

void ob_note_happening(struct ob_world *world, uint64_t key, uint64_t time_us)
{
    uint32_t event = (uint32_t)key & OB_EVENT_MASK;
    uint32_t base = ob_event_base(world);
    uint64_t due_us = key >> OB_EVENT_BITS;
    if (!world->run.chosen)
        return;
    if (world->run.happening_count == OB_HAPPENINGS_MAX) { /* such a run is not written down */
        world->run.chosen = false;
        world->run.happening_count = 0;
        return;
    }
    world->run.now_us = time_us;
    if (event >= base) {
        uint32_t sent = event - base;
        unsigned id = world->sent[sent].to;
        const struct ob_actor *actor = &world->actors[id];
        struct ob_happening *arrival = add(world, OB_ARRIVED, id, sent);
        arrival->due_us = due_us;
        if (actor->down || actor->busy_until_us > time_us)
            return;
        arrival->free_us = actor->busy_until_us;
        arrival->due_by = actor->busy_by;
        return;
    }
    bool restarts = event > world->actor_count;
    unsigned id = restarts ? event - world->actor_count - 1 : event;
    struct ob_happening *wake = add(world, restarts ? OB_RESTARTED : OB_WOKE, id, OB_NONE);
    wake->due_us = due_us;
    wake->due_by = restarts ? world->actors[id].restart_by : world->actors[id].busy_by;
}

void ob_note_aside(struct ob_world *world, enum ob_happening_type type, uint32_t sent)
{
    const struct ob_sent *message = &world->sent[sent];
    if (!world->run.chosen || world->run.happening_count == OB_HAPPENINGS_MAX ||
        message->key == OB_NEVER)
        return;
    add(world, type, message->to, sent)->due_us = message->key >> OB_EVENT_BITS;
}

uint32_t ob_world_happening_count(const struct ob_world *world)
{
    return world->run.happening_count;
}

uint32_t ob_world_violated_at(const struct ob_world *world, bool *at_end)
{
    const struct ob_run *run = &world->run;
    *at_end = !run->violated || run->violated_at_end;
    return run->violated ? run->violated_at : run->happening_count;
}

const struct ob_happening *ob_world_happening(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.happening_count);
    return &world->happenings[index];
}
