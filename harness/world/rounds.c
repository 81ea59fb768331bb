/*
 * Livelocks: runs that the bound of deliveries would cut while the same state comes round and
 * round. In the last deliveries before that bound the whole state of the world, relative to virtual
 * time, is compared with the one at the first of them. A world that comes to the same state again
 * does for ever what it has done in between, as nothing else decides what happens next. A timer is
 * the same when it is due as long from now, and its handle, which an actor may keep, when it was
 * started as many messages ago.
 *
 * Whatever could break the round off is a reason to say nothing: messages from outside, deviations
 * that have not hit yet, walks, latencies that are drawn, tasks, whose stacks nobody compares as
 * each compiler lays them out in its own way, and clocks that somebody has read. So is an end that
 * the target has declared for periodic timers, unless what goes round takes no time or is more than
 * what timers cause: such an end says that timers alone may go on for ever.
 */
#include "world/rounds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/scenario.h"
#include "world/hash.h"
#include "world/leave.h"
#include "world/timer.h"

/* Deliveries before the bound. A round of more is not seen. */
#define LOOKED_AT_MAX 1024u
/* Of these, so many that look alike at first sight are compared as a whole. */
#define COMPARED_MAX 64u

struct state {
    uint64_t hash;
    bool is_closed; /* nothing that could break a round off was met */
    bool has_timer; /* one is under way */
};

static void add(struct state *state, uint64_t one, uint64_t two)
{
    state->hash = ob_hash_step(state->hash, one, two);
}

static uint64_t from_now(const struct ob_world *world, uint64_t time_us)
{
    return time_us == OB_NEVER || time_us <= world->run.now_us ? time_us == OB_NEVER
                                                               : time_us - world->run.now_us + 1;
}

static void add_message(const struct ob_world *world, struct state *state, uint32_t index)
{
    const struct ob_sent *sent = &world->run.log.sent[index];
    const struct ob_message *message = &sent->message;
    unsigned open = OB_SENT_RESUME | OB_SENT_ARMED | OB_SENT_HELD | OB_SENT_CUT;

    state->is_closed &= !(sent->flags & open);
    state->has_timer |= (sent->flags & OB_SENT_TIMER) != 0;
    add(state, (uint64_t)message->from << 32 | sent->to, message->kind);
    add(state, (uint64_t)message->args[0] << 32 | message->args[1],
        (uint64_t)message->args[2] << 32 | message->args[3]);
    add(state, (uint64_t)message->ref << 32 | sent->flags,
        (uint64_t)sent->incarnation << 32 | message->size);
    if (message->size)
        state->hash = ob_hash_bytes(state->hash, message->bytes, message->size);
}

static void add_chain(const struct ob_world *world, struct state *state, uint32_t first)
{
    uint32_t count = 0;

    for (uint32_t at = first; at != OB_NONE; at = world->run.log.sent[at].next, count++)
        add_message(world, state, at);
    add(state, count, 1);
}

static void add_actor(const struct ob_world *world, struct state *state,
                      const struct ob_actor *actor)
{
    unsigned flags = actor->down + 2u * actor->ending + 4u * actor->postponing;

    add(state, from_now(world, actor->busy_until_us), from_now(world, actor->wake_us));
    add(state, actor->ahead_us, (uint64_t)actor->abstract_state << 16 | actor->incarnation);
    add(state, actor->held_lines, flags);
    for (unsigned point = 0; point < ob_vocabulary_choices(&world->vocabulary); point++)
        add(state, actor->chosen_counts[point], point);
    add_chain(world, state, actor->mailbox_first);
    add_chain(world, state, actor->postponed_first);
}

static void add_links(const struct ob_world *world, struct state *state)
{
    const struct ob_network *network = &world->run.network;
    size_t count = ob_pair_count(network);

    for (size_t at = 0; at < count; at++) {
        const struct ob_pair *pair = &network->pairs[at];
        if (pair->epoch == network->epoch)
            add(state, from_now(world, pair->last_arrival_us) << 16 ^ at,
                from_now(world, pair->cut_until_us));
    }
}

static void add_queue(const struct ob_world *world, struct state *state)
{
    const struct ob_queue *queue = &world->run.queue;
    uint32_t base = world->run.log.event_base;

    for (uint32_t at = queue->head; at < queue->tail; at++) {
        uint64_t key = queue->keys[at];
        uint32_t event = ob_key_event(key);
        if (ob_is_stale(&world->run.log, key))
            continue;
        add(state, from_now(world, ob_key_time_us(key)), 2);
        if (event < base)
            add(state, event, 3);
        else
            add_message(world, state, event - base);
    }
}

/* Whether a word of memory is the handle of a timer, whether that still runs or not. */
static bool is_handle(const struct ob_log *log, uint32_t word)
{
    uint32_t sent = ob_timer_sent(word);
    return sent < log->sent_count &&
           (log->sent[sent].flags & (OB_SENT_TIMER | OB_SENT_RESUME)) == OB_SENT_TIMER;
}

/* Handles count as how long ago their timers were started. */
static void add_words(const struct ob_world *world, struct state *state, const uint8_t *memory,
                      size_t size)
{
    const struct ob_log *log = &world->run.log;
    uint32_t word;
    size_t at = 0;

    for (; at + sizeof word <= size; at += sizeof word) {
        memcpy(&word, memory + at, sizeof word);
        if (is_handle(log, word))
            add(state, log->sent_count - ob_timer_sent(word), 5);
        else
            add(state, word, 6);
    }
    state->hash = ob_hash_bytes(state->hash, memory + at, size - at);
}

static void add_memory(const struct ob_world *world, struct state *state)
{
    const struct ob_arena *arena = &world->arena;

    for (size_t place = 0; place < arena->used; place = ob_arena_next(arena, place))
        add_words(world, state, ob_arena_memory(arena, place), ob_arena_size(arena, place));
    add(state, arena->used, 4);
}

/* All that decides what happens next, when a message is about to be delivered. */
static struct state whole_state(const struct ob_world *world, uint32_t sent)
{
    struct state state = {.is_closed = true};

    add_message(world, &state, sent);
    for (unsigned id = 1; id <= ob_party_count(world); id++)
        add_actor(world, &state, &world->actors[id]);
    add_links(world, &state);
    add_queue(world, &state);
    add_memory(world, &state);
    return state;
}

/* Whether nothing from outside of the state can change what happens next. */
static bool is_left_alone(const struct ob_world *world)
{
    const struct ob_run *run = &world->run;
    const struct ob_scenario *scenario = run->scenario;

    if (run->outside_us != OB_NEVER || run->has_walks || run->happenings.noted || run->tasks.used ||
        run->strikes.count || run->holds.line_rows || world->reads_clock || world->serial ||
        world->annex || world->target->reset ||
        (run->strikes.end_us != OB_NEVER && run->now_us < run->strikes.end_us))
        return false;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        if (deviation->op == OB_DRAW || run->deviations.matched[index] < deviation->which.nth)
            return false;
    }
    return true;
}

/* Whether a message goes round that no timer has caused: back from one that was delivered since the
 * first of the two equal states, from cause to cause, to one before it. */
static bool goes_round_without_timers(const struct ob_world *world)
{
    const struct ob_log *log = &world->run.log;
    uint32_t from = world->round.from;

    for (uint32_t at = from; at < log->delivery_count; at++) {
        uint32_t delivery = at;
        while (delivery != OB_NONE && delivery >= from) {
            uint32_t sent = log->deliveries[delivery].sent;
            if (sent == OB_NONE || (log->sent[sent].flags & OB_SENT_TIMER))
                break;
            delivery = log->sent[sent].cause;
        }
        if (delivery != OB_NONE && delivery < from)
            return true;
    }
    return false;
}

/* Whether the declared end of periodic timers is one of the round as well. */
static bool may_settle(const struct ob_world *world, const struct state *state)
{
    return state->has_timer && world->target->settle_us &&
           world->run.now_us > world->round.from_us && !goes_round_without_timers(world);
}

void ob_rounds_begin(struct ob_world *world)
{
    world->round = (struct ob_round){.sent = OB_NONE};
    if (world->is_outcome_known || world->published || world->deliveries_max != OB_DELIVERIES_MAX)
        return;
    world->deliveries_stop = world->deliveries_max - LOOKED_AT_MAX;
}

void ob_rounds_look(struct ob_world *world, uint32_t sent)
{
    struct ob_round *round = &world->round;
    uint32_t count = world->run.log.delivery_count;

    if (world->deliveries_max != OB_DELIVERIES_MAX || sent == OB_NONE || round->deliveries ||
        count < world->deliveries_max - LOOKED_AT_MAX)
        return;
    ob_queue_gather(&world->run.queue); /* equal states have equal queues */
    if (count == world->deliveries_max - LOOKED_AT_MAX) {
        struct state state = whole_state(world, sent);
        if (state.is_closed && is_left_alone(world))
            *round = (struct ob_round){
                .hash = state.hash, .from_us = world->run.now_us, .from = count, .sent = sent};
        return;
    }
    if (round->sent == OB_NONE || round->compared == COMPARED_MAX ||
        world->run.log.sent[round->sent].to != world->run.log.sent[sent].to ||
        world->run.log.sent[round->sent].message.kind != world->run.log.sent[sent].message.kind)
        return;
    round->compared++;
    struct state state = whole_state(world, sent);
    if (!state.is_closed || state.hash != round->hash || may_settle(world, &state))
        return;
    round->deliveries = count - round->from;
    round->period_us = world->run.now_us - round->from_us;
}

void ob_rounds_end(struct ob_world *world)
{
    struct ob_text time = {0};
    char detail[128];

    if (!world->round.deliveries)
        return;
    ob_duration_print(&time, world->round.period_us);
    (void)snprintf(detail, sizeof detail,
                   "the same state comes again every %" PRIu32 " deliver%s, %s, for ever",
                   world->round.deliveries, world->round.deliveries == 1 ? "y" : "ies",
                   ob_text_string(&time));
    ob_text_release(&time);
    ob_cut(world, OB_BOUND_LIVELOCK, detail);
}
