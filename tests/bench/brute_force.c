/*
 * Exhaustive search beside brute force, a line for each variant of the targets that are named:
 *
 *     bench_brute_force EXECUTIONS TARGET SCENARIO [TARGET SCENARIO]...
 *
 * Brute force ends after so many executions. Exit code 1 when the two say different things where
 * both came to their ends and nothing was left out; 2 for trouble.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "cli/registry.h"
#include "search/exhaustive.h"
#include "support/brute_force.h"

struct told {
    struct ob_tally orders;
    struct ob_tally verdicts;
    uint64_t written;
    uint64_t violations;
};

static bool tell_execution(const struct ob_world *world, uint64_t trace, void *context)
{
    (void)trace;
    brute_count(&((struct told *)context)->orders, ob_world_causal_hash(world), 1);
    return true;
}

static bool tell_violation(const struct ob_world *world, const struct ob_exhaustive_violation *what,
                           void *context)
{
    struct told *told = context;
    brute_count(&told->verdicts, brute_verdict(world, what->is_end), 1);
    told->violations++;
    told->written += what->example != NULL;
    return true;
}

static void tell_plain(const struct ob_verdict *verdict, const struct ob_scenario *scenario,
                       void *context)
{
    (void)verdict;
    (void)scenario;
    (void)context;
}

static bool go_on(const struct ob_exhaustive_stats *stats, void *context)
{
    (void)stats;
    (void)context;
    return true;
}

static void forget(void *context)
{
    struct told *told = context;
    ob_tally_release(&told->orders);
    ob_tally_release(&told->verdicts);
    told->written = told->violations = 0;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whether brute force has nothing that the other lacks, and the other way round. Of equal
 * violations exhaustive search tells one only where orders were enough. */
static bool is_same(const struct brute_force *brute, const struct told *told,
                    const struct ob_exhaustive_stats *stats)
{
    bool same = brute->orders.distinct == told->orders.distinct &&
                (brute->verdicts.distinct > 0) == (told->verdicts.distinct > 0);
    for (size_t at = 0; at < brute->orders.capacity && same; at++)
        same =
            !brute->orders.entries[at].count ||
            ob_tally_add((struct ob_tally *)&told->orders, brute->orders.entries[at].number, 1) > 0;
    return same && (!stats->states || brute->verdicts.distinct == told->verdicts.distinct);
}

static int read_scenario(const struct ob_world *world, const char *path,
                         struct ob_scenario *scenario, struct ob_error *error)
{
    uint8_t *data;
    size_t size;
    if (ob_file_read(path, 1u << 20, &data, &size, error))
        return -1;
    int result = ob_scenario_parse(ob_world_vocabulary(world), path, (const char *)data, size,
                                   scenario, error);
    free(data);
    return result;
}

static int compare(const struct ob_target *target, unsigned variant, const char *path,
                   uint64_t executions_max)
{
    char specification[128];
    (void)snprintf(specification, sizeof specification, "%s/%s", target->name,
                   target->variants[variant]);
    static struct brute_force brute;
    struct told told = {0};
    struct ob_error error = {{0}};
    static struct ob_scenario scenario;
    struct ob_exhaustive_stats stats;
    struct ob_world *world = ob_world_create(target, variant, &error);
    struct ob_world *replay = world ? ob_world_create(target, variant, &error) : NULL;
    const struct ob_exhaustive_limits limits = {.executions_max = UINT64_MAX};
    const struct ob_exhaustive_watcher watcher = {.execution = tell_execution,
                                                  .violation = tell_violation,
                                                  .plain = tell_plain,
                                                  .poll = go_on,
                                                  .again = forget,
                                                  .context = &told};
    if (!replay || read_scenario(world, path, &scenario, &error)) {
        fprintf(stderr, "bench_brute_force: %s\n", error.text);
        return 2;
    }
    double begun_s = now_s();
    if (ob_explore_exhaustively(world, replay, &scenario, &limits, &watcher, &stats, &error)) {
        fprintf(stderr, "bench_brute_force: %s: %s\n", specification, error.text);
        return 2;
    }
    double explored_s = now_s() - begun_s;
    brute = (struct brute_force){.is_complete = false};
    if (!stats.refused[0])
        brute_force_run(&brute, world, &scenario, executions_max);
    bool comparable = brute.is_complete && ob_exhaustive_is_all(&stats);
    bool differs = comparable && !is_same(&brute, &told, &stats);
    printf("%-26s %10" PRIu64 "%s %8zu %9zu | %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64
           " %8.3f  %s\n",
           specification, brute.executions, brute.is_complete ? " " : "+", brute.orders.distinct,
           brute.verdicts.distinct, stats.executions, stats.states, told.violations, told.written,
           explored_s,
           differs            ? "DIFFERENT"
           : comparable       ? "the same"
           : stats.refused[0] ? stats.refused
           : stats.caveat[0]  ? stats.caveat
                              : "");
    (void)fflush(stdout);
    brute_force_release(&brute);
    forget(&told);
    ob_world_destroy(replay);
    ob_world_destroy(world);
    return differs;
}

int main(int argc, char **argv)
{
    int result = 0;
    if (argc < 4 || argc % 2 != 0)
        return 2;
    uint64_t executions_max = strtoull(argv[1], NULL, 10);
    printf("%-26s %10s  %8s %9s | %9s %9s %9s %9s %8s\n", "brute force | exhaustive", "executions",
           "orders", "verdicts", "orders", "states", "violations", "written", "s");
    for (int at = 2; at < argc; at += 2) {
        for (size_t index = 0; ob_registry[index]; index++) {
            const struct ob_target *target = ob_registry[index];
            for (unsigned variant = 0; variant < OB_VARIANTS_MAX && target->variants[variant] &&
                                       strcmp(target->name, argv[at]) == 0;
                 variant++) {
                int one = compare(target, variant, argv[at + 1], executions_max);
                result = one > result ? one : result;
            }
        }
    }
    return result;
}
