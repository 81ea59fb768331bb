/*
 * How the time of a run grows with the number of messages, timers, actors, of what is held back, of
 * what waits in a mailbox or was put aside, and of what is in flight in a walk.
 *
 *     bench_growth
 *
 * A line for each: `name=timers small=100 large=10000 small_us=9.1 large_us=1021.3`. All take turns
 * in one process, in its processor time, and the best of some repetitions counts, as what else the
 * machine does only ever adds time. Exit codes: 0, or 2 when a run is not the one to be measured.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scenario/edit.h"
#include "world/run.h"
#include "world/world.h"

#define REPETITIONS 7
#define SECONDS_MIN 0.002 /* runs are repeated for so long, as the clock counts nothing shorter */
#define SMALL 100u
#define LARGE 10000u
#define PEERS_MAX 200u
#define HOPS 4000u /* of the run with more actors */

enum variant { CHAIN, TIMERS, HELD, MAILBOX, POSTPONED, FLIGHT, PEERS };
enum kind { START, ITEM, LAST, TICK };

static void hub_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t left = message->args[0];

    if (message->kind == TICK)
        return;
    switch ((enum variant)ob_variant(self)) {
    case CHAIN:
        if (left > 0)
            ob_send_id(self, ob_id(self), OB_WORDS(ITEM, left - 1), NULL, 0);
        break;
    case TIMERS:
        for (uint32_t at = 0; at < left; at++)
            (void)ob_timer_start(self, 1 + at * 2654435761u % 1000000u, TICK, at);
        break;
    default:
        for (uint32_t at = 0; at < left; at++)
            ob_send(self, "sink", ITEM, at);
        ob_send(self, "sink", LAST);
        break;
    }
}

struct sink {
    bool has_last;
};

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sink *sink = ob_state(self);

    if (message->kind == LAST)
        sink->has_last = true;
    else if (ob_variant(self) == POSTPONED && !sink->has_last)
        ob_postpone(self, message);
    else if (ob_variant(self) == MAILBOX)
        ob_work(self, 20);
}

/* A token that goes round among as many as the message says. */
static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t peers = message->args[0];
    uint32_t left = message->kind == START ? HOPS : message->args[1];

    if (left > 0)
        ob_send_id(self, 1 + (ob_index(self) + 1) % peers, OB_WORDS(ITEM, peers, left - 1), NULL,
                   0);
}

static void setup(struct ob_world *world)
{
    if (ob_world_variant(world) == PEERS) {
        (void)ob_spawn_many(world, "hub", PEERS_MAX, peer_receive, 0);
    } else {
        (void)ob_spawn(world, "hub", hub_receive, 0);
        (void)ob_spawn(world, "sink", sink_receive, sizeof(struct sink));
    }
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 10, .latency_us_max = 50000, .unordered = true});
}

static OB_TARGET(growth,
                 .variants = {[CHAIN] = "messages",
                              [TIMERS] = "timers",
                              [HELD] = "held",
                              [MAILBOX] = "mailbox",
                              [POSTPONED] = "postponed",
                              [FLIGHT] = "flight",
                              [PEERS] = "actors"},
                 .messages = {[START] = {"start", .to = "hub", .args = {{"size", 1, LARGE}}},
                              [ITEM] = {.name = "item"},
                              [LAST] = {.name = "last"},
                              [TICK] = {.name = "tick"}},
                 .setup = setup);

static double seconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is measured: a variant, in plain runs or by a walk. */
struct subject {
    const char *name;
    enum variant variant;
    uint32_t small;
    uint32_t large;
    int walk; /* enum ob_walk_strategy, or -1 */
};

static const struct subject subjects[] = {
    {"messages", CHAIN, SMALL, LARGE, -1},
    {"timers", TIMERS, SMALL, LARGE, -1},
    {"held", HELD, SMALL, LARGE, -1},
    {"mailbox", MAILBOX, SMALL, LARGE, -1},
    {"postponed", POSTPONED, SMALL, LARGE, -1},
    {"in_flight", FLIGHT, SMALL, LARGE, -1},
    {"in_flight,_random_walk", FLIGHT, SMALL, LARGE, OB_WALK_RANDOM},
    {"in_flight,_pct_walk", FLIGHT, SMALL, LARGE, OB_WALK_PCT},
    {"in_flight,_pos_walk", FLIGHT, SMALL, LARGE, OB_WALK_POS},
    {"actors", PEERS, PEERS_MAX / 100, PEERS_MAX, -1},
};

static void make(const struct subject *subject, uint32_t size, struct ob_scenario *scenario)
{
    const struct ob_input_message start = {.kind = START, .args = {size}};

    ob_scenario_clear(scenario);
    (void)ob_scenario_insert_message(scenario, 0, &start, NULL);
    if (subject->variant == HELD) {
        const struct ob_deviation reorder = {
            .op = OB_REORDER, .which = {.kind = 1 + ITEM}, .awaited = {.kind = 1 + LAST}};
        (void)ob_scenario_insert_deviation(scenario, &reorder);
    }
    if (subject->walk >= 0) {
        const struct ob_walk walk = {
            .depth = subject->walk == OB_WALK_PCT ? 3 : 1, .hint = 10000, .late = OB_LATE_QUARTER};
        const struct ob_deviation record =
            ob_walk_deviation((enum ob_walk_strategy)subject->walk, 1, walk);
        (void)ob_scenario_insert_deviation(scenario, &record);
    }
}

/* The least time of a run, in µs; 0 when it is not the one to be measured. */
static double measure(struct ob_world *world, const struct ob_scenario *scenario, uint32_t least)
{
    double best = 0;

    for (unsigned repetition = 0; repetition < REPETITIONS; repetition++) {
        double started = seconds_now();
        double elapsed = 0;
        unsigned runs = 0;
        for (; elapsed < SECONDS_MIN; elapsed = seconds_now() - started, runs++) {
            const struct ob_verdict *verdict = ob_world_run(world, scenario);
            if (verdict->outcome != OB_PASSED || verdict->delivery_count < least)
                return 0;
        }
        if (repetition == 0 || elapsed / runs < best)
            best = elapsed / runs;
    }
    return best * 1e6;
}

static bool print_growth(const struct subject *subject)
{
    static struct ob_scenario scenario;
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_growth, subject->variant, &error);
    const uint32_t sizes[] = {subject->small, subject->large};
    double us[2] = {0};

    if (!world)
        return false;
    for (unsigned at = 0; at < 2; at++) {
        make(subject, sizes[at], &scenario);
        us[at] = measure(world, &scenario, subject->variant == PEERS ? HOPS : sizes[at]);
    }
    ob_world_destroy(world);
    printf("name=%s small=%u large=%u small_us=%.2f large_us=%.2f\n", subject->name,
           (unsigned)sizes[0], (unsigned)sizes[1], us[0], us[1]);
    return us[0] > 0 && us[1] > 0;
}

int main(void)
{
    for (size_t at = 0; at < sizeof subjects / sizeof *subjects; at++)
        if (!print_growth(&subjects[at])) {
            fprintf(stderr, "bench_growth: %s: a run is not as expected\n", subjects[at].name);
            return 2;
        }
    return 0;
}
