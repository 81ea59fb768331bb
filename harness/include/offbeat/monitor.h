/*
 * Monitors: what must hold of several actors together, or of what they do one after the other,
 * written beside the actors and not in them. A monitor observes what is sent and delivered, which
 * states actors declare, and what faults do to them; it keeps its own state, and judges:
 *
 *     enum { UNDECIDED, COMMITTED };
 *     static void atomic_observe(struct ob_actor *self, const struct ob_sight *sight)
 *     {
 *         struct outcomes *seen = ob_state(self);
 *         ...
 *         OB_INVARIANT(ob_world(self), outcomes_agree, seen->commits == 0 || seen->aborts == 0);
 *     }
 *     static const struct ob_monitor_type atomic = {
 *         .name = "atomic", .state_size = sizeof(struct outcomes), .observe = atomic_observe,
 *         .sights = OB_SIGHT_BIT(OB_SAW_SENT), .kinds = OB_KIND_BIT(COMMIT) | OB_KIND_BIT(ABORT)};
 *
 * and in the target's `setup`, after its actors: ob_spawn_monitor(world, &atomic).
 *
 * They are P's monitors, which observe and never act (Desai et al.: "P: safe asynchronous
 * event-driven programming", PLDI 2013), with hot and cold states in virtual time. A monitor is an
 * actor that receives nothing: ob_state(), ob_declare_state(), ob_name() and ob_world() accept it,
 * and checks find it with ob_actor(). It must not send, start timers, choose, work, stop or start
 * others.
 *
 * A monitor sees what a handler has done once the handler has returned, before the target's
 * `check`: the delivery first, then what was sent, in order, then the state that the actor has
 * declared, then its end, then a pause. A link is cut before the message is sent at which the
 * partition begins. Links from outside are not shown. Exhaustive search tries all orders of
 * deliveries that a monitor sees and that may change it, as it does for one actor; so name in
 * `sights` and `kinds` only what the monitor needs.
 */
#ifndef OFFBEAT_MONITOR_H
#define OFFBEAT_MONITOR_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_MONITORS_MAX 16       /* monitors of one target; they count among OB_ACTORS_MAX */
#define OB_MONITOR_STATES_MAX 16 /* named states of one monitor */

/* What a monitor sees. */
enum ob_sight_kind {
    OB_SAW_SENT,      /* an actor sent a message; from outside only its delivery is seen */
    OB_SAW_DELIVERED, /* an actor has handled a message or timer, and has not postponed it */
    OB_SAW_LOST,    /* a message that an actor sent will not arrive, or met an actor that is down */
    OB_SAW_COPIED,  /* a link will deliver a message of an actor twice */
    OB_SAW_STATE,   /* an actor has declared another state, see ob_declare_state() */
    OB_SAW_CRASHED, /* a fault has ended an actor */
    OB_SAW_ENDED,   /* an actor has ended itself, see ob_stop() */
    OB_SAW_STARTED, /* an actor has started again */
    OB_SAW_PAUSED,  /* a fault lets an actor stand still for a time */
    OB_SAW_CUT,     /* a fault has cut the link from one actor to another, or has prolonged a cut */
    OB_SAW_JOINED,  /* a fault has joined it again before its time */
    OB_SAW_SKEWED,  /* an actor's clock is off or drifts, from the beginning of the run on */
    OB_SIGHT_KINDS
};

/* One thing that a monitor sees. Valid during the call. */
struct ob_sight {
    enum ob_sight_kind what;
    uint16_t actor; /* id: who sent, handled, changed, ended, started or pauses; of what was lost on
                       the way, and of a link, who sends */
    uint16_t to;    /* id of the receiver of a message, or at the end of a link; 0 for none */
    uint16_t state_before;            /* of OB_SAW_STATE */
    uint16_t state;                   /* the same: the declared state now */
    const struct ob_message *message; /* owned by the world; NULL if no message is involved */
    uint64_t until_us;                /* when a pause or a cut is over, in virtual time */
};

/* For `hot_violates`: also leaves the note in the object file that OB_INVARIANT() leaves. */
#define OB_VIOLATES(id) (&("offbeat-invariant:" #id)[sizeof "offbeat-invariant:" - 1])

/* Sets for the fields below. */
#define OB_SIGHT_BIT(kind) (UINT32_C(1) << (kind))
#define OB_KIND_BIT(kind) (UINT64_C(1) << (kind))

/* A monitor. It must live as long as the target. */
struct ob_monitor_type {
    const char *name;  /* unique among actors and monitors; letters, digits, '_', '.' */
    size_t state_size; /* bytes of its state, zeroed at the beginning of a run; 0: none */

    /* Called with each sight that it wants; OB_INVARIANT() is legal in it. Never NULL. */
    void (*observe)(struct ob_actor *self, const struct ob_sight *sight);

    uint32_t sights; /* what it wants to see, OB_SIGHT_BIT(...) | ...; 0: everything */
    uint64_t kinds;  /* of messages, OB_KIND_BIT(...) | ...; 0: all. Sights without a message are
                        seen whatever the kinds are */

    /* Names of the states that it declares with ob_declare_state(), by number. In a hot
     * state something is still due: it violates `monitor_is_hot` if nothing more can happen, or
     * after `hot_us_max`. */
    struct {
        const char *name;
        bool hot;
    } states[OB_MONITOR_STATES_MAX];

    /* It violates `monitor_is_hot` to stay in hot states for longer than this virtual time without
     * a break, and for longer than that after the last crash, start, loss, copy, pause or cut; 0:
     * for ever. A run that was cut, or in which that time has not passed, is not judged. */
    uint32_t hot_us_max;

    /* The invariant that it violates instead, so that several monitors do not share one bug:
     * OB_VIOLATES(every_write_ends). NULL: `monitor_is_hot`. */
    const char *hot_violates;

    /* Describes its state for people with ob_describe(), as for an actor. May be NULL. */
    void (*describe)(const struct ob_actor *self, struct ob_text *text);
};

/*
 * Goes on to a step of a goal that has steps: OB_STEP(self, commit_after_abort, abort) wherever an
 * abort is seen, and OB_STEP(self, commit_after_abort, commit) wherever a commit is. In a run the
 * steps come in the order in which the target declares them: one that is not next does nothing.
 * With the last the goal is reached. For monitors, as what they see has an order; all steps of a
 * goal are one monitor's. A goal or step that the target does not declare stops the process.
 */
#define OB_STEP(self, goal, step) ob_goal_step((self), #goal, #step)

/* Restarts the path of a goal: its first step is next again. For "a commit after an abort, and no
 * crash in between". A goal that was reached stays reached, and the furthest step is kept. */
#define OB_STEPS_ANEW(self, goal) ob_goal_anew((self), #goal)

/* What the macros call. */
void ob_goal_step(struct ob_actor *self, const char *goal, const char *step);
void ob_goal_anew(struct ob_actor *self, const char *goal);

/* Adds a monitor to the target. For set-up, after the last ob_spawn(). Returns it, owned by the
 * world: checks pass it to ob_state(). */
struct ob_actor *ob_spawn_monitor(struct ob_world *world, const struct ob_monitor_type *type);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
