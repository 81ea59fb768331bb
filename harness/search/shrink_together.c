/*
 * Two numbers that only go down together: how long something is held, and the gap after which
 * somebody else comes just before its end. Each alone is as low as it may be. An argument may count
 * in milliseconds or seconds what a duration counts in microseconds.
 */
#include "search/shrink.h"

#define NUMBERS_MAX 10u /* of a scenario: pairs of more take too long */
#define TRIES_MAX 64u   /* of one pair */

/* Where a number of a scenario is. */
struct place {
    bool of_deviation;
    bool is_arg;
    unsigned index;
    unsigned arg;
    uint32_t least;
};

static uint32_t *number_at(struct ob_scenario *scenario, const struct place *place)
{
    if (place->of_deviation)
        return &scenario->deviations[place->index].amount;
    struct ob_input_message *message = &scenario->messages[place->index];
    return place->is_arg ? &message->args[place->arg] : &message->delay_us;
}

static void add(struct ob_scenario *scenario, struct place list[NUMBERS_MAX], unsigned *count,
                struct place place)
{
    if (*count<NUMBERS_MAX && * number_at(scenario, &place)> place.least)
        list[(*count)++] = place;
}

/* Those that could be lower. */
static unsigned list_numbers(struct ob_shrink *shrink, struct place list[NUMBERS_MAX])
{
    struct ob_scenario *scenario = &shrink->current;
    unsigned count = 0;

    for (unsigned index = 0; index < scenario->message_count; index++) {
        const struct ob_arg *args =
            shrink->vocabulary->target->messages[scenario->messages[index].kind].args;
        add(scenario, list, &count, (struct place){.index = index});
        for (unsigned arg = 0; arg < OB_ARGS_MAX && args[arg].name; arg++)
            add(scenario, list, &count,
                (struct place){.index = index, .is_arg = true, .arg = arg, .least = args[arg].min});
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (ob_deviation_has_duration(&scenario->deviations[index]))
            add(scenario, list, &count, (struct place){.of_deviation = true, .index = index});
    return count;
}

/* One of two numbers, and how much it loses when the other loses its step. */
struct step {
    const struct place *place;
    uint32_t unit;
};

static uint32_t times_left(struct ob_shrink *shrink, const struct step *step)
{
    return (*number_at(&shrink->current, step->place) - step->place->least) / step->unit;
}

static bool try_lower(struct ob_shrink *shrink, const struct step *one, const struct step *other,
                      uint32_t times)
{
    ob_shrink_begin(shrink);
    *number_at(&shrink->candidate, one->place) -= one->unit * times;
    *number_at(&shrink->candidate, other->place) -= other->unit * times;
    return ob_shrink_try(shrink);
}

/* As far as it goes at once; else by steps that double as long as they succeed. */
static bool lower(struct ob_shrink *shrink, const struct step *one, const struct step *other)
{
    uint32_t times = 1;
    bool any = false;

    for (unsigned tries = 0; tries < TRIES_MAX && times > 0; tries++) {
        uint32_t left = times_left(shrink, one);
        if (times_left(shrink, other) < left)
            left = times_left(shrink, other);
        if (left == 0 || (tries == 0 && try_lower(shrink, one, other, left)))
            return any || left > 0;
        times = times < left ? times : left;
        bool is_lower = try_lower(shrink, one, other, times);
        any |= is_lower;
        times = is_lower ? 2 * times : times / 2;
    }
    return any;
}

bool ob_shrink_together(struct ob_shrink *shrink)
{
    static const uint32_t units[] = {1, 1000, 1000000};
    struct place list[NUMBERS_MAX];
    unsigned count = list_numbers(shrink, list);
    bool any = false;

    for (unsigned first = 0; first < count && count < NUMBERS_MAX; first++) {
        for (unsigned second = first + 1; second < count; second++) {
            for (unsigned at = 0; at < sizeof units / sizeof units[0]; at++) {
                bool same_unit = list[first].is_arg == list[second].is_arg;
                struct step one = {&list[first], list[first].is_arg ? 1 : units[at]};
                struct step other = {&list[second], list[second].is_arg ? 1 : units[at]};
                if (at > 0 && same_unit)
                    break;
                any |= lower(shrink, &one, &other);
            }
        }
    }
    return any;
}
