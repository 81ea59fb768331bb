#include "engine/fuzzed.h"

#include "base/error.h"
#include "engine/violation_frames.h"
#include "search/outside.h"
#include "world/expected.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ob_runs own_runs;
static struct ob_shown own_shown;
struct ob_fuzzed_counts ob_fuzzed_counts = {.runs = &own_runs, .shown = &own_shown};

static unsigned variant_index(void)
{
    const char *const *names = ob_fuzzed_target->variants;

    for (unsigned i = 0; i < OB_VARIANTS_MAX; i++)
        if (names[i] != NULL && strcmp(names[i], ob_fuzzed_variant) == 0)
            return i;
    fprintf(stderr,
            "offbeat: target %s has no variant %s, though its offbeat_add_target() names one\n",
            ob_fuzzed_target->name, ob_fuzzed_variant);
    exit(2);
}

static void warn(void *context, const char *kind, const char *line)
{
    (void)context;
    (void)kind;
    fprintf(stderr, "offbeat: %s/%s: %s\n", ob_fuzzed_target->name, ob_fuzzed_variant, line);
}

void ob_fuzzed_warn(struct ob_world *world)
{
    ob_target_fixed_args(ob_fuzzed_target, warn, NULL);
    ob_warn_outside(world, NULL);
}

static void expect_invariants(struct ob_world *world)
{
    const char *names[OB_EXPECTED_MAX + 1] = {NULL};
    unsigned count = 0;

    for (const struct ob_violation_frame *frame = ob_violation_frames;
         frame && frame->invariant && count < OB_EXPECTED_MAX; frame++)
        if (frame->is_of_target)
            names[count++] = frame->invariant;
    ob_world_expect(world, names);
}

struct ob_world *ob_fuzzed_world_create(void)
{
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(ob_fuzzed_target, variant_index(), &error);

    if (world == NULL) {
        fprintf(stderr, "offbeat: %s/%s: %s\n", ob_fuzzed_target->name, ob_fuzzed_variant,
                error.text);
        exit(2);
    }
    expect_invariants(world);
    return world;
}
