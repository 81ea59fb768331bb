/* Which sanitizers watch the memory that the world hands out. */
#ifndef OFFBEAT_WORLD_SANITIZERS_H
#define OFFBEAT_WORLD_SANITIZERS_H

/* OB_ASAN is also defined by the build, where the target has AddressSanitizer and the harness has
 * not. */
#ifndef OB_ASAN
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OB_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define OB_ASAN 1
#endif
#endif

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define OB_MSAN 1
#endif
#endif

#ifdef OB_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef OB_MSAN
#include <sanitizer/msan_interface.h>
#endif

#endif
