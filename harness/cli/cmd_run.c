/* offbeat run: replays inputs, each twice. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/ci.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/replay.h"
#include "offbeat/version.h"
#include "scenario/edit.h"
#include "search/goal_tally.h"
#include "world/goal.h"
#include "world/run.h"
#include "world/world.h"

#define BATCH_MAX 64u /* inputs that one child process runs before each is run here */

/* What became of one input. */
struct result {
    const char *file;
    int code;                 /* an enum cli_exit */
    struct cli_replay replay; /* unless `code` is CLI_TROUBLE or CLI_INAPPLICABLE */
    struct ob_error error;    /* if it is one of these */
    struct ob_text step;      /* the step that differs, if it is CLI_UNSTABLE */
    struct ob_text reason;    /* and the likely reason */
    bool is_goal;             /* it ends at the goal that is sought */
    struct ob_text goals;     /* that it has come to; empty where the target has none */
};

/* An input that was read, once: it may be a pipe. */
struct read_input {
    int failed;        /* as cli_read_input() says it, with `error` */
    unsigned scenario; /* its place in the batch, if it has one */
    struct ob_error error;
};

/* All inputs of one call. */
struct session {
    struct ob_world *world;
    struct ob_forked *forked;
    struct ob_goal_tally *goals; /* NULL where the target has none */
    uint64_t runs;               /* inputs that could be run */
    struct ob_scenario *batch;   /* of the next inputs, BATCH_MAX at most */
    struct read_input inputs[BATCH_MAX];
};

static bool was_run(const struct result *result)
{
    return result->code != CLI_TROUBLE && result->code != CLI_INAPPLICABLE;
}

static const char *violation_word(enum ob_failure failure)
{
    switch (failure) {
    case OB_HANG:
        return "hang";
    case OB_LEAK:
        return "leak";
    case OB_INVARIANT_VIOLATED:
        return "violation";
    default:
        return "crash";
    }
}

static const char *verdict_word(const struct result *result)
{
    switch (result->code) {
    case CLI_TROUBLE:
        return "unreadable";
    case CLI_INAPPLICABLE:
        return "inapplicable";
    case CLI_UNSTABLE:
        return "unstable";
    case CLI_VIOLATION:
        if (result->is_goal)
            return "goal";
        return violation_word(result->replay.verdict.failure);
    default:
        if (result->replay.verdict.bound == OB_BOUND_LIVELOCK)
            return "livelock";
        return result->replay.verdict.outcome == OB_CUT ? "cut" : "ok";
    }
}

/* Once in a child process, and then twice, there as well if it does not end well. */
static int replay_input(struct ob_world *world, struct ob_forked *forked,
                        const struct ob_scenario *scenario, struct result *result)
{
    cli_guard_world(world, forked);
    ob_forked_find_leaks(forked, true);
    const struct ob_verdict *verdict = ob_world_run(world, scenario);
    bool ends = verdict->failure == OB_NO_FAILURE || verdict->failure == OB_INVARIANT_VIOLATED;

    if (ends)
        cli_guard_world(world, NULL);
    int failed = cli_replay(world, scenario, &result->replay, &result->error);
    cli_guard_world(world, NULL);
    return failed;
}

static void note_goals(struct session *session, const struct ob_scenario *scenario,
                       struct result *result)
{
    session->runs++;
    result->is_goal = ob_world_ended_at_goal(session->world);
    if (!session->goals)
        return;
    ob_goals_of_run(session->world, &result->goals);
    ob_goal_tally_run(session->goals, session->world, scenario, session->runs);
}

static void run_input(struct session *session, const char *path, const struct read_input *input,
                      struct result *result)
{
    const struct ob_scenario *scenario = &session->batch[input->scenario];

    *result = (struct result){.file = path, .code = CLI_TROUBLE, .error = input->error};
    if (input->failed == OB_SCENARIO_INAPPLICABLE)
        result->code = CLI_INAPPLICABLE;
    if (input->failed || replay_input(session->world, session->forked, scenario, result))
        return;
    note_goals(session, scenario, result);
    result->code = result->replay.verdict.outcome == OB_VIOLATED ? CLI_VIOLATION : CLI_OK;
    if (!result->replay.is_stable) {
        result->code = CLI_UNSTABLE;
        cli_replay_step(session->world, result->replay.step, &result->step);
        cli_replay_reason(session->world, scenario, result->replay.step, &result->reason);
    }
}

static int print_line(const struct result *result)
{
    const struct ob_verdict *verdict = &result->replay.verdict;
    struct ob_text line = {0};

    if (!was_run(result)) {
        (void)cli_trouble("%s", result->error.text);
        return result->code;
    }
    ob_text_add_line(&line, result->file);
    ob_text_printf(&line, ": %s", verdict_word(result));
    if (verdict->invariant[0] && verdict->bound != OB_BOUND_LIVELOCK)
        ob_text_printf(&line, " %s", verdict->invariant);
    ob_text_printf(&line, " trace=%016llx deliveries=%u", (unsigned long long)verdict->trace_hash,
                   verdict->delivery_count);
    if (result->goals.length > 0)
        ob_text_printf(&line, " goals=%s", ob_text_string(&result->goals));
    if (result->code == CLI_UNSTABLE) {
        ob_text_printf(&line, ": the second run differs from step %u on: %s%s", result->replay.step,
                       ob_text_string(&result->step), ob_text_string(&result->reason));
    } else if (verdict->detail[0]) {
        ob_text_printf(&line, ": ");
        ob_text_add_line(&line, verdict->detail);
    }
    ob_text_printf(&line, "\n");
    return cli_print(&line, result->code);
}

/* Those of the world's last run, which was the result's. */
static void add_json_goals(const struct ob_world *world, struct ob_json *json)
{
    const struct ob_target *target = ob_world_target(world);
    unsigned count = ob_goal_count(target);

    if (count == 0)
        return;
    ob_json_array(json, "goals");
    for (unsigned goal = 0; goal < count; goal++) {
        ob_json_object(json, NULL);
        ob_json_string(json, "name", target->goals[goal].name);
        ob_json_bool(json, "reached", ob_world_goals(world) >> goal & 1);
        ob_json_number(json, "steps", ob_goal_steps(target, goal));
        ob_json_number(json, "furthest", ob_world_goal_furthest(world, goal));
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void add_json(const struct ob_world *world, const struct result *result,
                     struct ob_json *json)
{
    const struct ob_verdict *verdict = &result->replay.verdict;

    ob_json_object(json, NULL);
    ob_json_string(json, "file", result->file);
    ob_json_string(json, "verdict", verdict_word(result));
    if (!was_run(result)) {
        ob_json_string(json, "error", result->error.text);
        ob_json_end(json);
        return;
    }
    ob_json_string(json, "invariant", verdict->invariant);
    ob_json_string(json, "detail", verdict->detail);
    ob_json_printf(json, "trace", "%016" PRIx64, verdict->trace_hash);
    ob_json_number(json, "deliveries", verdict->delivery_count);
    ob_json_number(json, "end_us", verdict->end_us);
    add_json_goals(world, json);
    if (result->code == CLI_UNSTABLE) {
        ob_json_object(json, "first_difference");
        ob_json_number(json, "step", result->replay.step);
        ob_json_string(json, "delivery", ob_text_string(&result->step));
        const char *reason = ob_text_string(&result->reason);
        ob_json_string(json, "reason", reason + strspn(reason, "; "));
        ob_json_end(json);
    }
    ob_json_end(json);
}

/* Of one input its own line says it all. */
static void add_goals(const struct session *session, struct ob_text *text)
{
    const struct ob_goal_context context = {.runs = session->runs};

    if (session->runs > 1)
        ob_goal_tally_print(session->goals, ob_world_target(session->world), &context, text);
}

static void add_case(const struct result *result, struct cli_ci *ci,
                     const struct cli_arguments *arguments)
{
    const struct ob_verdict *verdict = &result->replay.verdict;
    const char *group = arguments->positional[0];
    struct ob_text replay = {0};
    struct ob_case one = {group, result->file, result->file, 0, OB_CASE_PASSED, "", "", ""};

    if (!was_run(result)) {
        one.result = OB_CASE_BROKEN;
        one.type = verdict_word(result);
        one.message = result->error.text;
    } else if (result->code != CLI_OK) {
        bool is_stable = result->code == CLI_VIOLATION;
        ob_text_printf(&replay, "offbeat %s %s %s", is_stable ? "explain" : "run", group,
                       result->file);
        one.result = OB_CASE_FAILED;
        one.type = is_stable ? verdict->invariant : verdict_word(result);
        one.message = is_stable ? verdict->detail : ob_text_string(&result->step);
        one.body = ob_text_string(&replay);
    } else if (verdict->outcome == OB_CUT && verdict->bound != OB_BOUND_LIVELOCK) {
        one.result = OB_CASE_SKIPPED;
        one.message = verdict->invariant;
    }
    cli_ci_add(ci, arguments, &one);
    ob_text_release(&replay);
}

/* Reads the next inputs, and runs them all in one child process, which costs as much as one of them
 * would. Where they do not all end well, each needs a process of its own. */
static void read_batch(struct session *session, const char *const *paths, size_t count)
{
    unsigned read = 0;

    for (size_t index = 0; index < count && index < BATCH_MAX; index++) {
        struct read_input *input = &session->inputs[index];
        struct cli_input opened = {0};
        *input = (struct read_input){.scenario = read};
        input->failed = cli_read_input(session->world, paths[index], &opened, &input->error);
        if (input->failed == 0)
            ob_scenario_copy(&session->batch[read++], &opened.scenario);
        else
            input->scenario = 0;
        cli_input_release(&opened);
    }
    ob_forked_find_leaks(session->forked, true);
    if (read > 1)
        (void)ob_forked_clear(session->forked, session->world, session->batch, read);
}

/* Each input, as lines or into the document. Returns the gravest of their codes. */
static int run_each(struct session *session, const struct cli_arguments *arguments,
                    struct ob_json *json)
{
    struct cli_ci ci = {0};
    int code = CLI_OK;

    for (size_t index = 1; index < arguments->count; index++) {
        struct result result;
        size_t place = (index - 1) % BATCH_MAX;
        if (place == 0)
            read_batch(session, &arguments->positional[index], arguments->count - index);
        run_input(session, arguments->positional[index], &session->inputs[place], &result);
        int input_code = result.code;
        if (arguments->json)
            add_json(session->world, &result, json);
        else
            input_code = print_line(&result);
        add_case(&result, &ci, arguments);
        ob_text_release(&result.step);
        ob_text_release(&result.reason);
        ob_text_release(&result.goals);
        code = cli_worse_code(code, input_code);
    }
    return cli_ci_end(&ci, arguments, arguments->positional[0], code);
}

static int run_inputs(struct session *session, const struct cli_arguments *arguments)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};

    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_string(&json, "target", arguments->positional[0]);
    ob_json_array(&json, "inputs");
    ob_json_lines(&json);
    int code = run_each(session, arguments, &json);
    ob_json_end(&json);
    ob_goal_tally_json(session->goals, ob_world_vocabulary(session->world), &json);
    ob_json_number(&json, "exit", (uint64_t)code);
    ob_json_end(&json);
    if (!arguments->json) {
        ob_text_release(&text);
        add_goals(session, &text);
    }
    return cli_print(&text, code);
}

/* Another version of the target may have the variant, or not have it any more. */
static int refuse(const char *specification, const struct ob_error *error)
{
    bool is_inapplicable = strchr(specification, '/') && !cli_has_variant(specification);

    (void)cli_trouble("%s", error->text);
    return is_inapplicable ? CLI_INAPPLICABLE : CLI_TROUBLE;
}

static int run(const struct cli_arguments *arguments)
{
    if (arguments->github && arguments->json)
        return cli_trouble("--github and --json exclude each other");
    struct ob_error error = {{0}};
    const struct ob_forked_options options = cli_guard_options(arguments);
    struct session session = {0};

    const struct cli_judges judges = {arguments->oracles_only, arguments->until_goal};

    session.world = cli_open_judged(arguments->positional[0], &judges, &error);
    session.forked = session.world ? ob_forked_create(&options, &error) : NULL;
    session.batch = calloc(BATCH_MAX, sizeof *session.batch);
    if (session.forked && !session.batch) {
        (void)ob_error_set(&error, "out of memory");
        ob_forked_destroy(session.forked);
        session.forked = NULL;
    }
    if (session.forked)
        session.goals = ob_goal_tally_create(ob_world_target(session.world));
    int code =
        session.forked ? run_inputs(&session, arguments) : refuse(arguments->positional[0], &error);
    free(session.batch);
    free(session.goals);
    ob_forked_destroy(session.forked);
    ob_world_destroy(session.world);
    return code;
}

const struct cli_command cli_run = {
    .name = "run",
    .usage = "TARGET/VARIANT INPUT... [--oracles-only] [--until-goal NAME] [--json]\n"
             "       [--junit FILE] [--github] [--timeout S]",
    .summary = "Replays inputs and says what each shows.",
    .help =
        "Runs each input twice and prints one line for it:\n"
        "  FILE: VERDICT [INVARIANT] trace=HASH deliveries=COUNT [goals=GOALS][: DETAIL]\n"
        "VERDICT is ok, violation, goal, crash, hang or leak (of the target itself; what stands "
        "for the "
        "invariant\n"
        "says which one: each input is first run in a child process, for at most --timeout "
        "seconds, default\n"
        "10, and with --memory MB, default 2048), cut (a bound of the simulation was reached; no "
        "verdict\n"
        "beyond it) or unstable (the two runs differ: the target is not deterministic; DETAIL "
        "names the\n"
        "first step that differs). HASH is of every delivery: it is equal for equal executions, on "
        "every machine.\n"
        "GOALS stands where the target has any: those that the input reaches, and of others how "
        "many steps\n"
        "of their path it goes, as in both_wait,commit_after_abort:1/2. After several inputs a "
        "line for each\n"
        "goal says how many reach it, in how many ways, or the furthest step.\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the target.\n"
        "--until-goal NAME: a run ends where it reaches that goal, as a violation of that "
        "name.\n\n"
        "Exit code: 0 no violation, 1 violation, crash, hang or leak, 2 bad usage or unreadable "
        "input, 3 unstable,\n"
        "4 inapplicable: TARGET, VARIANT, or a kind, an actor, an argument or the like that the "
        "input names is\n"
        "not there, or its value is not legal; such as in another version of the target. With "
        "several inputs\n"
        "all are run, and the gravest counts: 2, then 4, then 3, then 1, then 0.\n"
        "\n" CLI_CI_HELP "\n"
        "--json prints one document instead:\n"
        "  {\"version\", \"target\", \"inputs\": [{\"file\", \"verdict\", \"invariant\", "
        "\"detail\", \"trace\",\n"
        "    \"deliveries\", \"end_us\"}], \"exit\"}\n"
        "with \"goals\" of each input and of all (in the form that explore --json gives them) "
        "where "
        "the\n"
        "target has any, \"first_difference\": {\"step\", \"delivery\", \"reason\"} for an "
        "unstable "
        "input, and "
        "only "
        "\"file\", \"verdict\"\n"
        "(unreadable, inapplicable) and \"error\" for one that could not be run.\n",
    .options = CLI_JUDGES | CLI_GOAL | CLI_JSON | CLI_TIMEOUT | CLI_CI,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = run,
};
