/* offbeat verify: whether a fix holds around the crash that it was made for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/replay.h"
#include "offbeat/version.h"
#include "scenario/edit.h"
#include "search/neighbours.h"
#include "world/goal.h"
#include "world/trace.h"
#include "world/world.h"

#define AROUND_DEFAULT 1u
#define RUNS_DEFAULT 100000u
#define PROGRESS_TERMINAL_S 0.3
#define PROGRESS_PLAIN_S 10.0

struct verification {
    const char *specification; /* TARGET/VARIANT */
    const char *path;
    unsigned around;
    struct ob_neighbours_stats stats;
    bool has_violation;
    unsigned distance; /* of the one that violates */
    struct ob_verdict verdict;
    struct ob_scenario scenario; /* which violates, later minimized */
    const struct cli_arguments *arguments;
    const struct ob_scenario *input;
    double begun_s;
    double shown_s;
    bool shown;
};

static void show_progress(struct verification *verification, unsigned distance,
                          const struct ob_neighbours_stats *stats)
{
    bool terminal = isatty(STDERR_FILENO);
    double now = ob_monotonic_s();

    if (now - verification->shown_s < (terminal ? PROGRESS_TERMINAL_S : PROGRESS_PLAIN_S))
        return;
    verification->shown_s = now;
    verification->shown = true;
    (void)fprintf(stderr,
                  "%sverify: %" PRIu64 " scenarios, %" PRIu64
                  " distinct executions, at %u of %u deviations, %.0f s%s",
                  terminal ? "\r\033[K" : "", stats->executions, stats->distinct, distance,
                  verification->around, now - verification->begun_s, terminal ? "" : "\n");
}

static void end_progress(const struct verification *verification)
{
    if (verification->shown && isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
}

static bool visit(const struct ob_world *world, const struct ob_scenario *scenario,
                  unsigned distance, const struct ob_neighbours_stats *stats, void *context)
{
    struct verification *verification = context;
    const struct ob_verdict *verdict = ob_world_verdict(world);

    if ((stats->executions & 63) == 0)
        show_progress(verification, distance, stats);
    if (verdict->outcome != OB_VIOLATED)
        return true;
    /* Fix the nearest one first; others may go with it. */
    verification->has_violation = true;
    verification->distance = distance;
    verification->verdict = *verdict;
    ob_scenario_copy(&verification->scenario, scenario);
    return false;
}

/* What the result does not speak of. */
static void add_limits(const struct verification *verification, struct ob_text *text)
{
    const struct ob_neighbours_stats *stats = &verification->stats;

    if (!stats->is_complete && !verification->has_violation) {
        ob_text_printf(text, "NOT all of them: --runs ended it at %" PRIu64 " scenario%s; ",
                       stats->executions, ob_plural(stats->executions));
        ob_text_printf(text, "all within %u deviation%s were run\n", stats->distance,
                       ob_plural(stats->distance));
    }
    if (stats->unwritable)
        ob_text_printf(text,
                       "NOT run: %" PRIu64 " that cannot be written as a scenario; offbeat "
                       "minimize, before the fix, makes room\n",
                       stats->unwritable);
    if (stats->cut)
        ob_text_printf(text,
                       "%" PRIu64 " execution%s reached a bound of the simulation and %s cut\n",
                       stats->cut, ob_plural(stats->cut), stats->cut == 1 ? "was" : "were");
}

static void add_text(const struct verification *verification, const struct ob_world *world,
                     struct ob_text *text)
{
    const struct ob_neighbours_stats *stats = &verification->stats;

    ob_text_add_line(text, verification->specification);
    ob_text_printf(text, " ");
    ob_text_add_line(text, cli_file_name(verification->path));
    int sought = ob_world_goal_sought(world);
    if (!verification->has_violation) {
        if (sought < 0)
            ob_text_printf(text, ": 0 violations");
        else
            ob_text_printf(text, ": goal %s is not reached",
                           ob_world_target(world)->goals[sought].name);
        ob_text_printf(
            text,
            " in %" PRIu64 " distinct execution%s (%" PRIu64 " scenario%s within %u deviation%s)\n",
            stats->distinct, ob_plural(stats->distinct), stats->executions,
            ob_plural(stats->executions), verification->around, ob_plural(verification->around));
        add_limits(verification, text);
        return;
    }
    bool is_goal = sought >= 0 && strcmp(verification->verdict.invariant,
                                         ob_world_target(world)->goals[sought].name) == 0;
    ob_text_printf(text, is_goal ? ": goal %s is reached" : ": %s is violated",
                   verification->verdict.invariant);
    if (verification->distance == 0)
        ob_text_printf(text, " by the input itself");
    else
        ob_text_printf(text, " %u deviation%s away, in distinct execution %" PRIu64,
                       verification->distance, ob_plural(verification->distance), stats->distinct);
    ob_text_printf(text, "; minimized:\n");
    ob_scenario_print(ob_world_vocabulary(world), &verification->scenario, text);
    add_limits(verification, text);
}

static void add_json(const struct verification *verification, const struct ob_world *world,
                     struct ob_text *text)
{
    const struct ob_neighbours_stats *stats = &verification->stats;
    struct ob_text scenario = {0};

    struct ob_json json = {.text = text};
    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_string(&json, "target", verification->specification);
    ob_json_string(&json, "input", verification->path);
    ob_json_number(&json, "around", verification->around);
    ob_json_number(&json, "scenarios", stats->executions);
    ob_json_number(&json, "distinct", stats->distinct);
    ob_json_number(&json, "violations", verification->has_violation);
    ob_json_number(&json, "cut", stats->cut);
    ob_json_number(&json, "not_writable", stats->unwritable);
    ob_json_bool(&json, "complete", stats->is_complete);
    if (verification->has_violation) {
        ob_json_object(&json, "violation");
        ob_json_string(&json, "invariant", verification->verdict.invariant);
        ob_json_number(&json, "distance", verification->distance);
        ob_scenario_print(ob_world_vocabulary(world), &verification->scenario, &scenario);
        ob_json_text(&json, "scenario", &scenario);
        ob_json_end(&json);
    }
    ob_json_end(&json);
}

static int search(struct verification *verification, const struct cli_guard *guard,
                  const struct ob_scenario *scenario, uint64_t runs)
{
    struct ob_world *world = guard->worlds[0];
    struct ob_error error = {{0}};
    struct cli_replay replay;

    if (cli_replay(world, scenario, &replay, &error))
        return cli_trouble("%s", error.text);
    if (!replay.is_stable) {
        (void)cli_trouble("%s: did not run twice in the same way, so that nothing can be verified",
                          cli_file_name(verification->path));
        return CLI_UNSTABLE;
    }
    verification->begun_s = verification->shown_s = ob_monotonic_s();
    int result = ob_neighbours_run(world, scenario, verification->around, runs, visit, verification,
                                   &verification->stats, &error);
    end_progress(verification);
    if (result == 0 && verification->has_violation)
        result = ob_minimize_forked(guard->worlds[0], guard->forked, guard->hangs,
                                    &verification->scenario, &verification->scenario, NULL, &error);
    if (result)
        return cli_trouble("%s", error.text);
    return verification->has_violation ? CLI_VIOLATION : CLI_OK;
}

static int verify_input(const struct cli_guard *guard, void *context)
{
    struct verification *verification = context;
    const struct cli_arguments *arguments = verification->arguments;
    struct ob_world *world = guard->worlds[0];
    struct ob_text text = {0};
    int code = search(verification, guard, verification->input,
                      arguments->runs ? arguments->runs : RUNS_DEFAULT);

    ob_forked_join(guard->forked);
    if (code != CLI_OK && code != CLI_VIOLATION)
        return code;
    if (arguments->json)
        add_json(verification, world, &text);
    else
        add_text(verification, world, &text);
    return cli_print(&text, code);
}

static int verify(const struct cli_arguments *arguments)
{
    struct cli_input input = {0};
    struct verification verification = {
        .specification = arguments->positional[0],
        .path = arguments->positional[1],
        .arguments = arguments,
        .input = &input.scenario,
        .around = arguments->given & CLI_AROUND ? (unsigned)arguments->around : AROUND_DEFAULT,
    };

    return cli_guarded(arguments, 1, false, &input, verify_input, &verification);
}

const struct cli_command cli_verify = {
    .name = "verify",
    .usage = "TARGET/VARIANT INPUT [--around K] [--runs N] [--oracles-only] [--json]\n"
             "       [--until-goal NAME] [--timeout S] [--jobs N]",
    .summary = "Checks a fix: a crash, and the scenarios around it.",
    .help =
        "Runs INPUT, which violated an invariant before the fix, and every scenario within K "
        "deviations\n"
        "of it (--around, default 1; 0 runs INPUT alone). One deviation away are the scenarios "
        "with\n"
        "\n"
        "  - one deviation less;\n"
        "  - one that names many messages narrowed to one of those that it hits;\n"
        "  - two deliveries that race the other way round, cancelled timers among them: the first "
        "waits\n"
        "    until the second was handled, within its link's bound, or a copy comes at another "
        "time;\n"
        "  - what one actor is given later than what another one is, by a delay, where they race "
        "and a\n"
        "    check or one of the two handlers asks for the state of both;\n"
        "  - one fault more, of those that the target declares legal: a loss, a copy, a crash or a "
        "restart.\n"
        "\n"
        "Executions that differ only in the order of what happens-before leaves independent count "
        "as one\n"
        "in the distinct executions. --runs N ends it after N scenarios (default 100,000); the "
        "output\n"
        "then says so. The nearest are run first, and the first that violates an invariant ends "
        "it: it is\n"
        "shown, minimized. The same INPUT gives the same output. INPUT should be minimal (offbeat "
        "minimize,\n"
        "before the fix): what it has besides takes the room that deviations need.\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the target.\n"
        "--until-goal NAME: a run ends where it reaches that goal, as a violation of that "
        "name, and\n"
        "the output says whether it is reached there.\n\n"
        "Exit code: 0 no violation, 1 one is left, 2 trouble, 3 INPUT did not run twice in the "
        "same way.\n",
    .options = CLI_JUDGES | CLI_GOAL | CLI_JSON | CLI_AROUND | CLI_RUNS | CLI_TIMEOUT | CLI_JOBS,
    .count_min = 2,
    .count_max = 2,
    .run = verify,
};
