/* How a run ends: by a violation, at a bound, or at its natural end; and what is checked on the
 * way. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "world/task.h"
#include "world/walk.h"

void ob_defect(const struct ob_world *world, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "offbeat: target %s/%s: ", world->target->name,
            world->target->variants[world->variant]);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (world->escape && world->run.handling != OB_NONE) {
        const struct ob_sent *sent = &world->sent[world->run.handling];
        fprintf(stderr, " (while %s handles %s)", world->names[sent->to],
                ob_vocabulary_kind_name(&world->vocabulary, sent->message.kind));
    }
    fputc('\n', stderr);
    ((struct ob_world *)world)->has_defect = true; /* for whoever is called at exit */
    if (world->running) { /* who looks for leaks at exit would not see the stack below */
        (void)fflush(NULL);
        _exit(2);
    }
    exit(2);
}

static void OB_NORETURN leave(struct ob_world *world)
{
    /* A handler that was left in the middle cannot be gone on with. */
    world->run.over |= !world->keep_going || world->run.handling != OB_NONE || world->running;
    if (!world->escape)
        ob_defect(world, "OB_INVARIANT() outside of a run; use it in handlers and checks");
    if (world->running)
        ob_task_escape(world);
    longjmp(*world->escape, 1);
}

/* The first violation of a run is its verdict; the trace may go on. */
static void settle(struct ob_world *world, enum ob_outcome outcome, const char *what)
{
    struct ob_verdict *verdict = &world->verdict;
    if (!world->run.violated) {
        verdict->outcome = outcome;
        verdict->failure = outcome == OB_VIOLATED ? OB_INVARIANT_VIOLATED : OB_NO_FAILURE;
        verdict->bound = OB_NO_BOUND;
        (void)snprintf(verdict->invariant, sizeof verdict->invariant, "%s", what);
        verdict->detail[0] = '\0';
    }
    verdict->trace_hash = world->run.hash;
    verdict->delivery_count = world->run.delivery_count;
    verdict->end_us = world->run.now_us;
}

static void note_violation(struct ob_world *world, const struct ob_oracle *oracle, const char *id,
                           const char *format, va_list arguments)
{
    bool first = !world->run.violated;
    settle(world, OB_VIOLATED, id);
    world->run.violated = true;
    if (first) {
        world->run.violated_at = world->run.happening_count;
        world->run.violated_at_end = world->run.at_end;
        world->run.accuser = oracle;
        (void)vsnprintf(world->verdict.detail, sizeof world->verdict.detail, format, arguments);
    }
}

static void OB_NORETURN leave_violated(struct ob_world *world)
{
    if (world->on_violation)
        world->on_violation(world, world->violation_context);
    leave(world);
}

void ob_settle_foreseen(struct ob_world *world)
{
    struct ob_verdict *verdict = &world->verdict;

    settle(world, world->foreseen.failure == OB_NO_FAILURE ? OB_PASSED : OB_VIOLATED,
           world->foreseen.what);
    verdict->failure = world->foreseen.failure;
    (void)snprintf(verdict->detail, sizeof verdict->detail, "%s", world->foreseen.detail);
    world->run.violated = verdict->outcome == OB_VIOLATED;
    world->run.over = true;
}

void ob_fail(struct ob_world *world)
{
    ob_settle_foreseen(world);
    leave(world);
}

void ob_violation(struct ob_world *world, const char *id, const char *format, ...)
{
    if (!(world->judges & OB_JUDGE_INVARIANTS))
        ob_cut(world, OB_BOUND_JUDGES, "an invariant is violated, which do not judge this run");
    va_list arguments;
    va_start(arguments, format);
    note_violation(world, NULL, id, format, arguments);
    va_end(arguments);
    leave_violated(world);
}

void ob_bound_violation(struct ob_world *world, const char *id, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_violation(world, NULL, id, format, arguments);
    va_end(arguments);
    leave_violated(world);
}

void ob_oracle_violation(struct ob_world *world, const struct ob_oracle *oracle, const char *id,
                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_violation(world, oracle, id, format, arguments);
    va_end(arguments);
    leave_violated(world);
}

void ob_cut(struct ob_world *world, enum ob_bound bound, const char *detail)
{
    settle(world, OB_CUT, ob_bound_name(bound));
    world->run.cut = !world->run.violated && bound != OB_BOUND_JUDGES;
    world->run.over = true;
    if (!world->run.violated)
        world->verdict.bound = bound;
    if (!world->run.violated)
        (void)snprintf(world->verdict.detail, sizeof world->verdict.detail, "%s", detail);
    leave(world);
}

void ob_judge_cut(struct ob_world *world)
{
    world->run.cut = false;
    ob_oracles_cut(world);
}

void ob_deliveries_exceeded(struct ob_world *world)
{
    world->run.over = true;
    ob_walk_end_run(world);
    if (world->target->steps_max && world->deliveries_max == world->target->steps_max) {
        if (!world->run.violated)
            ob_oracles_cut(world);
        OB_BOUND(world, step_budget, "more than %" PRIu32 " deliveries", world->deliveries_max);
    }
    ob_cut(world, OB_BOUND_DELIVERIES, "the most deliveries that one run may have were made");
}

static void check_handled(struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++) {
        const struct ob_actor *actor = &world->actors[id];
        uint32_t first =
            actor->postponed_first != OB_NONE ? actor->postponed_first : actor->mailbox_first;
        if (first == OB_NONE)
            continue;
        unsigned kind = world->sent[first].message.kind;
        uint32_t waiting = actor->postponed_count + actor->mailbox_count;
        const char *name = ob_vocabulary_kind_name(&world->vocabulary, kind);
        if (waiting == 1)
            OB_BOUND(world, message_never_handled, "%s never handled a %s", world->names[id], name);
        OB_BOUND(world, message_never_handled,
                 "%s never handled %" PRIu32 " messages, the first a %s", world->names[id], waiting,
                 name);
    }
}

void ob_check_end(struct ob_world *world, bool quiescent)
{
    const struct ob_target *target = world->target;
    if (world->check)
        world->check(world);
    if (quiescent && target->check_quiescent && (world->judges & OB_JUDGE_INVARIANTS))
        target->check_quiescent(world);
    if (quiescent && target->must_handle_all && !world->run.lost_something)
        check_handled(world);
    if (target->oracles && !world->run.violated)
        ob_oracles_end(world, quiescent);
    settle(world, OB_PASSED, "");
}
