#include "world/snapshot.h"

#include <stddef.h>
#include <stdlib.h>

#include "world/annex.h"
#include "world/state.h"
#include "world/walk_event.h"

/* The memory that a run changes apart from the structs of a world and its arena, each piece with
 * its length at this moment. */
#define PARTS 28

struct part {
    void *data;
    size_t size;
};

struct ob_snapshot {
    struct ob_run run;
    struct ob_walk_run walk;
    size_t capacity; /* bytes from `parts` on */
    size_t arena_used;
    size_t parts_size;
    /* These follow the parts. */
    uint8_t *arena;
    uint8_t *annex;
    uint8_t *stacks; /* of the tasks, in the order of their places, as much of each as is in use */
    _Alignas(max_align_t) uint8_t parts[];
};

/* What a walk that goes on keeps, apart from the run. Without one nothing. */
static void list_walk(const struct ob_world *world, struct part *parts)
{
    struct ob_walker *walker = world->walker;
    const struct ob_walk_run *walk = &world->walk;
    const struct ob_queue *deadlines = &walk->deadlines;
    uint32_t base = ob_event_base(world);
    size_t on = world->run.walking;
    size_t heaped = on && walk->strategy == OB_WALK_PCT ? walk->set_count : 0;
    parts[0] = (struct part){&walker->fixed, world->run.has_walks * sizeof walker->fixed};
    parts[1] = (struct part){walker->places, on * (base + walk->known) * sizeof *walker->places};
    parts[2] = (struct part){walker->places + ob_walk_outside_event(world, 0),
                             on * OB_MESSAGES_MAX * sizeof *walker->places};
    parts[3] = (struct part){walker->pool, on * walk->pool_used * sizeof *walker->pool};
    parts[4] = (struct part){walker->heap, heaped * sizeof *walker->heap};
    parts[5] = (struct part){walker->deadlines + on * deadlines->head,
                             on * (deadlines->tail - deadlines->head) * sizeof *deadlines->keys};
}

static void list_parts(const struct ob_world *world, struct part parts[PARTS])
{
    const struct ob_run *run = &world->run;
    const size_t width = run->network.width;
    const struct ob_queue *queue = &run->queue;
    const struct ob_log *log = &run->log;
    const struct ob_causality *causality = &run->causality;
    const size_t held = run->holds.line_rows ? log->sent_count : 0;
    const struct part all[] = {
        {world->actors, (ob_party_count(world) + 1) *
                            sizeof *world->actors}, /* the first: see ob_snapshot_actor() */
        {run->network.pairs, ob_pair_count(&run->network) * sizeof *run->network.pairs},
        {queue->keys + queue->head, (queue->tail - queue->head) * sizeof *queue->keys},
        {queue->far, queue->far_count * sizeof *queue->far},
        {log->sent, log->sent_count * sizeof *log->sent},
        {log->deliveries, log->delivery_count * sizeof *log->deliveries},
        {log->waiting_since_us,
         log->waiting_since_us ? log->sent_count * sizeof *log->waiting_since_us : 0},
        {causality->rows, (size_t)causality->count * causality->width * sizeof *causality->rows},
        {run->identities.of_deliveries,
         run->identities.count * sizeof *run->identities.of_deliveries},
        {run->identities.ranks, run->identities.rank_count * sizeof *run->identities.ranks},
        {run->happenings.list, run->happenings.count * sizeof *run->happenings.list},
        {run->holds.list, run->holds.used * sizeof *run->holds.list},
        {run->holds.first_of, held * sizeof *run->holds.first_of},
        {run->holds.lines, run->holds.line_rows * width * sizeof *run->holds.lines},
        {run->strikes.armed, run->strikes.count * sizeof *run->strikes.armed},
        {run->calls.list, (run->calls.count + (size_t)1) * sizeof *run->calls.list},
        {world->watches + world->watch_count,
         (run->watch_count - world->watch_count) * sizeof *world->watches},
        {run->choices.list, run->choices.count * sizeof *run->choices.list},
        {run->monitoring.moves, run->monitoring.move_count * sizeof *run->monitoring.moves},
        {run->goals.list, world->goal_plan.count * sizeof *run->goals.list},
        {run->monitoring.noticed, run->monitoring.noticed_count * sizeof *run->monitoring.noticed},
        {run->tasks.list, run->tasks.used * sizeof *run->tasks.list},
    };
    static_assert(sizeof all / sizeof *all + 6 == PARTS, "every part has its place");
    memcpy(parts, all, sizeof all);
    list_walk(world, &parts[sizeof all / sizeof *all]);
}

/* The bytes in use of a task's stack: between two steps of a run every task waits. */
static size_t used_by(const struct ob_world *world, const struct ob_task *task)
{
    return ob_stack_used(&world->stacks, ob_task_slot(task), task->place);
}

static size_t stacks_size(const struct ob_world *world)
{
    const struct ob_task_list *tasks = &world->run.tasks;
    size_t size = 0;
    for (uint32_t slot = 0; slot < tasks->used; slot++)
        if (tasks->list[slot].handle != 0)
            size += ob_stack_copy_size(used_by(world, &tasks->list[slot]));
    return size;
}

static void save_stacks(const struct ob_world *world, uint8_t *copy)
{
    const struct ob_task_list *tasks = &world->run.tasks;
    for (uint32_t slot = 0; slot < tasks->used; slot++) {
        if (tasks->list[slot].handle == 0)
            continue;
        size_t used = used_by(world, &tasks->list[slot]);
        ob_stack_save(&world->stacks, slot, used, copy);
        copy += ob_stack_copy_size(used);
    }
}

/* When the world's tasks are those of the snapshot again. */
static void load_stacks(const struct ob_world *world, const uint8_t *copy)
{
    const struct ob_task_list *tasks = &world->run.tasks;
    for (uint32_t slot = 0; slot < tasks->used; slot++) {
        if (tasks->list[slot].handle == 0)
            continue;
        size_t used = used_by(world, &tasks->list[slot]);
        ob_stack_load(&world->stacks, slot, used, copy);
        copy += ob_stack_copy_size(used);
    }
}

static size_t rounded(size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

/* Memory for so many bytes behind the struct: that of `old`, if it is large enough. A quarter more
 * than needed, as the states of one search differ by a little. */
static struct ob_snapshot *make_room(struct ob_snapshot *old, size_t needed)
{
    if (old && old->capacity >= needed)
        return old;
    size_t capacity = needed + needed / 4;
    free(old);
    struct ob_snapshot *snapshot = malloc(sizeof *snapshot + capacity);
    if (snapshot)
        snapshot->capacity = capacity;
    return snapshot;
}

struct ob_snapshot *ob_snapshot_take(const struct ob_world *world, struct ob_snapshot *old)
{
    if (world->target->reset) {
        free(old);
        return NULL;
    }
    assert(!world->run.tasks.running);
    struct part parts[PARTS];
    list_parts(world, parts);
    size_t size = 0;
    for (unsigned at = 0; at < PARTS; at++)
        size += parts[at].size;
    size_t arena = rounded(size);
    size_t annex = arena + rounded(world->arena.used);
    size_t stacks = annex + rounded(world->annex ? world->annex->size(world->annex_context) : 0);
    struct ob_snapshot *snapshot = make_room(old, stacks + stacks_size(world));
    if (!snapshot)
        return NULL;
    snapshot->run = world->run;
    snapshot->walk = world->walk;
    snapshot->arena_used = world->arena.used;
    snapshot->parts_size = size;
    snapshot->arena = snapshot->parts + arena;
    snapshot->annex = snapshot->parts + annex;
    snapshot->stacks = snapshot->parts + stacks;
    save_stacks(world, snapshot->stacks);
    if (world->annex)
        world->annex->save(world->annex_context, snapshot->annex);
    uint8_t *to = snapshot->parts;
    for (unsigned at = 0; at < PARTS; at++) {
        if (parts[at].size > 0) /* a world without tasks has no list of them */
            memcpy(to, parts[at].data, parts[at].size);
        to += parts[at].size;
    }
    ob_arena_save(&world->arena, snapshot->arena);
    return snapshot;
}

void ob_snapshot_restore(struct ob_world *world, const struct ob_snapshot *snapshot)
{
    struct part parts[PARTS];
    world->run = snapshot->run; /* which tells how long the parts are */
    world->walk = snapshot->walk;
    list_parts(world, parts);
    const uint8_t *from = snapshot->parts;
    for (unsigned at = 0; at < PARTS; at++) {
        if (parts[at].size > 0)
            memcpy(parts[at].data, from, parts[at].size);
        from += parts[at].size;
    }
    assert(from == snapshot->parts + snapshot->parts_size);
    ob_arena_load(&world->arena, snapshot->arena, snapshot->arena_used);
    load_stacks(world, snapshot->stacks);
    if (world->annex)
        world->annex->load(world->annex_context, snapshot->annex);
    if (!world->is_outcome_known && !world->published)
        world->deliveries_stop = world->deliveries_max;
}

const uint8_t *ob_snapshot_memory(const struct ob_snapshot *snapshot, size_t place,
                                  const struct ob_arena *arena)
{
    if (place >= snapshot->arena_used)
        return NULL;
    return snapshot->arena + (ob_arena_memory(arena, place) - arena->base);
}

const struct ob_actor *ob_snapshot_actor(const struct ob_snapshot *snapshot, unsigned id)
{
    const void *actors = snapshot->parts;
    return (const struct ob_actor *)actors + id;
}

uint32_t ob_snapshot_sent_count(const struct ob_snapshot *snapshot)
{
    return snapshot->run.log.sent_count;
}

const void *ob_snapshot_attached(const struct ob_snapshot *snapshot)
{
    return snapshot->run.attached;
}

void ob_snapshot_free(struct ob_snapshot *snapshot)
{
    free(snapshot);
}
