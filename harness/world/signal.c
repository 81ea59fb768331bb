#include "world/signal.h"

#include "world/access_note.h"
#include "world/leave.h"
#include "world/mailbox.h"
#include "world/names.h"
#include "world/send.h"

static void tell(struct ob_actor *from, const struct ob_watching *monitor, uint32_t reason)
{
    const uint32_t words[OB_ARGS_MAX + 1] = {monitor->kind, from->id, reason};
    ob_send_signal(from, monitor->watcher, words, monitor->ref, monitor->exits);
}

/* A call that a process has made and that has no answer yet. */
static bool is_open(const struct ob_world *world, const struct ob_ref *call)
{
    const struct ob_actor *by = &world->actors[call->by];
    return call->type == OB_REF_CALL && call->state == OB_CALL_OPEN &&
           by->receive_style == OB_IS_PROCESS && by->incarnation == call->life && !by->down;
}

static void tell_caller(struct ob_actor *ended, uint16_t ref, uint32_t reason)
{
    struct ob_world *world = ended->world;
    const uint32_t words[OB_ARGS_MAX + 1] = {world->call_down_kind, ended->id, reason};
    ob_send_signal(ended, world->run.calls.list[ref].by, words, ref, false);
}

/* What a run has added and what is over leaves the list; the others keep their order. */
static void remove_at(struct ob_world *world, unsigned at)
{
    memmove(&world->watches[at], &world->watches[at + 1],
            (--world->run.watch_count - at) * sizeof *world->watches);
}

static bool is_stale(const struct ob_world *world, const struct ob_watching *monitor)
{
    return monitor->ref && world->actors[monitor->watcher].incarnation != monitor->life;
}

void ob_tell_watchers(struct ob_world *world, struct ob_actor *ended, uint32_t reason)
{
    for (unsigned at = 0; ended->watched && at < world->run.watch_count;) {
        const struct ob_watching monitor = world->watches[at];
        bool tells = monitor.watched == ended->id && !is_stale(world, &monitor);
        if (tells)
            tell(ended, &monitor, reason);
        if (monitor.ref && (tells || monitor.watcher == ended->id || is_stale(world, &monitor)))
            remove_at(world, at);
        else
            at++;
    }
    for (uint32_t ref = 1; ref <= world->run.calls.count; ref++)
        if (world->run.calls.list[ref].asked == ended->id &&
            is_open(world, &world->run.calls.list[ref]) && world->call_down_kind < OB_KINDS_MAX)
            tell_caller(ended, (uint16_t)ref, reason);
}

void ob_tell_caller(struct ob_world *world, uint32_t sent)
{
    const struct ob_sent *message = &world->run.log.sent[sent];
    uint16_t ref = message->message.ref;
    if (ref == 0 || message->message.kind == world->call_down_kind)
        return;
    const struct ob_ref *call = &world->run.calls.list[ref];
    if (call->asked == message->to && call->by == message->message.from && is_open(world, call))
        tell_caller(&world->actors[message->to], ref, OB_ENDED_NOPROC);
}

void ob_tell_starter(struct ob_world *world, struct ob_actor *started)
{
    const uint32_t words[OB_ARGS_MAX + 1] = {started->starter_kind, started->id, OB_STARTED};
    started->starting = false;
    if (!world->actors[started->starter].down)
        ob_send_signal(started, started->starter, words, 0, false);
}

uint32_t ob_exit_reason(const struct ob_message *signal, bool *ends)
{
    uint32_t reason = signal->args[1];
    *ends = reason != OB_ENDED_NORMALLY;
    return reason == OB_KILL ? OB_ENDED_KILLED : reason;
}

/* -- what handlers call -- */

static struct ob_actor *actor_of(const struct ob_actor *self, unsigned id, const char *function)
{
    struct ob_world *world = self->world;
    if (id == OB_OUTSIDE || id > world->actor_count || id == self->id)
        ob_defect(world, "%s() by %s: %u is not the id of another actor; ids go from 1 to %u",
                  function, ob_name(self), id, (unsigned)world->actor_count);
    return &world->actors[id];
}

static void add(struct ob_actor *watcher, struct ob_actor *watched, unsigned kind, bool exits,
                uint16_t ref)
{
    struct ob_world *world = watcher->world;
    const struct ob_watching monitor = {.watched = watched->id,
                                        .watcher = watcher->id,
                                        .kind = (uint8_t)kind,
                                        .life = watcher->incarnation,
                                        .exits = exits,
                                        .ref = ref};
    if (OB_UNLIKELY(watcher->tracked))
        ob_access_ask_up(watched);
    if (watched->down) {
        tell(watched, &monitor, OB_ENDED_NOPROC);
        return;
    }
    if (world->run.watch_count == OB_WATCHES_MAX)
        ob_cut(world, OB_BOUND_CALLS, "the most monitors that one run may have were made");
    world->watches[world->run.watch_count++] = monitor;
    watched->watched = true;
    watcher->watched = true; /* its own end makes an end of those that it has made */
}

uint16_t ob_monitor_start(struct ob_actor *self, unsigned id, unsigned kind)
{
    ob_require_actor(self, "ob_monitor_start");
    struct ob_actor *watched = actor_of(self, id, "ob_monitor_start");
    uint16_t ref = ob_new_ref(self, id, OB_REF_MONITOR);
    add(self, watched, kind, false, ref);
    return ref;
}

void ob_link_start(struct ob_actor *self, unsigned id, unsigned kind)
{
    ob_require_actor(self, "ob_link_start");
    struct ob_actor *other = actor_of(self, id, "ob_link_start");
    add(self, other, kind, true, ob_new_ref(self, id, OB_REF_LINK));
    if (!other->down)
        add(other, self, kind, true, ob_new_ref(other, self->id, OB_REF_LINK));
}

void ob_unlink(struct ob_actor *self, unsigned id)
{
    struct ob_world *world = self->world;
    (void)actor_of(self, id, "ob_unlink");
    for (uint32_t ref = 1; ref <= world->run.calls.count; ref++) {
        struct ob_ref *call = &world->run.calls.list[ref];
        if (call->type == OB_REF_LINK && call->by == self->id && call->asked == id)
            call->state = OB_CALL_OVER;
    }
    for (unsigned at = world->watch_count; at < world->run.watch_count;) {
        const struct ob_watching *monitor = &world->watches[at];
        bool between = (monitor->watcher == self->id && monitor->watched == id) ||
                       (monitor->watcher == id && monitor->watched == self->id);
        if (monitor->exits && between)
            remove_at(world, at);
        else
            at++;
    }
}

/* What waits in the mailbox of an actor with that ref is dropped. */
static void drop_waiting(struct ob_log *log, struct ob_actor *actor, uint16_t ref)
{
    const uint32_t chains[] = {actor->postponed_first, actor->mailbox_first};
    for (unsigned chain = 0; chain < 2; chain++) {
        uint32_t next = OB_NONE;
        for (uint32_t at = chains[chain]; at != OB_NONE; at = next) {
            next = log->sent[at].next;
            if (log->sent[at].message.ref == ref && log->sent[at].message.from != actor->id)
                (void)ob_mailbox_remove(log, actor, at);
        }
    }
}

void ob_forget(struct ob_actor *self, uint16_t ref)
{
    struct ob_world *world = self->world;
    if (ref == 0 || ref > world->run.calls.count || world->run.calls.list[ref].by != self->id)
        return;
    world->run.calls.list[ref].state = OB_CALL_OVER;
    drop_waiting(&world->run.log, self, ref);
    for (unsigned at = world->watch_count; at < world->run.watch_count; at++) {
        if (world->watches[at].ref != ref)
            continue;
        remove_at(world, at);
        return;
    }
}

void ob_disconnect(struct ob_actor *self, unsigned watcher, unsigned watched)
{
    struct ob_world *world = self->world;
    for (unsigned at = 0; at < world->run.watch_count;) {
        const struct ob_watching monitor = world->watches[at];
        const uint32_t words[OB_ARGS_MAX + 1] = {monitor.kind, watched, OB_ENDED_NOCONNECTION};
        bool is_lost =
            monitor.watcher == watcher && monitor.watched == watched && !is_stale(world, &monitor);
        if (is_lost)
            ob_send_signal(self, watcher, words, monitor.ref, monitor.exits);
        if (is_lost && monitor.ref)
            remove_at(world, at);
        else
            at++;
    }
    for (uint32_t ref = 1; ref <= world->run.calls.count; ref++) {
        const struct ob_ref *call = &world->run.calls.list[ref];
        const uint32_t words[OB_ARGS_MAX + 1] = {world->call_down_kind, watched,
                                                 OB_ENDED_NOCONNECTION};
        if (call->by == watcher && call->asked == watched && is_open(world, call) &&
            world->call_down_kind < OB_KINDS_MAX)
            ob_send_signal(self, watcher, words, (uint16_t)ref, false);
    }
}

void ob_give_up(struct ob_actor *self, uint16_t ref)
{
    if (!self->keeps_late)
        ob_forget(self, ref);
}

void ob_exit(struct ob_actor *self, unsigned id, unsigned kind, uint32_t reason)
{
    const uint32_t words[OB_ARGS_MAX + 1] = {kind, self->id, reason};
    (void)actor_of(self, id, "ob_exit");
    ob_send_signal(self, id, words, 0, true);
}

unsigned ob_life(const struct ob_actor *actor)
{
    if (OB_UNLIKELY(actor->tracked))
        ob_access_ask_up(actor);
    return actor->incarnation;
}

void ob_trap_exits(struct ob_actor *self, bool traps)
{
    self->traps = traps;
}

void ob_start_child(struct ob_actor *self, const char *name, unsigned kind)
{
    struct ob_actor *child = &self->world->actors[ob_resolve(self->world, name, "ob_start_child")];
    child->starter = self->id;
    child->starter_kind = (uint8_t)kind;
    child->starting = true;
    ob_start_again(self, name, 0);
}

void ob_start_goes_on(struct ob_actor *self)
{
    self->start_is_on = true;
}

void ob_start_is_over(struct ob_actor *self)
{
    self->start_is_on = false;
    if (self->starting)
        ob_tell_starter(self->world, self);
}
