/* Copies of everything that a run has changed. */
#include <stdlib.h>

#include "world/task.h"
#include "world/walk.h"

/* The parts of a world that a run changes, apart from the arena, each with its length at this
 * moment. */
#define PARTS 27

struct part {
    void *data;
    size_t size;
};

struct ob_snapshot {
    size_t arena_used;
    size_t parts_size;
    struct ob_run run; /* the first part, read early: it tells how long the others are */
    uint8_t *arena;
    uint8_t *annex;
    uint8_t *stacks; /* of the tasks, in the order of their places, as much of each as is in use */
    uint8_t parts[];
};

/* What a walk that goes on keeps, apart from the run. Without one nothing. */
static void list_walk(const struct ob_world *world, const struct ob_run *run, struct part *parts)
{
    struct ob_walker *walker = world->walker;
    const struct ob_walk_run *walk = &run->walk;
    uint32_t base = ob_event_base(world);
    size_t on = run->walking;
    size_t heaped = on && walk->strategy == OB_WALK_PCT ? walk->set_count : 0;
    parts[0] = (struct part){&walker->fixed, run->has_walks * sizeof walker->fixed};
    parts[1] = (struct part){walker->places, on * (base + walk->known) * sizeof *walker->places};
    parts[2] = (struct part){walker->places + base + OB_SENT_MAX,
                             on * OB_MESSAGES_MAX * sizeof *walker->places};
    parts[3] = (struct part){walker->pool, on * walk->pool_used * sizeof *walker->pool};
    parts[4] = (struct part){walker->heap, heaped * sizeof *walker->heap};
    parts[5] =
        (struct part){walker->deadlines + walk->deadline_head,
                      on * (walk->deadline_tail - walk->deadline_head) * sizeof *walker->deadlines};
}

static void list_parts(struct ob_world *world, const struct ob_run *run, struct part parts[PARTS])
{
    size_t pairs = (size_t)(world->actor_count + 1) * (world->actor_count + 1);
    parts[0] = (struct part){&world->verdict, sizeof world->verdict};
    parts[1] = (struct part){world->actors, (world->actor_count + 1) * sizeof *world->actors};
    parts[2] = (struct part){world->pairs, pairs * sizeof *world->pairs};
    parts[3] = (struct part){world->queue + run->queue_head,
                             (run->queue_tail - run->queue_head) * sizeof *world->queue};
    parts[4] = (struct part){world->sent, run->sent_count * sizeof *world->sent};
    parts[5] = (struct part){world->deliveries, run->delivery_count * sizeof *world->deliveries};
    parts[6] = (struct part){world->clocks,
                             (size_t)run->clock_count * world->clock_width * sizeof *world->clocks};
    parts[7] = (struct part){world->holds, run->hold_used * sizeof *world->holds};
    parts[8] = (struct part){world->armed, run->armed_count * sizeof *world->armed};
    parts[11] = (struct part){world->identities, run->identity_count * sizeof *world->identities};
    parts[12] = (struct part){world->ranks, run->rank_count * sizeof *world->ranks};
    parts[13] = (struct part){world->tasks, run->task_used * sizeof *world->tasks};
    parts[14] = (struct part){world->arrivals,
                              world->arrivals ? run->sent_count * sizeof *world->arrivals : 0};
    list_walk(world, run, &parts[15]);
    parts[21] = (struct part){world->lines, (size_t)run->line_rows * (world->actor_count + 1) *
                                                sizeof *world->lines};
    parts[22] = (struct part){world->first_holds,
                              run->line_rows ? run->sent_count * sizeof *world->first_holds : 0};
    parts[23] = (struct part){world->asked, (run->refs + (size_t)1) * sizeof *world->asked};
    parts[24] = (struct part){world->happenings, run->happening_count * sizeof *world->happenings};
    parts[25] = (struct part){world->choices_made, run->chosen_count * sizeof *world->choices_made};
    parts[26] = (struct part){&world->choosing, sizeof world->choosing};
    parts[9] = (struct part){&world->scenario, sizeof world->scenario};
    parts[10] = (struct part){world->deviations_by_kind, sizeof world->deviations_by_kind};
}

/* The bytes in use of a task's stack: between two steps of a run every task waits. */
static size_t used_by(const struct ob_world *world, const struct ob_task *task)
{
    return ob_stack_used(&world->stacks, ob_task_slot(task), task->place);
}

static size_t stacks_size(const struct ob_world *world)
{
    size_t size = 0;
    for (uint32_t slot = 0; slot < world->run.task_used; slot++)
        if (world->tasks[slot].handle != 0)
            size += ob_stack_copy_size(used_by(world, &world->tasks[slot]));
    return size;
}

static void save_stacks(const struct ob_world *world, uint8_t *copy)
{
    for (uint32_t slot = 0; slot < world->run.task_used; slot++) {
        if (world->tasks[slot].handle == 0)
            continue;
        size_t used = used_by(world, &world->tasks[slot]);
        ob_stack_save(&world->stacks, slot, used, copy);
        copy += ob_stack_copy_size(used);
    }
}

/* When the world's tasks are those of the snapshot again. */
static void load_stacks(const struct ob_world *world, const uint8_t *copy)
{
    for (uint32_t slot = 0; slot < world->run.task_used; slot++) {
        if (world->tasks[slot].handle == 0)
            continue;
        size_t used = used_by(world, &world->tasks[slot]);
        ob_stack_load(&world->stacks, slot, used, copy);
        copy += ob_stack_copy_size(used);
    }
}

struct ob_snapshot *ob_snapshot_take(const struct ob_world *world)
{
    if (world->target->reset)
        return NULL;
    struct part parts[PARTS];
    list_parts((struct ob_world *)world, &world->run, parts);
    size_t size = 0;
    for (unsigned at = 0; at < PARTS; at++)
        size += parts[at].size;
    struct ob_snapshot *snapshot = malloc(sizeof *snapshot + size);
    uint8_t *arena = malloc(world->arena.used);
    uint8_t *stacks = malloc(stacks_size(world) + 1);
    uint8_t *annex = malloc((world->annex ? world->annex->size(world->annex_context) : 0) + 1);
    if (!snapshot || !arena || !stacks || !annex) {
        free(snapshot);
        free(arena);
        free(annex);
        free(stacks);
        return NULL;
    }
    *snapshot = (struct ob_snapshot){.arena_used = world->arena.used,
                                     .parts_size = size,
                                     .run = world->run,
                                     .arena = arena,
                                     .annex = annex,
                                     .stacks = stacks};
    save_stacks(world, stacks);
    if (world->annex)
        world->annex->save(world->annex_context, annex);
    uint8_t *to = snapshot->parts;
    for (unsigned at = 0; at < PARTS; at++) {
        if (parts[at].size > 0) /* a world without tasks has no table of them */
            memcpy(to, parts[at].data, parts[at].size);
        to += parts[at].size;
    }
    ob_arena_save(&world->arena, arena);
    return snapshot;
}

void ob_snapshot_restore(struct ob_world *world, const struct ob_snapshot *snapshot)
{
    struct part parts[PARTS];
    list_parts(world, &snapshot->run, parts);
    const uint8_t *from = snapshot->parts;
    for (unsigned at = 0; at < PARTS; at++) {
        if (parts[at].size > 0)
            memcpy(parts[at].data, from, parts[at].size);
        from += parts[at].size;
    }
    assert(from == snapshot->parts + snapshot->parts_size);
    world->run = snapshot->run;
    ob_arena_load(&world->arena, snapshot->arena, snapshot->arena_used);
    load_stacks(world, snapshot->stacks);
    if (world->annex)
        world->annex->load(world->annex_context, snapshot->annex);
    world->running = NULL;
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
    const void *actors = snapshot->parts + sizeof(struct ob_verdict); /* the second part */
    return (const struct ob_actor *)actors + id;
}

const void *ob_snapshot_records(const struct ob_snapshot *snapshot)
{
    return snapshot->run.records;
}

void ob_snapshot_free(struct ob_snapshot *snapshot)
{
    if (!snapshot)
        return;
    free(snapshot->arena);
    free(snapshot->annex);
    free(snapshot->stacks);
    free(snapshot);
}
