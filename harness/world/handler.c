/* What handlers and checks may ask of an actor. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "world/access_note.h"
#include "world/event.h"
#include "world/feedback.h"
#include "world/leave.h"
#include "world/names.h"
#include "world/send.h"
#include "world/trace.h"

#define STATE_SAID_MAX 96u /* of what a description says of an actor, in a line about it */

void *ob_alloc(struct ob_world *world, size_t size)
{
    void *memory = ob_arena_alloc(&world->arena, size);
    if (!memory && !world->set_up)
        ob_defect(world,
                  "ob_alloc(%zu) in set-up does not fit what is left of the arena of %u bytes; "
                  "allocate less",
                  size, OB_ARENA_SIZE);
    if (!memory)
        ob_cut(world, OB_BOUND_ARENA, "ob_alloc() found the world's memory full");
    if (OB_UNLIKELY(world->access != NULL))
        ob_arena_set_owner(memory, ob_access_worker(world));
    return memory;
}

const void *ob_config(const struct ob_actor *actor)
{
    return actor->config;
}

void *ob_state(const struct ob_actor *actor)
{
    if (OB_UNLIKELY(actor->tracked))
        ob_access_ask(actor);
    return actor->state;
}

void ob_postpone(struct ob_actor *self, const struct ob_message *message)
{
    ob_require_actor(self, "ob_postpone");
    if (self->world->run.log.handling == OB_NONE ||
        message != &self->world->run.log.sent[self->world->run.log.handling].message)
        ob_defect(
            self->world,
            "ob_postpone() by %s is given another message than the one that is being handled; "
            "postpone that one, in its handler",
            ob_name(self));
    if (self->receive_style == OB_IS_PROCESS)
        ob_defect(self->world,
                  "ob_postpone() by %s, which is a process: what it does not receive stays in its "
                  "mailbox anyway; leave the call out",
                  ob_name(self));
    self->postponing = true;
    self->attention = true;
}

void ob_unexpected(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_world *world = self->world;
    struct ob_text state = {0};
    char said[STATE_SAID_MAX];
    ob_world_describe(world, self->id, &state);
    (void)snprintf(said, sizeof said, "%s", ob_text_string(&state));
    ob_text_release(&state);
    OB_INVARIANT(world, unexpected_message, false,
                 "%s gets %s from %s, which it does not handle%s%s", ob_name(self),
                 ob_vocabulary_kind_name(&world->vocabulary, message->kind),
                 world->names[message->from], *said ? ": " : "", said);
    abort(); /* the line before does not return */
}

void ob_work(struct ob_actor *self, uint32_t duration_us)
{
    ob_require_actor(self, "ob_work");
    if (OB_UNLIKELY(self->tracked))
        ob_access_work(self);
    self->ahead_us += duration_us;
    ob_note_duration(self->world, duration_us);
    self->attention = true;
}

void ob_stop(struct ob_actor *self, uint32_t reason)
{
    ob_require_actor(self, "ob_stop");
    if (reason == OB_ENDED_BY_CRASH)
        ob_defect(
            self->world,
            "ob_stop() by %s gives the reason OB_ENDED_BY_CRASH, which is that of faults; give "
            "another number",
            ob_name(self));
    self->ending = true;
    self->end_reason = reason;
    self->attention = true;
}

void ob_start_again(struct ob_actor *self, const char *name, uint32_t delay_us)
{
    struct ob_world *world = self->world;
    ob_require_actor(self, "ob_start_again");
    uint64_t time_us = world->run.now_us + self->ahead_us + delay_us;
    unsigned id = ob_resolve(world, name, "ob_start_again");
    world->actors[id].restart_by = ob_happening_now(&world->run.happenings);
    ob_note_duration(world, delay_us);
    ob_event_restart(world, id, time_us);
}

uint64_t ob_now(const struct ob_actor *self)
{
    if (OB_UNLIKELY(self->tracked))
        ob_access_clock(self->world, self->id);
    self->world->reads_clock = true;
    return ob_world_clock_us(self);
}

void ob_declare_state(struct ob_actor *self, unsigned state)
{
    if (self->abstract_state == (uint16_t)state)
        return;
    self->abstract_state = (uint16_t)state;
    if (self->world->counters)
        ob_mark_state(self->world, self);
}

unsigned ob_variant(const struct ob_actor *self)
{
    return self->world->variant;
}

unsigned ob_id(const struct ob_actor *self)
{
    return self->id;
}

unsigned ob_index(const struct ob_actor *self)
{
    return self->group_index;
}

unsigned ob_sender_index(const struct ob_actor *self, const struct ob_message *message)
{
    return message->from == OB_OUTSIDE ? 0 : self->world->actors[message->from].group_index;
}

struct ob_actor *ob_running(const struct ob_world *world)
{
    const struct ob_run *run = &world->run;
    unsigned id =
        run->log.handling != OB_NONE ? run->log.sent[run->log.handling].to : run->starting;
    return id ? &world->actors[id] : NULL;
}

const char *ob_name(const struct ob_actor *self)
{
    return self->world->names[self->id];
}

struct ob_world *ob_world(const struct ob_actor *self)
{
    return self->world;
}

struct ob_actor *ob_actor_with_id(const struct ob_world *world, unsigned id)
{
    if (id == OB_OUTSIDE || id > ob_party_count(world))
        ob_defect(world, "ob_actor_with_id(%u): there is no such actor, ids go from 1 to %u", id,
                  ob_party_count(world));
    return &world->actors[id];
}

bool ob_is_up(const struct ob_actor *actor)
{
    if (OB_UNLIKELY(actor->tracked))
        ob_access_ask_up(actor);
    return !actor->down;
}

uint64_t ob_world_now(const struct ob_world *world)
{
    if (OB_UNLIKELY(world->access != NULL))
        ob_access_clock(world, 0);
    return world->run.now_us;
}

unsigned ob_world_variant(const struct ob_world *world)
{
    return world->variant;
}

void ob_describe(struct ob_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ob_text_vprintf(text, format, arguments);
    va_end(arguments);
}
