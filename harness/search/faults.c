#include "search/faults.h"
#include "world/run.h"
#include "world/trace.h"

struct list {
    struct ob_deviation *faults;
    size_t count;
    size_t most;
};

static void add(struct list *list, struct ob_deviation fault)
{
    if (list->count < list->most)
        list->faults[list->count++] = fault;
}

static void add_both_moments(struct list *list, struct ob_deviation fault)
{
    fault.mode = OB_BEFORE;
    add(list, fault);
    fault.mode = OB_AFTER;
    add(list, fault);
}

static void add_faults_of(struct list *list, const struct ob_world *world, uint32_t index)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    const struct ob_link *link = ob_world_link(world, sent->message.from, sent->to);
    const struct ob_faults *allowed = ob_world_faults(world, sent->to);
    uint32_t ordinal = ob_world_ordinal(world, index);
    if (ordinal >= UINT8_MAX || ob_world_is_copy(world, index)) /* what cannot be named */
        return;
    struct ob_deviation fault = {.which = {.from = (uint8_t)(sent->message.from + 1),
                                           .to = (uint8_t)sent->to,
                                           .kind = (uint8_t)(sent->message.kind + 1),
                                           .nth = (uint8_t)(ordinal + 1)}};
    bool timer = ob_world_is_timer(world, index);
    fault.op = OB_DROP;
    if (link->lossy && !timer)
        add(list, fault);
    fault.op = OB_DUPLICATE;
    if (link->duplicating && !timer)
        add(list, fault);
    fault.op = OB_CRASH;
    if (allowed->crash)
        add_both_moments(list, fault);
    fault.op = OB_RESTART;
    if (allowed->restart)
        add_both_moments(list, fault);
}

size_t ob_faults_list(struct ob_world *world, const struct ob_scenario *scenario,
                      struct ob_deviation *faults, size_t most)
{
    struct list list = {.faults = faults, .most = most};
    (void)ob_world_run(world, scenario);
    for (uint32_t index = 0; index < ob_world_sent_count(world); index++)
        add_faults_of(&list, world, index);
    return list.count;
}
