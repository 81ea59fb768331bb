/* The loop: takes the next event, hands it to its actor, records what happened. */
#include "world/causality.h"
#include "world/hash.h"
#include "world/task.h"
#include "world/walk.h"

/* Marks in the engine's map what code coverage does not see. */
static void mark_feature(struct ob_world *world, uint64_t feature)
{
    world->counters[(feature * 0x9e3779b97f4a7c15u >> 40) & world->counters_mask] = 1;
}

/* The state that an actor has reached: the one that it ends in is met by no further message. */
OB_RARE void ob_mark_state(struct ob_world *world, const struct ob_actor *actor)
{
    mark_feature(world, UINT64_C(3) << 48 | (uint64_t)actor->id << 32 | actor->abstract_state);
}

/*
 * Which kind of message met which state of its actor; which kind followed which there; and which of
 * two kinds came first. Whether the two race need not be asked: those that do not are always seen
 * in the same order, and so are a feature once and for all. Presence counts, not number, as every
 * further message would be news otherwise.
 */
static OB_RARE void give_feedback(struct ob_world *world, const struct ob_delivery *delivery,
                                  struct ob_actor *actor, unsigned kind)
{
    uint64_t place = (uint64_t)delivery->actor << 32 | kind;
    mark_feature(world, place | (uint64_t)delivery->state << 8);
    if (delivery->previous != OB_NONE)
        mark_feature(world, UINT64_C(1) << 48 | place | (uint64_t)actor->last_kind << 8);
    actor->last_kind = (uint16_t)kind;
    if (actor->kinds_seen >> kind & 1)
        return;
    for (uint64_t left = actor->kinds_seen; left; left &= left - 1)
        mark_feature(world, UINT64_C(2) << 48 | place | (uint64_t)__builtin_ctzll(left) << 8);
    actor->kinds_seen |= UINT64_C(1) << kind;
}

OB_INLINE uint64_t hash_delivery(uint64_t hash, const struct ob_delivery *delivery,
                                 const struct ob_sent *sent)
{
    uint64_t place = (uint64_t)delivery->actor << 52 | (uint64_t)delivery->flags << 44;
    if (!sent)
        return ob_hash_step(hash, delivery->time_us ^ place, 0);
    const struct ob_message *message = &sent->message;
    const uint32_t *args = message->args;
    uint64_t first = (uint64_t)args[1] << 32 | args[0];
    uint64_t second = (uint64_t)args[3] << 32 | args[2];
    place ^= delivery->time_us ^ (uint64_t)message->from << 36 ^ (uint64_t)message->kind << 30;
    hash = ob_hash_step(hash, place, first ^ (second << 17 | second >> 47));
    return OB_UNLIKELY(message->size) ? ob_hash_bytes(hash, message->bytes, message->size) : hash;
}

OB_INLINE uint32_t record(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                          unsigned flags)
{
    struct ob_run *run = &world->run;
    if (OB_UNLIKELY(run->delivery_count == world->deliveries_stop))
        ob_deliveries_stop(world, actor, sent, flags);
    uint32_t index = run->delivery_count++;
    struct ob_delivery *delivery = &world->deliveries[index];
    const struct ob_sent *message = sent == OB_NONE ? NULL : &world->sent[sent];
    delivery->time_us = run->now_us;
    delivery->sent = sent;
    delivery->previous = actor->last_delivery;
    delivery->actor = actor->id;
    delivery->state = actor->abstract_state;
    delivery->flags = (uint8_t)flags;
    run->hash = delivery->hash = hash_delivery(run->hash, delivery, message);
    if (flags & OB_DELIVERY_CRASHED) /* what the actor still says comes after it */
        actor->last_delivery = index;
    if (flags & OB_DELIVERY_LOST)
        return index;
    actor->last_delivery = index;
    actor->handled_count++;
    if (world->counters && message)
        give_feedback(world, delivery, actor, message->message.kind);
    return index;
}

uint32_t ob_record(struct ob_world *world, struct ob_actor *actor, uint32_t sent, unsigned flags)
{
    return record(world, actor, sent, flags);
}

static void append(struct ob_world *world, uint32_t *first, uint32_t *last, uint32_t sent)
{
    world->sent[sent].next = OB_NONE;
    if (*first == OB_NONE)
        *first = sent;
    else
        world->sent[*last].next = sent;
    *last = sent;
}

static void note_arrival(struct ob_world *world, uint32_t sent)
{
    if (!world->arrivals || (world->sent[sent].flags & OB_SENT_WAITED))
        return;
    world->sent[sent].flags |= OB_SENT_WAITED;
    world->arrivals[sent] = world->run.now_us;
}

static void check_mailbox(struct ob_world *world, const struct ob_actor *actor)
{
    uint32_t waiting = actor->mailbox_count + actor->postponed_count;
    if (world->target->mailbox_max && waiting > world->target->mailbox_max)
        OB_BOUND(world, mailbox_bound, "%u message%s for %s", (unsigned)waiting,
                 waiting == 1 ? " waits" : "s wait", world->names[actor->id]);
}

/* What was put aside comes before what waits in the mailbox. */
static void retry_postponed(struct ob_world *world, struct ob_actor *actor)
{
    for (uint32_t at = actor->postponed_first; at != OB_NONE; at = world->sent[at].next)
        world->sent[at].flags |= OB_SENT_RETRY;
    world->sent[actor->postponed_last].next = actor->mailbox_first;
    if (actor->mailbox_first == OB_NONE)
        actor->mailbox_last = actor->postponed_last;
    actor->mailbox_first = actor->postponed_first;
    actor->mailbox_count += actor->postponed_count;
    actor->postponed_first = actor->postponed_last = OB_NONE;
    actor->postponed_count = 0;
}

static OB_RARE void after_handler(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    if (actor->postponing) {
        actor->postponing = false;
        world->deliveries[world->run.current].flags |= OB_DELIVERY_POSTPONED;
        append(world, &actor->postponed_first, &actor->postponed_last, sent);
        note_arrival(world, sent);
        actor->postponed_count++;
        check_mailbox(world, actor);
    } else {
        /* In a process it is a task that takes them, see ob_await(). */
        if (actor->postponed_count && actor->manner != OB_IS_PROCESS)
            retry_postponed(world, actor);
        if (actor->held_lines)
            ob_holds_delivered(world, actor, &world->sent[sent].message);
    }
    if (actor->ending)
        ob_actor_end(world, actor);
    if (actor->ahead_us) {
        actor->busy_until_us = world->run.now_us + actor->ahead_us;
        actor->busy_by = ob_happening_now(world);
        actor->ahead_us = 0;
    }
    actor->attention = actor->postponed_count > 0 || actor->held_lines != 0;
    if (world->sent[sent].flags & OB_SENT_ARMED)
        ob_faults_after(world, sent, actor);
}

/* Tasks go on from here: a processor predicts the returns of every function in between wrongly,
 * once stacks have been switched. */
OB_INLINE void hand_over(struct ob_world *world, struct ob_actor *actor,
                         const struct ob_message *message)
{
    if (OB_LIKELY(actor->receive != ob_task_receive)) {
        actor->receive(actor, message);
        return;
    }
    struct ob_task *task = ob_task_for(actor, message);
    if (task)
        ob_task_go_on(world, task);
}

OB_INLINE void deliver(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    unsigned flags = message->flags & (OB_SENT_TIMER | OB_SENT_COPY);
    static_assert(OB_SENT_TIMER == (int)OB_DELIVERY_TIMER && OB_SENT_COPY == (int)OB_DELIVERY_COPY,
                  "same bits");
    if (message->flags & OB_SENT_RETRY)
        flags |= OB_DELIVERY_RETRIED;
    world->run.current = record(world, actor, sent, flags);
    world->run.handling = sent;
    hand_over(world, actor, &message->message);
    if (OB_UNLIKELY(actor->attention || (message->flags & OB_SENT_ARMED)))
        after_handler(world, actor, sent);
    world->run.handling = OB_NONE;
    if (OB_LIKELY(world->check != NULL))
        world->check(world);
}

/* Handles what waits for the actor, as far as it can now. */
OB_RARE void ob_drain(struct ob_world *world, struct ob_actor *actor)
{
    while (actor->mailbox_first != OB_NONE) {
        if (actor->busy_until_us > world->run.now_us) {
            if (actor->wake_us != actor->busy_until_us) {
                actor->wake_us = actor->busy_until_us;
                ob_queue_push(world, actor->wake_us << OB_EVENT_BITS | actor->id);
            }
            return;
        }
        uint32_t sent = actor->mailbox_first;
        if ((world->sent[sent].flags & OB_SENT_ARMED) && ob_faults_before(world, sent, actor))
            continue;
        actor->mailbox_first = world->sent[sent].next;
        actor->mailbox_count--;
        deliver(world, actor, sent);
    }
}

/* The path of a message that does not go straight to a handler. */
static OB_RARE void arrive_slowly(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    struct ob_actor *actor = &world->actors[message->to];
    if (message->flags & OB_SENT_HELD)
        ob_holds_drop(world, sent);
    if (ob_comes_by_itself(message) && message->incarnation != actor->incarnation)
        return;
    if (actor->down) {
        (void)ob_record(world, actor, sent, OB_DELIVERY_LOST);
        return;
    }
    append(world, &actor->mailbox_first, &actor->mailbox_last, sent);
    note_arrival(world, sent);
    actor->mailbox_count++;
    ob_drain(world, actor);
    check_mailbox(world, actor);
}

OB_INLINE void arrive(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    struct ob_actor *actor = &world->actors[message->to];
    message->key = OB_NEVER;
    if (OB_UNLIKELY(actor->mailbox_first != OB_NONE || actor->busy_until_us > world->run.now_us ||
                    (message->flags & (OB_SENT_ARMED | OB_SENT_HELD | OB_SENT_BY_ITSELF)))) {
        arrive_slowly(world, sent);
        return;
    }
    deliver(world, actor, sent);
    /* What the actor had put aside may be handled now. */
    if (OB_UNLIKELY(actor->mailbox_first != OB_NONE)) {
        ob_drain(world, actor);
        check_mailbox(world, actor);
    }
}

static OB_RARE void actor_event(struct ob_world *world, uint32_t event)
{
    world->run.current = OB_NONE;
    if (event > world->actor_count) {
        ob_actor_restart(world, &world->actors[event - world->actor_count - 1]);
        return;
    }
    ob_drain(world, &world->actors[event]);
}

OB_INLINE void happen(struct ob_world *world, uint64_t key, uint64_t time_us)
{
    uint32_t event = (uint32_t)key & OB_EVENT_MASK;
    uint32_t base = ob_event_base(world);
    if (OB_UNLIKELY(world->run.chosen))
        ob_note_happening(world, key, time_us);
    world->run.now_us = time_us;
    if (OB_LIKELY(event >= base))
        arrive(world, event - base);
    else
        actor_event(world, event);
}

void ob_happen(struct ob_world *world, uint64_t key, uint64_t time_us)
{
    happen(world, key, time_us);
}

/* What is due later than virtual time can say keeps no order any more. */
static bool is_beyond_time(const struct ob_world *world)
{
    for (uint32_t at = world->run.queue_head; at < world->run.queue_tail; at++)
        if (!ob_is_stale(world, world->queue[at]))
            return world->queue[at] >> OB_EVENT_BITS == OB_TIME_US_MAX;
    return false;
}

void ob_end(struct ob_world *world, bool quiescent)
{
    if (OB_UNLIKELY(!quiescent && is_beyond_time(world)))
        ob_cut(world, OB_BOUND_TIME, "the most virtual time that one run may take is over");
    world->run.over = world->run.at_end = true;
    world->run.current = OB_NONE;
    ob_check_end(world, quiescent);
    if (OB_UNLIKELY(world->is_foreseen))
        ob_settle_foreseen(world);
}

OB_INLINE bool advance(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint64_t key = run->queue_head < run->queue_tail ? world->queue[run->queue_head] : OB_NEVER;
    if (run->outside_us <= key >> OB_EVENT_BITS) {
        ob_send_outside(world);
        return true;
    }
    /* The run is over when nothing is left to happen, or when only periodic timers go on for as
     * long as the target says. */
    if (OB_UNLIKELY(key >= run->end_key)) {
        ob_end(world, key == OB_NEVER);
        return false;
    }
    run->queue_head++;
    if (OB_UNLIKELY(ob_is_stale(world, key)))
        return true;
    happen(world, key, key >> OB_EVENT_BITS);
    return true;
}

static void begin_run(struct ob_world *world, const struct ob_scenario *scenario)
{
    struct ob_run *run = &world->run;
    run->now_us = 0;
    run->hash = 0;
    run->outside_us = scenario->message_count ? scenario->messages[0].delay_us : OB_NEVER;
    run->outside_end_us = 0;
    run->applied = 0;
    run->faults_end_us = OB_NEVER;
    run->records = NULL;
    run->accuser = NULL;
    run->outside_next = 0;
    run->queue_head = run->queue_tail = 0;
    run->sent_count = run->delivery_count = run->clock_count = 0;
    run->identity_count = run->rank_count = 0;
    run->walking = false;
    run->hold_used = run->line_rows = run->armed_count = 0;
    run->hold_free = OB_NONE;
    run->refs = 0;
    run->happening_count = run->chosen_count = 0;
    run->chosen = run->at_end = false;
    ob_tasks_begin(world);
    run->current = run->handling = OB_NONE;
    run->starting = 0;
    run->over = run->cut = run->violated = run->lost_something = run->paused_something = false;
    for (unsigned index = 0; index < scenario->message_count; index++)
        run->outside_end_us += scenario->messages[index].delay_us;
    run->end_key = ob_end_key(world, run->outside_end_us);
    memset(run->matched, 0, scenario->deviation_count * sizeof *run->matched);
    ob_next_epoch(world);
}

static void index_deviations(struct ob_world *world)
{
    const struct ob_scenario *scenario = world->scenario;
    unsigned kinds = world->vocabulary.kind_count;
    memset(world->deviations_by_kind, 0, sizeof world->deviations_by_kind);
    world->run.has_walks = false;
    world->choosing = 0;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        uint64_t bit = UINT64_C(1) << index;
        world->run.has_walks |= deviation->op == OB_WALK;
        if (deviation->op == OB_CHOOSE)
            world->choosing |= bit;
        if (deviation->op == OB_REORDER)
            world->run.line_rows = index + 1;
        if (deviation->op == OB_PREEMPT && world->task_limits.tasks_max)
            world->deviations_by_kind[world->resume_kind] |= bit;
        if (!(ob_deviation_fields(deviation->op) & OB_USES_MESSAGE))
            continue;
        if (deviation->which.kind) {
            world->deviations_by_kind[deviation->which.kind - 1] |= bit;
            continue;
        }
        for (unsigned kind = 0; kind < kinds; kind++)
            world->deviations_by_kind[kind] |= bit;
    }
}

void ob_actor_start(struct ob_actor *actor)
{
    actor->world->run.starting = actor->id;
    if (actor->start)
        actor->start(actor);
    if (actor->process)
        ob_task_start_process(actor);
    actor->world->run.starting = 0;
}

static void start_actors(struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++) {
        struct ob_actor *actor = &world->actors[id];
        if (!actor->start && !actor->process)
            continue;
        ob_actor_start(actor);
        actor->busy_until_us = actor->ahead_us;
        actor->busy_by = OB_NONE;
        if (actor->ending)
            ob_actor_end(world, actor);
        actor->ahead_us = 0;
    }
}

void ob_world_begin(struct ob_world *world, const struct ob_scenario *scenario)
{
    if (OB_UNLIKELY(world->runner || world->published))
        ob_foresee(world, scenario);
    world->scenario = scenario;
    ob_world_restore_initial(world);
    begin_run(world, scenario);
    index_deviations(world);
    if (OB_UNLIKELY(world->run.has_walks))
        ob_walks_begin(world);
    ob_apply_skew(world);
    if (OB_UNLIKELY(ob_is_over_at_once(world)))
        return;
    if (OB_UNLIKELY(world->target->oracles != NULL))
        ob_oracles_begin(world);
    if (world->has_start)
        (void)ob_guard(world, start_actors);
}

bool ob_guard(struct ob_world *world, void (*action)(struct ob_world *world))
{
    jmp_buf escape;
    world->escape = &escape;
    volatile bool complete = false; /* as it is set between _setjmp and longjmp */
    if (_setjmp(escape) == 0) {
        action(world);
        complete = true;
    }
    /* Not where the bound was met: that may have been in the middle of a handler. */
    if (OB_UNLIKELY(world->run.cut) && _setjmp(escape) == 0)
        ob_judge_cut(world);
    world->escape = NULL;
    return complete;
}

/* In runs that have walks. */
static bool advance_drawn(struct ob_world *world)
{
    return ob_walk_is_next(world) ? ob_walk_step(world) : advance(world);
}

static void advance_once(struct ob_world *world)
{
    (void)(world->run.has_walks ? advance_drawn(world) : advance(world));
}

bool ob_world_step(struct ob_world *world)
{
    if (!world->run.over)
        (void)ob_guard(world, advance_once);
    return !world->run.over;
}

static void advance_to_end(struct ob_world *world)
{
    if (OB_UNLIKELY(world->run.has_walks))
        while (advance_drawn(world))
            continue;
    else
        while (advance(world))
            continue;
}

const struct ob_verdict *ob_world_run(struct ob_world *world, const struct ob_scenario *scenario)
{
    ob_world_begin(world, scenario);
    if (world->run.over)
        return &world->verdict;
    /* Where runs are to go on after a violation, they are left at each that a check finds. */
    while (!ob_guard(world, advance_to_end) && !world->run.over)
        while (!ob_guard(world, ob_resume_after_check) && !world->run.over)
            continue;
    return &world->verdict;
}
