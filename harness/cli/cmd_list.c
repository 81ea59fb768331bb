/* offbeat list: what can be run. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "offbeat/version.h"

/* What the target is stands behind the first of its variants. */
static void print_lines(const struct ob_target *target, struct ob_text *text)
{
    const char *summary = target->summary;

    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++) {
        if (!target->variants[variant])
            continue;
        ob_text_printf(text, "%s/%s", target->name, target->variants[variant]);
        if (target->fails[variant] || summary) {
            ob_text_pad(text, 22);
            const char *fails = target->fails[variant] ? "fails" : "";
            if (summary)
                ob_text_printf(text, "  %-5s  %s", fails, summary);
            else
                ob_text_printf(text, "  %s", fails);
        }
        ob_text_printf(text, "\n");
        summary = NULL;
    }
}

static void json_message(const struct ob_message_type *type, struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_string(json, "name", type->name);
    ob_json_string(json, "to", type->to);
    ob_json_array(json, "args");
    for (unsigned arg = 0; arg < OB_ARGS_MAX && type->args[arg].name; arg++) {
        ob_json_object(json, NULL);
        ob_json_string(json, "name", type->args[arg].name);
        ob_json_number(json, "min", type->args[arg].min);
        ob_json_number(json, "max", type->args[arg].max);
        ob_json_end(json);
    }
    ob_json_end(json);
    ob_json_number(json, "bytes_max", type->bytes_max);
    ob_json_end(json);
}

/* The names of a target's variants, or of those in which a violation is expected. */
static void json_variants(const struct ob_target *target, const char *name, bool only_failing,
                          struct ob_json *json)
{
    ob_json_array(json, name);
    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++)
        if (target->variants[variant] && (!only_failing || target->fails[variant]))
            ob_json_string(json, NULL, target->variants[variant]);
    ob_json_end(json);
}

static void json_target(const struct ob_target *target, struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_string(json, "name", target->name);
    ob_json_string(json, "summary", target->summary ? target->summary : "");
    json_variants(target, "variants", false, json);
    json_variants(target, "fails", true, json);
    ob_json_array(json, "messages");
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++)
        if (target->messages[kind].name && target->messages[kind].to)
            json_message(&target->messages[kind], json);
    ob_json_end(json);
    ob_json_end(json);
}

static int list(const struct cli_arguments *arguments)
{
    struct ob_text text = {0};

    if (!arguments->json) {
        for (size_t index = 0; ob_registry[index]; index++)
            print_lines(ob_registry[index], &text);
        return cli_print(&text, CLI_OK);
    }
    struct ob_json json = {.text = &text};
    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_array(&json, "targets");
    ob_json_lines(&json);
    for (size_t index = 0; ob_registry[index]; index++)
        json_target(ob_registry[index], &json);
    ob_json_end(&json);
    ob_json_end(&json);
    return cli_print(&text, CLI_OK);
}

const struct cli_command cli_list = {
    .name = "list",
    .usage = "[--json]",
    .summary = "Lists the targets and their variants.",
    .help =
        "Prints a line for each variant: TARGET/VARIANT, \"fails\" where a violation is expected, "
        "and behind\n"
        "the first of a target what it is.\n"
        "\n"
        "--json prints one document instead:\n"
        "  {\"version\", \"targets\": [{\"name\", \"summary\", \"variants\": [NAME...],\n"
        "    \"fails\": [NAME...],\n"
        "    \"messages\": [{\"name\", \"to\", \"args\": [{\"name\", \"min\", \"max\"}], "
        "\"bytes_max\"}]}]}\n"
        "where messages are those that come from outside, which a scenario may hold.\n",
    .options = CLI_JSON,
    .run = list,
};
