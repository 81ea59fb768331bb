/* The loop that delivers is one function, with what is rare kept out of it: at 30 ns a delivery,
 * calls count. */
#ifndef OFFBEAT_WORLD_INLINE_H
#define OFFBEAT_WORLD_INLINE_H

#define OB_INLINE static inline __attribute__((always_inline))
#define OB_RARE __attribute__((noinline, cold))
#define OB_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define OB_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#endif
