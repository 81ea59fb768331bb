/* A program with the mistakes that are always judged: the first argument says which one it makes.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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
    if (strcmp(what, "trap") == 0)
        return wait(NULL) < 0 && errno == ECHILD;
    return 7;
}
