/* Who waits for whom, and whether anybody is left whom nobody will wake. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "oracle/waits.h"
#include "scenario/scenario.h"
#include "world/judge.h"
#include "world/task_view.h"
#include "world/world.h"

#define NOT_FOUND UINT32_MAX

/* The first wait of a party from a place on. */
static uint32_t find_wait(const struct ob_waits *waits, uint32_t waiter, uint32_t from)
{
    for (uint32_t at = from; at < waits->count; at++)
        if (waits->items[at].waiter == waiter)
            return at;
    return NOT_FOUND;
}

/*
 * Goes along waits from a first one until it comes back to the first waiter. `path` gets the waits
 * of the cycle; every wait is gone along once at most. Returns the length, 0 when there is no way
 * back.
 */
static uint32_t find_cycle(const struct ob_waits *waits, uint32_t first, uint32_t *path)
{
    bool visited[OB_WAITS_MAX] = {false};
    uint32_t depth = 0;

    assert(first < waits->count && waits->count <= OB_WAITS_MAX);
    path[depth++] = first;
    visited[first] = true;
    while (depth > 0) {
        uint32_t holder = waits->items[path[depth - 1]].holder;
        if (holder == waits->items[first].waiter)
            return depth;
        uint32_t next = find_wait(waits, holder, 0);
        while (next != NOT_FOUND && visited[next])
            next = find_wait(waits, holder, next + 1);
        if (next == NOT_FOUND) {
            depth--;
            continue;
        }
        visited[next] = true;
        assert(depth < waits->count); /* each wait once */
        path[depth++] = next;
    }
    return 0;
}

/* The shortest cycle there is. */
static uint32_t shortest_cycle(const struct ob_waits *waits, uint32_t *path)
{
    uint32_t shortest = 0;
    uint32_t tried[OB_WAITS_MAX];

    for (uint32_t first = 0; first < waits->count; first++) {
        uint32_t length = find_cycle(waits, first, tried);
        if (length == 0 || (shortest && length >= shortest))
            continue;
        shortest = length;
        memcpy(path, tried, length * sizeof *path);
    }
    return shortest;
}

static void print_party(const struct ob_world *world, uint32_t party, struct ob_text *text)
{
    if (party >> 8)
        ob_text_printf(text, "task %" PRIu32 " of ", (party >> 8) - 1);
    ob_text_printf(text, "%s", ob_oracle_actor(world, party & 0xff));
}

static void print_wait(const struct ob_world *world, const struct ob_wait *wait,
                       struct ob_text *text)
{
    print_party(world, wait->waiter, text);
    ob_text_printf(text, " waits for ");
    if (wait->what)
        ob_text_printf(text, "%s of ", wait->what);
    print_party(world, wait->holder, text);
}

/* With periodic timers a run has no end: what has stood still for half of the time in which
 * everything was to settle, will not move. */
static bool has_settled(const struct ob_world *world, const struct ob_waits *waits,
                        const uint32_t *path, uint32_t length)
{
    uint64_t half_us = ob_world_vocabulary(world)->target->settle_us / 2;

    for (uint32_t at = 0; at < length; at++)
        if (ob_world_now(world) - waits->items[path[at]].since_us < half_us)
            return false;
    return half_us > 0;
}

/* The first wait that somebody has recorded and that still stands, or NULL. */
static const struct ob_wait *first_recorded(const struct ob_waits *waits)
{
    for (uint32_t at = 0; at < waits->count; at++)
        if (waits->items[at].is_recorded)
            return &waits->items[at];
    return NULL;
}

/* Says the cycle there is, or else who waits for ever. Returns the length of the cycle. */
static uint32_t describe_waits(struct ob_world *world, struct ob_waits *waits, uint32_t *path,
                               struct ob_text *text)
{
    struct ob_wait stuck = {.waiter = 0};

    ob_waits_collect(world, waits);
    if (waits->is_full)
        return 0;
    const struct ob_wait *recorded = first_recorded(waits);
    if (recorded)
        stuck = *recorded;
    ob_waits_keep_hopeless(waits);
    uint32_t length = shortest_cycle(waits, path);
    for (uint32_t at = 0; at < length; at++) {
        ob_text_printf(text, "%s", at ? ", " : "");
        print_wait(world, &waits->items[path[at]], text);
    }
    if (length == 0 && recorded)
        print_wait(world, &stuck, text);
    return length;
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    uint32_t path[OB_WAITS_MAX];
    struct ob_text text = {0};
    char said[200];

    if (ob_world_lost_something(world))
        return;
    struct ob_waits *waits = malloc(sizeof *waits);
    if (!waits)
        return;
    uint32_t length = describe_waits(world, waits, path, &text);
    bool holds = quiescent || (length > 0 && has_settled(world, waits, path, length));
    bool is_any = text.length > 0;
    (void)snprintf(said, sizeof said, "%s", ob_text_string(&text));
    ob_text_release(&text);
    free(waits);
    if (!holds || !is_any)
        return;
    if (length > 0)
        OB_ORACLE_VIOLATION(world, oracle, deadlock, "%s", said);
    OB_ORACLE_VIOLATION(world, oracle, stuck, "%s for ever", said);
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    uint32_t path[OB_WAITS_MAX];
    struct ob_text said = {0};
    struct ob_waits *waits = malloc(sizeof *waits);

    (void)oracle;
    if (!waits)
        return;
    uint32_t length = describe_waits(world, waits, path, &said);
    ob_text_release(&said);
    if (length > 0)
        ob_text_printf(text, "Each waits for the next, and the last for the first:\n");
    for (uint32_t at = 0; at < length; at++) {
        const struct ob_wait *wait = &waits->items[path[at]];
        ob_text_printf(text, "  ");
        print_wait(world, wait, text);
        ob_text_printf(text, ", since ");
        ob_duration_print(text, wait->since_us);
        ob_text_printf(text, "\n");
    }
    free(waits);
}

/* Tasks wait for each other in calls and at locks, which are not recorded. */
static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->waits.capacity > 0 || ob_world_task_places(world) > 0;
}

const struct ob_checker ob_checker_deadlock = {
    .name = "deadlock", .end = check, .has_matter = has_matter, .explain = explain};
