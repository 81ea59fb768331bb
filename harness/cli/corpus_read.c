/* offbeat corpus unpack, list, stat, verify, export: reading archives. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "cli/corpus.h"
#include "cli/input.h"
#include "corpus/input_set.h"
#include "offbeat/version.h"

/* What all of them end with: 0, or what is wrong with the archive. */
static int conclude(const char *archive, int result, const struct ob_archive_damage *damage,
                    int code)
{
    return result == OB_ARCHIVE_DAMAGED ? cli_corpus_tell_damage(archive, damage) : code;
}

static int unpack_to(const char *archive, const char *directory)
{
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};
    struct ob_text line = {0};
    size_t unpacked = 0;

    int result = ob_archive_unpack(archive, directory, &unpacked, &damage, &error);
    if (result < 0)
        return cli_trouble("%s", error.text);
    ob_text_add_line(&line, directory);
    ob_text_printf(&line, ": ");
    cli_corpus_print_count(&line, unpacked);
    ob_text_printf(&line, " unpacked\n");
    return conclude(archive, result, &damage, cli_print(&line, CLI_OK));
}

static int unpack(const struct cli_arguments *arguments)
{
    return unpack_to(arguments->positional[0], arguments->positional[1]);
}

/* -- list -- */

static int list_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    return cli_corpus_print_entry(context, "", entry, error);
}

static void json_head(struct ob_json *json, const char *archive)
{
    ob_json_object(json, NULL);
    ob_json_string(json, "version", OB_VERSION);
    ob_json_string(json, "archive", archive);
}

static void json_damage(struct ob_json *json, const struct ob_archive_damage *damage)
{
    struct ob_text reason = {0};

    if (damage->reason.text[0])
        ob_archive_damage_print(damage, &reason);
    ob_json_text(json, "damage", &reason);
}

static int list(const struct cli_arguments *arguments)
{
    const char *archive = arguments->positional[0];
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};

    if (arguments->json) {
        json_head(&json, archive);
        ob_json_array(&json, "inputs");
        ob_json_lines(&json);
    }
    int result = ob_archive_each(archive, list_entry, &json, &damage, &error);
    if (result < 0) {
        (void)cli_print(&text, CLI_OK);
        return cli_trouble("%s", error.text);
    }
    if (arguments->json) {
        ob_json_end(&json);
        json_damage(&json, &damage);
        ob_json_end(&json);
    }
    return conclude(archive, result, &damage, cli_print(&text, CLI_OK));
}

/* -- stat -- */

#define SIZE_CLASSES 26 /* 0, 1, 2 to 3, 4 to 7 and so on, up to what an input may have */
#define BAR_WIDTH 40

struct sizes {
    size_t count;
    uint64_t bytes;
    size_t smallest;
    size_t largest;
    size_t classes[SIZE_CLASSES];
};

static int measure_entry(void *context, const struct ob_archive_entry *entry,
                         struct ob_error *error)
{
    struct sizes *sizes = context;
    size_t class = 0;

    (void)error;
    while (class < SIZE_CLASSES - 1 && entry->size >> class)
        class ++;
    if (sizes->count == 0 || entry->size < sizes->smallest)
        sizes->smallest = entry->size;
    if (entry->size > sizes->largest)
        sizes->largest = entry->size;
    sizes->classes[class]++;
    sizes->bytes += entry->size;
    sizes->count++;
    return 0;
}

static uint64_t class_least(size_t class)
{
    return class ? (uint64_t)1 << (class - 1) : 0;
}

static uint64_t class_most(size_t class)
{
    return class ? ((uint64_t)1 << class) - 1 : 0;
}

static void print_histogram(const struct sizes *sizes, struct ob_text *text)
{
    size_t most = 0;
    size_t first = SIZE_CLASSES;
    size_t last = 0;

    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        if (sizes->classes[class] > most)
            most = sizes->classes[class];
        if (sizes->classes[class] > 0) {
            first = first < class ? first : class;
            last = class;
        }
    }
    if (most > 0)
        ob_text_printf(text, "bytes          inputs\n");
    for (size_t class = first; class <= last && class < SIZE_CLASSES; class ++) {
        size_t width = (sizes->classes[class] * BAR_WIDTH + most - 1) / most;
        if (class_least(class) == class_most(class))
            ob_text_printf(text, "%6" PRIu64 "       ", class_least(class));
        else
            ob_text_printf(text, "%6" PRIu64 "-%-6" PRIu64, class_least(class), class_most(class));
        ob_text_printf(text, "  %6zu  %.*s\n", sizes->classes[class], (int)width,
                       "########################################");
    }
}

static void print_sizes(const struct sizes *sizes, uint64_t packed, struct ob_text *text)
{
    double ratio = sizes->bytes ? (double)packed / (double)sizes->bytes : 0;

    ob_text_printf(text, "inputs   %zu\n", sizes->count);
    ob_text_printf(text, "raw      %" PRIu64 " bytes", sizes->bytes);
    if (sizes->count > 0)
        ob_text_printf(text, ", %zu to %zu an input, %.1f on average", sizes->smallest,
                       sizes->largest, (double)sizes->bytes / (double)sizes->count);
    ob_text_printf(text, "\npacked   %" PRIu64 " bytes", packed);
    if (sizes->bytes > 0)
        ob_text_printf(text, ", %.3f of raw, %.1f an input", ratio,
                       (double)packed / (double)sizes->count);
    ob_text_printf(text, "\n");
    print_histogram(sizes, text);
}

static void json_sizes(const struct sizes *sizes, uint64_t packed, struct ob_json *json)
{
    ob_json_number(json, "inputs", sizes->count);
    ob_json_number(json, "raw_bytes", sizes->bytes);
    ob_json_number(json, "packed_bytes", packed);
    ob_json_number(json, "smallest", sizes->smallest);
    ob_json_number(json, "largest", sizes->largest);
    ob_json_array(json, "sizes");
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        if (sizes->classes[class] == 0)
            continue;
        ob_json_object(json, NULL);
        ob_json_number(json, "from", class_least(class));
        ob_json_number(json, "to", class_most(class));
        ob_json_number(json, "inputs", sizes->classes[class]);
        ob_json_end(json);
    }
    ob_json_end(json);
}

static int stat_archive(const struct cli_arguments *arguments)
{
    const char *archive = arguments->positional[0];
    struct ob_archive_damage damage = {0};
    struct sizes sizes = {0};
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    struct stat status;

    if (stat(archive, &status) != 0 || !S_ISREG(status.st_mode))
        return cli_trouble("%s: is not a file whose size can be told", archive);
    int result = ob_archive_each(archive, measure_entry, &sizes, &damage, &error);
    if (result < 0)
        return cli_trouble("%s", error.text);
    if (arguments->json) {
        struct ob_json json = {.text = &text};
        json_head(&json, archive);
        json_sizes(&sizes, (uint64_t)status.st_size, &json);
        json_damage(&json, &damage);
        ob_json_end(&json);
    } else {
        print_sizes(&sizes, (uint64_t)status.st_size, &text);
    }
    return conclude(archive, result, &damage, cli_print(&text, CLI_OK));
}

/* -- verify -- */

/* Whether the archive is as pack writes it: sorted, each input once. */
struct order {
    uint8_t *last;
    size_t last_size;
    size_t count;
    bool is_sorted;
};

static int check_order(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct order *order = context;
    uint8_t *copy = malloc(entry->size ? entry->size : 1);

    if (!copy)
        return ob_error_set(error, "out of memory");
    memcpy(copy, entry->data, entry->size);
    if (order->last &&
        ob_input_compare(order->last, order->last_size, entry->data, entry->size) >= 0)
        order->is_sorted = false;
    free(order->last);
    order->last = copy;
    order->last_size = entry->size;
    order->count++;
    return 0;
}

static int verify_one(const char *archive, struct ob_json *json)
{
    struct ob_archive_damage damage = {0};
    struct order order = {.is_sorted = true};
    struct ob_error error = {{0}};
    struct ob_text *text = json->text;

    int result = ob_archive_each(archive, check_order, &order, &damage, &error);
    free(order.last);
    bool ours = order.is_sorted && damage.is_numbered;
    if (json->depth) {
        ob_json_object(json, NULL);
        ob_json_string(json, "archive", archive);
        ob_json_number(json, "inputs", order.count);
        ob_json_bool(json, "sorted", ours);
        if (result < 0)
            ob_json_string(json, "damage", error.text);
        else
            json_damage(json, &damage);
        ob_json_end(json);
    } else if (result >= 0) {
        ob_text_add_line(text, archive);
        ob_text_printf(text, ": ");
        cli_corpus_print_count(text, order.count);
        ob_text_printf(text, "%s%s\n", result == OB_ARCHIVE_WHOLE ? " intact" : " can be read",
                       ours ? "" : "; not as corpus pack writes it: not sorted and numbered");
    }
    int code = cli_print(text, CLI_OK);
    if (result < 0)
        return cli_trouble("%s", error.text);
    return conclude(archive, result, &damage, code);
}

static int verify(const struct cli_arguments *arguments)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    int code = CLI_OK;

    if (arguments->json) {
        ob_json_object(&json, NULL);
        ob_json_string(&json, "version", OB_VERSION);
        ob_json_array(&json, "archives");
        ob_json_lines(&json);
    }
    for (size_t index = 0; index < arguments->count; index++)
        code = cli_worse_code(code, verify_one(arguments->positional[index], &json));
    if (arguments->json) {
        ob_json_end(&json);
        ob_json_end(&json);
    }
    return cli_print(&text, code);
}

/* -- export -- */

static int export_one(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    return ob_archive_writer_add(context, entry->data, entry->size, error);
}

static int export_zip(const char *archive, const char *out)
{
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};
    struct ob_text line = {0};

    if (cli_corpus_same_file(archive, out))
        return cli_trouble("%s: is the archive itself; name another file", out);
    const struct ob_archive_options options = {.zip = true};
    struct ob_archive_writer *writer = ob_archive_writer_begin(out, &options, &error);
    if (!writer)
        return cli_trouble("%s", error.text);
    int result = ob_archive_each(archive, export_one, writer, &damage, &error);
    if (result < 0) {
        ob_archive_writer_cancel(writer);
        return cli_trouble("%s", error.text);
    }
    if (ob_archive_writer_commit(writer, &error))
        return cli_trouble("%s", error.text);
    if (strcmp(out, "-") != 0) {
        ob_text_add_line(&line, out);
        ob_text_printf(&line, ": ");
        cli_corpus_print_count(&line, damage.entries_read);
        ob_text_printf(&line, " exported\n");
    }
    return conclude(archive, result, &damage, cli_print(&line, CLI_OK));
}

static int export(const struct cli_arguments *arguments)
{
    if (arguments->zip == arguments->dir)
        return cli_trouble("corpus export needs one of --zip and --dir");
    if (arguments->dir)
        return unpack_to(arguments->positional[0], arguments->positional[1]);
    return export_zip(arguments->positional[0], arguments->positional[1]);
}

const struct cli_command cli_corpus_unpack = {
    .name = "corpus unpack",
    .usage = "ARCHIVE DIR",
    .summary = "Writes the inputs of an archive into a directory: 000000, 000001, ...",
    .help = "Writes only inside of DIR, which is made if it is missing, and replaces no file that "
            "has another\n"
            "content. What is there with the same content stays. Names in the archive do not "
            "matter.\n"
            "\n"
            "Exit code: 0, or 2 for bad usage, or an archive that is damaged, which is unpacked "
            "as far as it\n"
            "is intact, or unreadable.\n",
    .count_min = 2,
    .count_max = 2,
    .run = unpack,
};

const struct cli_command cli_corpus_list = {
    .name = "corpus list",
    .usage = "ARCHIVE [--json]",
    .summary = "Prints the size and the name of each input.",
    .help = "--json prints one document: {\"version\", \"archive\", \"inputs\": [{\"name\", "
            "\"bytes\"}], \"damage\"},\n"
            "where \"damage\" is empty for a whole archive.\n"
            "\n"
            "Exit code: 0, or 2 for an archive that is damaged, which is listed as far as it is "
            "intact, or\n"
            "unreadable.\n",
    .options = CLI_JSON,
    .count_min = 1,
    .count_max = 1,
    .run = list,
};

const struct cli_command cli_corpus_stat = {
    .name = "corpus stat",
    .usage = "ARCHIVE [--json]",
    .summary = "Prints how many inputs there are, and how large they are, packed and not.",
    .help = "--json prints one document: {\"version\", \"archive\", \"inputs\", \"raw_bytes\", "
            "\"packed_bytes\",\n"
            "\"smallest\", \"largest\", \"sizes\": [{\"from\", \"to\", \"inputs\"}], "
            "\"damage\"}.\n"
            "\n"
            "Exit code: 0, or 2 for an archive that is damaged or unreadable.\n",
    .options = CLI_JSON,
    .count_min = 1,
    .count_max = 1,
    .run = stat_archive,
};

const struct cli_command cli_corpus_verify = {
    .name = "corpus verify",
    .usage = "ARCHIVE... [--json]",
    .summary = "Checks archives, and says what is damaged.",
    .help = "Reads everything and checks every checksum. A damaged archive is left as it is; its "
            "line on standard\n"
            "error names the inputs that are lost, as far as their numbers are known. corpus "
            "unpack and corpus\n"
            "merge -o OUT take out what is intact.\n"
            "\n"
            "--json prints one document: {\"version\", \"archives\": [{\"archive\", \"inputs\", "
            "\"sorted\", \"damage\"}]},\n"
            "where \"inputs\" counts those that are intact.\n"
            "\n"
            "Exit code: 0 all are whole, 2 at least one is damaged or unreadable.\n",
    .options = CLI_JSON,
    .count_min = 1,
    .count_max = SIZE_MAX,
    .run = verify,
};

const struct cli_command cli_corpus_export = {
    .name = "corpus export",
    .usage = "--zip ARCHIVE OUT | --dir ARCHIVE DIR",
    .summary = "Writes the inputs in a form that others take.",
    .help = "--zip  a zip archive, such as OSS-Fuzz's NAME_seed_corpus.zip; the same archive "
            "always gives the\n"
            "       same bytes\n"
            "--dir  files in a directory, as corpus unpack does\n"
            "\n"
            "Exit code: 0, or 2 for bad usage, or an archive that is damaged, which is exported "
            "as far as it is\n"
            "intact, or unreadable.\n",
    .options = CLI_KIND,
    .count_min = 2,
    .count_max = 2,
    .run = export,
};
