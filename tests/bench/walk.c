/*
 * Nanoseconds per delivery of walks beside a plain run of the same messages, with few and with many
 * in flight, on links that keep the order and on links that do not.
 *
 *     bench_walk
 *
 * A line for each number in flight: the plain run, then each strategy, with its ratio. All take
 * turns in one process, in its processor time, and the best of some repetitions counts, as what
 * else the machine does only ever adds time. Exit codes: 0, or 2 when a run is not the one to be
 * measured.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scenario/edit.h"
#include "world/run.h"
#include "world/world.h"

#define REPETITIONS 9
#define PEERS 100u
#define DELIVERIES 30000u

enum { UNORDERED, ORDERED }; /* variants */
enum { START, TOKEN };

/* Hands a token on until its hops are used up; `start` makes all of them. */
static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TOKEN) {
        if (message->args[0] > 0)
            ob_send_id(self, 1 + (ob_index(self) + message->args[1]) % PEERS,
                       OB_WORDS(TOKEN, message->args[0] - 1, message->args[1]), NULL, 0);
        return;
    }
    for (uint32_t token = 0; token < message->args[0]; token++)
        ob_send_id(self, 1 + token % PEERS,
                   OB_WORDS(TOKEN, DELIVERIES / message->args[0] - 1, 1 + token % 7), NULL, 0);
}

static void setup(struct ob_world *world)
{
    (void)ob_spawn_many(world, "peer", PEERS, peer_receive, 0);
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 10,
                             .latency_us_max = 50000,
                             .unordered = ob_world_variant(world) == UNORDERED});
}

static OB_TARGET(ring, .variants = {[UNORDERED] = "unordered", [ORDERED] = "ordered"},
                 .messages = {[START] = {"start", .to = "peer", .args = {{"tokens", 1, 30000}}},
                              [TOKEN] = {.name = "token"}},
                 .setup = setup);

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One run, in ns per delivery; 0 when it is not the one to be measured. */
static double measure(struct ob_world *world, const struct ob_scenario *scenario)
{
    double started = seconds_now();
    const struct ob_verdict *verdict = ob_world_run(world, scenario);
    double elapsed = seconds_now() - started;

    return verdict->outcome == OB_PASSED && verdict->delivery_count > DELIVERIES / 2
               ? elapsed * 1e9 / verdict->delivery_count
               : 0;
}

static int compare_runs(struct ob_world *world, unsigned in_flight)
{
    static struct ob_scenario scenarios[1 + OB_WALK_STRATEGIES];
    double best[1 + OB_WALK_STRATEGIES] = {0};

    for (unsigned at = 0; at < 1 + OB_WALK_STRATEGIES; at++) {
        struct ob_input_message start = {.kind = START, .args = {in_flight}};
        ob_scenario_clear(&scenarios[at]);
        (void)ob_scenario_insert_message(&scenarios[at], 0, &start, NULL);
        if (at == 0)
            continue;
        struct ob_walk walk = {.depth = 3, .hint = 30000, .late = OB_LATE_QUARTER};
        struct ob_deviation record = ob_walk_deviation((enum ob_walk_strategy)(at - 1), 1, walk);
        (void)ob_scenario_insert_deviation(&scenarios[at], &record);
    }
    for (unsigned repetition = 0; repetition < REPETITIONS; repetition++) {
        for (unsigned at = 0; at < 1 + OB_WALK_STRATEGIES; at++) {
            double ns = measure(world, &scenarios[at]);
            if (ns == 0)
                return -1;
            if (repetition == 0 || ns < best[at])
                best[at] = ns;
        }
    }
    printf("%-9s in_flight=%u plain_ns=%.1f",
           ob_world_target(world)->variants[ob_world_vocabulary(world)->variant], in_flight,
           best[0]);
    for (unsigned at = 1; at < 1 + OB_WALK_STRATEGIES; at++)
        printf(" %s_ns=%.1f ratio=%.2f", ob_deviation_mode_name(OB_WALK, at - 1), best[at],
               best[at] / best[0]);
    printf("\n");
    return 0;
}

int main(void)
{
    static const unsigned in_flight[] = {10, 100, 1000, 10000};
    for (unsigned variant = UNORDERED; variant <= ORDERED; variant++) {
        struct ob_error error = {{0}};
        struct ob_world *world = ob_world_create(&ob_target_ring, variant, &error);
        if (!world) {
            fprintf(stderr, "bench_walk: %s\n", error.text);
            return 2;
        }
        for (size_t at = 0; at < sizeof in_flight / sizeof *in_flight; at++) {
            if (compare_runs(world, in_flight[at])) {
                fprintf(stderr, "bench_walk: a run did not pass\n");
                return 2;
            }
        }
        ob_world_destroy(world);
    }
    return 0;
}
