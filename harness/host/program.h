/*
 * A program as ./scripts/redirect makes it: its code is part of this process, its variables lie in
 * sections of their own. The file that the script writes is made of the macros here.
 */
#ifndef OFFBEAT_HOST_PROGRAM_H
#define OFFBEAT_HOST_PROGRAM_H

#include "offbeat/host.h"

struct ob_memory;

typedef void ob_constructor(int count, char **arguments, char **environment);

/* A part of memory, up to `end`. */
struct ob_range {
    uint8_t *begin;
    uint8_t *end;
};

/* What of a program changes while this process runs. */
struct ob_image {
    uint8_t *initial;           /* its variables as they are when a process begins */
    struct ob_memory *resident; /* whose variables are in place, or NULL: nobody's */
};

/* Where code stands: from there on it is of a function; or, with a place, the return address of a
 * call. */
struct ob_program_site {
    uint32_t offset; /* from the front of the program's code */
    bool is_call;
    const char *text; /* "function" or "function (file.c:12)" */
};

/* Where a variable lies, from the front of its section. */
struct ob_program_variable {
    uint32_t offset;
    bool is_zeroed; /* in the section of those that are zero at first */
    const char *name;
};

struct ob_program {
    const char *name;
    const uint8_t *text;
    const uint8_t *text_end;
    const struct ob_program_site *sites;         /* by their offsets; the last has the greatest */
    const struct ob_program_variable *variables; /* by is_zeroed and offset; then one of no name */
    int (*entry)(int count, char **arguments, char **environment);
    uint8_t *data;
    uint8_t *data_end;
    uint8_t *bss;
    uint8_t *bss_end;
    struct ob_range (*thread_data)(void); /* of the running thread of ours: what its thread-local
                                              variables are in */
    struct ob_range (*thread_bss)(void);
    ob_constructor **init; /* called in that order when a process begins */
    ob_constructor **init_end;
    ob_constructor **fini; /* in the other order when it ends */
    ob_constructor **fini_end;
    struct ob_image *image;
};

/* A program has called what is not simulated: ends this process with a line that says so. */
OB_NORETURN void ob_host_trap(const char *program, const char *name, const void *caller);

#define OB_PROGRAM_PART_(type, NAME, part)                                                         \
    extern type __start_ob_##part##_##NAME[] __attribute__((weak, visibility("hidden")));          \
    extern type __stop_ob_##part##_##NAME[] __attribute__((weak, visibility("hidden")));

#define OB_PROGRAM_TRAP(NAME, symbol)                                                              \
    __attribute__((visibility("hidden"))) void ob_trap_##NAME##_##symbol(void);                    \
    void ob_trap_##NAME##_##symbol(void)                                                           \
    {                                                                                              \
        ob_host_trap(#NAME, #symbol, __builtin_return_address(0));                                 \
    }

/* Thread-local variables of a program, those that begin with a value (data) and with zeros (bss):
 * the linker has them in the memory of this thread. */
#define OB_PROGRAM_THREAD_PART(NAME, part)                                                         \
    extern _Thread_local uint8_t ob_thread_##part##_##NAME[]                                       \
        __attribute__((visibility("hidden")));                                                     \
    extern _Thread_local uint8_t ob_thread_##part##_end_##NAME[]                                   \
        __attribute__((visibility("hidden")));                                                     \
    static struct ob_range ob_range_##part##_##NAME(void) {                                        \
        return (struct ob_range){ob_thread_##part##_##NAME, ob_thread_##part##_end_##NAME};        \
    }
#define OB_PROGRAM_NO_THREAD_PART(NAME, part)                                                      \
    static struct ob_range ob_range_##part##_##NAME(void) {                                        \
        return (struct ob_range){NULL, NULL};                                                      \
    }

/* A program that begins with ob_main_NAME(), and a library, which has no such function. */
#define OB_PROGRAM_DEFINE(NAME)                                                                    \
    extern int ob_main_##NAME(int count, char **arguments, char **environment)                     \
        __attribute__((visibility("hidden")));                                                     \
    OB_PROGRAM_MAKE_(NAME, ob_main_##NAME)
#define OB_LIBRARY_DEFINE(NAME) OB_PROGRAM_MAKE_(NAME, NULL)

#define OB_PROGRAM_MAKE_(NAME, begins)                                                             \
    OB_PROGRAM_PART_(uint8_t, NAME, text)                                                          \
    OB_PROGRAM_PART_(uint8_t, NAME, data)                                                          \
    OB_PROGRAM_PART_(uint8_t, NAME, bss)                                                           \
    OB_PROGRAM_PART_(ob_constructor *, NAME, init)                                                 \
    OB_PROGRAM_PART_(ob_constructor *, NAME, fini)                                                 \
    static struct ob_image ob_image_##NAME;                                                        \
    extern const struct ob_program ob_made_##NAME __asm__("ob_program_" #NAME);                    \
    const struct ob_program ob_made_##NAME = {                                                     \
        .name = #NAME,                                                                             \
        .text = __start_ob_text_##NAME,                                                            \
        .text_end = __stop_ob_text_##NAME,                                                         \
        .sites = ob_sites_##NAME,                                                                  \
        .variables = ob_variables_##NAME,                                                          \
        .entry = (begins),                                                                         \
        .data = __start_ob_data_##NAME,                                                            \
        .data_end = __stop_ob_data_##NAME,                                                         \
        .bss = __start_ob_bss_##NAME,                                                              \
        .bss_end = __stop_ob_bss_##NAME,                                                           \
        .thread_data = ob_range_data_##NAME,                                                       \
        .thread_bss = ob_range_bss_##NAME,                                                         \
        .init = __start_ob_init_##NAME,                                                            \
        .init_end = __stop_ob_init_##NAME,                                                         \
        .fini = __start_ob_fini_##NAME,                                                            \
        .fini_end = __stop_ob_fini_##NAME,                                                         \
        .image = &ob_image_##NAME,                                                                 \
    }

#endif
