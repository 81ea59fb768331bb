#include "search/ordinals.h"
#include "world/trace.h"

#include <stdbool.h>
#include <stdlib.h>

/* The counts of classes of messages, by hash: a slot for each class that was met. */
struct slot {
    uint64_t class_key; /* one more than what names it, 0 for a free slot */
    uint32_t count;
};

static uint64_t class_key(const struct ob_sent *sent)
{
    return ((uint64_t)sent->message.from << 32 | (uint64_t)sent->to << 16 | sent->message.kind) + 1;
}

static struct slot *find_slot(struct slot *slots, size_t mask, uint64_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15u >> 24) & mask;

    while (slots[at].class_key != 0 && slots[at].class_key != key)
        at = (at + 1) & mask;
    slots[at].class_key = key;
    return &slots[at];
}

uint32_t *ob_ordinals_read(const struct ob_world *world)
{
    size_t count = ob_world_sent_count(world);
    size_t room = 16;

    while (room < 2 * count)
        room *= 2;
    uint32_t *ordinals = malloc((count + 1) * sizeof *ordinals);
    struct slot *slots = calloc(room, sizeof *slots);
    for (uint32_t index = 0; ordinals && slots && index < count; index++) {
        struct slot *slot = find_slot(slots, room - 1, class_key(ob_world_sent(world, index)));
        ordinals[index] = slot->count;
        slot->count += !ob_world_is_copy(world, index);
    }
    if (!slots) {
        free(ordinals);
        ordinals = NULL;
    }
    free(slots);
    return ordinals;
}
