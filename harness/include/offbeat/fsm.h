/*
 * A state machine as a table: for each state and kind of message, what to do. An actor may have
 * many of them, such as one for each order.
 *
 * Semantics of: gen_statem (Erlang/OTP, stdlib, gen_statem(3), "Design Principles: gen_statem
 * Behaviour") with state functions: events that the table does not name are postponed or dropped,
 * as the table says; what was postponed is handled again after a change of state, in the order in
 * which it arrived and before newer events; a state timeout is cancelled by a change of state, also
 * when it has fired already and waits; an
 * event that an action inserts (next_event) is handled before any other; an event timeout is
 * cancelled by any event, also by one that is inserted or was postponed, and when it has fired
 * already and waits; a state enter call is made when a state is entered, that of the beginning
 * included, before what was postponed is handled again. Left out: generic timeouts, hibernation.
 */
#ifndef OFFBEAT_FSM_H
#define OFFBEAT_FSM_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_FSM_STATES_MAX 16
#define OB_FSM_INSERTED_MAX                                                                        \
    16 /* events that the actions for one message may insert, one after the other */

/* One machine; zeroed it is in state 0. Part of an actor's state. */
struct ob_fsm {
    uint8_t state;
    bool inserts;
    bool waits;     /* an event timeout is asked for */
    uint32_t timer; /* of the state */
    uint32_t event_timer;
    uint32_t event_wait_us;
    uint32_t inserted[OB_ARGS_MAX + 1]; /* kind and arguments */
};

/* Does what an event calls for and returns the next state, which may be the same, or
 * OB_FSM_POSTPONE. */
typedef unsigned ob_fsm_action(struct ob_actor *self, struct ob_fsm *fsm,
                               const struct ob_message *event);

/* A state enter call: the machine comes from state `from`, at the beginning from the same one. It
 * may ask for timeouts, but neither change the state nor insert an event. */
typedef void ob_fsm_enter(struct ob_actor *self, struct ob_fsm *fsm, unsigned from);

#define OB_FSM_POSTPONE                                                                            \
    255u /* instead of a state: put the event aside until the state has changed */

/* An action that postpones, for tables. */
unsigned ob_fsm_postpone(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event);

struct ob_fsm_table {
    unsigned states;                         /* ≥ 1 */
    ob_fsm_action *(*actions)[OB_KINDS_MAX]; /* [state][kind]; NULL: the event is dropped */
    struct {
        uint32_t after_us;                   /* 0: none */
        uint8_t kind;                        /* of the timer's message */
    } timeouts[OB_FSM_STATES_MAX];           /* by state */
    ob_fsm_enter *enters[OB_FSM_STATES_MAX]; /* by state; NULL: none */
    uint8_t event_timeout;                   /* kind of the message of event timeouts */
};

/*
 * Hands an event to the machine. `tag` is the argument of its state timeouts, by which an actor
 * that has many machines tells them apart: the timer's message goes to the machine of its argument.
 * Returns false when the event was dropped.
 */
bool ob_fsm_handle(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                   uint32_t tag, const struct ob_message *event);

/* Enters state 0, which no change of state leads to, and starts its timeout: for start handlers. */
void ob_fsm_start(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag);

/* For actions: inserts an event, handled as soon as the action's state is reached, before all
 * others. One at a time; more than OB_FSM_INSERTED_MAX after one message are dropped. */
void ob_fsm_insert(struct ob_fsm *fsm, const struct ob_message *event);

/* For actions and state enter calls: the machine gets an event of the table's kind for it after
 * `wait_us`, unless another event comes before. */
void ob_fsm_event_timeout(struct ob_fsm *fsm, uint32_t wait_us);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
