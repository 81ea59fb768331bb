/* What is made of the few things that a task can await. */
#include "offbeat/process.h"
#include "world/access_note.h"
#include "world/leave.h"
#include "world/task_queue.h"

#define AWAITED_TOGETHER_MAX 64

bool ob_task_join(struct ob_actor *self, uint32_t handle, uint32_t timeout_us)
{
    struct ob_task *task = ob_task_find(self->world, handle);
    if (task && task->actor->tracked) {
        ob_access_ask(task->actor);
        ob_access_change(task->actor); /* its end wakes this task */
    }
    return !task || ob_wait_in(self, &task->done, 0, timeout_us, "join");
}

const struct ob_message *ob_await_any(struct ob_actor *self, const uint16_t *refs, unsigned count,
                                      uint32_t timeout_us)
{
    const struct ob_await what = {.refs = refs,
                                  .ref_count = count,
                                  .times_out = timeout_us != OB_FOREVER,
                                  .timeout_us = timeout_us};
    return ob_await(self, &what);
}

const struct ob_message *ob_await_reply(struct ob_actor *self, uint16_t ref, uint32_t timeout_us)
{
    const struct ob_message *reply = ob_await_any(self, &ref, 1, timeout_us);
    if (!reply && self->receive_style == OB_IS_PROCESS)
        ob_give_up(self, ref);
    return reply;
}

/* What is left of a timeout that ends when the actor's clock shows `deadline_us`. */
static uint32_t time_left(const struct ob_actor *self, uint64_t deadline_us, uint32_t timeout_us)
{
    if (timeout_us == OB_FOREVER)
        return OB_FOREVER;
    uint64_t now_us = ob_now(self);
    return deadline_us > now_us ? (uint32_t)(deadline_us - now_us) : 0;
}

unsigned ob_await_all(struct ob_actor *self, const uint16_t *refs, unsigned count,
                      uint32_t timeout_us, const struct ob_message **replies)
{
    uint16_t open[AWAITED_TOGETHER_MAX];
    unsigned open_count = count;
    uint64_t deadline_us = timeout_us == OB_FOREVER ? 0 : ob_now(self) + timeout_us;
    if (count > AWAITED_TOGETHER_MAX)
        ob_defect(
            self->world,
            "ob_await_all() by %s is given %u calls; it takes at most %d, so await them in parts",
            ob_name(self), count, AWAITED_TOGETHER_MAX);
    for (unsigned at = 0; at < count; at++) {
        open[at] = refs[at];
        replies[at] = NULL;
    }
    while (open_count > 0) {
        const struct ob_message *reply =
            ob_await_any(self, open, open_count, time_left(self, deadline_us, timeout_us));
        if (!reply)
            break;
        for (unsigned at = 0; at < count; at++)
            if (refs[at] == reply->ref)
                replies[at] = reply;
        for (unsigned at = 0; at < open_count; at++)
            if (open[at] == reply->ref)
                open[at] = open[--open_count];
    }
    return count - open_count;
}

unsigned ob_mailbox_count(const struct ob_actor *self, uint64_t kinds)
{
    const struct ob_world *world = self->world;
    if (self->tracked)
        ob_access_ask(self);
    const uint32_t chains[] = {self->postponed_first, self->mailbox_first};
    unsigned count = 0;
    for (unsigned chain = 0; chain < 2; chain++)
        for (uint32_t at = chains[chain]; at != OB_NONE; at = world->run.log.sent[at].next)
            count += !(world->run.log.sent[at].flags & OB_SENT_RESUME) &&
                     (kinds == 0 || (kinds >> world->run.log.sent[at].message.kind & 1));
    return count;
}
