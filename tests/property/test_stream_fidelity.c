/*
 * Random sequences of calls on streams, of a host's and of the C library's: the same results,
 * bytes, ends and errors, and the same file behind them.
 *
 *   test_stream_fidelity [SEQUENCES [FIRST]]
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "host/kernel/kernel.h"
#include "host/stream.h"

enum { SEQUENCES = 4000, STEPS = 60, BYTES = 12000, REGION = 8 << 20, CONTENT_MAX = 1 << 20 };

/* -- what streams call, over a kernel without a world -- */

static struct ob_kernel *kernel;

static uint64_t zero(void *user)
{
    (void)user;
    return 0;
}

static const struct ob_kernel_hooks hooks = {.now_ns = zero, .realtime_offset_ns = zero};

static long give(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* By these names streams call them. */
#define STANDS_FOR(name) __asm__("ob_" #name)

int stand_in_open(const char *path, int flags, ...) STANDS_FOR(c_open);
int stand_in_close(int fd) STANDS_FOR(c_close);
ssize_t stand_in_read(int fd, void *bytes, size_t size) STANDS_FOR(c_read);
ssize_t stand_in_write(int fd, const void *bytes, size_t size) STANDS_FOR(c_write);
off_t stand_in_lseek(int fd, off_t offset, int whence) STANDS_FOR(c_lseek);
void *stand_in_malloc(size_t size) STANDS_FOR(c_malloc);
void *stand_in_realloc(void *memory, size_t size) STANDS_FOR(c_realloc);
void stand_in_free(void *memory) STANDS_FOR(c_free);
void stand_in_check(const void *bytes, size_t size, bool is_written) STANDS_FOR(check_bytes);

int stand_in_open(const char *path, int flags, ...)
{
    return (int)give(ob_sys_open(kernel, path, flags, 0666));
}

int stand_in_close(int fd)
{
    return (int)give(ob_sys_close(kernel, fd));
}

ssize_t stand_in_read(int fd, void *bytes, size_t size)
{
    return give(ob_sys_read(kernel, fd, bytes, size));
}

ssize_t stand_in_write(int fd, const void *bytes, size_t size)
{
    return give(ob_sys_write(kernel, fd, bytes, size));
}

off_t stand_in_lseek(int fd, off_t offset, int whence)
{
    return give(ob_sys_lseek(kernel, fd, offset, whence));
}

void *stand_in_malloc(size_t size)
{
    return malloc(size);
}

void *stand_in_realloc(void *memory, size_t size)
{
    return realloc(memory, size);
}

void stand_in_free(void *memory)
{
    free(memory);
}

void stand_in_check(const void *bytes, size_t size, bool is_written)
{
    (void)bytes;
    (void)size;
    (void)is_written;
}

/* -- calls of both sides -- */

enum side { SIMULATED, REAL, SIDES };
enum direction { EITHER, READING, WRITING };

enum call_name {
    DO_OPEN,
    DO_CLOSE,
    DO_READ,
    DO_GET,
    DO_LINE,
    DO_GETLINE,
    DO_UNGET,
    DO_WRITE,
    DO_PUT,
    DO_TEXT,
    DO_PRINT,
    DO_SEEK,
    DO_TELL,
    DO_REWIND,
    DO_ENDED,
    DO_CLEAR,
    DO_FLUSH,
    CALLS
};

struct answer {
    long result;
    size_t size;
    char bytes[BYTES + 8];
};

struct play {
    struct ob_rng rng;
    FILE *files[SIDES];
    enum direction direction;
    enum call_name last;
    char data[BYTES];
    struct answer answers[SIDES];
    bool tells;
};

size_t ob_c_fread(void *bytes, size_t size, size_t count, FILE *file);
size_t ob_c_fwrite(const void *bytes, size_t size, size_t count, FILE *file);
int ob_c_fgetc(FILE *file);
int ob_c_fputc(int character, FILE *file);
int ob_c_ungetc(int character, FILE *file);
char *ob_c_fgets(char *line, int size, FILE *file);
ssize_t ob_c_getline(char **line, size_t *room, FILE *file);
int ob_c_fseek(FILE *file, long offset, int whence);
long ob_c_ftell(FILE *file);
void ob_c_rewind(FILE *file);
int ob_c_feof(FILE *file);
int ob_c_ferror(FILE *file);
void ob_c_clearerr(FILE *file);
int ob_c_fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define DO(name, ...) (side == REAL ? (long)name(__VA_ARGS__) : (long)ob_c_##name(__VA_ARGS__))

static const char *const call_names[CALLS] = {
    "fopen", "fclose",  "fread", "fgetc", "fgets",  "getline", "ungetc",   "fwrite", "fputc",
    "fputs", "fprintf", "fseek", "ftell", "rewind", "feof",    "clearerr", "fflush"};

struct call {
    enum call_name name;
    const char *mode;
    size_t size;
    long offset;
    int whence;
};

static long get_line(FILE *file, enum side side, struct answer *answer)
{
    char *line = NULL;
    size_t room = 0;
    long size = DO(getline, &line, &room, file);

    if (size > 0) {
        answer->size = (size_t)size + 1;
        memcpy(answer->bytes, line, answer->size);
    }
    free(line);
    return size;
}

static long read_or_write(struct play *play, enum side side, const struct call *call,
                          struct answer *answer)
{
    FILE *file = play->files[side];
    long result;

    switch (call->name) {
    case DO_READ:
        result = DO(fread, answer->bytes, 1, call->size, file);
        answer->size = (size_t)result;
        return result;
    case DO_GET:
        return DO(fgetc, file);
    case DO_LINE:
        result = side == REAL ? fgets(answer->bytes, (int)call->size + 2, file) != NULL
                              : ob_c_fgets(answer->bytes, (int)call->size + 2, file) != NULL;
        answer->size = result ? strlen(answer->bytes) : 0;
        return result;
    case DO_GETLINE:
        return get_line(file, side, answer);
    case DO_UNGET:
        return DO(ungetc, play->data[0] & 0x7f, file);
    case DO_WRITE:
        return DO(fwrite, play->data, 1, call->size, file);
    case DO_PUT:
        return DO(fputc, play->data[0], file);
    case DO_TEXT:
        return DO(fputs, "some text\nof two lines", file) >= 0;
    default:
        return DO(fprintf, file, "%0*d|%s\n", (int)call->size + 1, 42, "text");
    }
}

static void make_call(struct play *play, enum side side, const struct call *call)
{
    struct answer *answer = &play->answers[side];
    FILE *file = play->files[side];

    answer->size = 0;
    answer->result = 0;
    switch (call->name) {
    case DO_OPEN:
        play->files[side] =
            side == REAL ? fopen("file", call->mode) : ob_c_fopen("file", call->mode);
        answer->result = play->files[side] != NULL;
        break;
    case DO_CLOSE:
        answer->result = DO(fclose, file);
        play->files[side] = NULL;
        break;
    case DO_SEEK:
        answer->result = DO(fseek, file, call->offset, call->whence);
        break;
    case DO_TELL:
        answer->result = DO(ftell, file);
        break;
    case DO_REWIND:
        side == REAL ? rewind(file) : ob_c_rewind(file);
        break;
    case DO_ENDED:
        answer->result = (DO(feof, file) != 0) + 2 * (DO(ferror, file) != 0);
        break;
    case DO_CLEAR:
        side == REAL ? clearerr(file) : ob_c_clearerr(file);
        break;
    case DO_FLUSH:
        answer->result = DO(fflush, file);
        break;
    default:
        answer->result = read_or_write(play, side, call, answer);
        break;
    }
}

/* Does the standard say what happens? Between reading and writing stands fseek() or fflush(). */
static bool is_defined(struct play *play, const struct call *call)
{
    bool reads = call->name >= DO_READ && call->name <= DO_UNGET;
    bool writes = call->name >= DO_WRITE && call->name <= DO_PRINT;

    if ((play->files[REAL] == NULL) != (call->name == DO_OPEN))
        return false;
    if ((reads && play->direction == WRITING) || (writes && play->direction == READING))
        return false;
    /* One byte may go back, behind one that was read, and is then read or left by rewind(). */
    if (call->name == DO_UNGET &&
        (play->last != DO_GET || play->direction != READING || play->answers[REAL].result < 0))
        return false;
    if (play->last == DO_UNGET && !reads && call->name != DO_REWIND)
        return false;
    if (reads || writes)
        play->direction = reads ? READING : WRITING;
    if (call->name == DO_OPEN || call->name == DO_SEEK || call->name == DO_REWIND ||
        (call->name == DO_FLUSH && play->direction == WRITING))
        play->direction = EITHER;
    return true;
}

static struct call draw(struct play *play)
{
    static const char *const modes[] = {"r", "w", "a", "r+", "w+", "a+", "r+", "wx", "rb+", "?"};
    struct call call;

    do {
        call =
            (struct call){.name = (enum call_name)ob_rng_below(&play->rng, CALLS),
                          .mode = modes[ob_rng_below(&play->rng, 10)],
                          .size = ob_random_log(&play->rng, ob_rng_below(&play->rng, 2) ? 5 : 13),
                          .offset = (long)ob_random_log(&play->rng, 13),
                          .whence = (int)ob_rng_below(&play->rng, 3)};
        call.offset -= ob_rng_below(&play->rng, 3) == 0 ? 1000 : 0;
        if (call.name == DO_CLOSE && ob_rng_below(&play->rng, 3) != 0)
            call.name = DO_TELL;
        if (call.name == DO_PRINT)
            call.size %= 700;
    } while (!is_defined(play, &call));
    for (size_t i = 0; i <= call.size / 16; i++)
        play->data[ob_rng_below(&play->rng, (uint32_t)call.size + 1)] =
            (char)(ob_rng_below(&play->rng, 8) == 0 ? '\n'
                                                    : 'a' + (int)ob_rng_below(&play->rng, 26));
    return call;
}

/* What is in the file, when both streams are closed. */
static bool is_same_file(void)
{
    static char contents[SIDES][CONTENT_MAX];
    int real = open("file", O_RDONLY), simulated = ob_sys_open(kernel, "file", O_RDONLY, 0);
    bool same = (real < 0) == (simulated < 0);

    if (real >= 0 && simulated >= 0) {
        ssize_t size = read(real, contents[REAL], CONTENT_MAX);

        same = ob_sys_read(kernel, simulated, contents[SIMULATED], CONTENT_MAX) == size &&
               memcmp(contents[REAL], contents[SIMULATED], (size_t)size) == 0;
    }
    if (real >= 0)
        close(real);
    if (simulated >= 0)
        ob_sys_close(kernel, simulated);
    return same;
}

static bool run(struct play *play)
{
    const struct answer *simulated = &play->answers[SIMULATED], *real = &play->answers[REAL];

    for (int step = 0; step < STEPS; step++) {
        struct call call = draw(play);

        make_call(play, SIMULATED, &call);
        make_call(play, REAL, &call);
        play->last = call.name;

        bool same = simulated->result == real->result && simulated->size == real->size &&
                    memcmp(simulated->bytes, real->bytes, real->size) == 0 &&
                    (call.name != DO_CLOSE || is_same_file());

        if (!same || play->tells)
            printf("  %-8s mode %s, size %zu, offset %ld, whence %d: %ld, really %ld; bytes %zu, "
                   "really %zu\n",
                   call_names[call.name], call.mode, call.size, call.offset, call.whence,
                   simulated->result, real->result, simulated->size, real->size);
        if (!same)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct play play;
    unsigned sequences = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SEQUENCES;
    unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0, differing = 0;
    struct ob_kernel_config config = {.hooks = &hooks};
    char folder[] = "/tmp/offbeat-streams-XXXXXX";
    void *region = aligned_alloc(16, REGION);

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        abort();
    for (unsigned i = first; i < first + sequences && differing < 5; i++) {
        kernel = ob_kernel_create(region, REGION, &config);
        play = (struct play){.rng = {.state = ob_mix64(i + 1)}, .tells = sequences == 1};

        bool same = run(&play);

        for (int side = 0; side < SIDES; side++)
            if (play.files[side] != NULL)
                make_call(&play, (enum side)side, &(struct call){.name = DO_CLOSE});
        if (!same || !is_same_file()) {
            printf("differs: sequence %u\n", i);
            differing++;
        }
        unlink("file");
    }
    if (chdir("/") != 0 || rmdir(folder) != 0)
        abort();
    free(region);
    printf("%u sequences of %d calls, %u differ\n", sequences, STEPS, differing);
    return differing > 0;
}
