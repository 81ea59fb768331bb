#include "world/goal.h"

#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "offbeat/monitor.h"
#include "world/access_note.h"
#include "world/feedback.h"
#include "world/leave.h"
#include "world/state.h"

/* -- what a target declares -- */

unsigned ob_goal_count(const struct ob_target *target)
{
    unsigned count = 0;
    while (count < OB_GOALS_MAX && target->goals[count].name)
        count++;
    return count;
}

static unsigned named_steps(const struct ob_goal *goal)
{
    unsigned count = 0;
    while (count < OB_GOAL_STEPS_MAX && goal->steps[count])
        count++;
    return count;
}

unsigned ob_goal_steps(const struct ob_target *target, unsigned goal)
{
    unsigned named = named_steps(&target->goals[goal]);
    return named ? named : 1;
}

int ob_goal_find(const struct ob_target *target, const char *name)
{
    unsigned count = ob_goal_count(target);
    for (unsigned goal = 0; goal < count; goal++)
        if (strcmp(target->goals[goal].name, name) == 0)
            return (int)goal;
    return -1;
}

static void list_names(const struct ob_target *target, const char *names[OB_GOALS_MAX])
{
    for (unsigned goal = 0; goal < OB_GOALS_MAX; goal++)
        names[goal] = target->goals[goal].name;
}

const char *ob_goal_nearest(const struct ob_target *target, const char *name)
{
    const char *names[OB_GOALS_MAX];
    list_names(target, names);
    return ob_nearest(name, names, ob_goal_count(target));
}

static bool is_identifier(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && name[length] == '\0' && strchr("0123456789", *name) == NULL;
}

static int check_steps(const struct ob_target *target, const struct ob_goal *goal,
                       struct ob_error *error)
{
    unsigned count = named_steps(goal);
    for (unsigned step = 0; step < count; step++) {
        if (!is_identifier(goal->steps[step]))
            return ob_error_set(error,
                                "target %s: \"%s\", a step of the goal %s, is no C identifier",
                                target->name, goal->steps[step], goal->name);
        for (unsigned other = 0; other < step; other++)
            if (strcmp(goal->steps[other], goal->steps[step]) == 0)
                return ob_error_set(error, "target %s: two steps of the goal %s are named \"%s\"",
                                    target->name, goal->name, goal->steps[step]);
    }
    return 0;
}

int ob_goals_plan(const struct ob_target *target, struct ob_goal_plan *plan, struct ob_error *error)
{
    unsigned marks = 0;
    unsigned count = ob_goal_count(target);
    for (unsigned goal = 0; goal < count; goal++) {
        const char *name = target->goals[goal].name;
        unsigned steps = ob_goal_steps(target, goal);
        if (!is_identifier(name))
            return ob_error_set(error, "target %s: the goal \"%s\" is no C identifier",
                                target->name, name);
        if (ob_goal_find(target, name) != (int)goal)
            return ob_error_set(error, "target %s: two goals are named \"%s\"", target->name, name);
        if (check_steps(target, &target->goals[goal], error))
            return -1;
        if (marks + steps > OB_GOAL_MARKS)
            return ob_error_set(error, "target %s: its goals have more than %d steps in all",
                                target->name, OB_GOAL_MARKS);
        if (plan) {
            plan->steps[goal] = (uint8_t)steps;
            plan->marks[goal] = (uint8_t)marks;
        }
        marks += steps;
    }
    if (plan)
        plan->count = count;
    return 0;
}

/* -- who is meant -- */

/* Whose code has made a call, for errors. */
static const char *caller(const struct ob_world *world)
{
    const struct ob_actor *running = ob_running(world);
    return running ? world->names[running->id] : "a check or a monitor";
}

static OB_NORETURN void unknown(const struct ob_world *world, const char *call, const char *by,
                                const char *goal)
{
    const char *near = ob_goal_nearest(world->target, goal);
    if (near)
        ob_defect(world, "%s by %s: the target declares no goal \"%s\"; did you mean %s?", call, by,
                  goal, near);
    ob_defect(world, "%s by %s: the target declares no goal \"%s\"; name it in its `goals`", call,
              by, goal);
}

/* Names are literals that are mostly the same as those of the declaration, at one address. */
static OB_RARE unsigned find_slowly(const struct ob_world *world, const char *call, const char *by,
                                    const char *name)
{
    int goal = ob_goal_find(world->target, name);
    if (goal < 0)
        unknown(world, call, by ? by : caller(world), name);
    return (unsigned)goal;
}

static inline unsigned find(const struct ob_world *world, const char *call, const char *by,
                            const char *name)
{
    for (unsigned goal = 0; goal < world->goal_plan.count; goal++)
        if (world->target->goals[goal].name == name)
            return goal;
    return find_slowly(world, call, by, name);
}

/* -- in a run -- */

static void note_step(struct ob_world *world, unsigned goal, unsigned steps)
{
    struct ob_progress *progress = &world->run.goals.list[goal];
    if (progress->furthest < steps)
        progress->furthest = (uint8_t)steps;
    if (world->counters)
        ob_mark_goal(world, world->goal_plan.marks[goal] + steps - 1);
}

static OB_RARE void reach(struct ob_world *world, unsigned goal)
{
    struct ob_goals *goals = &world->run.goals;
    goals->reached |= UINT32_C(1) << goal;
    goals->list[goal].deliveries = world->run.log.delivery_count;
    note_step(world, goal, world->goal_plan.steps[goal]);
    if (world->goal_sought == goal + 1)
        ob_bound_violation(world, world->target->goals[goal].name, "the goal is reached");
}

static bool is_reached(const struct ob_world *world, unsigned goal)
{
    return world->run.goals.reached >> goal & 1;
}

void ob_sometimes(struct ob_world *world, const char *name, bool condition)
{
    unsigned goal = find(world, "OB_SOMETIMES() or OB_REACHABLE()", NULL, name);
    if (!world->set_up)
        ob_defect(world, "OB_SOMETIMES() or OB_REACHABLE() in set-up: %s can be reached in runs",
                  name);
    if (world->target->goals[goal].steps[0])
        ob_defect(world,
                  "OB_SOMETIMES() or OB_REACHABLE() by %s: the goal %s has steps; use OB_STEP()",
                  caller(world), name);
    if (condition && !is_reached(world, goal) && !world->run.ending.violated)
        reach(world, goal);
}

static unsigned find_path(struct ob_actor *self, const char *call, const char *name)
{
    struct ob_world *world = self->world;
    unsigned goal = find(world, call, ob_name(self), name);
    struct ob_progress *progress = &world->run.goals.list[goal];
    if (self->id <= world->actor_count)
        ob_defect(world, "%s by %s, which is no monitor: only what those see has an order", call,
                  ob_name(self));
    if (!world->target->goals[goal].steps[0])
        ob_defect(world, "%s by %s: the goal %s has no steps; use OB_SOMETIMES()", call,
                  ob_name(self), name);
    if (progress->monitor && progress->monitor != self->id)
        ob_defect(world,
                  "%s by %s: the steps of the goal %s are those of %s; let one monitor go all",
                  call, ob_name(self), name, world->names[progress->monitor]);
    progress->monitor = self->id;
    return goal;
}

static unsigned find_step(struct ob_actor *self, unsigned goal, const char *name)
{
    const struct ob_goal *path = &self->world->target->goals[goal];
    for (unsigned step = 0; step < self->world->goal_plan.steps[goal]; step++)
        if (path->steps[step] == name || strcmp(path->steps[step], name) == 0)
            return step;
    const char *near = ob_nearest(name, path->steps, self->world->goal_plan.steps[goal]);
    ob_defect(self->world, "OB_STEP() by %s: the goal %s has no step \"%s\"; %s%s", ob_name(self),
              path->name, name, near ? "did you mean " : "its first is ",
              near ? near : path->steps[0]);
}

void ob_goal_step(struct ob_actor *self, const char *name, const char *step_name)
{
    struct ob_world *world = self->world;
    unsigned goal = find_path(self, "OB_STEP()", name);
    unsigned step = find_step(self, goal, step_name);
    struct ob_progress *progress = &world->run.goals.list[goal];
    if (step != progress->next || world->run.ending.violated)
        return;
    if (OB_UNLIKELY(self->tracked))
        ob_access_change(self); /* where the path stands is part of the monitor's state */
    progress->next++;
    if (progress->next < world->goal_plan.steps[goal])
        note_step(world, goal, progress->next);
    else if (!is_reached(world, goal))
        reach(world, goal);
}

void ob_goal_anew(struct ob_actor *self, const char *name)
{
    unsigned goal = find_path(self, "OB_STEPS_ANEW()", name);
    struct ob_progress *progress = &self->world->run.goals.list[goal];
    if (progress->next > 0 && OB_UNLIKELY(self->tracked))
        ob_access_change(self);
    progress->next = 0;
}

/* -- told -- */

uint32_t ob_world_goals(const struct ob_world *world)
{
    return world->run.goals.reached;
}

unsigned ob_world_goal_furthest(const struct ob_world *world, unsigned goal)
{
    assert(goal < world->goal_plan.count);
    return world->run.goals.list[goal].furthest;
}

uint64_t ob_world_goal_way(const struct ob_world *world, unsigned goal)
{
    assert(goal < world->goal_plan.count && is_reached(world, goal));
    struct ob_run *run = (struct ob_run *)&world->run; /* a cache is filled, which nobody sees */
    return ob_causal_hash(&run->identities, &run->log, run->goals.list[goal].deliveries);
}

void ob_world_until_goal(struct ob_world *world, int goal)
{
    assert(goal < (int)world->goal_plan.count);
    world->goal_sought = (unsigned)(goal + 1);
}

int ob_world_goal_sought(const struct ob_world *world)
{
    return (int)world->goal_sought - 1;
}

bool ob_world_ended_at_goal(const struct ob_world *world)
{
    const struct ob_verdict *verdict = &world->run.ending.verdict;
    return world->goal_sought && verdict->outcome == OB_VIOLATED &&
           is_reached(world, world->goal_sought - 1) &&
           strcmp(verdict->invariant, world->target->goals[world->goal_sought - 1].name) == 0;
}

int ob_world_goal_at(const struct ob_world *world, uint32_t delivery, uint32_t nth)
{
    uint32_t deliveries = delivery == OB_NONE ? 0 : delivery + 1;
    for (uint32_t left = world->run.goals.reached; left; left &= left - 1) {
        unsigned goal = (unsigned)__builtin_ctz(left);
        if (world->run.goals.list[goal].deliveries == deliveries && nth-- == 0)
            return (int)goal;
    }
    return -1;
}
