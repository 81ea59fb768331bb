#define _GNU_SOURCE /* memfd_create() */
#include "engine/shared_runs.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number of a descriptor, which goes on over exec(). */
#define VARIABLE "OFFBEAT_SHARED_RUNS"

static struct ob_runs *map(int file)
{
    void *memory = mmap(NULL, sizeof(struct ob_runs), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

struct ob_runs *ob_shared_runs_create(void)
{
    char number[16];
    int file = memfd_create("offbeat-runs", 0);

    if (file < 0)
        return NULL;
    (void)snprintf(number, sizeof number, "%d", file);
    if (ftruncate(file, sizeof(struct ob_runs)) || setenv(VARIABLE, number, 1)) {
        (void)close(file);
        return NULL;
    }
    return map(file);
}

struct ob_runs *ob_shared_runs_find(void)
{
    const char *number = getenv(VARIABLE);
    struct stat status;

    if (!number)
        return NULL;
    int file = (int)strtol(number, NULL, 10);
    /* What was built another day may count something else. */
    if (fstat(file, &status) || status.st_size != sizeof(struct ob_runs))
        return NULL;
    return map(file);
}
