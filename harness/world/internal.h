/*
 * What the files of this folder share. Everything that a run changes lies in the regions that
 * `struct ob_world` points to, so that a reset and a snapshot are copies of them and nothing else.
 */
#ifndef OFFBEAT_WORLD_INTERNAL_H
#define OFFBEAT_WORLD_INTERNAL_H

#include <assert.h>
#include <setjmp.h>
#include <string.h>

#include "base/rng.h"
#include "offbeat/task.h"
#include "world/access.h"
#include "world/arena.h"
#include "world/bounds.h"
#include "world/fiber.h"
#include "world/world.h"

#define OB_HAPPENINGS_MAX (2u * OB_SENT_MAX)
#define OB_ARMED_MAX 256u /* faults that wait for the delivery of a message that was sent */
#define OB_LINKS_MAX 256u /* different declarations of links */
#define OB_MONITORS_MAX 1024u
#define OB_KINDS_ADDED_MAX 16u /* by what is made of actors, see ob_world_add_kind() */
#define OB_NAMES_CACHED 64u    /* a power of two */
#define OB_TIMERS_KNOWN 32u    /* a power of two */

/* The queue's keys hold the virtual time above and the event below, so that one comparison orders
 * by time and then by the order of sending. 44 bits of µs are 203 days. */
#define OB_EVENT_BITS 20
#define OB_EVENT_MASK ((1u << OB_EVENT_BITS) - 1)
#define OB_TIME_US_MAX ((UINT64_C(1) << (64 - OB_EVENT_BITS)) - 1)
#define OB_NEVER UINT64_MAX

/* The loop that delivers is one function, with what is rare kept out of it: at 30 ns a delivery,
 * calls count. */
#define OB_INLINE static inline __attribute__((always_inline))
#define OB_RARE __attribute__((noinline, cold))
#define OB_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define OB_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Every actor's clock shows this when the run begins, so that one that is behind does not show less
 * than zero. */
#define OB_CLOCK_START_US (UINT64_C(1) << 32)

enum ob_sent_flags {
    OB_SENT_TIMER = 1,
    OB_SENT_COPY = 2,
    OB_SENT_ARMED = 4,       /* a fault waits for its delivery */
    OB_SENT_HELD = 8,        /* a reordering holds it back */
    OB_SENT_CUT = 16,        /* it waits for the end of a partition */
    OB_SENT_RETRY = 32,      /* its receiver has put it aside before */
    OB_SENT_FIFO = 64,       /* it came by a link that keeps the order */
    OB_SENT_RESUME = 128,    /* it lets a task go on */
    OB_SENT_WAITED = 256,    /* it has waited at its receiver: `arrivals` says since when */
    OB_SENT_CANCELLED = 512, /* a timer that was: `next` is how long after its start it was due */
};

/* What comes by no link. */
#define OB_SENT_BY_ITSELF (OB_SENT_TIMER | OB_SENT_RESUME)

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
    uint32_t mailbox_first; /* chain of messages that wait for it, or OB_NONE */
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
    uint32_t chosen_counts[OB_CHOICES_MAX]; /* choices that it has made, by their point */
    uint8_t incarnation;
    bool down;
    bool ending; /* the running handler has called ob_stop() */
    bool watched;
    bool attention;  /* after_handler() has something to do: one of the counts here is not 0 */
    bool tracked;    /* who asks for its state is noted, see access.h */
    bool postponing; /* the running handler has put its message aside */
    uint16_t receivers_first; /* chain of tasks that await messages: see struct ob_waiters */
    uint16_t receivers_last;
    uint32_t task_count; /* tasks that it has started */
    /* Fixed at set-up: */
    uint8_t manner;      /* enum ob_manner */
    ob_handler *handler; /* in worlds with tasks: what `receive` gives it when no task awaits it */
    void (*process)(struct ob_actor *self);
    uint16_t group_index;
    uint32_t end_reason;
    size_t state_size;
    void (*start)(struct ob_actor *self);
    void (*describe)(const struct ob_actor *self, struct ob_text *text);
    struct ob_faults faults;
};

/* The way from one actor to another. What a run changes is valid when `epoch` is the run's. */
struct ob_pair {
    uint64_t last_arrival_us;
    uint64_t cut_until_us;
    uint32_t last_held; /* the last message that is held back on it, or OB_NONE */
    uint32_t epoch;
    uint32_t listed; /* the listing of choices in which its first message was seen */
    /* In a walk, on a link that keeps the order: those under way, chained by `next`. */
    uint32_t chain_first;
    uint32_t chain_last; /* or OB_NONE */
    uint16_t link;       /* fixed at set-up: index into the world's links */
};

/* One thing that a message that is held back waits for: deliveries to its receiver, or the release
 * of the message before it on a link that keeps the order. It goes when nothing is left that it
 * waits for. */
struct ob_hold {
    uint64_t ready_us;        /* it does not arrive before */
    uint32_t sent;            /* the message, whose first hold `first_holds` says */
    uint32_t next_of_message; /* its next hold, or OB_NONE */
    uint32_t follower;        /* in a message's first hold: that of the one behind it, or OB_NONE */
    uint32_t behind;          /* the message before it, or OB_NONE when it waits for deliveries */
    uint32_t due;             /* then: what its line's `delivered` must have come to */
    uint32_t next;            /* and the next of its line; also chains places that are free */
    uint32_t previous;
    uint8_t deviation; /* and the index of the reorder */
};

/* The messages that one reorder holds back until one actor has handled what it awaits, the oldest
 * first. Valid when `epoch` is the run's. */
struct ob_line {
    uint32_t epoch;
    uint32_t first; /* hold, or OB_NONE */
    uint32_t last;
    uint32_t delivered; /* awaited messages that the actor has handled while some were held */
    uint32_t least_due; /* no hold is due before */
    uint32_t seen;      /* the delivery to the actor up to which `handled` counts, or OB_NONE */
    uint32_t handled;   /* awaited messages that it has handled so far */
};

struct ob_armed {
    uint32_t sent;
    uint8_t deviation;
};

struct ob_monitored {
    uint16_t watched;
    uint16_t watcher;
    uint16_t kind;
};

/* A walk that goes on, see walk.h. */
struct ob_walk_run {
    struct ob_rng rng;
    uint64_t seed;     /* of priorities */
    uint64_t last_key; /* what has happened last; what comes next has a greater one */
    uint64_t horizon;  /* what is due until then can be chosen */
    uint64_t outside_sent[OB_MESSAGES_MAX / 64];
    uint32_t outside_left;
    uint32_t punctual_next; /* the next message from outside that comes when it is due */
    uint64_t punctual_us;   /* when that is, or OB_NEVER */
    uint32_t next;          /* place of the next walk */
    uint32_t until;         /* the step at which it ends */
    uint32_t steps;
    uint32_t known;        /* messages whose place is valid */
    uint32_t tick_outside; /* messages that were sent before this microsecond, or by the outside in
                              it before anybody else */
    uint32_t deadline_head;
    uint32_t deadline_tail;
    uint32_t pool_used;
    uint32_t set_count;                       /* what may be taken next */
    uint32_t change_at[OB_WALK_DEPTH_MAX];    /* of PCT: the steps at which a priority falls */
    uint64_t lowered_link[OB_WALK_DEPTH_MAX]; /* of PCT: whose has fallen, the first the lowest but
                                                 last to be chosen */
    uint8_t lowered_count;
    uint8_t strategy;
    uint8_t depth;
    uint8_t late;
    uint8_t deviation; /* its index */
};

/* What a run changes, apart from actors, arena, pairs, queue and trace. */
struct ob_run {
    uint64_t now_us;
    uint64_t hash;
    uint64_t outside_us; /* when the next message from outside is due, or OB_NEVER */
    uint64_t end_key;    /* where the run ends though the queue may not be empty, see settle_us */
    uint64_t outside_end_us;         /* when the last one was */
    uint64_t applied;                /* deviations that took effect */
    uint64_t faults_end_us;          /* faults strike until then, see ob_world_stop_faults() */
    void *records;                   /* what oracles have recorded, in the arena */
    const struct ob_oracle *accuser; /* the oracle that has found the violation, or NULL */
    uint32_t epoch;
    uint32_t outside_next; /* index of the next message from outside */
    uint32_t queue_head;
    uint32_t queue_tail;
    uint32_t sent_count;
    uint32_t delivery_count;
    uint32_t clock_count;    /* deliveries whose row of `clocks` is filled in */
    uint32_t identity_count; /* deliveries whose identity is known */
    uint32_t rank_count;     /* messages whose rank is known */
    uint32_t hold_used;      /* entries of `holds`, those included that are free again */
    uint32_t hold_free;      /* the first of these, or OB_NONE */
    uint32_t line_rows;      /* rows of `lines` that this run may use */
    uint32_t armed_count;
    uint32_t current;     /* the delivery that is being handled, or OB_NONE */
    uint32_t handling;    /* the message that is being handled, or OB_NONE */
    uint16_t starting;    /* the actor that starts, or 0 */
    uint32_t task_used;   /* entries of `tasks`, those included that are free again */
    uint16_t task_free;   /* one more than the first of these, or 0 */
    uint32_t task_serial; /* tasks started so far */
    uint16_t refs;        /* calls made so far */
    bool has_walks;
    bool walking; /* a walk goes on */
    bool chosen;  /* somebody chooses the order, and what happens is noted */
    uint32_t happening_count;
    uint32_t chosen_count;
    uint32_t violated_at; /* what that was at the first violation */
    bool violated_at_end; /* which was seen when nothing more happened */
    bool at_end;          /* nothing more happens */
    bool over;
    bool cut;                            /* at a bound; what can be judged then was not yet */
    bool violated;                       /* the verdict stands, though the run may go on */
    bool lost_something;                 /* a crash, a loss or a partition took part */
    bool paused_something;               /* a pause did */
    uint32_t matched[OB_DEVIATIONS_MAX]; /* messages that each deviation's selector has seen */
    struct ob_walk_run walk;             /* valid in runs with walks */
};

struct ob_world {
    struct ob_run run;
    struct ob_verdict verdict;

    struct ob_actor *actors; /* by id; [0] is not used */
    struct ob_pair *pairs;   /* [from * (actor_count + 1) + to] */
    uint64_t *queue;         /* keys, sorted, from run.queue_head to run.queue_tail */
    struct ob_sent *sent;
    struct ob_delivery *deliveries;
    int16_t *clocks;      /* vector clocks: a row of `clock_width` for each delivery */
    uint64_t *identities; /* of deliveries, see identity.c */
    uint32_t *ranks;      /* of messages, see identity.c */
    uint64_t *arrivals;   /* of messages that have waited; NULL where the target has no oracles */
    uint16_t *asked;      /* whom each call was made to, by its ref */
    struct ob_happening *happenings; /* of a run of chosen order */
    struct ob_chosen *choices_made;
    struct ob_hold *holds;
    uint32_t *first_holds; /* of messages that are held back */
    struct ob_line *lines; /* [deviation * (actor_count + 1) + actor] */
    struct ob_armed *armed;
    struct ob_arena arena;
    struct ob_task *tasks;    /* where the target uses tasks; see task.h */
    struct ob_walker *walker; /* what walks need */
    struct ob_stacks stacks;
    struct ob_task *running; /* the task that runs, or NULL */
    uint32_t clock_width;
    uint32_t actor_count;
    uint32_t deliveries_max;  /* of one run */
    uint32_t deliveries_stop; /* where somebody wants to know: at most that */
    uint32_t event_base;      /* the event of message 0, see ob_event_base() */

    const struct ob_scenario *scenario;
    uint64_t deviations_by_kind[OB_KINDS_MAX]; /* those that select messages, a bit each */
    uint64_t choosing;                         /* those that choose alternatives, a bit each */
    uint8_t outside_by_kind[OB_KINDS_MAX];     /* index into the vocabulary's `outside` */

    /* Fixed once set up: */
    const struct ob_target *target;
    unsigned variant;
    struct ob_task_limits task_limits; /* tasks_max is 0 where the target uses no tasks */
    unsigned resume_kind;
    struct ob_message_type messages[OB_KINDS_MAX]; /* the vocabulary's */
    struct ob_vocabulary vocabulary;
    const char *names[OB_ACTORS_MAX + 1];
    struct ob_link links[OB_LINKS_MAX];
    unsigned link_count;
    struct ob_monitored *monitors; /* in the order in which their watchers are told */
    unsigned monitor_count;
    struct ob_actor *actors_initial; /* copies, restored by every run */
    void *arena_initial;
    size_t arena_initial_used;
    struct ob_declaration *declarations; /* of links, in the arena, while set-up runs */
    struct ob_declaration **declarations_end;
    const struct ob_annex *annex;
    void *annex_context;
    const struct ob_message_type *added_kinds[OB_KINDS_ADDED_MAX];
    unsigned added_kind_count;
    bool runs_by_itself; /* no message need come from outside */
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
    struct ob_kept {                       /* what oracles keep over runs, by their place */
        void *memory;
        void (*release)(void *memory);
    } kept[OB_ORACLES_MAX];
    jmp_buf *escape;          /* where a violation goes */
    struct ob_access *access; /* what is noted of who reads what, or NULL: see access.h */
    void (*on_violation)(struct ob_world *world, void *context);
    void *violation_context;
    ob_world_runner *runner;
    void *runner_context;
    struct ob_foreseen foreseen; /* how the run ends, if that is known */
    bool is_foreseen;
    volatile uint32_t *published;
    uint8_t *counters;
    uint32_t counters_mask;
    struct ob_named {
        const char *pointer;
        uint16_t id;
    } name_cache[OB_NAMES_CACHED];
};

/* The low part of a queue key: a wake-up or a restart of an actor, or a message. Actors' events
 * come first, so that what waits in a mailbox is handled before what arrives at the same moment. */
static inline uint32_t ob_event_base(const struct ob_world *world)
{
    return world->event_base;
}

static inline uint64_t ob_message_key(const struct ob_world *world, uint64_t time_us, uint32_t sent)
{
    return time_us << OB_EVENT_BITS | (sent + ob_event_base(world));
}

static inline struct ob_pair *ob_pair_at(const struct ob_world *world, unsigned from, unsigned to)
{
    struct ob_pair *pair = &world->pairs[from * (world->actor_count + 1) + to];
    if (pair->epoch != world->run.epoch) {
        pair->last_arrival_us = 0;
        pair->cut_until_us = 0;
        pair->last_held = OB_NONE;
        pair->chain_last = OB_NONE;
        pair->epoch = world->run.epoch;
    }
    return pair;
}

static inline const struct ob_link *ob_link_of(const struct ob_world *world,
                                               const struct ob_pair *pair)
{
    return &world->links[pair->link];
}

/* Whether an entry of the queue is one that was cancelled, or let go earlier. */
static inline bool ob_is_stale(const struct ob_world *world, uint64_t key)
{
    uint32_t event = (uint32_t)key & OB_EVENT_MASK;
    return event >= ob_event_base(world) && world->sent[event - ob_event_base(world)].key != key;
}

/* Where a run ends when nothing but periodic timers has happened since a time, and at the latest.
 */
static inline uint64_t ob_end_key(const struct ob_world *world, uint64_t since_us)
{
    uint64_t settle_us = world->target->settle_us;
    uint64_t end_us = settle_us ? since_us + settle_us + 1 : OB_TIME_US_MAX;
    return (end_us < OB_TIME_US_MAX ? end_us : OB_TIME_US_MAX) << OB_EVENT_BITS;
}

/* Whether what happens there is only periodic timers, long after the last message. */
static inline bool ob_is_settled(const struct ob_world *world, uint64_t key)
{
    return key >= world->run.end_key;
}

/* Whether a message comes by no link: a timer's, or one that lets a task go on. */
static inline bool ob_comes_by_itself(const struct ob_sent *sent)
{
    return sent->flags & OB_SENT_BY_ITSELF;
}

/* Something takes this long in the target: a timer, a sleep, the work of a handler. One store, as
 * it is on the way of every timer; of two with one hash the later stays. */
static inline void ob_note_duration(struct ob_world *world, uint32_t duration_us)
{
    world->timers_us[duration_us * 0x9e3779b1u / (UINT32_MAX / OB_TIMERS_KNOWN + 1)] = duration_us;
}

/* queue.c */
void ob_queue_insert(struct ob_world *world, uint64_t key);

/* The same for any keys that are sorted from `head` to `tail`: puts one among them, where there
 * must be room behind the last; and makes that room, or cuts the run. */
void ob_queue_place(uint64_t *keys, uint32_t head, uint32_t tail, uint64_t key);
void ob_queue_compact(struct ob_world *world, uint64_t *keys, uint32_t *head, uint32_t *tail);

/* walk.c */
void ob_walk_add(struct ob_world *world, uint64_t key);

static inline void ob_queue_add(struct ob_world *world, uint64_t key)
{
    uint32_t tail = world->run.queue_tail;
    if (tail > world->run.queue_head && (world->queue[tail - 1] > key || tail == OB_QUEUE_MAX)) {
        ob_queue_insert(world, key);
        return;
    }
    world->queue[tail] = key;
    world->run.queue_tail = tail + 1;
}

/* Something will happen: unless a walk draws its time, at that of its key. */
static inline void ob_queue_push(struct ob_world *world, uint64_t key)
{
    if (OB_UNLIKELY(world->run.walking))
        ob_walk_add(world, key);
    else
        ob_queue_add(world, key);
}

/* setup.c */
void ob_setup(struct ob_world *world);

/* names.c */
void ob_names_begin(struct ob_world *world);

/* A copy of a name that a target may have built while it was set up. */
const char *ob_name_keep(struct ob_world *world, const char *name);

/* The names of actors for errors, as many as fit. */
struct ob_name_list {
    char text[200];
};
struct ob_name_list ob_name_list(const struct ob_world *world);

unsigned ob_resolve_slowly(struct ob_world *world, const char *name, const char *call);

/* Names are short, and a call of strcmp() costs more than the comparison. */
static inline bool ob_names_equal(const char *one, const char *other)
{
    while (*one == *other && *one) {
        one++;
        other++;
    }
    return *one == *other;
}

/* The id of the actor with that name, which `call` was given. Names are remembered by their
 * address. What is no literal may be another name the next time, so it is compared. */
static inline unsigned ob_resolve_literal(struct ob_world *world, const char *name,
                                          const char *call)
{
    const struct ob_named *named = &world->name_cache[((uintptr_t)name >> 2) % OB_NAMES_CACHED];
    if (OB_UNLIKELY(named->pointer != name))
        return ob_resolve_slowly(world, name, call);
    assert(ob_names_equal(world->names[named->id], name));
    return named->id;
}

static inline unsigned ob_resolve(struct ob_world *world, const char *name, const char *call)
{
    const struct ob_named *named = &world->name_cache[((uintptr_t)name >> 2) % OB_NAMES_CACHED];
    if (OB_UNLIKELY(named->pointer != name || !ob_names_equal(world->names[named->id], name)))
        return ob_resolve_slowly(world, name, call);
    return named->id;
}

/* send.c */
struct ob_task;
void ob_send_outside(struct ob_world *world);
void ob_send_input(struct ob_world *world, unsigned index, uint64_t time_us);
void ob_forward_id(struct ob_actor *self, unsigned to, const struct ob_message *message);
void ob_tell_watchers(struct ob_world *world, struct ob_actor *ended, uint32_t reason);
uint32_t ob_send_resume(struct ob_actor *by, const struct ob_task *task, uint32_t delay_us,
                        bool is_timer, const struct ob_resume *resume, uint16_t ref);
void ob_sent_cancel(struct ob_world *world, uint32_t sent);

/* resume.c: what lets a task go on lies in its message, where others have arguments and payload.
 * `ref` is the first of the calls that it awaits, whose kind is looked up when it is asked for. */
static inline void ob_resume_store(const struct ob_resume *resume, uint16_t ref,
                                   struct ob_message *message)
{
    const char *label = resume->call ? resume->call : resume->queue;
    message->args[1] = (uint32_t)resume->kind << 16 | (uint32_t)resume->call_count << 8 |
                       (uint32_t)(resume->call == NULL) << 4 | resume->reason;
    message->args[2] = (uint32_t)resume->kinds;
    message->args[3] = (uint32_t)(resume->kinds >> 32);
    message->ref = ref;
    message->bytes = (const uint8_t *)label; /* of size 0, so no part of any hash */
}

/* deviate.c */
struct ob_plan {
    uint64_t extra_us;   /* of delays */
    uint64_t latency_us; /* instead of the base latency, when `drawn` */
    uint64_t holds;      /* reorders that hit it, a bit each */
    uint64_t copies;     /* duplicates, a bit each */
    uint64_t armed;      /* faults at its delivery, a bit each */
    bool drawn;
    bool drop;
};
void ob_plan_message(struct ob_world *world, uint32_t sent, const struct ob_link *link,
                     struct ob_pair *pair, struct ob_plan *plan);
void ob_apply_skew(struct ob_world *world);

/* Whether deviations would do something to a message from outside, if it were sent now, that makes
 * it arrive later or not at all, or that others sent now would see. Those that would have taken
 * effect then. */
bool ob_puts_off_input(struct ob_world *world, unsigned kind, unsigned to);

/* Something under way gets another time. */
static inline void ob_put_off(struct ob_world *world, uint32_t sent, uint64_t time_us)
{
    struct ob_sent *message = &world->sent[sent];
    if (ob_comes_by_itself(message))
        message->next += (uint32_t)(time_us - (message->key >> OB_EVENT_BITS));
    message->key = ob_message_key(world, time_us, sent);
}

/* hold.c */
bool ob_hold(struct ob_world *world, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
             uint64_t ready_us);

/* How many more messages an actor has to handle until a reorder lets its messages to it go. */
uint32_t ob_hold_lacks(const struct ob_world *world, unsigned reorder,
                       const struct ob_actor *actor);
void ob_holds_delivered(struct ob_world *world, struct ob_actor *actor,
                        const struct ob_message *message);
void ob_holds_drop(struct ob_world *world, uint32_t sent);

/* fault.c */
bool ob_faults_before(struct ob_world *world, uint32_t sent, struct ob_actor *actor);
void ob_faults_after(struct ob_world *world, uint32_t sent, struct ob_actor *actor);
void ob_actor_restart(struct ob_world *world, struct ob_actor *actor);
void ob_actor_end(struct ob_world *world, struct ob_actor *actor);

/* happening.c */
void ob_note_happening(struct ob_world *world, uint64_t key, uint64_t time_us);

/* Something becomes of a message that is under way. */
void ob_note_aside(struct ob_world *world, enum ob_happening_type type, uint32_t sent);

/* The event that is happening, in a run of chosen order. */
static inline uint32_t ob_happening_now(const struct ob_world *world)
{
    return world->run.happening_count ? world->run.happening_count - 1 : OB_NONE;
}

/* run.c */
void ob_happen(struct ob_world *world, uint64_t key, uint64_t time_us);
void ob_end(struct ob_world *world, bool quiescent);
void ob_drain(struct ob_world *world, struct ob_actor *actor);
void ob_actor_start(struct ob_actor *actor);
void ob_mark_state(struct ob_world *world, const struct ob_actor *actor);

/* Does something that a violation may leave early. Returns whether it came to its end. */
bool ob_guard(struct ob_world *world, void (*action)(struct ob_world *world));
uint32_t ob_record(struct ob_world *world, struct ob_actor *actor, uint32_t sent, unsigned flags);

/* choice.c */

/* The latest time at which a message arrives as its link or its actor allow. */
uint64_t ob_latest_us(const struct ob_world *world, const struct ob_sent *message,
                      uint64_t earliest_us);

/* A check that found a violation has left the last delivery before its actor's mailbox was looked
 * at. */
void ob_resume_after_check(struct ob_world *world);

/* judge.c */
void ob_oracles_begin(struct ob_world *world);
void ob_oracles_end(struct ob_world *world, bool quiescent);
void ob_oracles_cut(struct ob_world *world); /* of a run that has no end */
void ob_oracles_release(struct ob_world *world);

/* access.c: somebody asks for the state of an actor; changes another's tasks; reads the clock, the
 * actor `self` or, when 0, whoever is at work; takes time. Only while accesses are noted. */
OB_RARE void ob_access_ask(const struct ob_actor *actor);
OB_RARE void ob_access_ask_up(const struct ob_actor *actor);
OB_RARE void ob_access_change(const struct ob_actor *actor);
OB_RARE void ob_access_clock(const struct ob_world *world, unsigned self);
OB_RARE void ob_access_choice(struct ob_access *access, const struct ob_chosen *choice);
OB_RARE void ob_access_work(const struct ob_actor *actor);

/* snapshot.c: what a snapshot holds: the memory of the piece at a place of the arena, NULL where
 * there was none; an actor; where what oracles have recorded begins. */
const uint8_t *ob_snapshot_memory(const struct ob_snapshot *snapshot, size_t place,
                                  const struct ob_arena *arena);
const struct ob_actor *ob_snapshot_actor(const struct ob_snapshot *snapshot, unsigned id);
const void *ob_snapshot_records(const struct ob_snapshot *snapshot);

/* world.c */
void ob_world_restore_initial(struct ob_world *world);
void ob_next_epoch(struct ob_world *world);

/* verdict.c */
OB_NORETURN void ob_cut(struct ob_world *world, enum ob_bound bound, const char *detail);
/* Ends the process: the target's code is wrong. Says in which call, for which actor, and what to do
 * instead; what is being handled is added. */
OB_NORETURN void ob_defect(const struct ob_world *world, const char *format, ...) OB_FORMAT(2, 3);
OB_NORETURN void ob_deliveries_exceeded(struct ob_world *world);

/* Judges what can be judged of a run that was cut. */
void ob_judge_cut(struct ob_world *world);

/* See foreseen.c: asks how a run will end, before it begins; whether that is at once; ends it so,
 * at the end of what can be run; and the same in the middle of it. */
void ob_foresee(struct ob_world *world, const struct ob_scenario *scenario);
bool ob_is_over_at_once(struct ob_world *world);
void ob_settle_foreseen(struct ob_world *world);
OB_NORETURN void ob_fail(struct ob_world *world);

/* A run has come to the delivery at which somebody wants to know. */
void ob_deliveries_stop(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                        unsigned flags);
/* Reports a violation of something that the world checks by itself. */
#define OB_BOUND(world, id, ...)                                                                   \
    do {                                                                                           \
        static const char ob_note_[] OB_USED = "offbeat-invariant:" #id;                           \
        ob_bound_violation((world), #id, __VA_ARGS__);                                             \
    } while (0)
OB_NORETURN void ob_bound_violation(struct ob_world *world, const char *id, const char *format, ...)
    OB_FORMAT(3, 4);
void ob_check_end(struct ob_world *world, bool quiescent);

#endif
