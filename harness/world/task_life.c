#include "world/task_life.h"

#include <stdlib.h>

#include "world/access_note.h"
#include "world/leave.h"
#include "world/sanitizers.h"
#include "world/task_guard.h"
#include "world/task_queue.h"
#include "world/task_switch.h"

#define SERIALS_MAX (1u << (32 - OB_TASK_SLOT_BITS))

int ob_tasks_create(struct ob_world *world)
{
    size_t stack_size = world->task_limits.stack_size;
    if (world->task_limits.tasks_max == 0)
        return 0;
#ifdef OB_ASAN
    stack_size *= 4;
#endif
    world->run.tasks.list = calloc(world->task_limits.tasks_max, sizeof *world->run.tasks.list);
    if (!world->run.tasks.list)
        return -1;
    return ob_stacks_create(&world->stacks, world->task_limits.tasks_max, stack_size);
}

void ob_tasks_destroy(struct ob_world *world)
{
    ob_task_unguard(world);
    ob_stacks_destroy(&world->stacks);
    free(world->run.tasks.list);
}

/* A place in the table: one that was free before, the one left last first, so that its stack is
 * warm. */
static struct ob_task *take_slot(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    unsigned slot = run->tasks.free;
    if (slot > 0) {
        slot--;
        run->tasks.free = world->run.tasks.list[slot].next;
    } else if (run->tasks.used < world->task_limits.tasks_max) {
        slot = run->tasks.used++;
    } else {
        ob_cut(world, OB_BOUND_TASKS_AT_ONCE,
               "more tasks at one time than ob_use_tasks() has allowed");
    }
    if (++run->tasks.serial == SERIALS_MAX)
        ob_cut(world, OB_BOUND_TASKS, "the most tasks that one run may start were started");
    world->run.tasks.list[slot] =
        (struct ob_task){.handle = run->tasks.serial << OB_TASK_SLOT_BITS | slot,
                         .pending = OB_NONE,
                         .slot = (uint16_t)slot};
    return &world->run.tasks.list[slot];
}

/* The first frame of every task's stack, which it never leaves. */
static void enter(struct ob_fiber_transfer transfer)
{
    struct ob_task *task = transfer.data;
    ob_fiber_entered(&task->caller_stack);
    task->caller = transfer.from;
    task->body(task->actor, task->context);
    ob_task_exit(task->actor);
}

uint32_t ob_task_begin(struct ob_actor *actor, ob_task_body *body, void *context)
{
    struct ob_world *world = actor->world;
    struct ob_task *outer = world->run.tasks.running;
    struct ob_task *task = take_slot(world);
    uint32_t handle = task->handle;
    task->actor = actor;
    task->body = body;
    task->context = context;
    task->number = actor->task_count++;
    task->done.name = "the end of a task";
    ob_own(&task->done, handle);
    task->place = ob_stack_prepare(&world->stacks, ob_task_slot(task), enter);
    if (!task->place)
        ob_cut(world, OB_BOUND_MEMORY, "memory is short for the stack of a task");
    ob_task_guard(world);
    ob_task_go_on(world, task);
    if (OB_UNLIKELY(outer && outer->doomed))
        ob_task_exit(actor);
    return handle;
}

static void end_task(struct ob_world *world, struct ob_task *task, struct ob_actor *by)
{
    ob_task_unlink(world, task);
    (void)ob_wake_all_by(by, &task->done, "the end of a task");
    task->handle = 0;
    task->next = world->run.tasks.free;
    world->run.tasks.free = (uint16_t)(ob_task_slot(task) + 1);
}

void ob_task_exit(struct ob_actor *self)
{
    struct ob_world *world = self->world;
    struct ob_task *task = world->run.tasks.running;
    if (!task || task->actor != self)
        ob_defect(world, "ob_task_exit() by %s, which runs no task; return instead",
                  world->names[self->id]);
    end_task(world, task, self);
    ob_task_leave(world, task);
}

/* A queue in the state of an actor that dies is gone, but not who waits in it: for ever, or until
 * its timeout. */
static void forget_queue(struct ob_world *world, struct ob_task *task, const struct ob_actor *actor)
{
    const uint8_t *state = actor->state;
    const uint8_t *queue = (const uint8_t *)task->queue;
    if (!queue || queue < state || queue >= state + actor->state_size)
        return;
    uint32_t pending = task->pending; /* its timeout stays */
    task->pending = OB_NONE;
    ob_task_unlink(world, task);
    task->pending = pending;
    if (task->actor->tracked)
        ob_access_change(task->actor);
}

void ob_tasks_die(struct ob_world *world, struct ob_actor *actor)
{
    for (uint32_t slot = 0; slot < world->run.tasks.used; slot++) {
        struct ob_task *task = &world->run.tasks.list[slot];
        if (task->handle == 0)
            continue;
        if (task->actor == actor)
            end_task(world, task, actor);
        else
            forget_queue(world, task, actor);
    }
}

uint32_t ob_task_start(struct ob_actor *self, ob_task_body *body, void *context)
{
    if (self->world->task_limits.tasks_max == 0)
        ob_defect(self->world,
                  "ob_task_start() by %s: call ob_use_tasks() in set-up, which says that there are "
                  "tasks",
                  self->world->names[self->id]);
    return ob_task_begin(self, body, context);
}

bool ob_task_cancel(struct ob_actor *self, uint32_t handle)
{
    struct ob_world *world = self->world;
    struct ob_task *task = ob_task_find(world, handle);
    if (!task || task->doomed)
        return false;
    if (task->actor != self)
        ob_defect(world,
                  "ob_task_cancel() by %s of a task of %s; an actor may cancel its own, so send a "
                  "message instead",
                  world->names[self->id], world->names[task->actor->id]);
    if (task == world->run.tasks.running)
        ob_defect(world,
                  "ob_task_cancel() by %s of the task that runs; call ob_task_exit() instead",
                  world->names[self->id]);
    if (task->awaits ==
        OB_AWAITS_NOTHING) /* it has started this one, and ends when it would go on */
        task->doomed = true;
    else
        end_task(world, task, self);
    return true;
}

bool ob_task_is_done(const struct ob_actor *self, uint32_t handle)
{
    const struct ob_task *task = ob_task_find(self->world, handle);
    if (task && task->actor->tracked)
        ob_access_ask(task->actor);
    return task == NULL;
}

uint32_t ob_task_self(const struct ob_actor *self)
{
    return self->world->run.tasks.running ? self->world->run.tasks.running->handle : 0;
}

void ob_task_name(struct ob_actor *self, const char *name)
{
    if (self->world->run.tasks.running)
        self->world->run.tasks.running->name = name;
}

static void run_process(struct ob_actor *self, void *context)
{
    (void)context;
    self->process(self);
    if (!self->ending)
        ob_stop(self, OB_ENDED_NORMALLY);
}

void ob_task_start_process(struct ob_actor *actor)
{
    (void)ob_task_begin(actor, run_process, NULL);
}
