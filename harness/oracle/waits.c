#include "oracle/waits.h"

#include <assert.h>
#include <string.h>

#include "offbeat/task.h"
#include "world/judge.h"
#include "world/task_view.h"
#include "world/trace.h"

bool ob_waits_are_asked_for(const struct ob_world *world)
{
    return ob_world_oracle(world, &ob_checker_deadlock) != NULL;
}

/* Waits of one party are chained, so that they end without a look at all others. */
static uint16_t *chain_of(struct ob_records *records, uint32_t waiter)
{
    uint32_t hash = (waiter ^ waiter >> 8) * 0x9e3779b1u >> 16;
    return &records->waits_of[hash & (OB_PARTIES_KNOWN - 1)];
}

static void chain(struct ob_records *records, uint32_t at)
{
    struct ob_wait *wait = (struct ob_wait *)records->waits.items + at;
    uint16_t *first = chain_of(records, wait->waiter);
    wait->next = *first;
    *first = (uint16_t)(at + 1);
}

/* Takes those that are over out of the list. The others stay in their order. */
static void compact(struct ob_records *records)
{
    struct ob_list *list = &records->waits;
    struct ob_wait *waits = list->items;
    uint32_t count = list->count;
    list->count = records->waits_over = 0;
    memset(records->waits_of, 0, sizeof records->waits_of);
    for (uint32_t at = 0; at < count; at++) {
        if (waits[at].is_over)
            continue;
        waits[list->count] = waits[at];
        chain(records, list->count++);
    }
}

void ob_party_waits(struct ob_world *world, uint32_t waiter, uint32_t holder, const char *what)
{
    if (!ob_waits_are_asked_for(world))
        return;
    struct ob_records *records = ob_records_of(world);
    if (records->waits_over > records->waits.count / 2 ||
        (records->waits_over && records->waits.count == OB_WAITS_MAX))
        compact(records);
    struct ob_wait *wait = ob_list_add(world, &records->waits, sizeof *wait, OB_WAITS_MAX);
    if (!wait)
        return;
    *wait = (struct ob_wait){.waiter = waiter,
                             .holder = holder,
                             .what = what,
                             .since_us = ob_world_time_us(world),
                             .is_recorded = true};
    chain(records, records->waits.count - 1);
}

void ob_party_done(struct ob_world *world, uint32_t waiter)
{
    if (!ob_waits_are_asked_for(world))
        return;
    struct ob_records *records = ob_records_of(world);
    struct ob_wait *waits = records->waits.items;
    for (uint16_t *at = chain_of(records, waiter); *at;) {
        struct ob_wait *wait = &waits[*at - 1];
        if (wait->waiter != waiter) {
            at = &wait->next;
            continue;
        }
        *at = wait->next;
        wait->is_over = true;
        records->waits_over++;
    }
}

void ob_waits_for(struct ob_actor *self, uint32_t holder, const char *what)
{
    ob_party_waits(ob_world(self), ob_id(self), holder, what);
}

void ob_waits_done(struct ob_actor *self)
{
    ob_party_done(ob_world(self), ob_id(self));
}

static void add(struct ob_waits *waits, struct ob_wait wait)
{
    assert(waits->count <= OB_WAITS_MAX);
    if (waits->count == OB_WAITS_MAX)
        waits->is_full = true;
    else
        waits->items[waits->count++] = wait;
}

static uint32_t party_of(const struct ob_task_view *task)
{
    return OB_PARTY(task->actor, task->number);
}

/* A task in a queue waits until one of its owners lets it go on. */
static void add_queue(const struct ob_world *world, struct ob_waits *waits,
                      const struct ob_task_view *task, uint32_t place)
{
    for (unsigned at = 0; at < task->queue->owner_count; at++) {
        struct ob_task_view owner;
        /* One that is over can wake nobody, but then another may. */
        uint32_t holder = ob_world_task_of(world, task->queue->owners[at], &owner)
                              ? party_of(&owner)
                              : OB_PARTY(OB_OUTSIDE, 0);
        add(waits, (struct ob_wait){.waiter = party_of(task),
                                    .holder = holder,
                                    .what = task->queue->name,
                                    .since_us = task->since_us,
                                    .choice = place + 1});
    }
}

/* The one task of a process, by its place; UINT32_MAX when it has several or none. */
static uint32_t only_task(const struct ob_world *world, unsigned actor)
{
    uint32_t found = UINT32_MAX;
    struct ob_task_view task;

    for (uint32_t place = 0; place < ob_world_task_places(world); place++) {
        if (!ob_world_task(world, place, &task) || task.actor != actor)
            continue;
        if (found != UINT32_MAX)
            return UINT32_MAX;
        found = place;
    }
    return found;
}

/* A task that awaits the answer to one call, and nothing else, waits for the process that it has
 * called, as long as that has one task that does all. */
static void add_call(const struct ob_world *world, struct ob_waits *waits,
                     const struct ob_task_view *task, uint32_t place)
{
    struct ob_task_view called;

    if (task->what->kinds || task->what->ref_count != 1)
        return;
    unsigned actor = ob_world_asked(world, task->what->refs[0]);
    if (actor == OB_OUTSIDE || !ob_world_is_process(world, actor))
        return;
    uint32_t other = only_task(world, actor);
    if (other == UINT32_MAX || !ob_world_task(world, other, &called))
        return;
    add(waits, (struct ob_wait){.waiter = party_of(task),
                                .holder = party_of(&called),
                                .what = "the answer",
                                .since_us = task->since_us,
                                .choice = place + 1});
}

void ob_waits_collect(struct ob_world *world, struct ob_waits *waits)
{
    const struct ob_list *list = &ob_records_read(world)->waits;
    const struct ob_wait *recorded = list->items;

    waits->count = 0;
    waits->is_full = list->is_full;
    for (uint32_t at = 0; at < list->count; at++)
        if (!recorded[at].is_over)
            add(waits, recorded[at]);
    for (uint32_t place = 0; place < ob_world_task_places(world); place++) {
        struct ob_task_view task;
        if (!ob_world_task(world, place, &task) || task.times_out)
            continue;
        if (task.awaits == OB_AWAITS_QUEUE && task.queue)
            add_queue(world, waits, &task, place);
        else if (task.awaits == OB_AWAITS_MESSAGE && task.what)
            add_call(world, waits, &task, place);
    }
}

static bool is_waiting(const struct ob_waits *waits, uint32_t party)
{
    for (uint32_t at = 0; at < waits->count; at++)
        if (waits->items[at].waiter == party)
            return true;
    return false;
}

/* Whether somebody who waits for nobody can end a wait: its holder, or another of the same choice.
 */
static bool has_hope(const struct ob_waits *waits, const struct ob_wait *wait)
{
    if (!is_waiting(waits, wait->holder))
        return true;
    for (uint32_t at = 0; at < waits->count && wait->choice; at++)
        if (waits->items[at].choice == wait->choice && waits->items[at].waiter == wait->waiter &&
            !is_waiting(waits, waits->items[at].holder))
            return true;
    return false;
}

void ob_waits_keep_hopeless(struct ob_waits *waits)
{
    /* Each round but the last takes a wait out. */
    for (uint32_t before = waits->count + 1; waits->count < before;) {
        bool hopes[OB_WAITS_MAX];
        uint32_t kept = 0;
        before = waits->count;
        for (uint32_t at = 0; at < waits->count; at++)
            hopes[at] = has_hope(waits, &waits->items[at]);
        for (uint32_t at = 0; at < waits->count; at++)
            if (!hopes[at])
                waits->items[kept++] = waits->items[at];
        assert(kept <= before);
        waits->count = kept;
    }
}
