/* Choices that actors make of alternatives, see ob_choose(). */
#ifndef OFFBEAT_WORLD_CHOSEN_H
#define OFFBEAT_WORLD_CHOSEN_H

#include <stdbool.h>
#include <stdint.h>

#include "offbeat/offbeat.h"

#define OB_CHOSEN_MAX 4096u        /* choices of one run that are noted */
#define OB_CHOSEN_ORDINAL_MAX 253u /* that a deviation can name */
#define OB_FAULT_POINTS_MAX 16u    /* of one world, see fault_point.h */
#define OB_CHOICE_POINTS_MAX (OB_CHOICES_MAX + OB_FAULT_POINTS_MAX)

/* A choice that an actor has made of two alternatives or more. */
struct ob_chosen {
    uint32_t delivery; /* in which, or OB_NONE when the actor started */
    uint32_t ordinal;  /* which one of the actor's at that point, from 0 */
    uint32_t value;    /* what was chosen, 0 to count - 1 */
    uint32_t count;
    uint16_t actor; /* id */
    uint8_t point;
    bool is_drawn;    /* by a walk */
    uint32_t about;   /* of a fault point: what it was about, in its own terms, for words alone */
    const void *site; /* the same: the code that was at work, or NULL */
};

/* The choices of a run. */
struct ob_choices {
    struct ob_chosen *list; /* room for OB_CHOSEN_MAX */
    uint32_t count;
    uint64_t deviations; /* those that choose, a bit each */
};

#endif
