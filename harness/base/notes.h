/* The notes that OB_INVARIANT() leaves in a program, and in libraries that it has loaded: a name,
 * and a byte that says whether it was evaluated. */
#ifndef OFFBEAT_BASE_NOTES_H
#define OFFBEAT_BASE_NOTES_H

#include <stddef.h>
#include <stdint.h>

#define OB_NOTES_MAX 8192u /* further ones are not found */

struct ob_note {
    const char *name;      /* in the note itself */
    uint8_t *is_evaluated; /* 0 or 1 */
};

struct ob_notes {
    struct ob_note *list; /* in no order that means anything; NULL where memory is short */
    size_t count;
};

/* Looks through all that is loaded, once: some 0.1 ms for each 100 KB of variables that begin with
 * a value. ob_notes_release() takes the list back. */
struct ob_notes ob_notes_find(void);
void ob_notes_release(struct ob_notes *notes);

/* Writes the bytes of all notes that lie in memory at `place` to their places in a copy of it, as
 * who compares the two does not want to be told of them. */
void ob_notes_refresh(const struct ob_notes *notes, const uint8_t *place, size_t size,
                      uint8_t *copy);

#endif
