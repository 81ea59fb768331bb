#include <offbeat/gen_server.h>

void ob_gen_continue(struct ob_actor *self, void (*go_on)(struct ob_actor *self, uint32_t arg),
                     uint32_t arg)
{
    struct ob_gen_server *server = ob_state(self);
    server->go_on = go_on;
    server->go_on_arg = arg;
}

void ob_gen_timeout(struct ob_actor *self, uint32_t wait_us)
{
    struct ob_gen_server *server = ob_state(self);
    server->waits = true;
    server->wait_us = wait_us;
}

static ob_handler *callback_for(const struct ob_gen_server_type *type,
                                const struct ob_message *message)
{
    if (type->timeout && message->kind == type->timeout_kind)
        return type->timeout;
    ob_handler *callback = message->ref ? type->calls[message->kind] : type->casts[message->kind];
    return callback ? callback : type->info;
}

void ob_gen_server_receive(struct ob_actor *self, const struct ob_gen_server_type *type,
                           const struct ob_message *message)
{
    struct ob_gen_server *server = ob_state(self);
    ob_handler *callback = callback_for(type, message);
    ob_timer_flush(self, server->timer);
    server->timer = 0;
    server->waits = false;
    if (callback)
        callback(self, message);
    ob_gen_server_started(self, type);
}

void ob_gen_server_started(struct ob_actor *self, const struct ob_gen_server_type *type)
{
    struct ob_gen_server *server = ob_state(self);
    for (unsigned count = 0; server->go_on && count < OB_GEN_CONTINUES_MAX; count++) {
        void (*go_on)(struct ob_actor *, uint32_t) = server->go_on;
        server->go_on = NULL;
        go_on(self, server->go_on_arg);
    }
    server->go_on = NULL;
    if (server->waits)
        server->timer = ob_timer_start(self, server->wait_us, type->timeout_kind, 0);
}

static void end_call(struct ob_actor *self, struct ob_gen_call *call, bool in_vain)
{
    ob_timer_flush(self, call->timer);
    ob_forget(self, call->monitor);
    if (in_vain)
        ob_give_up(self, call->ref);
    *call = (struct ob_gen_call){0};
}

void ob_gen_call_words(struct ob_actor *self, struct ob_gen_call *call, const char *to,
                       uint32_t timeout_us, unsigned timer_kind, const uint32_t *words)
{
    if (call->ref)
        end_call(self, call, true);
    call->to = (uint16_t)ob_id(ob_actor(ob_world(self), to));
    call->monitor = ob_monitor_start(self, call->to, timer_kind);
    call->ref = ob_ask_named(self, to, words);
    call->timer = ob_timer_start(self, timeout_us, timer_kind, call->ref);
}

enum ob_gen_result ob_gen_call_receive(struct ob_actor *self, struct ob_gen_call *call,
                                       const struct ob_message *message, unsigned timer_kind,
                                       unsigned down_kind)
{
    enum ob_gen_result result = OB_GEN_OTHER;
    if (call->ref == 0)
        return OB_GEN_OTHER;
    bool tells_of_end = message->kind == down_kind && message->from == call->to;
    if (message->kind == timer_kind && message->from == ob_id(self))
        result = message->args[0] == call->ref ? OB_GEN_TIMED_OUT : OB_GEN_OTHER;
    else if (message->ref == call->monitor || (tells_of_end && message->ref == 0))
        result = OB_GEN_DOWN;
    else if (message->ref == call->ref && message->from == call->to)
        result = OB_GEN_ANSWERED;
    if (result == OB_GEN_OTHER)
        return result;
    end_call(self, call, result != OB_GEN_ANSWERED);
    return result;
}
