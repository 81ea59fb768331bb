/* Memory outside of the world. */
#ifndef OFFBEAT_WORLD_ANNEX_H
#define OFFBEAT_WORLD_ANNEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ob_actor;
struct ob_message;
struct ob_world;

/* What an actor has said at a delivery, such as what a program has written to standard error. The
 * text is valid until the world goes on. */
struct ob_saying {
    unsigned actor;
    const char *stream;
    const char *text;
    size_t length;
};

/*
 * Memory that a run changes and that is not the world's own, such as that of a program: brought
 * back to its beginning with the world, and part of its snapshots. Each function gets the context
 * that it was added with.
 */
struct ob_annex {
    void (*begin)(void *context); /* a run begins: everything is as it was after set-up */
    void (*enter)(void *context,
                  struct ob_world *world); /* the world goes on, maybe after another */
    size_t (*size)(const void *context);   /* bytes of a copy of what there is now */
    void (*save)(const void *context, void *copy);
    void (*load)(void *context, const void *copy);
    void (*destroy)(void *context); /* with the world */

    /* An actor is about to crash, and what it is made of may send what lasts longer than it does.
     */
    void (*crash)(void *context, struct ob_actor *actor);

    /* A message has come to an actor that is down. What lasts of it may answer. */
    void (*miss)(void *context, struct ob_actor *actor, const struct ob_message *message);

    /* The run is over: what it leaves may violate something. */
    void (*judge)(void *context, struct ob_world *world);

    /* The nth, from 0, that was said at a delivery, OB_NONE for those before the first. Returns
     * false when there are not so many. */
    bool (*said)(void *context, uint32_t delivery, uint32_t nth, struct ob_saying *saying);

    /* Whether an actor, by its id, is a program. */
    bool (*is_program)(const void *context, unsigned actor);
};

/* Whether an actor is a program that runs in the world, see offbeat/host.h. */
bool ob_world_is_program(const struct ob_world *world, unsigned actor);

/* The same of the world's annex, then of its monitors: the states that they went into; then the
 * goals that were reached. */
bool ob_world_said(const struct ob_world *world, uint32_t delivery, uint32_t nth,
                   struct ob_saying *saying);

/* Adds the annex of a world, which has at most one. To be called in set-up. */
void ob_world_add_annex(struct ob_world *world, const struct ob_annex *annex, void *context);

/* The context that it was added with, NULL while there is none. */
void *ob_world_annex(const struct ob_world *world);

#endif
