/*
 * The world: one target in one variant, simulated. Created once, run as often as one likes; every
 * run starts from the same state, and the same scenario gives the same trace, on every machine.
 */
#ifndef OFFBEAT_WORLD_WORLD_H
#define OFFBEAT_WORLD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "offbeat/offbeat.h"
#include "offbeat/oracle.h"
#include "scenario/scenario.h"
#include "scenario/vocabulary.h"
#include "world/bounds.h"

#define OB_NONE UINT32_MAX

enum ob_outcome {
    OB_PASSED,   /* the run came to its end and no invariant was violated */
    OB_VIOLATED, /* one was; the run stopped there */
    OB_CUT, /* a bound of the simulation was reached before the end; no verdict beyond that point */
};

/* In which way a run was violated. The target's own invariants are checked in the run itself; the
 * others end the process, and are known from a run in another one, see ob_world_run_by(). */
enum ob_failure {
    OB_NO_FAILURE,
    OB_INVARIANT_VIOLATED,
    OB_MEMORY_ERROR, /* or undefined behaviour: a sanitizer said so */
    OB_KILLED,       /* by a signal: a crash */
    OB_HANG,
    OB_OUT_OF_MEMORY,
    OB_LEAK,
    OB_EXITED, /* the target ended the process */
    OB_FAILURES
};

struct ob_verdict {
    enum ob_outcome outcome;
    enum ob_failure failure; /* not OB_NO_FAILURE when violated */
    enum ob_bound bound;     /* that a run was cut at; not OB_NO_BOUND when cut */
    char invariant[64];  /* id of the violated invariant, or what the run was cut at; "" when passed
                          */
    char detail[256];    /* the values, for people */
    uint64_t trace_hash; /* of every delivery: equal for equal executions, on every machine */
    uint32_t delivery_count;
    uint64_t end_us; /* virtual time of the end */
};

/* Why a delivery is in the trace, and what became of it. */
enum ob_delivery_flags {
    OB_DELIVERY_TIMER = 1,     /* a timer fired */
    OB_DELIVERY_COPY = 2,      /* the second copy of a duplicated message */
    OB_DELIVERY_POSTPONED = 4, /* the actor put it aside */
    OB_DELIVERY_RETRIED = 8,   /* handled again after having been put aside */
    OB_DELIVERY_LOST = 16,     /* the actor was down: nobody handled it */
    OB_DELIVERY_CRASHED =
        32, /* its actor died here, before handling it or after: see the deviation */
    OB_DELIVERY_STARTED = 64, /* not a message: the actor started again here */
    OB_DELIVERY_ENDED = 128,  /* its actor ended itself here */
};

/* One step of the trace: a message reached its actor's handler. */
struct ob_delivery {
    uint64_t time_us;
    uint64_t hash; /* of the trace up to and with this step */
    uint32_t sent; /* index of the message, see ob_world_sent(); OB_NONE for OB_DELIVERY_STARTED */
    uint32_t previous; /* the delivery before it at the same actor, or OB_NONE */
    uint16_t actor;    /* id */
    uint16_t state;    /* the actor's declared abstract state before it */
    uint8_t flags;     /* enum ob_delivery_flags */
};

/* A choice that an actor has made of two alternatives or more, see ob_choose(). */
struct ob_chosen {
    uint32_t delivery; /* in which, or OB_NONE when the actor started */
    uint32_t ordinal;  /* which one of the actor's at that point, from 0 */
    uint32_t value;    /* what was chosen, 0 to count - 1 */
    uint32_t count;
    uint16_t actor; /* id */
    uint8_t point;
    bool is_drawn; /* by a walk */
};
#define OB_CHOSEN_MAX 4096u
#define OB_CHOSEN_ORDINAL_MAX 253u /* that a deviation can name */

/* A message as it was sent. */
struct ob_sent {
    struct ob_message message;
    uint64_t time_us;  /* when it was sent */
    uint64_t key;      /* the world's own: its place in the queue */
    uint32_t cause;    /* the delivery whose handler sent it, or OB_NONE for one from outside */
    uint32_t next;     /* the world's own: chain of a mailbox or of a link; of what comes by itself,
                          while     it is under way, how many µs later than due its key is */
    uint16_t to;       /* id of the receiver */
    uint16_t flags;    /* the world's own */
    uint8_t deviation; /* one more than the index of a deviation of the scenario that hit it, 0 for
                          none */
    uint8_t incarnation; /* of the receiver when a timer was started: timers die with their actor */
    uint16_t origin;     /* the world's own: the place of the task that it lets go on; of one from
                            outside its index in the scenario */
};

struct ob_world;
struct ob_await;
struct ob_waiters;

/*
 * Sets the target up. Returns NULL with a line in `error` when the target's description is wrong or
 * memory is short. The caller frees it with ob_world_destroy().
 */
struct ob_world *ob_world_create(const struct ob_target *target, unsigned variant,
                                 struct ob_error *error);
void ob_world_destroy(struct ob_world *world);

const struct ob_vocabulary *ob_world_vocabulary(const struct ob_world *world);

/* Whether the process ends as the target's code has made a mistake in what it asks of the world. */
bool ob_world_has_defect(const struct ob_world *world);

/* The target as it was given to ob_world_create(). */
const struct ob_target *ob_world_target(const struct ob_world *world);

/* Runs a scenario from the beginning to its end. The scenario is the caller's; it must be
 * canonical, and stay as it is while the world's trace is read. The verdict stays valid until the
 * next run. */
const struct ob_verdict *ob_world_run(struct ob_world *world, const struct ob_scenario *scenario);

/* The same in steps: begin, then step until it returns false. Between steps everything can be
 * looked at. */
void ob_world_begin(struct ob_world *world, const struct ob_scenario *scenario);
bool ob_world_step(struct ob_world *world);
const struct ob_verdict *ob_world_verdict(const struct ob_world *world);

/* -- the trace of the run so far -- */

uint32_t ob_world_delivery_count(const struct ob_world *world);
const struct ob_delivery *ob_world_delivery(const struct ob_world *world, uint32_t index);
uint32_t ob_world_sent_count(const struct ob_world *world);
const struct ob_sent *ob_world_sent(const struct ob_world *world, uint32_t index);

/* The first OB_CHOSEN_MAX choices of the run, in the order in which they were made; of one point of
 * an actor those up to OB_CHOSEN_ORDINAL_MAX. */
uint32_t ob_world_chosen_count(const struct ob_world *world);
const struct ob_chosen *ob_world_chosen(const struct ob_world *world, uint32_t index);

/* The message is the nth, from 0, of its sender, receiver and kind, in order of sending; copies do
 * not count. Takes time in proportion to the number of messages sent before it. */
uint32_t ob_world_ordinal(const struct ob_world *world, uint32_t sent);

/* The index in the scenario of a message from outside. Walks may send them in another order. */
unsigned ob_world_outside_index(const struct ob_world *world, uint32_t sent);

/* The deviations of the scenario that took effect, a bit each. One that hit nothing, or that its
 * link or actor does not allow, is not among them. */
uint64_t ob_world_applied(const struct ob_world *world);

/* The first message that a deviation of the scenario has hit, or OB_NONE. */
uint32_t ob_world_hit(const struct ob_world *world, unsigned deviation);

/* Whether delivery `earlier` happens before delivery `later`: through its actor's order and the
 * causes of sends (Lamport: "Time, clocks, and the ordering of events", CACM 1978). */
bool ob_world_happens_before(const struct ob_world *world, uint32_t earlier, uint32_t later);

/* Whether two deliveries to one actor race: the send of the later does not depend on the delivery
 * of the earlier, and no FIFO link keeps their order. */
bool ob_world_races(const struct ob_world *world, uint32_t earlier, uint32_t later);

/* What the link from one actor (or OB_OUTSIDE) to another may do, and what may happen to an actor.
 */
const struct ob_link *ob_world_link(const struct ob_world *world, unsigned from, unsigned to);
const struct ob_faults *ob_world_faults(const struct ob_world *world, unsigned id);

/* Whether a message is on its way: neither delivered nor lost, nor a timer that was cancelled. */
bool ob_world_is_under_way(const struct ob_world *world, uint32_t sent);

/* Whether it is the second copy of one that a link has duplicated. */
bool ob_world_is_copy(const struct ob_world *world, uint32_t sent);

/* Whether it has left, or will leave, when a partition of its link ended. */
bool ob_world_waited_for_cut(const struct ob_world *world, uint32_t sent);

/* Whether a message that was sent comes by no link: a timer's, or one that lets a task go on. */
bool ob_world_is_timer(const struct ob_world *world, uint32_t sent);

/* Whether it lets a task go on, see offbeat/task.h. */
bool ob_world_is_resume(const struct ob_world *world, uint32_t sent);

/* Why a task goes on. */
enum ob_reason {
    OB_RESUMES_SLEEP,   /* its sleep ends */
    OB_RESUMES_YIELD,   /* its turn comes after a yield */
    OB_RESUMES_MESSAGE, /* its turn comes after it got the message that it awaits */
    OB_RESUMES_WOKEN,   /* another has woken it */
    OB_RESUMES_TIMEOUT, /* what it awaits has not come in time */
};

/* What lets a task go on, as what it waited for calls it. */
struct ob_resume {
    uint8_t reason;     /* enum ob_reason */
    uint8_t call_count; /* of a timeout of calls: how many were awaited together, else 0 */
    uint16_t kind;      /* of the message that it got; of a timeout of calls that of the first */
    uint64_t kinds;     /* of a timeout of messages: those awaited, a bit each; 0: any */
    const char *call;   /* what the waiting or the waking code calls it, such as "lock"; or NULL */
    const char *queue;  /* without `call`: the name of the queue that it waited in, or NULL */
};

/* Whether a message that was sent lets a task go on, and then why. */
bool ob_world_resume(const struct ob_world *world, uint32_t sent, struct ob_resume *resume);

/* Adds the name of that event: `timeout of call checkout`, `sleep ends`, `woken by unlock`. */
void ob_resume_print(const struct ob_vocabulary *vocabulary, const struct ob_resume *resume,
                     struct ob_text *text);

bool ob_resume_equal(const struct ob_resume *one, const struct ob_resume *other);

/* How much later than due such a message may come, in µs; of one that comes by a link 0. */
uint32_t ob_world_lateness(const struct ob_world *world, uint32_t sent);

/* The number, from 0, of a message that lets a task go on among those to its actor, in order of
 * sending: what `preempt` counts. */
uint32_t ob_world_resume_ordinal(const struct ob_world *world, uint32_t sent);

/* Whether a message is on its way, and then the virtual time at which it arrives, as things stand:
 * what is held back may come sooner. */
bool ob_world_is_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Whether a message is a timer that still runs: neither fired nor cancelled, and its actor has not
 * died since. Then `due_us` is the virtual time at which it fires, as things stand. */
bool ob_world_timer_runs(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Adds to what is known of a target what runs of this world have shown: the durations of timers,
 * sleeps, timeouts and work, cancelled ones included, of many some; whether an actor has read its
 * clock; whether one has made a choice. */
void ob_world_learn(const struct ob_world *world, struct ob_vocabulary *vocabulary);

/* Whether a message is a timer that was cancelled, and then the virtual time at which it was due.
 */
bool ob_world_timer_was_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us);

/* Whether there are words for an actor's state, and adds them: its own, else the target's, without
 * separators at the end. Nothing for one that is down. */
bool ob_world_describes(const struct ob_world *world, unsigned id);
void ob_world_describe(const struct ob_world *world, unsigned id, struct ob_text *text);

/* The actor with an id, 1 to the vocabulary's actor_count. */
struct ob_actor *ob_world_actor(const struct ob_world *world, unsigned id);
size_t ob_world_mailbox_count(const struct ob_world *world, unsigned id);

/* A hash of the bytes of an actor's state. What it points to, and what its tasks have in local
 * variables, is no part of that. */
uint64_t ob_world_state_hash(const struct ob_world *world, unsigned id);

/* -- tasks -- */

/* What a task awaits. */
enum ob_awaiting {
    OB_AWAITS_NOTHING, /* it runs */
    OB_AWAITS_MESSAGE, /* one that fits, see `what` */
    OB_AWAITS_QUEUE,   /* that another wakes it from a queue, see `queue` */
    OB_AWAITS_TIME,    /* the end of its sleep */
    OB_AWAITS_TURN,    /* nothing more: it goes on when its turn comes */
};

/* A task between two steps of a run. */
struct ob_task_view {
    uint32_t handle;                /* unique in the run */
    uint32_t number;                /* among the tasks of its actor, as in `resume(task=N)` */
    uint16_t actor;                 /* id */
    uint8_t awaits;                 /* enum ob_awaiting */
    bool times_out;                 /* it goes on after some time in any case */
    uint64_t since_us;              /* virtual time at which it began to wait */
    const char *name;               /* ob_task_name(), or NULL */
    const struct ob_await *what;    /* of OB_AWAITS_MESSAGE, else NULL */
    const struct ob_waiters *queue; /* of OB_AWAITS_QUEUE, else NULL; its owners are handles */
};

/* How many places for tasks the run so far has used; each holds one task or is free. */
uint32_t ob_world_task_places(const struct ob_world *world);

/* Looks at the task of a place. Returns false when it is free. */
bool ob_world_task(const struct ob_world *world, uint32_t place, struct ob_task_view *view);

/* The same by handle. False when the task is over. */
bool ob_world_task_of(const struct ob_world *world, uint32_t handle, struct ob_task_view *view);

/* The actor that a call with that ref was made to, or OB_OUTSIDE when there was none. */
unsigned ob_world_asked(const struct ob_world *world, uint16_t ref);

/* -- choosing the order oneself, for explorers -- */

/* Something that may happen next. Latencies are ranges: it may happen at any time from the earliest
 * to the latest, so it may come before another whose earliest is sooner, but not after one whose
 * latest has passed. */
struct ob_choice {
    uint64_t key;         /* the world's own */
    uint64_t earliest_us; /* when it happens in the plain schedule */
    uint64_t latest_us;   /* the latest that its link, or its actor's timers, allow */
    uint32_t sent;        /* the message, or OB_NONE for an actor that wakes or starts again */
    uint16_t actor;       /* to whom it happens */
};

/* Of two that happen at one time, and are both actors that wake or start again, the one with the
 * lower number comes first. */
uint32_t ob_choice_event(uint64_t key);

/* Begins a run in which nothing happens by itself. Messages from outside are sent at once, each due
 * at its own time. */
void ob_world_open(struct ob_world *world, const struct ob_scenario *scenario);

/* Whether runs go on after a violation that a check has found, to their natural end; the first
 * violation stays the verdict. One that a handler reports ends the run in any case. */
void ob_world_keep_going(struct ob_world *world, bool keep_going);

/* From here on the verdict says nothing of what was violated so far in this run, so that one who
 * keeps going sees what every step violates. Does nothing when the run is over. */
void ob_world_forget_violation(struct ob_world *world);

/* Lists what may happen next as far as links keep the order, whatever the time: at most `most`, the
 * earliest first. Returns their number; 0 when the run is over. */
size_t ob_world_choices(struct ob_world *world, struct ob_choice *choices, size_t most);

/* The same when the run is over: what could have happened next. */
size_t ob_world_still_pending(struct ob_world *world, struct ob_choice *choices, size_t most);

/* Lets one of them happen at a time, which becomes the virtual time. Returns false when the run is
 * over with it. */
bool ob_world_choose(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us);

/* Ends an open run in which nothing is left to choose, with the checks of quiescence. */
const struct ob_verdict *ob_world_close(struct ob_world *world);

/* What happened in a run whose order was chosen, by an explorer or by a walk. */
enum ob_happening_type {
    OB_ARRIVED,   /* a message reached its receiver, which handled it, or put it into its mailbox */
    OB_WOKE,      /* an actor that was busy went on with its mailbox */
    OB_RESTARTED, /* an actor that had died started again */
    OB_CANCELLED, /* not an event: a timer was cancelled in the event before it */
    OB_PUT_OFF,   /* not an event: a walk has ended, and made what it has passed over late */
};

/* One event of a run in a chosen order, in that order. */
struct ob_happening {
    uint64_t time_us;
    uint64_t due_us;     /* when it would have happened in the plain schedule, as things stood */
    uint64_t free_us;    /* of a message that was handled at once: its receiver was busy until then,
                            0 when it was not */
    uint32_t sent;       /* the message, or OB_NONE */
    uint32_t due_by;     /* the event by which its actor was busy or down, or OB_NONE */
    uint32_t deliveries; /* of the trace before it */
    uint16_t actor;
    uint8_t type; /* enum ob_happening_type */
};

/* The events of the last run, if its order was chosen; of another, or one with more than 131,072 of
 * them, none were noted. */
uint32_t ob_world_happening_count(const struct ob_world *world);
const struct ob_happening *ob_world_happening(const struct ob_world *world, uint32_t index);

/* How many of them there were at the first violation: it was seen in the last of these or, when
 * `at_end`, when they were over. All when nothing was violated. */
uint32_t ob_world_violated_at(const struct ob_world *world, bool *at_end);

/* Whether a link keeps two choices in their order: the second cannot come before the first. */
bool ob_world_keeps_order(const struct ob_world *world, const struct ob_choice *first,
                          const struct ob_choice *second);

/* The virtual time for what only tells it. ob_world_now() is for what decides by it, which is
 * noted, see access.h. */
uint64_t ob_world_time_us(const struct ob_world *world);

/* The virtual time of an actor's last delivery, 0 before its first. */
uint64_t ob_world_last_us(const struct ob_world *world, unsigned id);

/* A hash that is equal for executions which differ only in the order of independent deliveries:
 * those that happens-before leaves unordered (Mazurkiewicz traces). Times are no part of it. */
uint64_t ob_world_causal_hash(const struct ob_world *world);

/* -- for oracles -- */

/*
 * What runs an oracle of offbeat/oracle.h. The world knows no oracle; a target names those that it
 * wants, and this is how they are called. Each function may be NULL.
 */
struct ob_checker {
    const char *name;

    /* When a run begins, before anything happens in it. */
    void (*begin)(struct ob_world *world, const struct ob_oracle *oracle);

    /* What it finds holds of every run that begins so, whatever comes after: then it is asked about
     * runs as well that a bound has cut, as if they were not quiescent. */
    bool judges_beginnings;

    /* When it is over and no invariant was violated. `quiescent`: nothing more can happen; else
     * only periodic timers go on. */
    void (*end)(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent);

    /* Adds lines that say more of the violation that it has found in the last run. */
    void (*explain)(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text);
};

/* What judges the runs of a world. */
enum ob_judge {
    OB_JUDGE_INVARIANTS = 1, /* the target's own: its checks, and OB_INVARIANT in handlers */
    OB_JUDGE_ORACLES = 2,
};

/* Chooses judges, a set of enum ob_judge; all of them at first. What the world checks by itself
 * (mailbox_bound, step_budget, message_never_handled) is always checked. */
void ob_world_judge(struct ob_world *world, unsigned judges);
unsigned ob_world_judges(const struct ob_world *world);

/* The oracle of the target that `checker` runs; NULL when it has none, or oracles do not judge. */
const struct ob_oracle *ob_world_oracle(const struct ob_world *world,
                                        const struct ob_checker *checker);

/* Ends the run with a violation that an oracle has found; as OB_INVARIANT, the note included. */
#define OB_ORACLE_VIOLATION(world, oracle, id, ...)                                                \
    do {                                                                                           \
        static const char ob_note_[] OB_USED = "offbeat-invariant:" #id;                           \
        ob_oracle_violation((world), (oracle), #id, __VA_ARGS__);                                  \
    } while (0)
OB_NORETURN void ob_oracle_violation(struct ob_world *world, const struct ob_oracle *oracle,
                                     const char *id, const char *format, ...) OB_FORMAT(4, 5);

/* What the oracle that has found the violation of the last run has to add, in lines; nothing when
 * it was no oracle. The world's run must still be there. */
void ob_world_explain(const struct ob_world *world, struct ob_text *text);

/* Where what is recorded of this run begins: NULL at its beginning. It points to memory of
 * ob_alloc(), so that it goes with resets and snapshots. */
void **ob_world_records(struct ob_world *world);

/* Memory that an oracle keeps over runs, such as a second world: NULL at first. `release` is called
 * with it when the world is destroyed. */
void **ob_world_memory(struct ob_world *world, const struct ob_oracle *oracle,
                       void (*release)(void *memory));

/* From then on no fault strikes in this run: nothing is lost, copied, paused, cut or crashed, and
 * cut links are joined. For `begin`. */
void ob_world_stop_faults(struct ob_world *world, uint64_t time_us);

/* The scenario of the last run. */
const struct ob_scenario *ob_world_scenario(const struct ob_world *world);

/* When the last message from outside is due, and whether a crash, a loss or a partition took part
 * so far. */
uint64_t ob_world_outside_end_us(const struct ob_world *world);
bool ob_world_lost_something(const struct ob_world *world);
bool ob_world_paused_something(const struct ob_world *world);

/* Since when a message has waited at its receiver, in its mailbox or put aside; UINT64_MAX when it
 * was handled at once, or has not arrived. For targets with oracles. */
uint64_t ob_world_waiting_since_us(const struct ob_world *world, uint32_t sent);

/* Whether an actor is a process, see offbeat/task.h: what no task of it awaits stays unhandled. */
bool ob_world_is_process(const struct ob_world *world, unsigned id);

/* Whether nothing but timers is left to happen. */
bool ob_world_only_timers_left(const struct ob_world *world);

/* The delivery that is being handled, or OB_NONE. */
uint32_t ob_world_current(const struct ob_world *world);

/*
 * Runs the messages of a scenario one after the other, each when nothing is left to happen from the
 * one before: `order` holds `count` different indices of its messages. There are no deviations. The
 * scenario is the caller's.
 */
const struct ob_verdict *ob_world_run_serially(struct ob_world *world,
                                               const struct ob_scenario *scenario,
                                               const uint8_t *order, unsigned count);

/* -- for engines -- */

/* Called at the spot where an invariant is violated, with the verdict complete, before the run
 * ends: an engine aborts there, so that the stack is the target's. NULL: the violation is returned
 * as a verdict. */
void ob_world_on_violation(struct ob_world *world,
                           void (*hook)(struct ob_world *world, void *context), void *context);

/* Where the world marks what a run has shown, apart from code: a byte becomes 1 for each hashed
 * (actor, abstract state, kind), and for each ordered pair of kinds at an actor. `size` is a power
 * of two; NULL for none. The caller clears the bytes. */
void ob_world_feedback(struct ob_world *world, uint8_t *counters, size_t size);

/* -- runs that may end the process -- */

/* How a run is known to end, as it was run in another process. */
struct ob_foreseen {
    enum ob_failure failure; /* not OB_INVARIANT_VIOLATED. OB_NO_FAILURE: the scenario is not run at
                                all and taken as one that passes, with an empty trace */
    uint32_t deliveries;     /* that had begun when the process ended: 0 while actors started;
                                OB_NONE for a failure that shows after the run's natural end */
    char what[sizeof((struct ob_verdict *)NULL)->invariant]; /* stands for the invariant; no C
                                identifier, so that it is not one */
    char detail[sizeof((struct ob_verdict *)NULL)->detail];
};

/*
 * Called before each run begins. Returns true with `foreseen` filled in for a scenario
 * that must not be run to its end in this process: the run then stops at the delivery whose handler
 * ends the process, before that is called, as violated. Returns false for one that can be run.
 */
typedef bool ob_world_runner(struct ob_world *world, const struct ob_scenario *scenario,
                             struct ob_foreseen *foreseen, void *context);
void ob_world_run_by(struct ob_world *world, ob_world_runner *runner, void *context);

/* The same runner as another world of the same target and variant has. */
void ob_world_run_as(struct ob_world *world, const struct ob_world *other);

/* The same where events are chosen one by one: makes the event up to the handler that ends the
 * process, and ends the run as `foreseen` says. `choice` is NULL for the end of the run, which is
 * then not made. */
void ob_world_end_as(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                     const struct ob_foreseen *foreseen);

/* Where the number of deliveries that have begun is written during runs, so that another process
 * can read it when this one has ended; NULL: nowhere. */
void ob_world_publish(struct ob_world *world, volatile uint32_t *deliveries);

/* -- memory outside of the world -- */

/*
 * Memory that a run changes and that is not the world's own, such as that of a program: brought
 * back to its beginning with the world, and part of its snapshots. Each function gets the context
 * that it was added with.
 */
struct ob_annex {
    void (*begin)(void *context);        /* a run begins: everything is as it was after set-up */
    size_t (*size)(const void *context); /* bytes of a copy of what there is now */
    void (*save)(const void *context, void *copy);
    void (*load)(void *context, const void *copy);
    void (*destroy)(void *context); /* with the world */
};

/* Adds the annex of a world, which has at most one. To be called in set-up. */
void ob_world_add_annex(struct ob_world *world, const struct ob_annex *annex, void *context);

/* The context that it was added with, NULL while there is none. */
void *ob_world_annex(const struct ob_world *world);

/* Adds a kind of message that actors send to the kinds of the target. The description must live as
 * long as the world. Returns its number. To be called in set-up. */
unsigned ob_world_add_kind(struct ob_world *world, const struct ob_message_type *type);

/* Says that a run needs no message from outside to be worth something. To be called in set-up. */
void ob_world_runs_by_itself(struct ob_world *world);

/* -- snapshots -- */

/* A copy of everything that a run has changed. Belongs to the world it was taken from; the scenario
 * of that run must still be there, unchanged, when it is restored. Returns NULL when memory is
 * short or the target has state outside the world. */
struct ob_snapshot *ob_snapshot_take(const struct ob_world *world);
void ob_snapshot_restore(struct ob_world *world, const struct ob_snapshot *snapshot);
void ob_snapshot_free(struct ob_snapshot *snapshot);

#endif
