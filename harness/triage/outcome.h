/* What triage comes to, between the buckets and the files that show them. */
#ifndef OFFBEAT_TRIAGE_OUTCOME_H
#define OFFBEAT_TRIAGE_OUTCOME_H

#include "search/sanitizer.h"
#include "triage/triage.h"

#define OB_TRIAGE_ID_LENGTH 12

/* A bucket with what its strings are kept in. */
struct ob_triage_made {
    struct ob_triage_bucket bucket;
    char id[OB_TRIAGE_ID_LENGTH + 1];
    char directory[32];
    struct ob_text scenario;
    struct ob_sanitizer_report sanitizer;
    struct ob_triage_frame frames[OB_FRAMES_MAX];
    const struct ob_triage_result *result;
    const struct ob_triage_found *found;
    const char *key;
};

struct ob_triage_outcome {
    const struct ob_triage *triage;
    struct ob_triage_result **results;         /* of the jobs */
    struct ob_triage_input *inputs;            /* as found */
    const struct ob_triage_input **input_list; /* the same in the report */
    struct ob_triage_failing *failing;         /* by signature */
    size_t failing_count;
    const struct ob_triage_input **members; /* of the buckets, one after the other */
    struct ob_triage_made *made;
    const struct ob_triage_bucket **buckets;
    size_t bucket_count;
    struct ob_triage_report report;
};

#endif
