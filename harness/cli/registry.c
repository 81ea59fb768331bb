#include "cli/registry.h"

#include <string.h>

#include "world/expected.h"
#include "world/world.h"

/* The place in both tables, of which that of invariants may end earlier. */
static const struct ob_invariant_names *table_of(const struct ob_target *target)
{
    for (size_t at = 0; ob_registry[at] && ob_registry_invariants[at]; at++)
        if (ob_registry[at] == target)
            return ob_registry_invariants[at];
    return NULL;
}

void cli_own_invariants(const struct ob_target *target, const char **names, unsigned max)
{
    const struct ob_invariant_names *table = table_of(target);
    unsigned count = 0;

    /* All variants have the same. */
    for (const struct ob_invariant_names *row = table;
         row && row->variant && strcmp(row->variant, table->variant) == 0 && count < max; row++)
        if (row->is_of_target)
            names[count++] = row->invariant;
    names[count] = NULL;
}

void cli_expect_invariants(struct ob_world *world)
{
    const char *names[OB_EXPECTED_MAX + 1];

    cli_own_invariants(ob_world_target(world), names, OB_EXPECTED_MAX);
    ob_world_expect(world, names);
}
