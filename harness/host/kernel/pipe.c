#include "host/kernel/pipe.h"

#include <limits.h>

enum { PAGE = 4096, PAGES_MAX = 16 };

struct page {
    uint32_t bytes; /* a block of PAGE bytes */
    uint16_t offset, length;
};

struct pipe {
    uint32_t reader, writer; /* struct ob_file, 0 once closed */
    uint32_t first, count, room;
    bool is_polled; /* since somebody has polled it every write wakes, not only the first */
    struct page pages[PAGES_MAX];
};

static struct page *page_at(struct pipe *pipe, uint32_t index)
{
    return &pipe->pages[(pipe->first + index) % PAGES_MAX];
}

static void free_pipe(struct ob_kernel *kernel, struct pipe *pipe)
{
    for (uint32_t i = 0; i < pipe->count; i++)
        ob_region_give(kernel, ob_at(kernel, page_at(pipe, i)->bytes), PAGE);
    ob_region_give(kernel, pipe, sizeof *pipe);
}

int ob_sys_pipe2(struct ob_kernel *kernel, int fds[2], int flags)
{
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
        return -EINVAL;

    struct pipe *pipe = ob_region_take(kernel, sizeof *pipe);

    if (pipe == NULL)
        return -ENFILE;
    pipe->room = PAGES_MAX;

    uint32_t ref = ob_ref(kernel, pipe);
    int reader = ob_file_open(kernel, OB_FILE_PIPE_READER, O_RDONLY | flags, ref);

    if (reader < 0) {
        free_pipe(kernel, pipe);
        return reader;
    }
    pipe->reader = ob_ref(kernel, ob_file_of(kernel, reader));

    int writer = ob_file_open(kernel, OB_FILE_PIPE_WRITER, O_WRONLY | flags, ref);

    if (writer < 0) {
        ob_descriptor_drop(kernel, reader);
        return writer;
    }
    pipe->writer = ob_ref(kernel, ob_file_of(kernel, writer));
    fds[0] = reader;
    fds[1] = writer;
    return 0;
}

ssize_t ob_pipe_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    bool frees = false;

    if (to->left == 0)
        return 0;
    if (pipe->count == 0)
        return pipe->writer == 0 ? 0 : ob_file_would_wait(kernel, file, POLLIN, false);

    size_t done = 0;
    uint32_t there = ob_pipe_unread(kernel, file);
    size_t most = to->left < there ? to->left : there;

    while (done < most) {
        struct page *page = page_at(pipe, 0);
        size_t part = page->length < most - done ? page->length : most - done;

        ob_cursor_put(to, (const char *)ob_at(kernel, page->bytes) + page->offset, part);
        page->offset = (uint16_t)(page->offset + part);
        page->length = (uint16_t)(page->length - part);
        done += part;
        if (page->length > 0)
            continue;
        frees = frees || pipe->count >= pipe->room;
        ob_region_give(kernel, ob_at(kernel, page->bytes), PAGE);
        *page = (struct page){0};
        pipe->first = (pipe->first + 1) % PAGES_MAX;
        pipe->count--;
    }
    if (frees && pipe->writer != 0)
        ob_file_wake(kernel, ob_at(kernel, pipe->writer), POLLOUT | POLLWRNORM);
    return (ssize_t)done;
}

/* What does not fill a page goes into the last one if it fits there whole. */
static size_t merge(struct ob_kernel *kernel, struct pipe *pipe, struct ob_cursor *from,
                    size_t size)
{
    size_t part = size % PAGE;

    if (part == 0 || pipe->count == 0)
        return 0;

    struct page *last = page_at(pipe, pipe->count - 1);
    size_t end = (size_t)last->offset + last->length;

    if (end + part > PAGE)
        return 0;
    ob_cursor_get(from, (char *)ob_at(kernel, last->bytes) + end, part);
    last->length = (uint16_t)(last->length + part);
    return part;
}

/* What a write tries to write. One that does not wait may be given less where more than PIPE_BUF
 * bytes are asked for; an empty pipe takes PIPE_BUF bytes at least: pipe(7), write(3p). */
static size_t size_of_write(struct ob_kernel *kernel, const struct pipe *pipe,
                            const struct ob_file *file, size_t size)
{
    uint32_t most = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;

    if (size <= PIPE_BUF || (file->flags & O_NONBLOCK) == 0 || pipe->count >= pipe->room)
        return size;
    return ob_kernel_choose(kernel, OB_CHOOSE_WRITE, file->id, pipe->count == 0 ? PIPE_BUF : 1,
                            most, most);
}

ssize_t ob_pipe_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    bool was_empty = pipe->count == 0;
    bool fills = true;

    if (from->left == 0)
        return 0;
    if (pipe->reader == 0) {
        kernel->hooks->raise(kernel->user, SIGPIPE);
        return -EPIPE;
    }

    size_t asked = from->left;
    size_t size = size_of_write(kernel, pipe, file, asked);
    size_t done = merge(kernel, pipe, from, size);

    while (done < size && pipe->count < pipe->room && fills) {
        void *bytes = ob_region_take_raw(kernel, PAGE);
        size_t part = size - done < PAGE ? size - done : PAGE;

        fills = bytes != NULL;
        if (fills) {
            ob_cursor_get(from, bytes, part);
            *page_at(pipe, pipe->count++) =
                (struct page){.bytes = ob_ref(kernel, bytes), .length = (uint16_t)part};
            done += part;
        }
    }
    if (size < asked && done == size) /* there is room again at once */
        ob_file_wake(kernel, file, POLLOUT | POLLWRNORM);
    if (was_empty || pipe->is_polled) /* even where nothing was written, as Linux has it */
        ob_file_wake(kernel, ob_at(kernel, pipe->reader), POLLIN | POLLRDNORM);
    if (done > 0)
        return (ssize_t)done;
    return fills ? ob_file_would_wait(kernel, file, POLLOUT, false) : -ENOMEM;
}

uint32_t ob_pipe_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    uint32_t events = 0;

    pipe->is_polled = true;
    if (file->kind == OB_FILE_PIPE_READER) {
        events |= pipe->count > 0 ? POLLIN | POLLRDNORM : 0;
        events |= pipe->writer == 0 ? POLLHUP : 0;
    } else {
        events |= pipe->count < pipe->room ? POLLOUT | POLLWRNORM : 0;
        events |= pipe->reader == 0 ? POLLERR : 0;
    }
    return events;
}

void ob_pipe_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    bool is_reader = file->kind == OB_FILE_PIPE_READER;
    uint32_t other = is_reader ? pipe->writer : pipe->reader;

    if (is_reader)
        pipe->reader = 0;
    else
        pipe->writer = 0;
    if (other == 0)
        free_pipe(kernel, pipe);
    else
        ob_file_wake(kernel, ob_at(kernel, other),
                     POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLERR | POLLHUP);
}

uint32_t ob_pipe_unread(const struct ob_kernel *kernel, const struct ob_file *file)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    uint32_t total = 0;

    for (uint32_t i = 0; i < pipe->count; i++)
        total += page_at(pipe, i)->length;
    return total;
}

int ob_pipe_size(const struct ob_kernel *kernel, const struct ob_file *file)
{
    const struct pipe *pipe = ob_at(kernel, file->object);

    return (int)(pipe->room * PAGE);
}

int ob_pipe_set_size(struct ob_kernel *kernel, struct ob_file *file, intptr_t size)
{
    struct pipe *pipe = ob_at(kernel, file->object);
    uint32_t pages = 1;

    if (size < 0 || size > INT32_MAX)
        return -EINVAL;
    if (size > (intptr_t)PAGES_MAX * PAGE)
        return -EPERM;
    while ((intptr_t)pages * PAGE < size)
        pages *= 2;
    if (pages < pipe->count)
        return -EBUSY;
    pipe->room = pages;
    ob_file_wake(kernel, ob_at(kernel, pipe->writer ? pipe->writer : pipe->reader),
                 POLLOUT | POLLWRNORM);
    return (int)(pages * PAGE);
}
