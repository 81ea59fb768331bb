#include "world/leave.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "world/task_switch.h"

void ob_defect(const struct ob_world *world, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "offbeat: target %s/%s: ", world->target->name,
            world->target->variants[world->variant]);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (world->escape && world->run.log.handling != OB_NONE) {
        const struct ob_sent *sent = &world->run.log.sent[world->run.log.handling];
        fprintf(stderr, " (while %s handles %s)", world->names[sent->to],
                ob_vocabulary_kind_name(&world->vocabulary, sent->message.kind));
    }
    fputc('\n', stderr);
    ((struct ob_world *)world)->has_defect = true; /* for handlers of exit() */
    if (world->run.tasks.running) { /* who looks for leaks at exit would not see the stack below */
        (void)fflush(NULL);
        _exit(2);
    }
    exit(2);
}

void ob_monitor_acts(const struct ob_actor *monitor, const char *call)
{
    ob_defect(monitor->world, "%s calls %s(), and is a monitor; monitors only observe",
              monitor->world->names[monitor->id], call);
}

bool ob_may_leave(struct ob_world *world, void (*action)(struct ob_world *world))
{
    jmp_buf escape;
    world->escape = &escape;
    volatile bool complete = false; /* as it is set between _setjmp and longjmp */
    if (_setjmp(escape) == 0) {
        action(world);
        complete = true;
    }
    world->escape = NULL;
    return complete;
}

void ob_leave(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    /* A handler that was left in the middle cannot go on. */
    run->ending.over |= !world->keep_going || run->log.handling != OB_NONE || run->tasks.running;
    if (!world->escape)
        ob_defect(world, "OB_INVARIANT() outside of a run; use it in handlers and checks");
    if (run->tasks.running)
        ob_task_escape(world);
    longjmp(*world->escape, 1);
}

/* As much of a text as fits. For every run that passes this is an empty one. */
static void copy_text(char *to, size_t size, const char *from)
{
    size_t at = 0;
    for (; at + 1 < size && from[at]; at++)
        to[at] = from[at];
    to[at] = '\0';
}

void ob_set_verdict(struct ob_world *world, enum ob_outcome outcome, const char *what)
{
    struct ob_verdict *verdict = &world->run.ending.verdict;
    if (!world->run.ending.violated) {
        verdict->outcome = outcome;
        verdict->failure = outcome == OB_VIOLATED ? OB_INVARIANT_VIOLATED : OB_NO_FAILURE;
        verdict->bound = OB_NO_BOUND;
        copy_text(verdict->invariant, sizeof verdict->invariant, what);
        verdict->detail[0] = '\0';
    }
    verdict->trace_hash = world->run.log.hash;
    verdict->delivery_count = world->run.log.delivery_count;
    verdict->end_us = world->run.now_us;
}

void ob_note_violation(struct ob_world *world, struct ob_finder finder, const char *id,
                       const char *format, va_list arguments)
{
    struct ob_run *run = &world->run;
    struct ob_verdict *verdict = &run->ending.verdict;
    bool first = !run->ending.violated;
    ob_set_verdict(world, OB_VIOLATED, id);
    run->ending.violated = true;
    if (!first)
        return;
    run->happenings.violated_at = run->happenings.count;
    run->happenings.violated_at_end = run->ending.at_end;
    run->ending.finder = finder;
    (void)vsnprintf(verdict->detail, sizeof verdict->detail, format, arguments);
}

void ob_leave_violated(struct ob_world *world)
{
    if (world->on_violation)
        world->on_violation(world, world->violation_context);
    ob_leave(world);
}

void ob_violation(struct ob_world *world, const char *id, const char *format, ...)
{
    if (!(world->judges & OB_JUDGE_INVARIANTS))
        ob_cut(world, OB_BOUND_JUDGES, "an invariant is violated, which do not judge this run");
    va_list arguments;
    va_start(arguments, format);
    ob_note_violation(world, (struct ob_finder){NULL, NULL}, id, format, arguments);
    va_end(arguments);
    ob_leave_violated(world);
}

void ob_bound_violation(struct ob_world *world, const char *id, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ob_note_violation(world, (struct ob_finder){NULL, NULL}, id, format, arguments);
    va_end(arguments);
    ob_leave_violated(world);
}

void ob_cut(struct ob_world *world, enum ob_bound bound, const char *detail)
{
    struct ob_ending *ending = &world->run.ending;
    assert(bound > OB_NO_BOUND && bound < OB_BOUNDS);
    ob_set_verdict(world, OB_CUT, ob_bound_name(bound));
    ending->cut = !ending->violated && bound != OB_BOUND_JUDGES;
    ending->over = true;
    if (!ending->violated) {
        ending->verdict.bound = bound;
        copy_text(ending->verdict.detail, sizeof ending->verdict.detail, detail);
    }
    ob_leave(world);
}

void ob_queue_overflows(struct ob_world *world)
{
    ob_cut(world, OB_BOUND_QUEUE, "too many events wait at one time");
}
