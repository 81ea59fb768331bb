/* Walks in several processes. Each sends what it has found through a pipe when it is done. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/transfer.h"
#include "cli/cli.h"
#include "cli/explorer.h"

struct job {
    pid_t process;
    int file;
};

/* The processes of one exploration. */
struct team {
    struct job *jobs;
    unsigned count;
    const struct ob_target *target;
};

/* Who asked the first process to end means all of them. */
static void pass_on_interruption(void *context)
{
    const struct team *team = context;

    for (unsigned index = 0; cli_explore_interrupted() && index < team->count; index++)
        (void)kill(team->jobs[index].process, SIGTERM);
}

/* The structure as it is, then what its pointers lead to: sender and receiver are one program. */
static int send_findings(int file, const struct ob_target *target,
                         const struct ob_findings *findings)
{
    int result = ob_write_all(file, findings, sizeof *findings);
    if (result == 0)
        result = ob_write_all(file, findings->traces.entries,
                              findings->traces.capacity * sizeof *findings->traces.entries);
    if (result == 0 && findings->goals)
        result = ob_write_all(file, findings->goals, ob_goal_tally_size(target));
    for (unsigned index = 0; index < findings->finding_count && result == 0; index++)
        if (findings->findings[index].has_example)
            result =
                ob_write_all(file, findings->findings[index].example, sizeof(struct ob_scenario));
    return result;
}

static int receive(int file, void *data, size_t size, struct team *team)
{
    return ob_read_all(file, data, size, pass_on_interruption, team);
}

/* Where the sender has some, `goals` is not NULL. */
static int receive_goals(int file, struct ob_findings *findings, struct team *team)
{
    if (!findings->goals)
        return 0;
    findings->goals = ob_goal_tally_create(team->target);
    return findings->goals ? receive(file, findings->goals, ob_goal_tally_size(team->target), team)
                           : -1;
}

static int receive_findings(int file, struct ob_findings *findings, struct team *team)
{
    if (receive(file, findings, sizeof *findings, team)) {
        *findings = (struct ob_findings){0};
        return -1;
    }
    size_t size = findings->traces.capacity * sizeof *findings->traces.entries;
    findings->traces.entries = malloc(size ? size : 1);
    int result =
        findings->traces.entries ? receive(file, findings->traces.entries, size, team) : -1;
    if (result)
        findings->goals = NULL;
    else
        result = receive_goals(file, findings, team);
    for (unsigned index = 0; index < findings->finding_count; index++) {
        struct ob_finding *finding = &findings->findings[index];
        finding->example = NULL;
        if (!finding->has_example)
            continue;
        finding->example = malloc(sizeof *finding->example);
        if (!finding->example || result ||
            receive(file, finding->example, sizeof *finding->example, team))
            result = -1;
    }
    return result;
}

/* What one process does, and where it sends what it has found. */
struct share {
    const struct cli_explorer *explorer;
    unsigned number;
    int file;
};

static int work(struct cli_watched *watched, void *context)
{
    const struct share *share = context;
    struct ob_error error = {{0}};
    struct cli_explorer part = *share->explorer;
    part.watched = watched;
    int result = cli_explore_part(&part, share->number, &error);
    cli_watch_end(watched);
    if (result == 0)
        result = send_findings(share->file, share->explorer->target, &part.findings);
    if (result == 0)
        result = ob_write_all(share->file, &part.gave_up, sizeof part.gave_up);
    ob_findings_release(&part.findings);
    return result == 0 ? 0 : 1;
}

static int start(struct job *job, const struct cli_explorer *explorer, unsigned number)
{
    int files[2];
    if (pipe(files))
        return -1;
    job->process = ob_process_fork();
    if (job->process == 0) {
        (void)close(files[0]);
        struct share share = {explorer, number, files[1]};
        _exit(cli_watch(&explorer->limits, cli_explore_interrupted, work, &share));
    }
    (void)close(files[1]);
    job->file = files[0];
    if (job->process < 0) {
        (void)close(files[0]);
        return -1;
    }
    return 0;
}

int cli_explore_jobs(struct cli_explorer *explorer, struct ob_error *error)
{
    struct job *jobs = calloc(explorer->jobs, sizeof *jobs);
    struct ob_findings *part = calloc(1, sizeof *part);
    unsigned started = 0;
    int result = 0;
    if (!jobs || !part) {
        free(part);
        free(jobs);
        return ob_error_set(error, "memory is short");
    }
    while (result == 0 && started < explorer->jobs)
        if (start(&jobs[started], explorer, started))
            result = ob_error_set(error, "cannot start a process: %s", strerror(errno));
        else
            started++;
    struct team team = {.jobs = jobs, .count = started, .target = explorer->target};
    for (unsigned index = 0; index < started; index++) {
        int status = 0;
        const char *gave_up = NULL;
        int received = receive_findings(jobs[index].file, part, &team);
        if (received == 0)
            received = receive(jobs[index].file, &gave_up, sizeof gave_up, &team);
        if (received == 0 && gave_up)
            explorer->gave_up = gave_up;
        (void)close(jobs[index].file);
        (void)ob_process_wait(jobs[index].process, &status);
        if ((received || status != 0) && result == 0)
            result = ob_error_set(
                error, "one of the processes ended before it was done (status %d)", status);
        ob_findings_merge(&explorer->findings, part);
    }
    free(part);
    free(jobs);
    return result;
}
