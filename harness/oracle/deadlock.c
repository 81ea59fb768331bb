/* Who waits for whom, and whether anybody is left whom nobody will wake. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "oracle/records.h"

struct ob_wait {
    uint32_t waiter; /* an OB_PARTY() */
    uint32_t holder;
    const char *what;
    uint64_t since_us;
};

#define NOT_FOUND UINT32_MAX

static unsigned actor_of(uint32_t party)
{
    return party & 0xff;
}

void ob_party_waits(struct ob_world *world, uint32_t waiter, uint32_t holder, const char *what)
{
    if (!ob_world_oracle(world, &ob_checker_deadlock))
        return;
    struct ob_records *records = ob_records_of(world);
    struct ob_wait *wait = ob_list_add(world, &records->waits, sizeof *wait, OB_WAITS_MAX);
    if (wait)
        *wait = (struct ob_wait){waiter, holder, what, ob_world_now(world)};
}

void ob_party_done(struct ob_world *world, uint32_t waiter)
{
    if (!ob_world_oracle(world, &ob_checker_deadlock))
        return;
    struct ob_list *list = &ob_records_of(world)->waits;
    struct ob_wait *waits = list->items;
    uint32_t kept = 0;
    for (uint32_t at = 0; at < list->count; at++)
        if (waits[at].waiter != waiter)
            waits[kept++] = waits[at];
    list->count = kept;
}

void ob_waits_for(struct ob_actor *self, uint32_t holder, const char *what)
{
    ob_party_waits(ob_world(self), ob_id(self), holder, what);
}

void ob_waits_done(struct ob_actor *self)
{
    ob_party_done(ob_world(self), ob_id(self));
}

/* The first wait of a party from a place on. */
static uint32_t find_wait(const struct ob_list *list, uint32_t waiter, uint32_t from)
{
    const struct ob_wait *waits = list->items;

    for (uint32_t at = from; at < list->count; at++)
        if (waits[at].waiter == waiter)
            return at;
    return NOT_FOUND;
}

/*
 * Goes along waits from a first one until it comes back to the first waiter. `path` gets the waits
 * of the cycle; every wait is gone along once at most. Returns the length, 0 when there is no way
 * back.
 */
static uint32_t find_cycle(const struct ob_list *list, uint32_t first, uint32_t *path)
{
    const struct ob_wait *waits = list->items;
    bool visited[OB_WAITS_MAX] = {false};
    uint32_t depth = 0;

    path[depth++] = first;
    visited[first] = true;
    while (depth > 0) {
        uint32_t holder = waits[path[depth - 1]].holder;
        if (holder == waits[first].waiter)
            return depth;
        uint32_t next = find_wait(list, holder, 0);
        while (next != NOT_FOUND && visited[next])
            next = find_wait(list, holder, next + 1);
        if (next == NOT_FOUND) {
            depth--;
            continue;
        }
        visited[next] = true;
        path[depth++] = next;
    }
    return 0;
}

/* The shortest cycle there is. */
static uint32_t shortest_cycle(const struct ob_list *list, uint32_t *path)
{
    uint32_t shortest = 0;
    uint32_t tried[OB_WAITS_MAX];

    for (uint32_t first = 0; first < list->count; first++) {
        uint32_t length = find_cycle(list, first, tried);
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
        ob_text_printf(text, "%" PRIu32 " of ", party >> 8);
    ob_text_printf(text, "%s", ob_oracle_actor(world, actor_of(party)));
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
static bool has_settled(const struct ob_world *world, const struct ob_list *list,
                        const uint32_t *path, uint32_t length)
{
    const struct ob_wait *waits = list->items;
    uint64_t half_us = ob_world_vocabulary(world)->target->settle_us / 2;

    for (uint32_t at = 0; at < length; at++)
        if (ob_world_now(world) - waits[path[at]].since_us < half_us)
            return false;
    return half_us > 0;
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    const struct ob_list *list = &ob_records_read(world)->waits;
    uint32_t path[OB_WAITS_MAX];
    struct ob_text text = {0};
    char said[200];

    if (list->count == 0 || list->is_full || ob_world_lost_something(world))
        return;
    const struct ob_wait *waits = list->items;
    uint32_t length = shortest_cycle(list, path);
    if (!quiescent && !has_settled(world, list, path, length))
        return;
    for (uint32_t at = 0; at < length; at++) {
        ob_text_printf(&text, "%s", at ? ", " : "");
        print_wait(world, &waits[path[at]], &text);
    }
    if (length == 0)
        print_wait(world, &waits[0], &text);
    (void)snprintf(said, sizeof said, "%s", ob_text_string(&text));
    ob_text_release(&text);
    if (length > 0)
        OB_ORACLE_VIOLATION(world, oracle, deadlock, "%s", said);
    if (quiescent)
        OB_ORACLE_VIOLATION(world, oracle, stuck, "%s for ever", said);
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    const struct ob_list *list = &ob_records_read(world)->waits;
    const struct ob_wait *waits = list->items;
    uint32_t path[OB_WAITS_MAX];

    (void)oracle;
    uint32_t length = shortest_cycle(list, path);
    ob_text_printf(text, length ? "Each waits for the next, and the last for the first:\n"
                                : "Nobody will wake them:\n");
    for (uint32_t at = 0; at < (length ? length : list->count); at++) {
        const struct ob_wait *wait = &waits[length ? path[at] : at];
        ob_text_printf(text, "  ");
        print_wait(world, wait, text);
        ob_text_printf(text, ", since ");
        ob_duration_print(text, wait->since_us);
        ob_text_printf(text, "\n");
    }
}

const struct ob_checker ob_checker_deadlock = {
    .name = "deadlock", .end = check, .explain = explain};
