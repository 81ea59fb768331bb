/*
 * What a triage found, as data: the list of distinct bugs that the pages, the table, the JSON and
 * the SARIF file are made of. Everything here is constant, and the triage's own; strings are never
 * NULL, are NUL-terminated, and may hold any bytes that a target or a file name holds: whoever
 * writes them escapes them.
 */
#ifndef OFFBEAT_TRIAGE_REPORT_H
#define OFFBEAT_TRIAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "world/verdict.h"

/* What became of one input: its state after all of its replays. */
enum ob_triage_state {
    OB_TRIAGE_FAILS,          /* every replay failed in the same way */
    OB_TRIAGE_FLAKY,          /* some replays failed, or they failed in several ways */
    OB_TRIAGE_PASSES,         /* none did: fixed since, or of another target */
    OB_TRIAGE_BROKEN,         /* cannot be read, or is no input */
    OB_TRIAGE_UNKNOWN_TARGET, /* its target and variant cannot be told */
    OB_TRIAGE_TROUBLE,        /* triage itself could not deal with it */
    OB_TRIAGE_STATES
};

/* One path that was looked at. Copies of one content are inputs of their own. */
struct ob_triage_input {
    const char *path; /* as it was found; `ARCHIVE/NAME` for one in an archive */
    const char *hash; /* of the content, 64 hexadecimal digits; "" for one that was not read */
    uint64_t size;    /* bytes */
    enum ob_triage_state state;
    unsigned fails;     /* replays that failed */
    unsigned repeats;   /* replays; 0 when it was not run */
    const char *reason; /* of the states that are no verdict: one line; otherwise "" */
};

/* A function of the target on the stack of a memory error, the innermost first. */
struct ob_triage_frame {
    const char *function;
    const char *file; /* "" when not known */
    unsigned line;    /* 0 when not known */
    unsigned column;
};

/* One bug: the inputs that fail for one cause. */
struct ob_triage_bucket {
    const char *id;        /* 12 hexadecimal digits: a hash of the signature */
    const char *signature; /* one line for people; equal for equal causes */
    const char *target;
    const char *variant;
    enum ob_failure failure; /* an invariant, a memory error, a hang, ... */
    const char *invariant;   /* its id, or the kind of memory error such as
                                `heap-use-after-free in shop_receive` */
    const char *detail;      /* the values, of the minimal scenario */
    const char *decides;     /* the pair or the fault that decides, one line; "" when not known */

    const struct ob_triage_frame *frames; /* of a memory error, as far as they are known */
    size_t frame_count;
    const char *report; /* what the sanitizer said, several lines; "" when there is none */

    const struct ob_triage_input *const *inputs; /* that fell into it, in order of their paths */
    size_t input_count;
    unsigned fails;   /* of the replays of the input that is shown, and of how many */
    unsigned repeats; /* `fails == repeats`: reproducible */

    /* The smallest minimal scenario of all its inputs; of a flaky bug an input as it is. */
    bool is_minimal;
    const char *input_path; /* the input that it was made of */
    unsigned messages;
    unsigned deviations;
    size_t bytes;
    const char *scenario; /* in text form, several lines */
    const char *trace;    /* the hash of its trace, 16 hexadecimal digits */

    const char *directory; /* `buckets/ID`, in the folder of the result. In it are scenario.txt,
                              scenario.bin, index.html, and as far as they could be made: */
    bool has_explanation;  /* explain.html (its run, step by step), explain.txt, explain.json */
    bool has_report;       /* sanitizer.txt */
};

/* The result, the gravest bug first. */
struct ob_triage_report {
    const struct ob_triage_bucket *const *buckets;
    size_t bucket_count;
    const struct ob_triage_input *const *inputs; /* all of them, in order of their paths */
    size_t input_count;
    size_t state_counts[OB_TRIAGE_STATES]; /* inputs in each state */
    size_t duplicates; /* inputs with the content and target of an earlier one */
};

/* `fails`, `flaky`, ... and `memory error`, `hang`, ...: for people and for programs. */
const char *ob_triage_state_name(enum ob_triage_state state);
const char *ob_triage_failure_name(enum ob_failure failure);

/* triage.json, described in schema.json. */
void ob_triage_write_json(const struct ob_triage_report *report, struct ob_text *text);

/* The table for a terminal, `width` columns wide at most. */
void ob_triage_write_table(const struct ob_triage_report *report, unsigned width,
                           struct ob_text *text);

/*
 * Pages for a browser, each one file that asks for nothing from the network: index.html, and
 * buckets/ID/index.html, which leads to the files beside it. And triage.sarif, SARIF 2.1.0. Each
 * adds nothing where there is nothing to write; returns 0, or -1 with a line in `error`.
 */
int ob_triage_write_index_html(const struct ob_triage_report *report, struct ob_text *text,
                               struct ob_error *error);
int ob_triage_write_bucket_html(const struct ob_triage_report *report,
                                const struct ob_triage_bucket *bucket, struct ob_text *text,
                                struct ob_error *error);
int ob_triage_write_sarif(const struct ob_triage_report *report, struct ob_text *text,
                          struct ob_error *error);

#endif
