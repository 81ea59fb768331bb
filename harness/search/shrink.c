#include "search/shrink.h"

#include <assert.h>
#include <string.h>

#include "scenario/edit.h"
#include "search/minimize.h"
#include "world/hash.h"
#include "world/run.h"
#include "world/trace.h"

/* What a search may always spend: for each record beyond the first, and the square of them where
 * there are deviations, as these have more ways to be fewer. */
#define DELIVERIES 2000u
#define DELIVERIES_MAX 150000u

/* How simple a scenario is: compared field by field in this order, less is simpler. */
#define MEASURE_COUNTS 4u /* the first so many are numbers of records */
#define MEASURE_WORDS 10u
struct measure {
    uint64_t words[MEASURE_WORDS];
};

static unsigned selector_breadth(const struct ob_deviation *deviation)
{
    unsigned fields = ob_deviation_fields(deviation->op);
    unsigned breadth = 0;

    if (fields & OB_USES_NTH)
        breadth += deviation->which.nth == 0;
    if (fields & OB_USES_MESSAGE) {
        breadth += deviation->which.from == 0;
        breadth += deviation->which.to == 0;
        breadth += deviation->which.kind == 0;
    }
    if (fields & OB_USES_AWAITED)
        breadth += deviation->awaited.kind == 0;
    return breadth;
}

static uint64_t message_sum(const struct ob_shrink *shrink, const struct ob_input_message *message)
{
    const struct ob_arg *declared = shrink->vocabulary->messages[message->kind].args;
    uint64_t sum = (uint64_t)message->delay_us + message->instance;

    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
        if (!declared[arg].name)
            break;
        sum += message->args[arg] - declared[arg].min;
    }
    return sum;
}

/* One to the end of the run is longer than any other. */
static uint64_t walk_sum(const struct ob_walk *walk)
{
    return (uint64_t)(walk->length ? walk->length : OB_STEPS_MAX + 1) + walk->late + walk->depth +
           walk->hint;
}

uint64_t ob_shrink_number(const struct ob_deviation *deviation)
{
    return (uint64_t)deviation->amount + deviation->mode + deviation->which.nth +
           deviation->awaited.nth;
}

/* Actors and kinds in the order of their declaration: of two that do alike it is the first. */
static uint64_t names_sum(const struct ob_deviation *deviation)
{
    return (uint64_t)deviation->which.from + deviation->which.to + deviation->which.kind +
           deviation->awaited.from + deviation->awaited.kind;
}

static struct measure measure(const struct ob_shrink *shrink, const struct ob_scenario *scenario)
{
    uint64_t walks = 0;
    uint64_t draws = 0;
    uint64_t breadth = 0;
    uint64_t sum = 0;
    uint64_t kinds = 0;
    uint64_t names = 0;

    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        walks += deviation->op == OB_WALK;
        draws += deviation->op == OB_DRAW;
        if (deviation->op == OB_WALK)
            sum += walk_sum(&deviation->walk);
        breadth += selector_breadth(deviation);
        sum += ob_shrink_number(deviation);
        names += names_sum(deviation);
    }
    uint64_t records = ob_scenario_record_count(scenario);
    for (unsigned index = 0; index < scenario->message_count; index++) {
        sum += message_sum(shrink, &scenario->messages[index]);
        kinds += scenario->messages[index].kind;
    }
    for (unsigned at = 0; at < scenario->payload_size; at++)
        sum += scenario->payload[at];
    return (struct measure){{walks, scenario->message_count, draws, scenario->deviation_count,
                             breadth, scenario->payload_size, records, kinds, sum, names}};
}

/* Compares so many words of two measures. */
static int compare(const struct ob_shrink *shrink, const struct ob_scenario *a,
                   const struct ob_scenario *b, size_t words)
{
    struct measure left = measure(shrink, a);
    struct measure right = measure(shrink, b);

    for (size_t word = 0; word < words; word++)
        if (left.words[word] != right.words[word])
            return left.words[word] < right.words[word] ? -1 : 1;
    return 0;
}

int ob_shrink_compare(const struct ob_shrink *shrink, const struct ob_scenario *a,
                      const struct ob_scenario *b)
{
    return compare(shrink, a, b, MEASURE_WORDS);
}

bool ob_shrink_has_fewer(const struct ob_shrink *shrink, const struct ob_scenario *a,
                         const struct ob_scenario *b)
{
    return compare(shrink, a, b, MEASURE_COUNTS) < 0;
}

void ob_shrink_begin(struct ob_shrink *shrink)
{
    ob_scenario_copy(&shrink->candidate, &shrink->current);
}

const struct ob_verdict *ob_shrink_run(struct ob_shrink *shrink, const struct ob_scenario *scenario)
{
    const struct ob_verdict *verdict = ob_world_run(shrink->world, scenario);

    shrink->executions++;
    shrink->deliveries += verdict->delivery_count;
    return verdict;
}

bool ob_shrink_try(struct ob_shrink *shrink)
{
    if (shrink->executions >= OB_MINIMIZE_EXECUTIONS_MAX) {
        shrink->is_cut_short = true;
        return false;
    }
    /* Through bytes and back: what is kept is exactly what a file can hold. */
    size_t size = ob_scenario_encode(shrink->vocabulary, &shrink->candidate, shrink->bytes,
                                     sizeof shrink->bytes);
    uint64_t hash = ob_hash_bytes(1, shrink->bytes, size);
    uint64_t *failed = &shrink->failed->hashes[hash % OB_SHRINK_FAILED];
    ob_scenario_decode(shrink->vocabulary, shrink->bytes, size, &shrink->tried);
    if (*failed == hash || ob_shrink_compare(shrink, &shrink->tried, &shrink->current) >= 0)
        return false;
    const struct ob_verdict *verdict = ob_shrink_run(shrink, &shrink->tried);
    if (verdict->outcome != OB_VIOLATED || strcmp(verdict->invariant, shrink->invariant) != 0) {
        *failed = hash;
        return false;
    }
    ob_scenario_copy(&shrink->current, &shrink->tried);
    return true;
}

bool ob_shrink_selects(const struct ob_selector *selector, const struct ob_sent *sent)
{
    return (!selector->from || selector->from == sent->message.from + 1) &&
           (!selector->to || selector->to == sent->to) &&
           (!selector->kind || selector->kind == sent->message.kind + 1);
}

unsigned ob_shrink_starts(const struct ob_world *world, uint32_t last_us,
                          uint32_t starts_us[OB_SHRINK_STARTS_MAX])
{
    uint32_t deliveries = ob_world_delivery_count(world);
    unsigned count = 0;

    for (uint32_t index = 0; index < deliveries && count < OB_SHRINK_STARTS_MAX; index++) {
        uint64_t time_us = ob_world_delivery(world, index)->time_us;
        if (time_us > (count > 0 ? starts_us[count - 1] : 0) && time_us <= last_us)
            starts_us[count++] = (uint32_t)time_us;
    }
    return count;
}

void ob_shrink_cut_payload(struct ob_scenario *scenario, unsigned message, unsigned at,
                           unsigned count)
{
    struct ob_input_message *cut = &scenario->messages[message];
    unsigned first = cut->bytes_start + at;

    assert(at + count <= cut->bytes_size && first + count <= scenario->payload_size);
    memmove(scenario->payload + first, scenario->payload + first + count,
            scenario->payload_size - first - count);
    for (unsigned index = 0; index < scenario->message_count; index++) {
        struct ob_input_message *other = &scenario->messages[index];
        if (index != message && other->bytes_start >= first + count)
            other->bytes_start = (uint16_t)(other->bytes_start - count);
    }
    cut->bytes_size = (uint16_t)(cut->bytes_size - count);
    scenario->payload_size -= count;
}

void ob_shrink_cut_messages(struct ob_scenario *scenario, const bool *gone, bool keep_times)
{
    uint64_t delay_us = 0;
    unsigned kept = 0;

    for (unsigned index = 0; index < scenario->message_count; index++)
        if (gone[index])
            ob_shrink_cut_payload(scenario, index, 0, scenario->messages[index].bytes_size);
    for (unsigned index = 0; index < scenario->message_count; index++) {
        struct ob_input_message message = scenario->messages[index];
        if (gone[index]) {
            delay_us += message.delay_us;
            continue;
        }
        if (keep_times)
            message.delay_us = ob_duration_limit(message.delay_us + delay_us);
        delay_us = 0;
        scenario->messages[kept++] = message;
    }
    scenario->message_count = kept;
}

void ob_shrink_cut_deviations(struct ob_scenario *scenario, uint64_t gone)
{
    unsigned kept = 0;

    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (!(gone >> index & 1))
            scenario->deviations[kept++] = scenario->deviations[index];
    scenario->deviation_count = kept;
}

uint64_t ob_shrink_allowance(const struct ob_shrink *shrink)
{
    uint64_t deliveries = 3 * (shrink->deliveries - shrink->searched) / 2;
    uint64_t more = shrink->current.message_count + shrink->current.deviation_count;
    if (more <= 1)
        return 0;
    more--;
    uint64_t least = DELIVERIES * more * (shrink->current.deviation_count > 0 ? more : 1);
    if (least > DELIVERIES_MAX)
        least = DELIVERIES_MAX;
    return deliveries > least ? deliveries : least;
}
