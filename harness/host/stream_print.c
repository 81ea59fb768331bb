/* Formatted output: the C library formats, streams write. */
#include <errno.h>
#include <string.h>

#include "host/stream.h"

enum { SHORT_TEXT = 512 };

typedef size_t put_function(void *to, const char *text, size_t size);

/* Formats into a buffer, of the heap where it is long, and hands it to `put`. */
static int print(put_function *put, void *to, const char *format, va_list arguments)
{
    char brief[SHORT_TEXT];
    char *text = brief;
    va_list again;

    va_copy(again, arguments);

    int size = vsnprintf(brief, sizeof brief, format, arguments);

    if (size >= SHORT_TEXT) {
        text = ob_c_malloc((size_t)size + 1);
        if (text != NULL)
            vsnprintf(text, (size_t)size + 1, format, again);
        else
            size = -1;
    }
    va_end(again);
    if (size > 0 && put(to, text, (size_t)size) != (size_t)size)
        size = -1;
    if (text != brief)
        ob_c_free(text);
    return size;
}

static size_t put_to_stream(void *to, const char *text, size_t size)
{
    return ob_stream_write(to, text, size);
}

static size_t put_to_descriptor(void *to, const char *text, size_t size)
{
    size_t done = 0;
    ssize_t part = 1;

    while (done < size && (part = ob_c_write(*(int *)to, text + done, size - done)) > 0)
        done += (size_t)part;
    return done;
}

int ob_c_vfprintf(FILE *file, const char *format, va_list arguments)
{
    return print(put_to_stream, file, format, arguments);
}

int ob_c_vprintf(const char *format, va_list arguments)
{
    return ob_c_vfprintf(ob_c_stdout, format, arguments);
}

int ob_c_vdprintf(int fd, const char *format, va_list arguments)
{
    return print(put_to_descriptor, &fd, format, arguments);
}

/* The body of a function with variable arguments: `call` has them as `arguments`. */
#define PRINTS(call)                                                                               \
    va_list arguments;                                                                             \
    int result;                                                                                    \
                                                                                                   \
    va_start(arguments, format);                                                                   \
    result = call;                                                                                 \
    va_end(arguments);                                                                             \
    return result

int ob_c_printf(const char *format, ...)
{
    PRINTS(ob_c_vprintf(format, arguments));
}

int ob_c_fprintf(FILE *file, const char *format, ...)
{
    PRINTS(ob_c_vfprintf(file, format, arguments));
}

int ob_c_dprintf(int fd, const char *format, ...)
{
    PRINTS(ob_c_vdprintf(fd, format, arguments));
}

/* Those that fortified programs call have a level besides. */
int ob_c___printf_chk(int level, const char *format, ...)
{
    (void)level;
    PRINTS(ob_c_vprintf(format, arguments));
}

int ob_c___fprintf_chk(FILE *file, int level, const char *format, ...)
{
    (void)level;
    PRINTS(ob_c_vfprintf(file, format, arguments));
}

int ob_c___dprintf_chk(int fd, int level, const char *format, ...)
{
    (void)level;
    PRINTS(ob_c_vdprintf(fd, format, arguments));
}

int ob_c___vprintf_chk(int level, const char *format, va_list arguments)
{
    (void)level;
    return ob_c_vprintf(format, arguments);
}

int ob_c___vfprintf_chk(FILE *file, int level, const char *format, va_list arguments)
{
    (void)level;
    return ob_c_vfprintf(file, format, arguments);
}

/* Text of a program's own memory. */
int ob_c_vasprintf(char **text, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);

    int size = vsnprintf(NULL, 0, format, arguments);

    *text = size >= 0 ? ob_c_malloc((size_t)size + 1) : NULL;
    if (*text != NULL)
        vsnprintf(*text, (size_t)size + 1, format, again);
    else
        size = -1;
    va_end(again);
    return size;
}

int ob_c_asprintf(char **text, const char *format, ...)
{
    PRINTS(ob_c_vasprintf(text, format, arguments));
}

int ob_c___asprintf_chk(char **text, int level, const char *format, ...)
{
    (void)level;
    PRINTS(ob_c_vasprintf(text, format, arguments));
}

int ob_c___vasprintf_chk(char **text, int level, const char *format, va_list arguments)
{
    (void)level;
    return ob_c_vasprintf(text, format, arguments);
}

void ob_c_perror(const char *text)
{
    int error = errno;

    if (text != NULL && text[0] != '\0')
        ob_c_fprintf(ob_c_stderr, "%s: ", text);
    ob_c_fprintf(ob_c_stderr, "%s\n", strerror(error));
}
