/*
 * Tasks as the world sees them. What a run changes of them lies in `world->run.tasks.list` and on
 * the stacks of those that wait; between two steps of a run all of them do.
 */
#ifndef OFFBEAT_WORLD_TASK_H
#define OFFBEAT_WORLD_TASK_H

#include <assert.h>

#include "world/actor.h"
#include "world/fiber.h"

#define OB_TASK_SLOT_BITS 12 /* a handle holds the task's place in the table below its number */
static_assert(OB_TASKS_LIMIT == 1 << OB_TASK_SLOT_BITS, "every place has a number");

/* What a task awaits. */
enum ob_awaiting {
    OB_AWAITS_NOTHING, /* it runs */
    OB_AWAITS_MESSAGE, /* one that fits, see `what` */
    OB_AWAITS_QUEUE,   /* that another wakes it from a queue, see `queue` */
    OB_AWAITS_TIME,    /* the end of its sleep */
    OB_AWAITS_TURN,    /* nothing more: it goes on when its turn comes */
};

/* What a switch needs comes first, in one cache line. */
struct ob_task {
    void *place;                 /* where it goes on */
    void *caller;                /* where it goes to when it awaits */
    struct ob_task *outer;       /* that has started it, while that waits for its first await */
    const struct ob_await *what; /* the messages that it awaits */
    const struct ob_message *message;
    struct ob_waiters *queue; /* that it waits in, or NULL */
    uint32_t pending;         /* the message that lets it go on, or OB_NONE */
    uint16_t slot;            /* its place in the table */
    uint16_t next; /* one more than the place of the next in the same queue, or of the next free one
                    */
    uint8_t awaits; /* enum ob_awaiting */
    bool woken;     /* rather than timed out */
    bool doomed;    /* cancelled while it ran */
    uint32_t wants; /* what it waits in its queue for, see ob_wait_for() */
    uint64_t since_us;
    struct ob_actor *actor;
    ob_task_body *body;
    void *context;
    const char *name;
    uint32_t handle;        /* 0 for a place in the table that is free */
    uint32_t number;        /* among the tasks of its actor */
    struct ob_waiters done; /* tasks that await its end */
    struct ob_stack_bounds caller_stack;
};

struct ob_task_list {
    struct ob_task *list;    /* by place; NULL where the target uses no tasks */
    struct ob_task *running; /* the task that runs, or NULL */
    uint32_t used;           /* places, those included that are free again */
    uint32_t serial;         /* tasks started so far */
    uint16_t free;           /* one more than the first free place, or 0 */
};

static inline unsigned ob_task_slot(const struct ob_task *task)
{
    return task->slot;
}

#endif
