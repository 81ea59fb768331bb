#include "base/nearest.h"

#include <string.h>

#define LENGTH_MAX 48 /* longer names are not guessed at */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters have to be changed, added or removed to make one name of the other
 * (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    unsigned row[LENGTH_MAX + 1];

    if (a_length > LENGTH_MAX || b_length > LENGTH_MAX)
        return LENGTH_MAX;
    for (unsigned column = 0; column <= b_length; column++)
        row[column] = column;
    for (unsigned line = 1; line <= a_length; line++) {
        unsigned diagonal = row[0];
        row[0] = line;
        for (unsigned column = 1; column <= b_length; column++) {
            unsigned replaced = diagonal + (a[line - 1] != b[column - 1]);
            diagonal = row[column];
            row[column] = least(replaced, least(row[column], row[column - 1]) + 1);
        }
    }
    return row[b_length];
}

const char *ob_nearest(const char *name, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    unsigned nearest_distance = 0;

    for (size_t index = 0; index < count; index++) {
        unsigned far = distance(name, names[index]);
        /* A third of the letters may be wrong, so that short names are not taken for any other. */
        if (far > strlen(names[index]) / 3 + 1 || far >= strlen(names[index]))
            continue;
        if (!nearest || far < nearest_distance) {
            nearest = names[index];
            nearest_distance = far;
        }
    }
    return nearest;
}
