/* What a triage may have found in a target whose names are made to be misread: for triage.bats.
 * usage: triage_story index|many|sarif|no-index|no-sarif|bucket N */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report.h"

#define ALERT "<script>alert(1)</script>"
#define HOSTILE "\"'&<img src=x onerror=alert(2)>\xff\x1b[31m --> %s"

static const struct ob_triage_input inputs[] = {
    {.path = "crashes/a b#?" HOSTILE,
     .hash = "00",
     .size = 16,
     .state = OB_TRIAGE_FAILS,
     .fails = 10,
     .repeats = 10,
     .reason = ""},
    {.path = "crashes/two",
     .hash = "01",
     .size = 24,
     .state = OB_TRIAGE_FLAKY,
     .fails = 3,
     .repeats = 10,
     .reason = ""},
    {.path = "README.txt" ALERT,
     .hash = "02",
     .size = 9,
     .state = OB_TRIAGE_BROKEN,
     .repeats = 0,
     .reason = "is no input\n" ALERT},
    {.path = "old",
     .hash = "03",
     .size = 8,
     .state = OB_TRIAGE_PASSES,
     .repeats = 10,
     .reason = ""},
};
static const struct ob_triage_input *const all[] = {&inputs[0], &inputs[1], &inputs[2], &inputs[3]};

static const struct ob_triage_frame frames[] = {
    {.function = "shop_receive" ALERT, .file = "/src/a b/shop.c", .line = 12, .column = 5},
    {.function = "deliver", .file = "", .line = 0, .column = 0},
};

/* Two of one rule, and a memory error. */
static const struct ob_triage_bucket buckets[] = {
    {.id = "0123456789ab",
     .signature = "order/racy " HOSTILE,
     .target = ALERT,
     .variant = "racy; rm '-rf'",
     .failure = OB_INVARIANT_VIOLATED,
     .invariant = "paid_order_exists",
     .detail = "order 3 is paid\n" HOSTILE,
     .decides = "Fails when pay#0 from " ALERT " comes first.",
     .report = "",
     .inputs = all,
     .input_count = 1,
     .fails = 10,
     .repeats = 10,
     .is_minimal = true,
     .input_path = "crashes/a b#?" HOSTILE,
     .messages = 1,
     .deviations = 1,
     .bytes = 16,
     .scenario = "offbeat scenario 1 " ALERT "\n+0 buy(order=0) to customer\n",
     .trace = "8c136c359b20014a",
     .directory = "buckets/0123456789ab",
     .has_explanation = true},
    {.id = "1123456789ab",
     .signature = "order/racy other",
     .target = ALERT,
     .variant = "racy",
     .failure = OB_INVARIANT_VIOLATED,
     .invariant = "paid_order_exists",
     .detail = "",
     .decides = "",
     .report = "",
     .inputs = all + 1,
     .input_count = 1,
     .fails = 3,
     .repeats = 10,
     .input_path = "crashes/two",
     .messages = 2,
     .deviations = 0,
     .bytes = 24,
     .scenario = "offbeat scenario 1 order\n",
     .trace = "0",
     .directory = "buckets/1123456789ab"},
    {.id = "2123456789ab",
     .signature = "order/racy heap-use-after-free",
     .target = "order",
     .variant = "racy",
     .failure = OB_MEMORY_ERROR,
     .invariant = "heap-use-after-free in " ALERT,
     .detail = "READ of size 4",
     .decides = "",
     .frames = frames,
     .frame_count = 2,
     .report = "==1==ERROR: AddressSanitizer " ALERT "\n    #0 shop_receive",
     .inputs = all,
     .input_count = 2,
     .fails = 10,
     .repeats = 10,
     .is_minimal = true,
     .input_path = "crashes/two",
     .messages = 1,
     .deviations = 1,
     .bytes = 16,
     .scenario = "offbeat scenario 1 order\n",
     .trace = "0",
     .directory = "buckets/2123456789ab",
     .has_explanation = true,
     .has_report = true},
};
static const struct ob_triage_bucket *const found[] = {&buckets[0], &buckets[1], &buckets[2]};

#define MANY 40u

/* The list of so many bugs, each of the three in turn. */
static int write_many(struct ob_text *text, struct ob_error *error)
{
    static char ids[MANY][16];
    static struct ob_triage_bucket copies[MANY];
    static const struct ob_triage_bucket *list[MANY];

    for (unsigned index = 0; index < MANY; index++) {
        (void)snprintf(ids[index], sizeof ids[index], "%012u", index);
        copies[index] = *found[index % 3];
        copies[index].id = ids[index];
        list[index] = &copies[index];
    }
    const struct ob_triage_report report = {.buckets = list, .bucket_count = MANY, .inputs = all};
    return ob_triage_write_index_html(&report, text, error);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    size_t number = argc > 2 ? strtoul(argv[2], NULL, 10) % 3 : 0;
    const struct ob_triage_report report = {
        .buckets = found,
        .bucket_count = 3,
        .inputs = all,
        .input_count = 4,
        .state_counts = {[OB_TRIAGE_FAILS] = 1,
                         [OB_TRIAGE_FLAKY] = 1,
                         [OB_TRIAGE_PASSES] = 1,
                         [OB_TRIAGE_BROKEN] = 1},
        .duplicates = 1,
    };
    const struct ob_triage_report nothing = {.buckets = NULL};
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    int result = -1;

    if (strcmp(what, "index") == 0)
        result = ob_triage_write_index_html(&report, &text, &error);
    else if (strcmp(what, "many") == 0)
        result = write_many(&text, &error);
    else if (strcmp(what, "bucket") == 0)
        result = ob_triage_write_bucket_html(&report, found[number], &text, &error);
    else if (strcmp(what, "sarif") == 0)
        result = ob_triage_write_sarif(&report, &text, &error);
    else if (strcmp(what, "no-index") == 0)
        result = ob_triage_write_index_html(&nothing, &text, &error);
    else if (strcmp(what, "no-sarif") == 0)
        result = ob_triage_write_sarif(&nothing, &text, &error);
    (void)fwrite(ob_text_string(&text), 1, text.length, stdout);
    ob_text_release(&text);
    return result ? 2 : 0;
}
