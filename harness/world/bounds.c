#include "world/bounds.h"

#include <inttypes.h>
#include <stdio.h>

const char *ob_bound_name(enum ob_bound bound)
{
    static const char *const names[OB_BOUNDS] = {
        [OB_NO_BOUND] = "",
        [OB_BOUND_DELIVERIES] = "deliveries",
        [OB_BOUND_MESSAGES] = "messages",
        [OB_BOUND_CALLS] = "calls",
        [OB_BOUND_ARENA] = "arena_full",
        [OB_BOUND_QUEUE] = "queue_full",
        [OB_BOUND_HOLDS] = "holds",
        [OB_BOUND_TASKS_AT_ONCE] = "tasks_full",
        [OB_BOUND_TASKS] = "tasks",
        [OB_BOUND_PROCESSES] = "processes",
        [OB_BOUND_MEMORY] = "memory",
        [OB_BOUND_TIME] = "time",
        [OB_BOUND_LIVELOCK] = "livelock",
        [OB_BOUND_JUDGES] = "invariants_off",
    };
    return names[bound];
}

/* Lengths 0 to 3 have a range each; further ones share a range with those that agree in the first
 * three bits. */
static unsigned range_of(uint32_t length)
{
    if (length < 4)
        return length;
    unsigned bits = 31u - (unsigned)__builtin_clz(length);
    return 4 * (bits - 1) + (length >> (bits - 2) & 3);
}

static uint32_t end_of_range(unsigned range)
{
    if (range < 4)
        return range;
    unsigned bits = range / 4 + 1;
    return (((4 | (range & 3)) + 1) << (bits - 2)) - 1;
}

void ob_runs_add(struct ob_runs *runs, enum ob_bound bound, uint32_t deliveries)
{
    runs->count++;
    runs->cut[bound]++;
    runs->lengths[range_of(deliveries)]++;
    if (deliveries > runs->longest)
        runs->longest = deliveries;
}

void ob_runs_merge(struct ob_runs *runs, const struct ob_runs *other)
{
    runs->count += other->count;
    for (unsigned bound = 0; bound < OB_BOUNDS; bound++)
        runs->cut[bound] += other->cut[bound];
    for (unsigned range = 0; range < OB_LENGTHS; range++)
        runs->lengths[range] += other->lengths[range];
    if (other->longest > runs->longest)
        runs->longest = other->longest;
}

uint64_t ob_runs_cut(const struct ob_runs *runs)
{
    return runs->count - runs->cut[OB_NO_BOUND];
}

uint32_t ob_runs_percentile(const struct ob_runs *runs, unsigned hundredths)
{
    uint64_t seen = 0;

    for (unsigned range = 0; range < OB_LENGTHS; range++) {
        seen += runs->lengths[range];
        if (runs->lengths[range] && seen * 100 >= runs->count * hundredths) {
            uint32_t end = end_of_range(range);
            return end < runs->longest ? end : runs->longest;
        }
    }
    return runs->longest;
}

void ob_runs_print(const struct ob_runs *runs, struct ob_text *text)
{
    const char *separator = " (";

    if (runs->count == 0)
        return;
    ob_text_printf(text,
                   "deliveries a run: median %" PRIu32 ", 90 %% up to %" PRIu32
                   ", 99 %% up to %" PRIu32 ", longest %" PRIu32 "\n",
                   ob_runs_percentile(runs, 50), ob_runs_percentile(runs, 90),
                   ob_runs_percentile(runs, 99), runs->longest);
    if (ob_runs_cut(runs) == 0)
        return;
    ob_text_printf(text, "%" PRIu64 " of %" PRIu64 " runs were cut at a bound of the simulation",
                   ob_runs_cut(runs), runs->count);
    for (unsigned bound = OB_NO_BOUND + 1; bound < OB_BOUNDS; bound++) {
        if (runs->cut[bound] == 0)
            continue;
        ob_text_printf(text, "%s%s %" PRIu64, separator, ob_bound_name((enum ob_bound)bound),
                       runs->cut[bound]);
        separator = ", ";
    }
    ob_text_printf(text, ")\n");
}

/* Ranges of the powers of two: their ends are ends of ranges of lengths, too. */
static void lengths_json(const struct ob_runs *runs, struct ob_json *json)
{
    uint64_t count = 0;
    uint32_t first = 0;
    char name[32];

    for (unsigned range = 0; range < OB_LENGTHS && first <= runs->longest; range++) {
        uint32_t end = end_of_range(range);
        count += runs->lengths[range];
        if ((end & (end + 1)) != 0)
            continue;
        (void)snprintf(name, sizeof name, first < end ? "%" PRIu32 "-%" PRIu32 : "%" PRIu32, first,
                       end);
        ob_json_number(json, name, count);
        count = 0;
        first = end + 1;
    }
}

void ob_runs_json(const struct ob_runs *runs, struct ob_json *json)
{
    ob_json_number(json, "runs", runs->count);
    ob_json_object(json, "cut");
    for (unsigned bound = OB_NO_BOUND + 1; bound < OB_BOUNDS; bound++)
        if (runs->cut[bound])
            ob_json_number(json, ob_bound_name((enum ob_bound)bound), runs->cut[bound]);
    ob_json_end(json);
    ob_json_object(json, "deliveries");
    lengths_json(runs, json);
    ob_json_end(json);
}
