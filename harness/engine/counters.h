/* What the linker knows of a program's counters: those of instrumented code, and those of the
 * world's feedback. Programs without have none of these symbols. */
#ifndef OFFBEAT_ENGINE_COUNTERS_H
#define OFFBEAT_ENGINE_COUNTERS_H

#include <stdint.h>

extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));
extern uint8_t __start___libfuzzer_extra_counters[] __attribute__((weak));
extern uint8_t __stop___libfuzzer_extra_counters[] __attribute__((weak));

#endif
