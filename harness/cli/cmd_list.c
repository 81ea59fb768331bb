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

static void json_args(const struct ob_message_type *type, struct ob_text *text)
{
    ob_text_printf(text, "\"args\": [");
    for (unsigned arg = 0; arg < OB_ARGS_MAX && type->args[arg].name; arg++) {
        ob_text_printf(text, "%s{", arg ? ", " : "");
        ob_json_member(text, "name", type->args[arg].name);
        ob_text_printf(text, ", \"min\": %u, \"max\": %u}", type->args[arg].min,
                       type->args[arg].max);
    }
    ob_text_printf(text, "]");
}

static void json_messages(const struct ob_target *target, struct ob_text *text)
{
    const char *separator = "";

    ob_text_printf(text, "\"messages\": [");
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        const struct ob_message_type *type = &target->messages[kind];
        if (!type->name || !type->to)
            continue;
        ob_text_printf(text, "%s{", separator);
        ob_json_member(text, "name", type->name);
        ob_text_printf(text, ", ");
        ob_json_member(text, "to", type->to);
        ob_text_printf(text, ", ");
        json_args(type, text);
        ob_text_printf(text, ", \"bytes_max\": %u}", type->bytes_max);
        separator = ", ";
    }
    ob_text_printf(text, "]");
}

/* The names of a target's variants, or of those in which a violation is expected. */
static void json_variants(const struct ob_target *target, bool only_failing, struct ob_text *text)
{
    const char *separator = "";

    ob_text_printf(text, "[");
    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++) {
        if (!target->variants[variant] || (only_failing && !target->fails[variant]))
            continue;
        ob_text_printf(text, "%s", separator);
        ob_json_string(text, target->variants[variant]);
        separator = ", ";
    }
    ob_text_printf(text, "]");
}

static void json_target(const struct ob_target *target, struct ob_text *text)
{
    ob_text_printf(text, "{");
    ob_json_member(text, "name", target->name);
    ob_text_printf(text, ", ");
    ob_json_member(text, "summary", target->summary ? target->summary : "");
    ob_text_printf(text, ", \"variants\": ");
    json_variants(target, false, text);
    ob_text_printf(text, ", \"fails\": ");
    json_variants(target, true, text);
    ob_text_printf(text, ", ");
    json_messages(target, text);
    ob_text_printf(text, "}");
}

static int list(const struct cli_arguments *arguments)
{
    struct ob_text text = {0};

    if (!arguments->json) {
        for (size_t index = 0; ob_registry[index]; index++)
            print_lines(ob_registry[index], &text);
        return cli_print(&text, CLI_OK);
    }
    ob_text_printf(&text, "{");
    ob_json_member(&text, "version", OB_VERSION);
    ob_text_printf(&text, ", \"targets\": [");
    for (size_t index = 0; ob_registry[index]; index++) {
        ob_text_printf(&text, "%s\n  ", index ? "," : "");
        json_target(ob_registry[index], &text);
    }
    ob_text_printf(&text, "\n]}\n");
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
