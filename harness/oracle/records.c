#include "oracle/records.h"
#include "world/attach.h"
#include "world/trace.h"
#include "world/world.h"

#include <assert.h>
#include <string.h>

#define FIRST_CAPACITY 16

struct ob_records *ob_records_of(struct ob_world *world)
{
    void **records = ob_world_attached(world);

    if (!*records)
        *records = ob_alloc(world, sizeof(struct ob_records));
    return *records;
}

const struct ob_records *ob_records_read(const struct ob_world *world)
{
    static const struct ob_records none;
    const struct ob_records *records = ob_world_attachment(world);

    return records ? records : &none;
}

void *ob_list_add(struct ob_world *world, struct ob_list *list, size_t size, uint32_t most)
{
    assert(size > 0 && list->count <= list->capacity && list->count <= most);
    if (list->count == most) {
        list->is_full = true;
        return NULL;
    }
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
        void *items = ob_alloc(world, capacity * size);
        if (list->count)
            memcpy(items, list->items, list->count * size);
        list->items = items;
        list->capacity = capacity;
    }
    assert(list->count < list->capacity);
    return (uint8_t *)list->items + size * list->count++;
}

const char *ob_oracle_actor(const struct ob_world *world, unsigned id)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    return id <= vocabulary->actor_count ? vocabulary->actor_names[id] : "?";
}

bool ob_everybody_is_up(const struct ob_world *world)
{
    for (unsigned id = 1; id <= ob_world_vocabulary(world)->actor_count; id++)
        if (!ob_is_up(ob_world_actor(world, id)))
            return false;
    return true;
}
