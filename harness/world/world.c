/* A world is put together here. */
#include "world/world.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "world/annex.h"
#include "world/attach.h"
#include "world/expected.h"
#include "world/goal.h"
#include "world/judge.h"
#include "world/setup.h"
#include "world/signal.h"
#include "world/state.h"
#include "world/task_life.h"

/* Large tables are mapped: pages that no run touches cost nothing. */
struct table {
    void *pointer; /* the address of the pointer to it */
    size_t size;   /* in bytes; 0 where there is none */
};

#define TABLES 23

static size_t clocks_size(const struct ob_world *world)
{
    const struct ob_causality *causality = &world->run.causality;
    return (size_t)OB_DELIVERIES_MAX * causality->width * sizeof *causality->rows;
}

static void list_tables(struct ob_world *world, struct table tables[TABLES])
{
    const size_t ends = OB_ACTORS_MAX + 1;
    struct ob_run *run = &world->run;
    const struct table all[TABLES] = {
        {&world->actors, ends * sizeof *world->actors},
        {&world->watches, OB_WATCHES_MAX * sizeof *world->watches},
        {&world->walker, sizeof *world->walker},
        {&run->queue.keys, OB_QUEUE_MAX * sizeof *run->queue.keys},
        {&run->queue.far, OB_QUEUE_MAX * sizeof *run->queue.far},
        {&run->log.sent, OB_SENT_MAX * sizeof *run->log.sent},
        {&run->log.deliveries, OB_DELIVERIES_MAX * sizeof *run->log.deliveries},
        {&run->log.waiting_since_us,
         world->target->oracles ? OB_SENT_MAX * sizeof *run->log.waiting_since_us : 0},
        {&run->network.links, OB_LINKS_MAX * sizeof *run->network.links},
        {&run->network.pairs, ends * (ends + 1) * sizeof *run->network.pairs},
        {&run->holds.list, OB_HOLDS_MAX * sizeof *run->holds.list},
        {&run->holds.first_of, OB_SENT_MAX * sizeof *run->holds.first_of},
        {&run->holds.lines, OB_DEVIATIONS_MAX * ends * sizeof *run->holds.lines},
        {&run->strikes.armed, OB_ARMED_MAX * sizeof *run->strikes.armed},
        {&run->happenings.list, OB_HAPPENINGS_MAX * sizeof *run->happenings.list},
        {&run->identities.of_deliveries, OB_DELIVERIES_MAX * sizeof *run->identities.of_deliveries},
        {&run->identities.ranks, OB_SENT_MAX * sizeof *run->identities.ranks},
        {&run->choices.list, OB_CHOSEN_MAX * sizeof *run->choices.list},
        {&run->calls.list, (OB_CALLS_MAX + 1) * sizeof *run->calls.list},
        {&run->monitoring.moves,
         world->monitor_count ? OB_MOVES_MAX * sizeof *run->monitoring.moves : 0},
        {&run->goals.list, world->goal_plan.count * sizeof *run->goals.list},
        {&run->monitoring.noticed,
         world->monitor_count ? OB_NOTICED_MAX * sizeof *run->monitoring.noticed : 0},
        {&run->causality.rows, clocks_size(world)}, /* whose size is known after set-up */
    };
    memcpy(tables, all, sizeof all);
}

/* Maps a table, unless it is. */
static bool map(const struct table *table)
{
    void *memory;
    memcpy(&memory, table->pointer, sizeof memory);
    if (memory || table->size == 0)
        return true;
    memory = mmap(NULL, table->size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    memcpy(table->pointer, &memory, sizeof memory);
    return true;
}

static void unmap(const struct table *table)
{
    void *memory;
    memcpy(&memory, table->pointer, sizeof memory);
    if (memory)
        (void)munmap(memory, table->size);
}

static bool map_all(struct ob_world *world)
{
    struct table tables[TABLES];
    list_tables(world, tables);
    for (unsigned at = 0; at < TABLES; at++)
        if (!map(&tables[at]))
            return false;
    return true;
}

/* What rooms know of each other, and how every run begins. */
static void compose(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    run->queue.capacity = OB_QUEUE_MAX;
    run->log.current = run->log.handling = OB_NONE;
    run->outside_us = OB_NEVER;
    run->strikes.end_us = OB_NEVER;
    run->holds.log = &run->log;
    run->holds.network = &run->network;
    run->holds.actors = world->actors;
    run->holds.capacity = OB_HOLDS_MAX;
}

/* Keeps what set-up has made, as every run begins with it. */
static bool keep_initial(struct ob_world *world)
{
    size_t actors_size = (ob_party_count(world) + 1) * sizeof *world->actors;
    world->run_initial = world->run;
    world->actors_initial = malloc(actors_size);
    world->arena_initial_used = world->arena.used;
    world->arena_initial = malloc(world->arena.used);
    if (!world->actors_initial || !world->arena_initial)
        return false;
    memcpy(world->actors_initial, world->actors, actors_size);
    ob_arena_save(&world->arena, world->arena_initial);
    return true;
}

static bool build(struct ob_world *world)
{
    const struct ob_target *target = world->target;
    ob_world_judge(world, OB_JUDGE_INVARIANTS | OB_JUDGE_ORACLES);
    world->deliveries_max = OB_DELIVERIES_MAX;
    if (target->steps_max && target->steps_max < OB_DELIVERIES_MAX)
        world->deliveries_max = target->steps_max;
    world->deliveries_stop = world->deliveries_max;
    if (!map_all(world) || ob_arena_create(&world->arena, OB_ARENA_SIZE) < 0)
        return false;
    compose(world);
    ob_setup(world);
    ob_world_judge(world, world->judges); /* monitors are known now */
    world->run.causality.width =
        (world->actor_count + OB_CLOCK_LANES - 1) / OB_CLOCK_LANES * OB_CLOCK_LANES;
    return map_all(world) && ob_tasks_create(world) == 0 && keep_initial(world);
}

/* Returns -1 with a line in `error` when something is wrong with the description of a target. */
static int check_target(const struct ob_target *target, unsigned variant, struct ob_error *error)
{
    if (variant >= OB_VARIANTS_MAX || !target->variants[variant])
        return ob_error_set(error, "target %s has no variant number %u", target->name, variant);
    for (unsigned i = 0; i < OB_VARIANTS_MAX; i++)
        if (target->fails[i] && !target->variants[i])
            return ob_error_set(error,
                                "target %s says that variant number %u fails, which has none",
                                target->name, i);
    if (!target->setup)
        return ob_error_set(error, "target %s has no setup function", target->name);
    return ob_goals_plan(target, NULL, error);
}

struct ob_world *ob_world_create(const struct ob_target *target, unsigned variant,
                                 struct ob_error *error)
{
    if (check_target(target, variant, error) < 0)
        return NULL;
    struct ob_world *world = calloc(1, sizeof *world);
    if (world) {
        world->target = target;
        world->variant = variant;
        (void)ob_goals_plan(target, &world->goal_plan, error);
    }
    if (!world || !build(world)) {
        ob_world_destroy(world);
        (void)ob_error_set(error, "memory is short for target %s", target->name);
        return NULL;
    }
    return world;
}

void ob_world_destroy(struct ob_world *world)
{
    struct table tables[TABLES];
    if (!world)
        return;
    ob_attachments_release(world);
    if (world->annex)
        world->annex->destroy(world->annex_context);
    ob_tasks_destroy(world);
    list_tables(world, tables);
    for (unsigned at = 0; at < TABLES; at++)
        unmap(&tables[at]);
    ob_arena_destroy(&world->arena);
    ob_expected_release(world);
    free(world->arena_initial);
    free(world->actors_initial);
    free(world);
}

const struct ob_target *ob_world_target(const struct ob_world *world)
{
    return world->target;
}

const struct ob_vocabulary *ob_world_vocabulary(const struct ob_world *world)
{
    return &world->vocabulary;
}
