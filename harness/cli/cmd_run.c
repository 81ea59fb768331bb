/* offbeat run: replays inputs, each twice. */
#include <inttypes.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/replay.h"
#include "offbeat/version.h"
#include "world/run.h"
#include "world/world.h"

/* What became of one input. */
struct result {
    const char *file;
    int code;                 /* an enum cli_exit */
    struct cli_replay replay; /* unless `code` is CLI_TROUBLE */
    struct ob_error error;    /* if it is */
    struct ob_text step;      /* the step that differs, if it is CLI_UNSTABLE */
};

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
    case CLI_UNSTABLE:
        return "unstable";
    case CLI_VIOLATION:
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

static void run_input(struct ob_world *world, struct ob_forked *forked, const char *path,
                      struct result *result)
{
    struct cli_input input = {0};

    *result = (struct result){.file = path, .code = CLI_TROUBLE};
    if (cli_read_input(world, path, &input, &result->error) == 0 &&
        replay_input(world, forked, &input.scenario, result) == 0) {
        result->code = result->replay.verdict.outcome == OB_VIOLATED ? CLI_VIOLATION : CLI_OK;
        if (!result->replay.is_stable) {
            result->code = CLI_UNSTABLE;
            cli_replay_step(world, result->replay.step, &result->step);
        }
    }
    cli_input_release(&input);
}

static int print_line(const struct result *result)
{
    const struct ob_verdict *verdict = &result->replay.verdict;
    struct ob_text line = {0};

    if (result->code == CLI_TROUBLE)
        return cli_trouble("%s", result->error.text);
    ob_text_add_line(&line, result->file);
    ob_text_printf(&line, ": %s", verdict_word(result));
    if (verdict->invariant[0] && verdict->bound != OB_BOUND_LIVELOCK)
        ob_text_printf(&line, " %s", verdict->invariant);
    ob_text_printf(&line, " trace=%016llx deliveries=%u", (unsigned long long)verdict->trace_hash,
                   verdict->delivery_count);
    if (result->code == CLI_UNSTABLE) {
        ob_text_printf(&line, ": the second run differs from step %u on: %s", result->replay.step,
                       ob_text_string(&result->step));
    } else if (verdict->detail[0]) {
        ob_text_printf(&line, ": ");
        ob_text_add_line(&line, verdict->detail);
    }
    ob_text_printf(&line, "\n");
    return cli_print(&line, result->code);
}

static void add_json(const struct result *result, struct ob_json *json)
{
    const struct ob_verdict *verdict = &result->replay.verdict;

    ob_json_object(json, NULL);
    ob_json_string(json, "file", result->file);
    ob_json_string(json, "verdict", verdict_word(result));
    if (result->code == CLI_TROUBLE) {
        ob_json_string(json, "error", result->error.text);
        ob_json_end(json);
        return;
    }
    ob_json_string(json, "invariant", verdict->invariant);
    ob_json_string(json, "detail", verdict->detail);
    ob_json_printf(json, "trace", "%016" PRIx64, verdict->trace_hash);
    ob_json_number(json, "deliveries", verdict->delivery_count);
    ob_json_number(json, "end_us", verdict->end_us);
    if (result->code == CLI_UNSTABLE) {
        ob_json_object(json, "first_difference");
        ob_json_number(json, "step", result->replay.step);
        ob_json_string(json, "delivery", ob_text_string(&result->step));
        ob_json_end(json);
    }
    ob_json_end(json);
}

static int run(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    const struct ob_forked_options options = cli_guard_options(arguments);
    struct ob_world *world =
        cli_open_judged(arguments->positional[0], arguments->oracles_only, &error);
    struct ob_forked *forked = world ? ob_forked_create(&options, &error) : NULL;
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    int code = CLI_OK;

    if (!forked) {
        ob_world_destroy(world);
        return cli_trouble("%s", error.text);
    }
    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_string(&json, "target", arguments->positional[0]);
    ob_json_array(&json, "inputs");
    ob_json_lines(&json);
    for (size_t index = 1; index < arguments->count; index++) {
        struct result result;
        run_input(world, forked, arguments->positional[index], &result);
        int input_code = result.code;
        if (arguments->json)
            add_json(&result, &json);
        else
            input_code = print_line(&result);
        ob_text_release(&result.step);
        code = cli_graver(code, input_code);
    }
    ob_json_end(&json);
    ob_json_number(&json, "exit", (uint64_t)code);
    ob_json_end(&json);
    ob_forked_destroy(forked);
    ob_world_destroy(world);
    if (arguments->json)
        return cli_print(&text, code);
    ob_text_release(&text);
    return code;
}

const struct cli_command cli_run = {
    .name = "run",
    .usage = "TARGET/VARIANT INPUT... [--oracles-only] [--json] [--timeout S]",
    .summary = "Replays inputs and says what each shows.",
    .help =
        "Runs each input twice and prints one line for it:\n"
        "  FILE: VERDICT [INVARIANT] trace=HASH deliveries=COUNT[: DETAIL]\n"
        "VERDICT is ok, violation, crash, hang or leak (of the target itself; what stands for the "
        "invariant\n"
        "says which one: each input is first run in a child process, for at most --timeout "
        "seconds, default\n"
        "10, and with --memory MB, default 2048), cut (a bound of the simulation was reached; no "
        "verdict\n"
        "beyond it) or unstable (the two runs differ: the target is not deterministic; DETAIL "
        "names the\n"
        "first step that differs). HASH is of every delivery: it is equal for equal executions, on "
        "every machine.\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the target.\n\n"
        "Exit code: 0 no violation, 1 violation, crash, hang or leak, 2 bad usage or unreadable "
        "input, 3 unstable. With "
        "several\n"
        "inputs all are run, and the gravest counts: 2, then 3, then 1, then 0.\n"
        "\n"
        "--json prints one document instead:\n"
        "  {\"version\", \"target\", \"inputs\": [{\"file\", \"verdict\", \"invariant\", "
        "\"detail\", \"trace\",\n"
        "    \"deliveries\", \"end_us\"}], \"exit\"}\n"
        "with \"first_difference\": {\"step\", \"delivery\"} for an unstable input, and only "
        "\"file\", \"verdict\"\n"
        "(unreadable) and \"error\" for one that could not be read.\n",
    .options = CLI_JUDGES | CLI_JSON | CLI_TIMEOUT,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = run,
};
