/* Queues of bytes in the region, and the scattered memory of a caller that they are moved from and
 * to. */
#ifndef OFFBEAT_HOST_KERNEL_BYTES_H
#define OFFBEAT_HOST_KERNEL_BYTES_H

#include "host/kernel/state.h"

/* The memory of a call, of which what is before `offset` in the first part is done. */
struct ob_cursor {
    const struct iovec *parts;
    size_t count, offset;
    size_t left; /* bytes that are not done */
};

/* 0; -EINVAL for more than 1024 parts or more bytes than a ssize_t counts. */
int ob_cursor_begin(struct ob_cursor *cursor, const struct iovec *parts, size_t count);

/* Moves at most `size` bytes on, from or to `bytes`; NULL passes over them. Returns how many. */
size_t ob_cursor_get(struct ob_cursor *cursor, void *bytes, size_t size);
size_t ob_cursor_put(struct ob_cursor *cursor, const void *bytes, size_t size);

/* The bytes of one part that come next, at most `*size`, which is set; moves over them. */
char *ob_cursor_span(struct ob_cursor *cursor, size_t *size);

struct ob_bytes {
    uint32_t first, last; /* struct chunk */
    uint32_t size;
};

/* Appends `size` bytes of the cursor. False, with nothing changed, when the region is full. */
bool ob_bytes_append(struct ob_kernel *kernel, struct ob_bytes *queue, struct ob_cursor *from,
                     size_t size);
bool ob_bytes_append_plain(struct ob_kernel *kernel, struct ob_bytes *queue, const void *bytes,
                           size_t size);

/* Copies up to `size` bytes from the front, and leaves them there. Returns how many. */
size_t ob_bytes_peek(struct ob_kernel *kernel, const struct ob_bytes *queue, struct ob_cursor *to,
                     size_t size);
void ob_bytes_drop(struct ob_kernel *kernel, struct ob_bytes *queue, size_t size);

#endif
