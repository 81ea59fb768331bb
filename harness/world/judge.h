/* For oracles: how they are called, and what they may ask that others need not know. */
#ifndef OFFBEAT_WORLD_JUDGE_H
#define OFFBEAT_WORLD_JUDGE_H

#include "offbeat/oracle.h"
#include "world/verdict.h"

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

    /* Whether the last run had anything that it could judge. NULL: every run has. */
    bool (*has_matter)(const struct ob_world *world);

    /* Adds lines that say more of the violation that it has found in the last run. */
    void (*explain)(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text);
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

/* Asks all oracles: before a run, after it, and about one that a bound has cut. */
void ob_oracles_begin(struct ob_world *world);
void ob_oracles_end(struct ob_world *world, bool quiescent);
void ob_oracles_cut(struct ob_world *world);

/* The oracles that had something to judge in the last run, a bit each in the order in which the
 * target names them. */
uint32_t ob_oracles_with_matter(const struct ob_world *world);

#endif
