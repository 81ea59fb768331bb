/*
 * Sagas: a transaction of several steps at several participants, each of which can be undone by a
 * compensation. One coordinates them; no one locks.
 *
 * Semantics of: orchestrated sagas (Garcia-Molina, Salem: "Sagas", SIGMOD 1987) with backward
 * recovery, as engines have it, and the participants' part as Seata's TCC and saga modes describe
 * it.
 *   - Steps are asked for one after the other. When one is refused, or no answer has come in time,
 *     the saga is undone: compensations are asked for in the opposite order, and again and again
 *     until they are acknowledged; a saga ends done or undone;
 *   - of a step whose answer is missing nobody knows whether it was done, so it is undone as well:
 *     the compensation may reach a participant that has not done the step, or to which the step
 *     only comes afterwards;
 *   - the coordinator writes down where each saga is before it asks for anything, in memory that a
 *     crash does not reach, and goes on from there when it starts again, asking once more for what
 *     it does not know the answer to.
 * A participant keeps a `struct ob_saga_book` and asks that before it does a step or undoes it: it
 * does each once, undoes only what was done, and refuses what it has refused before, and a step
 * whose compensation came first, as a step that was done then would be left behind for ever. A
 * participant that does not is the fault that this is to show. Left out: steps side by side, and
 * compensations that are refused.
 */
#ifndef OFFBEAT_SAGA_H
#define OFFBEAT_SAGA_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_SAGA_STEPS_MAX 8
#define OB_SAGAS_MAX 32 /* a saga's number is less */

/* Kinds of message, from the first on that the target gives its sagas. */
enum ob_saga_kind {
    OB_SAGA_BEGIN,   /* (saga, argument): to the coordinator; nothing when it has begun before */
    OB_SAGA_DO,      /* (saga, step, argument): DONE or REFUSED */
    OB_SAGA_UNDO,    /* (saga, step, argument): UNDONE, whether or not there was anything to undo */
    OB_SAGA_AGAIN,   /* the coordinator's timer */
    OB_SAGA_DONE,    /* (saga, step) */
    OB_SAGA_REFUSED, /* (saga, step): it is not done, and will not be */
    OB_SAGA_UNDONE,  /* (saga, step) */
    OB_SAGA_KINDS,   /* how many kinds of the target's are the sagas' */
};

/* The names of these kinds, for the target's `messages`: OB_SAGA_MESSAGES(SAGA) */
#define OB_SAGA_MESSAGES(FIRST)                                                                    \
    OB_AT((FIRST) + OB_SAGA_BEGIN){.name = "begin_saga",                                           \
                                   .args = {{.name = "saga"}, {.name = "argument"}},               \
                                   .may_be_unused = true},                                         \
        OB_AT((FIRST) +                                                                            \
              OB_SAGA_DO){.name = "do_step",                                                       \
                          .args = {{.name = "saga"}, {.name = "step"}, {.name = "argument"}},      \
                          .may_be_unused = true},                                                  \
        OB_AT((FIRST) +                                                                            \
              OB_SAGA_UNDO){.name = "undo_step",                                                   \
                            .args = {{.name = "saga"}, {.name = "step"}, {.name = "argument"}},    \
                            .may_be_unused = true},                                                \
        OB_AT((FIRST) + OB_SAGA_AGAIN){                                                            \
            .name = "saga_timer", .args = {{.name = "saga"}}, .may_be_unused = true},              \
        OB_AT((FIRST) + OB_SAGA_DONE){.name = "step_done",                                         \
                                      .args = {{.name = "saga"}, {.name = "step"}},                \
                                      .may_be_unused = true},                                      \
        OB_AT((FIRST) + OB_SAGA_REFUSED){.name = "step_refused",                                   \
                                         .args = {{.name = "saga"}, {.name = "step"}},             \
                                         .may_be_unused = true},                                   \
        OB_AT((FIRST) + OB_SAGA_UNDONE)                                                            \
    {                                                                                              \
        .name = "step_undone", .args = {{.name = "saga"}, {.name = "step"}}, .may_be_unused = true \
    }

/* -- the coordinator -- */

struct ob_saga_config {
    uint8_t first_kind;  /* of the target's kinds: that of OB_SAGA_BEGIN */
    uint32_t timeout_us; /* until a step counts as failed, or a compensation is asked for again */
    unsigned step_count; /* 1 to OB_SAGA_STEPS_MAX */
    const char *steps[OB_SAGA_STEPS_MAX]; /* the participant of each, by name */
};

/* Adds a coordinator as an actor, which may crash and start again. `config` must live as long as
 * the target. */
struct ob_actor *ob_saga_spawn(struct ob_world *world, const char *name,
                               const struct ob_saga_config *config);

enum ob_saga_state { OB_SAGA_NOT_BEGUN, OB_SAGA_GOES_ON, OB_SAGA_IS_UNDONE, OB_SAGA_IS_DONE };

/* Where a saga is. For checks. */
enum ob_saga_state ob_saga_state(const struct ob_actor *coordinator, unsigned saga);

/* -- participants -- */

/* What a participant remembers of the sagas. Zeroed: nothing. Part of the participant's state, or
 * of ob_alloc() where it has to survive the participant's crashes, as what it does must, too. */
struct ob_saga_book {
    uint8_t done[OB_SAGAS_MAX];   /* a bit for each step */
    uint8_t undone[OB_SAGAS_MAX]; /* the same: its compensation has come, or it was refused */
};

/* Whether a step is to be done now: false when it was done before, or may not be done any more
 * (ob_saga_may_not()). Remembers that it is done. */
bool ob_saga_is_to_do(struct ob_saga_book *book, const struct ob_message *message);

/* Whether a step has to be refused: its compensation came before, or it was refused before. */
bool ob_saga_may_not(const struct ob_saga_book *book, const struct ob_message *message);

/* Remembers that a step is refused: a second request for it, which the coordinator makes when it
 * has started again, may find that there is room. */
void ob_saga_refuse(struct ob_saga_book *book, const struct ob_message *message);

/* Whether there is something to undo: false when the step was not done, or was undone before.
 * Remembers that it is undone. */
bool ob_saga_is_to_undo(struct ob_saga_book *book, const struct ob_message *message);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
