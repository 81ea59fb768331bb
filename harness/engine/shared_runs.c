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

/* The goals lie behind what is there for every target. */
struct counted {
    struct ob_runs runs;
    struct ob_shown shown;
};
_Static_assert(sizeof(struct counted) % _Alignof(struct ob_goal_tally) == 0, "goals are aligned");

static size_t size_for(const struct ob_target *target)
{
    return sizeof(struct counted) + ob_goal_tally_size(target);
}

static bool map(int file, const struct ob_target *target, struct ob_shared_runs *shared)
{
    void *memory = mmap(NULL, size_for(target), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    if (memory == MAP_FAILED)
        return false;
    struct counted *counted = memory;
    *shared = (struct ob_shared_runs){.runs = &counted->runs, .shown = &counted->shown};
    if (ob_goal_tally_size(target) > 0) {
        shared->goals = (struct ob_goal_tally *)(void *)(counted + 1);
        ob_goal_tally_begin(shared->goals, target);
    }
    return true;
}

bool ob_shared_runs_create(const struct ob_target *target, struct ob_shared_runs *shared)
{
    char number[16];
    int file = memfd_create("offbeat-runs", 0);

    if (file < 0)
        return false;
    (void)snprintf(number, sizeof number, "%d", file);
    if (ftruncate(file, (off_t)size_for(target)) || setenv(VARIABLE, number, 1)) {
        (void)close(file);
        return false;
    }
    return map(file, target, shared);
}

bool ob_shared_runs_find(const struct ob_target *target, struct ob_shared_runs *shared)
{
    const char *number = getenv(VARIABLE);
    struct stat status;

    if (!number)
        return false;
    int file = (int)strtol(number, NULL, 10);
    /* What was built another day may count something else. */
    if (fstat(file, &status) || (size_t)status.st_size != size_for(target))
        return false;
    return map(file, target, shared);
}
