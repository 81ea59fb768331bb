/*
 * Results as JUnit XML, which CI systems read: GitLab, Jenkins, Azure, Buildkite, and actions for
 * GitHub. There is no standard; what is written is what the Jenkins schema (junit-10.xsd) and
 * the readers of these have in common. Times are left out, so that equal results are equal files.
 */
#ifndef OFFBEAT_REPORT_JUNIT_H
#define OFFBEAT_REPORT_JUNIT_H

#include "base/error.h"
#include "base/text.h"

enum ob_case_result {
    OB_CASE_PASSED,
    OB_CASE_FAILED,  /* what was tested does not do what it should */
    OB_CASE_BROKEN,  /* it could not be tested */
    OB_CASE_SKIPPED, /* it says nothing, and that is no trouble */
    OB_CASE_RESULTS
};

/* One test. Strings may hold any bytes, and are not NULL. */
struct ob_case {
    const char *group; /* TARGET/VARIANT */
    const char *name;
    const char *file; /* that it is about, "" for none */
    unsigned line;    /* in it, 0 for none */
    enum ob_case_result result;
    const char *type;    /* such as the invariant; unless it passed */
    const char *message; /* one line; the same */
    const char *body;    /* what else there is to say, several lines; "" for nothing */
};

/* Zero-initialise before use, ob_junit_release() after it. */
struct ob_junit {
    struct ob_text cases;
    unsigned counts[OB_CASE_RESULTS];
};

void ob_junit_add(struct ob_junit *junit, const struct ob_case *one);

/* Adds the document, of one suite of that name. */
void ob_junit_print(const struct ob_junit *junit, const char *suite, struct ob_text *text);

void ob_junit_release(struct ob_junit *junit);

#endif
