#include "report/crash_state.h"

#include <ctype.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* -- frames -- */

/* Functions and folders of the runtime, of allocators and of what reports an error. Of the
 * published list this is what C code can have. */
static const char *const dropped_beginnings[] = {
    "abort",
    "__aeabi_",
    "aeabi_",
    "asan_",
    "_asan_",
    "__asan_",
    "__assert_",
    "calloc",
    "common_exit",
    "CFCrash",
    "delete",
    "dump_backtrace",
    "dump_stack",
    "free",
    "fuzzer::",
    "generic_cpp_",
    "g_log",
    "__GI_",
    "gsignal",
    "__hwasan",
    "_hwasan_",
    "__interceptor_",
    "___interceptor_backtrace",
    "kasan_",
    "__kasan_",
    "__libc_",
    "LLVMFuzzerTestOneInput",
    "_lsan_",
    "__lsan",
    "main",
    "malloc",
    "__memcmp",
    "memcmp",
    "__memcpy",
    "memcpy",
    "__memmove",
    "memmove",
    "__memset",
    "memset",
    "mozalloc_",
    "__msan",
    "_msan_",
    "New",
    "new",
    "object_err",
    "operator",
    "print_trailer",
    "__pthread_kill",
    "RaiseException",
    "realloc",
    "__run_exit_handlers",
    "_sanitizer_",
    "__sanitizer",
    "scanf",
    "show_stack",
    "SignalAction",
    "SignalHandler",
    "_start",
    "__strcmp",
    "strcmp",
    "__strcpy",
    "strcpy",
    "__strdup",
    "strdup",
    "__strlen",
    "strlen",
    "__strncpy",
    "strncpy",
    "__tsan",
    "_tsan_",
    "__ubsan",
    "_ubsan_",
    "check_memory_region",
    "_etext",
    "ExitCallback",
    "exit_or_terminate_process",
    "print_address_description",
    "runtime.",
    "rust_",
    "X11Error",
};

static const char *const dropped_parts[] = {
    "assert",
    "logger",
    "libpthread",
    "PartitionAlloc",
    "allocator_shim",
    "_asan_rtl_",
    "asan_Heap",
    "asan_check_access",
    "DebugBreak",
    "DefaultDcheckHandler",
    "SkDebugf",
    "StackDumpSignalHandler",
    "ForceCrashOnSigAbort",
    "BaseThreadInitThunk",
    "RtlFreeHeap",
    " /rust/",
    " /rustc/",
    "/crosstool/",
    "/gcc/",
    "/glibc-",
    "/googletest/",
    "/jemalloc/",
    "/libc++",
    "/libc/",
    "/llvm-build/",
    "/sanitizer_common/",
    "/tcmalloc/",
    "libc++/",
    "/memorycmp.c",
    "<unknown module>",
    "third_party/fuzztest/",
    "centipede::",
    "libc.so",
};

/* Names that are dropped when nothing comes after them. */
static const char *const dropped_whole[] = {
    "exit",       "pthread_create", "pthread_kill", "raise",     "tgkill",
    "__chk_fail", "__fortify_fail", "panic",        "<unknown>",
};

bool ob_crash_frame_is_dropped(const char *frame)
{
    if (strlen(frame) < 3)
        return true;
    for (size_t i = 0; i < LENGTH(dropped_beginnings); i++)
        if (strncmp(frame, dropped_beginnings[i], strlen(dropped_beginnings[i])) == 0)
            return true;
    for (size_t i = 0; i < LENGTH(dropped_parts); i++)
        if (strstr(frame, dropped_parts[i]))
            return true;
    for (size_t i = 0; i < LENGTH(dropped_whole); i++)
        if (strcmp(frame, dropped_whole[i]) == 0)
            return true;
    return false;
}

/* -- lines -- */

static bool is_any_of(char c, const char *characters)
{
    return c != '\0' && strchr(characters, c) != NULL;
}

/* The length of what is taken for an address at `at`, or 0: 0x and four digits or more. */
static size_t address_length(const char *at)
{
    size_t digits = strncmp(at, "0x", 2) == 0 ? strspn(at + 2, "0123456789abcdefABCDEF") : 0;

    return digits >= 4 ? 2 + digits + strspn(at + 2 + digits, "U") : 0;
}

/* The length of what is taken for a number that varies, or 0: four digits or dots, two after a
 * blank, one after '@' or '#'; neither side may go on like a number or a name. */
static size_t number_length(const char *at, char before)
{
    size_t length = strspn(at, "0123456789");
    size_t with_dots = strspn(at, "0123456789.");

    if (is_any_of(before, ":0123456789."))
        return 0;
    if (with_dots >= 4)
        length = with_dots;
    else if (!(before == ' ' && length >= 2) && !(is_any_of(before, "@#") && length >= 1))
        return 0;
    char after = at[length];
    return isalnum((unsigned char)after) || after == '.' ? 0 : length;
}

bool ob_crash_state_add(struct ob_crash_state *state, const char *line)
{
    char normal[4 * OB_CRASH_LINE_MAX];
    size_t length = 0;
    const char *at = line;

    if (state->count == OB_CRASH_LINES)
        return true;
    while (*at != '\0' && length < OB_CRASH_LINE_MAX) {
        size_t address = address_length(at);
        size_t number = number_length(at, at > line ? at[-1] : '\0');
        const char *word = address ? "ADDRESS" : number ? "NUMBER" : NULL;

        if (word) {
            /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): `length` says where it ends */
            memcpy(normal + length, word, strlen(word));
            length += strlen(word);
            at += address ? address : number;
        } else {
            normal[length++] = *at++;
        }
    }
    if (length > OB_CRASH_LINE_MAX) /* the last word went beyond */
        length = OB_CRASH_LINE_MAX;
    char *kept = state->lines[state->count++];
    memcpy(kept, normal, length);
    kept[length] = '\0';
    return strcmp(kept, line) == 0;
}

/* -- what a program printed -- */

enum {
    ASSERTION,
    ASSERTION_GLIBC,
    ABORTED,
    FATAL_SIGNAL,
    SANITIZER,
    MSAN,
    HANG,
    MEMORY,
    FRAME,
    RULES
};

/* Extended regular expressions; the match counts from the beginning of a line. */
static const struct {
    const char *pattern;
    size_t group; /* what of the match is of interest */
} rules[RULES] = {
    [ASSERTION] = {"^(\\[.*\\]|.*\\.(c|cc|cpp|cxx|h|hh|hpp|hxx):.*)?[[:space:]]*"
                   "(ASSERT(ION)? FAIL(URE|ED)|panic): (.*)",
                   6},
    [ASSERTION_GLIBC] = {"^.*:[[:space:]]*assertion [`'\"]?(.*[^`'\"])[`'\"]? failed\\.?$", 1},
    [ABORTED] = {"^.*[a-zA-Z]+Sanitizer: (ABRT|breakpoint|ILL|TRAP) ", 0},
    [FATAL_SIGNAL] = {"^.*ERROR:[[:space:]]*libFuzzer:[[:space:]]*deadly signal", 0},
    [SANITIZER] = {"^.*ERROR: AddressSanitizer[: ]*([^(:;]+)", 1},
    [MSAN] = {"^.*(Thread|Memory)Sanitizer:[[:space:]]+([^(:]+)", 2},
    [HANG] = {"^.*ERROR:[[:space:]]*libFuzzer:[[:space:]]*timeout", 0},
    [MEMORY] = {"^.*(ERROR.*Sanitizer failed to allocate|libFuzzer: out-of-memory)", 0},
    [FRAME] = {"^[[:space:]]*#[0-9]+[[:space:]]+[xX0-9a-fA-F]+[[:space:]]+in[[:space:]]*(.*)$", 1},
};

#define GROUPS 8

/* Whether a rule is met; then the part of the line that matters is in `found`, cut if too long. */
static bool meets(const regex_t *compiled, unsigned rule, const char *line, char *found,
                  size_t found_size)
{
    regmatch_t groups[GROUPS];

    if (regexec(&compiled[rule], line, GROUPS, groups, 0) != 0)
        return false;
    const regmatch_t *group = &groups[rules[rule].group];
    int length = group->rm_so < 0 ? 0 : (int)(group->rm_eo - group->rm_so);
    (void)snprintf(found, found_size, "%.*s", length, line + (length ? group->rm_so : 0));
    return true;
}

static void begin(struct ob_crash_state *state, const char *type)
{
    (void)snprintf(state->type, sizeof state->type, "%s", type);
    state->count = 0;
}

static bool is_passed_over(const char *line)
{
    return strstr(line, "SUMMARY:") || strstr(line, "WARNING: AddressSanitizer") ||
           strstr(line, "Sanitizer:DEADLYSIGNAL");
}

/* The function's name alone: what stands before its parameters and its file. */
static void add_frame(struct ob_crash_state *state, char *frame)
{
    if (ob_crash_frame_is_dropped(frame))
        return;
    frame[strcspn(frame, "([ ")] = '\0';
    (void)ob_crash_state_add(state, frame);
}

/* Signals by which the program ends itself have states of their own. */
static bool is_msan(const regex_t *compiled, const char *line, char *found, size_t size)
{
    return meets(compiled, MSAN, line, found, size) && strncmp(found, "ABRT", 4) != 0 &&
           strncmp(found, "ILL", 3) != 0;
}

/* The rules in their order: two that do the same may have others between them. */
static void read_line(const regex_t *compiled, const char *line, struct ob_crash_state *state)
{
    char found[1024];
    bool is_assertion = strcmp(state->type, "ASSERT") == 0;

    if (is_passed_over(line))
        return;
    if (is_assertion && meets(compiled, ABORTED, line, found, sizeof found))
        return; /* how the assertion ends the program */
    if (meets(compiled, ASSERTION, line, found, sizeof found) ||
        meets(compiled, ASSERTION_GLIBC, line, found, sizeof found)) {
        begin(state, "ASSERT");
        (void)ob_crash_state_add(state, found);
    } else if (is_msan(compiled, line, found, sizeof found)) { /* NOLINT(bugprone-branch-clone) */
        begin(state, found);
    } else if (meets(compiled, HANG, line, found, sizeof found)) {
        begin(state, "Timeout");
    } else if (meets(compiled, MEMORY, line, found, sizeof found)) {
        begin(state, "Out-of-memory");
    } else if (state->type[0] == '\0' && meets(compiled, SANITIZER, line, found, sizeof found)) {
        begin(state, found);
    } else if (state->type[0] == '\0' && meets(compiled, FATAL_SIGNAL, line, found, sizeof found)) {
        begin(state, "Fatal-signal");
    } else if (state->type[0] != '\0' && meets(compiled, FRAME, line, found, sizeof found)) {
        add_frame(state, found);
    }
}

void ob_crash_state_read(const char *output, size_t length, struct ob_crash_state *state)
{
    regex_t compiled[RULES];
    char line[4096];

    memset(state, 0, sizeof *state);
    for (unsigned rule = 0; rule < RULES; rule++)
        if (regcomp(&compiled[rule], rules[rule].pattern,
                    REG_EXTENDED | (rule <= ASSERTION_GLIBC ? REG_ICASE : 0)) != 0)
            abort(); /* a pattern of ours is wrong */
    for (size_t at = 0; at < length;) {
        const char *end = memchr(output + at, '\n', length - at);
        size_t size = end ? (size_t)(end - output) - at : length - at;

        (void)snprintf(line, sizeof line, "%.*s",
                       (int)(size < sizeof line ? size : sizeof line - 1), output + at);
        read_line(compiled, line, state);
        at += size + 1;
    }
    for (unsigned rule = 0; rule < RULES; rule++)
        regfree(&compiled[rule]);
}
