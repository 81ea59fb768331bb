/* offbeat corpus: many inputs in one file. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "corpus/archive.h"
#include "offbeat/version.h"

static int tell_damage(const char *archive, const struct ob_archive_damage *damage)
{
    return cli_trouble("%s: damaged: %s", cli_file_name(archive), damage->reason.text);
}

static int pack(const struct cli_arguments *arguments)
{
    const char *archive = arguments->positional[1];
    struct ob_error error = {{0}};
    struct ob_text line = {0};
    size_t packed = 0;

    if (arguments->count < 3)
        return cli_trouble("corpus pack needs an archive and the inputs to put into it");
    if (ob_archive_pack(archive, arguments->positional + 2, arguments->count - 2, &packed, &error))
        return cli_trouble("%s", error.text);
    if (strcmp(archive, "-") == 0)
        return CLI_OK;
    cli_add_line(&line, archive);
    ob_text_printf(&line, ": %zu input%s packed\n", packed, packed == 1 ? "" : "s");
    return cli_print(&line, CLI_OK);
}

static int unpack(const struct cli_arguments *arguments)
{
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};
    struct ob_text line = {0};
    size_t unpacked = 0;

    if (arguments->count != 3)
        return cli_trouble("corpus unpack needs an archive and a directory");
    int result = ob_archive_unpack(arguments->positional[1], arguments->positional[2], &unpacked,
                                   &damage, &error);
    if (result < 0)
        return cli_trouble("%s", error.text);
    cli_add_line(&line, arguments->positional[2]);
    ob_text_printf(&line, ": %zu input%s unpacked\n", unpacked, unpacked == 1 ? "" : "s");
    int code = cli_print(&line, CLI_OK);
    return result == OB_ARCHIVE_DAMAGED ? tell_damage(arguments->positional[1], &damage) : code;
}

struct listing {
    struct ob_text text;
    bool json;
    size_t count;
};

static int list_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct listing *listing = context;

    (void)error;
    if (listing->json) {
        ob_text_printf(&listing->text, "%s\n  {", listing->count ? "," : "");
        ob_json_member(&listing->text, "name", entry->name);
        ob_text_printf(&listing->text, ", \"bytes\": %zu}", entry->size);
    } else {
        ob_text_printf(&listing->text, "%8zu  ", entry->size);
        cli_add_line(&listing->text, entry->name);
        ob_text_printf(&listing->text, "\n");
    }
    listing->count++;
    return 0;
}

static int list(const struct cli_arguments *arguments)
{
    struct ob_archive_damage damage = {0};
    struct listing listing = {.json = arguments->json};
    struct ob_error error = {{0}};

    if (arguments->count != 2)
        return cli_trouble("corpus list needs one archive");
    if (arguments->json) {
        ob_text_printf(&listing.text, "{");
        ob_json_member(&listing.text, "version", OB_VERSION);
        ob_text_printf(&listing.text, ", ");
        ob_json_member(&listing.text, "archive", arguments->positional[1]);
        ob_text_printf(&listing.text, ", \"inputs\": [");
    }
    int result = ob_archive_each(arguments->positional[1], list_entry, &listing, &damage, &error);
    if (result < 0) {
        ob_text_release(&listing.text);
        return cli_trouble("%s", error.text);
    }
    if (arguments->json) {
        ob_text_printf(&listing.text, "\n], ");
        ob_json_member(&listing.text, "damage", damage.reason.text);
        ob_text_printf(&listing.text, "}\n");
    }
    int code = cli_print(&listing.text, CLI_OK);
    return result == OB_ARCHIVE_DAMAGED ? tell_damage(arguments->positional[1], &damage) : code;
}

static int corpus(const struct cli_arguments *arguments)
{
    static const struct {
        const char *name;
        int (*run)(const struct cli_arguments *arguments);
    } actions[] = {{"pack", pack}, {"unpack", unpack}, {"list", list}};
    const char *names[sizeof actions / sizeof actions[0]];
    const char *action = arguments->positional[0];

    for (size_t index = 0; index < sizeof actions / sizeof actions[0]; index++) {
        names[index] = actions[index].name;
        if (strcmp(action, actions[index].name) != 0)
            continue;
        if (arguments->json && actions[index].run != list)
            return cli_trouble("corpus %s takes no --json", action);
        return actions[index].run(arguments);
    }
    const char *near = cli_nearest(action, names, sizeof names / sizeof names[0]);
    return cli_trouble("unknown command \"corpus %s\"; did you mean %s?", action,
                       near ? near : "pack, unpack or list");
}

const struct cli_command cli_corpus = {
    .name = "corpus",
    .usage = "pack|unpack|list ARCHIVE ...",
    .summary = "Keeps many inputs in one compressed file.",
    .help = "offbeat corpus pack ARCHIVE INPUT...   makes an archive of inputs, and of those in "
            "directories\n"
            "offbeat corpus unpack ARCHIVE DIR      writes the inputs into a directory: 000000, "
            "000001, ...\n"
            "offbeat corpus list ARCHIVE [--json]   prints the size and name of each\n"
            "\n"
            "An archive is a tar under zstd, which other tools read as well. The same set of "
            "inputs always\n"
            "gives the same bytes. Nothing that is there is changed unless all goes well; "
            "unpacking writes only\n"
            "inside its directory, and replaces no file that has another content.\n"
            "\n"
            "--json prints one document: {\"version\", \"archive\", \"inputs\": [{\"name\", "
            "\"bytes\"}], \"damage\"},\n"
            "where \"damage\" is empty for a whole archive.\n"
            "\n"
            "Exit code: 0, or 2 for bad usage, an unreadable or a damaged archive. Of a damaged "
            "one, what is\n"
            "intact is listed or unpacked all the same.\n",
    .options = CLI_JSON,
    .count_min = 1,
    .count_max = SIZE_MAX,
    .run = corpus,
};
