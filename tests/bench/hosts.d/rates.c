/*
 * Runs of a target by itself, without an engine: how many there are in a second of processor time,
 * and what the process takes.
 *
 *     bench_hosts TARGET/VARIANT SECONDS plain|faults
 *
 * `plain` runs the empty scenario, `faults` random priorities with late messages, another draw each
 * time. A line says `runs=N seconds=S deliveries=N rss_kb=N`. Exit codes: 0, 2 with a line that
 * says why.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/registry.h"
#include "scenario/edit.h"
#include "world/run.h"
#include "world/world.h"

#define WARM_UP 50u

static double seconds_of_thread(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct ob_world *open_world(const char *name, struct ob_error *error)
{
    for (const struct ob_target *const *target = ob_registry; *target; target++)
        for (unsigned at = 0; at < OB_VARIANTS_MAX && (*target)->variants[at]; at++) {
            char full[128];
            (void)snprintf(full, sizeof full, "%s/%s", (*target)->name, (*target)->variants[at]);
            if (strcmp(full, name) == 0)
                return ob_world_create(*target, at, error);
        }
    (void)ob_error_set(error, "there is no %s", name);
    return NULL;
}

static void draw(struct ob_rng *rng, struct ob_scenario *scenario)
{
    struct ob_walk walk = {0};
    walk.late = (uint8_t)(1 + ob_rng_below(rng, OB_LATE_RATES - 1));
    walk.depth = 1;
    struct ob_deviation record =
        ob_walk_deviation(OB_WALK_RANDOM, (uint32_t)ob_rng_next(rng), walk);
    memset(scenario, 0, sizeof *scenario);
    (void)ob_scenario_insert_deviation(scenario, &record);
}

int main(int argc, char **argv)
{
    static struct ob_scenario scenario;
    struct ob_error error = {{0}};
    struct ob_rng rng = {.state = 1};
    uint64_t deliveries = 0;
    if (argc != 4) {
        fprintf(stderr, "usage: bench_hosts TARGET/VARIANT SECONDS plain|faults\n");
        return 2;
    }
    bool has_faults = strcmp(argv[3], "faults") == 0;
    struct ob_world *world = open_world(argv[1], &error);
    if (!world) {
        fprintf(stderr, "bench_hosts: %s\n", error.text);
        return 2;
    }
    for (unsigned run = 0; run < WARM_UP; run++)
        (void)ob_world_run(world, &scenario);
    double begun = seconds_of_thread(), took = 0;
    uint64_t runs = 0;
    for (; took < strtod(argv[2], NULL); took = seconds_of_thread() - begun) {
        if (has_faults)
            draw(&rng, &scenario);
        deliveries += ob_world_run(world, &scenario)->delivery_count;
        runs++;
    }
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("runs=%" PRIu64 " seconds=%.3f deliveries=%" PRIu64 " rss_kb=%ld\n", runs, took,
           deliveries, usage.ru_maxrss);
    ob_world_destroy(world);
    return 0;
}
