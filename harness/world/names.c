#include "world/names.h"

#include <stdio.h>

#include "world/leave.h"

void ob_names_begin(struct ob_world *world)
{
    static const char nobody[1]; /* no target has this address */
    for (unsigned slot = 0; slot < OB_NAMES_CACHED; slot++)
        world->name_cache[slot] = (struct ob_named){.pointer = nobody};
}

const char *ob_name_keep(struct ob_world *world, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = ob_arena_alloc(&world->arena, size);
    if (!copy)
        ob_defect(world, "the name \"%.40s\" does not fit the arena of %u bytes", name,
                  OB_ARENA_SIZE);
    return memcpy(copy, name, size);
}

struct ob_name_list ob_name_list(const struct ob_world *world)
{
    struct ob_name_list list = {""};
    size_t length = 0;
    for (unsigned id = 1; id <= world->actor_count; id++) {
        int added = snprintf(list.text + length, sizeof list.text - length, "%s%s",
                             id > 1 ? ", " : "", world->names[id]);
        if (added < 0 || (size_t)added >= sizeof list.text - length) {
            (void)snprintf(list.text + length, sizeof list.text - length, "%s",
                           sizeof list.text - length > 5 ? ", ..." : "");
            break;
        }
        length += (size_t)added;
    }
    return list;
}

/* Monitors only observe: their states may be asked for, by ob_actor(). They are not kept in the
 * cache, which does not know who asks. */
static unsigned require_asked(const struct ob_world *world, unsigned id, const char *call)
{
    if (strcmp(call, "ob_actor") != 0)
        ob_defect(world, "%s(): %s is a monitor, to which nothing is sent", call, world->names[id]);
    return id;
}

unsigned ob_resolve_slowly(struct ob_world *world, const char *name, const char *call)
{
    if (!name)
        ob_defect(world, "%s() is given NULL where the name of an actor belongs", call);
    for (unsigned id = 1; id <= ob_party_count(world); id++) {
        if (strcmp(world->names[id], name) == 0) {
            if (id > world->actor_count)
                return require_asked(world, id, call);
            world->name_cache[((uintptr_t)name >> 2) % OB_NAMES_CACHED] =
                (struct ob_named){.pointer = name, .id = (uint16_t)id};
            return id;
        }
    }
    ob_defect(world, "%s(): no actor is named \"%s\"; there is %s", call, name,
              ob_name_list(world).text);
}

/* The cache of names is no part of what a caller sees as the world. */
struct ob_actor *(ob_actor)(const struct ob_world *world, const char *name)
{
    return &world->actors[ob_resolve((struct ob_world *)world, name, "ob_actor")];
}

struct ob_actor *ob_actor_literal(const struct ob_world *world, const char *name)
{
    return &world->actors[ob_resolve_literal((struct ob_world *)world, name, "ob_actor")];
}

/* Whether an actor is called like a group and a number, and then that number. */
static bool is_of_group(const struct ob_world *world, unsigned id, const char *group,
                        unsigned *index)
{
    const char *name = world->names[id];
    while (*group && *name == *group) {
        name++;
        group++;
    }
    if (*group || *name++ != '.' || (*name == '0' && name[1]))
        return false;
    unsigned number = 0;
    for (unsigned digits = 0; digits < 4 && *name >= '0' && *name <= '9'; digits++)
        number = 10 * number + (unsigned)(*name++ - '0');
    *index = number;
    return *name == '\0' && name[-1] != '.';
}

bool ob_is_member(const struct ob_world *world, const char *group, unsigned id)
{
    unsigned index;
    return id != OB_OUTSIDE && id <= world->actor_count &&
           (is_of_group(world, id, group, &index) || strcmp(world->names[id], group) == 0);
}

unsigned ob_member_count(const struct ob_world *world, const char *group)
{
    unsigned count = 0;
    for (unsigned id = 1; id <= world->actor_count; id++)
        count += ob_is_member(world, group, id);
    return count;
}

static OB_RARE unsigned find_member(struct ob_world *world, const char *group, unsigned index)
{
    unsigned found;
    for (unsigned id = 1; id <= world->actor_count; id++) {
        if (!is_of_group(world, id, group, &found) || found != index)
            continue;
        if (id > index) /* members follow each other: the first says where all are */
            world->name_cache[((uintptr_t)group >> 2) % OB_NAMES_CACHED] =
                (struct ob_named){.pointer = group, .id = (uint16_t)(id - index)};
        return id;
    }
    for (unsigned id = 1; index == 0 && id <= world->actor_count; id++)
        if (strcmp(world->names[id], group) == 0)
            return id;
    unsigned count = ob_member_count(world, group);
    if (count == 0)
        ob_defect(world, "ob_member(\"%s\", %u): no actor is of a group with that name", group,
                  index);
    ob_defect(world, "ob_member(\"%s\", %u): the group has %u members, counted from 0", group,
              index, count);
}

struct ob_actor *ob_member(const struct ob_world *world, const char *group, unsigned index)
{
    const struct ob_named *named = &world->name_cache[((uintptr_t)group >> 2) % OB_NAMES_CACHED];
    unsigned found;
    unsigned id = named->id + index;
    if (named->pointer != group || index > world->actor_count || id > world->actor_count ||
        !is_of_group(world, id, group, &found) || found != index)
        id = find_member((struct ob_world *)world, group, index); /* only the cache changes */
    return &world->actors[id];
}
