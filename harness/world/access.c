#include "world/access.h"

#include <stdlib.h>

#include "world/annex.h"
#include "world/judge.h"
#include "world/state.h"

/* Pieces of the arena are numbered in the order in which they were handed out. */
struct tracked {
    struct ob_access access; /* the part that others see */
    uint16_t *owners;        /* of the pieces of set-up: the actor whose state it is, or 0 */
    uint32_t setup_count;    /* pieces that were handed out at set-up */
    size_t *places;          /* in the arena, of every piece that is there now */
    uint32_t count;
    uint32_t capacity;
    uint8_t *stack; /* a copy of one */
    size_t stack_size;
};

static struct tracked *tracked_of(const struct ob_world *world)
{
    return (struct tracked *)(void *)world->access;
}

/* -- the pieces of memory -- */

/* Makes the list of the pieces that are there now. */
static bool list_pieces(const struct ob_world *world, struct tracked *tracked)
{
    tracked->count = 0;
    for (size_t at = 0; at < world->arena.used; at = ob_arena_next(&world->arena, at)) {
        if (tracked->count == tracked->capacity) {
            uint32_t capacity = tracked->capacity ? 2 * tracked->capacity : 64;
            size_t *places = realloc(tracked->places, capacity * sizeof *places);
            if (!places)
                return false;
            tracked->places = places;
            tracked->capacity = capacity;
        }
        tracked->places[tracked->count++] = at;
    }
    return true;
}

/* The piece that an address lies in, or OB_NONE. */
static uint32_t piece_at(const struct ob_world *world, const struct tracked *tracked,
                         uintptr_t address)
{
    uintptr_t base = (uintptr_t)world->arena.base;
    if (address < base || address >= base + world->arena.used || tracked->count == 0)
        return OB_NONE;
    uint32_t low = 0;
    uint32_t high = tracked->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (tracked->places[middle] <= address - base)
            low = middle;
        else
            high = middle;
    }
    uintptr_t memory = (uintptr_t)ob_arena_memory(&world->arena, tracked->places[low]);
    size_t size = ob_arena_size(&world->arena, tracked->places[low]);
    return address >= memory && address < memory + size ? low : OB_NONE;
}

static uint32_t cell_of(const struct tracked *tracked, uint32_t piece)
{
    if (piece < tracked->setup_count && tracked->owners[piece] != 0)
        return tracked->owners[piece];
    return OB_CELL_MEMORY + (uint32_t)(tracked->places[piece] / OB_ARENA_ALIGNMENT);
}

/* Pieces that were found and whose own pointers are still to be looked at. */
struct reach {
    const struct ob_world *world;
    const struct tracked *tracked;
    struct ob_cells *cells;
    uint32_t waiting[OB_CELLS_MAX];
    uint32_t count;
};

/* Adds what the words of some memory point to. An odd address or a number that looks like one
 * does no harm: it makes more depend on each other than has to, and the same in every process, as
 * arenas lie where they always do. */
static void scan(struct reach *reach, const uint8_t *memory, size_t size)
{
    const struct ob_arena *arena = &reach->world->arena;
    const uintptr_t base = (uintptr_t)arena->base;
    for (size_t at = 0; at + sizeof(uintptr_t) <= size; at += sizeof(uintptr_t)) {
        uintptr_t word;
        memcpy(&word, memory + at, sizeof word);
        if (word - base >= arena->used) /* most are no address of the arena */
            continue;
        uint32_t piece = piece_at(reach->world, reach->tracked, word);
        if (piece == OB_NONE || ob_cells_have(reach->cells, cell_of(reach->tracked, piece)))
            continue;
        ob_cells_add(reach->cells, cell_of(reach->tracked, piece));
        if (reach->count < OB_CELLS_MAX)
            reach->waiting[reach->count++] = piece;
    }
}

static void scan_piece(struct reach *reach, uint32_t piece)
{
    const struct ob_arena *arena = &reach->world->arena;
    size_t place = reach->tracked->places[piece];
    scan(reach, ob_arena_memory(arena, place), ob_arena_size(arena, place));
}

static void scan_the_rest(struct reach *reach)
{
    while (reach->count > 0)
        scan_piece(reach, reach->waiting[--reach->count]);
}

static uint32_t state_piece(const struct ob_world *world, const struct tracked *tracked,
                            unsigned actor)
{
    return piece_at(world, tracked, (uintptr_t)world->actors[actor].state);
}

/* What an actor that was asked for leads to. */
static void reach_actor(struct reach *reach, unsigned actor)
{
    uint32_t piece = state_piece(reach->world, reach->tracked, actor);
    if (piece != OB_NONE)
        scan_piece(reach, piece);
    scan_the_rest(reach);
}

/* The sets of some actors and of what these lead to. */
static void reach_all(struct reach *reach, const struct ob_actor_set *actors)
{
    for (unsigned id = 1; id <= ob_party_count(reach->world); id++) {
        if (!ob_actor_set_has(actors, id))
            continue;
        ob_cells_add(reach->cells, id);
        reach_actor(reach, id);
    }
}

/* -- one event -- */

/* Whether an actor is up is asked of others only: every event of its own depends on its end. */
static void find_asked_up(const struct ob_world *world, unsigned actor, struct ob_cells *read)
{
    const struct ob_access *access = world->access;
    for (unsigned id = 1; id <= ob_party_count(world); id++)
        if (id != actor && ob_actor_set_has(&access->asked_up, id))
            ob_cells_add(read, OB_CELL_LIFE + id);
}

/* What the actor's state pointed to before the event, and what it points to now. */
static void find_reads(const struct ob_world *world, const struct ob_snapshot *before,
                       unsigned actor, struct ob_footprint *footprint)
{
    const struct tracked *tracked = tracked_of(world);
    struct reach reach = {.world = world, .tracked = tracked, .cells = &footprint->read};
    uint32_t own = state_piece(world, tracked, actor);
    if (own != OB_NONE) {
        size_t place = tracked->places[own];
        scan(&reach, ob_snapshot_memory(before, place, &world->arena),
             ob_arena_size(&world->arena, place));
        scan_the_rest(&reach);
    }
    reach_actor(&reach, actor);
    reach_all(&reach, &tracked->access.asked);
    find_asked_up(world, actor, &footprint->read);
    ob_cells_drop(&footprint->read, actor);
}

/* Whether a piece that was changed is one of which nobody else can know: it was handed out in the
 * run, to this actor. */
static bool is_private(const struct ob_world *world, const struct tracked *tracked, uint32_t piece,
                       unsigned actor)
{
    return piece >= tracked->setup_count &&
           ob_arena_owner(&world->arena, tracked->places[piece]) == actor;
}

static void note_written(const struct ob_world *world, uint32_t piece, unsigned actor,
                         const struct ob_cells *records, struct ob_footprint *footprint)
{
    const struct tracked *tracked = tracked_of(world);
    uint32_t cell = cell_of(tracked, piece);
    if (ob_cells_have(records, cell)) {
        ob_cells_add(&footprint->read, OB_CELL_RECORDS);
        ob_cells_add(&footprint->written, OB_CELL_RECORDS);
        return;
    }
    ob_cells_add(&footprint->written, cell);
    if (cell == actor || ob_cells_have(&footprint->read, cell))
        return;
    if (cell < OB_CELL_LIFE)
        footprint->overwritten = (uint16_t)cell;
    if (cell < OB_CELL_LIFE || !is_private(world, tracked, piece, actor))
        footprint->written.has_all = true;
}

/* An actor that ends or starts is another for its own events, too; a monitor's declared state is
 * part of what it reads. */
static void find_lives(const struct ob_world *world, const struct ob_snapshot *before,
                       struct ob_footprint *footprint)
{
    for (unsigned id = 1; id <= ob_party_count(world); id++) {
        const struct ob_actor *old = ob_snapshot_actor(before, id);
        bool lives_on = world->actors[id].incarnation == old->incarnation &&
                        world->actors[id].down == old->down;
        if (!lives_on)
            ob_cells_add(&footprint->written, OB_CELL_LIFE + id);
        if (!lives_on || ob_actor_set_has(&world->access->changed, id) ||
            (id > world->actor_count && world->actors[id].abstract_state != old->abstract_state))
            ob_cells_add(&footprint->written, id);
    }
}

static void find_writes(const struct ob_world *world, const struct ob_snapshot *before,
                        unsigned actor, struct ob_footprint *footprint)
{
    const struct tracked *tracked = tracked_of(world);
    struct ob_cells records = {.count = 0};
    struct reach reach = {.world = world, .tracked = tracked, .cells = &records};
    const void *recorded = world->run.attached;
    scan(&reach, (const uint8_t *)&recorded, sizeof recorded);
    scan_the_rest(&reach);
    if (recorded != ob_snapshot_attached(before)) {
        ob_cells_add(&footprint->read, OB_CELL_RECORDS);
        ob_cells_add(&footprint->written, OB_CELL_RECORDS);
    }
    for (uint32_t piece = 0; piece < tracked->count; piece++) {
        size_t place = tracked->places[piece];
        const uint8_t *old = ob_snapshot_memory(before, place, &world->arena);
        if (!old)
            break; /* it is new, and so are those that follow */
        if (memcmp(old, ob_arena_memory(&world->arena, place),
                   ob_arena_size(&world->arena, place)) != 0)
            note_written(world, piece, actor, &records, footprint);
    }
    find_lives(world, before, footprint);
}

/* Who sends in_sent_order to an actor depends on who has done that before. */
static void find_sent(const struct ob_world *world, const struct ob_snapshot *before,
                      struct ob_footprint *footprint)
{
    const struct ob_network *network = &world->run.network;
    const struct ob_log *log = &world->run.log;
    for (uint32_t at = ob_snapshot_sent_count(before); at < log->sent_count; at++) {
        const struct ob_sent *sent = &log->sent[at];
        if (!(sent->flags & OB_SENT_FIFO) ||
            !ob_link_of(network, ob_pair_of(network, sent))->in_sent_order)
            continue;
        ob_cells_add(&footprint->read, OB_CELL_MAILBOX + sent->to);
        ob_cells_add(&footprint->written, OB_CELL_MAILBOX + sent->to);
    }
}

void ob_access_event(struct ob_world *world, const struct ob_snapshot *before, unsigned actor,
                     const struct ob_cells *kept, struct ob_footprint *footprint)
{
    footprint->read.count = footprint->written.count = 0;
    footprint->read.has_all = footprint->written.has_all = false;
    footprint->overwritten = 0;
    ob_cells_add_all(&footprint->read, kept);
    if (list_pieces(world, tracked_of(world))) {
        find_reads(world, before, actor, footprint);
        find_writes(world, before, actor, footprint);
        find_sent(world, before, footprint);
    } else {
        footprint->read.has_all = footprint->written.has_all = true;
    }
    footprint->is_foreign = ob_cells_have_foreign(&footprint->read, actor) ||
                            ob_cells_have_foreign(&footprint->written, actor);
}

void ob_access_reset(struct ob_world *world)
{
    struct ob_access *access = world->access;
    access->in_check = false;
    access->asked = access->asked_up = access->changed = (struct ob_actor_set){0};
}

/* Copies what is in use of a task's stack. Returns its size, or SIZE_MAX when memory is short. */
static size_t copy_stack(const struct ob_world *world, struct tracked *tracked,
                         const struct ob_task *task)
{
    size_t used = ob_stack_used(&world->stacks, ob_task_slot(task), task->place);
    size_t size = ob_stack_copy_size(used);
    if (size > tracked->stack_size) {
        uint8_t *stack = realloc(tracked->stack, size);
        if (!stack)
            return SIZE_MAX;
        tracked->stack = stack;
        tracked->stack_size = size;
    }
    ob_stack_save(&world->stacks, ob_task_slot(task), used, tracked->stack);
    return used;
}

void ob_access_kept(struct ob_world *world, unsigned actor, struct ob_cells *kept)
{
    struct tracked *tracked = tracked_of(world);
    struct reach reach = {.world = world, .tracked = tracked, .cells = kept};
    kept->count = 0;
    kept->has_all = false;
    if (world->actors[actor].task_count == 0 || ob_world_is_program(world, actor))
        return;
    kept->has_all = !list_pieces(world, tracked);
    for (uint32_t slot = 0; slot < world->run.tasks.used && !kept->has_all; slot++) {
        const struct ob_task *task = &world->run.tasks.list[slot];
        if (task->handle == 0 || task->actor->id != actor)
            continue;
        size_t used = copy_stack(world, tracked, task);
        if (used == SIZE_MAX) {
            kept->has_all = true;
            return;
        }
        scan(&reach, tracked->stack, used);
        scan(&reach, (const uint8_t *)&task->context, sizeof task->context);
        scan_the_rest(&reach);
    }
    ob_cells_drop(kept, actor);
}

/* -- on and off -- */

static void mark_actors(struct ob_world *world, bool tracked)
{
    for (unsigned id = 1; id <= ob_party_count(world); id++) {
        world->actors[id].tracked = tracked;
        world->actors_initial[id].tracked = tracked;
    }
}

struct ob_access *ob_access_begin(struct ob_world *world)
{
    assert(!world->access && !world->target->reset);
    struct tracked *tracked = calloc(1, sizeof *tracked);
    if (!tracked)
        return NULL;
    size_t used = world->arena.used;
    world->arena.used = world->arena_initial_used;
    bool listed = list_pieces(world, tracked);
    world->arena.used = used;
    tracked->setup_count = tracked->count;
    tracked->owners = calloc(tracked->count + (size_t)1, sizeof *tracked->owners);
    if (!listed || !tracked->owners) {
        free(tracked->owners);
        free(tracked->places);
        free(tracked);
        return NULL;
    }
    for (unsigned id = 1; id <= ob_party_count(world); id++) {
        uint32_t piece = state_piece(world, tracked, id);
        if (piece != OB_NONE)
            tracked->owners[piece] = (uint16_t)id;
    }
    world->access = &tracked->access;
    ob_world_judge(world, world->judges);
    mark_actors(world, true);
    return world->access;
}

void ob_access_end(struct ob_world *world)
{
    struct tracked *tracked = tracked_of(world);
    if (!tracked)
        return;
    world->access = NULL;
    mark_actors(world, false);
    ob_world_judge(world, world->judges);
    free(tracked->owners);
    free(tracked->places);
    free(tracked->stack);
    free(tracked);
}
