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

void ob_fsm_start(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag)
{
    if (table->timeouts[fsm->state].after_us)
        fsm->timer = ob_timer_start(self, table->timeouts[fsm->state].after_us,
                                    table->timeouts[fsm->state].kind, tag);
}

static void enter(struct ob_actor *self, const struct ob_fsm_table *table, struct ob_fsm *fsm,
                  uint32_t tag, unsigned state)
{
    assert(state < table->states && state < OB_FSM_STATES_MAX);
    if (state == fsm->state)
        return;
    ob_timer_flush(self, fsm->timer);
    fsm->timer = 0;
    fsm->state = (uint8_t)state;
    ob_fsm_start(self, table, fsm, tag);
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
    bool handled = handle(self, table, fsm, tag, event, true);
    for (unsigned count = 0; fsm->inserts && count < OB_FSM_INSERTED_MAX; count++) {
        struct ob_message inserted = {.kind = (uint16_t)fsm->inserted[0], .from = event->from};
        memcpy(inserted.args, fsm->inserted + 1, sizeof inserted.args);
        fsm->inserts = false;
        (void)handle(self, table, fsm, tag, &inserted, false);
    }
    fsm->inserts = false;
    return handled;
}
