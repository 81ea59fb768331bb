#include "world/judge.h"

#include "world/access_note.h"
#include "world/leave.h"
#include "world/monitor.h"
#include "world/trace.h"

/* Stands for the target's check where there are monitors, or accesses are noted. */
static void look_and_check(struct ob_world *world)
{
    struct ob_access *access = world->access;
    ob_monitors_catch_up(world);
    if (!world->target->check)
        return;
    if (access)
        access->in_check = true;
    world->target->check(world);
    if (access)
        access->in_check = false;
}

void ob_world_judge(struct ob_world *world, unsigned judges)
{
    bool is_watched = world->monitor_count > 0 || world->access;
    world->judges = judges;
    world->check = !(judges & (OB_JUDGE_INVARIANTS | OB_CALL_CHECK)) ? NULL
                   : is_watched                                      ? look_and_check
                                                                     : world->target->check;
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

uint32_t ob_oracles_with_matter(const struct ob_world *world)
{
    const struct ob_oracle *oracles = world->target->oracles;
    uint32_t with_matter = 0;
    for (unsigned at = 0; oracles && oracles[at].checker && at < OB_ORACLES_MAX; at++)
        if (!oracles[at].checker->has_matter || oracles[at].checker->has_matter(world))
            with_matter |= UINT32_C(1) << at;
    return with_matter;
}

static void explain(struct ob_world *world, const void *finder, struct ob_text *text)
{
    const struct ob_oracle *oracle = finder;
    oracle->checker->explain(world, oracle, text);
}

void ob_oracle_violation(struct ob_world *world, const struct ob_oracle *oracle, const char *id,
                         const char *format, ...)
{
    const struct ob_finder finder = {.explain = oracle->checker->explain ? explain : NULL,
                                     .context = oracle};
    va_list arguments;
    va_start(arguments, format);
    ob_note_violation(world, finder, id, format, arguments);
    va_end(arguments);
    ob_leave_violated(world);
}

void ob_world_stop_faults(struct ob_world *world, uint64_t time_us)
{
    world->run.strikes.end_us = time_us;
}

const struct ob_scenario *ob_world_scenario(const struct ob_world *world)
{
    return world->run.scenario;
}

uint64_t ob_world_outside_end_us(const struct ob_world *world)
{
    return world->run.outside_end_us;
}

bool ob_world_lost_something(const struct ob_world *world)
{
    return world->run.strikes.lost_something;
}

uint32_t ob_world_current(const struct ob_world *world)
{
    return world->run.log.current;
}

bool ob_world_paused_something(const struct ob_world *world)
{
    return world->run.strikes.paused_something;
}

uint64_t ob_world_waiting_since_us(const struct ob_world *world, uint32_t sent)
{
    bool waited = ob_world_sent(world, sent)->flags & OB_SENT_WAITED;
    return waited && world->run.log.waiting_since_us ? world->run.log.waiting_since_us[sent]
                                                     : UINT64_MAX;
}

bool ob_world_only_timers_left(const struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++)
        if (world->actors[id].mailbox_first != OB_NONE)
            return false;
    for (uint32_t at = 0; at < ob_queue_count(&world->run.queue); at++) {
        uint64_t key = ob_queue_at(&world->run.queue, at);
        uint32_t event = ob_key_event(key);
        if (ob_is_stale(&world->run.log, key))
            continue;
        if (event < ob_event_base(world) ||
            !(world->run.log.sent[event - ob_event_base(world)].flags & OB_SENT_TIMER))
            return false;
    }
    return true;
}

bool ob_world_is_process(const struct ob_world *world, unsigned id)
{
    return world->actors[id].process != NULL;
}
