/*
 * The parts of `offbeat triage`: what is collected from folders, what becomes of one input, and
 * what is made of all of them. What is found out of an input is kept in OUT/state/, by content, so
 * that it is never found out twice.
 */
#ifndef OFFBEAT_CLI_TRIAGE_H
#define OFFBEAT_CLI_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "cli/worker.h"
#include "report/triage.h"
#include "search/forked.h"
#include "search/signature.h"
#include "world/world.h"

#define CLI_TRIAGE_INPUTS_MAX ((size_t)1 << 20)

/* A path that was found. */
struct cli_triage_found {
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
struct cli_triage {
    struct ob_forked_options limits;
    unsigned repeats;
    unsigned jobs_at_once;
    unsigned width;                 /* of the table */
    const struct ob_target *target; /* that was asked for; NULL: what paths say */
    unsigned variant;
    const char *output;
    int state_directory;  /* OUT/state */
    int inputs_directory; /* OUT/state/inputs */
    char *state_path;
    char executable[OB_SHA256_HEX];
    struct cli_triage_found *found; /* sorted by path */
    size_t found_count;
    size_t found_capacity;
    struct cli_triage_job {
        size_t found;            /* an input of this content */
        char key[OB_SHA256_HEX]; /* of content, target, executable and limits */
        bool is_known;           /* its result is in OUT/state */
        bool is_guarded;         /* every run of it in a process of its own */
    } * jobs;
    size_t job_count;
    size_t duplicates;
    size_t judged; /* jobs that were not known yet */
};

/* What became of an input. Strings are "" where there is nothing to say. */
struct cli_triage_result {
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
    char *report; /* of a sanitizer, NULL for none; freed by cli_triage_result_release() */
    size_t size;
    uint8_t bytes[OB_SCENARIO_BYTES_MAX]; /* last, so that what is kept of many can be cut */
};

/* -- triage_collect.c: finding inputs -- */

/* Adds what lies at a path and below it, and copies it to OUT/state/inputs. Returns 0, or -1 with a
 * line in `error` when the path itself cannot be read or nothing can be written. */
int cli_triage_collect(struct cli_triage *triage, const char *path, struct ob_error *error);

/* Where the content of an input is. The caller frees it; NULL when memory is short. */
char *cli_triage_content_path(const struct cli_triage *triage, const char *hash);

/* -- triage_told.c: whose inputs they are -- */

/* The target and variant that a path names, the longest of them in its last part that names one.
 * With `only`, of that target alone. Returns false when it names none. */
bool cli_triage_told(const char *path, const struct ob_target *only,
                     const struct ob_target **target, unsigned *variant);

/* -- triage_judge.c: one input -- */

/* Finds out what becomes of the input of a job. Runs the target: for a worker. */
void cli_triage_judge(const struct cli_triage *triage, const struct cli_triage_job *job,
                      struct cli_worker_page *page, struct cli_triage_result *result);

/* The code with which a worker asks for one in which every run has a process of its own. */
#define CLI_TRIAGE_GUARD 42

/* Writes the files of a bucket that a run of the target is needed for, into OUT/directory. For a
 * worker, too. */
int cli_triage_tell(const struct cli_triage *triage, const struct cli_triage_found *found,
                    const struct cli_triage_result *result, const char *directory,
                    struct cli_worker_page *page);

/* -- triage_state.c: what is kept -- */

/* Returns 0; 1 when nothing is kept of that key, or nothing that can be read; -1 with a line. */
int cli_triage_load(const struct cli_triage *triage, const char *key,
                    struct cli_triage_result *result);
int cli_triage_keep(const struct cli_triage *triage, const char *key,
                    const struct cli_triage_result *result, struct ob_error *error);
void cli_triage_result_release(struct cli_triage_result *result);

/* -- triage_work.c: all of them, in workers -- */

/* Finds out what is not known yet. Returns 0, or -1 with a line in `error`. */
int cli_triage_work(struct cli_triage *triage, struct ob_error *error);

/* cli_triage_tell() in a worker. Returns 0 when it has done it all. */
int cli_triage_tell_safely(const struct cli_triage *triage, const struct cli_triage_found *found,
                           const struct cli_triage_result *result, const char *directory);

/* -- triage_result.c: what it comes to -- */

/* Writes OUT, prints the table. Returns an enum cli_exit. */
int cli_triage_finish(struct cli_triage *triage);

#endif
