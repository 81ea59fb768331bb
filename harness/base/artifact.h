/* An input that ends the process, kept as a file. Safe in handlers of signals. */
#ifndef OFFBEAT_BASE_ARTIFACT_H
#define OFFBEAT_BASE_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OB_ARTIFACT_PATH_MAX 1024

/* Writes it to PREFIX KIND HASH, as engines name what they keep: `crash-19613ee3154cac8f`. Returns
 * false when that failed. `path` is the name of the file then, too; "" when it would be too long.
 */
bool ob_artifact_write(const char *prefix, const char *kind, const uint8_t *data, size_t size,
                       char path[OB_ARTIFACT_PATH_MAX]);

/* Writes text to standard error, as a whole and without a buffer. */
void ob_artifact_say(const char *text);

#endif
