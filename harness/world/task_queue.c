#include "world/task_queue.h"

#include "world/access_note.h"
#include "world/send.h"

struct ob_task *ob_task_find(const struct ob_world *world, uint32_t handle)
{
    unsigned slot = handle & (OB_TASKS_LIMIT - 1);
    if (handle == 0 || slot >= world->run.tasks.used ||
        world->run.tasks.list[slot].handle != handle)
        return NULL;
    return &world->run.tasks.list[slot];
}

void ob_task_drop_pending(struct ob_world *world, struct ob_task *task)
{
    if (task->pending == OB_NONE)
        return;
    ob_sent_cancel(world, task->pending);
    task->pending = OB_NONE;
}

void ob_task_unlink(struct ob_world *world, struct ob_task *task)
{
    ob_task_drop_pending(world, task);
    if (task->what) {
        struct ob_actor *actor = task->actor;
        ob_task_take_out(world, &actor->receivers_first, &actor->receivers_last, task);
        task->what = NULL;
    }
    if (task->queue) {
        ob_task_take_out(world, &task->queue->first, &task->queue->last, task);
        task->queue->count--;
        task->queue = NULL;
    }
}

bool ob_first_waits_for(const struct ob_actor *self, const struct ob_waiters *waiters,
                        uint32_t *what)
{
    if (waiters->first != 0 && what)
        *what = ob_task_at(self->world, waiters->first)->wants;
    return waiters->first != 0;
}

bool ob_is_microtask(const struct ob_actor *self, const struct ob_task *task)
{
    const struct ob_log *log = &self->world->run.log;
    return task->actor == self && self->receive_style == OB_IS_ASYNC &&
           self->faults.task_late_us_max == 0 && log->handling != OB_NONE &&
           log->sent[log->handling].to == self->id;
}

uint32_t ob_wake_nth(struct ob_actor *self, struct ob_waiters *waiters, unsigned nth,
                     const char *call)
{
    struct ob_world *world = self->world;
    if (waiters->first == 0)
        return 0;
    struct ob_task *task = ob_task_at(world, waiters->first);
    while (nth-- > 0)
        task = ob_task_at(world, task->next);
    ob_task_unlink(world, task);
    task->woken = true;
    task->awaits = OB_AWAITS_TURN;
    if (OB_UNLIKELY(self->tracked && task->actor != self))
        ob_access_change(task->actor);
    const struct ob_resume resume = {
        .reason = OB_RESUMES_WOKEN, .call = call, .queue = waiters->name};
    task->pending = ob_is_microtask(self, task) ? ob_send_microtask(self, task, &resume)
                                                : ob_send_resume(self, task, 0, false, &resume, 0);
    return task->handle;
}

uint32_t ob_wake_by(struct ob_actor *self, struct ob_waiters *waiters, const char *call)
{
    return ob_wake_nth(self, waiters, 0, call);
}

uint32_t ob_wake(struct ob_actor *self, struct ob_waiters *waiters)
{
    return ob_wake_by(self, waiters, NULL);
}

unsigned ob_wake_all_by(struct ob_actor *self, struct ob_waiters *waiters, const char *call)
{
    unsigned count = 0;
    while (ob_wake_by(self, waiters, call))
        count++;
    return count;
}

unsigned ob_wake_all(struct ob_actor *self, struct ob_waiters *waiters)
{
    return ob_wake_all_by(self, waiters, NULL);
}

void ob_own(struct ob_waiters *waiters, uint32_t task)
{
    if (task != 0 && waiters->owner_count < OB_OWNERS_MAX)
        waiters->owners[waiters->owner_count++] = task;
}

void ob_disown(struct ob_waiters *waiters, uint32_t task)
{
    for (unsigned at = 0; at < waiters->owner_count; at++) {
        if (waiters->owners[at] != task)
            continue;
        waiters->owners[at] = waiters->owners[--waiters->owner_count];
        return;
    }
}
