/* Whole pieces of data through a pipe, a socket or a file. */
#ifndef OFFBEAT_BASE_TRANSFER_H
#define OFFBEAT_BASE_TRANSFER_H

#include <stddef.h>

/* Reads exactly `size` bytes, however many calls that takes. After each signal that interrupts a
 * read, `interrupted` is called with `context`, unless it is NULL, and the read goes on.
 * Returns 0, or -1 when it fails or the data ends before. */
int ob_read_all(int fd, void *data, size_t size, void (*interrupted)(void *context), void *context);

/* Writes `size` bytes, however many calls that takes. Returns 0, or -1 with errno set. */
int ob_write_all(int fd, const void *data, size_t size);

#endif
