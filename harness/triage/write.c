/* The files that show the bugs: OUT/buckets, pages, and lists for programs. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "triage/outcome.h"

/* Writes a file below OUT and releases its text; nothing for an empty one. */
static int write_file(const struct ob_triage *triage, const char *directory, const char *name,
                      struct ob_text *text, struct ob_error *error)
{
    struct ob_text path = {0};
    int failed = 0;

    ob_text_printf(&path, "%s/%s%s%s", triage->output, directory, *directory ? "/" : "", name);
    if (text->failed || path.failed)
        failed = ob_error_set(error, "out of memory");
    else if (text->length > 0)
        failed = ob_file_replace(ob_text_string(&path), text->data, text->length, error);
    ob_text_release(&path);
    ob_text_release(text);
    return failed;
}

static bool exists(const struct ob_triage *triage, const char *directory, const char *name)
{
    struct ob_text path = {0};
    struct stat status;

    ob_text_printf(&path, "%s/%s/%s", triage->output, directory, name);
    bool found = !path.failed && stat(ob_text_string(&path), &status) == 0;
    ob_text_release(&path);
    return found;
}

/* Whether the explanation of a bucket is there already, and of this scenario. */
static bool is_told(const struct ob_triage *triage, const struct ob_triage_made *made)
{
    struct ob_text path = {0};
    uint8_t *data = NULL;
    size_t size = 0;

    ob_text_printf(&path, "%s/told-%s", triage->state_path, made->id);
    bool told = !path.failed &&
                ob_file_read(ob_text_string(&path), OB_SHA256_HEX, &data, &size, NULL) == 0 &&
                size == strlen(made->key) && memcmp(data, made->key, size) == 0 &&
                exists(triage, made->directory, "explain.html") &&
                exists(triage, made->directory, "explain.txt") &&
                exists(triage, made->directory, "explain.json");
    free(data);
    ob_text_release(&path);
    return told;
}

static int explain(struct ob_triage_outcome *outcome, struct ob_triage_made *made,
                   struct ob_error *error)
{
    const struct ob_triage *triage = outcome->triage;
    struct ob_text directory = {0};
    struct ob_text mark = {0};
    struct ob_text path = {0};
    int failed = 0;

    made->bucket.has_explanation = is_told(triage, made);
    if (made->bucket.has_explanation || made->result->state != OB_TRIAGE_FAILS)
        return 0;
    ob_text_printf(&directory, "%s/%s", triage->output, made->directory);
    ob_text_printf(&path, "%s/told-%s", triage->state_path, made->id);
    ob_text_printf(&mark, "%s", made->key);
    if (directory.failed || path.failed || mark.failed) {
        failed = ob_error_set(error, "out of memory");
    } else if (ob_triage_explain_safely(triage, made->found, made->result, directory.data) == 0) {
        made->bucket.has_explanation = true;
        failed = ob_file_replace(path.data, mark.data, mark.length, error);
    }
    ob_text_release(&directory);
    ob_text_release(&path);
    ob_text_release(&mark);
    return failed;
}

static int write_bucket(struct ob_triage_outcome *outcome, struct ob_triage_made *made,
                        struct ob_error *error)
{
    const struct ob_triage *triage = outcome->triage;
    struct ob_text text = {0};
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/%s", triage->output, made->directory);
    if (path.failed || (mkdir(path.data, 0777) && errno != EEXIST)) {
        (void)ob_error_set(error, "%s: %s", ob_text_string(&path), strerror(errno));
        ob_text_release(&path);
        return -1;
    }
    ob_text_release(&path);
    ob_text_append(&text, (const char *)made->result->bytes, made->result->size);
    if (write_file(triage, made->directory, "scenario.bin", &text, error))
        return -1;
    ob_text_printf(&text, "%s", made->bucket.scenario);
    if (write_file(triage, made->directory, "scenario.txt", &text, error))
        return -1;
    ob_text_printf(&text, "%s", made->bucket.report);
    if (write_file(triage, made->directory, "sanitizer.txt", &text, error))
        return -1;
    return explain(outcome, made, error);
}

static int write_pages(struct ob_triage_outcome *outcome, struct ob_error *error)
{
    const struct ob_triage_report *report = &outcome->report;
    struct ob_text text = {0};

    for (size_t index = 0; index < report->bucket_count; index++) {
        const struct ob_triage_bucket *bucket = report->buckets[index];
        if (ob_triage_write_bucket_html(report, bucket, &text, error) ||
            write_file(outcome->triage, bucket->directory, "index.html", &text, error))
            return -1;
    }
    if (ob_triage_write_index_html(report, &text, error) ||
        write_file(outcome->triage, "", "index.html", &text, error) ||
        ob_triage_write_sarif(report, &text, error) ||
        write_file(outcome->triage, "", "triage.sarif", &text, error))
        return -1;
    ob_triage_write_json(report, &text);
    return write_file(outcome->triage, "", "triage.json", &text, error);
}

/* What a run that was killed was about to write. */
static void sweep_bucket(const struct ob_triage *triage, const char *id)
{
    struct ob_text path = {0};
    ob_text_printf(&path, "%s/buckets/%s", triage->output, id);
    if (!path.failed)
        ob_file_sweep(path.data);
    ob_text_release(&path);
}

/* Of a folder only what triage itself writes is removed. */
static void remove_bucket(const struct ob_triage *triage, const char *id)
{
    static const char *const names[] = {
        "/scenario.bin", "/scenario.txt", "/sanitizer.txt", "/index.html",
        "/explain.html", "/explain.txt",  "/explain.json",  ""};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        struct ob_text path = {0};
        ob_text_printf(&path, "%s/buckets/%s%s", triage->output, id, names[index]);
        if (!path.failed)
            (void)remove(path.data);
        ob_text_release(&path);
    }
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Folders of buckets that an earlier run has written and that are no more. */
static int remove_stale(const struct ob_triage_outcome *outcome, struct ob_error *error)
{
    size_t count = outcome->bucket_count;
    const char **ids = calloc(count + 1, sizeof *ids);
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/buckets", outcome->triage->output);
    if (!ids || path.failed) {
        free((void *)ids);
        ob_text_release(&path);
        return ob_error_set(error, "out of memory");
    }
    for (size_t index = 0; index < count; index++)
        ids[index] = outcome->buckets[index]->id;
    qsort(ids, count, sizeof *ids, compare_ids);
    DIR *directory = opendir(path.data);
    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry;
         entry = readdir(directory)) {
        const char *id = entry->d_name;
        if (strlen(id) != OB_TRIAGE_ID_LENGTH)
            continue;
        sweep_bucket(outcome->triage, id);
        if (!bsearch(&id, ids, count, sizeof *ids, compare_ids))
            remove_bucket(outcome->triage, id);
    }
    if (directory)
        (void)closedir(directory);
    ob_text_release(&path);
    free((void *)ids);
    return 0;
}

int ob_triage_write(struct ob_triage_outcome *outcome, struct ob_error *error)
{
    for (size_t index = 0; index < outcome->bucket_count; index++)
        if (write_bucket(outcome, &outcome->made[index], error))
            return -1;
    if (remove_stale(outcome, error))
        return -1;
    ob_file_sweep(outcome->triage->output);
    return write_pages(outcome, error);
}
