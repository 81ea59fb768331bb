#include "host/kernel/console.h"

struct console {
    uint32_t file; /* struct ob_file */
    struct ob_bytes bytes;
    bool has_ended;
};

int ob_kernel_console(struct ob_kernel *kernel)
{
    struct console *console = ob_region_take(kernel, sizeof *console);

    assert(kernel->console == 0);
    if (console == NULL)
        return -ENFILE;
    console->has_ended = true;

    int fd = ob_file_open(kernel, OB_FILE_INPUT, O_RDONLY, ob_ref(kernel, console));

    if (fd < 0) {
        ob_region_give(kernel, console, sizeof *console);
        return fd;
    }
    console->file = ob_ref(kernel, ob_file_of(kernel, fd));
    kernel->console = ob_ref(kernel, console);
    for (uint32_t number = 1; number <= 2 && fd >= 0; number++)
        fd = ob_file_open(kernel, OB_FILE_OUTPUT, O_WRONLY, number);
    return fd < 0 ? fd : 0;
}

int ob_kernel_input(struct ob_kernel *kernel, const void *bytes, size_t size, bool end)
{
    struct console *console = ob_at(kernel, kernel->console);

    if (console == NULL)
        return 0;
    if (!ob_bytes_append_plain(kernel, &console->bytes, bytes, size))
        return -ENOBUFS;
    console->has_ended = end;
    ob_file_wake(kernel, ob_at(kernel, console->file), end ? OB_ALL_EVENTS : POLLIN | POLLRDNORM);
    return 0;
}

ssize_t ob_input_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct console *console = ob_at(kernel, file->object);
    uint32_t most = console->bytes.size;

    if (to->left == 0)
        return 0;
    if (most == 0)
        return console->has_ended ? 0 : ob_file_would_wait(kernel, file, POLLIN, false);
    most = to->left < most ? (uint32_t)to->left : most;

    size_t done = ob_bytes_peek(kernel, &console->bytes, to, most);

    ob_bytes_drop(kernel, &console->bytes, done);
    return (ssize_t)done;
}

uint32_t ob_input_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct console *console = ob_at(kernel, file->object);

    return (console->bytes.size > 0 ? POLLIN | POLLRDNORM : 0U) |
           (console->has_ended ? POLLHUP : 0U);
}

void ob_input_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct console *console = ob_at(kernel, file->object);

    ob_bytes_drop(kernel, &console->bytes, console->bytes.size);
    ob_region_give(kernel, console, sizeof *console);
    kernel->console = 0;
}

ssize_t ob_output_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    ssize_t done = 0;

    while (from->left > 0) {
        size_t size = SIZE_MAX;
        const char *span = ob_cursor_span(from, &size);

        if (kernel->hooks->output != NULL && size > 0)
            kernel->hooks->output(kernel->user, (int)file->object, span, size);
        done += (ssize_t)size;
    }
    return done;
}

uint32_t ob_output_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    (void)kernel;
    (void)file;
    return POLLOUT | POLLWRNORM;
}
