/*
 * An event log: what has happened, in the order in which it was accepted, kept where a crash does
 * not reach it. The state follows from the events alone; after a restart it is rebuilt by
 * replaying them.
 *
 * Semantics of: event sourcing (Fowler: "Event Sourcing", 2005) over an append-only file that is
 * synced at each append: an append is there as a whole once the call returns, and a crash of the
 * actor before or after its handler never leaves half of one.
 *
 * Append the event before acting on it or answering: a restart forgets an event that was
 * announced and not appended.
 */
#ifndef OFFBEAT_EVENT_LOG_H
#define OFFBEAT_EVENT_LOG_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_EVENT_WORDS 4

struct ob_event_record {
    uint32_t type;
    uint32_t words[OB_EVENT_WORDS];
};

struct ob_event_log; /* owned by the world, until the end of the run */

/*
 * Makes an empty log for at most `capacity` ≥ 1 events. For set-up. `name` is one of the world's
 * names, as an actor's is: the log stands among the actors, gets no messages, and is described by
 * the target's `describe` if that handles it. Let one actor write and read it: actors should share
 * data by messages, which searches see.
 */
void ob_event_log_create(struct ob_world *world, const char *name, uint32_t capacity);

/* The log with that name. */
struct ob_event_log *ob_event_log(const struct ob_world *world, const char *name);

/* Appends an event: ob_event_append(log, PAID, order, amount): the type, then up to OB_EVENT_WORDS
 * words. Returns false when the log is full: the event has not happened. */
#define ob_event_append(log, ...)                                                                  \
    ob_event_append_words((log), (const uint32_t[OB_EVENT_WORDS + 1]){__VA_ARGS__})
bool ob_event_append_words(struct ob_event_log *log, const uint32_t *words);

uint32_t ob_event_count(const struct ob_event_log *log);

/* The event at `index` < ob_event_count(); owned by the log. Read only. */
const struct ob_event_record *ob_event_at(const struct ob_event_log *log, uint32_t index);

/* Applies every event to `state`, the oldest first: for the start handler of an actor, and with an
 * `apply` that the live path uses as well, so that both give the same state. */
void ob_event_replay(const struct ob_event_log *log,
                     void (*apply)(void *state, const struct ob_event_record *event), void *state);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
