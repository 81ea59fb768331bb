/*
 * Nanoseconds per delivery of the counter target, in this process, without an engine, beside a bare
 * sketch of the same work; and of a target of which one variant has handlers, the other tasks.
 *
 *     bench_delivery VARIANT SCENARIO
 *
 * Prints one line of key=value pairs. Best and median are over repetitions, as whatever else the
 * machine does only ever adds time. Exit codes: 0, or 2 when the run is not the one to be measured.
 */
#include "base/file.h"
#include "cli/registry.h"
#include "echo.h"
#include "scenario/edit.h"
#include "scenario/scenario.h"
#include "search/schedule_mutation.h"
#include "sketch.h"
#include "world/engine.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPETITIONS 15
#define REPETITION_SECONDS 0.1
#define FILE_BYTES_MAX ((size_t)1 << 20)
#define INTERVAL_US 1000

struct workload {
    struct ob_world *world;
    struct ob_world *echo[2]; /* as handlers, and as tasks */
    struct ob_scenario echo_scenario;
    struct ob_scenario scenario;
    struct ob_scenario child;
    struct ob_rng rng;
    uint8_t counters[1024];
};

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t run_world(struct workload *workload)
{
    ob_world_feedback(workload->world, NULL, 0);
    return ob_world_run(workload->world, &workload->scenario)->delivery_count;
}

static uint32_t run_with_feedback(struct workload *workload)
{
    ob_world_feedback(workload->world, workload->counters, sizeof(workload->counters));
    return ob_world_run(workload->world, &workload->scenario)->delivery_count;
}

/* Happens-before is worked out when it is asked for; the last delivery needs all of it. */
static uint32_t run_with_causality(struct workload *workload)
{
    uint32_t deliveries = run_with_feedback(workload);

    (void)ob_world_happens_before(workload->world, 0, deliveries - 1);
    return deliveries;
}

/* One mutation that runs its parent, counted as the parent's deliveries. */
static uint32_t run_mutation(struct workload *workload)
{
    const struct ob_schedule_options options = {.no_classes = false};

    ob_world_feedback(workload->world, NULL, 0);
    ob_scenario_copy(&workload->child, &workload->scenario);
    (void)ob_mutate_schedule(workload->world, &workload->child, OB_RECORDS_MAX, &options,
                             &workload->rng);
    return ob_world_delivery_count(workload->world);
}

static uint32_t run_sketch(struct workload *workload)
{
    return sketch_run(workload->scenario.message_count, INTERVAL_US);
}

static uint32_t run_handlers(struct workload *workload)
{
    return ob_world_run(workload->echo[0], &workload->echo_scenario)->delivery_count;
}

static uint32_t run_tasks(struct workload *workload)
{
    return ob_world_run(workload->echo[1], &workload->echo_scenario)->delivery_count;
}

/* What is measured, and how its line calls it. */
static const struct {
    const char *name;
    uint32_t (*run)(struct workload *workload);
} subjects[] = {
    {"", run_world},
    {"feedback_", run_with_feedback},
    {"causality_", run_with_causality},
    {"mutation_", run_mutation},
    {"sketch_", run_sketch},
    {"handlers_", run_handlers},
    {"tasks_", run_tasks},
};
#define SUBJECTS (sizeof subjects / sizeof subjects[0])

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a;
    double second = *(const double *)b;

    return (first > second) - (first < second);
}

static double ns_per_delivery(uint32_t (*run)(struct workload *workload), struct workload *workload)
{
    double started = seconds_now();
    double elapsed;
    uint64_t deliveries = 0;

    do {
        for (unsigned i = 0; i < 200; i++)
            deliveries += run(workload);
        elapsed = seconds_now() - started;
    } while (elapsed < REPETITION_SECONDS);
    return elapsed * 1e9 / (double)deliveries;
}

/* They take turns, so that a change of the processor's clock meets all of them. */
static void print_timings(struct workload *workload)
{
    double timings[SUBJECTS][REPETITIONS];

    for (unsigned i = 0; i < REPETITIONS; i++)
        for (size_t subject = 0; subject < SUBJECTS; subject++)
            timings[subject][i] = ns_per_delivery(subjects[subject].run, workload);
    for (size_t subject = 0; subject < SUBJECTS; subject++) {
        qsort(timings[subject], REPETITIONS, sizeof(timings[subject][0]), compare);
        printf(" %sbest_ns=%.1f %smedian_ns=%.1f", subjects[subject].name, timings[subject][0],
               subjects[subject].name, timings[subject][REPETITIONS / 2]);
    }
}

static const struct ob_target *find_target(const char *name)
{
    for (const struct ob_target *const *target = ob_registry; *target != NULL; target++)
        if (strcmp((*target)->name, name) == 0)
            return *target;
    return NULL;
}

static unsigned find_variant(const struct ob_target *target, const char *name)
{
    unsigned variant = 0;

    while (variant < OB_VARIANTS_MAX &&
           (target->variants[variant] == NULL || strcmp(target->variants[variant], name) != 0))
        variant++;
    return variant;
}

static int prepare(struct workload *workload, const char *variant_name, const char *path,
                   struct ob_error *error)
{
    const struct ob_target *target = find_target("counter");
    unsigned variant = target != NULL ? find_variant(target, variant_name) : OB_VARIANTS_MAX;
    uint8_t *data;
    size_t size;
    int result;

    if (variant == OB_VARIANTS_MAX)
        return ob_error_set(error, "there is no target counter/%s", variant_name);
    workload->world = ob_world_create(target, variant, error);
    for (unsigned echo = 0; echo < 2; echo++) {
        workload->echo[echo] = ob_world_create(&ob_target_echo, echo, error);
        if (workload->echo[echo] == NULL)
            return -1;
    }
    workload->echo_scenario.message_count = 1; /* `go` at once */
    if (workload->world == NULL || ob_file_read(path, FILE_BYTES_MAX, &data, &size, error) != 0)
        return -1;
    result = ob_scenario_read(ob_world_vocabulary(workload->world), path, data, size,
                              &workload->scenario, error);
    free(data);
    return result;
}

int main(int argc, char **argv)
{
    static struct workload workload;
    struct ob_error error = {{0}};
    const struct ob_verdict *verdict;

    if (argc != 3) {
        fprintf(stderr, "usage: bench_delivery VARIANT SCENARIO\n");
        return 2;
    }
    if (prepare(&workload, argv[1], argv[2], &error) != 0) {
        fprintf(stderr, "bench_delivery: %s\n", error.text);
        return 2;
    }
    verdict = ob_world_run(workload.world, &workload.scenario);
    if (verdict->outcome != OB_PASSED) {
        fprintf(stderr, "bench_delivery: %s does not pass: %s\n", argv[2], verdict->invariant);
        return 2;
    }
    printf("messages=%u deliveries=%u sketch_deliveries=%u", workload.scenario.message_count,
           verdict->delivery_count, run_sketch(&workload));
    print_timings(&workload);
    printf("\n");
    ob_world_destroy(workload.echo[1]);
    ob_world_destroy(workload.echo[0]);
    ob_world_destroy(workload.world);
    return 0;
}
