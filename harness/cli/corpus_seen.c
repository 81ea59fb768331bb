/* offbeat corpus seen: what inputs show of a target, and what none does. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/corpus.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "offbeat/version.h"
#include "search/seen.h"
#include "world/run.h"

struct showing {
    struct cli_corpus_inputs inputs;
    struct ob_world *world;
    struct ob_forked *forked;
    struct ob_scenario *scenario;
    struct ob_seen seen;
    const char *folder; /* for examples, or NULL */
    size_t ended;       /* inputs that end the process, or take too long */
    struct ob_json json;
    bool is_json;
    bool shows_never; /* of the two lists this one is printed */
    struct ob_error error;
};

static void decode(struct showing *all, size_t number)
{
    const struct ob_input *input = &all->inputs.set.inputs[number];

    ob_scenario_decode(ob_world_vocabulary(all->world), input->data, input->size, all->scenario);
}

/* Each is first run in a child process: what ends that is left out. */
static int run_input(struct showing *all, size_t number, struct ob_error *error)
{
    decode(all, number);
    cli_guard_world(all->world, all->forked);
    enum ob_failure failure = ob_world_run(all->world, all->scenario)->failure;
    cli_guard_world(all->world, NULL);
    cli_corpus_progress(&all->inputs, "run", number + 1);
    if (failure != OB_NO_FAILURE && failure != OB_INVARIANT_VIOLATED) {
        all->ended++;
        return 0;
    }
    return ob_seen_run(&all->seen, all->world, all->scenario, number,
                       all->inputs.set.inputs[number].size, error);
}

/* The file of an example: what it is an example of, with what no file's name should have left out.
 */
static void print_path(const struct showing *all, const struct ob_seen_thing *thing,
                       struct ob_text *path)
{
    struct ob_text name = {0};

    ob_text_printf(&name, "%s ", ob_seen_kind_name(thing->what));
    ob_seen_print(all->world, thing, &name);
    ob_text_printf(path, "%s/", all->folder);
    for (const char *at = ob_text_string(&name); *at; at++)
        if (isalnum((unsigned char)*at) || *at == '_' || *at == '.')
            ob_text_append(path, at, 1);
        else if (path->data[path->length - 1] != '-')
            ob_text_append(path, "-", 1);
    ob_text_printf(path, ".txt");
    path->failed |= name.failed;
    ob_text_release(&name);
}

static void write_example(struct showing *all, const struct ob_seen_entry *entry,
                          struct ob_text *path)
{
    print_path(all, &entry->thing, path);
    decode(all, (size_t)entry->example);
    if (path->failed)
        (void)ob_error_set(&all->error, "memory is short");
    else if (cli_write_scenario(ob_world_vocabulary(all->world), all->scenario, path->data, true,
                                &all->error))
        return;
}

static void show(void *context, const struct ob_seen_thing *thing,
                 const struct ob_seen_entry *entry)
{
    struct showing *all = context;
    const char *what = ob_seen_kind_name(thing->what);
    struct ob_text words = {0};
    struct ob_text path = {0};

    if (!entry != all->shows_never || all->error.text[0])
        return;
    ob_seen_print(all->world, thing, &words);
    if (entry && all->folder)
        write_example(all, entry, &path);
    if (all->is_json) {
        ob_json_object(&all->json, NULL);
        ob_json_string(&all->json, "what", what);
        ob_json_text(&all->json, "name", &words);
        if (entry)
            ob_json_number(&all->json, "inputs", entry->inputs);
        if (path.length)
            ob_json_string(&all->json, "example", path.data);
        ob_json_end(&all->json);
    } else {
        if (entry)
            ob_text_printf(all->json.text, "%8" PRIu64 "  %-10s  %s%s%s\n", entry->inputs, what,
                           ob_text_string(&words), path.length ? "  " : "", ob_text_string(&path));
        else
            ob_text_printf(all->json.text, "   never  %-10s  %s\n", what, ob_text_string(&words));
        ob_text_release(&words);
    }
    ob_text_release(&path);
}

/* What was never seen comes first. */
static int print(struct showing *all, const char *specification, struct ob_error *error)
{
    struct ob_text *text = all->json.text;
    struct ob_json *json = &all->json;

    if (all->is_json) {
        ob_json_object(json, NULL);
        ob_json_string(json, "version", OB_VERSION);
        ob_json_string(json, "target", specification);
        ob_json_number(json, "inputs", all->inputs.set.count);
        ob_json_number(json, "not_run", all->ended);
        ob_json_bool(json, "complete", !all->seen.is_full);
    } else {
        ob_text_printf(text, "%s: ", specification);
        cli_corpus_print_count(text, all->inputs.set.count);
        if (all->ended > 0)
            ob_text_printf(text, ", %zu of them end the process", all->ended);
        ob_text_printf(text, "\n%s", all->seen.is_full ? "(there is more than is kept)\n" : "");
    }
    for (unsigned list = 0; list < 2; list++) {
        all->shows_never = list == 0;
        if (all->is_json) {
            ob_json_array(json, all->shows_never ? "never" : "seen");
            ob_json_lines(json);
        }
        if (ob_seen_each(&all->seen, all->world, show, all, error))
            return -1;
        if (all->is_json)
            ob_json_end(json);
    }
    if (all->is_json)
        ob_json_end(json);
    *error = all->error;
    return all->error.text[0] ? -1 : 0;
}

static int run_all(struct showing *all, const struct cli_arguments *arguments,
                   struct ob_error *error)
{
    const struct ob_forked_options options = cli_guard_options(arguments);

    all->world = cli_open_world(arguments->positional[0], false, error);
    all->forked = all->world ? ob_forked_create(&options, error) : NULL;
    all->scenario = malloc(sizeof *all->scenario);
    if (!all->forked || !all->scenario)
        return all->forked ? ob_error_set(error, "memory is short") : -1;
    if (cli_corpus_gather(&all->inputs, arguments->positional + 1, arguments->count - 1, error))
        return -1;
    for (size_t number = 0; number < all->inputs.set.count; number++)
        if (run_input(all, number, error))
            return -1;
    if (all->folder && mkdir(all->folder, 0777) && errno != EEXIST)
        return ob_error_set(error, "%s: %s", all->folder, strerror(errno));
    return print(all, arguments->positional[0], error);
}

static int seen(const struct cli_arguments *arguments)
{
    struct ob_text text = {0};
    struct showing all = {
        .folder = arguments->output, .is_json = arguments->json, .json = {.text = &text}};
    struct ob_error error = {{0}};

    cli_corpus_open(&all.inputs, arguments);
    int code = run_all(&all, arguments, &error) ? CLI_TROUBLE : CLI_OK;
    code = cli_corpus_close(&all.inputs, code);
    if (error.text[0])
        (void)cli_trouble("%s", error.text);
    else
        code = cli_print(&text, code);
    ob_text_release(&text);
    ob_seen_release(&all.seen);
    ob_forked_destroy(all.forked);
    ob_world_destroy(all.world);
    free(all.scenario);
    return code;
}

const struct cli_command cli_corpus_seen = {
    .name = "corpus seen",
    .usage = "TARGET/VARIANT INPUT... [-o DIR] [--json] [--timeout S] [--memory MB]",
    .summary = "Says what inputs show, and what none of them does.",
    .help =
        "Runs each input, and prints a line for each thing that the target could show: first "
        "those that\n"
        "never occurred, then the others, with how many inputs show it:\n"
        "  message     a kind that was delivered\n"
        "  deviation   a fault, a delay or the like that took effect\n"
        "  state       that an actor has declared (ob_declare_state), by its number, or a monitor, "
        "by its\n"
        "              name; actors that differ in a number alone, as client.0 and client.1 do, "
        "are one\n"
        "  transition  from one to another; never: both occurred, and this one never right after "
        "that\n"
        "              one (of actors with at most 8 states)\n"
        "  meeting     a kind was delivered in that state; never: in this one not, in others it "
        "was\n"
        "  cut         a run ended at a bound of the simulation\n"
        "Never are kinds of message that the target declares, deviations that it allows, and "
        "states of\n"
        "monitors that have names; states of actors have none, so that those are known that "
        "occurred.\n"
        "\n"
        "-o DIR writes the smallest input that shows it for each, in text form.\n"
        "\n" CLI_CORPUS_INPUTS_HELP "\n"
        "--json prints one document instead:\n"
        "  {\"version\", \"target\", \"inputs\", \"not_run\", \"complete\", \"never\": [{\"what\", "
        "\"name\"}],\n"
        "    \"seen\": [{\"what\", \"name\", \"inputs\", \"example\"}]}\n"
        "not_run are inputs that end the process or hang.\n"
        "\n"
        "Exit code: 0 done, 2 bad usage, or inputs that cannot be read.\n",
    .options = CLI_OUTPUT | CLI_JSON | CLI_TIMEOUT,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = seen,
};
