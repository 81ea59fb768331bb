#include <offbeat/fsm.h>

#include <assert.h>
#include <string.h>

unsigned ob_fsm_postpone(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)self;
    (void)fsm;
    (void)event;
    return OB_FSM_POSTPONE;
}

void ob_fsm_insert(struct ob_fsm *fsm, const struct ob_message *event)
{
    fsm->inserted[0] = event->kind;
    memcpy(fsm->inserted + 1, event->args, sizeof event->args);
    fsm->inserts = true;
}

void ob_fsm_event_timeout(struct ob_fsm *fsm, uint32_t wait_us)
{
    fsm->waits = true;
    fsm->event_wait_us = wait_us;
}

/* The calls and timers of a state that is entered. */
static void begin_state(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                        uint32_t tag, unsigned from)
{
    unsigned state = fsm->state;
    if (table->enters[state])
        table->enters[state](self, fsm, from);
    assert(fsm->state == state);
    if (table->timeouts[state].after_us)
        fsm->timer =
            ob_timer_start(self, table->timeouts[state].after_us, table->timeouts[state].kind, tag);
}

/* What the last of the events that were handled at one time has asked for. */
static void begin_wait(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                       uint32_t tag)
{
    if (fsm->waits)
        fsm->event_timer = ob_timer_start(self, fsm->event_wait_us, table->event_timeout, tag);
    fsm->waits = false;
}

void ob_fsm_start(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag)
{
    begin_state(self, table, fsm, tag, fsm->state);
    begin_wait(self, table, fsm, tag);
}

static void enter(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag, unsigned state)
{
    assert(state < table->states && state < OB_FSM_STATES_MAX);
    unsigned from = fsm->state;
    if (state == from)
        return;
    ob_timer_flush(self, fsm->timer);
    fsm->timer = 0;
    fsm->state = (uint8_t)state;
    begin_state(self, table, fsm, tag, from);
}

/* Handles one event; an inserted one cannot be postponed, as no message stands for it. */
static bool handle(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                   uint32_t tag, const struct ob_message *event, bool may_postpone)
{
    ob_fsm_action *action = table->actions[fsm->state][event->kind];
    if (!action)
        return false;
    unsigned next = action(self, fsm, event);
    if (next == OB_FSM_POSTPONE) {
        if (may_postpone)
            ob_postpone(self, event);
        return may_postpone;
    }
    enter(self, table, fsm, tag, next);
    return true;
}

bool ob_fsm_handle(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                   uint32_t tag, const struct ob_message *event)
{
    ob_timer_flush(self, fsm->event_timer);
    fsm->event_timer = 0;
    fsm->waits = false;
    bool handled = handle(self, table, fsm, tag, event, true);
    for (unsigned count = 0; fsm->inserts && count < OB_FSM_INSERTED_MAX; count++) {
        struct ob_message inserted = {.kind = (uint16_t)fsm->inserted[0], .from = event->from};
        memcpy(inserted.args, fsm->inserted + 1, sizeof inserted.args);
        fsm->inserts = false;
        fsm->waits = false;
        (void)handle(self, table, fsm, tag, &inserted, false);
    }
    fsm->inserts = false;
    begin_wait(self, table, fsm, tag);
    return handled;
}
