/* Guesses what a mistyped name was meant to be. */
#ifndef OFFBEAT_BASE_NEAREST_H
#define OFFBEAT_BASE_NEAREST_H

#include <stddef.h>

/* The one of `count` names that `name` was probably meant to be, or NULL when none is close. */
const char *ob_nearest(const char *name, const char *const *names, size_t count);

#endif
