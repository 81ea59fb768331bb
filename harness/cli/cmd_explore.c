/* offbeat explore: search without an engine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/ci.h"
#include "cli/cli.h"
#include "cli/explore_goals.h"
#include "cli/explorer.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/registry.h"
#include "offbeat/version.h"
#include "scenario/edit.h"
#include "search/estimate.h"
#include "search/minimize.h"
#include "search/outside.h"
#include "world/known_outcome.h"
#include "world/world.h"

#define RUNS_OF_WALKS 10000u
#define RUNS_EXHAUSTIVE 1000000u
#define DEPTH 3u

static int read_strategy(const char *name, struct cli_explorer *explorer)
{
    if (strcmp(name, "exhaustive") == 0) {
        explorer->is_exhaustive = true;
        return 0;
    }
    for (unsigned index = 0; index < OB_WALK_STRATEGIES; index++) {
        if (strcmp(name, ob_deviation_mode_name(OB_WALK, index)) == 0) {
            explorer->walk = (enum ob_walk_strategy)index;
            return 0;
        }
    }
    return cli_trouble("--strategy is one of random, pct, pos and exhaustive, not \"%s\"", name);
}

/* Examples are shown as short as they can be; one is minimized in place. Of one that hangs, each
 * try would take all of the time. */
static void minimize_examples(struct cli_explorer *explorer, struct ob_world *world)
{
    for (unsigned index = 0; index < explorer->findings.finding_count; index++) {
        struct ob_finding *finding = &explorer->findings.findings[index];
        if (!finding->has_example || finding->failure == OB_HANG)
            continue;
        cli_watch_apart(explorer->watched, finding->failure);
        (void)ob_minimize(world, finding->example, finding->example, NULL, NULL);
        finding->is_walk = finding->is_walk && ob_scenario_has_op(finding->example, OB_WALK);
    }
    cli_watch_apart(explorer->watched, OB_NO_FAILURE);
}

static void add_rate(const struct cli_explorer *explorer, struct ob_text *text)
{
    const struct ob_findings *findings = &explorer->findings;
    /* Where it ends with what it looks for, rates say nothing. */
    if (explorer->is_exhaustive || findings->executions == 0 || explorer->judges.until_goal)
        return;
    struct ob_interval interval = ob_wilson_interval(findings->violating, findings->executions);
    ob_text_printf(text, "probability of a violation: %.3g (95 %% interval %.3g to %.3g)\n",
                   (double)findings->violating / (double)findings->executions, interval.low,
                   interval.high);
    ob_text_printf(text,
                   "probability that the next execution is one not yet seen: %.3g (Good-Turing)\n",
                   ob_good_turing_unseen(findings->traces.once, findings->executions));
}

/* What may be claimed comes first. */
static void add_claim(const struct cli_explorer *explorer, struct ob_text *text)
{
    uint64_t combinations = explorer->scenarios - 1;
    ob_exhaustive_claim(&explorer->exhaustive, text);
    if (explorer->faults == 0)
        ob_text_printf(text, "; no faults\n");
    else
        ob_text_printf(text, "; %" PRIu64 " combination%s of faults\n", combinations,
                       ob_plural(combinations));
}

static void add_summary(const struct cli_explorer *explorer, const char *strategy,
                        struct ob_text *text)
{
    const struct ob_findings *findings = &explorer->findings;
    ob_text_printf(text, "%s %s: %" PRIu64 " execution%s, %zu distinct, %" PRIu64 " %s, %.3f s\n",
                   explorer->specification, strategy, findings->executions,
                   ob_plural(findings->executions), findings->traces.distinct, findings->violating,
                   explorer->judges.until_goal ? "at the goal or violating" : "violating",
                   explorer->seconds);
    if (explorer->is_exhaustive)
        add_claim(explorer, text);
    if (explorer->interrupted)
        ob_text_printf(text, "interrupted: this is what was seen so far\n");
    if (explorer->gave_up)
        ob_text_printf(text, "ended early: %s\n", explorer->gave_up);
    ob_runs_print(&findings->runs, text);
    add_rate(explorer, text);
}

static void add_findings(const struct cli_explorer *explorer, const struct ob_world *world,
                         struct ob_text *text)
{
    for (unsigned index = 0; index < explorer->findings.finding_count; index++) {
        const struct ob_finding *finding = &explorer->findings.findings[index];
        if (!finding->has_example) {
            ob_text_printf(text,
                           "not counted: %s, %" PRIu64 " time%s, in orders that no plain run was "
                           "found to have\n",
                           finding->invariant, finding->count, ob_plural(finding->count));
            continue;
        }
        const char *goal = explorer->judges.until_goal;
        ob_text_printf(text, "%s: %s, %" PRIu64 " time%s, first in execution %" PRIu64 "\n",
                       goal && strcmp(goal, finding->invariant) == 0 ? "reached" : "violated",
                       finding->invariant, finding->count, ob_plural(finding->count),
                       finding->first);
        if (finding->is_walk)
            ob_text_printf(text, "(no deviations were found that do the same as this walk)\n");
        if (finding->unwritten)
            ob_text_printf(text,
                           "(%" PRIu64 " of them not counted: no plain run was found to have their "
                           "orders)\n",
                           finding->unwritten);
        ob_scenario_print(ob_world_vocabulary(world), finding->example, text);
    }
}

static void add_json_cuts(const struct ob_runs *runs, struct ob_json *json)
{
    ob_json_number(json, "cut", ob_runs_cut(runs));
    ob_json_object(json, "cut_by");
    for (unsigned bound = OB_NO_BOUND + 1; bound < OB_BOUNDS; bound++)
        if (runs->cut[bound])
            ob_json_number(json, ob_bound_name((enum ob_bound)bound), runs->cut[bound]);
    ob_json_end(json);
    ob_json_object(json, "deliveries");
    ob_json_number(json, "median", ob_runs_percentile(runs, 50));
    ob_json_number(json, "p90", ob_runs_percentile(runs, 90));
    ob_json_number(json, "p99", ob_runs_percentile(runs, 99));
    ob_json_number(json, "max", runs->longest);
    ob_json_end(json);
}

static void add_json_claim(const struct cli_explorer *explorer, struct ob_json *json)
{
    const struct ob_exhaustive_stats *stats = &explorer->exhaustive;
    struct ob_text claim = {0};
    ob_json_bool(json, "complete", ob_exhaustive_is_all(stats));
    ob_json_number(json, "states", stats->states);
    ob_json_number(json, "states_left", stats->left);
    ob_json_number(json, "redundant", stats->blocked);
    ob_json_number(json, "fault_combinations", explorer->scenarios - 1);
    ob_exhaustive_claim(stats, &claim);
    ob_json_text(json, "claim", &claim);
}

static void add_json_violation(const struct ob_finding *finding, const struct ob_world *world,
                               struct ob_json *json)
{
    struct ob_text scenario = {0};
    ob_json_object(json, NULL);
    ob_json_string(json, "invariant", finding->invariant);
    ob_json_number(json, "count", finding->count);
    ob_json_number(json, "unwritten", finding->unwritten);
    ob_json_number(json, "first_execution", finding->first);
    ob_scenario_print(ob_world_vocabulary(world), finding->example, &scenario);
    ob_json_text(json, "scenario", &scenario);
    ob_json_end(json);
}

static void add_json_findings(const struct ob_findings *findings, const struct ob_world *world,
                              struct ob_json *json)
{
    ob_json_array(json, "violations");
    ob_json_lines(json);
    for (unsigned index = 0; index < findings->finding_count; index++)
        if (findings->findings[index].has_example)
            add_json_violation(&findings->findings[index], world, json);
    ob_json_end(json);
    ob_json_array(json, "not_counted");
    ob_json_lines(json);
    for (unsigned index = 0; index < findings->finding_count; index++) {
        const struct ob_finding *finding = &findings->findings[index];
        if (!finding->unwritten)
            continue;
        ob_json_object(json, NULL);
        ob_json_string(json, "invariant", finding->invariant);
        ob_json_number(json, "count", finding->unwritten);
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void add_json(const struct cli_explorer *explorer, const char *strategy,
                     const struct ob_world *world, struct ob_text *text)
{
    const struct ob_findings *findings = &explorer->findings;
    struct ob_json json = {.text = text};
    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_string(&json, "target", explorer->specification);
    ob_json_string(&json, "strategy", strategy);
    ob_json_number(&json, "executions", findings->executions);
    ob_json_number(&json, "distinct", findings->traces.distinct);
    ob_json_number(&json, "seen_once", findings->traces.once);
    ob_json_number(&json, "violating", findings->violating);
    add_json_cuts(&findings->runs, &json);
    ob_json_bool(&json, "interrupted", explorer->interrupted);
    if (explorer->gave_up)
        ob_json_string(&json, "ended_early", explorer->gave_up);
    if (explorer->is_exhaustive)
        add_json_claim(explorer, &json);
    ob_json_decimal(&json, "seconds", explorer->seconds, 6);
    add_json_findings(findings, world, &json);
    ob_shown_json(&findings->shown, world, &json);
    ob_goal_tally_json(findings->goals, ob_world_vocabulary(world), &json);
    ob_json_end(&json);
}

static void warn(void *context, const char *kind, const char *line)
{
    const struct cli_explorer *explorer = context;
    (void)kind;
    fprintf(stderr, "offbeat: %s: %s\n", explorer->specification, line);
}

static int exit_code(const struct cli_explorer *explorer)
{
    if (explorer->judges.until_goal)
        return cli_goal_found(explorer) ? CLI_OK : CLI_VIOLATION;
    return explorer->findings.violating ? CLI_VIOLATION : CLI_OK;
}

/* A test for each invariant that was violated, or one for the search. */
static int tell_ci(const struct cli_explorer *explorer, const struct cli_arguments *arguments,
                   const char *strategy, const struct ob_world *world, int code)
{
    const struct ob_findings *findings = &explorer->findings;
    struct ob_case one = {explorer->specification, strategy, "", 0,
                          OB_CASE_PASSED,          strategy, "", ""};
    struct cli_ci ci = {0};

    if (explorer->gave_up) {
        one.result = OB_CASE_BROKEN;
        one.message = explorer->gave_up;
    }
    const char *goal = explorer->judges.until_goal;
    if (goal) {
        one.name = one.type = goal;
        if (!explorer->gave_up && !cli_goal_found(explorer)) {
            one.result = OB_CASE_FAILED;
            one.message = "was not reached";
        }
    }
    if (explorer->gave_up || goal || findings->finding_count == 0)
        cli_ci_add(&ci, arguments, &one);
    for (unsigned index = 0; index < findings->finding_count; index++) {
        const struct ob_finding *finding = &findings->findings[index];
        struct ob_text scenario = {0};
        struct ob_text message = {0};
        if (!finding->has_example || (goal && strcmp(finding->invariant, goal) == 0))
            continue;
        ob_scenario_print(ob_world_vocabulary(world), finding->example, &scenario);
        ob_text_printf(&message, "violated in %" PRIu64 " of %" PRIu64 " execution%s",
                       finding->count, findings->executions, ob_plural(findings->executions));
        one.result = OB_CASE_FAILED;
        one.type = one.name = finding->invariant;
        one.message = ob_text_string(&message);
        one.body = ob_text_string(&scenario);
        cli_ci_add(&ci, arguments, &one);
        ob_text_release(&scenario);
        ob_text_release(&message);
    }
    return cli_ci_end(&ci, arguments, explorer->specification, code);
}

static int report(struct cli_explorer *explorer, const struct cli_arguments *arguments,
                  struct ob_world *world)
{
    const char *strategy =
        explorer->is_exhaustive ? "exhaustive" : ob_deviation_mode_name(OB_WALK, explorer->walk);
    struct ob_text text = {0};
    struct ob_text story = {0};
    cli_watch_world(explorer->watched, world);
    minimize_examples(explorer, world);
    cli_goals_minimize(explorer, world);
    cli_goal_explain(explorer, world, &story);
    cli_watch_end(explorer->watched);
    ob_world_set_runner(world, NULL, NULL);
    if (arguments->json) {
        add_json(explorer, strategy, world, &text);
    } else {
        add_summary(explorer, strategy, &text);
        /* Where something is violated, the search has tried what matters. */
        if (explorer->findings.violating == 0)
            ob_shown_print(&explorer->findings.shown, world, &text);
        add_findings(explorer, world, &text);
        cli_goals_add(explorer, world, &text);
        ob_text_append(&text, ob_text_string(&story), story.length);
    }
    ob_text_release(&story);
    int code = cli_print(&text, exit_code(explorer));
    return tell_ci(explorer, arguments, strategy, world, code);
}

struct task {
    struct cli_explorer *explorer;
    const struct cli_arguments *arguments;
    struct ob_world *world;
};

static int report_watched(struct cli_watched *watched, void *context)
{
    const struct task *task = context;
    struct cli_explorer *explorer = task->explorer;
    explorer->watched = watched;
    bool is_refused = explorer->exhaustive.refused[0] && explorer->findings.violating == 0;
    if (is_refused)
        cli_watch_end(watched);
    /* That nothing was tried is no good news. */
    if (is_refused)
        return cli_trouble("%s: NOT explored: %s", explorer->specification,
                           explorer->exhaustive.refused);
    return report(explorer, task->arguments, task->world);
}

static int explore_watched(struct cli_watched *watched, void *context)
{
    const struct task *task = context;
    struct ob_error error = {{0}};
    task->explorer->watched = watched;
    if (cli_explore_run(task->explorer, &error)) {
        cli_watch_end(watched);
        return cli_trouble("%s", error.text);
    }
    return report_watched(watched, context);
}

/* Several processes are watched each by itself. */
static int search(struct task *task)
{
    struct cli_explorer *explorer = task->explorer;
    struct ob_error error = {{0}};
    explorer->limits = cli_guard_options(task->arguments);
    cli_explore_heed();
    if (explorer->jobs == 1 || explorer->is_exhaustive)
        return cli_watch(&explorer->limits, cli_explore_interrupted, explore_watched, task);
    if (cli_explore_run(explorer, &error))
        return cli_trouble("%s", error.text);
    return cli_watch(&explorer->limits, cli_explore_interrupted, report_watched, task);
}

static int explore(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct cli_input input = {0};
    struct cli_explorer explorer = {
        .specification = arguments->positional[0],
        .judges = {arguments->oracles_only, arguments->until_goal},
        .depth = arguments->depth ? (unsigned)arguments->depth : DEPTH,
        .no_faults = arguments->no_faults,
        .seed = arguments->seed,
        .faults = (unsigned)arguments->faults,
        .jobs = arguments->jobs ? (unsigned)arguments->jobs : 1,
        .until_violation = arguments->until_violation,
    };
    if (arguments->strategy && read_strategy(arguments->strategy, &explorer))
        return CLI_TROUBLE;
    if (explorer.is_exhaustive && !arguments->scenario)
        return cli_trouble(
            "--strategy exhaustive needs --scenario FILE: every order of which messages?");
    if (arguments->github && arguments->json)
        return cli_trouble("--github and --json exclude each other");
    if (explorer.faults && !explorer.is_exhaustive)
        return cli_trouble(
            "--faults goes with --strategy exhaustive; walks take the scenario's own");
    explorer.runs = arguments->runs          ? arguments->runs
                    : explorer.is_exhaustive ? RUNS_EXHAUSTIVE
                                             : RUNS_OF_WALKS;

    struct ob_world *world = cli_open_judged(arguments->positional[0], &explorer.judges, &error);
    if (!world)
        return cli_trouble("%s", error.text);
    explorer.target = ob_world_target(world);
    cli_expect_invariants(world);
    ob_target_fixed_args(ob_world_target(world), warn, &explorer);
    int result =
        arguments->scenario ? cli_read_input(world, arguments->scenario, &input, &error) : 0;
    if (result == 0 && arguments->scenario)
        explorer.scenario = &input.scenario;
    if (result == 0)
        ob_warn_outside(world, explorer.scenario);
    struct task task = {&explorer, arguments, world};
    int code = result ? cli_trouble("%s", error.text) : search(&task);
    ob_findings_release(&explorer.findings);
    cli_input_release(&input);
    ob_world_destroy(world);
    return code;
}

const struct cli_command cli_explore = {
    .name = "explore",
    .usage =
        "TARGET/VARIANT [--strategy random|pct|pos|exhaustive] [--scenario FILE] [--runs N]\n"
        "       [--seed S] [--depth D] [--faults K] [--no-faults] [--jobs N] [--until-violation]\n"
        "       [--until-goal NAME] [--oracles-only] [--timeout S] [--memory MB] [--json]\n"
        "       [--junit FILE] [--github]",
    .summary = "Searches without an engine: random walks, or every order.",
    .help =
        "Messages may take any time that their links allow; nothing comes before or after that.\n"
        "\n"
        "  random      each of what may happen next is equally likely (the default)\n"
        "  pct         random priorities of links, changed at D - 1 random places (--depth, "
        "default 3)\n"
        "  pos         a random priority for each message, drawn anew when one that races with it "
        "was\n"
        "              handled\n"
        "  exhaustive  every order of the messages of FILE, each of them and each timer as early "
        "or "
        "late as\n"
        "              it may be, once for each class of orders that differ only in what is "
        "independent;\n"
        "              with each alternative of what actors choose (ob_choose); and the check in "
        "every\n"
        "              state on the way. With --faults K also with every set of up to K losses, "
        "copies,\n"
        "              crashes and restarts that are legal\n"
        "\n"
        "Walks take their messages from FILE, or each draws some of its own. One in three also "
        "strikes "
        "faults\n"
        "that the target declares, at messages that the walk before it has shown; --no-faults "
        "leaves "
        "that\n"
        "out. --runs bounds the "
        "executions\n"
        "(10,000 walks, 1,000,000 orders), --jobs divides walks among processes, --until-violation "
        "ends with\n"
        "the first that is written. Equal seeds give equal walks. Ctrl-C ends early, with what was "
        "seen so far.\n"
        "\n"
        "Exhaustive search says what it has covered in its second line. \"NOT every order\" names "
        "what "
        "was\n"
        "left out: at --runs orders or 10,000,000 states it stops; where something reads the "
        "clock, "
        "each order\n"
        "is run at its earliest times only. A target that takes time (ob_work) is not explored.\n"
        "\n"
        "Prints what was executed, and for each violated invariant how often, and the shortest "
        "scenario\n"
        "that shows it in offbeat run: with deviations where these are found, else with the walk "
        "itself. The probabilities are over walks of this strategy.\n"
        "Goals of the target follow: how many runs reached each, in how many ways (by what "
        "happened "
        "before\n"
        "what), and by which scenario; of others the furthest step. \"reached in no order\" stands "
        "where every\n"
        "order was explored. --until-goal NAME ends a run where it reaches that goal, as a "
        "violation "
        "of its\n"
        "name, and the search with the first that is written, which is explained.\n"
        "Kinds of message that no execution has sent, or delivered, are named, actors that got "
        "nothing, and\n"
        "arguments that have no choice.\n"
        "\n"
        "A run that crashes, hangs (--timeout, default 10 s), takes too much memory (--memory, "
        "default 2048 MB),\n"
        "leaks or ends the process is a violation, and the search goes on. One leak is told, and "
        "after four\n"
        "hangs the search ends early and says so (in --json: \"ended_early\").\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the "
        "target.\n\n" CLI_CI_HELP "\n"
        "Exit code: 0 no violation, 1 violation, 2 trouble; with --until-goal 0 reached, 1 not "
        "reached, 2 trouble.\n",
    .options =
        CLI_CI | CLI_JUDGES | CLI_GOAL | CLI_JSON | CLI_EXPLORE | CLI_RUNS | CLI_JOBS | CLI_TIMEOUT,
    .count_min = 1,
    .count_max = 1,
    .run = explore,
};
