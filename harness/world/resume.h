/* What lets a task go on, and what such an event is called. */
#ifndef OFFBEAT_WORLD_RESUME_H
#define OFFBEAT_WORLD_RESUME_H

#include "offbeat/offbeat.h"
#include "scenario/vocabulary.h"

/* Why a task goes on. */
enum ob_reason {
    OB_RESUMES_SLEEP,   /* its sleep ends */
    OB_RESUMES_YIELD,   /* its turn comes after a yield */
    OB_RESUMES_MESSAGE, /* its turn comes after it got the message that it awaits */
    OB_RESUMES_WOKEN,   /* another has woken it */
    OB_RESUMES_TIMEOUT, /* what it awaits has not come in time */
};

/* What lets a task go on, as what it waited for calls it. */
struct ob_resume {
    uint8_t reason;     /* enum ob_reason */
    uint8_t call_count; /* of a timeout of calls: how many were awaited together, else 0 */
    uint16_t kind;      /* of the message that it got; of a timeout of calls that of the first */
    uint64_t kinds;     /* of a timeout of messages: those awaited, a bit each; 0: any */
    const char *call;   /* what the waiting or the waking code calls it, such as "lock"; or NULL */
    const char *queue;  /* without `call`: the name of the queue that it waited in, or NULL */
};

/* Whether a message that was sent lets a task go on, and then why. */
bool ob_world_resume(const struct ob_world *world, uint32_t sent, struct ob_resume *resume);

/* Adds the name of that event: `timeout of call checkout`, `sleep ends`, `woken by unlock`. */
void ob_resume_print(const struct ob_vocabulary *vocabulary, const struct ob_resume *resume,
                     struct ob_text *text);

bool ob_resume_equal(const struct ob_resume *one, const struct ob_resume *other);

/* Stores it in a message, where others have arguments and payload. `ref` is the first of the calls
 * that the task awaits, whose kind is looked up when it is asked for. */
static inline void ob_resume_store(const struct ob_resume *resume, uint16_t ref,
                                   struct ob_message *message)
{
    const char *label = resume->call ? resume->call : resume->queue;
    message->args[1] = (uint32_t)resume->kind << 16 | (uint32_t)resume->call_count << 8 |
                       (uint32_t)(resume->call == NULL) << 4 | resume->reason;
    message->args[2] = (uint32_t)resume->kinds;
    message->args[3] = (uint32_t)(resume->kinds >> 32);
    message->ref = ref;
    message->bytes = (const uint8_t *)label; /* of size 0, so no part of any hash */
}

#endif
