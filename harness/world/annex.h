/* Memory outside of the world. */
#ifndef OFFBEAT_WORLD_ANNEX_H
#define OFFBEAT_WORLD_ANNEX_H

#include <stddef.h>

struct ob_world;

/*
 * Memory that a run changes and that is not the world's own, such as that of a program: brought
 * back to its beginning with the world, and part of its snapshots. Each function gets the context
 * that it was added with.
 */
struct ob_annex {
    void (*begin)(void *context);        /* a run begins: everything is as it was after set-up */
    size_t (*size)(const void *context); /* bytes of a copy of what there is now */
    void (*save)(const void *context, void *copy);
    void (*load)(void *context, const void *copy);
    void (*destroy)(void *context); /* with the world */
};

/* Adds the annex of a world, which has at most one. To be called in set-up. */
void ob_world_add_annex(struct ob_world *world, const struct ob_annex *annex, void *context);

/* The context that it was added with, NULL while there is none. */
void *ob_world_annex(const struct ob_world *world);

#endif
