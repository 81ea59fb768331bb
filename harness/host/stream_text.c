/* Characters, lines and blocks of streams: calls of the C library. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "host/stream.h"

enum { LINE_AT_FIRST = 120 };

static struct ob_stream *stream_of(FILE *file)
{
    return (struct ob_stream *)(void *)file;
}

size_t ob_c_fread(void *bytes, size_t size, size_t count, FILE *file)
{
    size_t total;

    if (size == 0 || count == 0 || __builtin_mul_overflow(size, count, &total))
        return 0;
    return ob_stream_read(stream_of(file), bytes, total) / size;
}

size_t ob_c_fwrite(const void *bytes, size_t size, size_t count, FILE *file)
{
    size_t total;

    if (size == 0 || count == 0 || __builtin_mul_overflow(size, count, &total))
        return 0;
    return ob_stream_write(stream_of(file), bytes, total) / size;
}

int ob_c_fgetc(FILE *file)
{
    return ob_stream_get(stream_of(file));
}

int ob_c_getchar(void)
{
    return ob_stream_get(stream_of(ob_c_stdin));
}

/* What getc_unlocked() becomes where the compiler has put it in place. */
int ob_c___uflow(FILE *file)
{
    return ob_stream_get(stream_of(file));
}

int ob_c_fputc(int character, FILE *file)
{
    unsigned char byte = (unsigned char)character;

    return ob_stream_write(stream_of(file), &byte, 1) == 1 ? byte : EOF;
}

int ob_c_putchar(int character)
{
    return ob_c_fputc(character, ob_c_stdout);
}

/* What putc_unlocked() becomes. */
int ob_c___overflow(FILE *file, int character)
{
    return ob_c_fputc(character, file);
}

int ob_c_ungetc(int character, FILE *file)
{
    struct ob_stream *stream = stream_of(file);

    if (character == EOF || stream->pushed_count == OB_STREAM_PUSHED_MAX)
        return EOF;
    if (stream->is_writing && ob_stream_flush(stream) != 0)
        return EOF;
    stream->state &= ~OB_STREAM_ENDED;
    stream->pushed[stream->pushed_count++] = (char)character;
    return (unsigned char)character;
}

char *ob_c_fgets(char *line, int size, FILE *file)
{
    struct ob_stream *stream = stream_of(file);
    int done = 0, next = 0;

    if (size <= 0)
        return NULL;

    int failed_before = stream->state & OB_STREAM_FAILED; /* that is no error of this call */

    stream->state &= ~OB_STREAM_FAILED;
    while (done < size - 1 && next != '\n' && (next = ob_stream_get(stream)) != EOF)
        line[done++] = (char)next;

    bool fails = (stream->state & OB_STREAM_FAILED) != 0;

    stream->state |= failed_before;
    if (size > 1 && (done == 0 || fails))
        return NULL;
    line[done] = '\0';
    return line;
}

ssize_t ob_c_getdelim(char **line, size_t *room, int end, FILE *file)
{
    struct ob_stream *stream = stream_of(file);
    size_t done = 0;
    int next = -2;

    if (line == NULL || room == NULL) {
        errno = EINVAL;
        return -1;
    }
    if ((stream->state & OB_STREAM_FAILED) != 0)
        return -1;
    while (next != end && (next = ob_stream_get(stream)) != EOF) {
        if (*line == NULL || done + 1 >= *room) {
            size_t wider = *line == NULL || *room < LINE_AT_FIRST ? LINE_AT_FIRST : 2 * *room;
            char *grown = ob_c_realloc(*line, wider);

            if (grown == NULL)
                return -1;
            *line = grown;
            *room = wider;
        }
        (*line)[done++] = (char)next;
    }
    if (done == 0)
        return -1;
    (*line)[done] = '\0';
    return (ssize_t)done;
}

ssize_t ob_c_getline(char **line, size_t *room, FILE *file)
{
    return ob_c_getdelim(line, room, '\n', file);
}

int ob_c_fputs(const char *text, FILE *file)
{
    size_t size = strlen(text);

    return ob_stream_write(stream_of(file), text, size) == size ? 1 : EOF;
}

int ob_c_puts(const char *text)
{
    return ob_c_fputs(text, ob_c_stdout) == EOF || ob_c_putchar('\n') == EOF ? EOF : 1;
}

/* -- where it stands -- */

int ob_c_fseeko(FILE *file, off_t offset, int whence)
{
    struct ob_stream *stream = stream_of(file);

    if (ob_stream_flush(stream) != 0 || ob_c_lseek(stream->fd, offset, whence) < 0)
        return -1;
    stream->state &= ~OB_STREAM_ENDED;
    return 0;
}

int ob_c_fseek(FILE *file, long offset, int whence)
{
    return ob_c_fseeko(file, offset, whence);
}

off_t ob_c_ftello(FILE *file)
{
    const struct ob_stream *stream = stream_of(file);
    bool is_at_end = stream->appends && stream->is_writing;
    off_t at = ob_c_lseek(stream->fd, 0, is_at_end ? SEEK_END : SEEK_CUR);
    off_t buffered = (off_t)(stream->end - stream->begin);

    if (at < 0)
        return -1;
    return stream->is_writing ? at + buffered : at - buffered - (off_t)stream->pushed_count;
}

long ob_c_ftell(FILE *file)
{
    return ob_c_ftello(file);
}

void ob_c_clearerr(FILE *file)
{
    stream_of(file)->state &= ~(OB_STREAM_ENDED | OB_STREAM_FAILED);
}

void ob_c_rewind(FILE *file)
{
    ob_c_fseeko(file, 0, SEEK_SET);
    ob_c_clearerr(file);
}

int ob_c_feof(FILE *file)
{
    return (stream_of(file)->state & OB_STREAM_ENDED) != 0;
}

int ob_c_ferror(FILE *file)
{
    return (stream_of(file)->state & OB_STREAM_FAILED) != 0;
}

int ob_c_fileno(FILE *file)
{
    int fd = stream_of(file)->fd;

    if (fd < 0)
        errno = EBADF;
    return fd;
}

void ob_c_setbuf(FILE *file, char *buffer)
{
    ob_c_setvbuf(file, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

void ob_c_setlinebuf(FILE *file)
{
    ob_c_setvbuf(file, NULL, _IOLBF, 0);
}

/* One task at a time runs, and none is interrupted within a call on a stream's buffer. */
void ob_c_flockfile(FILE *file)
{
    (void)file;
}

int ob_c_ftrylockfile(FILE *file)
{
    (void)file;
    return 0;
}

/* Those that fortified programs call have the size of the object besides. */
size_t ob_c___fread_chk(void *bytes, size_t room, size_t size, size_t count, FILE *file)
{
    (void)room;
    return ob_c_fread(bytes, size, count, file);
}

char *ob_c___fgets_chk(char *line, size_t room, int size, FILE *file)
{
    (void)room;
    return ob_c_fgets(line, size, file);
}

/* No other program can be started. */
FILE *ob_c_popen(const char *command, const char *mode)
{
    (void)command;
    (void)mode;
    errno = ENOSYS;
    return NULL;
}
