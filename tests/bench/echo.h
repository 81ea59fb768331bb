/* The target of which bench_delivery measures what tasks cost. */
#ifndef OFFBEAT_TESTS_BENCH_ECHO_H
#define OFFBEAT_TESTS_BENCH_ECHO_H

#include <offbeat/offbeat.h>

#define ECHO_ROUNDS 200 /* questions and answers of one run, so that its start does not count */

extern const struct ob_target ob_target_echo; /* variant 0: handlers; 1: tasks */

#endif
