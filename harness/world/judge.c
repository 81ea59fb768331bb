/* Who judges a run: the target's invariants, and oracles, which the world calls without knowing
 * them. */
#include "world/internal.h"

void ob_world_judge(struct ob_world *world, unsigned judges)
{
    world->judges = judges;
    world->check = judges & OB_JUDGE_INVARIANTS ? world->target->check : NULL;
}

unsigned ob_world_judges(const struct ob_world *world)
{
    return world->judges;
}

const struct ob_oracle *ob_world_oracle(const struct ob_world *world,
                                        const struct ob_checker *checker)
{
    const struct ob_oracle *oracle = world->target->oracles;
    if (!oracle || !(world->judges & OB_JUDGE_ORACLES))
        return NULL;
    for (; oracle->checker; oracle++)
        if (oracle->checker == checker)
            return oracle;
    return NULL;
}

static void require_few_oracles(const struct ob_world *world)
{
    unsigned count = 0;
    while (world->target->oracles[count].checker)
        if (++count > OB_ORACLES_MAX)
            ob_defect(world, "OB_ORACLES() has more than %d oracles; leave some out",
                      OB_ORACLES_MAX);
}

OB_RARE void ob_oracles_begin(struct ob_world *world)
{
    if (!(world->judges & OB_JUDGE_ORACLES))
        return;
    require_few_oracles(world);
    for (const struct ob_oracle *oracle = world->target->oracles; oracle->checker; oracle++)
        if (oracle->checker->begin)
            oracle->checker->begin(world, oracle);
}

static void ask_oracles(struct ob_world *world, bool quiescent, bool is_cut)
{
    if (!world->target->oracles || !(world->judges & OB_JUDGE_ORACLES))
        return;
    for (const struct ob_oracle *oracle = world->target->oracles; oracle->checker; oracle++)
        if (oracle->checker->end && (oracle->checker->judges_beginnings || !is_cut))
            oracle->checker->end(world, oracle, quiescent);
}

OB_RARE void ob_oracles_end(struct ob_world *world, bool quiescent)
{
    ask_oracles(world, quiescent, false);
}

OB_RARE void ob_oracles_cut(struct ob_world *world)
{
    ask_oracles(world, false, true);
}

void ob_oracles_release(struct ob_world *world)
{
    for (unsigned place = 0; place < OB_ORACLES_MAX; place++)
        if (world->kept[place].memory)
            world->kept[place].release(world->kept[place].memory);
}

void ob_world_explain(const struct ob_world *world, struct ob_text *text)
{
    const struct ob_oracle *accuser = world->run.accuser;
    /* What an oracle keeps to explain it is no part of what a caller sees as the world. */
    if (accuser && accuser->checker->explain)
        accuser->checker->explain((struct ob_world *)world, accuser, text);
}

void **ob_world_records(struct ob_world *world)
{
    return &world->run.records;
}

void **ob_world_memory(struct ob_world *world, const struct ob_oracle *oracle,
                       void (*release)(void *memory))
{
    struct ob_kept *kept = &world->kept[oracle - world->target->oracles];
    kept->release = release;
    return &kept->memory;
}

void ob_world_stop_faults(struct ob_world *world, uint64_t time_us)
{
    world->run.faults_end_us = time_us;
}

const struct ob_scenario *ob_world_scenario(const struct ob_world *world)
{
    return world->scenario;
}

uint64_t ob_world_outside_end_us(const struct ob_world *world)
{
    return world->run.outside_end_us;
}

bool ob_world_lost_something(const struct ob_world *world)
{
    return world->run.lost_something;
}

uint32_t ob_world_current(const struct ob_world *world)
{
    return world->run.current;
}

bool ob_world_paused_something(const struct ob_world *world)
{
    return world->run.paused_something;
}

uint64_t ob_world_waiting_since_us(const struct ob_world *world, uint32_t sent)
{
    bool waited = ob_world_sent(world, sent)->flags & OB_SENT_WAITED;
    return waited && world->arrivals ? world->arrivals[sent] : UINT64_MAX;
}

bool ob_world_only_timers_left(const struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++)
        if (world->actors[id].mailbox_first != OB_NONE)
            return false;
    for (uint32_t at = world->run.queue_head; at < world->run.queue_tail; at++) {
        uint32_t event = (uint32_t)world->queue[at] & OB_EVENT_MASK;
        if (ob_is_stale(world, world->queue[at]))
            continue;
        if (event < ob_event_base(world) ||
            !(world->sent[event - ob_event_base(world)].flags & OB_SENT_TIMER))
            return false;
    }
    return true;
}

bool ob_world_is_process(const struct ob_world *world, unsigned id)
{
    return world->actors[id].process != NULL;
}
