/* Variables of the shared libraries that this process has loaded: which of them change. */
#ifndef OFFBEAT_BASE_SEGMENTS_H
#define OFFBEAT_BASE_SEGMENTS_H

#include <stdbool.h>

#include "base/text.h"

struct ob_segments;

/*
 * Copies the writable segments of all libraries but those that change by themselves: the C library,
 * its loader, the compiler's and sanitizers' runtimes. The program itself is not among them.
 * Returns NULL when memory is short; ob_segments_free() takes it back.
 */
struct ob_segments *ob_segments_copy(void);
void ob_segments_free(struct ob_segments *segments);

/* Whether one of them is not as it was. Then adds which is the first, as in `counter of libfoo.so`.
 */
bool ob_segments_changed(const struct ob_segments *segments, struct ob_text *which);

#endif
