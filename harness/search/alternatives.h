/*
 * All that the actors of a scenario may choose (ob_choose()), one combination after the other.
 * Which choices there are shows while a combination is explored: each that comes up for the first
 * time keeps alternative 0 there, and its others come later. So every combination of choices that
 * come up together is met once. Of amounts, such as the bytes of a read that is cut short, the
 * least, the middle and the most are tried, as all of them at each call would have no end.
 */
#ifndef OFFBEAT_SEARCH_ALTERNATIVES_H
#define OFFBEAT_SEARCH_ALTERNATIVES_H

#include "scenario/scenario.h"
#include "world/access.h"

/* Zero-initialise before use: the combination in which every choice is plain. */
struct ob_alternatives {
    struct ob_chosen choices[OB_CHOICES_NOTED]; /* in the order in which they came up */
    uint32_t count;
    bool has_left_amounts; /* some amount lies between those that are tried */
};

/* Puts the combination into a scenario, in place of what was there of choices. Returns false when
 * there is no room for it. */
bool ob_alternatives_write(const struct ob_alternatives *alternatives,
                           struct ob_scenario *scenario);

/* Adds the choices that have come up, and forgets them in `access`. */
void ob_alternatives_add(struct ob_alternatives *alternatives, struct ob_access *access);

/* The next combination, for actors of that world. Returns false when there is none. */
bool ob_alternatives_next(struct ob_alternatives *alternatives, const struct ob_world *world);

#endif
