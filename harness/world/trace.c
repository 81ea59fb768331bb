#include "world/trace.h"

#include "base/text.h"
#include "world/mailbox.h"
#include "world/monitor.h"
#include "world/range.h"
#include "world/sent_order.h"
#include "world/state.h"

const struct ob_verdict *ob_world_verdict(const struct ob_world *world)
{
    return &world->run.ending.verdict;
}

uint32_t ob_world_delivery_count(const struct ob_world *world)
{
    return world->run.log.delivery_count;
}

const struct ob_delivery *ob_world_delivery(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.log.delivery_count);
    return &world->run.log.deliveries[index];
}

uint32_t ob_world_sent_count(const struct ob_world *world)
{
    return world->run.log.sent_count;
}

const struct ob_sent *ob_world_sent(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.log.sent_count);
    return &world->run.log.sent[index];
}

unsigned ob_world_declared_state(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= world->actor_count + world->monitor_count);
    return world->actors[id].abstract_state;
}

const char *ob_world_state_name(const struct ob_world *world, unsigned id, unsigned state)
{
    if (id <= world->actor_count || state >= OB_MONITOR_STATES_MAX)
        return NULL;
    return ob_monitor_of(world, id)->states[state].name;
}

uint32_t ob_world_chosen_count(const struct ob_world *world)
{
    return world->run.choices.count;
}

bool ob_chooses(const struct ob_deviation *deviation, const struct ob_chosen *choice)
{
    const struct ob_selector *which = &deviation->which;
    return deviation->op == OB_CHOOSE && which->to == choice->actor &&
           which->kind == choice->point && (which->nth == 0 || which->nth - 1u == choice->ordinal);
}

const struct ob_chosen *ob_world_chosen(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.choices.count);
    return &world->run.choices.list[index];
}

unsigned ob_world_outside_index(const struct ob_world *world, uint32_t sent)
{
    assert(ob_world_sent(world, sent)->message.from == OB_OUTSIDE);
    return ob_world_sent(world, sent)->origin;
}

uint32_t ob_world_ordinal(const struct ob_world *world, uint32_t index)
{
    const struct ob_sent *message = ob_world_sent(world, index);
    uint32_t ordinal = 0;
    for (uint32_t at = 0; at < index; at++) {
        const struct ob_sent *other = &world->run.log.sent[at];
        ordinal += other->to == message->to && other->message.from == message->message.from &&
                   other->message.kind == message->message.kind && !(other->flags & OB_SENT_COPY);
    }
    return ordinal;
}

uint64_t ob_world_time_us(const struct ob_world *world)
{
    return world->run.now_us;
}

uint64_t ob_world_last_us(const struct ob_world *world, unsigned id)
{
    uint32_t last = ob_world_actor(world, id)->last_delivery;
    return last == OB_NONE ? 0 : world->run.log.deliveries[last].time_us;
}

uint64_t ob_world_clock_us(const struct ob_actor *actor)
{
    uint64_t real_us = actor->world->run.now_us + actor->ahead_us;
    uint64_t elapsed_us =
        actor->rate_ppm == 1000000
            ? real_us
            : real_us / 1000000 * actor->rate_ppm + real_us % 1000000 * actor->rate_ppm / 1000000;
    return OB_CLOCK_START_US + elapsed_us + (uint64_t)actor->offset_us;
}

uint64_t ob_world_applied(const struct ob_world *world)
{
    return world->run.deviations.applied;
}

uint32_t ob_world_hit(const struct ob_world *world, unsigned deviation)
{
    for (uint32_t sent = 0; sent < world->run.log.sent_count; sent++)
        if (world->run.log.sent[sent].deviation == deviation + 1)
            return sent;
    return OB_NONE;
}

const struct ob_link *ob_world_link(const struct ob_world *world, unsigned from, unsigned to)
{
    return ob_link_between(&world->run.network, from, to);
}

const struct ob_faults *ob_world_faults(const struct ob_world *world, unsigned id)
{
    return &ob_world_actor(world, id)->faults;
}

bool ob_world_is_under_way(const struct ob_world *world, uint32_t sent)
{
    return ob_is_under_way(ob_world_sent(world, sent));
}

bool ob_world_is_copy(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_COPY;
}

bool ob_world_waited_for_cut(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_CUT;
}

bool ob_world_is_timer(const struct ob_world *world, uint32_t sent)
{
    return ob_comes_by_itself(ob_world_sent(world, sent));
}

bool ob_world_is_resume(const struct ob_world *world, uint32_t sent)
{
    return ob_world_sent(world, sent)->flags & OB_SENT_RESUME;
}

uint32_t ob_world_lateness(const struct ob_world *world, uint32_t sent)
{
    return ob_lateness_us(world, ob_world_sent(world, sent));
}

void ob_world_learn(const struct ob_world *world, struct ob_vocabulary *vocabulary)
{
    struct ob_durations *durations = &vocabulary->durations;
    vocabulary->ops_allowed |= world->vocabulary.ops_allowed & 1u << OB_CHOOSE;
    durations->reads_clock |= world->reads_clock;
    for (unsigned at = 0; at < OB_TIMERS_KNOWN; at++)
        ob_durations_add(durations, world->timers_us[at], OB_DURATIONS_MAX);
}

uint32_t ob_world_resume_ordinal(const struct ob_world *world, uint32_t index)
{
    uint32_t ordinal = 0;
    for (uint32_t at = 0; at < index; at++)
        ordinal += (world->run.log.sent[at].flags & OB_SENT_RESUME) &&
                   world->run.log.sent[at].to == world->run.log.sent[index].to;
    return ordinal;
}

bool ob_world_is_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    uint64_t key = ob_world_sent(world, sent)->key;

    *due_us = ob_key_time_us(key);
    return key != OB_NEVER;
}

bool ob_world_timer_runs(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    const struct ob_sent *timer = ob_world_sent(world, sent);
    const struct ob_actor *actor = &world->actors[timer->to];

    return ob_world_is_due(world, sent, due_us) && (timer->flags & OB_SENT_TIMER) && !actor->down &&
           timer->incarnation == actor->incarnation;
}

bool ob_world_timer_was_due(const struct ob_world *world, uint32_t sent, uint64_t *due_us)
{
    const struct ob_sent *timer = ob_world_sent(world, sent);

    if (!(timer->flags & OB_SENT_CANCELLED))
        return false;
    *due_us = timer->time_us + timer->next;
    return true;
}

bool ob_world_describes(const struct ob_world *world, unsigned id)
{
    return world->actors[id].describe || world->target->describe;
}

void ob_world_describe(const struct ob_world *world, unsigned id, struct ob_text *text)
{
    const struct ob_actor *actor = &world->actors[id];
    size_t begin = text->length;
    if (actor->down)
        return;
    if (actor->describe)
        actor->describe(actor, text);
    else if (world->target->describe)
        world->target->describe(actor, text);
    /* Separators behind the last part, where the target adds one to each. */
    while (text->length > begin && strchr(" \n;,", text->data[text->length - 1]))
        text->data[--text->length] = '\0';
}

struct ob_actor *ob_world_actor(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= ob_party_count(world));
    return &world->actors[id];
}

size_t ob_world_mailbox_count(const struct ob_world *world, unsigned id)
{
    const struct ob_actor *actor = ob_world_actor(world, id);
    return ob_mailbox_size(actor);
}

uint64_t ob_world_state_hash(const struct ob_world *world, unsigned id)
{
    const struct ob_actor *actor = ob_world_actor(world, id);
    return ob_hash_bytes(0, actor->state, actor->state_size);
}

/* -- what follows from it: caches, which are no change that a reader of the world can see -- */

static struct ob_run *writable(const struct ob_world *world)
{
    return (struct ob_run *)&world->run;
}

bool ob_world_happens_before(const struct ob_world *world, uint32_t earlier, uint32_t later)
{
    struct ob_run *run = writable(world);
    return ob_happens_before(&run->causality, &run->log, earlier, later);
}

bool ob_world_races(const struct ob_world *world, uint32_t earlier, uint32_t later)
{
    struct ob_run *run = writable(world);
    if (!ob_races(&run->causality, &run->log, earlier, later))
        return false;
    uint32_t one = run->log.deliveries[earlier].sent;
    uint32_t other = run->log.deliveries[later].sent;
    if (!ob_world_keeps_sent_order(world, one, other))
        return true;
    uint32_t sends = run->log.sent[one].cause; /* OB_NONE: as its actor started, before all else */
    uint32_t sends_other = run->log.sent[other].cause;
    return sends != OB_NONE && sends_other != OB_NONE && sends != sends_other &&
           !ob_world_happens_before(world, sends, sends_other);
}

uint64_t ob_world_causal_hash(const struct ob_world *world)
{
    struct ob_run *run = writable(world);
    return ob_causal_hash(&run->identities, &run->log, run->log.delivery_count);
}

void ob_world_explain(const struct ob_world *world, struct ob_text *text)
{
    const struct ob_finder *finder = &world->run.ending.finder;
    /* What a finder keeps to explain it is no part of what a caller sees as the world. */
    if (finder->explain)
        finder->explain((struct ob_world *)world, finder->context, text);
}

/* -- events of runs in a chosen order -- */

uint32_t ob_world_happening_count(const struct ob_world *world)
{
    return world->run.happenings.count;
}

uint32_t ob_world_violated_at(const struct ob_world *world, bool *at_end)
{
    const struct ob_run *run = &world->run;
    bool violated = run->ending.violated;
    *at_end = !violated || run->happenings.violated_at_end;
    return violated ? run->happenings.violated_at : run->happenings.count;
}

const struct ob_happening *ob_world_happening(const struct ob_world *world, uint32_t index)
{
    assert(index < world->run.happenings.count);
    return &world->run.happenings.list[index];
}
