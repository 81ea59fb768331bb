/* What tasks note of their lives, for tests of what they do: words in an actor named "log". */
#ifndef OFFBEAT_TESTS_TASK_LOG_H
#define OFFBEAT_TESTS_TASK_LOG_H

#include "offbeat/task.h"

#include "support/run_text.h"

struct log {
    char line[512];
    size_t length;
};

static inline void note(struct ob_actor *self, const char *format, ...) OB_FORMAT(2, 3);

static inline void note(struct ob_actor *self, const char *format, ...)
{
    struct log *log = ob_state(ob_actor(ob_world(self), "log"));
    va_list arguments;

    va_start(arguments, format);
    log->length += (size_t)vsnprintf(log->line + log->length, sizeof log->line - log->length,
                                     format, arguments);
    va_end(arguments);
    log->length += (size_t)snprintf(log->line + log->length, sizeof log->line - log->length, " ");
    assert_true(log->length < sizeof log->line);
}

static inline unsigned since_start(const struct ob_actor *self)
{
    return (unsigned)(ob_now(self) - (UINT64_C(1) << 32));
}

static inline void ignore_message(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static inline void spawn_log(struct ob_world *world)
{
    ob_spawn(world, "log", ignore_message, sizeof(struct log));
}

/* Runs the records in a variant, and compares the trace, unless that is NULL, and what was noted.
 */
static inline void expect_notes(const struct ob_target *target, unsigned variant,
                                const char *records, const char *trace, const char *noted)
{
    static struct bench bench;

    bench_open(&bench, target, variant);
    const char *line = bench_run(&bench, records);
    if (trace)
        assert_string_equal(line, trace);
    const struct log *log = ob_state(ob_actor(bench.world, "log"));
    assert_string_equal(log->line, noted);
    bench_close(&bench);
}

#endif
