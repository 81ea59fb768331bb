/* What a target with a defect says, and that it ends its process with 2. */
#ifndef OFFBEAT_TESTS_DEFECT_H
#define OFFBEAT_TESTS_DEFECT_H

#include "support/run_text.h"

#include <sys/wait.h>
#include <unistd.h>

/* The line on standard error of a process that runs a scenario; valid until the next call. */
static inline const char *defect_says(const struct ob_target *target, unsigned variant,
                                      const char *records)
{
    static char line[1024];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct bench bench = {0};
        (void)dup2(ends[1], STDERR_FILENO);
        bench_open(&bench, target, variant);
        (void)bench_run(&bench, records);
        _exit(0);
    }
    (void)close(ends[1]);
    size_t size = 0;
    for (ssize_t got = 1; got > 0 && size<sizeof line - 1; size += got> 0 ? (size_t)got : 0)
        got = read(ends[0], line + size, sizeof line - 1 - size);
    line[size] = '\0';
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    return line;
}

#endif
