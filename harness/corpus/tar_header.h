/* The header of one entry of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
#ifndef OFFBEAT_CORPUS_TAR_HEADER_H
#define OFFBEAT_CORPUS_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OB_TAR_RECORD_BYTES ((size_t)512)

/* What an entry with so many bytes of content takes, header and padding included. */
size_t ob_tar_entry_size(size_t content_bytes);

/* Writes the header of a regular file to `record`, of OB_TAR_RECORD_BYTES: named by its number with
 * at least six digits, with no owner and no time. At most 2^30 bytes of content. */
void ob_tar_header_write(uint8_t *record, size_t number, size_t content_bytes);

/* Whether `data` begins with the header of an entry, as its checksum tells, or with the end. */
bool ob_tar_header_is_sound(const uint8_t *data, size_t size);

#endif
