/* Making a world, bringing it back to its beginning, and reading it. */
#include <stdlib.h>
#include <sys/mman.h>

#include "world/causality.h"
#include "world/hash.h"
#include "world/task.h"
#include "world/walk.h"

/* Large tables are mapped: pages that no run touches cost nothing. */
static void *map_table(size_t count, size_t size)
{
    void *table = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return table == MAP_FAILED ? NULL : table;
}

static void unmap_table(void *table, size_t count, size_t size)
{
    if (table)
        (void)munmap(table, count * size);
}

static size_t clock_count(const struct ob_world *world)
{
    return (size_t)OB_DELIVERIES_MAX * world->clock_width;
}

static size_t line_count(const struct ob_world *world)
{
    return (size_t)OB_DEVIATIONS_MAX * (world->actor_count + 1);
}

static int keep_initial(struct ob_world *world)
{
    size_t actors_size = (world->actor_count + 1) * sizeof *world->actors;
    world->actors_initial = malloc(actors_size);
    world->arena_initial_used = world->arena.used;
    world->arena_initial = malloc(world->arena.used);
    if (!world->actors_initial || !world->arena_initial)
        return -1;
    memcpy(world->actors_initial, world->actors, actors_size);
    ob_arena_save(&world->arena, world->arena_initial);
    return 0;
}

static int allocate(struct ob_world *world)
{
    world->actors = calloc(OB_ACTORS_MAX + 1, sizeof *world->actors);
    world->holds = map_table(OB_HOLDS_MAX, sizeof *world->holds);
    world->first_holds = map_table(OB_SENT_MAX, sizeof *world->first_holds);
    world->armed = malloc(OB_ARMED_MAX * sizeof *world->armed);
    world->monitors = malloc(OB_MONITORS_MAX * sizeof *world->monitors);
    world->queue = map_table((size_t)OB_QUEUE_MAX, sizeof *world->queue);
    world->sent = map_table(OB_SENT_MAX, sizeof *world->sent);
    world->deliveries = map_table(OB_DELIVERIES_MAX, sizeof *world->deliveries);
    world->identities = map_table(OB_DELIVERIES_MAX, sizeof *world->identities);
    world->ranks = map_table(OB_SENT_MAX, sizeof *world->ranks);
    world->asked = map_table(OB_CALLS_MAX + 1, sizeof *world->asked);
    world->walker = map_table(1, sizeof *world->walker);
    world->happenings = map_table((size_t)OB_HAPPENINGS_MAX, sizeof *world->happenings);
    world->choices_made = map_table(OB_CHOSEN_MAX, sizeof *world->choices_made);
    if (world->target->oracles)
        world->arrivals = map_table(OB_SENT_MAX, sizeof *world->arrivals);
    if (!world->actors || !world->holds || !world->first_holds || !world->armed ||
        !world->monitors || !world->queue || !world->sent || !world->deliveries ||
        !world->identities || !world->ranks || !world->walker || !world->asked ||
        !world->happenings || !world->choices_made || (world->target->oracles && !world->arrivals))
        return -1;
    return ob_arena_create(&world->arena, OB_ARENA_SIZE);
}

struct ob_world *ob_world_create(const struct ob_target *target, unsigned variant,
                                 struct ob_error *error)
{
    if (variant >= OB_VARIANTS_MAX || !target->variants[variant]) {
        (void)ob_error_set(error, "target %s has no variant number %u", target->name, variant);
        return NULL;
    }
    for (unsigned i = 0; i < OB_VARIANTS_MAX; i++) {
        if (target->fails[i] && !target->variants[i]) {
            (void)ob_error_set(error, "target %s says that variant number %u fails, which has none",
                               target->name, i);
            return NULL;
        }
    }
    if (!target->setup) {
        (void)ob_error_set(error, "target %s has no setup function", target->name);
        return NULL;
    }
    struct ob_world *world = calloc(1, sizeof *world);
    if (!world) {
        (void)ob_error_set(error, "memory is short for target %s", target->name);
        return NULL;
    }
    world->target = target;
    world->variant = variant;
    ob_world_judge(world, OB_JUDGE_INVARIANTS | OB_JUDGE_ORACLES);
    world->deliveries_max = OB_DELIVERIES_MAX;
    if (target->steps_max && target->steps_max < OB_DELIVERIES_MAX)
        world->deliveries_max = target->steps_max;
    world->deliveries_stop = world->deliveries_max;
    bool complete = allocate(world) == 0;
    if (complete) {
        ob_setup(world);
        world->clock_width =
            (world->actor_count + OB_CLOCK_LANES - 1) / OB_CLOCK_LANES * OB_CLOCK_LANES;
        world->clocks = map_table(clock_count(world), sizeof *world->clocks);
        world->lines = map_table(line_count(world), sizeof *world->lines);
        complete = world->clocks && world->lines && keep_initial(world) == 0 &&
                   ob_tasks_create(world) == 0;
    }
    if (!complete) {
        ob_world_destroy(world);
        (void)ob_error_set(error, "memory is short for target %s", target->name);
        return NULL;
    }
    return world;
}

void ob_world_destroy(struct ob_world *world)
{
    if (!world)
        return;
    ob_oracles_release(world);
    if (world->annex)
        world->annex->destroy(world->annex_context);
    unmap_table(world->clocks, clock_count(world), sizeof *world->clocks);
    unmap_table(world->arrivals, OB_SENT_MAX, sizeof *world->arrivals);
    unmap_table(world->walker, 1, sizeof *world->walker);
    unmap_table(world->first_holds, OB_SENT_MAX, sizeof *world->first_holds);
    unmap_table(world->lines, line_count(world), sizeof *world->lines);
    unmap_table(world->holds, OB_HOLDS_MAX, sizeof *world->holds);
    unmap_table(world->asked, OB_CALLS_MAX + 1, sizeof *world->asked);
    unmap_table(world->happenings, (size_t)OB_HAPPENINGS_MAX, sizeof *world->happenings);
    unmap_table(world->choices_made, OB_CHOSEN_MAX, sizeof *world->choices_made);
    unmap_table(world->ranks, OB_SENT_MAX, sizeof *world->ranks);
    unmap_table(world->identities, OB_DELIVERIES_MAX, sizeof *world->identities);
    unmap_table(world->deliveries, OB_DELIVERIES_MAX, sizeof *world->deliveries);
    unmap_table(world->sent, OB_SENT_MAX, sizeof *world->sent);
    unmap_table(world->queue, (size_t)OB_QUEUE_MAX, sizeof *world->queue);
    ob_tasks_destroy(world);
    ob_arena_destroy(&world->arena);
    free(world->arena_initial);
    free(world->actors_initial);
    free(world->pairs);
    free(world->monitors);
    free(world->armed);
    free(world->actors);
    free(world);
}

void ob_world_restore_initial(struct ob_world *world)
{
    if (world->target->reset) {
        ob_setup(world);
    } else {
        memcpy(world->actors, world->actors_initial,
               (world->actor_count + 1) * sizeof *world->actors);
        ob_arena_load(&world->arena, world->arena_initial, world->arena_initial_used);
    }
    if (OB_UNLIKELY(world->annex != NULL))
        world->annex->begin(world->annex_context);
}

void ob_world_add_annex(struct ob_world *world, const struct ob_annex *annex, void *context)
{
    assert(!world->set_up && (!world->annex || world->annex_context == context));
    world->annex = annex;
    world->annex_context = context;
}

void *ob_world_annex(const struct ob_world *world)
{
    return world->annex_context;
}

void ob_next_epoch(struct ob_world *world)
{
    if (++world->epochs == 0) { /* the count has gone round: no pair may seem to be of this run */
        size_t count = (size_t)(world->actor_count + 1) * (world->actor_count + 1);
        for (size_t at = 0; at < count; at++)
            world->pairs[at].epoch = 0;
        for (size_t at = 0; at < line_count(world); at++)
            world->lines[at].epoch = 0;
        world->epochs = 1;
    }
    world->run.epoch = world->epochs;
}

const struct ob_target *ob_world_target(const struct ob_world *world)
{
    return world->target;
}

const struct ob_vocabulary *ob_world_vocabulary(const struct ob_world *world)
{
    return &world->vocabulary;
}

bool ob_world_has_defect(const struct ob_world *world)
{
    return world->has_defect;
}

const struct ob_verdict *ob_world_verdict(const struct ob_world *world)
{
    return &world->verdict;
}

uint32_t ob_world_delivery_count(const struct ob_world *world)
{
    return world->run.delivery_count;
}

const struct ob_delivery *ob_world_delivery(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.delivery_count);
    return &world->deliveries[index];
}

uint32_t ob_world_sent_count(const struct ob_world *world)
{
    return world->run.sent_count;
}

const struct ob_sent *ob_world_sent(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.sent_count);
    return &world->sent[index];
}

unsigned ob_world_outside_index(const struct ob_world *world, uint32_t sent)
{
    assert(ob_world_sent(world, sent)->message.from == OB_OUTSIDE);
    return ob_world_sent(world, sent)->origin;
}

uint32_t ob_world_ordinal(const struct ob_world *world, uint32_t index)
{
    const struct ob_sent *message = ob_world_sent(world, index);
    uint32_t ordinal = 0;
    for (uint32_t at = 0; at < index; at++) {
        const struct ob_sent *other = &world->sent[at];
        ordinal += other->to == message->to && other->message.from == message->message.from &&
                   other->message.kind == message->message.kind && !(other->flags & OB_SENT_COPY);
    }
    return ordinal;
}

uint64_t ob_world_time_us(const struct ob_world *world)
{
    return world->run.now_us;
}

uint64_t ob_world_last_us(const struct ob_world *world, unsigned id)
{
    uint32_t last = ob_world_actor(world, id)->last_delivery;
    return last == OB_NONE ? 0 : world->deliveries[last].time_us;
}

uint64_t ob_world_applied(const struct ob_world *world)
{
    return world->run.applied;
}

uint32_t ob_world_hit(const struct ob_world *world, unsigned deviation)
{
    for (uint32_t sent = 0; sent < world->run.sent_count; sent++)
        if (world->sent[sent].deviation == deviation + 1)
            return sent;
    return OB_NONE;
}

const struct ob_link *ob_world_link(const struct ob_world *world, unsigned from, unsigned to)
{
    assert(from <= world->actor_count && to >= 1 && to <= world->actor_count);
    return &world->links[world->pairs[from * (world->actor_count + 1) + to].link];
}

const struct ob_faults *ob_world_faults(const struct ob_world *world, unsigned id)
{
    return &ob_world_actor(world, id)->faults;
}

bool ob_world_is_under_way(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->key != OB_NEVER;
}

bool ob_world_is_copy(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_COPY;
}

bool ob_world_waited_for_cut(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_CUT;
}

bool ob_world_is_timer(const struct ob_world *world, uint32_t sent)
{
    return ob_comes_by_itself(ob_world_sent(world, sent));
}

bool ob_world_is_resume(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_RESUME;
}

uint32_t ob_world_lateness(const struct ob_world *world, uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    const struct ob_faults *faults = &world->actors[message->to].faults;
    uint64_t late_us = message->flags & OB_SENT_TIMER ? faults->timer_late_us_max : 0;
    late_us += message->flags & OB_SENT_RESUME ? faults->task_late_us_max : 0;
    return late_us < UINT32_MAX ? (uint32_t)late_us : UINT32_MAX;
}

void ob_world_learn(const struct ob_world *world, struct ob_vocabulary *vocabulary)
{
    struct ob_durations *durations = &vocabulary->durations;
    vocabulary->ops_allowed |= world->vocabulary.ops_allowed & 1u << OB_CHOOSE;
    durations->reads_clock |= world->reads_clock;
    for (unsigned at = 0; at < OB_TIMERS_KNOWN; at++)
        ob_durations_add(durations, world->timers_us[at], OB_DURATIONS_MAX);
}

uint32_t ob_world_resume_ordinal(const struct ob_world *world, uint32_t index)
{
    uint32_t ordinal = 0;
    for (uint32_t at = 0; at < index; at++)
        ordinal +=
            (world->sent[at].flags & OB_SENT_RESUME) && world->sent[at].to == world->sent[index].to;
    return ordinal;
}

bool ob_world_is_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    uint64_t key = ob_world_sent(world, sent)->key;

    *due_us = key >> OB_EVENT_BITS;
    return key != OB_NEVER;
}

bool ob_world_timer_runs(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    const struct ob_sent *timer = ob_world_sent(world, sent);
    const struct ob_actor *actor = &world->actors[timer->to];

    return ob_world_is_due(world, sent, due_us) && (timer->flags & OB_SENT_TIMER) && !actor->down &&
           timer->incarnation == actor->incarnation;
}

bool ob_world_timer_was_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    const struct ob_sent *timer = ob_world_sent(world, sent);

    if (!(timer->flags & OB_SENT_CANCELLED))
        return false;
    *due_us = timer->time_us + timer->next;
    return true;
}

struct ob_actor *ob_world_actor(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= world->actor_count);
    return &world->actors[id];
}

size_t ob_world_mailbox_count(const struct ob_world *world, unsigned id)
{
    const struct ob_actor *actor = ob_world_actor(world, id);
    return (size_t)actor->mailbox_count + actor->postponed_count;
}

uint64_t ob_world_state_hash(const struct ob_world *world, unsigned id)
{
    const struct ob_actor *actor = ob_world_actor(world, id);
    return ob_hash_bytes(0, actor->state, actor->state_size);
}

void ob_world_on_violation(struct ob_world *world,
                           void (*hook)(struct ob_world *world, void *context), void *context)
{
    world->on_violation = hook;
    world->violation_context = context;
}

void ob_world_keep_going(struct ob_world *world, bool keep_going)
{
    world->keep_going = keep_going;
}

void ob_world_feedback(struct ob_world *world, uint8_t *counters, size_t size)
{
    assert(!counters || (size > 0 && (size & (size - 1)) == 0));
    world->counters = counters;
    world->counters_mask = counters ? (uint32_t)(size - 1) : 0;
}
