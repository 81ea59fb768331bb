#include "host/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "host/process.h"
#include "host/process_data.h"

enum { STANDARD_BUFFER = 1024 };

OB_PROCESS_DATA static char output_buffer[STANDARD_BUFFER] = {0};
OB_PROCESS_DATA static char input_buffer[STANDARD_BUFFER] = {0};

OB_PROCESS_DATA static struct ob_stream standard_error = {
    .fd = STDERR_FILENO, .mode = _IONBF, .writes = true, .is_static = true};
OB_PROCESS_DATA static struct ob_stream standard_output = {.fd = STDOUT_FILENO,
                                                           .mode = _IOLBF,
                                                           .writes = true,
                                                           .is_static = true,
                                                           .buffer = output_buffer,
                                                           .room = sizeof output_buffer,
                                                           .next = &standard_error};
OB_PROCESS_DATA static struct ob_stream standard_input = {.fd = STDIN_FILENO,
                                                          .mode = _IOFBF,
                                                          .reads = true,
                                                          .is_static = true,
                                                          .buffer = input_buffer,
                                                          .room = sizeof input_buffer,
                                                          .next = &standard_output};

OB_PROCESS_DATA static struct ob_stream *all_streams = &standard_input;

OB_PROCESS_DATA FILE *ob_c_stdin = (FILE *)&standard_input;
OB_PROCESS_DATA FILE *ob_c_stdout = (FILE *)&standard_output;
OB_PROCESS_DATA FILE *ob_c_stderr = (FILE *)&standard_error;

static struct ob_stream *stream_of(FILE *file)
{
    return (struct ob_stream *)(void *)file;
}

/* -- buffers -- */

static bool has_buffer(struct ob_stream *stream)
{
    if (stream->buffer == NULL && stream->mode != _IONBF) {
        int error = errno;

        stream->buffer = ob_c_malloc(OB_STREAM_BUFFER);
        stream->owns_buffer = stream->buffer != NULL;
        stream->room = stream->owns_buffer ? OB_STREAM_BUFFER : sizeof stream->shortest;
        if (!stream->owns_buffer)
            stream->buffer = stream->shortest;
        errno = error;
    }
    return stream->room > 0;
}

static bool write_all(struct ob_stream *stream, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = ob_c_write(stream->fd, bytes, size);

        if (done < 0) {
            stream->state |= OB_STREAM_FAILED;
            return false;
        }
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

int ob_stream_flush(struct ob_stream *stream)
{
    size_t begin = stream->begin, end = stream->end;

    stream->begin = stream->end = 0;
    if (stream->is_writing) {
        stream->is_writing = false;
        return write_all(stream, stream->buffer + begin, end - begin) ? 0 : EOF;
    }
    if (end > begin || stream->pushed_count > 0) {
        off_t ahead = (off_t)(end - begin) + (off_t)stream->pushed_count;
        unsigned pushed_count = stream->pushed_count;
        int error = errno;

        stream->pushed_count = 0;
        if (ob_c_lseek(stream->fd, -ahead, SEEK_CUR) < 0) {
            /* What cannot seek keeps what was read. */
            errno = error;
            stream->begin = begin;
            stream->end = end;
            stream->pushed_count = pushed_count;
        }
    }
    return 0;
}

bool ob_stream_fill(struct ob_stream *stream)
{
    if (!stream->reads) {
        stream->state |= OB_STREAM_FAILED;
        errno = EBADF;
        return false;
    }
    if (stream->is_writing && ob_stream_flush(stream) != 0)
        return false;
    if (stream->begin < stream->end)
        return true;
    if (!has_buffer(stream))
        return false;
    if (stream == &standard_input)
        ob_stream_flush(&standard_output); /* who asks shows the question first */

    ssize_t done = ob_c_read(stream->fd, stream->buffer, stream->room);

    stream->begin = 0;
    stream->end = done > 0 ? (size_t)done : 0;
    if (done <= 0)
        stream->state |= done == 0 ? OB_STREAM_ENDED : OB_STREAM_FAILED;
    return done > 0;
}

/* -- bytes -- */

int ob_stream_get(struct ob_stream *stream)
{
    unsigned char byte;

    return ob_stream_read(stream, &byte, 1) == 1 ? byte : EOF;
}

size_t ob_stream_read(struct ob_stream *stream, void *bytes, size_t size)
{
    char *to = bytes;
    size_t done = 0;

    ob_check_bytes(bytes, size, true);
    while (done < size && stream->pushed_count > 0)
        to[done++] = stream->pushed[--stream->pushed_count];
    while (done < size) {
        bool is_direct = stream->reads && !stream->is_writing && stream->begin == stream->end &&
                         (stream->mode == _IONBF || size - done >= OB_STREAM_BUFFER);

        if (is_direct) {
            ssize_t part = ob_c_read(stream->fd, to + done, size - done);

            if (part <= 0) {
                stream->state |= part == 0 ? OB_STREAM_ENDED : OB_STREAM_FAILED;
                break;
            }
            done += (size_t)part;
            continue;
        }
        if (!ob_stream_fill(stream))
            break;

        size_t there = stream->end - stream->begin;
        size_t part = size - done < there ? size - done : there;

        memcpy(to + done, stream->buffer + stream->begin, part);
        stream->begin += part;
        done += part;
    }
    return done;
}

size_t ob_stream_write(struct ob_stream *stream, const void *bytes, size_t size)
{
    const char *from = bytes;
    size_t done = 0;

    ob_check_bytes(bytes, size, false);
    if (!stream->writes) {
        stream->state |= OB_STREAM_FAILED;
        errno = EBADF;
        return 0;
    }
    if (!stream->is_writing)
        ob_stream_flush(stream);
    if (!has_buffer(stream))
        return write_all(stream, from, size) ? size : 0;
    stream->is_writing = true;
    while (done < size) {
        size_t room = stream->room - stream->end;
        size_t part = size - done < room ? size - done : room;

        memcpy(stream->buffer + stream->end, from + done, part);
        stream->end += part;
        done += part;
        if (stream->end == stream->room && ob_stream_flush(stream) != 0)
            return done - part;
        stream->is_writing = true;
    }
    if (stream->mode == _IOLBF && size > 0 && memrchr(from, '\n', size) != NULL &&
        ob_stream_flush(stream) != 0)
        return 0;
    return size;
}

/* -- opening and closing -- */

/* The flags of a mode: "r", "w", "a", with "+", "x", "e" and "b" behind it. -1 for none. */
static int flags_of(const char *mode)
{
    bool both = strchr(mode, '+') != NULL;
    int flags = both ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;

    switch (mode[0]) {
    case 'r':
        break;
    case 'w':
        flags |= O_CREAT | O_TRUNC;
        break;
    case 'a':
        flags |= O_CREAT | O_APPEND;
        break;
    default:
        errno = EINVAL;
        return -1;
    }
    return flags | (strchr(mode, 'x') ? O_EXCL : 0) | (strchr(mode, 'e') ? O_CLOEXEC : 0);
}

static void set_up(struct ob_stream *stream, int fd, int flags)
{
    stream->fd = fd;
    stream->mode = _IOFBF;
    stream->reads = (flags & O_ACCMODE) != O_WRONLY;
    stream->writes = (flags & O_ACCMODE) != O_RDONLY;
    stream->appends = (flags & O_APPEND) != 0;
    if (stream->appends && !stream->reads)
        ob_c_lseek(fd, 0, SEEK_END);
    stream->state = 0;
}

FILE *ob_c_fdopen(int fd, const char *mode)
{
    int flags = flags_of(mode);
    struct ob_stream *stream = flags >= 0 ? ob_c_malloc(sizeof *stream) : NULL;

    if (stream == NULL)
        return NULL;
    memset(stream, 0, sizeof *stream);
    set_up(stream, fd, flags);
    stream->next = all_streams;
    all_streams = stream;
    return (FILE *)(void *)stream;
}

FILE *ob_c_fopen(const char *path, const char *mode)
{
    int flags = flags_of(mode);
    int fd = flags >= 0 ? ob_c_open(path, flags, 0666) : -1;

    if (fd < 0)
        return NULL;

    FILE *file = ob_c_fdopen(fd, mode);

    if (file == NULL)
        ob_c_close(fd);
    return file;
}

FILE *ob_c_freopen(const char *path, const char *mode, FILE *file)
{
    struct ob_stream *stream = stream_of(file);
    int flags = flags_of(mode);

    ob_stream_flush(stream);
    ob_c_close(stream->fd);
    stream->begin = stream->end = 0;
    stream->pushed_count = 0;

    int fd = flags >= 0 && path != NULL ? ob_c_open(path, flags, 0666) : -1;

    if (fd < 0) {
        stream->fd = -1;
        return NULL;
    }
    set_up(stream, fd, flags);
    return file;
}

/* Removed at once, so that it goes with its descriptor. */
FILE *ob_c_tmpfile(void)
{
    return ob_c_fdopen(ob_c_open("/tmp", O_RDWR | O_TMPFILE, 0600), "w+");
}

int ob_c_fclose(FILE *file)
{
    struct ob_stream *stream = stream_of(file);
    int result = ob_stream_flush(stream);

    for (struct ob_stream **at = &all_streams; *at != NULL; at = &(*at)->next) {
        if (*at == stream) {
            *at = stream->next;
            break;
        }
    }
    if (ob_c_close(stream->fd) != 0)
        result = EOF;
    if (stream->owns_buffer)
        ob_c_free(stream->buffer);
    if (!stream->is_static)
        ob_c_free(stream);
    return result;
}

int ob_c_fflush(FILE *file)
{
    int result = 0;

    if (file != NULL)
        return ob_stream_flush(stream_of(file));
    for (struct ob_stream *stream = all_streams; stream != NULL; stream = stream->next)
        if (stream->is_writing && ob_stream_flush(stream) != 0)
            result = EOF;
    return result;
}

int ob_c_setvbuf(FILE *file, char *buffer, int mode, size_t size)
{
    struct ob_stream *stream = stream_of(file);

    if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF)
        return EOF;
    ob_stream_flush(stream);
    stream->mode = mode;
    if (mode != _IONBF && (buffer == NULL || size == 0))
        return 0;
    if (stream->owns_buffer)
        ob_c_free(stream->buffer);
    stream->owns_buffer = false;
    stream->buffer = mode == _IONBF ? NULL : buffer;
    stream->room = mode == _IONBF ? 0 : size;
    return 0;
}
