/*
 * Offbeat: the header that a target includes. Targets whose code awaits include task.h as well.
 *
 * A target is the model of a system that passes messages: actors with their state and handlers, the
 * links between them, the messages that reach it from outside, and the invariants that must hold
 * whatever the order of events. Offbeat decodes a fuzz input into a scenario (messages, delays,
 * reorderings, faults), runs the target with it in a deterministic simulation with a virtual clock,
 * and reports the order of events that breaks an invariant.
 *
 *     enum { PING, PONG };
 *     static void server_receive(struct ob_actor *self, const struct ob_message *message)
 *     {
 *         ob_reply(self, message, PONG, message->args[0]);
 *     }
 *
 * Conventions: durations and times are virtual microseconds and end in `_us`. Names are
 * NUL-terminated strings. The names of actors are copied, so they may be built while the target
 * runs; all others must live as long as the target, as string literals do. A zero field means the
 * default, and defaults are what most targets want. A mistake in a target (an unknown name, a bound
 * exceeded at set-up) stops the process with a line that names it: it is a defect of the target's
 * code, not a finding.
 */
#ifndef OFFBEAT_OFFBEAT_H
#define OFFBEAT_OFFBEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_ARGS_MAX 4       /* integer arguments of one message */
#define OB_KINDS_MAX 64     /* kinds of message of one target, timers included */
#define OB_VARIANTS_MAX 16  /* variants of one target */
#define OB_ACTORS_MAX 250   /* actors of one world */
#define OB_CHOICES_MAX 8    /* points of choice of one target, see ob_choose_at() */
#define OB_BYTES_MAX 1024   /* bytes of payload of one message from outside */
#define OB_GOALS_MAX 32     /* goals of one target, see OB_SOMETIMES() */
#define OB_GOAL_STEPS_MAX 8 /* steps of one goal, see OB_STEP() of monitor.h */
#define OB_GOAL_MARKS                                                                              \
    128 /* steps of all goals of one target; a goal without steps counts as one                    \
         */

#define OB_OUTSIDE                                                                                 \
    0 /* the id of the sender of messages that come from outside; its name is "outside" */

#if defined(__GNUC__)
#define OB_FORMAT(string, first) __attribute__((format(printf, string, first)))
#define OB_NORETURN __attribute__((noreturn))
#define OB_USED __attribute__((used))
/* Whether a name is a string literal, which is the same whenever it is at the same address. */
#define OB_IS_LITERAL(name) __builtin_constant_p(name)
#else
#define OB_FORMAT(string, first)
#define OB_NORETURN
#define OB_USED
#define OB_IS_LITERAL(name) 0
#endif

struct ob_world;  /* one simulation */
struct ob_actor;  /* one participant: handles one message at a time */
struct ob_text;   /* what a describe callback writes to */
struct ob_oracle; /* a general check, see offbeat/oracle.h */

/* A message as its receiver sees it. Owned by the world and valid until the end of the run. Read
 * only. */
struct ob_message {
    uint16_t kind;        /* index into the target's `messages` */
    uint16_t from;        /* id of the sending actor, or OB_OUTSIDE */
    uint16_t ref;         /* number of the call that this asks or answers, see task.h; 0: none */
    uint16_t size;        /* bytes of payload, 0 for none */
    const uint8_t *bytes; /* the payload, NULL for none */
    uint32_t args[OB_ARGS_MAX]; /* arguments; those not given are 0 */
};

/* Handles one message. It runs to its end before anything else happens, and must keep its state in
 * the actor's. */
typedef void ob_handler(struct ob_actor *self, const struct ob_message *message);

/* ----------------------------------------------------------------------------------------------
 * Describing a target
 */

/* An integer argument of a message from outside: the scenario gives it any value from `min` to
 * `max`. */
struct ob_arg {
    const char *name;
    uint32_t min;
    uint32_t max;
};

/*
 * A kind of message. With `to`, it comes from outside, and the scenario decides when, how often and
 * with which arguments; without, only actors send it (or a timer is of that kind).
 */
struct ob_message_type {
    const char *name; /* unique in the target; letters, digits, '_' */
    const char *to;   /* the actor, or the group of ob_spawn_many(), that receives it; NULL: none */
    struct ob_arg args[OB_ARGS_MAX]; /* up to the first without a name */
    uint32_t bytes_max; /* up to this many bytes of payload, at most OB_BYTES_MAX; 0: no payload */
    bool may_be_unused; /* one of several that a pattern declares for whoever uses it: that a target
                           never sends it is not worth telling */
};

/*
 * Something that at least one run should reach: {.name = "both_wait"}. A search counts the runs
 * that reach it, and reports for each goal whether it was reached, in how many different ways, and
 * by which scenario. A goal with steps is a path, {.name = "commit_after_abort", .steps = {"abort",
 * "commit"}}: it is reached with the last of them; where no run completed it, the furthest step is
 * reported. Names are those of C identifiers, each once in its target or goal.
 */
struct ob_goal {
    const char *name;
    const char *steps[OB_GOAL_STEPS_MAX]; /* up to the first that is NULL; none: reached at once */
};

struct ob_target {
    const char *name;    /* set by OB_TARGET */
    const char *summary; /* one line */
    const char *variants[OB_VARIANTS_MAX];
    /* Variants in which a violation is expected, by the same index: they show the race that the
     * others are there to avoid. What looks for the unexpected (campaigns, OSS-Fuzz) leaves them
     * out; what shows that the search works counts on them. */
    bool fails[OB_VARIANTS_MAX];
    struct ob_message_type messages[OB_KINDS_MAX];

    /* Spawns the actors and declares links and faults. Called once a process for targets without
     * `reset`, whose world is then restored from a copy, and before every run otherwise. */
    void (*setup)(struct ob_world *world);

    /* Checks invariants after every delivery and at quiescence. May be NULL. */
    void (*check)(struct ob_world *world);

    /* Checks what must hold only when nothing more can happen: no message, no timer is left. May be
     * NULL. */
    void (*check_quiescent)(struct ob_world *world);

    /* Says for people what state an actor is in, with ob_describe(). Must not change anything. May
     * be NULL. */
    void (*describe)(const struct ob_actor *actor, struct ob_text *text);

    /* Says for people what a message means, with ob_describe(): what its arguments stand for, what
     * its payload holds. Reports then have these words, in one line of up to 80 characters, instead
     * of arguments and bytes; of a message of which it says nothing they keep these. It is called
     * with copies, after a run and any number of times, and must look at nothing else. May be NULL.
     */
    void (*describe_message)(const struct ob_message *message, struct ob_text *text);

    /*
     * For targets with hosts (see host.h): which of the target's kinds a piece of payload counts
     * as, so that deviations, searches and reports speak of `GET` and not of segments. It is called
     * with each segment of a stream and each datagram as a host sends it: `kind` is that of
     * `segment` or `datagram`, `args` are the ports that it comes from and goes to. Returns a kind
     * without `to`, or `message->kind` for bytes that it has no name for, such as the rest of a
     * message that was cut. The result must depend on the message alone. May be NULL.
     */
    unsigned (*name_bytes)(const struct ob_message *message);

    /* For targets with state outside the world (malloc, globals, a database): restores that
     * state to what it was at first. Called before each set-up. Such targets cannot be explored
     * with snapshots. May be NULL. */
    void (*reset)(void);

    uint32_t mailbox_max; /* more messages waiting for one actor violate `mailbox_bound`; 0: not
                             checked */
    uint32_t
        steps_max; /* more deliveries in one run violate `step_budget` (livelock); 0: not checked */
    uint32_t settle_us;   /* periodic timers: the run ends this long after the last message from
                             outside, provided that it was not over before; 0: it
                             ends when nothing more can happen */
    bool must_handle_all; /* a message still postponed or waiting at quiescence violates
                             `message_never_handled`, unless a crash, a loss or a partition took
                             part in the run */

    /* What ob_choose_at() chooses, by the number of the point: words for reports and scenarios,
     * letters, digits and '_', up to the first that is NULL. */
    const char *choices[OB_CHOICES_MAX];

    /* What at least one run should reach, up to the first without a name: see OB_SOMETIMES(). */
    struct ob_goal goals[OB_GOALS_MAX];

    /* General checks, such as for deadlock or lost updates: OB_ORACLES(...) of offbeat/oracle.h.
     * NULL: none. */
    const struct ob_oracle *oracles;
};

/* Defines the target NAME: OB_TARGET(order, .summary = "...", .setup = setup, ...); C++ wants the
 * fields in the order of the struct, and has them named since C++20. */
#ifdef __cplusplus
#define OB_TARGET(NAME, ...)                                                                       \
    extern "C" const struct ob_target ob_target_##NAME;                                            \
    const struct ob_target ob_target_##NAME = {.name = #NAME, __VA_ARGS__}
#else
#define OB_TARGET(NAME, ...) const struct ob_target ob_target_##NAME = {.name = #NAME, __VA_ARGS__}
#endif

/* A place in a table that macros fill, such as OB_STORE_MESSAGES(FIRST). C++ has no such places:
 * there the macro stands where its first entry belongs. */
#ifdef __cplusplus
#define OB_AT(index)
#else
#define OB_AT(index) [index] =
#endif

/* ----------------------------------------------------------------------------------------------
 * Set-up: actors, links, faults
 */

/*
 * What a link from one actor to another may do to messages. Only what is declared here ever
 * happens. The default is what two processes on one machine give each other: nothing lost, nothing
 * twice, in order, from OB_LATENCY_US to OB_LATENCY_US_MAX on the way.
 */
struct ob_link {
    uint32_t latency_us;       /* when nothing deviates, and the minimum; 0: OB_LATENCY_US */
    uint32_t latency_us_max;   /* the maximum that delays and reorderings can reach; 0:
                                  OB_LATENCY_US_MAX, or latency_us where that is more */
    uint32_t partition_us_max; /* it may be cut for up to this long; 0: never. While it is cut,
                                  messages on a lossy link are lost, others wait for its end */
    bool unordered;            /* later messages may overtake earlier ones, as with UDP */
    bool lossy;                /* messages may get lost */
    bool duplicating;          /* messages may arrive twice */
    /* Over all such links to one actor, messages arrive in the order in which they were sent,
     * whoever sent them: each machine of P has such a mailbox, and so has each process of a single
     * Erlang node. All of them to one actor have the same latencies. Not with `unordered` or
     * `partition_us_max`, not from outside, and not from actors that work before they send, see
     * ob_work(). Timers and second copies are not part of this order. */
    bool in_sent_order;
};

#define OB_LATENCY_US 10
#define OB_LATENCY_US_MAX 10000

/* Faults that may strike an actor. None by default. */
struct ob_faults {
    bool crash;   /* it may die: its state and mailbox are lost, messages to it get lost */
    bool restart; /* it may die and start again, its state zeroed and its start handler run */
    uint32_t pause_us_max;        /* it may stand still for up to this long (a garbage collector, a
                                     suspended machine) */
    uint32_t clock_offset_us_max; /* its clock may be off by up to this much, either way */
    uint32_t clock_drift_ppm_max; /* its clock and timers may run faster or slower by up to this
                                     much; ≤ 900000 */
    uint32_t timer_late_us_max;   /* its timers may fire late by up to this much; never early */
    uint32_t task_late_us_max;    /* its tasks may go on late by up to this much, see task.h */
};

/*
 * Adds an actor. Its state is `state_size` zeroed bytes, which the world owns. For set-up only.
 * Returns the actor; valid as long as the world.
 */
struct ob_actor *ob_spawn(struct ob_world *world, const char *name, ob_handler *receive,
                          size_t state_size);

/* Adds `count` ≥ 1 actors, named name.0, name.1, …; `name` alone then stands for the group in
 * ob_link(), ob_allow() and `to` of a message type. Returns the first; the others follow by id. */
struct ob_actor *ob_spawn_many(struct ob_world *world, const char *name, unsigned count,
                               ob_handler *receive, size_t state_size);

/* Adds an actor that sends every message on to the actor `to`, unchanged: a proxy, a queue, a
 * second way. */
struct ob_actor *ob_spawn_forwarder(struct ob_world *world, const char *name, const char *to);

/* Sets a pointer that outlives restarts of the actor, such as to a constant that configures it; a
 * restart does not zero it. For set-up; it must live as long as the target, or come from
 * ob_alloc(). */
void ob_set_config(struct ob_actor *actor, const void *config);

/* The pointer that ob_set_config() has set; NULL if none. */
const void *ob_config(const struct ob_actor *actor);

/* `start` runs when the run begins and after every restart, to fill in the state or start timers;
 * sends are allowed.
 */
void ob_on_start(struct ob_actor *actor, void (*start)(struct ob_actor *self));

/* Sets a function that describes this actor's state for people. It replaces the target's
 * `describe`, which otherwise serves actors of all kinds. */
void ob_on_describe(struct ob_actor *actor,
                    void (*describe)(const struct ob_actor *self, struct ob_text *text));

/* Declares the link from one actor to another (one way). A group's name stands for each of its
 * actors, "*" for every actor, "outside" for the sender of messages from outside. Later
 * declarations win. */
void ob_link(struct ob_world *world, const char *from, const char *to, struct ob_link link);

/* Declares what may happen to an actor, or to each of a group; "*" for every actor. Later
 * declarations win. */
void ob_allow(struct ob_world *world, const char *actor, struct ob_faults faults);

/*
 * Tells `watcher` when `watched` ends: by ob_stop(), or by a crash or restart of the scenario.
 * It then receives a message of `kind` from the one that ended, over their link, but never lost or
 * copied, with two arguments: the id of the one that ended, and the reason, which is
 * OB_ENDED_NOCONNECTION of process.h where a partition has held this message back. For set-up only;
 * groups and "*" as in ob_link(), and no actor watches itself. It is Erlang's monitor/2, set up
 * before the run for all lives; process.h has those that are made while the target runs.
 */
void ob_monitor(struct ob_world *world, const char *watcher, const char *watched, unsigned kind);

#define OB_ENDED_NORMALLY 0          /* the reason of an ob_stop() that is nobody's concern */
#define OB_ENDED_BY_CRASH UINT32_MAX /* the reason when a fault of the scenario did it */

/*
 * Zeroed memory that lasts until the end of the run and survives crashes: what actors share (a
 * table, a disk), or what a handler needs to allocate. Freed by the world. Aligned for any type.
 * When the world's arena is full, the run ends there without a verdict.
 */
void *ob_alloc(struct ob_world *world, size_t size);

/* ----------------------------------------------------------------------------------------------
 * In handlers
 */

/* The actor's state, as set up; zeroed by a restart. Owned by the world. */
void *ob_state(const struct ob_actor *actor);

/*
 * A kind and its arguments, as the functions below take them: OB_WORDS(PAY, order, amount). It
 * lives as long as the full expression. More than OB_ARGS_MAX arguments, or one that is wider than
 * 32 bits (a pointer, a size_t), do not compile; a cast says that the upper bits may be dropped.
 */
#ifdef __cplusplus
extern "C++" {
class ob_words
{
    uint32_t words[OB_ARGS_MAX + 1];

    template <typename Value> static uint32_t word(Value value)
    {
        static_assert(sizeof(value + 0) <= 4, "an argument of a message has at most 32 bits");
        return static_cast<uint32_t>(value);
    }

  public:
    template <typename Kind, typename... Args>
    explicit ob_words(Kind kind, Args... args) : words{word(kind), word(args)...}
    {
        static_assert(sizeof...(args) <= OB_ARGS_MAX,
                      "a message has at most OB_ARGS_MAX arguments");
    }
    operator const uint32_t *() const
    {
        return words;
    }
};
}
#define OB_WORDS(...) ob_words(__VA_ARGS__)
#else
#define OB_WORDS(...)                                                                              \
    ((const uint32_t[OB_ARGS_MAX + 1]){                                                            \
        OB_WORDS_PICK_(__VA_ARGS__, OB_WORDS_TOO_MANY_, OB_WORDS_TOO_MANY_, OB_WORDS_TOO_MANY_,    \
                       OB_WORDS_TOO_MANY_, OB_WORDS_5_, OB_WORDS_4_, OB_WORDS_3_, OB_WORDS_2_,     \
                       OB_WORD_, )(__VA_ARGS__)})
#define OB_WORDS_PICK_(_1, _2, _3, _4, _5, _6, _7, _8, _9, name, ...) name
#define OB_WORD_(value)                                                                            \
    (uint32_t)(value) + 0 * (uint32_t)sizeof(struct {                                              \
                            _Static_assert(sizeof((value) + 0) <= 4,                               \
                                           "an argument of a message has at most 32 bits");        \
                            char unused;                                                           \
                        })
#define OB_WORDS_2_(value, ...) OB_WORD_(value), OB_WORD_(__VA_ARGS__)
#define OB_WORDS_3_(value, ...) OB_WORD_(value), OB_WORDS_2_(__VA_ARGS__)
#define OB_WORDS_4_(value, ...) OB_WORD_(value), OB_WORDS_3_(__VA_ARGS__)
#define OB_WORDS_5_(value, ...) OB_WORD_(value), OB_WORDS_4_(__VA_ARGS__)
#define OB_WORDS_TOO_MANY_(...)                                                                    \
    sizeof(struct {                                                                                \
        _Static_assert(0, "a message has at most OB_ARGS_MAX arguments");                          \
        char unused;                                                                               \
    })
#endif

/* Sends to the actor named `to`: ob_send(self, "shop", PAY, order, amount). The kind, then up to
 * OB_ARGS_MAX arguments. */
#define ob_send(self, to, ...)                                                                     \
    (OB_IS_LITERAL(to) ? ob_send_literal : ob_send_named)((self), (to), OB_WORDS(__VA_ARGS__),     \
                                                          NULL, 0)

/* The same to the actor with an id, such as message->from. */
#define ob_send_to(self, id, ...) ob_send_id((self), (id), OB_WORDS(__VA_ARGS__), NULL, 0)

/* Answers the sender of `message`, now or later: the answer carries the message's `ref`. An answer
 * to outside is dropped, as no actor would receive it. */
#define ob_reply(self, message, ...) ob_reply_words((self), (message), OB_WORDS(__VA_ARGS__))

/* The same to the member of a group with an index, see ob_member(). */
#define ob_send_member(self, group, index, ...)                                                    \
    ob_send_to((self), ob_id(ob_member(ob_world(self), (group), (index))), __VA_ARGS__)

/*
 * The same to each member of a group, in the order of their numbers, except the sender itself
 * if it is one of them: ob_send_all(self, "replica", COMMIT, transaction). Returns to how many.
 * An actor without a group is a group of one; a name that does not exist stops the process.
 */
#define ob_send_all(self, group, ...) ob_send_group((self), (group), OB_WORDS(__VA_ARGS__))

/* With `size` bytes of payload, at most 65,535, which are copied. */
#define ob_send_bytes(self, to, data, size, ...)                                                   \
    (OB_IS_LITERAL(to) ? ob_send_literal : ob_send_named)((self), (to), OB_WORDS(__VA_ARGS__),     \
                                                          (data), (size))

/* What the macros above call: `words` is the kind followed by OB_ARGS_MAX arguments. A literal is
 * found by its address, which is faster. */
void ob_send_literal(struct ob_actor *self, const char *to, const uint32_t *words, const void *data,
                     size_t size);
void ob_send_named(struct ob_actor *self, const char *to, const uint32_t *words, const void *data,
                   size_t size);
void ob_send_id(struct ob_actor *self, unsigned to, const uint32_t *words, const void *data,
                size_t size);
unsigned ob_send_group(struct ob_actor *self, const char *group, const uint32_t *words);
void ob_reply_words(struct ob_actor *self, const struct ob_message *message, const uint32_t *words);

/* Sends `message` on to the actor named `to`, with its kind, arguments, ref and payload. */
void ob_forward(struct ob_actor *self, const char *to, const struct ob_message *message);

/*
 * Starts a timer: after `delay_us` on the actor's own clock it receives a message from itself with
 * that kind and argument. Returns the timer's handle, never 0, for ob_timer_cancel(). Timers die
 * with the actor.
 */
uint32_t ob_timer_start(struct ob_actor *self, uint32_t delay_us, unsigned kind, uint32_t arg);

/* Cancels a timer. Returns true when it had not yet fired; false when it had, was cancelled, or
 * `timer` is 0. */
bool ob_timer_cancel(struct ob_actor *self, uint32_t timer);

/* The same, and a timer that has fired but still waits in the mailbox is removed from it,
 * as gen_statem does, and as Erlang code does that flushes the mailbox after erlang:cancel_timer/1.
 * Returns true when it was cancelled or removed. */
bool ob_timer_flush(struct ob_actor *self, uint32_t timer);

/*
 * A choice that the scenario makes, as it makes those of order and time: returns a number from 0 to
 * `count` - 1, for a `count` from 1 to OB_ALTERNATIVES_MAX. It is 0 unless the scenario says
 * otherwise, so 0 should stand for what happens most often. For what the model leaves open: which
 * server is asked, how many bytes a call writes, whether a cache has the value. Searches try the
 * alternatives, and exhaustive exploration tries all of them.
 */
unsigned ob_choose(struct ob_actor *self, unsigned count);

/* The same at one of the points that the target names in `choices`. Each actor's choices are
 * counted at each point of its own, so that a scenario's choice stays what it is when another point
 * is passed more or less often. ob_choose() is at point 0. */
unsigned ob_choose_at(struct ob_actor *self, unsigned point, unsigned count);

#define OB_ALTERNATIVES_MAX 65536u

/* Puts the message that is being handled aside: it is handled again after the next message that the
 * actor does not postpone, before any that arrives later, as in Erlang's gen_statem. */
void ob_postpone(struct ob_actor *self, const struct ob_message *message);

/*
 * For messages that must not come in this state: `default: ob_unexpected(self, message);` violates
 * `unexpected_message`, as an event that a state does not handle does in P. The report has the
 * message, its sender, and the actor's state as `describe` prints it. Does not return.
 */
OB_NORETURN void ob_unexpected(struct ob_actor *self, const struct ob_message *message);

/* The handler takes this long: what it sends from now on leaves later, and the next message waits
 * until it is done. */
void ob_work(struct ob_actor *self, uint32_t duration_us);

/*
 * The actor ends when its handler returns and its work is done (ob_work()), as a process that
 * exits: its mailbox, its timers and what it had put aside are gone, messages to it get lost, and
 * those that watch it are told the reason, any number but OB_ENDED_BY_CRASH. In a start handler: it
 * ends right after that.
 */
void ob_stop(struct ob_actor *self, uint32_t reason);

/* Restarts the actor named `name` after `delay_us`, its state zeroed and its start handler run, as
 * a supervisor does. An actor that is up by then stays as it is. */
void ob_start_again(struct ob_actor *self, const char *name, uint32_t delay_us);

/* The actor's own clock, in µs: virtual time, changed by skew where that is declared. */
uint64_t ob_now(const struct ob_actor *self);

/* Names the abstract state that the actor is in ("waiting for a reply"), a small number. Searches
 * use it as feedback: a message that arrives in a state in which none of its kind was seen before
 * is worth keeping. */
void ob_declare_state(struct ob_actor *self, unsigned state);

unsigned ob_variant(const struct ob_actor *self); /* the index into the target's `variants` */
unsigned ob_id(const struct ob_actor *self); /* 1 for the first actor spawned; never OB_OUTSIDE */
unsigned ob_index(const struct ob_actor *self); /* its place in its group, 0 outside groups */
unsigned
ob_sender_index(const struct ob_actor *self,
                const struct ob_message *message); /* the same of the sender; 0 of outside */
const char *ob_name(const struct ob_actor *self);  /* its name, such as "shop" or "client.2" */
struct ob_world *ob_world(const struct ob_actor *self);

/* ----------------------------------------------------------------------------------------------
 * In checks
 */

/* The actor whose handler or start handler runs; NULL in a check. For code that has no `self`, such
 * as a hook of a library that the target calls. */
struct ob_actor *ob_running(const struct ob_world *world);

/* The actor with that name, such as "shop" or "client.2"; a name that does not exist stops the
 * process. */
struct ob_actor *ob_actor(const struct ob_world *world, const char *name);
struct ob_actor *ob_actor_literal(const struct ob_world *world, const char *name);
#define ob_actor(world, name)                                                                      \
    ((OB_IS_LITERAL(name) ? ob_actor_literal : (ob_actor))((world), (name)))

/* The actor with that id, such as that of message->from; one that does not exist stops the process.
 */
struct ob_actor *ob_actor_with_id(const struct ob_world *world, unsigned id);

/*
 * The member of a group with that index, from 0, without building its name: ob_member(world,
 * "client", 2) is ob_actor(world, "client.2"). An actor without a group is a group of one. A member
 * that does not exist stops the process.
 */
struct ob_actor *ob_member(const struct ob_world *world, const char *group, unsigned index);
unsigned ob_member_count(const struct ob_world *world, const char *group); /* 0 for no such group */

/* Whether the actor with that id, such as that of message->from, is a member of the group. */
bool ob_is_member(const struct ob_world *world, const char *group, unsigned id);

bool ob_is_up(const struct ob_actor *actor);         /* false while it is crashed, or has ended */
uint64_t ob_world_now(const struct ob_world *world); /* virtual time, in µs */
unsigned ob_world_variant(const struct ob_world *world);

/*
 * Reports a violation of the invariant `id` unless a condition holds: OB_INVARIANT(world, id,
 * condition), or with a printf format and values for people: OB_INVARIANT(world, balance_is_kept,
 * sum == 100, "the sum is %u", sum). Legal in handlers as well as in checks. `id` is a C
 * identifier: it never holds numbers that vary, as violations are told apart by it. Does not return
 * when the condition is false. Where invariants are switched off, so that oracles alone judge,
 * checks are not called and a run ends without a verdict where a handler's invariant is false.
 *
 * The note in the object file is how the build learns which invariants a target has: each gets a
 * frame of its own in the stack of a violation, by which crash trackers tell one from the other.
 * `offbeat lint` says when they cannot. The byte behind the note is how searches learn which
 * invariants were never evaluated. It is written in inline functions as well: in C these have to be
 * `static inline`.
 */
#define OB_INVARIANT(world, id, ...)                                                               \
    do {                                                                                           \
        static struct {                                                                            \
            char note[sizeof "offbeat-invariant:" #id];                                            \
            unsigned char is_evaluated;                                                            \
        } ob_note_ OB_USED = {"offbeat-invariant:" #id, 0};                                        \
        ob_note_.is_evaluated = 1;                                                                 \
        if (!(OB_FIRST_(__VA_ARGS__, )))                                                           \
            ob_violation((world), #id, OB_FORMAT_OF_(__VA_ARGS__));                                \
    } while (0)
#define OB_FIRST_(condition, ...) condition
#define OB_REST_(condition, ...) __VA_ARGS__
#define OB_SAID_(condition) "%s", "does not hold: " #condition
/* Up to 22 values for people. */
#define OB_FORMAT_OF_(...)                                                                         \
    OB_FORMAT_PICK_(__VA_ARGS__, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_,       \
                    OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_,          \
                    OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_, OB_REST_,          \
                    OB_REST_, OB_REST_, OB_REST_, OB_SAID_, )                                      \
    (__VA_ARGS__)
#define OB_FORMAT_PICK_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16,     \
                        _17, _18, _19, _20, _21, _22, _23, _24, name, ...)                         \
    name

/* What OB_INVARIANT calls. Called by hand with an id that no OB_INVARIANT has, such violations
 * share a frame. */
OB_NORETURN void ob_violation(struct ob_world *world, const char *id, const char *format, ...)
    OB_FORMAT(3, 4);

/*
 * Reaches the goal `name` of the target's `goals` where a condition holds: OB_SOMETIMES(world,
 * both_wait, a->waiting && b->waiting). Legal in handlers, monitors and checks. It does not change
 * the run; once reached in a run, a goal stays reached. What comes after a violation does not
 * count. For engines, a step that no earlier run has reached is new coverage, as new code is. A
 * name that the target does not declare stops the process.
 */
#define OB_SOMETIMES(world, name, condition) ob_sometimes((world), #name, (condition))

/*
 * Reaches a goal by being executed: OB_REACHABLE(world, name), or OB_REACHABLE(name) in a function
 * whose actor is called `self`, as handlers are written.
 */
#define OB_REACHABLE(...)                                                                          \
    OB_REACHABLE_PICK_(__VA_ARGS__, OB_REACHABLE_OF_, OB_REACHABLE_SELF_, )(__VA_ARGS__)
#define OB_REACHABLE_PICK_(_1, _2, macro, ...) macro
#define OB_REACHABLE_OF_(world, name) ob_sometimes((world), #name, true)
#define OB_REACHABLE_SELF_(name) ob_sometimes(ob_world(self), #name, true)

/* What the macros call. */
void ob_sometimes(struct ob_world *world, const char *goal, bool condition);

/* Adds to the description of a state; for the target's `describe`. */
void ob_describe(struct ob_text *text, const char *format, ...) OB_FORMAT(2, 3);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
