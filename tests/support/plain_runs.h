/*
 * Every plain run of a scenario whose messages and timers can be late by few microseconds: each
 * number of them is written as a `delay`, for each message by itself. What comes of these runs is
 * what exhaustive search may claim, neither less nor more, with the order within one microsecond.
 */
#ifndef OFFBEAT_TESTS_PLAIN_RUNS_H
#define OFFBEAT_TESTS_PLAIN_RUNS_H

#include <assert.h>

#include "scenario/edit.h"
#include "support/brute_force.h"
#include "world/run.h"

#define PLAIN_MESSAGES_MAX 48u

struct plain_runs {
    struct ob_world *world;
    uint64_t runs_max;
    uint32_t late_us[PLAIN_MESSAGES_MAX]; /* by message, in the order of sending */

    /* What came of it: */
    uint64_t runs;
    bool is_complete;
    struct ob_tally orders;   /* causal hashes of complete runs */
    struct ob_tally verdicts; /* first violations, as brute_verdict() says */
};

static inline uint32_t plain_range_us(const struct ob_world *world, uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    const struct ob_link *link = ob_world_link(world, message->message.from, message->to);
    if (ob_world_is_timer(world, sent))
        return ob_world_lateness(world, sent);
    return link->latency_us_max > link->latency_us ? link->latency_us_max - link->latency_us : 0;
}

/* Makes the message late in further runs, beside the first so many, of which the world has the run.
 */
static inline void plain_delay(const struct plain_runs *plain, uint32_t sent,
                               struct ob_scenario *scenario)
{
    const struct ob_sent *message = ob_world_sent(plain->world, sent);
    struct ob_deviation delay = {
        .op = OB_DELAY,
        .which = {.from = (uint8_t)(message->message.from + 1),
                  .to = (uint8_t)message->to,
                  .kind = (uint8_t)(message->message.kind + 1),
                  .nth = (uint8_t)(ob_world_ordinal(plain->world, sent) + 1)},
        .amount = plain->late_us[sent]};
    if (plain->late_us[sent] == 0)
        return;
    bool fits = ob_scenario_insert_deviation(scenario, &delay);
    assert(fits);
    (void)fits;
}

/* To its natural end, whatever is violated on the way. */
static inline void plain_go_on(struct ob_world *world, const struct ob_scenario *scenario)
{
    ob_world_keep_going(world, true);
    (void)ob_world_run(world, scenario);
    ob_world_keep_going(world, false);
}

static inline void plain_count(struct plain_runs *plain, const struct ob_scenario *scenario)
{
    bool is_end;
    brute_count(&plain->orders, ob_world_causal_hash(plain->world), 1);
    if (ob_world_run(plain->world, scenario)->outcome == OB_VIOLATED) {
        (void)ob_world_violated_at(plain->world, &is_end);
        brute_count(&plain->verdicts, brute_verdict(plain->world, is_end), 1);
    }
    plain->runs++;
    plain->is_complete &= plain->runs < plain->runs_max;
}

/* Runs it with the delays of the first messages, which are known, in every way that is left. As
 * deep as messages are sent, a dozen in tests. */
static inline void plain_from(struct plain_runs *plain, const struct ob_scenario *scenario,
                              uint32_t known)
{
    plain_go_on(plain->world, scenario);
    while (known < ob_world_sent_count(plain->world) && plain_range_us(plain->world, known) == 0)
        plain->late_us[known++] = 0;
    if (known == ob_world_sent_count(plain->world)) {
        plain_count(plain, scenario);
        return;
    }
    assert(known < PLAIN_MESSAGES_MAX);
    struct ob_scenario *next = malloc(sizeof *next);
    uint32_t range_us = plain_range_us(plain->world, known);
    assert(next);
    for (uint32_t late_us = 0; late_us <= range_us && plain->is_complete; late_us++) {
        plain_go_on(plain->world, scenario);
        ob_scenario_copy(next, scenario);
        plain->late_us[known] = late_us;
        plain_delay(plain, known, next);
        plain_from(plain, next, known + 1);
    }
    free(next);
}

/* Makes at most `runs_max`, and `is_complete` says whether those are all. The scenario has no
 * deviation that is about order. Release with plain_runs_release(). */
static inline void plain_runs_make(struct plain_runs *plain, struct ob_world *world,
                                   const struct ob_scenario *scenario, uint64_t runs_max)
{
    *plain = (struct plain_runs){.world = world, .runs_max = runs_max, .is_complete = true};
    plain_from(plain, scenario, 0);
}

static inline void plain_runs_release(struct plain_runs *plain)
{
    ob_tally_release(&plain->orders);
    ob_tally_release(&plain->verdicts);
}

#endif
