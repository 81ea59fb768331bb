#include "cli/explore_goals.h"

#include <stdlib.h>
#include <string.h>

#include "report/columns.h"
#include "search/minimize.h"
#include "triage/diagnosis.h"
#include "world/goal.h"

/* Indents each line of a scenario. */
static void add_indented(const char *lines, struct ob_text *text)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        ob_text_printf(text, "    %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

void cli_goals_add(const struct cli_explorer *explorer, const struct ob_world *world,
                   struct ob_text *text)
{
    const struct ob_goal_tally *goals = explorer->findings.goals;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_goal_context context = {
        .runs = explorer->findings.executions,
        .is_every_order = explorer->is_exhaustive && ob_exhaustive_is_all(&explorer->exhaustive),
        .is_of_states = explorer->is_exhaustive};
    for (unsigned goal = 0; goals && goal < goals->count; goal++) {
        ob_goal_seen_print(&goals->seen[goal], explorer->target, goal, &context, text);
        if (!goals->seen[goal].has_example)
            continue;
        struct ob_text example = {0};
        struct ob_scenario scenario;
        ob_scenario_decode(vocabulary, goals->seen[goal].example, goals->seen[goal].example_size,
                           &scenario);
        ob_scenario_print(vocabulary, &scenario, &example);
        add_indented(ob_text_string(&example), text);
        ob_text_release(&example);
    }
}

void cli_goals_minimize(struct cli_explorer *explorer, struct ob_world *world)
{
    struct ob_goal_tally *goals = explorer->findings.goals;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    int sought = ob_world_goal_sought(world);
    for (unsigned goal = 0; goals && goal < goals->count; goal++) {
        struct ob_goal_seen *seen = &goals->seen[goal];
        struct ob_scenario scenario;
        if (!seen->has_example || cli_explore_interrupted())
            continue;
        ob_scenario_decode(vocabulary, seen->example, seen->example_size, &scenario);
        ob_world_until_goal(world, (int)goal);
        if (ob_minimize(world, &scenario, &scenario, NULL, NULL) == 0)
            seen->example_size = (uint16_t)ob_scenario_encode(vocabulary, &scenario, seen->example,
                                                              sizeof seen->example);
    }
    ob_world_until_goal(world, sought);
}

const struct ob_finding *cli_goal_found(const struct cli_explorer *explorer)
{
    const struct ob_findings *findings = &explorer->findings;
    const char *goal = explorer->judges.until_goal;
    for (unsigned index = 0; goal && index < findings->finding_count; index++)
        if (findings->findings[index].has_example &&
            strcmp(findings->findings[index].invariant, goal) == 0)
            return &findings->findings[index];
    return NULL;
}

void cli_goal_explain(const struct cli_explorer *explorer, struct ob_world *world,
                      struct ob_text *text)
{
    const struct ob_finding *found = cli_goal_found(explorer);
    struct ob_error error = {{0}};
    struct ob_world *near =
        found ? cli_open_judged(explorer->specification, &explorer->judges, &error) : NULL;
    struct ob_diagnosis *diagnosis = near ? calloc(1, sizeof *diagnosis) : NULL;
    cli_watch_world(near ? explorer->watched : NULL, near);
    const struct ob_columns_options options = {.story = diagnosis ? &diagnosis->story : NULL};
    if (diagnosis && ob_diagnose(diagnosis, world, near, found->example, NULL, &error) == 0) {
        ob_text_printf(text, "\n");
        ob_report_columns(diagnosis->story.run.world, diagnosis->story.run.scenario, &options,
                          text);
        ob_diagnosis_print(diagnosis, OB_COLUMNS_WIDTH, text);
        ob_diagnosis_release(diagnosis);
    }
    free(diagnosis);
    ob_world_destroy(near);
}
