/* offbeat corpus diff: which inputs only one of two archives has. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/rng.h"
#include "cli/corpus.h"
#include "offbeat/version.h"

/* Contents are told apart by 128 bits, so that what this takes of memory depends on their number
 * and not on their size. */
struct digest {
    uint64_t low;
    uint64_t high;
};

struct digests {
    struct digest *all;
    size_t count;
    size_t room;
};

struct comparison {
    const struct digests *others;
    struct digests own; /* filled on the way */
    const char *side;   /* what a line for people begins with */
    struct ob_json *json;
    size_t only;
};

static struct digest digest_of(const uint8_t *data, size_t size)
{
    struct digest digest = {size, ~(uint64_t)size};

    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, data + at, size - at < 8 ? size - at : 8);
        digest.low = ob_mix64(digest.low ^ word) + 0x9e3779b97f4a7c15u;
        digest.high = ob_mix64(digest.high + word) ^ 0xc2b2ae3d27d4eb4fu;
    }
    return digest;
}

static int compare(const void *left, const void *right)
{
    const struct digest *a = left;
    const struct digest *b = right;

    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}

static int note(struct digests *digests, struct digest digest, struct ob_error *error)
{
    struct digest *all =
        ob_array_reserve(digests->all, &digests->room, digests->count + 1, sizeof *all);
    if (!all)
        return ob_error_set(error, "out of memory");
    digests->all = all;
    digests->all[digests->count++] = digest;
    return 0;
}

static int note_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct comparison *comparison = context;

    return note(&comparison->own, digest_of(entry->data, entry->size), error);
}

static void sort(struct digests *digests)
{
    if (digests->count > 1)
        qsort(digests->all, digests->count, sizeof *digests->all, compare);
}

static int compare_entry(void *context, const struct ob_archive_entry *entry,
                         struct ob_error *error)
{
    struct comparison *comparison = context;
    const struct digests *others = comparison->others;
    const struct digest digest = digest_of(entry->data, entry->size);

    if (others->count == 0 ||
        !bsearch(&digest, others->all, others->count, sizeof digest, compare)) {
        comparison->only++;
        return cli_corpus_print_entry(comparison->json, comparison->side, entry, error);
    }
    return 0;
}

/* Reads one of the two. Returns -1 after saying what is wrong, when nothing of it can be read. */
static int read_one(const char *archive, ob_archive_visit *visit, struct comparison *comparison,
                    bool tell, int *code)
{
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};

    int result = ob_archive_each(archive, visit, comparison, &damage, &error);
    if (result < 0) {
        *code = cli_trouble("%s", error.text);
        return -1;
    }
    if (result == OB_ARCHIVE_DAMAGED && tell)
        *code = cli_worse_code(*code, cli_corpus_tell_damage(archive, &damage));
    return 0;
}

static int diff(const struct cli_arguments *arguments)
{
    static const char *const members[] = {"only_in_a", "only_in_b"};
    const char *const *names = arguments->positional;
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    struct comparison sides[2] = {{.side = "only in A  ", .json = &json},
                                  {.side = "only in B  ", .json = &json}};
    int code = CLI_OK;
    int failed = 0;

    sides[0].others = &sides[1].own;
    sides[1].others = &sides[0].own;
    for (size_t side = 0; side < 2 && !failed; side++) {
        if (strcmp(names[side], "-") == 0)
            failed = cli_trouble("corpus diff reads both twice, and standard input only once");
        else
            failed = read_one(names[side], note_entry, &sides[side], false, &code);
        sort(&sides[side].own);
    }
    if (arguments->json && !failed) {
        ob_json_object(&json, NULL);
        ob_json_string(&json, "version", OB_VERSION);
    }
    for (size_t side = 0; side < 2 && !failed; side++) {
        if (arguments->json) {
            ob_json_array(&json, members[side]);
            ob_json_lines(&json);
        }
        failed = read_one(names[side], compare_entry, &sides[side], true, &code);
        if (arguments->json)
            ob_json_end(&json);
    }
    if (arguments->json && !failed)
        ob_json_end(&json);
    code = cli_print(&text, code);
    free(sides[0].own.all);
    free(sides[1].own.all);
    if (failed)
        return CLI_TROUBLE;
    return cli_worse_code(code, sides[0].only + sides[1].only > 0 ? CLI_VIOLATION : CLI_OK);
}

const struct cli_command cli_corpus_diff = {
    .name = "corpus diff",
    .usage = "A B [--json]",
    .summary = "Says which inputs only one of two archives has.",
    .help = "Contents are compared, not names. A line for each: \"only in A\" or \"only in B\", "
            "its size, and its name\n"
            "there. It takes 16 bytes of memory for each input.\n"
            "\n"
            "--json prints one document: {\"only_in_a\": [{\"name\", \"bytes\"}], \"only_in_b\", "
            "\"version\"}.\n"
            "\n"
            "Exit code: 0 both have the same inputs, 1 they differ, 2 one is damaged or "
            "unreadable.\n",
    .options = CLI_JSON,
    .count_min = 2,
    .count_max = 2,
    .run = diff,
};
