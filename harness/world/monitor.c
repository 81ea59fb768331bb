#include "world/monitor.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "scenario/duration.h"
#include "world/access_note.h"
#include "world/leave.h"
#include "world/names.h"
#include "world/party.h"

const struct ob_monitor_type *ob_monitor_of(const struct ob_world *world, unsigned id)
{
    assert(id > world->actor_count && id <= ob_party_count(world));
    return world->monitors[id - world->actor_count - 1];
}

/* -- set-up -- */

/* Nothing is sent to a monitor. */
static void receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_defect(self->world, "a message reaches %s, which is a monitor",
              self->world->names[self->id]);
}

static void require_fit(const struct ob_world *world, const struct ob_monitor_type *type)
{
    if (world->set_up)
        ob_defect(world, "ob_spawn_monitor() is for set-up only; call it in the target's `setup`");
    if (!type || !type->name || !*type->name || !type->observe)
        ob_defect(world, "ob_spawn_monitor(\"%s\") needs a name and `observe`, not NULL",
                  type && type->name ? type->name : "");
    if (world->monitor_count == OB_MONITORS_MAX || ob_party_count(world) == OB_ACTORS_MAX)
        ob_defect(
            world,
            "ob_spawn_monitor(\"%s\") is one more than the %d monitors, or than the %d actors "
            "and monitors, that there may be",
            type->name, OB_MONITORS_MAX, OB_ACTORS_MAX);
    if (type->hot_violates && !*type->hot_violates)
        ob_defect(world, "ob_spawn_monitor(\"%s\"): hot_violates is empty; write OB_VIOLATES(...)",
                  type->name);
    for (unsigned id = 0; id <= ob_party_count(world); id++)
        if (strcmp(world->names[id], type->name) == 0)
            ob_defect(
                world,
                "ob_spawn_monitor(\"%s\"): an actor or monitor has that name; give it another",
                type->name);
}

struct ob_actor *ob_spawn_monitor(struct ob_world *world, const struct ob_monitor_type *type)
{
    require_fit(world, type);
    world->monitors[world->monitor_count++] = type;
    unsigned id = ob_party_count(world);
    struct ob_actor *monitor = ob_party_create(
        world, "ob_spawn_monitor", id, (struct ob_party){type->name, receive, type->state_size});
    monitor->describe = type->describe;
    return monitor;
}

/* -- hot and cold -- */

static bool is_hot(const struct ob_world *world, unsigned id)
{
    unsigned state = world->actors[id].abstract_state;
    return state < OB_MONITOR_STATES_MAX && ob_monitor_of(world, id)->states[state].hot;
}

static void follow_heat(struct ob_world *world, unsigned id)
{
    uint64_t *since_us = &world->run.monitoring.hot_since_us[id - world->actor_count - 1];
    if (!is_hot(world, id))
        *since_us = OB_NEVER;
    else if (*since_us == OB_NEVER)
        *since_us = world->run.now_us;
}

/* When the last pause or cut is over. */
static uint64_t long_faults_us(const struct ob_world *world)
{
    const struct ob_network *network = &world->run.network;
    uint64_t end_us = 0;
    for (unsigned id = 1; world->run.strikes.paused_something && id <= world->actor_count; id++) {
        uint64_t busy_us = world->actors[id].busy_until_us;
        if (busy_us != OB_NEVER && busy_us > end_us)
            end_us = busy_us;
    }
    for (size_t at = 0; at < (size_t)network->width * network->width; at++)
        if (network->pairs[at].epoch == network->epoch && network->pairs[at].cut_until_us > end_us)
            end_us = network->pairs[at].cut_until_us;
    return end_us;
}

static bool is_too_hot(struct ob_world *world, unsigned id, uint64_t until_us)
{
    const struct ob_monitoring *monitoring = &world->run.monitoring;
    uint32_t most_us = ob_monitor_of(world, id)->hot_us_max;
    uint64_t since_us = monitoring->hot_since_us[id - world->actor_count - 1];
    if (most_us == 0)
        return false;
    if (OB_UNLIKELY(world->access != NULL))
        ob_access_clock(world, id);
    if (since_us == OB_NEVER)
        return false;
    if (since_us < monitoring->fault_us)
        since_us = monitoring->fault_us;
    if (until_us <= since_us + most_us)
        return false;
    uint64_t faults_us = long_faults_us(world);
    return faults_us <= since_us || until_us > faults_us + most_us;
}

static OB_NORETURN void violate(struct ob_world *world, unsigned id, bool for_ever)
{
    unsigned state = world->actors[id].abstract_state;
    const char *name = ob_monitor_of(world, id)->states[state].name;
    uint64_t since_us = world->run.monitoring.hot_since_us[id - world->actor_count - 1];
    struct ob_text since = {0};
    char copy[32];
    ob_duration_print(&since, since_us);
    (void)snprintf(copy, sizeof copy, "%s", ob_text_string(&since));
    ob_text_release(&since);
    const char *for_what = for_ever ? "; nothing more happens" : "";
    name = name ? name : "a hot state";
    if (ob_monitor_of(world, id)->hot_violates)
        ob_bound_violation(world, ob_monitor_of(world, id)->hot_violates,
                           "%s is in %s, and was hot since %s%s", world->names[id], name, copy,
                           for_what);
    OB_BOUND(world, monitor_is_hot, "%s is in %s, and was hot since %s%s", world->names[id], name,
             copy, for_what);
}

/* Once in a run that goes on where it was left, so that it does. */
static void judge_clocks(struct ob_world *world, uint64_t until_us)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    uint32_t judged = world->run.log.delivery_count + 1;
    if (monitoring->judged == judged && monitoring->judged_us == until_us)
        return;
    monitoring->judged = judged;
    monitoring->judged_us = until_us;
    for (unsigned id = world->actor_count + 1; id <= ob_party_count(world); id++)
        if (is_too_hot(world, id, until_us))
            violate(world, id, false);
}

/* -- seeing -- */

static void require_still(const struct ob_world *world, unsigned id, uint32_t sent_count)
{
    if (world->run.log.sent_count != sent_count || world->actors[id].ahead_us != 0)
        ob_defect(world, "%s sends, starts a timer or works; monitors only observe",
                  world->names[id]);
}

static void note_move(struct ob_world *world, unsigned id)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    if (monitoring->move_count < OB_MOVES_MAX)
        monitoring->moves[monitoring->move_count++] =
            (struct ob_move){.delivery = monitoring->delivered - 1,
                             .monitor = (uint16_t)id,
                             .state = world->actors[id].abstract_state};
    follow_heat(world, id);
}

static bool wants(const struct ob_monitor_type *type, const struct ob_sight *sight)
{
    return (!type->sights || type->sights & OB_SIGHT_BIT(sight->what)) &&
           (!type->kinds || !sight->message || type->kinds & OB_KIND_BIT(sight->message->kind));
}

/* What is violated ends the run, or leaves it to go on: then those behind this monitor see the same
 * before that, and it is left in ob_monitors_look(). */
static void observe(struct ob_world *world, struct ob_actor *monitor,
                    const struct ob_monitor_type *type, const struct ob_sight *sight)
{
    jmp_buf here;
    jmp_buf *outer = world->escape;
    volatile bool has_left = true;
    if (!world->keep_going || !outer) {
        type->observe(monitor, sight);
        return;
    }
    world->escape = &here;
    if (_setjmp(here) == 0) {
        type->observe(monitor, sight);
        has_left = false;
    }
    world->escape = outer;
    world->run.monitoring.is_violated |= has_left;
    if (has_left && world->run.ending.over)
        longjmp(*outer, 1);
}

static void show(struct ob_world *world, const struct ob_sight *sight)
{
    for (unsigned id = world->actor_count + 1; id <= ob_party_count(world); id++) {
        struct ob_actor *monitor = &world->actors[id];
        const struct ob_monitor_type *type = ob_monitor_of(world, id);
        if (!wants(type, sight))
            continue;
        if (OB_UNLIKELY(monitor->tracked))
            ob_access_ask(monitor);
        uint16_t state = monitor->abstract_state;
        uint32_t sent_count = world->run.log.sent_count;
        observe(world, monitor, type, sight);
        require_still(world, id, sent_count);
        if (monitor->abstract_state != state)
            note_move(world, id);
    }
}

static void show_message(struct ob_world *world, enum ob_sight_kind what, unsigned actor,
                         const struct ob_sent *sent)
{
    const struct ob_sight sight = {
        .what = what, .actor = (uint16_t)actor, .to = sent->to, .message = &sent->message};
    show(world, &sight);
}

/* A message that was sent, and what its link has done with it. What comes from outside is seen when
 * it is delivered: a scenario sends it at its time, an explorer at once. */
static void show_sent(struct ob_world *world, const struct ob_sent *sent)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    bool is_lost = !ob_is_under_way(sent);
    unsigned from = sent->message.from;
    if (ob_comes_by_itself(sent))
        return;
    if (sent->flags & OB_SENT_COPY || (is_lost && (from != OB_OUTSIDE || sent->deviation)))
        monitoring->fault_us = world->run.now_us;
    if (from == OB_OUTSIDE)
        return;
    show_message(world, sent->flags & OB_SENT_COPY ? OB_SAW_COPIED : OB_SAW_SENT, from, sent);
    if (is_lost)
        show_message(world, OB_SAW_LOST, from, sent);
}

/* Faults that came before so many messages were sent. */
static void show_noticed(struct ob_world *world, uint32_t sent)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    while (monitoring->noticed_shown < monitoring->noticed_count &&
           monitoring->noticed[monitoring->noticed_shown].sent <= sent) {
        const struct ob_noticed *noticed = &monitoring->noticed[monitoring->noticed_shown++];
        const struct ob_sight sight = {.what = (enum ob_sight_kind)noticed->what,
                                       .actor = noticed->actor,
                                       .to = noticed->to,
                                       .until_us = noticed->until_us};
        show(world, &sight);
    }
    if (monitoring->noticed_shown == monitoring->noticed_count)
        monitoring->noticed_shown = monitoring->noticed_count = 0;
}

/* What was sent up to the next delivery that was not seen yet. */
static void show_all_sent(struct ob_world *world)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    const struct ob_log *log = &world->run.log;
    while (monitoring->sent < log->sent_count) {
        const struct ob_sent *sent = &log->sent[monitoring->sent];
        if (sent->cause != OB_NONE && sent->cause >= monitoring->delivered)
            return;
        show_noticed(world, monitoring->sent++);
        show_sent(world, sent);
    }
}

static void show_life(struct ob_world *world, enum ob_sight_kind what, unsigned actor)
{
    const struct ob_sight sight = {.what = what, .actor = (uint16_t)actor};
    if (what != OB_SAW_ENDED)
        world->run.monitoring.fault_us = world->run.now_us;
    show(world, &sight);
}

static void show_state(struct ob_world *world, const struct ob_delivery *delivery)
{
    uint16_t now = world->actors[delivery->actor].abstract_state;
    const struct ob_sight sight = {.what = OB_SAW_STATE,
                                   .actor = delivery->actor,
                                   .state_before = delivery->state,
                                   .state = now};
    if (now != delivery->state)
        show(world, &sight);
}

static void show_delivery(struct ob_world *world, const struct ob_delivery *delivery)
{
    const struct ob_sent *sent =
        delivery->sent == OB_NONE ? NULL : &world->run.log.sent[delivery->sent];
    bool is_lost = delivery->flags & OB_DELIVERY_LOST;
    if (!sent)
        show_life(world, OB_SAW_STARTED, delivery->actor);
    else if (is_lost)
        show_message(world, OB_SAW_LOST, sent->message.from, sent);
    else if (!(delivery->flags & OB_DELIVERY_POSTPONED) && !(sent->flags & OB_SENT_RESUME))
        show_message(world, OB_SAW_DELIVERED, delivery->actor, sent);
    show_all_sent(world);
    if (!is_lost)
        show_state(world, delivery);
    if (delivery->flags & OB_DELIVERY_CRASHED)
        show_life(world, OB_SAW_CRASHED, delivery->actor);
    if (delivery->flags & OB_DELIVERY_ENDED)
        show_life(world, OB_SAW_ENDED, delivery->actor);
}

void ob_monitors_look(struct ob_world *world)
{
    struct ob_monitoring *monitoring = &world->run.monitoring;
    const struct ob_log *log = &world->run.log;
    judge_clocks(world, world->run.now_us);
    if (world->run.deviations.applied != monitoring->faults)
        monitoring->fault_us = world->run.now_us;
    monitoring->faults = world->run.deviations.applied;
    show_all_sent(world);
    while (monitoring->delivered < log->delivery_count)
        show_delivery(world, &log->deliveries[monitoring->delivered++]);
    show_noticed(world, log->sent_count);
    if (OB_UNLIKELY(monitoring->is_violated)) {
        monitoring->is_violated = false;
        ob_leave(world);
    }
}

void ob_monitors_catch_up(struct ob_world *world)
{
    if (world->monitor_count > 0 && (world->judges & OB_JUDGE_INVARIANTS))
        ob_monitors_look(world);
}

/* -- a run -- */

void ob_monitors_begin(struct ob_world *world)
{
    for (unsigned id = world->actor_count + 1; id <= ob_party_count(world); id++)
        world->run.monitoring.hot_since_us[id - world->actor_count - 1] =
            is_hot(world, id) ? 0 : OB_NEVER;
}

void ob_monitors_end(struct ob_world *world, bool quiescent)
{
    for (unsigned id = world->actor_count + 1; quiescent && id <= ob_party_count(world); id++)
        if (is_hot(world, id))
            violate(world, id, true);
    judge_clocks(world, ob_key_time_us(world->run.end_key));
}

/* -- told -- */

bool ob_monitors_said(const struct ob_world *world, uint32_t delivery, uint32_t nth,
                      struct ob_saying *saying)
{
    const struct ob_monitoring *monitoring = &world->run.monitoring;
    for (uint32_t at = 0; at < monitoring->move_count; at++) {
        const struct ob_move *move = &monitoring->moves[at];
        if (move->delivery != delivery || nth-- > 0)
            continue;
        const struct ob_monitor_type *type = ob_monitor_of(world, move->monitor);
        const char *name =
            move->state < OB_MONITOR_STATES_MAX ? type->states[move->state].name : NULL;
        unsigned actor = delivery == OB_NONE ? 1 : world->run.log.deliveries[delivery].actor;
        *saying =
            (struct ob_saying){.actor = actor, .stream = type->name, .text = name ? name : "?"};
        saying->length = strlen(saying->text);
        return true;
    }
    return false;
}
