#include "search/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/segments.h"
#include "scenario/edit.h"
#include "world/run.h"
#include "world/trace.h"

#define SECONDS_MAX 2 /* a run that takes longer says nothing */
#define LINE_SIZE 256

static void add_messages(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario)
{
    for (unsigned at = 0; at < vocabulary->outside_count; at++) {
        const struct ob_input_message message = {.kind = vocabulary->outside[at].kind};
        (void)ob_scenario_insert_message(scenario, at, &message, NULL);
    }
}

/* In the child: what the second run changes goes to `line`. */
static void compare_runs(struct ob_world *world, const struct ob_scenario *scenario, char *line)
{
    struct ob_text which = {0};
    (void)ob_world_run(world, scenario); /* what happens once, such as symbols that are bound */
    struct ob_segments *segments = ob_segments_copy();
    if (!segments)
        return;
    (void)ob_world_run(world, scenario);
    if (ob_segments_changed(segments, &which))
        (void)snprintf(line, LINE_SIZE, "%s", ob_text_string(&which));
    ob_text_release(&which);
    ob_segments_free(segments);
}

static void compare_in_child(struct ob_world *world, const struct ob_scenario *scenario, char *line)
{
    (void)fflush(NULL);
    pid_t child = ob_process_fork();
    if (child > 0) {
        (void)ob_process_wait(child, NULL);
        return;
    }
    if (child < 0)
        return;
    ob_process_leave_no_core();
    ob_process_report_to(OB_DEV_NULL, NULL);
    (void)ob_process_redirect(OB_DEV_NULL, OB_DEV_NULL, OB_DEV_NULL);
    (void)alarm(SECONDS_MAX);
    compare_runs(world, scenario, line);
    _exit(0);
}

void ob_warn_outside(struct ob_world *world, const struct ob_scenario *given)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_scenario *scenario = calloc(1, sizeof *scenario);
    char *line = ob_shared_create(LINE_SIZE);

    if (scenario && line && !vocabulary->target->reset) {
        if (!given)
            add_messages(vocabulary, scenario);
        compare_in_child(world, given ? given : scenario, line);
        if (line[0])
            fprintf(stderr,
                    "offbeat: %s/%s: each run changes %s, and nothing brings it back, so that runs "
                    "depend on those before; redirect the library (EXPORTS of "
                    "offbeat_add_program()), or give the target a reset\n",
                    vocabulary->target->name, vocabulary->target->variants[vocabulary->variant],
                    line);
    }
    if (line)
        ob_shared_destroy(line, LINE_SIZE);
    free(scenario);
}
