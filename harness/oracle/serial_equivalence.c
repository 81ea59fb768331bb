/* The state at the end is one that the messages give one after the other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle/records.h"
#include "oracle/serial_orders.h"
#include "world/judge.h"
#include "world/world.h"

/* The orders and the messages of a world's run. Returns false when there is no verdict. */
static bool prepare(struct ob_world *world, const struct ob_oracle *oracle,
                    struct ob_serial_orders **orders, struct ob_serial_set *set)
{
    const struct ob_scenario *scenario = ob_world_scenario(world);

    if (scenario->message_count > OB_SERIAL_MESSAGES_MAX ||
        ob_world_vocabulary(world)->target->reset)
        return false;
    *orders = ob_serial_orders_of(world, oracle);
    ob_serial_all(set, scenario);
    return *orders != NULL;
}

/* Says the first part of the state that differs from what comes of the messages one after the
 * other, in the order in which they came. */
static void say_difference(const struct ob_view *seen, const struct ob_view *serial, char *said,
                           size_t size)
{
    for (uint32_t part = 0; part < seen->count && part < serial->count; part++) {
        if (seen->values[part] == serial->values[part])
            continue;
        (void)snprintf(said, size, "%s is %" PRIu64 ", one after the other give %" PRIu64,
                       ob_view_name(seen, part), seen->values[part], serial->values[part]);
        return;
    }
    (void)snprintf(said, size, "the state has %" PRIu32 " parts, one after the other give %" PRIu32,
                   seen->count, serial->count);
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    struct ob_serial_orders *orders;
    struct ob_serial_set set;
    struct ob_view view;

    /* One message has only one order, but what comes of it may still overtake itself. */
    if (ob_world_lost_something(world) || (!quiescent && !ob_world_only_timers_left(world)) ||
        !prepare(world, oracle, &orders, &set))
        return;
    ob_view_take(&view, world, oracle, false);
    if (ob_serial_reaches(orders, &set, view.hash) != OB_SERIAL_NOT_REACHED)
        return;
    struct ob_view *seen = malloc(2 * sizeof *seen);
    char said[160] = "the state is another";
    if (seen) {
        ob_view_take(&seen[0], world, oracle, true);
        (void)ob_serial_look(orders, &set, &seen[1]);
        say_difference(&seen[0], &seen[1], said, sizeof said);
        ob_view_release(&seen[0]);
        ob_view_release(&seen[1]);
        free(seen);
    }
    OB_ORACLE_VIOLATION(world, oracle, serial_equivalence,
                        "%s; no order of the messages gives this state", said);
}

static void explain_parts(const struct ob_view *seen, const struct ob_view *serial,
                          struct ob_text *text)
{
    ob_text_printf(text, "What the messages give one after the other, as they came, and what there "
                         "is instead:\n");
    for (uint32_t part = 0; part < seen->count && part < serial->count; part++)
        if (seen->values[part] != serial->values[part])
            ob_text_printf(text, "  %s: %" PRIu64 ", but is %" PRIu64 "\n",
                           ob_view_name(seen, part), serial->values[part], seen->values[part]);
}

/* Takes the messages whose bits are not set out of a set. */
static void keep_some(struct ob_serial_set *set, const struct ob_serial_set *all, unsigned kept)
{
    set->scenario = all->scenario;
    set->count = 0;
    for (unsigned at = 0; at < all->count; at++)
        if (kept >> at & 1)
            set->order[set->count++] = all->order[at];
}

/* The most messages of which some order gives the state, as bits; 0 also when there are none. */
static unsigned find_largest_part(struct ob_serial_orders *orders, const struct ob_serial_set *all,
                                  uint64_t hash, bool *found)
{
    unsigned best = 0;

    *found = false;
    for (unsigned kept = 0; kept + 1 < 1u << all->count; kept++) {
        struct ob_serial_set set;
        if (*found && __builtin_popcount(kept) <= __builtin_popcount(best))
            continue;
        keep_some(&set, all, kept);
        if (ob_serial_reaches(orders, &set, hash) != OB_SERIAL_REACHED)
            continue;
        best = kept;
        *found = true;
    }
    return best;
}

static void explain_lost(struct ob_world *world, struct ob_serial_orders *orders,
                         const struct ob_serial_set *all, uint64_t hash, struct ob_text *text)
{
    bool found;
    unsigned kept = find_largest_part(orders, all, hash, &found);

    if (!found) {
        ob_text_printf(text, "The messages' effects are mixed: no order of some of them gives this "
                             "state either.\n");
        return;
    }
    ob_text_printf(text, "It is as if this had not happened:\n");
    for (unsigned at = 0; at < all->count; at++) {
        if (kept >> at & 1)
            continue;
        ob_text_printf(text, "  ");
        ob_scenario_print_message(ob_world_vocabulary(world), all->scenario, all->order[at], text);
        ob_text_printf(text, "\n");
    }
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    struct ob_serial_orders *orders;
    struct ob_serial_set set;
    struct ob_view *views = malloc(2 * sizeof *views);

    if (views && prepare(world, oracle, &orders, &set)) {
        ob_view_take(&views[0], world, oracle, true);
        (void)ob_serial_look(orders, &set, &views[1]);
        explain_parts(&views[0], &views[1], text);
        explain_lost(world, orders, &set, views[0].hash, text);
        ob_view_release(&views[0]);
        ob_view_release(&views[1]);
    }
    free(views);
}

const struct ob_checker ob_checker_serial_equivalence = {
    .name = "serial_equivalence", .end = check, .explain = explain};
