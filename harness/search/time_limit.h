/* When a process that makes runs is late. */
#ifndef OFFBEAT_SEARCH_TIME_LIMIT_H
#define OFFBEAT_SEARCH_TIME_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How many times its limit a process has by the clock. */
#define OB_WAIT_FACTOR 10u

/*
 * Whether a process is late that began its run `since_ms` ago, with `cpu_ms_before` of processor
 * time used until then. The limit is of processor time: on a machine with much else to do a run
 * takes any time by the clock, and to call that a hang would be a false alarm. One that waits uses
 * none, so OB_WAIT_FACTOR limits by the clock are too many for any.
 */
bool ob_is_late(uint64_t since_ms, uint32_t timeout_ms, pid_t process, uint64_t cpu_ms_before);

#endif
