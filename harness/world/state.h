/*
 * A world is put together here from its rooms. All that a run changes lies in `struct ob_run` and
 * in the tables that it points to, in the actors and in the arena: so a reset and a snapshot are
 * copies of these and nothing else.
 */
#ifndef OFFBEAT_WORLD_STATE_H
#define OFFBEAT_WORLD_STATE_H

#include <assert.h>
#include <setjmp.h>
#include <string.h>

#include "scenario/vocabulary.h"
#include "world/actor.h"
#include "world/arena.h"
#include "world/bounds.h"
#include "world/causality.h"
#include "world/chosen.h"
#include "world/deviations.h"
#include "world/fiber.h"
#include "world/goals.h"
#include "world/happening.h"
#include "world/hold.h"
#include "world/identity.h"
#include "world/inline.h"
#include "world/log.h"
#include "world/monitoring.h"
#include "world/network.h"
#include "world/queue.h"
#include "world/task.h"
#include "world/verdict.h"
#include "world/walk.h"

#define OB_KINDS_ADDED_MAX 16u /* by what is made of actors, see ob_world_add_kind() */
#define OB_NAMES_CACHED 64u    /* a power of two */
#define OB_TIMERS_KNOWN 32u    /* a power of two */

/* That one actor is told of the end of another. Those of set-up hold for every life; those of a run
 * for one, and are over when they have told. */
struct ob_watching {
    uint16_t watched;
    uint16_t watcher;
    uint8_t kind;
    uint8_t life; /* the watcher's, of those of a run */
    bool exits;   /* by an exit signal: a link */
    uint16_t ref; /* of those of a run; 0 of those of set-up */
};

/* Memory that others keep over runs: see attach.h. */
#define OB_LASTING_MAX 8u
struct ob_lasting {
    const void *owner; /* or NULL */
    void *memory;
    void (*release)(void *memory);
};

enum ob_call_state {
    OB_CALL_OPEN,
    OB_CALL_ANSWERED,
    OB_CALL_DOWN, /* who was called has ended, and its caller knows */
    OB_CALL_OVER, /* nobody waits for what comes with this ref */
};

enum ob_ref_type { OB_REF_CALL, OB_REF_MONITOR, OB_REF_LINK };

/* What a ref stands for. */
struct ob_ref {
    uint16_t asked; /* to whom it was made */
    uint16_t by;
    uint8_t life;  /* the caller's */
    uint8_t type;  /* enum ob_ref_type */
    uint8_t state; /* enum ob_call_state */
};

/* The calls of a run. */
struct ob_calls {
    struct ob_ref *list; /* by ref */
    uint32_t count;
};

/* What a run changes, apart from the arena, the actors and what the tables hold that these structs
 * point to. A snapshot is a copy of it. */
struct ob_run {
    struct ob_log log;
    struct ob_queue queue;
    uint64_t now_us;
    uint64_t outside_us; /* when the next message from outside is due, or OB_NEVER */
    uint64_t end_key;    /* where the run ends though the queue may not be empty, see settle_us */
    uint64_t outside_end_us; /* when the last one was */
    uint32_t outside_next;   /* index of the next message from outside */
    uint16_t starting;       /* the actor that starts, or 0 */
    bool has_walks;
    bool walking; /* a walk goes on */
    const struct ob_scenario *scenario;
    struct ob_network network;
    struct ob_holds holds;
    struct ob_strikes strikes;
    struct ob_happenings happenings;
    struct ob_causality causality;
    struct ob_identities identities;
    struct ob_calls calls;
    uint32_t watch_count; /* those of set-up included */
    struct ob_choices choices;
    struct ob_task_list tasks;
    struct ob_monitoring monitoring;
    struct ob_goals goals;
    struct ob_ending ending;
    void *attached; /* memory in the arena that others have attached to the run: see attach.h */
    struct ob_deviations deviations;
};

/* The state at a delivery shortly before the bound of deliveries, and when it came again. */
struct ob_round {
    uint64_t hash;
    uint64_t from_us;    /* virtual time of that delivery */
    uint64_t period_us;  /* from one to the next of the same */
    uint32_t from;       /* its index */
    uint32_t sent;       /* its message; OB_NONE: there is no such state */
    uint32_t deliveries; /* from one to the next of the same; 0: not seen */
    uint32_t compared;   /* other states */
};

struct ob_world {
    struct ob_run run;
    struct ob_round round;
    struct ob_run run_initial; /* as every run begins */
    struct ob_walk_run walk;   /* valid in runs with walks */
    struct ob_actor *actors;   /* by id; [0] is not used. Monitors come behind the others */
    struct ob_arena arena;
    struct ob_walker *walker; /* what walks need */
    struct ob_stacks stacks;
    uint32_t actor_count;
    uint32_t deliveries_max;               /* of one run */
    uint32_t deliveries_stop;              /* where somebody wants to know: at most that */
    uint8_t outside_by_kind[OB_KINDS_MAX]; /* index into the vocabulary's `outside` */

    /* Fixed once set up: */
    const struct ob_target *target;
    unsigned variant;
    struct ob_task_limits task_limits; /* tasks_max is 0 where the target uses no tasks */
    unsigned resume_kind;
    unsigned call_down_kind; /* where the target has processes; otherwise OB_KINDS_MAX */
    struct ob_message_type messages[OB_KINDS_MAX]; /* the vocabulary's */
    struct ob_vocabulary vocabulary;
    const char *names[OB_ACTORS_MAX + 1];
    struct ob_watching *watches; /* in the order in which their watchers are told */
    unsigned watch_count;        /* of set-up */
    const struct ob_monitor_type *monitors[OB_MONITORS_MAX]; /* in the order of their ids */
    unsigned monitor_count;
    struct ob_goal_plan goal_plan;
    struct ob_actor *actors_initial; /* copies, restored by every run */
    void *arena_initial;
    size_t arena_initial_used;
    struct ob_declaration *declarations; /* of links, in the arena, while set-up runs */
    struct ob_declaration **declarations_end;
    const struct ob_annex *annex; /* see annex.h */
    void *annex_context;
    const struct ob_message_type *added_kinds[OB_KINDS_ADDED_MAX];
    unsigned added_kind_count;
    const struct ob_fault_point *fault_points[OB_FAULT_POINTS_MAX];
    const char *fault_names[OB_FAULT_POINTS_MAX];
    unsigned fault_point_count;
    bool runs_by_itself; /* no message need come from outside */
    bool has_lives;      /* an actor tells its lives apart, see ob_use_pids() */
    bool set_up;
    bool has_defect; /* see ob_defect() */
    bool has_start;

    /* Not part of a run: */
    uint32_t timers_us[OB_TIMERS_KNOWN]; /* durations that runs have waited for, by their hash */
    bool reads_clock;                    /* an actor has read its clock in some run */
    uint32_t epochs;
    uint32_t listings; /* of choices, see choice.c */
    uint64_t chosen_key;
    uint64_t chosen_time_us;
    const struct ob_serial *serial;        /* the order of a serial run, see serial.c */
    bool keep_going;                       /* a violation that a check finds does not end the run */
    unsigned judges;                       /* a set of enum ob_judge */
    void (*check)(struct ob_world *world); /* the target's, unless invariants are switched off */
    struct ob_lasting lasting[OB_LASTING_MAX];
    jmp_buf *escape;          /* where a violation goes */
    struct ob_access *access; /* what is noted of who reads what, or NULL: see access.h */
    void (*on_violation)(struct ob_world *world, void *context);
    void *violation_context;
    ob_world_runner *runner;
    void *runner_context;
    struct ob_known_outcome known_outcome; /* how the run ends, if that is known */
    bool is_outcome_known;
    volatile uint32_t *published;
    uint8_t *counters;
    uint32_t counters_mask;
    uint32_t goal_marks;  /* from that place on counters are those of goals */
    unsigned goal_sought; /* one more than the goal at which runs end, or 0 */
    struct ob_named {
        const char *pointer;
        uint16_t id;
    } name_cache[OB_NAMES_CACHED];
    struct ob_expected *expected; /* invariants that are to be evaluated, or NULL */
};

/* Actors and monitors: ids go from 1 to that. */
static inline unsigned ob_party_count(const struct ob_world *world)
{
    return world->actor_count + world->monitor_count;
}

/* Where a run ends when nothing but periodic timers has happened since a time, and at the latest.
 */
static inline uint64_t ob_end_key(const struct ob_world *world, uint64_t since_us)
{
    uint64_t settle_us = world->target->settle_us;
    uint64_t end_us = settle_us ? since_us + settle_us + 1 : OB_TIME_US_MAX;
    return ob_key(end_us < OB_TIME_US_MAX ? end_us : OB_TIME_US_MAX, 0);
}

/* Whether what happens there is only periodic timers, long after the last message. */
static inline bool ob_is_settled(const struct ob_world *world, uint64_t key)
{
    return key >= world->run.end_key;
}

/* The event of message 0 in keys. Actors' events come first, so that what waits in a mailbox is
 * handled before what arrives at the same moment. */
static inline uint32_t ob_event_base(const struct ob_world *world)
{
    return world->run.log.event_base;
}

#endif
