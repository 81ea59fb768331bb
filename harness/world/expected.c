#include "world/expected.h"

#include <stdlib.h>
#include <string.h>

#include "base/notes.h"
#include "world/judge.h"
#include "world/state.h"

#define PLACES_MAX 512u /* where expected invariants stand */

struct place {
    uint8_t *is_evaluated;
    unsigned index; /* of the invariant */
};

struct ob_expected {
    const char *names[OB_EXPECTED_MAX];
    unsigned count;
    uint64_t unknown; /* those without a note, a bit each */
    unsigned place_count;
    struct place places[PLACES_MAX];
};

static void find_places(struct ob_expected *expected, const struct ob_notes *notes, unsigned index)
{
    bool is_known = true;
    bool is_found = false;
    for (size_t at = 0; at < notes->count; at++) {
        if (strcmp(notes->list[at].name, expected->names[index]) != 0)
            continue;
        is_found = true;
        if (expected->place_count == PLACES_MAX)
            is_known = false;
        else
            expected->places[expected->place_count++] =
                (struct place){notes->list[at].is_evaluated, index};
    }
    if (!is_known || !is_found)
        expected->unknown |= UINT64_C(1) << index;
}

void ob_world_expect(struct ob_world *world, const char *const *names)
{
    struct ob_expected *expected = calloc(1, sizeof *expected);
    struct ob_notes notes = ob_notes_find();

    ob_expected_release(world);
    for (unsigned at = 0; expected && at < OB_EXPECTED_MAX && names[at]; at++) {
        expected->names[expected->count++] = names[at];
        find_places(expected, &notes, at);
    }
    world->expected = expected;
    ob_notes_release(&notes);
}

const char *ob_world_expected(const struct ob_world *world, unsigned index)
{
    const struct ob_expected *expected = world->expected;
    bool is_asked = expected && (world->judges & OB_JUDGE_INVARIANTS);
    return is_asked && index < expected->count ? expected->names[index] : NULL;
}

uint64_t ob_world_evaluated(const struct ob_world *world)
{
    const struct ob_expected *expected = world->expected;
    if (!expected)
        return 0;
    uint64_t evaluated = expected->unknown;
    for (unsigned at = 0; at < expected->place_count; at++)
        evaluated |= (uint64_t)*expected->places[at].is_evaluated << expected->places[at].index;
    return evaluated;
}

/* What other worlds have evaluated meanwhile, such as those in which examples are minimized, would
 * depend on how a search is divided among processes. */
void ob_expected_begin(struct ob_world *world)
{
    const struct ob_expected *expected = world->expected;
    for (unsigned at = 0; at < expected->place_count; at++)
        *expected->places[at].is_evaluated = 0;
}

void ob_expected_release(struct ob_world *world)
{
    free(world->expected);
    world->expected = NULL;
}
