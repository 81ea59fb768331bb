/* An actor as the world keeps it. */
#ifndef OFFBEAT_WORLD_ACTOR_H
#define OFFBEAT_WORLD_ACTOR_H

#include "offbeat/task.h"
#include "world/chosen.h"
#include "world/queue.h"

/* How an actor gets what none of its tasks awaits. */
enum ob_receive_style { OB_HANDLES, OB_IS_PROCESS, OB_IS_ASYNC };

/* What the loop needs of every actor comes first, in one cache line. */
struct ob_actor {
    struct ob_world *world;
    ob_handler *receive;
    void *state;
    uint64_t busy_until_us; /* it handles nothing before; OB_NEVER while it is down */
    uint64_t wake_us;       /* when it is next woken to handle its mailbox */
    uint64_t ahead_us;      /* how much of ob_work() the running handler has used */
    uint32_t busy_by;       /* the event, in a run of chosen order, that has set busy_until_us */
    uint32_t restart_by;    /* the same for its start that is due */
    uint32_t last_delivery; /* or OB_NONE */
    uint32_t mailbox_first; /* chain of messages that wait for it, or OB_NONE: see mailbox.h */
    uint32_t mailbox_last;
    uint32_t mailbox_count;
    uint32_t postponed_first; /* chain of messages put aside */
    uint32_t postponed_last;
    uint32_t postponed_count;
    uint32_t handled_count; /* deliveries so far */
    uint32_t rate_ppm;      /* of its clock: 1,000,000 is right */
    int64_t offset_us;      /* of its clock */
    uint16_t id;
    uint16_t abstract_state;
    uint64_t held_lines; /* lines of messages that wait for deliveries to it, a bit a deviation */
    uint16_t last_kind;  /* for feedback only: of the delivery before */
    uint64_t kinds_seen; /* for feedback only: a bit for each kind that was delivered */
    uint16_t forward_to; /* of a forwarder */
    uint32_t chosen_counts[OB_CHOICE_POINTS_MAX]; /* choices that it has made, by their point */
    uint8_t incarnation;
    bool down;
    bool unborn; /* it was kept down as the run began, and nobody has started it yet */
    bool ending; /* the running handler has called ob_stop() */
    bool watched;
    bool one_life;    /* who sends to it means the life that it has then */
    bool traps;       /* exit signals come as messages */
    bool keeps_late;  /* answers to calls that it has given up reach it */
    bool starting;    /* its starter is told when its start is over */
    bool start_is_on; /* the start goes on until it says that it is over */
    uint16_t starter; /* who started it */
    uint8_t starter_kind;
    bool attention;  /* something is to be done after the handler: one of the counts is not 0 */
    bool tracked;    /* who asks for its state is noted, see access.h */
    bool postponing; /* the running handler has put its message aside */
    uint16_t receivers_first; /* chain of tasks that await messages: see struct ob_waiters */
    uint16_t receivers_last;
    uint32_t task_count; /* tasks that it has started */
    /* Fixed at set-up: */
    uint8_t receive_style; /* enum ob_receive_style */
    const void *config;
    ob_handler *begun;   /* of one that is up and has not begun: what `receive` is from then on */
    ob_handler *handler; /* in worlds with tasks: what `receive` gives it when no task awaits it */
    void (*process)(struct ob_actor *self);
    uint16_t group_index;
    uint32_t end_reason;
    size_t state_size;
    void (*start)(struct ob_actor *self);
    void (*describe)(const struct ob_actor *self, struct ob_text *text);
    struct ob_faults faults;
};

static inline bool ob_is_busy(const struct ob_actor *actor, uint64_t now_us)
{
    return actor->busy_until_us > now_us;
}

#endif
