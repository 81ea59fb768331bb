#include "world/ending.h"

#include <inttypes.h>

#include "world/annex.h"
#include "world/judge.h"
#include "world/known_outcome.h"
#include "world/leave.h"
#include "world/mailbox.h"
#include "world/monitor.h"

static void judge_cut(struct ob_world *world)
{
    world->run.ending.cut = false;
    ob_oracles_cut(world);
}

bool ob_guard(struct ob_world *world, void (*action)(struct ob_world *world))
{
    bool complete = ob_may_leave(world, action);
    /* Not where the bound was met: that may have been in the middle of a handler. */
    if (OB_UNLIKELY(world->run.ending.cut))
        (void)ob_may_leave(world, judge_cut);
    return complete;
}

/* What is due later than virtual time can say keeps no order any more. */
static bool is_beyond_time(const struct ob_run *run)
{
    for (uint32_t at = run->queue.head; at < run->queue.tail; at++)
        if (!ob_is_stale(&run->log, run->queue.keys[at]))
            return ob_key_time_us(run->queue.keys[at]) == OB_TIME_US_MAX;
    return false;
}

static void check_handled(struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++) {
        const struct ob_actor *actor = &world->actors[id];
        uint32_t first =
            actor->postponed_first != OB_NONE ? actor->postponed_first : actor->mailbox_first;
        if (first == OB_NONE)
            continue;
        unsigned kind = world->run.log.sent[first].message.kind;
        uint32_t waiting = ob_mailbox_size(actor);
        const char *name = ob_vocabulary_kind_name(&world->vocabulary, kind);
        if (waiting == 1)
            OB_BOUND(world, message_never_handled, "%s never handled a %s", world->names[id], name);
        OB_BOUND(world, message_never_handled,
                 "%s never handled %" PRIu32 " messages, the first a %s", world->names[id], waiting,
                 name);
    }
}

static void check_end(struct ob_world *world, bool quiescent)
{
    const struct ob_target *target = world->target;
    if (world->check)
        world->check(world);
    if (OB_UNLIKELY(world->monitor_count > 0) && (world->judges & OB_JUDGE_INVARIANTS))
        ob_monitors_end(world, quiescent);
    if (quiescent && target->check_quiescent && (world->judges & OB_JUDGE_INVARIANTS))
        target->check_quiescent(world);
    if (quiescent && target->must_handle_all && !world->run.strikes.lost_something)
        check_handled(world);
    if (world->annex)
        world->annex->judge(world->annex_context, world);
    if (!world->run.ending.violated)
        ob_oracles_end(world, quiescent);
    ob_set_verdict(world, OB_PASSED, "");
}

void ob_end(struct ob_world *world, bool quiescent)
{
    struct ob_run *run = &world->run;
    if (OB_UNLIKELY(!quiescent && is_beyond_time(run)))
        ob_cut(world, OB_BOUND_TIME, "the most virtual time that one run may take is over");
    run->ending.over = run->ending.at_end = true;
    run->log.current = OB_NONE;
    check_end(world, quiescent);
    if (OB_UNLIKELY(world->is_outcome_known))
        ob_end_as_known(world);
}
