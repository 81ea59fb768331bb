#include "search/known_report.h"

#include <unwind.h>

#include "base/rng.h"

#define CALLERS_MAX 12u /* what follows is who makes the run, and differs between searches */

extern const char *__asan_get_report_description(void) __attribute__((weak));

struct trail {
    uint64_t key;
    unsigned count;
};

static _Unwind_Reason_Code add_caller(struct _Unwind_Context *context, void *data)
{
    struct trail *trail = data;
    trail->key = ob_mix64(trail->key ^ (uint64_t)_Unwind_GetIP(context));
    return ++trail->count < CALLERS_MAX ? _URC_NO_REASON : _URC_END_OF_STACK;
}

uint64_t ob_report_key(void)
{
    struct trail trail = {.key = 1};
    const char *text = __asan_get_report_description ? __asan_get_report_description() : ""; /* such
                                                           as "8-byte-write-heap-use-after-free" */
    for (; text && *text; text++)
        trail.key = ob_mix64(trail.key ^ (uint64_t)(unsigned char)*text);
    (void)_Unwind_Backtrace(add_caller, &trail);
    return trail.key | 1;
}

const struct ob_known_report *ob_known_report(const struct ob_known_reports *known, uint64_t key)
{
    for (unsigned at = 0; at < known->count; at++)
        if (known->reports[at].key == key)
            return &known->reports[at];
    return NULL;
}

void ob_know_report(struct ob_known_reports *known, uint64_t key,
                    const struct ob_known_outcome *known_outcome, const struct ob_text *said)
{
    if (key == 0 || known->count == OB_KNOWN_REPORTS_MAX || ob_known_report(known, key))
        return;
    struct ob_known_report *report = &known->reports[known->count++];
    *report = (struct ob_known_report){.key = key, .known_outcome = *known_outcome};
    ob_text_append(&report->said, ob_text_string(said), said->length);
}

void ob_known_reports_release(struct ob_known_reports *known)
{
    while (known->count > 0)
        ob_text_release(&known->reports[--known->count].said);
}
