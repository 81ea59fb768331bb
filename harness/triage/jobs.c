/* Inputs become jobs: those of one content, target and variant are one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/triage.h"

static int compare_paths(const void *a, const void *b)
{
    const struct ob_triage_found *one = a;
    const struct ob_triage_found *other = b;
    int order = strcmp(one->path, other->path);

    return order ? order : strcmp(one->hash, other->hash);
}

static void make_key(const struct ob_triage *triage, const struct ob_triage_found *found,
                     char key[OB_SHA256_HEX])
{
    char text[512];
    int length =
        snprintf(text, sizeof text, "triage 1\n%s\n%u %u %u\n%s\n%s/%s\n", triage->executable,
                 triage->repeats, triage->limits.timeout_ms, triage->limits.memory_mb, found->hash,
                 found->target->name, found->target->variants[found->variant]);

    ob_sha256_of(text, length > 0 && (size_t)length < sizeof text ? (size_t)length : sizeof text,
                 key);
}

struct keyed {
    char key[OB_SHA256_HEX];
    size_t found;
};

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *one = a;
    const struct keyed *other = b;
    int order = strcmp(one->key, other->key);

    return order ? order : (one->found > other->found) - (one->found < other->found);
}

static int compare_jobs(const void *a, const void *b)
{
    const struct ob_triage_job *one = a;
    const struct ob_triage_job *other = b;

    return (one->found > other->found) - (one->found < other->found);
}

static int make(struct ob_triage *triage, struct ob_error *error)
{
    struct keyed *keyed = calloc(triage->found_count + 1, sizeof *keyed);
    size_t count = 0;

    triage->jobs = calloc(triage->found_count + 1, sizeof *triage->jobs);
    if (!keyed || !triage->jobs) {
        free(keyed);
        return ob_error_set(error, "out of memory");
    }
    for (size_t index = 0; index < triage->found_count; index++) {
        if (!triage->found[index].target)
            continue;
        make_key(triage, &triage->found[index], keyed[count].key);
        keyed[count++].found = index;
    }
    qsort(keyed, count, sizeof *keyed, compare_keys);
    for (size_t index = 0; index < count; index++) {
        if (index > 0 && strcmp(keyed[index].key, keyed[index - 1].key) == 0) {
            triage->duplicates++;
            continue;
        }
        struct ob_triage_job *job = &triage->jobs[triage->job_count++];
        job->found = keyed[index].found;
        memcpy(job->key, keyed[index].key, sizeof job->key);
    }
    qsort(triage->jobs, triage->job_count, sizeof *triage->jobs, compare_jobs);
    /* From each input to its job: keys of jobs are found by the first input of the same key. */
    size_t first = 0;
    for (size_t index = 0; index < count; index++) {
        if (index == 0 || strcmp(keyed[index].key, keyed[index - 1].key) != 0)
            first = keyed[index].found;
        const struct ob_triage_job wanted = {.found = first};
        const struct ob_triage_job *job =
            bsearch(&wanted, triage->jobs, triage->job_count, sizeof *triage->jobs, compare_jobs);
        triage->found[keyed[index].found].job = (size_t)(job - triage->jobs);
    }
    free(keyed);
    return 0;
}

/* The same path given twice is looked at once. */
static void drop_repeated(struct ob_triage *triage)
{
    size_t kept = 0;

    for (size_t index = 0; index < triage->found_count; index++) {
        struct ob_triage_found *found = &triage->found[index];
        if (kept > 0 && compare_paths(found, &triage->found[kept - 1]) == 0) {
            free(found->path);
            free(found->reason);
            continue;
        }
        triage->found[kept++] = *found;
    }
    triage->found_count = kept;
}

int ob_triage_make_jobs(struct ob_triage *triage, struct ob_error *error)
{
    if (triage->found_count > 1)
        qsort(triage->found, triage->found_count, sizeof *triage->found, compare_paths);
    drop_repeated(triage);
    return make(triage, error);
}
