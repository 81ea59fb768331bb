#include "cli/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "world/goal.h"
#include "world/judge.h"

#define TARGETS_MAX 256 /* considered for a guess */

static size_t target_names(const char *names[TARGETS_MAX])
{
    size_t count = 0;

    while (count < TARGETS_MAX && ob_registry[count]) {
        names[count] = ob_registry[count]->name;
        count++;
    }
    return count;
}

static int unknown_target(const char *name, struct ob_error *error)
{
    const char *names[TARGETS_MAX];
    size_t count = target_names(names);
    const char *near = ob_nearest(name, names, count);

    if (near)
        return ob_error_set(error, "unknown target \"%s\"; did you mean %s?", name, near);
    return ob_error_set(error, "unknown target \"%s\"; see offbeat list", name);
}

static void list_variants(const struct ob_target *target, struct ob_text *text)
{
    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++)
        if (target->variants[variant])
            ob_text_printf(text, "%s%s", text->length ? ", " : "", target->variants[variant]);
}

static int unknown_variant(const struct ob_target *target, const char *name, struct ob_error *error)
{
    struct ob_text variants = {0};

    list_variants(target, &variants);
    if (name)
        (void)ob_error_set(error, "target %s has no variant \"%s\" (variants: %s)", target->name,
                           name, ob_text_string(&variants));
    else
        (void)ob_error_set(error, "which variant of %s? Write %s/VARIANT (variants: %s)",
                           target->name, target->name, ob_text_string(&variants));
    ob_text_release(&variants);
    return -1;
}

static const struct ob_target *find_target(const char *name, size_t length)
{
    for (size_t index = 0; ob_registry[index]; index++)
        if (strlen(ob_registry[index]->name) == length &&
            memcmp(ob_registry[index]->name, name, length) == 0)
            return ob_registry[index];
    return NULL;
}

/* Returns the number of a variant, or -1. */
static int find_variant(const struct ob_target *target, const char *name, bool default_variant)
{
    for (int variant = 0; variant < OB_VARIANTS_MAX; variant++) {
        if (!target->variants[variant])
            continue;
        if (name ? strcmp(target->variants[variant], name) == 0 : default_variant)
            return variant;
    }
    return -1;
}

struct ob_world *cli_open_world(const char *specification, bool default_variant,
                                struct ob_error *error)
{
    const char *slash = strchr(specification, '/');
    const char *variant_name = slash ? slash + 1 : NULL;
    size_t length = slash ? (size_t)(slash - specification) : strlen(specification);
    const struct ob_target *target = find_target(specification, length);

    if (!target) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", length < 64 ? (int)length : 63, specification);
        (void)unknown_target(name, error);
        return NULL;
    }
    int variant = find_variant(target, variant_name, default_variant);
    if (variant < 0) {
        (void)unknown_variant(target, variant_name, error);
        return NULL;
    }
    return ob_world_create(target, (unsigned)variant, error);
}

bool cli_has_variant(const char *specification)
{
    const char *slash = strchr(specification, '/');
    const struct ob_target *target =
        slash ? find_target(specification, (size_t)(slash - specification)) : NULL;

    return target && find_variant(target, slash + 1, false) >= 0;
}

static int seek_goal(struct ob_world *world, const char *name, struct ob_error *error)
{
    const struct ob_target *target = ob_world_target(world);
    int goal = ob_goal_find(target, name);
    const char *near = ob_goal_nearest(target, name);

    if (goal < 0)
        return ob_error_set(error, "target %s has no goal \"%s\"%s%s%s", target->name, name,
                            near                         ? "; did you mean "
                            : ob_goal_count(target) == 0 ? ": it declares none"
                                                         : "; its first is ",
                            near                         ? near
                            : ob_goal_count(target) == 0 ? ""
                                                         : target->goals[0].name,
                            near ? "?" : "");
    ob_world_until_goal(world, goal);
    return 0;
}

struct ob_world *cli_open_judged(const char *specification, const struct cli_judges *judges,
                                 struct ob_error *error)
{
    struct ob_world *world = cli_open_world(specification, false, error);

    if (world && judges->oracles_only)
        ob_world_judge(world, OB_JUDGE_ORACLES);
    if (!world || !judges->until_goal || seek_goal(world, judges->until_goal, error) == 0)
        return world;
    ob_world_destroy(world);
    return NULL;
}

const char *cli_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int cli_read_input(const struct ob_world *world, const char *path, struct cli_input *input,
                   struct ob_error *error)
{
    if (ob_file_read(path, OB_SCENARIO_FILE_BYTES_MAX, &input->data, &input->size, error))
        return -1;
    input->is_text = ob_scenario_form(path, input->data, input->size) == OB_FORM_TEXT;
    return ob_scenario_read(ob_world_vocabulary(world), cli_file_name(path), input->data,
                            input->size, &input->scenario, error);
}

void cli_input_release(struct cli_input *input)
{
    free(input->data);
    input->data = NULL;
}

static int write_bytes(const char *path, const void *data, size_t size, struct ob_error *error)
{
    /* Standard output has a buffer of its own, which comes first. */
    if (strcmp(path, "-") == 0)
        (void)fflush(stdout);
    return ob_file_replace(path, data, size, error);
}

int cli_write_scenario(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                       const char *path, bool as_text, struct ob_error *error)
{
    if (as_text) {
        struct ob_text text = {0};
        ob_scenario_print(vocabulary, scenario, &text);
        int result = text.failed ? ob_error_set(error, "out of memory")
                                 : write_bytes(path, ob_text_string(&text), text.length, error);
        ob_text_release(&text);
        return result;
    }
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);
    return write_bytes(path, bytes, size, error);
}
