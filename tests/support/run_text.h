/* Runs a scenario given as text and tells what happened as a line of text: what tests of the world
 * compare. */
#ifndef OFFBEAT_TESTS_RUN_TEXT_H
#define OFFBEAT_TESTS_RUN_TEXT_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h> /* needs the first four */

#include "base/text.h"
#include "scenario/edit.h"
#include "scenario/scenario.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

/* One world, one scenario, and the line that the last run gave. */
struct bench {
    struct ob_world *world;
    struct ob_scenario scenario;
    struct ob_scenario walked; /* what bench_walk() ran */
    char line[4096];
};

static inline void bench_open(struct bench *bench, const struct ob_target *target, unsigned variant)
{
    struct ob_error error = {0};
    bench->world = ob_world_create(target, variant, &error);
    if (!bench->world)
        fail_msg("%s", error.text);
}

static inline void bench_close(struct bench *bench)
{
    ob_world_destroy(bench->world);
    bench->world = NULL;
}

static inline void bench_parse(struct bench *bench, const char *records)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench->world);
    struct ob_error error = {0};
    char text[4096];
    (void)snprintf(text, sizeof text, "offbeat scenario 1 %s\n%s", vocabulary->target->name,
                   records);
    if (ob_scenario_parse(vocabulary, "test", text, strlen(text), &bench->scenario, &error))
        fail_msg("%s", error.text);
}

/* Runs the scenario with a walk over all of it: by PCT of depth 3; each seed with another rate of
 * late steps than the one before. */
static inline const struct ob_verdict *bench_walk(struct bench *bench,
                                                  enum ob_walk_strategy strategy, uint64_t seed)
{
    struct ob_walk options = {.depth = 3, .hint = 24, .late = (uint8_t)(seed % OB_LATE_RATES)};
    struct ob_deviation walk = ob_walk_deviation(strategy, (uint32_t)seed, options);
    ob_scenario_copy(&bench->walked, &bench->scenario);
    assert_true(ob_scenario_insert_deviation(&bench->walked, &walk));
    return ob_world_run(bench->world, &bench->walked);
}

/* A delivery is "kind first-argument @ time > actor", with marks for what became of it. */
static inline void bench_describe(struct bench *bench)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench->world);
    struct ob_text text = {0};
    for (uint32_t index = 0; index < ob_world_delivery_count(bench->world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(bench->world, index);
        const char *actor = vocabulary->actor_names[delivery->actor];
        if (delivery->sent == OB_NONE) {
            ob_text_printf(&text, "start@%" PRIu64 ">%s", delivery->time_us, actor);
        } else {
            const struct ob_message *message =
                &ob_world_sent(bench->world, delivery->sent)->message;
            ob_text_printf(&text, "%s%" PRIu32 "@%" PRIu64 ">%s",
                           ob_vocabulary_kind_name(vocabulary, message->kind), message->args[0],
                           delivery->time_us, actor);
        }
        ob_text_printf(&text, "%s%s%s%s%s%s ", delivery->flags & OB_DELIVERY_COPY ? "+copy" : "",
                       delivery->flags & OB_DELIVERY_POSTPONED ? "+postponed" : "",
                       delivery->flags & OB_DELIVERY_RETRIED ? "+retried" : "",
                       delivery->flags & OB_DELIVERY_LOST ? "+lost" : "",
                       delivery->flags & OB_DELIVERY_CRASHED ? "+crashed" : "",
                       delivery->flags & OB_DELIVERY_ENDED ? "+ended" : "");
    }
    const struct ob_verdict *verdict = ob_world_verdict(bench->world);
    ob_text_printf(&text, "%s%s",
                   verdict->outcome == OB_PASSED ? "passed"
                   : verdict->outcome == OB_CUT  ? "cut "
                                                 : "! ",
                   verdict->invariant);
    (void)snprintf(bench->line, sizeof bench->line, "%s", ob_text_string(&text));
    ob_text_release(&text);
}

static inline const char *bench_run(struct bench *bench, const char *records)
{
    bench_parse(bench, records);
    (void)ob_world_run(bench->world, &bench->scenario);
    bench_describe(bench);
    return bench->line;
}

#endif
