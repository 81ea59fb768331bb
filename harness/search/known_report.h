/*
 * Reports of sanitizers that were read before. To name the functions of one takes the sanitizer
 * longer than hundreds of runs, and a search meets the same one again and again: so a child ends
 * where its report would begin, once its parent has read one from the same place.
 */
#ifndef OFFBEAT_SEARCH_KNOWN_REPORT_H
#define OFFBEAT_SEARCH_KNOWN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "world/verdict.h"

#define OB_KNOWN_REPORTS_MAX 32u

struct ob_known_report {
    uint64_t key; /* what kind of error, and all that were calling; never 0 */
    struct ob_known_outcome known_outcome;
    struct ob_text said;
};

struct ob_known_reports {
    struct ob_known_report reports[OB_KNOWN_REPORTS_MAX];
    unsigned count;
};

/* The key of what the sanitizer is about to report here. Same in all children of a process. */
uint64_t ob_report_key(void);

/* Returns NULL when it is not known. */
const struct ob_known_report *ob_known_report(const struct ob_known_reports *known, uint64_t key);

/* Keeps one, as long as there is room. */
void ob_know_report(struct ob_known_reports *known, uint64_t key,
                    const struct ob_known_outcome *known_outcome, const struct ob_text *said);

void ob_known_reports_release(struct ob_known_reports *known);

#endif
