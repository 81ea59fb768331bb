/*
 * What a delivery costs at the least: a queue in order of time, and a handler behind a pointer. No
 * links, no faults, no trace, no checks. It does the counter target's work, and is what Offbeat's
 * cost is compared with in the same run.
 */
#ifndef OFFBEAT_TESTS_BENCH_SKETCH_H
#define OFFBEAT_TESTS_BENCH_SKETCH_H

#include <stdint.h>

/* Runs `message_count` ≤ 64 increments, `interval_us` apart. Returns the number of deliveries. */
uint32_t sketch_run(unsigned message_count, uint32_t interval_us);

#endif
