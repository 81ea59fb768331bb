/*
 * A server with callbacks, and the two sides of a call between plain handlers.
 *
 * Semantics of: gen_server (Erlang/OTP, stdlib, gen_server(3)) and Elixir's GenServer: calls, casts
 * and other messages have a callback each; a callback may answer a call later (noreply, then
 * gen_server:reply/2); it may name a function that goes on before the next message is handled
 * (continue), and a time after which the server gets a timeout when no message has come before
 * (timeout), which any message flushes, even one that has come while the server stood still and the
 * timeout had fired. A caller monitors the server: when that is not up, or ends, the call is over
 * at once (noproc). When the timeout has passed the caller has given up, and the answer that comes
 * later is dropped, as since Erlang/OTP 24; ob_keep_late_replies() of process.h has handle_info get
 * it, as before. Postponing is gen_statem's: fsm.h. Calls from code that awaits are ob_call() of
 * task.h. Left out: hibernation, code change, multi_call.
 */
#ifndef OFFBEAT_GEN_SERVER_H
#define OFFBEAT_GEN_SERVER_H

#include <offbeat/process.h>
#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What a server keeps for itself: the first member of its actor's state. */
struct ob_gen_server {
    uint32_t timer;
    uint32_t wait_us; /* asked for by the running callback */
    void (*go_on)(struct ob_actor *self, uint32_t arg);
    uint32_t go_on_arg;
    bool waits;
};

/* Constant, shared by all servers of one type. NULL: what comes is dropped. */
struct ob_gen_server_type {
    ob_handler *calls[OB_KINDS_MAX]; /* for messages that are calls, see ob_gen_call() */
    ob_handler *casts[OB_KINDS_MAX]; /* for messages that are not */
    ob_handler *info;                /* for kinds without a callback, and late answers */
    ob_handler *timeout;
    uint8_t timeout_kind; /* of the timer's message, when there is a `timeout` */
};

#define OB_GEN_CONTINUES_MAX 16 /* one after the other for one message */

/* Hands a message to the callback that is for it: the whole handler of a server. A call that no
 * callback answers stays unanswered, and its caller's timeout passes. */
void ob_gen_server_receive(struct ob_actor *self, const struct ob_gen_server_type *type,
                           const struct ob_message *message);

/* For a start function, after its init: what it has asked for with ob_gen_continue() and
 * ob_gen_timeout() comes about before any message. */
void ob_gen_server_started(struct ob_actor *self, const struct ob_gen_server_type *type);

/* In callbacks: `go_on` runs when this one is over, before any other message. */
void ob_gen_continue(struct ob_actor *self, void (*go_on)(struct ob_actor *self, uint32_t arg),
                     uint32_t arg);

/* In callbacks: the server gets its timeout after `wait_us`, unless a message comes before. */
void ob_gen_timeout(struct ob_actor *self, uint32_t wait_us);

/* -- the caller -- */

/* A call under way. Zeroed: none. Part of the caller's state. */
struct ob_gen_call {
    uint32_t timer;
    uint16_t ref; /* 0 when none is under way */
    uint16_t monitor;
    uint16_t to;
};

/*
 * Calls the actor named `to`: ob_gen_call(self, &call, "bank", 5000, TIMED_OUT, PAY, order). When
 * no answer has come after `timeout`, the caller gets a message of `timer_kind`; when the one that
 * is called is not up or ends, such a message comes from that one at once. An answer is given
 * by ob_reply(), now or later, to the message of the call.
 */
#define ob_gen_call(self, call, to, timeout, timer_kind, ...)                                      \
    ob_gen_call_words((self), (call), (to), (timeout), (timer_kind), OB_WORDS(__VA_ARGS__))
void ob_gen_call_words(struct ob_actor *self, struct ob_gen_call *call, const char *to,
                       uint32_t timeout_us, unsigned timer_kind, const uint32_t *words);

enum ob_gen_result {
    OB_GEN_OTHER,     /* nothing of this call: another message, or an answer that came too late */
    OB_GEN_ANSWERED,  /* the message is the answer */
    OB_GEN_TIMED_OUT, /* it is not waited for any longer; whether it was done is not known */
    OB_GEN_DOWN,      /* the one that was called has ended, or was not up: noproc */
};

/* What a message means for a call. `timer_kind` as above; `down_kind` is that of ob_monitor(), or
 * `timer_kind` again when the server is not watched. After anything but OB_GEN_OTHER no call is
 * under way. */
enum ob_gen_result ob_gen_call_receive(struct ob_actor *self, struct ob_gen_call *call,
                                       const struct ob_message *message, unsigned timer_kind,
                                       unsigned down_kind);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
