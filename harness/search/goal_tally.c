#include "search/goal_tally.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "world/goal.h"

size_t ob_goal_tally_size(const struct ob_target *target)
{
    unsigned count = ob_goal_count(target);
    return count ? sizeof(struct ob_goal_tally) + count * sizeof(struct ob_goal_seen) : 0;
}

struct ob_goal_tally *ob_goal_tally_create(const struct ob_target *target)
{
    size_t size = ob_goal_tally_size(target);
    struct ob_goal_tally *tally = size ? calloc(1, size) : NULL;
    if (tally)
        ob_goal_tally_begin(tally, target);
    return tally;
}

void ob_goal_tally_begin(struct ob_goal_tally *tally, const struct ob_target *target)
{
    tally->count = ob_goal_count(target);
}

void ob_goal_tally_clear(struct ob_goal_tally *tally)
{
    if (tally)
        memset(tally->seen, 0, tally->count * sizeof *tally->seen);
}

/* -- adding -- */

static void add_way(struct ob_goal_seen *seen, uint64_t way)
{
    way += way == 0; /* 0 stands for a place that is free */
    uint32_t place = (uint32_t)(way >> 32 ^ way) % OB_WAY_PLACES;
    while (seen->places[place] && seen->places[place] != way)
        place = (place + 1) % OB_WAY_PLACES;
    if (seen->places[place] == way)
        return;
    if (seen->ways == OB_WAYS_MAX) {
        seen->has_more_ways = true;
        return;
    }
    seen->places[place] = way;
    seen->ways++;
    assert(seen->ways <= OB_WAYS_MAX);
}

void ob_goal_tally_add(struct ob_goal_tally *tally, const struct ob_world *world, uint32_t before,
                       uint64_t run)
{
    if (!tally)
        return;
    uint32_t reached = ob_world_goals(world) & ~before;
    for (unsigned goal = 0; goal < tally->count; goal++) {
        struct ob_goal_seen *seen = &tally->seen[goal];
        unsigned furthest = ob_world_goal_furthest(world, goal);
        if (seen->furthest < furthest)
            seen->furthest = (uint8_t)furthest;
        if (!(reached >> goal & 1))
            continue;
        if (seen->reached++ == 0)
            seen->first = run;
        if (!seen->has_more_ways) /* which no other way would change */
            add_way(seen, ob_world_goal_way(world, goal));
    }
}

static bool is_better(const struct ob_goal_seen *seen, size_t size, uint64_t run)
{
    if (!seen->has_example || size != seen->example_size)
        return !seen->has_example || size < seen->example_size;
    return run < seen->example_run;
}

void ob_goal_tally_example(struct ob_goal_tally *tally, const struct ob_vocabulary *vocabulary,
                           uint32_t goals, const struct ob_scenario *scenario, uint64_t run)
{
    size_t size = ob_scenario_record_count(scenario) * OB_RECORD_SIZE;
    for (unsigned goal = 0; tally && goal < tally->count; goal++) {
        struct ob_goal_seen *seen = &tally->seen[goal];
        if (!(goals >> goal & 1) || !is_better(seen, size, run))
            continue;
        seen->has_example = true;
        seen->example_run = run;
        seen->example_size =
            (uint16_t)ob_scenario_encode(vocabulary, scenario, seen->example, sizeof seen->example);
        assert(seen->example_size == size);
    }
}

void ob_goal_tally_run(struct ob_goal_tally *tally, const struct ob_world *world,
                       const struct ob_scenario *scenario, uint64_t run)
{
    ob_goal_tally_add(tally, world, 0, run);
    ob_goal_tally_example(tally, ob_world_vocabulary(world), ob_world_goals(world), scenario, run);
}

static void merge_seen(struct ob_goal_seen *seen, const struct ob_goal_seen *other)
{
    if (other->reached && (!seen->reached || other->first < seen->first))
        seen->first = other->first;
    seen->reached += other->reached;
    if (seen->furthest < other->furthest)
        seen->furthest = other->furthest;
    for (uint32_t place = 0; place < OB_WAY_PLACES && other->ways > 0; place++)
        if (other->places[place])
            add_way(seen, other->places[place]);
    seen->has_more_ways |= other->has_more_ways;
    if (!other->has_example || !is_better(seen, other->example_size, other->example_run))
        return;
    seen->has_example = true;
    seen->example_run = other->example_run;
    seen->example_size = other->example_size;
    memcpy(seen->example, other->example, other->example_size);
}

void ob_goal_tally_merge(struct ob_goal_tally *tally, const struct ob_goal_tally *other)
{
    for (unsigned goal = 0; tally && other && goal < tally->count; goal++)
        merge_seen(&tally->seen[goal], &other->seen[goal]);
}

/* -- printing -- */

/* The name of the last of `steps` steps that were gone; "" for none, and where they have no names.
 */
static const char *step_name(const struct ob_goal *goal, unsigned steps)
{
    return steps > 0 && goal->steps[0] ? goal->steps[steps - 1] : "";
}

static void add_unreached(const struct ob_goal_seen *seen, const struct ob_target *target,
                          unsigned goal, const struct ob_goal_context *context,
                          struct ob_text *text)
{
    const struct ob_goal *path = &target->goals[goal];
    ob_text_printf(text, context->is_every_order ? "reached in no order" : "not reached");
    if (!path->steps[0])
        return;
    if (seen->furthest == 0)
        ob_text_printf(text, "; none of %u steps", ob_goal_steps(target, goal));
    else
        ob_text_printf(text, "; furthest step %u of %u (%s)", seen->furthest,
                       ob_goal_steps(target, goal), step_name(path, seen->furthest));
}

void ob_goal_seen_print(const struct ob_goal_seen *seen, const struct ob_target *target,
                        unsigned goal, const struct ob_goal_context *context, struct ob_text *text)
{
    ob_text_printf(text, "goal %s: ", target->goals[goal].name);
    if (seen->reached == 0) {
        add_unreached(seen, target, goal, context, text);
    } else if (!seen->has_example) {
        ob_text_printf(text, "not reached, but in orders that no plain run was found to have");
    } else if (context->is_of_states) {
        ob_text_printf(text, "reached, %" PRIu32 "%s way%s", seen->ways,
                       seen->has_more_ways ? " or more" : "", ob_plural(seen->ways));
    } else {
        ob_text_printf(text, "reached by %" PRIu64 " of %" PRIu64 " run%s, %" PRIu32 "%s way%s",
                       seen->reached, context->runs, ob_plural(context->runs), seen->ways,
                       seen->has_more_ways ? " or more" : "", ob_plural(seen->ways));
    }
    ob_text_printf(text, "\n");
}

void ob_goal_tally_print(const struct ob_goal_tally *tally, const struct ob_target *target,
                         const struct ob_goal_context *context, struct ob_text *text)
{
    for (unsigned goal = 0; tally && goal < tally->count; goal++)
        ob_goal_seen_print(&tally->seen[goal], target, goal, context, text);
}

static void add_json(const struct ob_goal_seen *seen, const struct ob_vocabulary *vocabulary,
                     unsigned goal, struct ob_json *json)
{
    const struct ob_target *target = vocabulary->target;
    ob_json_object(json, NULL);
    ob_json_string(json, "name", target->goals[goal].name);
    ob_json_number(json, "reached", seen->has_example ? seen->reached : 0);
    ob_json_number(json, "ways", seen->has_example ? seen->ways : 0);
    ob_json_bool(json, "more_ways", seen->has_more_ways);
    ob_json_number(json, "steps", ob_goal_steps(target, goal));
    ob_json_number(json, "furthest", seen->furthest);
    ob_json_string(json, "furthest_step", step_name(&target->goals[goal], seen->furthest));
    if (seen->has_example) {
        struct ob_scenario *scenario = malloc(sizeof *scenario);
        struct ob_text text = {.failed = !scenario};
        if (scenario) {
            ob_scenario_decode(vocabulary, seen->example, seen->example_size, scenario);
            ob_scenario_print(vocabulary, scenario, &text);
        }
        free(scenario);
        ob_json_number(json, "first", seen->first);
        ob_json_text(json, "example", &text);
    }
    ob_json_end(json);
}

void ob_goal_tally_json(const struct ob_goal_tally *tally, const struct ob_vocabulary *vocabulary,
                        struct ob_json *json)
{
    if (!tally)
        return;
    ob_json_array(json, "goals");
    for (unsigned goal = 0; goal < tally->count; goal++)
        add_json(&tally->seen[goal], vocabulary, goal, json);
    ob_json_end(json);
}

void ob_goals_of_run(const struct ob_world *world, struct ob_text *text)
{
    const struct ob_target *target = ob_world_target(world);
    const char *separator = "";
    unsigned count = ob_goal_count(target);
    for (unsigned goal = 0; goal < count; goal++) {
        unsigned furthest = ob_world_goal_furthest(world, goal);
        if (furthest == 0)
            continue;
        ob_text_printf(text, "%s%s", separator, target->goals[goal].name);
        if (!(ob_world_goals(world) >> goal & 1))
            ob_text_printf(text, ":%u/%u", furthest, ob_goal_steps(target, goal));
        separator = ",";
    }
    if (!*separator)
        ob_text_printf(text, "none");
}
