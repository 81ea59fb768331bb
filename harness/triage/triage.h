/*
 * Triage: from a folder of crashes to a short list of bugs. Inputs are collected from folders, each
 * is judged in a process of its own, and those that fail for one cause make a bucket. What is found
 * out of an input is kept in OUT/state/, by content, so that it is never found out twice.
 *
 * In this order: ob_triage_open(), ob_triage_collect() of each path, ob_triage_make_jobs(),
 * ob_triage_work(), ob_triage_conclude(), ob_triage_write(), ob_triage_close().
 */
#ifndef OFFBEAT_TRIAGE_TRIAGE_H
#define OFFBEAT_TRIAGE_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "search/forked.h"
#include "search/signature.h"
#include "search/worker.h"
#include "triage/report.h"
#include "world/world.h"

#define OB_TRIAGE_INPUTS_MAX ((size_t)1 << 20)

/* A path that was found. */
struct ob_triage_found {
    char *path;
    char hash[OB_SHA256_HEX];
    uint64_t size;
    const struct ob_target *target; /* NULL: cannot be told, or could not be read */
    unsigned variant;
    enum ob_triage_state state; /* OB_TRIAGE_FAILS while it is not known better */
    char *reason;               /* of BROKEN and UNTOLD; NULL otherwise */
    size_t job;                 /* index of the job that tells what becomes of it */
};

/* What one run of triage works with. */
struct ob_triage {
    struct ob_forked_options limits;
    unsigned repeats;
    unsigned jobs_at_once;
    const struct ob_target *const *targets; /* that there are, up to NULL */
    const struct ob_target *target;         /* that was asked for; NULL: what paths say */
    unsigned variant;
    const char *output;   /* OUT. The above is the caller's to fill in, the rest is not */
    int state_directory;  /* OUT/state */
    int inputs_directory; /* OUT/state/inputs */
    char *state_path;
    char executable[OB_SHA256_HEX];
    struct ob_triage_found *found; /* sorted by path */
    size_t found_count;
    size_t found_capacity;
    struct ob_triage_job {
        size_t found;            /* an input of this content */
        char key[OB_SHA256_HEX]; /* of content, target, executable and limits */
        bool is_known;           /* its result is in OUT/state */
        bool is_guarded;         /* every run of it in a process of its own */
    } * jobs;
    size_t job_count;
    size_t duplicates;
};

/* What became of an input. Strings are "" where there is nothing to say. */
struct ob_triage_result {
    enum ob_triage_state state;
    enum ob_failure failure;
    unsigned fails;
    unsigned repeats;
    char reason[512];
    char invariant[64];
    char detail[256];
    char trace[17];
    char signature[1024];
    char orders[OB_SIGNATURE_ORDERS_MAX]; /* as ob_signature_add_orders() says */
    char shared[1024];                    /* as ob_signature_add_shared() says */
    char decides[1024];
    bool is_minimal;
    unsigned messages; /* of what is kept: */
    unsigned deviations;
    char *report; /* of a sanitizer, NULL for none; freed by ob_triage_result_release() */
    size_t size;
    uint8_t bytes[OB_SCENARIO_BYTES_MAX]; /* last, so that what is kept of many can be cut */
};

/* -- output.c: where it works -- */

/* Makes OUT and the folders in it, for this process alone, and notes which executable this is.
 * Returns 0, or -1 with a line in `error`; ob_triage_close() is due either way. */
int ob_triage_open(struct ob_triage *triage, struct ob_error *error);
void ob_triage_close(struct ob_triage *triage);

/* -- jobs.c: the list of work -- */

/* Sorts what was collected, and makes a job of each content of a target and variant, in the order
 * of paths. Returns 0, or -1 with a line in `error`. */
int ob_triage_make_jobs(struct ob_triage *triage, struct ob_error *error);

/* -- collect.c: finding inputs -- */

/* Adds what lies at a path and below it, and copies it to OUT/state/inputs. Returns 0, or -1 with a
 * line in `error` when the path itself cannot be read or nothing can be written. */
int ob_triage_collect(struct ob_triage *triage, const char *path, struct ob_error *error);

/* Where the content of an input is. The caller frees it; NULL when memory is short. */
char *ob_triage_content_path(const struct ob_triage *triage, const char *hash);

/* -- subject.c: whose inputs they are -- */

/* The target of a list and the variant that a path names, the longest of them in its last part that
 * names one. With `only`, of that target alone. Returns false when it names none. */
bool ob_triage_subject_of(const char *path, const struct ob_target *const *targets,
                          const struct ob_target *only, const struct ob_target **target,
                          unsigned *variant);

/* -- judge.c: one input -- */

/* Finds out what becomes of the input of a job. Runs the target: for a worker. */
void ob_triage_judge(const struct ob_triage *triage, const struct ob_triage_job *job,
                     struct ob_worker_page *page, struct ob_triage_result *result);

/* The code with which a worker asks for one in which every run has a process of its own. */
#define OB_TRIAGE_GUARD 42

/* Writes the files of a bucket that a run of the target is needed for, into OUT/directory. For a
 * worker, too. */
int ob_triage_explain(const struct ob_triage *triage, const struct ob_triage_found *found,
                      const struct ob_triage_result *result, const char *directory,
                      struct ob_worker_page *page);

/* -- state.c: what is kept -- */

/* Returns 0; 1 when nothing is kept of that key, or nothing that can be read; -1 with a line. */
int ob_triage_load(const struct ob_triage *triage, const char *key,
                   struct ob_triage_result *result);
int ob_triage_keep(const struct ob_triage *triage, const char *key,
                   const struct ob_triage_result *result, struct ob_error *error);
void ob_triage_result_release(struct ob_triage_result *result);

/* -- work.c: all of them, in workers -- */

/* Finds out what is not known yet, at most `jobs_at_once` at one time. Returns 0, or -1 with a line
 * in `error`. */
int ob_triage_work(struct ob_triage *triage, struct ob_error *error);

/* ob_triage_explain() in a worker. Returns 0 when it has done it all. */
int ob_triage_explain_safely(const struct ob_triage *triage, const struct ob_triage_found *found,
                             const struct ob_triage_result *result, const char *directory);

/* -- buckets.c, write.c: what it comes to -- */

/* The buckets that there are, and the report of it all. */
struct ob_triage_outcome;

/* Returns NULL with a line in `error`. ob_triage_outcome_free() takes NULL as well. */
struct ob_triage_outcome *ob_triage_conclude(const struct ob_triage *triage,
                                             struct ob_error *error);
void ob_triage_outcome_free(struct ob_triage_outcome *outcome);

const struct ob_triage_report *ob_triage_outcome_report(const struct ob_triage_outcome *outcome);

/* Writes OUT. Returns 0, or -1 with a line in `error`. */
int ob_triage_write(struct ob_triage_outcome *outcome, struct ob_error *error);

#endif
