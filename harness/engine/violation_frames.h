/*
 * The last frames of a violation's stack. ClusterFuzz groups crashes by the line that says what
 * failed and the two frames on top; with the harness's own functions there, all violations would
 * be one. So the build writes two functions for each invariant of each variant, which call each
 * other and then abort(): the upper one is named after the invariant, the lower one by letters
 * that two invariants hardly share.
 */
#ifndef OFFBEAT_ENGINE_VIOLATION_FRAMES_H
#define OFFBEAT_ENGINE_VIOLATION_FRAMES_H

#include "offbeat/offbeat.h"

#include <stdlib.h>

struct ob_violation_frame {
    const char *invariant;
    void (*enter)(void); /* does not return */
    bool is_of_target;   /* it stands in the target's own code, not in a pattern or the harness */
};

/* Written by the build (cmake/OffbeatInvariants.cmake), ends with an empty one. Weak: programs that
 * are put together by hand have none. */
extern const struct ob_violation_frame ob_violation_frames[] __attribute__((weak));

/* The names differ within the bodies, so that no compiler makes one function of two. */
#define OB_VIOLATION_FRAME(upper, lower)                                                           \
    __attribute__((noinline)) static OB_NORETURN void upper(void)                                  \
    {                                                                                              \
        __asm__ volatile("" : : "r"(#upper) : "memory");                                           \
        abort();                                                                                   \
    }                                                                                              \
    __attribute__((noinline)) static OB_NORETURN void lower(void)                                  \
    {                                                                                              \
        __asm__ volatile("" : : "r"(#lower) : "memory");                                           \
        upper();                                                                                   \
    }

#endif
