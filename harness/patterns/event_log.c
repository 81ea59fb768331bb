#include <offbeat/event_log.h>

#include <assert.h>
#include <string.h>

struct ob_event_log {
    uint32_t count;
    uint32_t capacity;
    struct ob_event_record records[];
};

static void ignore(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

void ob_event_log_create(struct ob_world *world, const char *name, uint32_t capacity)
{
    size_t size = sizeof(struct ob_event_log) + (size_t)capacity * sizeof(struct ob_event_record);
    struct ob_event_log *log = ob_state(ob_spawn(world, name, ignore, size));
    log->capacity = capacity;
}

struct ob_event_log *ob_event_log(const struct ob_world *world, const char *name)
{
    return ob_state(ob_actor(world, name));
}

bool ob_event_append_words(struct ob_event_log *log, const uint32_t *words)
{
    if (log->count == log->capacity)
        return false;
    struct ob_event_record *record = &log->records[log->count++];
    record->type = words[0];
    memcpy(record->words, words + 1, sizeof record->words);
    return true;
}

uint32_t ob_event_count(const struct ob_event_log *log)
{
    return log->count;
}

const struct ob_event_record *ob_event_at(const struct ob_event_log *log, uint32_t index)
{
    assert(index < log->count);
    return &log->records[index];
}

void ob_event_replay(const struct ob_event_log *log,
                     void (*apply)(void *state, const struct ob_event_record *event), void *state)
{
    for (uint32_t index = 0; index < log->count; index++)
        apply(state, &log->records[index]);
}
