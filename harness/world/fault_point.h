/*
 * Points of choice at which something goes wrong: those that actors bring with them, such as a
 * short write of a host's kernel. They are numbered behind the points that the target names, and
 * their choices are deviations like all others. Walks seldom draw them, and some walks never: what
 * goes wrong everywhere at once says little.
 */
#ifndef OFFBEAT_WORLD_FAULT_POINT_H
#define OFFBEAT_WORLD_FAULT_POINT_H

#include "base/rng.h"
#include "offbeat/offbeat.h"
#include "world/chosen.h"

struct ob_fault_point {
    const char *name; /* for scenarios and reports: letters, digits and '_' */
    /* Says in words what went wrong, in a choice whose value is not 0. */
    void (*print)(const struct ob_world *world, const struct ob_chosen *chosen,
                  struct ob_text *text);
    /* Its alternatives are amounts, such as of bytes, whose neighbours differ little: exhaustive
     * exploration tries a few of them. */
    bool is_amount;
};

/* Adds a point, which must live as long as the world. Returns its number. To be called in set-up.
 */
unsigned ob_world_add_fault_point(struct ob_world *world, const struct ob_fault_point *point);

/* The point with that number; NULL: it is one of the target's own. */
const struct ob_fault_point *ob_world_fault_point(const struct ob_world *world, unsigned point);

/*
 * As ob_choose_at(), at such a point: 0 when nothing goes wrong, of `count` alternatives from 1 to
 * OB_ALTERNATIVES_MAX. `*noted` is where `about` and `site` may be filled in, NULL where the choice
 * is not noted.
 */
unsigned ob_choose_fault(struct ob_actor *self, unsigned point, unsigned count,
                         struct ob_chosen **noted);

/* One of the alternatives from 1 on; there are two or more. Small numbers, such as of bytes, as
 * often as all others. */
static inline uint32_t ob_fault_draw(struct ob_rng *rng, uint32_t count)
{
    uint32_t most = count - 1;
    unsigned bits = 32 - (unsigned)__builtin_clz(most);
    if (ob_rng_below(rng, 2) == 0) {
        uint32_t small = UINT32_C(1) << ob_rng_below(rng, bits);
        most = small < most ? small : most;
    }
    return 1 + ob_rng_below(rng, most);
}

#endif
