#include "cli/explorer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/variables.h"
#include "cli/input.h"
#include "cli/registry.h"
#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "search/aim.h"
#include "search/faults.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

/* Workloads have gaps of the durations that this many runs, the first, have shown. Each job makes
 * all of them, so that a workload does not depend on how many jobs there are. */
#define LEARNING_RUNS 16u
#define STRIKES_ONE_IN 3u
#define FAULTS_MAX 4u /* in one walk */
#define PROGRESS_TERMINAL_S 0.3
#define PROGRESS_PLAIN_S 10.0

/* Set by the handler of signals, for which there is no other way to say something. */
static OB_OF_HARNESS volatile sig_atomic_t interrupted;

/* What a target raises itself ends the process, as it would without this handler, once it has
 * returned: nobody has asked for an end. */
static void note_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code <= 0 && info->si_pid == getpid()) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    interrupted = 1;
}

void cli_explore_heed(void)
{
    struct sigaction action = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool cli_explore_interrupted(void)
{
    return interrupted;
}

/* The two worlds of one process, and when it last said how far it is. */
struct part {
    struct cli_explorer *explorer;
    struct ob_world *world;
    struct ob_world *replay; /* in which examples are sought */
    const struct ob_scenario *scenario;
    struct ob_scenario drawn;        /* what is run */
    struct ob_scenario workload;     /* of the walk before, without its faults */
    bool can_fail;                   /* the target declares faults */
    struct ob_vocabulary vocabulary; /* the world's, with the durations that runs have shown */
    struct ob_findings of_scenario;  /* of exhaustive exploration, until it is done */
    struct ob_goal_tally *goals;     /* the same; NULL where the target has none */
    double begun_s;
    double shown_s;
    bool shown;
};

static void show_progress(struct part *part, uint64_t total)
{
    const struct ob_findings *findings =
        part->explorer->is_exhaustive ? &part->of_scenario : &part->explorer->findings;
    bool terminal = isatty(STDERR_FILENO);
    double now = ob_monotonic_s();
    if (part->explorer->quiet ||
        now - part->shown_s < (terminal ? PROGRESS_TERMINAL_S : PROGRESS_PLAIN_S))
        return;
    part->shown_s = now;
    part->shown = true;
    fprintf(stderr, "%sexplore: %" PRIu64 " executions", terminal ? "\r\033[K" : "",
            findings->executions);
    if (total)
        fprintf(stderr, " of %" PRIu64, total);
    fprintf(stderr, ", %zu distinct, %" PRIu64 " violating, %.0f s%s", findings->traces.distinct,
            findings->violating, now - part->begun_s, terminal ? "" : "\n");
}

static void end_progress(const struct part *part)
{
    if (part->shown && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}

/* -- walks -- */

/* A workload for a walk that was given none. It has no deviation, as the walk chooses the order
 * itself. */
static void draw_workload(const struct part *part, struct ob_scenario *scenario, struct ob_rng *rng)
{
    ob_fresh_workload(&part->vocabulary, scenario, OB_WORKLOAD_MESSAGES_MAX, OB_RECORDS_MAX, rng);
}

/* Faults at messages that the walk before has shown, which is of the same workload. */
static void add_faults(struct part *part, struct ob_rng *rng)
{
    unsigned faults = 1;
    while (faults < FAULTS_MAX && ob_rng_below(rng, 2) == 0)
        faults++;
    for (unsigned tries = 0; tries < 4 * faults && faults > 0; tries++) {
        struct ob_deviation fault;
        if (ob_aim(part->world, OB_AIMED_FAULTS, false, rng, &fault) &&
            ob_scenario_insert_deviation(&part->drawn, &fault))
            faults--;
    }
}

/* The scenario of a walk. Each is an input like any other: with the workload, the faults and the
 * walk itself. One walk of some strikes faults, in the workload of the walk before it. */
static void draw_walk(struct part *part, uint64_t run, uint64_t seed)
{
    struct cli_explorer *explorer = part->explorer;
    struct ob_rng rng = {.state = ob_mix64(seed)};
    bool strikes = part->can_fail && run > 0 && ob_rng_below(&rng, STRIKES_ONE_IN) == 0;
    if (strikes)
        ob_scenario_copy(&part->drawn, &part->workload);
    else if (explorer->scenario)
        ob_scenario_copy(&part->drawn, explorer->scenario);
    else
        draw_workload(part, &part->drawn, &rng);
    ob_scenario_copy(&part->workload, &part->drawn);
    if (strikes)
        add_faults(part, &rng);
    struct ob_walk walk = {.depth = (uint8_t)explorer->depth,
                           .late = (uint8_t)ob_rng_below(&rng, OB_LATE_RATES),
                           .hint = ob_hint_round((uint32_t)explorer->findings.runs.longest)};
    uint32_t number = (uint32_t)(ob_mix64(explorer->seed) + run);
    struct ob_deviation record = ob_walk_deviation(explorer->walk, number, walk);
    if (part->drawn.deviation_count == OB_DEVIATIONS_MAX)
        ob_scenario_remove_deviation(&part->drawn, OB_DEVIATIONS_MAX - 1);
    (void)ob_scenario_insert_deviation(&part->drawn, &record);
}

bool cli_explore_seeks(const struct cli_explorer *explorer, const char *invariant)
{
    const char *goal = explorer->judges.until_goal;
    return explorer->until_violation || (goal && strcmp(goal, invariant) == 0);
}

static bool wants_more(const struct cli_explorer *explorer)
{
    return !interrupted && !explorer->findings.out_of_memory &&
           !cli_watch_gives_up(explorer->watched) &&
           !(explorer->until_violation && ob_findings_written(&explorer->findings, NULL)) &&
           !(explorer->judges.until_goal &&
             ob_findings_written(&explorer->findings, explorer->judges.until_goal));
}

static void walk_all(struct part *part, unsigned first)
{
    struct cli_explorer *explorer = part->explorer;
    uint32_t allowed = ob_world_vocabulary(part->world)->ops_allowed;
    part->can_fail = !explorer->no_faults && (allowed & OB_AIMED_FAULTS);
    for (uint64_t run = 0; run < explorer->runs && wants_more(explorer); run++) {
        bool is_ours = run % explorer->jobs == first;
        if (!is_ours && run >= LEARNING_RUNS)
            continue;
        draw_walk(part, run, ob_mix64(explorer->seed) + run);
        const struct ob_verdict *verdict = ob_world_run(part->world, &part->drawn);
        if (cli_watch_skipped(explorer->watched))
            break;
        if (run < LEARNING_RUNS)
            ob_world_learn(part->world, &part->vocabulary);
        if (!is_ours)
            continue;
        cli_watch_apart(explorer->watched, verdict->failure);
        ob_findings_add(&explorer->findings, part->world, part->replay, &part->drawn, run + 1);
        cli_watch_apart(explorer->watched, OB_NO_FAILURE);
        if ((explorer->findings.executions & 63) == 0 && first == 0)
            show_progress(part, explorer->runs / explorer->jobs);
    }
}

/* -- every order -- */

static bool tell_execution(const struct ob_world *world, uint64_t trace, void *context)
{
    struct part *part = context;
    struct ob_findings *findings = &part->of_scenario;
    ob_findings_add_trace(findings, world, ob_mix64(trace + part->explorer->scenarios));
    return wants_more(part->explorer);
}

static bool poll(const struct ob_exhaustive_stats *stats, void *context)
{
    struct part *part = context;
    (void)stats;
    show_progress(part, 0);
    return wants_more(part->explorer);
}

static bool tell_violation(const struct ob_world *world, const struct ob_exhaustive_violation *what,
                           void *context)
{
    struct part *part = context;
    (void)world;
    ob_findings_add_violation(&part->of_scenario, what->verdict, what->example,
                              part->explorer->findings.executions + what->number);
    return !cli_explore_seeks(part->explorer, what->verdict->invariant) || !what->example;
}

static void tell_plain(const struct ob_verdict *verdict, const struct ob_scenario *scenario,
                       void *context)
{
    struct part *part = context;
    if (!ob_findings_has(&part->of_scenario, verdict->invariant))
        ob_findings_add_violation(&part->of_scenario, verdict, scenario,
                                  part->explorer->findings.executions + 1);
}

/* What shows an event that ends the process is sought with runs that may end theirs. */
static bool tell_end(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                     struct ob_known_outcome *known_outcome, void *context)
{
    struct part *part = context;
    struct cli_watched *watched = part->explorer->watched;
    cli_watch_apart(watched, OB_NO_FAILURE);
    bool ends = cli_watch_event(watched, world, choice, time_us, known_outcome);
    if (ends)
        cli_watch_apart(watched, known_outcome->failure);
    return ends;
}

static void forget_scenario(void *context)
{
    struct part *part = context;
    ob_findings_release(&part->of_scenario);
}

/* A state that is seen when all executions are known is of none that is still to come. */
static void limit_numbers(struct ob_findings *findings)
{
    for (unsigned index = 0; index < findings->finding_count; index++)
        if (findings->findings[index].first > findings->executions)
            findings->findings[index].first = findings->executions;
}

/*
 * A violation counts when a plain run shows it: within one microsecond a search over states takes
 * events in orders that plain runs do not have. A search that was stopped at the first violation
 * has not come to its end, and so has counted none.
 */
static uint64_t count_shown(const struct ob_findings *findings, uint64_t violating)
{
    uint64_t unwritten = 0;
    bool has_example = false;
    for (unsigned index = 0; index < findings->finding_count; index++) {
        unwritten += findings->findings[index].unwritten;
        has_example |= findings->findings[index].has_example;
    }
    if (!has_example)
        return 0;
    return violating > unwritten ? violating - unwritten : 1;
}

static int explore_scenario(struct part *part, struct ob_error *error)
{
    struct cli_explorer *explorer = part->explorer;
    struct ob_exhaustive_stats stats;
    const struct ob_exhaustive_limits limits = {.executions_max =
                                                    explorer->runs - explorer->findings.executions};
    const struct ob_exhaustive_watcher watcher = {.execution = tell_execution,
                                                  .violation = tell_violation,
                                                  .plain = tell_plain,
                                                  .poll = poll,
                                                  .ends = tell_end,
                                                  .again = forget_scenario,
                                                  .goals = part->goals,
                                                  .context = part};
    ob_goal_tally_clear(part->goals);
    int result = ob_explore_exhaustively(part->world, part->replay, part->scenario, &limits,
                                         &watcher, &stats, error);
    uint64_t shown = result ? 0 : count_shown(&part->of_scenario, stats.violating);
    ob_findings_merge(&explorer->findings, &part->of_scenario);
    if (!explorer->findings.goals)
        explorer->findings.goals = ob_goal_tally_create(ob_world_target(part->world));
    ob_goal_tally_merge(explorer->findings.goals, part->goals);
    if (result)
        return -1;
    explorer->findings.violating += shown;
    limit_numbers(&explorer->findings);
    ob_exhaustive_add(&explorer->exhaustive, &stats, explorer->scenarios == 0);
    explorer->scenarios++;
    return 0;
}

/* Every choice of `chosen` faults out of a list, in the order of the list. */
static int explore_combinations(struct part *part, const struct ob_deviation *faults, size_t count,
                                unsigned chosen, struct ob_error *error)
{
    const struct ob_scenario *plain = part->scenario;
    size_t places[8] = {0};
    int result = 0;
    for (unsigned at = 0; at < chosen; at++)
        places[at] = at;
    while (result == 0 && chosen <= count && part->explorer->exhaustive.is_complete) {
        ob_scenario_copy(&part->drawn, plain);
        bool room = true;
        for (unsigned at = 0; at < chosen; at++)
            room &= ob_scenario_insert_deviation(&part->drawn, &faults[places[at]]);
        part->scenario = &part->drawn;
        if (room)
            result = explore_scenario(part, error);
        unsigned at = chosen;
        while (at > 0 && places[at - 1] == count - (chosen - (at - 1)))
            at--;
        if (at == 0)
            break;
        for (size_t place = ++places[at - 1]; at < chosen; at++)
            places[at] = ++place;
    }
    part->scenario = plain;
    return result;
}

static int explore_all(struct part *part, struct ob_error *error)
{
    struct cli_explorer *explorer = part->explorer;
    int result = explore_scenario(part, error);
    if (result || explorer->faults == 0)
        return result;
    struct ob_deviation *faults = malloc(OB_FAULTS_MAX * sizeof *faults);
    if (!faults)
        return ob_error_set(error, "memory is short");
    size_t count = ob_faults_list(part->replay, explorer->scenario, faults, OB_FAULTS_MAX);
    for (unsigned chosen = 1; chosen <= explorer->faults && result == 0; chosen++)
        result = explore_combinations(part, faults, count, chosen, error);
    free(faults);
    return result;
}

int cli_explore_part(struct cli_explorer *explorer, unsigned first, struct ob_error *error)
{
    struct part *part = calloc(1, sizeof *part);
    int result = -1;
    if (!part)
        return ob_error_set(error, "memory is short");
    part->explorer = explorer;
    part->scenario = explorer->scenario ? explorer->scenario : &part->drawn;
    part->begun_s = part->shown_s = ob_monotonic_s();
    part->world = cli_open_judged(explorer->specification, &explorer->judges, error);
    if (part->world)
        part->vocabulary = *ob_world_vocabulary(part->world);
    part->replay =
        part->world ? cli_open_judged(explorer->specification, &explorer->judges, error) : NULL;
    if (part->replay) {
        result = 0;
        cli_expect_invariants(part->world);
        if (explorer->is_exhaustive)
            part->goals = ob_goal_tally_create(ob_world_target(part->world));
        cli_watch_world(explorer->watched, part->world);
        cli_watch_world(explorer->watched, part->replay);
        if (explorer->is_exhaustive)
            result = explore_all(part, error);
        else
            walk_all(part, first);
        cli_watch_apart(explorer->watched, OB_NO_FAILURE);
        cli_watch_leaks(explorer->watched);
        explorer->gave_up = cli_watch_gives_up(explorer->watched);
        end_progress(part);
    }
    ob_world_destroy(part->world);
    ob_world_destroy(part->replay);
    free(part->goals);
    free(part);
    if (result == 0 && explorer->findings.out_of_memory)
        return ob_error_set(error, "memory is short for the behaviours seen: use fewer --runs");
    return result;
}

int cli_explore_run(struct cli_explorer *explorer, struct ob_error *error)
{
    double begun = ob_monotonic_s();
    cli_explore_heed();
    int result = explorer->jobs > 1 && !explorer->is_exhaustive
                     ? cli_explore_jobs(explorer, error)
                     : cli_explore_part(explorer, 0, error);
    explorer->seconds = ob_monotonic_s() - begun;
    explorer->interrupted = interrupted;
    return result;
}
