/* The pages and the SARIF file of a triage: not there yet, so nothing is added. */
#include "report/triage.h"

int ob_triage_write_index_html(const struct ob_triage_report *report, struct ob_text *text,
                               struct ob_error *error)
{
    (void)report;
    (void)text;
    (void)error;
    return 0;
}

int ob_triage_write_bucket_html(const struct ob_triage_report *report,
                                const struct ob_triage_bucket *bucket, struct ob_text *text,
                                struct ob_error *error)
{
    (void)report;
    (void)bucket;
    (void)text;
    (void)error;
    return 0;
}

int ob_triage_write_sarif(const struct ob_triage_report *report, struct ob_text *text,
                          struct ob_error *error)
{
    (void)report;
    (void)text;
    (void)error;
    return 0;
}
