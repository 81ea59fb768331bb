#include "report/story.h"
#include "world/trace.h"

#include <stdlib.h>

uint8_t *ob_story_delivered(const struct ob_world *world)
{
    uint32_t sent_count = ob_world_sent_count(world);
    uint32_t delivery_count = ob_world_delivery_count(world);
    uint8_t *marks = calloc(sent_count + (size_t)1, 1);

    for (uint32_t index = 0; marks && index < delivery_count; index++) {
        uint32_t sent = ob_world_delivery(world, index)->sent;
        if (sent < sent_count)
            marks[sent] = 1;
    }
    return marks;
}
