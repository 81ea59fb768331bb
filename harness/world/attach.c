#include "world/attach.h"

#include "world/leave.h"

void **ob_world_attached(struct ob_world *world)
{
    return &world->run.attached;
}

const void *ob_world_attachment(const struct ob_world *world)
{
    return world->run.attached;
}

void **ob_world_memory(struct ob_world *world, const void *owner, void (*release)(void *memory))
{
    for (unsigned at = 0; at < OB_LASTING_MAX; at++) {
        struct ob_lasting *lasting = &world->lasting[at];
        if (lasting->owner && lasting->owner != owner)
            continue;
        lasting->owner = owner;
        lasting->release = release;
        return &lasting->memory;
    }
    ob_defect(world, "more than %u keep memory over its runs", OB_LASTING_MAX);
}

void ob_attachments_release(struct ob_world *world)
{
    for (unsigned at = 0; at < OB_LASTING_MAX; at++)
        if (world->lasting[at].memory)
            world->lasting[at].release(world->lasting[at].memory);
}
