#include "cli/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "base/process.h"
#include "base/transfer.h"

/* Where the presets put the fuzz programs of libFuzzer, as seen from the command. */
static const char *const places[] = {"../libfuzzer/bin", "../../libfuzzer/bin", "."};

/* Finds `fuzz_TARGET_VARIANT`. */
static int find_program(struct cli_probe *probe, const char *specification, struct ob_error *error)
{
    char own[PATH_MAX];
    char name[256];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);

    own[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = '\0';
    (void)snprintf(name, sizeof name, "fuzz_%s", specification);
    for (char *c = name; *c; c++)
        *c = *c == '/' ? '_' : *c;
    for (size_t index = 0; index < sizeof places / sizeof places[0]; index++) {
        int printed =
            snprintf(probe->path, sizeof probe->path, "%s/%s/%s", own, places[index], name);
        if (printed > 0 && (size_t)printed < sizeof probe->path && access(probe->path, X_OK) == 0)
            return 0;
    }
    return ob_error_set(error,
                        "there is no program %s; ./scripts/build --preset libfuzzer builds it, or "
                        "name another one with --binary",
                        name);
}

static void start_program(const struct cli_probe *probe, int end, uint64_t timeout_seconds)
{
    char seconds[32];

    (void)snprintf(seconds, sizeof seconds, "%" PRIu64, timeout_seconds);
    (void)setenv("OFFBEAT_FEATURES_TIMEOUT", seconds, timeout_seconds > 0);
    /* What is allocated until an input crashes is nobody's leak. */
    (void)setenv("ASAN_OPTIONS", "detect_leaks=0:symbolize=0", 0);
    (void)signal(SIGPIPE, SIG_DFL);
    if (ob_process_redirect(end, end, -1) == 0)
        (void)execl(probe->path, probe->path, OB_FEATURES_ARGUMENT, (char *)NULL);
    _exit(2);
}

static int read_words(const struct cli_probe *probe, uint32_t *words, size_t count)
{
    return ob_read_all(probe->in, words, count * sizeof *words, NULL, NULL);
}

int cli_probe_open(struct cli_probe *probe, const char *specification, const char *binary,
                   uint64_t timeout_seconds, struct ob_error *error)
{
    int ends[2];
    uint32_t greeting[2] = {0, 0};

    *probe = (struct cli_probe){.process = -1, .in = -1, .out = -1};
    if (binary)
        (void)snprintf(probe->path, sizeof probe->path, "%s", binary);
    else if (find_program(probe, specification, error))
        return -1;
    if (access(probe->path, X_OK))
        return ob_error_set(error, "%.300s: cannot be run: %s", probe->path, strerror(errno));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return ob_error_set(error, "cannot start %.300s: %s", probe->path, strerror(errno));
    (void)fflush(NULL);
    probe->process = ob_process_fork();
    if (probe->process == 0)
        start_program(probe, ends[1], timeout_seconds);
    (void)close(ends[1]);
    probe->in = ends[0];
    probe->out = ends[0];
    if (probe->process < 0)
        return ob_error_set(error, "cannot start %.300s: %s", probe->path, strerror(errno));
    if (read_words(probe, greeting, 2) || greeting[0] != OB_FEATURES_GREETING ||
        greeting[1] > (1U << 28))
        return ob_error_set(error,
                            "%.300s: is not a fuzz program for libFuzzer; ./scripts/build --preset "
                            "libfuzzer builds those",
                            probe->path);
    probe->feature_max = greeting[1];
    probe->features = calloc((size_t)greeting[1] + 1, sizeof *probe->features);
    return probe->features ? 0 : ob_error_set(error, "out of memory");
}

enum cli_probe_result cli_probe_run(struct cli_probe *probe, const uint8_t *data, size_t size,
                                    struct ob_error *error)
{
    const uint32_t length = (uint32_t)size;
    uint32_t count = 0;
    uint32_t signal_number = 0;

    if (ob_write_all(probe->out, &length, sizeof length) || ob_write_all(probe->out, data, size) ||
        read_words(probe, &count, 1))
        goto gone;
    if (count == OB_FEATURES_CRASHED || count == OB_FEATURES_HUNG) {
        if (read_words(probe, &signal_number, 1))
            goto gone;
        return count == OB_FEATURES_HUNG ? CLI_PROBE_HUNG : CLI_PROBE_CRASHED;
    }
    if (count > probe->feature_max || read_words(probe, probe->features, count))
        goto gone;
    probe->feature_count = count;
    return CLI_PROBE_DONE;
gone:
    (void)ob_error_set(error, "%.300s: ended or answered nonsense", probe->path);
    return CLI_PROBE_FAILED;
}

void cli_probe_close(struct cli_probe *probe)
{
    if (probe->in >= 0)
        (void)close(probe->in);
    if (probe->process > 0)
        (void)ob_process_wait(probe->process, NULL);
    free(probe->features);
    *probe = (struct cli_probe){.process = -1, .in = -1, .out = -1};
}
