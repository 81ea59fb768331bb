/* Asking a fuzz program what single inputs show; what they say is in base/features.h. */
#ifndef OFFBEAT_CLI_PROBE_H
#define OFFBEAT_CLI_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct cli_probe {
    char path[4096];
    pid_t process;
    int in;  /* what it answers */
    int out; /* what it is asked */
    uint32_t feature_max;
    uint32_t *features; /* of the last input */
    uint32_t feature_count;
};

enum cli_probe_result {
    CLI_PROBE_DONE,
    CLI_PROBE_CRASHED,
    CLI_PROBE_HUNG,
    CLI_PROBE_FAILED = -1, /* the program is gone, or is none of ours */
};

/*
 * Starts the fuzz program of `specification`, TARGET/VARIANT: `binary`, or where the preset
 * libfuzzer has built it, if that is NULL. An input that runs longer than `timeout_seconds` hangs;
 * 0 is for the program's own limit. Returns 0, or -1 with `error` set. cli_probe_close() in any
 * case.
 */
int cli_probe_open(struct cli_probe *probe, const char *specification, const char *binary,
                   uint64_t timeout_seconds, struct ob_error *error);

/* Runs an input. Afterwards `features` has what it showed, if that is CLI_PROBE_DONE. */
enum cli_probe_result cli_probe_run(struct cli_probe *probe, const uint8_t *data, size_t size,
                                    struct ob_error *error);

/* Ends the program. */
void cli_probe_close(struct cli_probe *probe);

#endif
