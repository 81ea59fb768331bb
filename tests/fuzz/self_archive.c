/* Any bytes are read as an archive, or refused, within the bounds and with a reason. */
#include "self.h"

#include "corpus/archive.h"

#include <string.h>

static const struct ob_archive_limits limits = {
    .input_bytes_max = 4096,
    .inputs_max = 64,
    .total_bytes_max = 65536,
    .expanded_bytes_free = (size_t)1 << 20,
};

struct totals {
    size_t inputs;
    size_t bytes;
};

static int count_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct totals *totals = context;

    (void)error;
    totals->inputs++;
    totals->bytes += entry->size;
    SELF_CHECK(input_within_its_limit, entry->size <= limits.input_bytes_max);
    for (const char *c = entry->name; *c != '\0'; c++)
        SELF_CHECK(entry_name_printable, *c >= ' ' && *c <= '~');
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ob_archive_source source = {
        .name = "input", .data = data, .size = size, .limits = &limits};
    struct ob_archive_damage damage = {0};
    struct ob_error error = {{0}};
    struct totals totals = {0};
    int result = ob_archive_each_memory(&source, count_entry, &totals, &damage, &error);

    SELF_CHECK(archive_within_totals,
               totals.inputs <= limits.inputs_max && totals.bytes <= limits.total_bytes_max);
    SELF_CHECK(trouble_told_on_one_line,
               strchr(error.text, '\n') == NULL && strchr(damage.reason.text, '\n') == NULL);
    if (result < 0)
        SELF_CHECK(refusal_says_why, error.text[0] != '\0');
    else
        SELF_CHECK(all_given_were_counted, damage.entries_read == totals.inputs);
    if (result == OB_ARCHIVE_DAMAGED)
        SELF_CHECK(damaged_but_something_left, totals.inputs > 0 && damage.reason.text[0] != '\0');
    return 0;
}
