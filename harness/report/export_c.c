#include "report/export_c.h"
#include "world/trace.h"
#include "world/world.h"

#include <ctype.h>
#include <string.h>

#define BYTES_PER_LINE OB_RECORD_SIZE /* a record on each line */

/*
 * What stands between the quotes of a string literal. Three octal digits end an escape wherever it
 * stands, and a "?" is escaped as two of them begin a trigraph.
 */
static void add_escaped(struct ob_text *text, const char *string, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)string[at];
        if (byte == '"' || byte == '\\' || byte == '?')
            ob_text_printf(text, "\\%c", byte);
        else if (byte < 0x20 || byte > 0x7e)
            ob_text_printf(text, "\\%03o", byte);
        else
            ob_text_printf(text, "%c", byte);
    }
}

static void add_string(struct ob_text *text, const char *string)
{
    ob_text_printf(text, "\"");
    add_escaped(text, string, strlen(string));
    ob_text_printf(text, "\"");
}

/* The text form as a string literal, a line on each line. */
static void add_lines(struct ob_text *text, const char *string)
{
    while (*string) {
        size_t length = strcspn(string, "\n");
        ob_text_printf(text, "\n        \"");
        add_escaped(text, string, length);
        string += length;
        ob_text_printf(text, *string ? "\\n\"" : "\"");
        string += *string == '\n';
    }
}

static void add_bytes(struct ob_text *text, const uint8_t *bytes, size_t size)
{
    ob_text_printf(text, "static const uint8_t bytes[] = {");
    for (size_t at = 0; at < size; at++)
        ob_text_printf(text, "%s0x%02x,", at % BYTES_PER_LINE ? " " : "\n    ", bytes[at]);
    ob_text_printf(text, "\n};\n\n");
}

/* A name as a comment can hold it: nothing in it ends the comment. Most names are identifiers, and
 * stay what they are. */
static void add_name(struct ob_text *text, const char *name)
{
    for (const char *at = name; *at; at++)
        ob_text_printf(text, "%c", isalnum((unsigned char)*at) ? *at : '_');
}

static void add_head(struct ob_text *text, const char *target, const char *variant,
                     const char *invariant)
{
    ob_text_printf(text, "/*\n"
                         " * Regression test, written by `offbeat export --c ");
    add_name(text, target);
    ob_text_printf(text, "/");
    add_name(text, variant);
    ob_text_printf(text,
                   "`.\n"
                   " *\n"
                   " * Fails (1) while the scenario below violates an invariant. When this was\n"
                   " * written, that was ");
    add_name(text, invariant);
    ob_text_printf(text,
                   ".\n"
                   " * Passes (0) once it violates none. Ends with 2 when it cannot be run, as\n"
                   " * when a name in it no longer exists.\n"
                   " *\n"
                   " * An argument names the variant to run. In CMake:\n"
                   " *\n"
                   " *     offbeat_add_regression(NAME ");
    add_name(text, target);
    ob_text_printf(text, "_");
    add_name(text, invariant);
    ob_text_printf(text, " SOURCE this_file.c\n"
                         " *                            TARGET ");
    add_name(text, target);
    ob_text_printf(text, ")\n */\n");
    ob_text_printf(text,
                   "#include <offbeat/regression.h>\n\n"
                   "extern const struct ob_target ob_target_%s;\n\n"
                   "/* clang-format off */\n\n",
                   target);
}

void ob_report_export_c(const struct ob_world *world, const struct ob_scenario *scenario,
                        struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const char *target = vocabulary->target->name;
    const char *variant = vocabulary->target->variants[vocabulary->variant];
    const char *invariant = ob_world_verdict(world)->invariant;
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);
    struct ob_text form = {0};

    ob_scenario_print(vocabulary, scenario, &form);
    add_head(text, target, variant, invariant);
    /* C has no empty arrays, and what violates with no record at all needs no bytes. */
    if (size > 0)
        add_bytes(text, bytes, size);
    ob_text_printf(text,
                   "static const struct ob_regression regression = {\n"
                   "    .target = &ob_target_%s,\n"
                   "    .invariant = ",
                   target);
    add_string(text, invariant);
    ob_text_printf(text, ",\n    .scenario =");
    add_lines(text, ob_text_string(&form));
    ob_text_printf(text, ",\n");
    if (size > 0)
        ob_text_printf(text, "    .bytes = bytes,\n    .bytes_size = sizeof bytes,\n");
    ob_text_printf(text, "};\n\n"
                         "int main(int argc, char **argv)\n"
                         "{\n"
                         "    return ob_regression_check(&regression, argc > 1 ? argv[1] : ");
    add_string(text, variant);
    ob_text_printf(text, ");\n}\n");
    text->failed |= form.failed;
    ob_text_release(&form);
}
