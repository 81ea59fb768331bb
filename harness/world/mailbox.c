#include "world/mailbox.h"

static void append(struct ob_log *log, uint32_t *first, uint32_t *last, uint32_t sent)
{
    log->sent[sent].next = OB_NONE;
    if (*first == OB_NONE)
        *first = sent;
    else
        log->sent[*last].next = sent;
    *last = sent;
}

static void check(const struct ob_log *log, const struct ob_actor *actor)
{
    assert((actor->mailbox_first == OB_NONE) == (actor->mailbox_count == 0));
    assert((actor->postponed_first == OB_NONE) == (actor->postponed_count == 0));
    assert(actor->mailbox_count == 0 || log->sent[actor->mailbox_last].next == OB_NONE);
    assert(actor->postponed_count == 0 || log->sent[actor->postponed_last].next == OB_NONE);
    assert(ob_mailbox_size(actor) <= log->sent_count);
    (void)log;
    (void)actor;
}

void ob_mailbox_put(struct ob_log *log, struct ob_actor *actor, uint32_t sent)
{
    assert(log->sent[sent].to == actor->id && !ob_is_under_way(&log->sent[sent]));
    append(log, &actor->mailbox_first, &actor->mailbox_last, sent);
    actor->mailbox_count++;
    check(log, actor);
}

/* Puts a message behind another in the mailbox or, when that is OB_NONE, first. */
static void insert(struct ob_log *log, struct ob_actor *actor, uint32_t before, uint32_t sent)
{
    uint32_t *place = before == OB_NONE ? &actor->mailbox_first : &log->sent[before].next;
    log->sent[sent].next = *place;
    if (*place == OB_NONE)
        actor->mailbox_last = sent;
    *place = sent;
    actor->mailbox_count++;
    check(log, actor);
}

void ob_mailbox_put_microtask(struct ob_log *log, struct ob_actor *actor, uint32_t sent)
{
    uint32_t before = OB_NONE;
    for (uint32_t at = actor->mailbox_first;
         at != OB_NONE && (log->sent[at].flags & OB_SENT_MICROTASK); at = log->sent[at].next)
        before = at;
    insert(log, actor, before, sent);
}

/* Takes a message out of a chain. Returns false when it is not there. */
static bool take_out(struct ob_log *log, uint32_t *first, uint32_t *last, uint32_t sent)
{
    uint32_t before = OB_NONE;
    uint32_t at = *first;
    for (; at != OB_NONE && at != sent; at = log->sent[at].next)
        before = at;
    if (at == OB_NONE)
        return false;
    if (before == OB_NONE)
        *first = log->sent[sent].next;
    else
        log->sent[before].next = log->sent[sent].next;
    if (*last == sent)
        *last = before;
    log->sent[sent].next = OB_NONE;
    return true;
}

bool ob_mailbox_remove(struct ob_log *log, struct ob_actor *actor, uint32_t sent)
{
    bool waits = take_out(log, &actor->mailbox_first, &actor->mailbox_last, sent);
    bool aside = !waits && take_out(log, &actor->postponed_first, &actor->postponed_last, sent);
    actor->mailbox_count -= waits;
    actor->postponed_count -= aside;
    check(log, actor);
    return waits || aside;
}

uint32_t ob_mailbox_take(struct ob_log *log, struct ob_actor *actor)
{
    uint32_t sent = actor->mailbox_first;
    assert(sent != OB_NONE);
    actor->mailbox_first = log->sent[sent].next;
    actor->mailbox_count--;
    check(log, actor);
    return sent;
}

void ob_mailbox_postpone(struct ob_log *log, struct ob_actor *actor, uint32_t sent)
{
    assert(log->sent[sent].to == actor->id);
    append(log, &actor->postponed_first, &actor->postponed_last, sent);
    actor->postponed_count++;
    check(log, actor);
}

void ob_mailbox_retry(struct ob_log *log, struct ob_actor *actor)
{
    assert(actor->postponed_count > 0);
    for (uint32_t at = actor->postponed_first; at != OB_NONE; at = log->sent[at].next)
        log->sent[at].flags |= OB_SENT_RETRY;
    log->sent[actor->postponed_last].next = actor->mailbox_first;
    if (actor->mailbox_first == OB_NONE)
        actor->mailbox_last = actor->postponed_last;
    actor->mailbox_first = actor->postponed_first;
    actor->mailbox_count += actor->postponed_count;
    actor->postponed_first = actor->postponed_last = OB_NONE;
    actor->postponed_count = 0;
    check(log, actor);
}

void ob_mailbox_retry_one(struct ob_log *log, struct ob_actor *actor, uint32_t sent)
{
    bool found = take_out(log, &actor->postponed_first, &actor->postponed_last, sent);
    assert(found);
    actor->postponed_count -= found;
    log->sent[sent].flags |= OB_SENT_RETRY;
    insert(log, actor, OB_NONE, sent);
}

static void unchain(struct ob_log *log, uint32_t first)
{
    for (uint32_t at = first; at != OB_NONE;) {
        uint32_t next = log->sent[at].next;
        log->sent[at].next = OB_NONE;
        at = next;
    }
}

void ob_mailbox_clear(struct ob_log *log, struct ob_actor *actor)
{
    unchain(log, actor->mailbox_first);
    unchain(log, actor->postponed_first);
    actor->mailbox_first = actor->mailbox_last = OB_NONE;
    actor->postponed_first = actor->postponed_last = OB_NONE;
    actor->mailbox_count = actor->postponed_count = 0;
}
