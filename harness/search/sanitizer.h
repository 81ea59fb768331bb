/* What a sanitizer says when it ends a process: AddressSanitizer, LeakSanitizer and
 * UndefinedBehaviorSanitizer, of clang and of gcc. */
#ifndef OFFBEAT_SEARCH_SANITIZER_H
#define OFFBEAT_SEARCH_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#define OB_FRAMES_MAX 8

/* A function of the target that was being run, the innermost first. */
struct ob_frame {
    char function[64];
    char file[256]; /* "" when not known, as the two numbers are 0 */
    unsigned line;
    unsigned column;
};

struct ob_sanitizer_report {
    char type[48]; /* `heap-use-after-free`, `memory-leak`, `signed-integer-overflow`, ... */
    bool is_leak;
    unsigned frame_count; /* of the first stack, without the sanitizer's own and the harness's */
    struct ob_frame frames[OB_FRAMES_MAX]; /* a function that calls itself stands for all its calls
                                            */
};

/* Reads what a process has said. Any text is safe. Returns false when no sanitizer speaks in it. */
bool ob_sanitizer_parse(const char *text, struct ob_sanitizer_report *report);

/* The frame by which a report is told from others of its type, or NULL. Where the stack is full,
 * the innermost one is an accident, so it is the first by name. */
const struct ob_frame *ob_sanitizer_frame(const struct ob_sanitizer_report *report);

#endif
