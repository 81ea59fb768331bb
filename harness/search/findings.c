#include "search/findings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "search/transcribe.h"
#include "world/goal.h"
#include "world/run.h"
#include "world/trace.h"

static struct ob_finding *finding_of(struct ob_findings *findings, const char *invariant)
{
    for (unsigned index = 0; index < findings->finding_count; index++)
        if (strcmp(findings->findings[index].invariant, invariant) == 0)
            return &findings->findings[index];
    if (findings->finding_count == OB_FINDINGS_MAX)
        return &findings->findings[OB_FINDINGS_MAX - 1];
    struct ob_finding *finding = &findings->findings[findings->finding_count++];
    *finding = (struct ob_finding){.count = 0};
    (void)snprintf(finding->invariant, sizeof finding->invariant, "%s", invariant);
    return finding;
}

static void take_example(struct ob_finding *finding, struct ob_scenario *example, bool is_walk,
                         uint64_t number)
{
    free(finding->example);
    finding->example = example;
    finding->has_example = true;
    finding->is_walk = is_walk;
    finding->example_at = number;
}

/* Deviations say more than a walk. Where none are found that do the same, the walk is the example,
 * the first one; an order that no record says leaves the search to a later violation. */
static void seek_example(struct ob_finding *finding, const struct ob_world *explored,
                         struct ob_world *replay, const struct ob_scenario *scenario,
                         uint64_t number)
{
    struct ob_scenario *example = malloc(sizeof *example);
    /* Of a run that hangs, each try would take all of the time. */
    bool may_try = example && finding->failure != OB_HANG;

    if (may_try && ob_transcribe(explored, replay, scenario, example)) {
        take_example(finding, example, false, number);
        return;
    }
    if (example && !finding->has_example && ob_scenario_has_op(scenario, OB_WALK)) {
        ob_scenario_copy(example, scenario);
        const struct ob_verdict *verdict = ob_world_run(replay, example);
        if (verdict->outcome == OB_VIOLATED &&
            strcmp(verdict->invariant, finding->invariant) == 0) {
            take_example(finding, example, true, number);
            return;
        }
    }
    free(example);
}

static void note_execution(struct ob_findings *findings, const struct ob_world *explored)
{
    findings->executions++;
    ob_runs_add(&findings->runs, ob_world_verdict(explored)->bound,
                ob_world_delivery_count(explored));
    ob_shown_add(&findings->shown, explored);
}

/* A walk is an input as others are: it reaches again what it has reached. */
static void note_goals(struct ob_findings *findings, const struct ob_world *explored,
                       const struct ob_scenario *scenario, uint64_t number)
{
    const struct ob_target *target = ob_world_target(explored);
    if (ob_goal_count(target) == 0)
        return;
    if (!findings->goals)
        findings->goals = ob_goal_tally_create(target);
    findings->out_of_memory |= !findings->goals;
    ob_goal_tally_run(findings->goals, explored, scenario, number);
}

#define EXAMPLE_TRIES 100u

void ob_findings_add(struct ob_findings *findings, const struct ob_world *explored,
                     struct ob_world *replay, const struct ob_scenario *scenario, uint64_t number)
{
    const struct ob_verdict *verdict = ob_world_verdict(explored);
    note_execution(findings, explored);
    if (ob_tally_add(&findings->traces, ob_world_causal_hash(explored), 1) < 0)
        findings->out_of_memory = true;
    note_goals(findings, explored, scenario, number);
    if (verdict->outcome != OB_VIOLATED)
        return;
    struct ob_finding *finding = finding_of(findings, verdict->invariant);
    findings->violating++;
    finding->failure = verdict->failure;
    if (finding->count++ == 0)
        finding->first = number;
    if ((!finding->has_example || finding->is_walk) && finding->count <= EXAMPLE_TRIES)
        seek_example(finding, explored, replay, scenario, number);
}

void ob_findings_add_trace(struct ob_findings *findings, const struct ob_world *explored,
                           uint64_t trace)
{
    note_execution(findings, explored);
    if (ob_tally_add(&findings->traces, trace, 1) < 0)
        findings->out_of_memory = true;
}

void ob_findings_add_violation(struct ob_findings *findings, const struct ob_verdict *verdict,
                               const struct ob_scenario *example, uint64_t number)
{
    struct ob_finding *finding = finding_of(findings, verdict->invariant);
    finding->failure = verdict->failure;
    if (finding->count++ == 0)
        finding->first = number;
    finding->unwritten += example == NULL;
    if (!example || finding->has_example)
        return;
    struct ob_scenario *copy = malloc(sizeof *copy);
    if (!copy) {
        findings->out_of_memory = true;
        return;
    }
    ob_scenario_copy(copy, example);
    take_example(finding, copy, false, number);
}

bool ob_findings_has(const struct ob_findings *findings, const char *invariant)
{
    for (unsigned index = 0; index < findings->finding_count; index++)
        if (strcmp(findings->findings[index].invariant, invariant) == 0)
            return true;
    return false;
}

bool ob_findings_written(const struct ob_findings *findings, const char *invariant)
{
    for (unsigned index = 0; index < findings->finding_count; index++)
        if (findings->findings[index].has_example &&
            (!invariant || strcmp(findings->findings[index].invariant, invariant) == 0))
            return true;
    return false;
}

/* Which of two examples is kept does not depend on who found them. */
static bool is_better_example(const struct ob_finding *one, const struct ob_finding *other)
{
    if (!one->has_example || !other->has_example)
        return one->has_example;
    if (one->is_walk != other->is_walk)
        return other->is_walk;
    return one->example_at < other->example_at;
}

static void merge_finding(struct ob_findings *findings, struct ob_finding *other)
{
    struct ob_finding *finding = finding_of(findings, other->invariant);
    if (finding->count == 0 || other->first < finding->first)
        finding->first = other->first;
    finding->failure = other->failure;
    finding->count += other->count;
    finding->unwritten += other->unwritten;
    assert(finding->unwritten <= finding->count);
    if (!is_better_example(other, finding))
        return;
    take_example(finding, other->example, other->is_walk, other->example_at);
    other->example = NULL;
}

void ob_findings_merge(struct ob_findings *findings, struct ob_findings *other)
{
    findings->executions += other->executions;
    findings->violating += other->violating;
    ob_shown_merge(&findings->shown, &other->shown);
    ob_runs_merge(&findings->runs, &other->runs);
    if (findings->goals) {
        ob_goal_tally_merge(findings->goals, other->goals);
    } else {
        findings->goals = other->goals;
        other->goals = NULL;
    }
    findings->out_of_memory |= other->out_of_memory;
    for (size_t at = 0; at < other->traces.capacity; at++) {
        const struct ob_tally_entry *entry = &other->traces.entries[at];
        if (entry->count && ob_tally_add(&findings->traces, entry->number, entry->count) < 0)
            findings->out_of_memory = true;
    }
    for (unsigned index = 0; index < other->finding_count; index++)
        merge_finding(findings, &other->findings[index]);
    ob_findings_release(other);
}

void ob_findings_release(struct ob_findings *findings)
{
    for (unsigned index = 0; index < findings->finding_count; index++)
        free(findings->findings[index].example);
    ob_tally_release(&findings->traces);
    free(findings->goals);
    *findings = (struct ob_findings){0};
}
