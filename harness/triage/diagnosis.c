#include "triage/diagnosis.h"

#include <string.h>

#include "triage/decision.h"
#include "world/run.h"
#include "world/trace.h"

/* Finds the message of an event in the world's run, and its first delivery; OB_NONE where there is
 * none. */
static void find_event(const struct ob_world *world, const struct ob_event *event, uint32_t *sent,
                       uint32_t *delivery)
{
    struct ob_events events;

    *sent = OB_NONE;
    *delivery = OB_NONE;
    if (ob_events_read(&events, world, true))
        return;
    uint32_t place = ob_events_find(&events, event);
    if (place < events.count)
        *sent = events.list[place].sent;
    for (uint32_t index = ob_world_delivery_count(world); *sent != OB_NONE && index-- > 0;)
        if (ob_world_delivery(world, index)->sent == *sent)
            *delivery = index;
    ob_events_release(&events);
}

static void tell_order(struct ob_annotated_run *diagnosis, const struct ob_explanation *explanation)
{
    const struct ob_order *order = &explanation->order;

    diagnosis->deciding_count =
        explanation->decision == OB_BY_ORDER ? ob_shape_parts[order->shape].event_count : 0;
    for (unsigned at = 0; at < diagnosis->deciding_count; at++)
        find_event(diagnosis->world, &order->events[at], &diagnosis->deciding_sent[at],
                   &diagnosis->deciding[at]);
}

/* Adds the lines, one after the other with a NUL behind each, then lets the story point at them. */
static void tell_words(struct ob_diagnosis *diagnosis)
{
    const struct ob_scenario *scenario = diagnosis->story.run.scenario;
    size_t starts[OB_DEVIATIONS_MAX];

    ob_add_decision_line(diagnosis->story.run.world, scenario, &diagnosis->explanation,
                         &diagnosis->words);
    ob_text_append(&diagnosis->words, "", 1);
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        starts[index] = diagnosis->words.length;
        ob_add_need(diagnosis->story.run.world, scenario, index, &diagnosis->needs[index],
                    &diagnosis->words);
        ob_text_append(&diagnosis->words, "", 1);
    }
    if (diagnosis->words.failed)
        return;
    diagnosis->story.decides = diagnosis->words.data;
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        diagnosis->kept_needs[index].words = diagnosis->words.data + starts[index];
}

static void tell_needs(struct ob_diagnosis *diagnosis)
{
    static const char *const without[] = {[OB_WITHOUT_PASSES] = "passes",
                                          [OB_WITHOUT_FAILS] = "fails",
                                          [OB_WITHOUT_DIFFERS] = "differs"};
    const struct ob_scenario *scenario = diagnosis->story.run.scenario;

    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        const struct ob_need *need = &diagnosis->needs[index];
        bool is_rate = deviation->op == OB_SKEW && deviation->mode >= OB_FAST;
        diagnosis->kept_needs[index] = (struct ob_deviation_need){
            .without = without[need->without],
            .unit = !need->has_amount ? NULL
                    : is_rate         ? "ppm"
                                      : "us",
            .is_delay = need->is_delay,
            .has_most = need->has_most,
            .has_gaps = need->has_gaps,
            .least = need->least,
            .most = need->most,
        };
    }
    diagnosis->story.needs = diagnosis->kept_needs;
}

static void tell_evidence(struct ob_diagnosis *diagnosis)
{
    const struct ob_evidence *evidence = &diagnosis->explanation.evidence;

    diagnosis->kept_evidence = (struct ob_cause_evidence){.failing = evidence->failing,
                                                          .failing_so = evidence->failing_so,
                                                          .passing = evidence->passing,
                                                          .passing_so = evidence->passing_so};
    diagnosis->story.evidence = &diagnosis->kept_evidence;
}

int ob_diagnose(struct ob_diagnosis *diagnosis, struct ob_world *world, struct ob_world *replay,
                const struct ob_scenario *scenario, struct ob_forked *forked,
                struct ob_error *error)
{
    struct ob_explanation *explanation = &diagnosis->explanation;

    memset(diagnosis, 0, sizeof *diagnosis);
    diagnosis->story.run = (struct ob_annotated_run){.world = world, .scenario = scenario};
    diagnosis->is_violation = ob_world_run(world, scenario)->outcome == OB_VIOLATED;
    if (!diagnosis->is_violation)
        return 0;
    if (ob_explain(world, replay, scenario, forked, explanation))
        return ob_error_set(error, "memory is short");
    (void)ob_necessary(replay, scenario, diagnosis->needs);
    tell_needs(diagnosis);
    tell_words(diagnosis);
    if (diagnosis->words.failed)
        return ob_error_set(error, "memory is short");
    tell_order(&diagnosis->story.run, explanation);
    if (explanation->decision == OB_BY_ORDER)
        tell_evidence(diagnosis);
    if (explanation->has_neighbour) {
        (void)ob_world_run(replay, &explanation->neighbour);
        diagnosis->story.passing =
            (struct ob_annotated_run){.world = replay, .scenario = &explanation->neighbour};
        tell_order(&diagnosis->story.passing, explanation);
    }
    return 0;
}

void ob_diagnosis_release(struct ob_diagnosis *diagnosis)
{
    ob_text_release(&diagnosis->words);
}

/* Sentences are wrapped; deviations, which people copy, are not. */
static void add_wrapped(const char *lines, unsigned width, struct ob_text *text)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        struct ob_text line = {0};
        ob_text_append(&line, lines, length);
        const char *whole = ob_text_string(&line);
        bool has_deviation = strncmp(whole, "    ", 4) == 0 || strstr(whole, " without: ");
        ob_text_wrap(text, whole, has_deviation ? SIZE_MAX : width, 4);
        ob_text_release(&line);
        lines += length;
        lines += *lines == '\n';
    }
}

void ob_diagnosis_print(const struct ob_diagnosis *diagnosis, unsigned width, struct ob_text *text)
{
    const struct ob_scenario *scenario = diagnosis->story.run.scenario;
    struct ob_text lines = {0};

    if (!diagnosis->is_violation)
        return;
    ob_add_decision(diagnosis->story.run.world, scenario, &diagnosis->explanation, &lines);
    ob_add_needs(diagnosis->story.run.world, scenario, diagnosis->needs, true, &lines);
    add_wrapped(ob_text_string(&lines), width, text);
    text->failed = text->failed || lines.failed;
    ob_text_release(&lines);
}
