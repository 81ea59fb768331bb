/*
 * Variables of what stands for the C library that belong to the process, such as `stdout` and
 * `optind`: they begin anew with each process, and change with the host that runs.
 */
#ifndef OFFBEAT_HOST_PROCESS_DATA_H
#define OFFBEAT_HOST_PROCESS_DATA_H

#define OB_PROCESS_DATA __attribute__((section("ob_process_data"), aligned(16)))

#endif
