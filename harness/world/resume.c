#include "world/resume.h"

#include "world/state.h"
#include "world/trace.h"

/* The kind of the call with that ref, which the actor made before the message at `index`. */
static uint16_t kind_of_call(const struct ob_world *world, uint32_t index, unsigned actor,
                             uint16_t ref)
{
    while (index-- > 0) {
        const struct ob_sent *sent = &world->run.log.sent[index];
        if (sent->message.ref == ref && sent->message.from == actor &&
            !(sent->flags & OB_SENT_RESUME))
            return sent->message.kind;
    }
    return OB_KINDS_MAX;
}

bool ob_world_resume(const struct ob_world *world, uint32_t index, struct ob_resume *resume)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    const struct ob_message *message = &sent->message;
    if (!(sent->flags & OB_SENT_RESUME))
        return false;
    bool is_queue = message->args[1] >> 4 & 1;
    const char *label = (const char *)message->bytes;
    *resume = (struct ob_resume){
        .reason = message->args[1] & 15,
        .call_count = (uint8_t)(message->args[1] >> 8),
        .kind = (uint16_t)(message->args[1] >> 16),
        .kinds = (uint64_t)message->args[3] << 32 | message->args[2],
        .call = is_queue ? NULL : label,
        .queue = is_queue ? label : NULL,
    };
    if (resume->call_count)
        resume->kind = kind_of_call(world, index, sent->to, message->ref);
    return true;
}

bool ob_resume_equal(const struct ob_resume *one, const struct ob_resume *other)
{
    return one->reason == other->reason && one->call_count == other->call_count &&
           one->kind == other->kind && one->kinds == other->kinds && one->call == other->call &&
           one->queue == other->queue;
}

static void print_timeout(const struct ob_vocabulary *vocabulary, const struct ob_resume *resume,
                          struct ob_text *text)
{
    const char *separator = " ";
    ob_text_printf(text, "timeout of ");
    if (resume->call || resume->queue) {
        ob_text_printf(text, "%s", resume->call ? resume->call : resume->queue);
        return;
    }
    if (resume->call_count) {
        ob_text_printf(text, "call %s", ob_vocabulary_kind_name(vocabulary, resume->kind));
        if (resume->call_count > 1)
            ob_text_printf(text, " and %u more", resume->call_count - 1u);
        return;
    }
    ob_text_printf(text, "receive");
    for (uint64_t left = resume->kinds; left; left &= left - 1) {
        ob_text_printf(text, "%s%s", separator,
                       ob_vocabulary_kind_name(vocabulary, (unsigned)__builtin_ctzll(left)));
        separator = " or ";
    }
}

void ob_resume_print(const struct ob_vocabulary *vocabulary, const struct ob_resume *resume,
                     struct ob_text *text)
{
    switch (resume->reason) {
    case OB_RESUMES_SLEEP:
        ob_text_printf(text, "sleep ends");
        break;
    case OB_RESUMES_YIELD:
        ob_text_printf(text, "yield");
        break;
    case OB_RESUMES_MESSAGE:
        ob_text_printf(text, "goes on with %s", ob_vocabulary_kind_name(vocabulary, resume->kind));
        break;
    case OB_RESUMES_WOKEN:
        ob_text_printf(text, "woken");
        if (resume->call || resume->queue)
            ob_text_printf(text, " %s %s", resume->call ? "by" : "from",
                           resume->call ? resume->call : resume->queue);
        break;
    default:
        print_timeout(vocabulary, resume, text);
        break;
    }
}
