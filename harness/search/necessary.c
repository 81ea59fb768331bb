#include "search/necessary.h"

#include <assert.h>
#include <string.h>

#include "scenario/edit.h"
#include "world/run.h"
#include "world/trace.h"

#define SAMPLES 512u /* amounts that are tried on either side */
#define NO_PLACE UINT32_MAX
#define RUNS_MAX 4096u /* beyond these no further deviation has its amounts tried */

struct trial {
    struct ob_world *world;
    const struct ob_scenario *scenario;
    struct ob_scenario changed;
    char invariant[sizeof((struct ob_verdict *)NULL)->invariant];
    uint32_t runs;
    unsigned index; /* of the deviation in `changed` */
    uint32_t first; /* the smallest and the largest amount, counted in the codes that amounts are
                       kept in (ob_duration_encode()): a place is one of these */
    uint32_t last;
    uint32_t own; /* the place of the amount that the scenario has, which need not have a code */
    uint32_t own_amount;
};

static enum ob_without run(struct trial *trial, const struct ob_scenario *scenario)
{
    trial->runs++;
    const struct ob_verdict *verdict = ob_world_run(trial->world, scenario);
    if (verdict->outcome == OB_PASSED)
        return OB_WITHOUT_PASSES;
    if (verdict->outcome == OB_VIOLATED && strcmp(verdict->invariant, trial->invariant) == 0)
        return OB_WITHOUT_FAILS;
    return OB_WITHOUT_DIFFERS;
}

static uint32_t amount_at(const struct trial *trial, uint32_t place)
{
    return place == trial->own ? trial->own_amount : ob_duration_decode((uint16_t)place);
}

/* Whether it fails with an amount. Deviations are run in their canonical order, of which the amount
 * is a part. */
static bool fails_with(struct trial *trial, uint32_t amount)
{
    struct ob_scenario *changed = &trial->changed;
    struct ob_deviation kept = changed->deviations[trial->index];
    struct ob_scenario sorted;

    changed->deviations[trial->index].amount = amount;
    ob_scenario_copy(&sorted, changed);
    changed->deviations[trial->index] = kept;
    ob_scenario_sort(&sorted);
    return run(trial, &sorted) == OB_WITHOUT_FAILS;
}

static bool fails_at(struct trial *trial, uint32_t place)
{
    return fails_with(trial, amount_at(trial, place));
}

/* The border between a place or an amount that fails and one that does not: the last that fails on
 * the way. */
static uint32_t find_border(struct trial *trial, uint32_t failing, uint32_t passing,
                            bool (*fails)(struct trial *trial, uint32_t value))
{
    while (failing + 1 < passing || passing + 1 < failing) {
        uint32_t middle = failing < passing ? failing + (passing - failing) / 2
                                            : passing + (failing - passing) / 2;
        if (fails(trial, middle))
            failing = middle;
        else
            passing = middle;
    }
    return failing;
}

/* From below: the first of the samples that fails has the border just before it. */
static uint32_t find_least(struct trial *trial, uint32_t place, bool *has_gaps)
{
    uint32_t step = (place - trial->first) / SAMPLES + 1;
    uint32_t least = place;
    uint32_t passing = trial->first;

    if (place == trial->first || fails_at(trial, trial->first))
        return trial->first;
    for (uint32_t at = trial->first + step; at < place && least == place; at += step)
        if (fails_at(trial, at))
            least = at;
        else
            passing = at;
    if (least == place && passing < place)
        return find_border(trial, place, passing, fails_at);
    least = find_border(trial, least, passing, fails_at);
    /* An amount in between was less than the scenario's own: is all from there to it as bad? */
    for (uint32_t at = least + 1; at < place && !*has_gaps; at += step)
        *has_gaps = !fails_at(trial, at);
    return least;
}

/* Upwards: in steps that double, for what is near, then evenly. Returns whether it ends to fail. */
static bool find_most(struct trial *trial, uint32_t place, uint32_t *most)
{
    uint32_t step = (trial->last - place) / SAMPLES + 1;
    uint32_t failing = place;

    for (uint32_t at = place; at < trial->last;) {
        uint32_t near = 2 * (at - place) + 1;
        uint32_t by = place + near - at < step ? place + near - at : step;
        at = trial->last - at < by ? trial->last : at + by;
        if (!fails_at(trial, at)) {
            *most = find_border(trial, failing, at, fails_at);
            return true;
        }
        failing = at;
    }
    return false;
}

/* How late the first message is that a deviation has held back, in the scenario itself. One that
 * never arrived is later than the end. */
static uint64_t lateness_us(struct trial *trial)
{
    const struct ob_world *world = trial->world;
    uint32_t held = 0;

    (void)run(trial, trial->scenario);
    while (held < ob_world_sent_count(world) &&
           ob_world_sent(world, held)->deviation != trial->index + 1)
        held++;
    if (held == ob_world_sent_count(world))
        return 0;
    const struct ob_sent *sent = ob_world_sent(world, held);
    uint64_t due_us =
        sent->time_us + ob_world_link(world, sent->message.from, sent->to)->latency_us;
    uint64_t handled_us = ob_world_verdict(world)->end_us + 1;
    for (uint32_t index = ob_world_delivery_count(world); index-- > 0;)
        if (ob_world_delivery(world, index)->sent == held)
            handled_us = ob_world_delivery(world, index)->time_us;
    return handled_us > due_us ? handled_us - due_us : 0;
}

/* A reordering holds a message back until something happens; for people the time that it takes is
 * what they can compare with. Returns the place of a delay that does the same, or 0. */
static uint32_t find_delay(struct trial *trial)
{
    struct ob_deviation *deviation = &trial->changed.deviations[trial->index];
    uint32_t late = ob_duration_encode(ob_duration_round(lateness_us(trial)));

    *deviation = (struct ob_deviation){.op = OB_DELAY, .which = deviation->which, .amount = 1};
    /* What happens at the same time as the awaited may come before it, so a little later, too. */
    for (uint32_t at = late ? late : 1; late && at <= trial->last && at < late + 4; at++)
        if (fails_at(trial, at))
            return at;
    for (uint32_t at = 1; at < trial->last; at += at / 8 + 1)
        if (fails_at(trial, at))
            return at;
    return 0;
}

static void try_amounts(struct trial *trial, unsigned index, struct ob_need *need)
{
    const struct ob_deviation *deviation = &trial->scenario->deviations[index];
    uint32_t place = 0;
    uint32_t most = 0;

    ob_scenario_copy(&trial->changed, trial->scenario);
    trial->index = index;
    trial->own = NO_PLACE;
    bool is_rate = deviation->op == OB_SKEW && deviation->mode >= OB_FAST;
    trial->last = is_rate ? ob_duration_encode(OB_SKEW_PPM_MAX) : UINT16_MAX;
    trial->first = deviation->op == OB_PARTITION; /* 0 stands for as long as allowed */
    if (deviation->op == OB_REORDER) {
        place = find_delay(trial);
        need->is_delay = true;
    } else if (ob_deviation_has_duration(deviation)) {
        place = ob_duration_encode(deviation->amount);
        trial->own = place;
        trial->own_amount = deviation->amount;
    }
    if (deviation->op == OB_PARTITION && place == 0)
        place = trial->last;
    if (place == 0 || place > trial->last)
        return;
    uint32_t least = find_least(trial, place, &need->has_gaps);
    need->has_most = find_most(trial, place, &most);
    need->has_amount = true;
    need->least = amount_at(trial, least);
    need->most = amount_at(trial, most);
    if (least > trial->first)
        need->least = find_border(trial, need->least, amount_at(trial, least - 1), fails_with);
    if (need->has_most && most < UINT16_MAX)
        need->most = find_border(trial, need->most, amount_at(trial, most + 1), fails_with);
    assert(!need->has_most || need->least <= need->most);
}

uint32_t ob_necessary(struct ob_world *world, const struct ob_scenario *scenario,
                      struct ob_need needs[OB_DEVIATIONS_MAX])
{
    struct trial trial = {.world = world, .scenario = scenario};
    const struct ob_verdict *verdict = ob_world_run(world, scenario);

    memset(needs, 0, OB_DEVIATIONS_MAX * sizeof *needs);
    if (verdict->outcome != OB_VIOLATED)
        return 1;
    memcpy(trial.invariant, verdict->invariant, sizeof trial.invariant);
    bool are_cheap = verdict->failure == OB_INVARIANT_VIOLATED;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_scenario_copy(&trial.changed, scenario);
        ob_scenario_remove_deviation(&trial.changed, index);
        needs[index].without = (uint8_t)run(&trial, &trial.changed);
        if (needs[index].without != OB_WITHOUT_FAILS && are_cheap && trial.runs < RUNS_MAX)
            try_amounts(&trial, index, &needs[index]);
    }
    (void)ob_world_run(world, scenario);
    return trial.runs + 2;
}
