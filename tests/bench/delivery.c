/*
 * Nanoseconds per delivery of the counter target, in this process, without an engine, beside a bare
 * sketch of the same work.
 *
 *     bench_delivery VARIANT SCENARIO
 *
 * Prints one line of key=value pairs. Best and median are over repetitions, as whatever else the
 * machine does only ever adds time. Exit codes: 0, or 2 when the run is not the one to be measured.
 */
#include "base/file.h"
#include "cli/registry.h"
#include "scenario/scenario.h"
#include "sketch.h"
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
    struct ob_scenario scenario;
};

struct timing {
    double best_ns;
    double median_ns;
};

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t run_world(struct workload *workload)
{
    return ob_world_run(workload->world, &workload->scenario)->delivery_count;
}

static uint32_t run_sketch(struct workload *workload)
{
    return sketch_run(workload->scenario.message_count, INTERVAL_US);
}

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
        for (unsigned i = 0; i < 1000; i++)
            deliveries += run(workload);
        elapsed = seconds_now() - started;
    } while (elapsed < REPETITION_SECONDS);
    return elapsed * 1e9 / (double)deliveries;
}

/* The two take turns, so that a change of the processor's clock meets both. */
static void measure(struct workload *workload, struct timing *world, struct timing *sketch)
{
    double worlds[REPETITIONS];
    double sketches[REPETITIONS];

    for (unsigned i = 0; i < REPETITIONS; i++) {
        worlds[i] = ns_per_delivery(run_world, workload);
        sketches[i] = ns_per_delivery(run_sketch, workload);
    }
    qsort(worlds, REPETITIONS, sizeof(worlds[0]), compare);
    qsort(sketches, REPETITIONS, sizeof(sketches[0]), compare);
    *world = (struct timing){worlds[0], worlds[REPETITIONS / 2]};
    *sketch = (struct timing){sketches[0], sketches[REPETITIONS / 2]};
}

static const struct ob_target *find_target(const char *name)
{
    for (const struct ob_target *const *target = ob_registry; *target != NULL; target++) {
        if (strcmp((*target)->name, name) == 0)
            return *target;
    }
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
    struct timing world;
    struct timing sketch;

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
    measure(&workload, &world, &sketch);
    printf("messages=%u deliveries=%u sketch_deliveries=%u best_ns=%.1f median_ns=%.1f "
           "sketch_best_ns=%.1f sketch_median_ns=%.1f\n",
           workload.scenario.message_count, verdict->delivery_count, run_sketch(&workload),
           world.best_ns, world.median_ns, sketch.best_ns, sketch.median_ns);
    ob_world_destroy(workload.world);
    return 0;
}
