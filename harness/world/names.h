/* Names of actors: who is called so, and which group he is of. */
#ifndef OFFBEAT_WORLD_NAMES_H
#define OFFBEAT_WORLD_NAMES_H

#include "world/state.h"

/* Forgets the names that were resolved. */
void ob_names_begin(struct ob_world *world);

/* A copy of a name that a target may have built while it was set up. */
const char *ob_name_keep(struct ob_world *world, const char *name);

/* The names of actors for errors, as many as fit. */
struct ob_name_list {
    char text[200];
};
struct ob_name_list ob_name_list(const struct ob_world *world);

unsigned ob_resolve_slowly(struct ob_world *world, const char *name, const char *call);

/* Names are short, and a call of strcmp() costs more than the comparison. */
static inline bool ob_names_equal(const char *one, const char *other)
{
    while (*one == *other && *one) {
        one++;
        other++;
    }
    return *one == *other;
}

/* The id of the actor with that name, which `call` was given. Names are remembered by their
 * address. What is no literal may be another name the next time, so it is compared. */
static inline unsigned ob_resolve_literal(struct ob_world *world, const char *name,
                                          const char *call)
{
    const struct ob_named *named = &world->name_cache[((uintptr_t)name >> 2) % OB_NAMES_CACHED];
    if (OB_UNLIKELY(named->pointer != name))
        return ob_resolve_slowly(world, name, call);
    assert(ob_names_equal(world->names[named->id], name));
    return named->id;
}

static inline unsigned ob_resolve(struct ob_world *world, const char *name, const char *call)
{
    const struct ob_named *named = &world->name_cache[((uintptr_t)name >> 2) % OB_NAMES_CACHED];
    if (OB_UNLIKELY(named->pointer != name || !ob_names_equal(world->names[named->id], name)))
        return ob_resolve_slowly(world, name, call);
    return named->id;
}

#endif
