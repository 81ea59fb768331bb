/* A program with the mistakes that are always judged: the first argument says which one it makes.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *volatile kept; /* gcc drops what is stored where nobody reads */
static int started = 1;

__attribute__((noinline)) static char *make(size_t size)
{
    return malloc(size);
}

__attribute__((noinline)) static void leave_behind(void)
{
    kept = make(100);
    kept[0] = 'x';
    char *volatile lost = make(200);
    lost[0] = 'y';
    lost = NULL;
}

__attribute__((noinline)) static int peek(const char *memory)
{
    return memory[3];
}

__attribute__((noinline)) static void clear_stack(void)
{
    volatile char bytes[4096];
    for (size_t at = 0; at < sizeof bytes; at++)
        bytes[at] = 0;
}

/* Waits two seconds without letting anybody else run. */
static int be_busy(void)
{
    struct timespec begun;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < begun.tv_sec + 2 ||
           (now.tv_sec == begun.tv_sec + 2 && now.tv_nsec < begun.tv_nsec));
    return now.tv_sec - begun.tv_sec <= 3 ? 7 : 1;
}

/* The same, by a timer that it asks whether it is over. */
static int ask(void)
{
    const struct itimerspec delay = {.it_value.tv_sec = 2};
    uint64_t count = 0;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    timerfd_settime(timer, 0, &delay, NULL);
    while (read(timer, &count, sizeof count) < 0)
        if (errno != EAGAIN)
            return 1;
    close(timer);
    return count == 1 ? 7 : 1;
}

/* Never waits, and has something to do all the while. */
static int move_bytes(void)
{
    char byte = 0;
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    for (int count = 0; count < 600000; count++)
        if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
            return 1;
    return 7;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (started++ != 1)
        return 99; /* a variable of a run before */
    if (strcmp(what, "leak") == 0) {
        leave_behind();
        clear_stack();
    }
    if (strcmp(what, "twice") == 0) {
        kept = make(10);
        char *volatile again = kept;
        free(kept);
        free(again);
    }
    if (strcmp(what, "wrong") == 0) {
        kept = make(10);
        free(kept + 1);
    }
    if (strcmp(what, "after") == 0) {
        kept = make(10);
        char *volatile again = kept;
        free(kept);
        return peek(again);
    }
    if (strcmp(what, "assert") == 0)
        assert(argc == 1 && "one argument too many");
    if (strcmp(what, "abort") == 0)
        abort();
    while (strcmp(what, "spin") == 0)
        if (write(-1, "", 1) == 0)
            break;
    if (strcmp(what, "busy") == 0)
        return be_busy();
    if (strcmp(what, "asks") == 0)
        return ask();
    if (strcmp(what, "bytes") == 0)
        return move_bytes();
    if (strcmp(what, "trap") == 0)
        return wait(NULL) < 0 && errno == ECHILD;
    return 7;
}
