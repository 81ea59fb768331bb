#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/columns.h"
#include "report/html.h"
#include "report/json_trace.h"
#include "search/minimize.h"
#include "search/signature.h"
#include "triage/decision.h"
#include "triage/diagnosis.h"
#include "triage/triage.h"
#include "world/known_outcome.h"
#include "world/run.h"

#define REPORT_MAX ((size_t)8 << 10) /* of what a sanitizer says */

/* The worlds of one input, and how they are run. */
struct session {
    struct ob_world *worlds[2];
    struct ob_forked *forked; /* NULL where runs are made in this process */
    bool hangs;               /* the input does: runs have less time while its cause is sought */
};

static int open_session(struct session *session, const struct ob_triage *triage,
                        const struct ob_triage_found *found, bool is_guarded,
                        struct ob_worker_page *page, struct ob_error *error)
{
    memset(session, 0, sizeof *session);
    for (unsigned index = 0; index < 2; index++) {
        session->worlds[index] = ob_world_create(found->target, found->variant, error);
        if (!session->worlds[index])
            return -1;
    }
    if (is_guarded) {
        session->forked = ob_forked_create(&triage->limits, error);
        if (!session->forked)
            return -1;
    }
    for (unsigned index = 0; index < 2; index++)
        ob_world_set_runner(session->worlds[index], is_guarded ? ob_forked_run : ob_worker_run,
                            is_guarded ? (void *)session->forked : page);
    return 0;
}

static void close_session(struct session *session)
{
    for (unsigned index = 0; index < 2; index++)
        ob_world_destroy(session->worlds[index]);
    ob_forked_destroy(session->forked);
}

static void hurry(const struct session *session, bool hurry)
{
    if (session->forked && session->hangs)
        ob_forked_shorten_limit(session->forked, hurry);
}

/* -- replays -- */

static bool is_same(const struct ob_verdict *a, const struct ob_verdict *b)
{
    return a->outcome == b->outcome && a->trace_hash == b->trace_hash &&
           strcmp(a->invariant, b->invariant) == 0;
}

/* Runs it as often as is wanted. `first` becomes the verdict that failed first, or the last one. */
static void replay(struct session *session, const struct ob_scenario *scenario, unsigned repeats,
                   struct ob_verdict *first, struct ob_triage_result *result)
{
    bool is_stable = true;

    for (unsigned count = 0; count < repeats; count++) {
        if (session->forked)
            ob_forked_forget(session->forked);
        const struct ob_verdict *verdict = ob_world_run(session->worlds[0], scenario);
        bool fails = verdict->outcome == OB_VIOLATED;
        is_stable = is_stable && (count == 0 || is_same(first, verdict));
        if (count == 0 || (fails && first->outcome != OB_VIOLATED))
            *first = *verdict;
        result->fails += fails;
        /* That it takes its time was seen; that it is still at it then shows sooner. */
        session->hangs = first->failure == OB_HANG;
        hurry(session, true);
    }
    hurry(session, false);
    result->repeats = repeats;
    result->state = result->fails == 0 ? OB_TRIAGE_PASSES
                    : is_stable        ? OB_TRIAGE_FAILS
                                       : OB_TRIAGE_FLAKY;
}

/* In a run that passes a leak shows only to who looks for it. */
static bool has_leak(const struct ob_triage *triage, struct session *session,
                     const struct ob_scenario *scenario)
{
    struct ob_forked *forked = ob_forked_create(&triage->limits, NULL);
    bool leaks = false;

    if (!forked)
        return false;
    ob_world_set_runner(session->worlds[0], ob_forked_run, forked);
    leaks = ob_world_run(session->worlds[0], scenario)->outcome == OB_VIOLATED;
    ob_world_set_runner(session->worlds[0], NULL, NULL);
    ob_forked_destroy(forked);
    return leaks;
}

/* -- what a sanitizer has said -- */

/* Up to its summary, without what is different each time: addresses and numbers of processes. */
static char *clean_report(const char *said)
{
    const char *end = strstr(said, "SUMMARY: ");
    struct ob_text text = {0};

    if (*said == '\0')
        return NULL;
    size_t length = end ? (size_t)(end - said) + strcspn(end, "\n") : strlen(said);
    for (const char *at = said; at < said + length && text.length < REPORT_MAX;) {
        if (at[0] == '0' && at[1] == 'x' && isxdigit((unsigned char)at[2])) {
            ob_text_printf(&text, "0x?");
            at += 2 + strspn(at + 2, "0123456789abcdefABCDEF");
        } else if (at[0] == '=' && at[1] == '=' && isdigit((unsigned char)at[2])) {
            ob_text_printf(&text, "==");
            at += 2 + strspn(at + 2, "0123456789");
        } else {
            ob_text_append(&text, at++, 1);
        }
    }
    if (text.length && text.data[text.length - 1] != '\n')
        ob_text_printf(&text, "\n");
    return text.failed ? NULL : text.data;
}

/* -- minimizing and signing -- */

static void copy_text(char *to, size_t size, const struct ob_text *text)
{
    (void)snprintf(to, size, "%s", ob_text_string(text));
}

static void set_scenario(struct ob_triage_result *result, const struct ob_world *world,
                         const struct ob_scenario *scenario, const struct ob_verdict *verdict)
{
    result->messages = scenario->message_count;
    result->deviations = scenario->deviation_count;
    result->size = ob_scenario_encode(ob_world_vocabulary(world), scenario, result->bytes,
                                      sizeof result->bytes);
    result->failure = verdict->failure;
    (void)snprintf(result->invariant, sizeof result->invariant, "%s", verdict->invariant);
    (void)snprintf(result->detail, sizeof result->detail, "%s", verdict->detail);
    (void)snprintf(result->trace, sizeof result->trace, "%016llx",
                   (unsigned long long)verdict->trace_hash);
}

static void sign(struct session *session, const struct ob_scenario *minimal,
                 struct ob_triage_result *result, struct ob_error *error)
{
    struct ob_world *world = session->worlds[0];
    struct ob_explanation *explanation = calloc(1, sizeof *explanation);
    struct ob_sanitizer_report report;
    struct ob_text text = {0};

    hurry(session, true);
    if (!explanation ||
        ob_explain(world, session->worlds[1], minimal, session->forked, explanation)) {
        (void)ob_error_set(error, "out of memory");
        free(explanation);
        return;
    }
    if (session->forked)
        ob_forked_forget(session->forked);
    const struct ob_verdict *verdict = ob_world_run(world, minimal);
    set_scenario(result, world, minimal, verdict);
    if (session->forked && (verdict->failure == OB_MEMORY_ERROR || verdict->failure == OB_LEAK))
        result->report = clean_report(ob_forked_report(session->forked));
    bool has_report = result->report && ob_sanitizer_parse(result->report, &report);
    const struct ob_signed known = {
        .scenario = minimal, .explanation = explanation, .report = has_report ? &report : NULL};
    ob_signature_add(world, &known, &text);
    copy_text(result->signature, sizeof result->signature, &text);
    ob_text_release(&text);
    ob_signature_add_orders(world, explanation, &text);
    copy_text(result->orders, sizeof result->orders, &text);
    ob_text_release(&text);
    ob_signature_add_shared(world, explanation, &text);
    copy_text(result->shared, sizeof result->shared, &text);
    ob_text_release(&text);
    ob_add_decision_line(world, minimal, explanation, &text);
    copy_text(result->decides, sizeof result->decides, &text);
    ob_text_release(&text);
    free(explanation);
}

static void minimize_and_sign(struct session *session, const struct ob_scenario *scenario,
                              const struct ob_verdict *verdict, struct ob_triage_result *result,
                              struct ob_error *error)
{
    struct ob_minimize_stats stats;
    struct ob_scenario minimal = {.message_count = 0};
    struct ob_text text = {0};

    if (session->forked)
        ob_forked_find_leaks(session->forked, verdict->failure == OB_LEAK);
    if (result->state == OB_TRIAGE_FLAKY) {
        set_scenario(result, session->worlds[0], scenario, verdict);
        ob_signature_add_flaky(session->worlds[0], verdict, &text);
        copy_text(result->signature, sizeof result->signature, &text);
        ob_text_release(&text);
        return;
    }
    if (ob_minimize_forked(session->worlds[0], session->forked, session->hangs, scenario, &minimal,
                           &stats, error))
        return;
    result->is_minimal = !stats.is_cut_short;
    sign(session, &minimal, result, error);
}

static void examine(const struct ob_triage *triage, const struct ob_triage_job *job,
                    struct session *session, const struct ob_scenario *scenario,
                    struct ob_triage_result *result, struct ob_error *error)
{
    struct ob_verdict first = {.failure = OB_NO_FAILURE};

    replay(session, scenario, triage->repeats, &first, result);
    if (result->state == OB_TRIAGE_PASSES && !job->is_guarded && ob_forked_can_find_leaks() &&
        has_leak(triage, session, scenario))
        _Exit(OB_TRIAGE_GUARD);
    if (result->state == OB_TRIAGE_PASSES && first.outcome == OB_CUT)
        (void)snprintf(result->reason, sizeof result->reason,
                       "reaches a bound of the simulation: %s", first.detail);
    if (result->fails > 0)
        minimize_and_sign(session, scenario, &first, result, error);
}

static int read_content(const struct ob_triage *triage, const struct ob_triage_found *found,
                        const struct ob_world *world, struct ob_scenario *scenario,
                        struct ob_error *error)
{
    char *path = ob_triage_content_path(triage, found->hash);
    uint8_t *data = NULL;
    size_t size = 0;

    if (!path)
        return ob_error_set(error, "out of memory");
    int failed = ob_file_read(path, OB_SCENARIO_FILE_BYTES_MAX, &data, &size, error);
    free(path);
    if (!failed)
        failed =
            ob_scenario_read(ob_world_vocabulary(world), "the input", data, size, scenario, error);
    free(data);
    return failed;
}

void ob_triage_judge(const struct ob_triage *triage, const struct ob_triage_job *job,
                     struct ob_worker_page *page, struct ob_triage_result *result)
{
    const struct ob_triage_found *found = &triage->found[job->found];
    struct ob_scenario scenario = {.message_count = 0};
    struct ob_error error = {{0}};
    struct session session;

    memset(result, 0, sizeof *result);
    if (open_session(&session, triage, found, job->is_guarded, page, &error)) {
        result->state = OB_TRIAGE_TROUBLE;
    } else if (read_content(triage, found, session.worlds[0], &scenario, &error)) {
        result->state = OB_TRIAGE_BROKEN;
    } else {
        examine(triage, job, &session, &scenario, result, &error);
        if (error.text[0] != '\0')
            result->state = OB_TRIAGE_TROUBLE;
    }
    if (error.text[0] != '\0')
        (void)snprintf(result->reason, sizeof result->reason, "%s", error.text);
    close_session(&session);
}

/* -- the files of a bucket -- */

static int write_text(const char *directory, const char *name, struct ob_text *text,
                      struct ob_error *error)
{
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/%s", directory, name);
    int failed =
        text->failed || path.failed
            ? ob_error_set(error, "out of memory")
            : ob_file_replace(ob_text_string(&path), ob_text_string(text), text->length, error);
    ob_text_release(&path);
    ob_text_release(text);
    return failed;
}

static int write_story(const struct ob_diagnosis *diagnosis, const char *directory,
                       struct ob_error *error)
{
    const struct ob_story *story = &diagnosis->story;
    const struct ob_columns_options options = {.width = OB_COLUMNS_WIDTH, .story = story};
    struct ob_text text = {0};

    ob_report_columns(story->run.world, story->run.scenario, &options, &text);
    ob_diagnosis_print(diagnosis, OB_COLUMNS_WIDTH, &text);
    if (write_text(directory, "explain.txt", &text, error))
        return -1;
    if (ob_report_html(story, &text, error) || write_text(directory, "explain.html", &text, error))
        return -1;
    if (ob_report_json(story, &text, error) || write_text(directory, "explain.json", &text, error))
        return -1;
    return 0;
}

int ob_triage_explain(const struct ob_triage *triage, const struct ob_triage_found *found,
                      const struct ob_triage_result *result, const char *directory,
                      struct ob_worker_page *page)
{
    struct ob_diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    struct ob_scenario scenario;
    struct ob_error error = {{0}};
    struct session session;
    bool is_guarded = result->failure != OB_INVARIANT_VIOLATED;

    int failed = !diagnosis || open_session(&session, triage, found, is_guarded, page, &error);
    if (!failed) {
        ob_scenario_decode(ob_world_vocabulary(session.worlds[0]), result->bytes, result->size,
                           &scenario);
        if (is_guarded)
            ob_forked_find_leaks(session.forked, result->failure == OB_LEAK);
        session.hangs = result->failure == OB_HANG;
        hurry(&session, true);
        failed = ob_diagnose(diagnosis, session.worlds[0], session.worlds[1], &scenario,
                             session.forked, &error) ||
                 write_story(diagnosis, directory, &error);
        ob_diagnosis_release(diagnosis);
        close_session(&session);
    }
    free(diagnosis);
    return failed ? 1 : 0;
}
