/* Processes that others start while a run goes on: see ob_keep_down(). */
#include "offbeat/process.h"
#include "world/leave.h"
#include "world/life.h"
#include "world/names.h"

/* The first message of an actor that is up and has not begun. */
static void begin(struct ob_actor *self, const struct ob_message *message)
{
    self->receive = self->begun;
    self->begun = NULL;
    ob_actor_start(self);
    if (!self->ending)
        self->receive(self, message);
}

static void spawn(struct ob_actor *actor)
{
    assert(actor->unborn && actor->down);
    actor->unborn = actor->down = false;
    actor->busy_until_us = 0;
    if (!actor->start && !actor->process)
        return;
    actor->begun = actor->receive;
    actor->receive = begin;
}

/* The first of a group that was never up; NULL when all of them were. */
static struct ob_actor *next_of(struct ob_world *world, const char *group)
{
    unsigned id = ob_member(world, group, 0)->id;
    while (id <= world->actor_count && ob_is_member(world, group, id)) {
        if (world->actors[id].unborn)
            return &world->actors[id];
        id++;
    }
    return NULL;
}

unsigned ob_spawn_words(struct ob_actor *self, const char *group, const uint32_t *words)
{
    ob_require_actor(self, "ob_spawn_next");
    struct ob_actor *next = next_of(self->world, group);
    if (!next)
        ob_cut(self->world, OB_BOUND_PROCESSES,
               "more processes were started than ob_keep_down() keeps");
    spawn(next);
    ob_send_id(self, next->id, words, NULL, 0);
    return next->id;
}
