#include "engine/features.h"

#include "base/features.h"
#include "base/process.h"
#include "base/transfer.h"
#include "engine/counters.h"
#include "engine/fuzz_entry.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 10
#define RANGES 8
#define COUNTERS_MAX (1u << 20)

struct service {
    int in;
    int out;
    uint32_t edges;
    uint32_t marks;
    uint8_t *input;
    uint32_t size;
    uint32_t *features;
    unsigned timeout;
};

static bool receive(const struct service *service, void *data, size_t size)
{
    return ob_read_all(service->in, data, size, NULL, NULL) == 0;
}

static void send(const struct service *service, const void *data, size_t size)
{
    if (ob_write_all(service->out, data, size))
        _exit(2);
}

static void answer(const struct service *service, uint32_t first, uint32_t second)
{
    const uint32_t words[] = {first, second};

    send(service, words, sizeof words);
}

/* libFuzzer's ranges: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more. */
static uint32_t range_of(uint8_t count)
{
    static const uint8_t least[RANGES] = {1, 2, 3, 4, 8, 16, 32, 128};
    uint32_t range = 0;

    while (range + 1 < RANGES && count >= least[range + 1])
        range++;
    return range;
}

static void clear_counters(const struct service *service)
{
    memset(__start___sancov_cntrs, 0, service->edges);
    if (service->marks > 0)
        memset(__start___libfuzzer_extra_counters, 0, service->marks);
}

static uint32_t collect(const struct service *service)
{
    uint32_t count = 0;

    for (uint32_t edge = 0; edge < service->edges; edge++)
        if (__start___sancov_cntrs[edge])
            service->features[count++] = edge * RANGES + range_of(__start___sancov_cntrs[edge]);
    for (uint32_t mark = 0; mark < service->marks; mark++)
        if (__start___libfuzzer_extra_counters[mark])
            service->features[count++] = (service->edges + mark) * RANGES;
    return count;
}

static void run_one(const struct service *service)
{
    clear_counters(service);
    (void)alarm(service->timeout);
    (void)LLVMFuzzerTestOneInput(service->input, service->size);
    (void)alarm(0);
    uint32_t count = collect(service);
    send(service, &count, sizeof count);
    send(service, service->features, count * sizeof *service->features);
}

/* Takes the next input. Returns false when there is none. */
static bool take_input(struct service *service)
{
    if (!receive(service, &service->size, sizeof service->size))
        return false;
    if (service->size > OB_FEATURES_INPUT_BYTES_MAX)
        _exit(2);
    return receive(service, service->input, service->size);
}

/* Inputs until one ends the process. The first run is for what happens once in a process. */
static void work(struct service *service)
{
    (void)signal(SIGALRM, SIG_DFL);
    (void)LLVMFuzzerTestOneInput(service->input, 0);
    while (take_input(service))
        run_one(service);
    _exit(0);
}

static void open_service(struct service *service)
{
    const char *timeout = getenv("OFFBEAT_FEATURES_TIMEOUT");

    /* What the target prints must not come between. */
    service->in = dup(STDIN_FILENO);
    service->out = dup(STDOUT_FILENO);
    service->edges = (uint32_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
    service->marks =
        (uint32_t)(__stop___libfuzzer_extra_counters - __start___libfuzzer_extra_counters);
    service->timeout = timeout ? (unsigned)strtoul(timeout, NULL, 10) : 0;
    if (service->timeout == 0)
        service->timeout = TIMEOUT_SECONDS;
    service->input = malloc(OB_FEATURES_INPUT_BYTES_MAX);
    service->features = calloc(service->edges + service->marks + 1, sizeof *service->features);
    if (service->in < 0 || service->out < 0 || !service->input || !service->features ||
        service->edges > COUNTERS_MAX || ob_process_redirect(OB_DEV_NULL, OB_DEV_NULL, OB_DEV_NULL))
        _exit(2);
}

void ob_features_serve(int argc, char **argv)
{
    struct service service = {.in = -1};

    if (argc != 2 || strcmp(argv[1], OB_FEATURES_ARGUMENT) != 0)
        return;
    const uint8_t *first = __start___sancov_cntrs;
    const uint8_t *end = __stop___sancov_cntrs;
    if (!first || first == end) {
        fprintf(stderr, "offbeat: this program was not built for libFuzzer: it counts no edges\n");
        exit(2);
    }
    /* Oracles may run the target once more, and remember for later inputs what came of it: what
     * that reaches would be a feature of whichever input came first. */
    if (setenv("OFFBEAT_ORACLES", "off", 1))
        exit(2);
    open_service(&service);
    answer(&service, OB_FEATURES_GREETING, (service.edges + service.marks) * RANGES);
    /* Each worker goes on where the one before it ended, as both read from one pipe. */
    for (;;) {
        int status = 0;
        pid_t worker = ob_process_fork();
        if (worker == 0)
            work(&service);
        if (worker < 0 || ob_process_wait(worker, &status))
            _exit(2);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            _exit(0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
            _exit(2);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            answer(&service, OB_FEATURES_HUNG, 0);
        else
            answer(&service, OB_FEATURES_CRASHED,
                   WIFSIGNALED(status) ? (uint32_t)WTERMSIG(status) : 0);
    }
}
