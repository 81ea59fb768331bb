#include "engine/comparisons.h"

struct ob_operands *ob_comparisons_noted;
bool ob_comparisons_unwanted;

/* Without an engine that wants the calls as well (in a mutator for AFL++, and with the standalone
 * engine) they end here. */
#ifdef OB_COMPARISONS_ALONE
#define HOOK(name) __sanitizer_cov_trace_##name
#define PASS_ON(name, ...)
#define DECLARE_REAL(name, ...)
#else
#define HOOK(name) __wrap___sanitizer_cov_trace_##name
#define PASS_ON(name, ...)                                                                         \
    do {                                                                                           \
        if (!ob_comparisons_unwanted && __real___sanitizer_cov_trace_##name)                       \
            __real___sanitizer_cov_trace_##name(__VA_ARGS__);                                      \
    } while (0)
#define DECLARE_REAL(name, ...)                                                                    \
    void __real___sanitizer_cov_trace_##name(__VA_ARGS__) __attribute__((weak));
#endif

#define COMPARISON(name, type)                                                                     \
    DECLARE_REAL(name, type one, type other)                                                       \
    void HOOK(name)(type one, type other);                                                         \
    void HOOK(name)(type one, type other)                                                          \
    {                                                                                              \
        if (ob_comparisons_noted)                                                                  \
            ob_operands_note(ob_comparisons_noted, one, other);                                    \
        PASS_ON(name, one, other);                                                                 \
    }

/* Of single bytes: these values are found by trying. */
#define COMPARISON_OF_BYTES(name)                                                                  \
    DECLARE_REAL(name, uint8_t one, uint8_t other)                                                 \
    void HOOK(name)(uint8_t one, uint8_t other);                                                   \
    void HOOK(name)(uint8_t one, uint8_t other)                                                    \
    {                                                                                              \
        (void)one;                                                                                 \
        (void)other;                                                                               \
        PASS_ON(name, one, other);                                                                 \
    }

COMPARISON_OF_BYTES(cmp1)
COMPARISON_OF_BYTES(const_cmp1)
COMPARISON(cmp2, uint16_t)
COMPARISON(cmp4, uint32_t)
COMPARISON(cmp8, uint64_t)
COMPARISON(const_cmp2, uint16_t)
COMPARISON(const_cmp4, uint32_t)
COMPARISON(const_cmp8, uint64_t)

/* cases[0] is the number of cases, cases[1] the width of the value in bits, the others are what it
 * is compared with. */
DECLARE_REAL(switch, uint64_t value, uint64_t *cases)
void HOOK(switch)(uint64_t value, uint64_t *cases);
void HOOK(switch)(uint64_t value, uint64_t *cases)
{
    for (uint64_t at = 0; ob_comparisons_noted && at < cases[0]; at++)
        ob_operands_note(ob_comparisons_noted, value, cases[2 + at]);
    PASS_ON(switch, value, cases);
}

#ifndef OB_COMPARISONS_ALONE
/* Whom calls go to, of use for the same. The engine takes the address that it returns to for the
 * caller's, so this must be the last that is done here, which makes it a jump. */
DECLARE_REAL(pc_indir, uintptr_t callee)
void HOOK(pc_indir)(uintptr_t callee);
void HOOK(pc_indir)(uintptr_t callee)
{
    PASS_ON(pc_indir, callee);
}
#else
/* Comparisons of floating point are with no argument, and which edges are taken is read from the
 * counters; the compiler calls these all the same. */
#define IGNORED(name, type)                                                                        \
    void __sanitizer_cov_##name(type one, type other);                                             \
    void __sanitizer_cov_##name(type one, type other)                                              \
    {                                                                                              \
        (void)one;                                                                                 \
        (void)other;                                                                               \
    }

IGNORED(trace_cmpf, float)
IGNORED(trace_cmpd, double)
IGNORED(trace_pc_guard_init, uint32_t *)
IGNORED(8bit_counters_init, uint8_t *)

void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    (void)guard;
}
#endif
