/*
 * Streams of the C library over descriptors of a host: struct ob_stream is what FILE is in a
 * program that runs as a host. A stream and its buffer lie in the program's own heap; standard
 * input, output and error are variables of the process.
 *
 * Programs that were compiled with optimisation reach into FILE (getc_unlocked, putc_unlocked,
 * feof_unlocked): its place holds no buffer, so that they call __uflow and __overflow, and the bits
 * of end and error where the C library has them.
 */
#ifndef OFFBEAT_HOST_STREAM_H
#define OFFBEAT_HOST_STREAM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum { OB_STREAM_BUFFER = 4096, OB_STREAM_PUSHED_MAX = 8 };

/* Bits of `state`, as _IO_EOF_SEEN and _IO_ERR_SEEN. */
enum { OB_STREAM_ENDED = 0x10, OB_STREAM_FAILED = 0x20 };

struct ob_stream {
    int state;
    char place[212]; /* the rest of a FILE: empty buffers */

    struct ob_stream *next; /* of all that are open, for fflush(NULL) */
    int fd;
    int mode; /* _IOFBF, _IOLBF, _IONBF */
    bool reads, writes, appends;
    bool is_static, owns_buffer;
    bool is_writing; /* what is in the buffer is to be written */
    char *buffer;    /* NULL until it is needed */
    size_t room, begin, end;
    char shortest[1]; /* the buffer of one for which there is no memory */
    unsigned pushed_count;
    char pushed[OB_STREAM_PUSHED_MAX]; /* by ungetc, the next one last */
};

_Static_assert(offsetof(struct ob_stream, next) == 216, "a FILE of the C library has 216 bytes");

/* Bytes from the stream, and to it: how many, less at the end or with an error, which is noted. */
size_t ob_stream_read(struct ob_stream *stream, void *bytes, size_t size);
size_t ob_stream_write(struct ob_stream *stream, const void *bytes, size_t size);

/* The next byte, or EOF. */
int ob_stream_get(struct ob_stream *stream);

/* Makes the buffer hold unread bytes, if it has none. False at the end or with an error. */
bool ob_stream_fill(struct ob_stream *stream);

/* Writes out what waits, and gives back what was read ahead where the file can seek. 0 or EOF. */
int ob_stream_flush(struct ob_stream *stream);

/* -- what a program's calls become: names as of the C library -- */

FILE *ob_c_fopen(const char *path, const char *mode);
FILE *ob_c_fdopen(int fd, const char *mode);
FILE *ob_c_freopen(const char *path, const char *mode, FILE *file);
FILE *ob_c_tmpfile(void);
int ob_c_fclose(FILE *file);
int ob_c_fflush(FILE *file);
int ob_c_setvbuf(FILE *file, char *buffer, int mode, size_t size);

int ob_c_vfprintf(FILE *file, const char *format, va_list arguments);
int ob_c_fputs(const char *text, FILE *file);

/* The calls that this layer is made of. */
int ob_c_open(const char *path, int flags, ...);
int ob_c_close(int fd);
ssize_t ob_c_read(int fd, void *bytes, size_t size);
ssize_t ob_c_write(int fd, const void *bytes, size_t size);
off_t ob_c_lseek(int fd, off_t offset, int whence);
void *ob_c_malloc(size_t size);
void *ob_c_realloc(void *memory, size_t size);
void ob_c_free(void *memory);

extern FILE *ob_c_stdin, *ob_c_stdout, *ob_c_stderr;

#endif
