/*
 * A state machine as a table: for each state and kind of message, what to do. An actor may have
 * many of them, such as one for each order.
 *
 * Semantics of: gen_statem (Erlang/OTP, stdlib, gen_statem(3), "Design Principles: gen_statem
 * Behaviour") with state functions: events that the table does not name are postponed or dropped,
 * as the table says; what was postponed is handled again after a change of state, in the order in
 * which it arrived and before newer events; a state timeout is cancelled by a change of state, also
 * when it has fired already and waits; an
 * event that an action inserts (next_event) is handled before any other. Left out: event timeouts,
 * generic timeouts, state enter calls, hibernation.
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
    uint32_t timer;
    uint32_t inserted[OB_ARGS_MAX + 1]; /* kind and arguments */
};

/* Does what an event calls for and returns the next state, which may be the same, or
 * OB_FSM_POSTPONE. */
typedef unsigned ob_fsm_action(struct ob_actor *self, struct ob_fsm *fsm,
                               const struct ob_message *event);

#define OB_FSM_POSTPONE                                                                            \
    255u /* instead of a state: put the event aside until the state has changed */

/* An action that postpones, for tables. */
unsigned ob_fsm_postpone(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event);

struct ob_fsm_table {
    unsigned states;                         /* ≥ 1 */
    ob_fsm_action *(*actions)[OB_KINDS_MAX]; /* [state][kind]; NULL: the event is dropped */
    struct {
        uint32_t after_us;         /* 0: none */
        uint8_t kind;              /* of the timer's message */
    } timeouts[OB_FSM_STATES_MAX]; /* by state */
};

/*
 * Hands an event to the machine. `tag` is the argument of its state timeouts, by which an actor
 * that has many machines tells them apart: the timer's message goes to the machine of its argument.
 * Returns false when the event was dropped.
 */
bool ob_fsm_handle(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                   uint32_t tag, const struct ob_message *event);

/* Starts the timeout of state 0, which no change of state leads to: for start handlers. */
void ob_fsm_start(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag);

/* For actions: inserts an event, handled as soon as the action's state is reached, before all
 * others. One at a time; more than OB_FSM_INSERTED_MAX after one message are dropped. */
void ob_fsm_insert(struct ob_fsm *fsm, const struct ob_message *event);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
