#include "search/sanitizer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LENGTH 1024
#define STACK_LINES_MAX 512

/* Copies the next line, cut where it is too long. Returns what follows it, or NULL at the end. */
static const char *next_line(const char *text, char line[LINE_MAX_LENGTH])
{
    size_t length = strcspn(text, "\n");
    size_t kept = length < LINE_MAX_LENGTH ? length : LINE_MAX_LENGTH - 1;

    if (*text == '\0')
        return NULL;
    memcpy(line, text, kept);
    line[kept] = '\0';
    return text + length + (text[length] == '\n');
}

/* Keeps a type as one word: `signed integer overflow: 1 + 2` becomes `signed-integer-overflow`. */
static void set_type(struct ob_sanitizer_report *report, const char *words, const char *end)
{
    size_t length = 0;

    for (; *words && !strchr(end, *words) && length + 1 < sizeof report->type; words++) {
        bool is_plain = isalnum((unsigned char)*words) || *words == '_';
        if (is_plain || (length > 0 && report->type[length - 1] != '-'))
            report->type[length++] = is_plain ? *words : '-';
    }
    while (length > 0 && report->type[length - 1] == '-')
        length--;
    report->type[length] = '\0';
}

/* The type, if this line names it. The first one counts. */
static void read_type(struct ob_sanitizer_report *report, const char *line)
{
    const char *undefined = strstr(line, ": runtime error: ");
    const char *error = strstr(line, "Sanitizer: ");

    if (report->type[0] != '\0')
        return;
    if (undefined) {
        set_type(report, undefined + strlen(": runtime error: "), ":0123456789'");
        return;
    }
    if (!error || !strstr(line, "ERROR: "))
        return;
    error += strlen("Sanitizer: ");
    report->is_leak = strncmp(error, "detected memory leaks", 21) == 0;
    if (strncmp(error, "attempting ", 11) == 0)
        error += 11;
    if (report->is_leak)
        (void)snprintf(report->type, sizeof report->type, "memory-leak");
    else
        set_type(report, error, " :");
}

/* `FILE:LINE:COLUMN`, or with less; what is in parentheses is a module without symbols. */
static void read_place(struct ob_frame *frame, const char *place)
{
    unsigned *numbers[] = {&frame->column, &frame->line};
    size_t length = 0;

    if (*place == '(' || *place == '\0')
        return;
    (void)snprintf(frame->file, sizeof frame->file, "%s", place);
    unsigned found = 0;
    for (unsigned index = 0; index < 2; index++) {
        char *colon = strrchr(frame->file, ':');
        length = colon ? strspn(colon + 1, "0123456789") : 0;
        if (!colon || length == 0 || length > 9 || colon[1 + length] != '\0')
            break;
        *numbers[index] = (unsigned)strtoul(colon + 1, NULL, 10);
        *colon = '\0';
        found++;
    }
    if (found == 1) {
        frame->line = frame->column;
        frame->column = 0;
    }
}

/* `    #1 0x55d1c0 in shop_receive /src/order.c:31:5`. Returns false for what is no frame. */
static bool read_frame(const char *line, struct ob_frame *frame)
{
    memset(frame, 0, sizeof *frame);
    line += strspn(line, " ");
    if (*line != '#' || !isdigit((unsigned char)line[1]))
        return false;
    const char *function = strstr(line, " in ");
    if (!function)
        return true; /* nothing is known of it */
    function += strlen(" in ");
    size_t length = strcspn(function, " (");
    size_t kept = length < sizeof frame->function ? length : sizeof frame->function - 1;
    memcpy(frame->function, function, kept);
    frame->function[kept] = '\0';
    const char *place = function + length;
    place += strspn(place, " ");
    read_place(frame, place);
    return true;
}

/* Sanitizers, the C library, and the harness, whose public functions all begin with ob_. */
static bool is_foreign(const struct ob_frame *frame)
{
    static const char *const functions[] = {
        "malloc", "calloc",  "realloc",        "free",         "memcpy",       "memmove",
        "memset", "memcmp",  "strlen",         "strcpy",       "strcmp",       "strdup",
        "abort",  "raise",   "printf",         "fprintf",      "deliver",      "arrive",
        "happen", "advance", "advance_to_end", "advance_once", "start_actors",
    };
    /* Of sanitizers and the C library; a target's own may begin with two underscores as well. */
    static const char *const prefixes[] = {
        "ob_",     "__asan_",       "__hwasan_",      "__lsan_",          "__msan_",
        "__tsan_", "__ubsan_",      "__sanitizer_",   "__interceptor_",   "___interceptor_",
        "__libc_", "__assert_fail", "__pthread_kill", "__restore_rt",     "__GI_",
        "__cxa_",  "__fortify_",    "__stack_chk_",   "__run_exit_handl", "__start_",
    };
    static const char *const places[] = {"/harness/", "compiler-rt", "sanitizer", "/libasan",
                                         "/libubsan", "/sysdeps/",   "glibc"};

    if (frame->function[0] == '\0')
        return true;
    for (size_t index = 0; index < sizeof prefixes / sizeof prefixes[0]; index++)
        if (strncmp(frame->function, prefixes[index], strlen(prefixes[index])) == 0)
            return true;
    for (size_t index = 0; index < sizeof functions / sizeof functions[0]; index++)
        if (strcmp(frame->function, functions[index]) == 0)
            return true;
    for (size_t index = 0; index < sizeof places / sizeof places[0]; index++)
        if (strstr(frame->file, places[index]))
            return true;
    return false;
}

static void add_frame(struct ob_sanitizer_report *report, const struct ob_frame *frame)
{
    for (unsigned index = 0; index < report->frame_count; index++)
        if (strcmp(report->frames[index].function, frame->function) == 0)
            return;
    if (report->frame_count < OB_FRAMES_MAX)
        report->frames[report->frame_count++] = *frame;
}

bool ob_sanitizer_parse(const char *text, struct ob_sanitizer_report *report)
{
    char line[LINE_MAX_LENGTH];
    struct ob_frame frame;
    bool in_stack = false;

    memset(report, 0, sizeof *report);
    for (unsigned lines = 0; lines < STACK_LINES_MAX && (text = next_line(text, line)); lines++) {
        read_type(report, line);
        if (report->type[0] == '\0')
            continue;
        if (!read_frame(line, &frame)) {
            if (in_stack)
                break;
            continue;
        }
        in_stack = true;
        if (!is_foreign(&frame))
            add_frame(report, &frame);
        else if (report->frame_count > 0)
            break; /* from here on it is the harness's */
    }
    return report->type[0] != '\0';
}

const struct ob_frame *ob_sanitizer_frame(const struct ob_sanitizer_report *report)
{
    const struct ob_frame *chosen = report->frame_count ? &report->frames[0] : NULL;

    if (strcmp(report->type, "stack-overflow") != 0)
        return chosen;
    for (unsigned index = 1; index < report->frame_count; index++)
        if (strcmp(report->frames[index].function, chosen->function) < 0)
            chosen = &report->frames[index];
    return chosen;
}
