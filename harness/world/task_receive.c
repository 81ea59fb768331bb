#include "world/task_receive.h"

#include "world/leave.h"
#include "world/mailbox.h"
#include "world/send.h"
#include "world/task_life.h"
#include "world/task_queue.h"
#include "world/task_switch.h"

static bool has_ref(const struct ob_await *what, uint16_t ref)
{
    for (unsigned at = 0; at < what->ref_count; at++)
        if (what->refs[at] == ref)
            return true;
    return false;
}

OB_INLINE bool fits(const struct ob_await *what, const struct ob_message *message)
{
    bool named = what->kinds >> message->kind & 1;
    if (!named && what->ref_count && message->ref)
        named = has_ref(what, message->ref);
    if (!named && (what->kinds || what->ref_count))
        return false;
    return !what->accepts || what->accepts(message, what->context);
}

/* Whether something that fits waits in the mailbox of an actor that has stood still. */
static bool has_arrived(const struct ob_actor *actor, const struct ob_await *what)
{
    const struct ob_log *log = &actor->world->run.log;
    uint32_t at = actor->mailbox_first;
    while (at != OB_NONE && !fits(what, &log->sent[at].message))
        at = log->sent[at].next;
    return at != OB_NONE;
}

/* The time has come for which a task has slept, or at which it stops waiting, or it was woken. */
static struct ob_task *resume(struct ob_world *world, uint32_t sent)
{
    struct ob_task *task = &world->run.tasks.list[world->run.log.sent[sent].origin];
    if (task->handle == 0 || task->pending != sent)
        return NULL; /* it was cancelled when this had arrived, and waited for its actor */
    if (task->what && task->what->ref_count && task->actor->receive_style == OB_IS_PROCESS &&
        has_arrived(task->actor, task->what)) {
        task->pending = OB_NONE; /* a call looks for its answer once more when its time is over */
        return NULL;
    }
    task->pending = OB_NONE;
    ob_task_unlink(world, task);
    return task;
}

/* A task gets the message that it awaits: now, or where tasks may be late when its turn comes. */
OB_INLINE struct ob_task *give(struct ob_world *world, struct ob_task *task,
                               const struct ob_message *message)
{
    struct ob_actor *actor = task->actor;
    if (OB_UNLIKELY(task->pending != OB_NONE))
        ob_task_drop_pending(world, task);
    ob_task_take_out(world, &actor->receivers_first, &actor->receivers_last, task);
    task->what = NULL;
    task->message = message;
    if (OB_LIKELY(actor->faults.task_late_us_max == 0))
        return task;
    task->awaits = OB_AWAITS_TURN;
    const struct ob_resume resume = {.reason = OB_RESUMES_MESSAGE,
                                     .kind =
                                         message ? message->kind : (uint16_t)world->call_down_kind};
    task->pending = ob_send_resume(actor, task, 0, false, &resume, 0);
    return NULL;
}

static void run_handler(struct ob_actor *self, void *context)
{
    const struct ob_message *message = context;
    self->handler(self, message);
}

/* Whether nothing of what is awaited can come any more: calls alone, and whoever was called has
 * ended. */
static bool is_in_vain(const struct ob_world *world, const struct ob_await *what)
{
    if (what->kinds || what->ref_count == 0)
        return false;
    for (unsigned at = 0; at < what->ref_count; at++)
        if (world->run.calls.list[what->refs[at]].state != OB_CALL_DOWN)
            return false;
    return true;
}

/* The process learns that a call of its own gets no answer. */
static struct ob_task *call_is_down(struct ob_actor *actor, uint16_t ref)
{
    struct ob_world *world = actor->world;
    world->run.calls.list[ref].state = OB_CALL_DOWN;
    for (uint16_t slot = actor->receivers_first; slot != 0; slot = ob_task_at(world, slot)->next) {
        struct ob_task *task = ob_task_at(world, slot);
        if (has_ref(task->what, ref) && is_in_vain(world, task->what))
            return give(world, task, NULL);
    }
    return NULL;
}

struct ob_task *ob_task_for(struct ob_actor *actor, const struct ob_message *message)
{
    struct ob_world *world = actor->world;
    if (message->kind == world->call_down_kind)
        return call_is_down(actor, message->ref);
    if (world->run.log.sent[world->run.log.handling].flags & OB_SENT_RESUME)
        return resume(world, world->run.log.handling);
    for (uint16_t slot = actor->receivers_first; slot != 0; slot = ob_task_at(world, slot)->next)
        if (fits(ob_task_at(world, slot)->what, message))
            return give(world, ob_task_at(world, slot), message);
    switch (actor->receive_style) {
    case OB_IS_PROCESS:
        actor->postponing = true;
        actor->attention = true;
        break;
    case OB_IS_ASYNC:
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): takes const away */
        (void)ob_task_begin(actor, run_handler, (void *)(uintptr_t)message);
        break;
    default:
        actor->handler(actor, message);
        break;
    }
    return NULL;
}

void ob_task_receive(struct ob_actor *actor, const struct ob_message *message)
{
    struct ob_task *task = ob_task_for(actor, message);
    if (task)
        ob_task_go_on(actor->world, task);
}

OB_INLINE struct ob_task *running(struct ob_actor *self, const char *function)
{
    struct ob_task *task = self->world->run.tasks.running;
    if (OB_UNLIKELY(!task || task->actor != self))
        ob_defect(self->world,
                  "%s() by %s outside of a task: only processes, async actors and tasks of "
                  "ob_task_start() may await",
                  function, self->world->names[self->id]);
    return task;
}

/* Brings the oldest message of a process's mailbox that fits to where it is handled next. */
static bool fetch(struct ob_actor *actor, const struct ob_await *what)
{
    struct ob_world *world = actor->world;
    uint32_t at = actor->postponed_first;
    while (at != OB_NONE && !fits(what, &world->run.log.sent[at].message))
        at = world->run.log.sent[at].next;
    if (at == OB_NONE)
        return false;
    ob_mailbox_retry_one(&world->run.log, actor, at);
    return true;
}

/* The timeout of what a task awaits. */
static uint32_t send_timeout(struct ob_actor *self, const struct ob_task *task,
                             const struct ob_await *what)
{
    const struct ob_resume resume = {
        .reason = OB_RESUMES_TIMEOUT,
        .call_count = (uint8_t)(what->ref_count < UINT8_MAX ? what->ref_count : UINT8_MAX),
        .kinds = what->kinds,
        .call = what->name,
    };
    return ob_send_resume(self, task, what->timeout_us, true, &resume,
                          what->ref_count ? what->refs[0] : 0);
}

const struct ob_message *ob_await(struct ob_actor *self, const struct ob_await *what)
{
    struct ob_task *task = running(self, "ob_await");
    if (is_in_vain(self->world, what))
        return NULL;
    bool is_there =
        self->receive_style == OB_IS_PROCESS && self->postponed_count && fetch(self, what);
    if (what->times_out && what->timeout_us != OB_FOREVER && !is_there)
        task->pending = send_timeout(self, task, what);
    task->what = what;
    task->message = NULL;
    ob_task_append(self->world, &self->receivers_first, &self->receivers_last, task);
    ob_task_suspend(task, OB_AWAITS_MESSAGE);
    return task->message;
}

void ob_sleep(struct ob_actor *self, uint32_t duration_us)
{
    struct ob_task *task = running(self, "ob_sleep");
    const struct ob_resume resume = {.reason = OB_RESUMES_SLEEP};
    task->pending = ob_send_resume(self, task, duration_us, true, &resume, 0);
    ob_task_suspend(task, OB_AWAITS_TIME);
}

void ob_yield(struct ob_actor *self)
{
    struct ob_task *task = running(self, "ob_yield");
    const struct ob_resume resume = {.reason = OB_RESUMES_YIELD};
    task->pending = ob_send_resume(self, task, 0, false, &resume, 0);
    ob_task_suspend(task, OB_AWAITS_TURN);
}

void ob_defer(struct ob_actor *self)
{
    struct ob_task *task = running(self, "ob_defer");
    const struct ob_resume resume = {.reason = OB_RESUMES_YIELD};
    task->pending = ob_is_microtask(self, task) ? ob_send_microtask(self, task, &resume)
                                                : ob_send_resume(self, task, 0, false, &resume, 0);
    ob_task_suspend(task, OB_AWAITS_TURN);
}

bool ob_wait_in(struct ob_actor *self, struct ob_waiters *waiters, uint32_t what,
                uint32_t timeout_us, const char *call)
{
    struct ob_task *task = running(self, "ob_wait");
    const struct ob_resume resume = {.reason = OB_RESUMES_TIMEOUT,
                                     .call = call            ? call
                                             : waiters->name ? NULL
                                                             : "wait",
                                     .queue = waiters->name};
    task->wants = what;
    if (timeout_us != OB_FOREVER)
        task->pending = ob_send_resume(self, task, timeout_us, true, &resume, 0);
    task->queue = waiters;
    ob_task_append(self->world, &waiters->first, &waiters->last, task);
    waiters->count++;
    ob_task_suspend(task, OB_AWAITS_QUEUE);
    return task->woken;
}

bool ob_wait_for(struct ob_actor *self, struct ob_waiters *waiters, uint32_t what,
                 uint32_t timeout_us)
{
    return ob_wait_in(self, waiters, what, timeout_us, NULL);
}

bool ob_wait(struct ob_actor *self, struct ob_waiters *waiters, uint32_t timeout_us)
{
    return ob_wait_in(self, waiters, 0, timeout_us, NULL);
}
