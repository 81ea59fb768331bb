#include "host/kernel/bytes.h"

#include <limits.h>
#include <string.h>

enum { CHUNK_SIZE = 1024, PARTS_MAX = 1024 };

struct chunk {
    uint32_t next;
    uint16_t begin, end;
    char bytes[CHUNK_SIZE - 8];
};

int ob_cursor_begin(struct ob_cursor *cursor, const struct iovec *parts, size_t count)
{
    size_t total = 0;

    if (count > PARTS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].iov_len > (size_t)SSIZE_MAX - total)
            return -EINVAL;
        total += parts[i].iov_len;
    }
    *cursor = (struct ob_cursor){.parts = parts, .count = count, .left = total};
    return 0;
}

char *ob_cursor_span(struct ob_cursor *cursor, size_t *size)
{
    while (cursor->count > 0 && cursor->offset == cursor->parts->iov_len) {
        cursor->parts++;
        cursor->count--;
        cursor->offset = 0;
    }
    if (cursor->count == 0) {
        *size = 0;
        return NULL;
    }

    size_t rest = cursor->parts->iov_len - cursor->offset;
    char *span = (char *)cursor->parts->iov_base + cursor->offset;

    *size = *size < rest ? *size : rest;
    cursor->offset += *size;
    cursor->left -= *size;
    return span;
}

size_t ob_cursor_get(struct ob_cursor *cursor, void *bytes, size_t size)
{
    size_t done = 0;

    while (done < size && cursor->left > 0) {
        size_t part = size - done;
        const char *span = ob_cursor_span(cursor, &part);

        if (bytes != NULL && part > 0)
            memcpy((char *)bytes + done, span, part);
        done += part;
    }
    return done;
}

size_t ob_cursor_put(struct ob_cursor *cursor, const void *bytes, size_t size)
{
    size_t done = 0;

    while (done < size && cursor->left > 0) {
        size_t part = size - done;
        char *span = ob_cursor_span(cursor, &part);

        if (bytes != NULL && part > 0)
            memcpy(span, (const char *)bytes + done, part);
        done += part;
    }
    return done;
}

/* Appends empty chunks for `size` bytes behind the last one. False, and nothing, when the region is
 * full. */
static bool add_chunks(struct ob_kernel *kernel, struct ob_bytes *queue, size_t size)
{
    struct chunk *last = ob_at(kernel, queue->last);
    size_t room = last == NULL ? 0 : sizeof last->bytes - last->end;
    uint32_t first_new = 0;

    for (uint32_t *link = &first_new; room < size; room += sizeof last->bytes) {
        struct chunk *chunk = ob_region_take_raw(kernel, sizeof *chunk);

        if (chunk == NULL) {
            while (first_new != 0) {
                struct chunk *unused = ob_at(kernel, first_new);

                first_new = unused->next;
                ob_region_give(kernel, unused, sizeof *unused);
            }
            return false;
        }
        chunk->next = 0;
        chunk->begin = chunk->end = 0;
        *link = ob_ref(kernel, chunk);
        link = &chunk->next;
    }
    if (last != NULL)
        last->next = first_new;
    else
        queue->first = queue->last = first_new;
    return true;
}

bool ob_bytes_append(struct ob_kernel *kernel, struct ob_bytes *queue, struct ob_cursor *from,
                     size_t size)
{
    assert(size <= from->left && size <= UINT32_MAX - queue->size);
    if (size == 0)
        return true;
    if (!add_chunks(kernel, queue, size))
        return false;
    queue->size += (uint32_t)size;
    while (size > 0) {
        struct chunk *chunk = ob_at(kernel, queue->last);
        size_t room = sizeof chunk->bytes - chunk->end;
        size_t part = size < room ? size : room;

        ob_cursor_get(from, chunk->bytes + chunk->end, part);
        chunk->end = (uint16_t)(chunk->end + part);
        size -= part;
        if (size > 0)
            queue->last = chunk->next;
    }
    return true;
}

bool ob_bytes_append_plain(struct ob_kernel *kernel, struct ob_bytes *queue, const void *bytes,
                           size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct ob_cursor cursor = {.parts = &part, .count = 1, .left = size};

    return ob_bytes_append(kernel, queue, &cursor, size);
}

size_t ob_bytes_peek(struct ob_kernel *kernel, const struct ob_bytes *queue, struct ob_cursor *to,
                     size_t size)
{
    size_t done = 0;
    const struct chunk *chunk = ob_at(kernel, queue->first);

    while (done < size && done < queue->size && to->left > 0) {
        size_t part = (size_t)(chunk->end - chunk->begin);

        part = part < size - done ? part : size - done;
        done += ob_cursor_put(to, chunk->bytes + chunk->begin, part);
        chunk = ob_at(kernel, chunk->next);
    }
    return done;
}

void ob_bytes_drop(struct ob_kernel *kernel, struct ob_bytes *queue, size_t size)
{
    assert(size <= queue->size);
    queue->size -= (uint32_t)size;
    while (queue->first != 0) {
        struct chunk *chunk = ob_at(kernel, queue->first);
        size_t there = (size_t)(chunk->end - chunk->begin);

        if (size < there) {
            chunk->begin = (uint16_t)(chunk->begin + size);
            return;
        }
        size -= there;
        queue->first = chunk->next;
        ob_region_give(kernel, chunk, sizeof *chunk);
        if (queue->first == 0)
            queue->last = 0;
    }
}
