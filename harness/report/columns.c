#include "report/columns.h"

#include <stdlib.h>
#include <string.h>

#include "report/ending.h"
#include "report/fold.h"
#include "report/layout.h"
#include "report/steps.h"
#include "world/goal.h"
#include "world/resume.h"
#include "world/trace.h"
#include "world/world.h"

/* Lines two blanks from the left; what is too long for the page goes on below, two further. */
static void print_indented(const char *lines, size_t width, struct ob_text *text)
{
    for (const char *line = lines; *line;) {
        size_t length = strcspn(line, "\n");
        struct ob_text indented = {0};
        ob_text_printf(&indented, "  %.*s", (int)length, line);
        ob_text_wrap(text, ob_text_string(&indented), width, 4 + strspn(line, " "));
        text->failed = text->failed || indented.failed;
        ob_text_release(&indented);
        line += length;
        line += *line == '\n';
    }
}

static void print_header(const struct ob_world *world, size_t width, struct ob_text *text)
{
    struct ob_text explanation = {0};
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_verdict *verdict = ob_world_verdict(world);
    const struct ob_target *target = vocabulary->target;
    bool is_goal = ob_world_ended_at_goal(world);
    int sought = ob_world_goal_sought(world);

    ob_text_printf(text, "%s/%s: ", target->name, target->variants[vocabulary->variant]);
    if (is_goal)
        ob_text_printf(text, "goal %s is reached\n", verdict->invariant);
    else if (verdict->outcome == OB_VIOLATED)
        ob_text_printf(text, "%s is violated\n", verdict->invariant);
    else if (sought >= 0)
        ob_text_printf(text, "goal %s is not reached%s\n", target->goals[sought].name,
                       verdict->outcome == OB_CUT ? " up to where the run was cut" : "");
    else if (verdict->outcome == OB_CUT)
        ob_text_printf(text, "no violation up to where the run was cut (%s)\n", verdict->invariant);
    else
        ob_text_printf(text, "no violation\n");
    if (!is_goal)
        print_indented(verdict->detail, width, text);
    ob_world_explain(world, &explanation);
    print_indented(ob_text_string(&explanation), width, text);
    ob_text_release(&explanation);
}

/* What a deviation line does not say: that it did nothing, what it hit that has no kind to name, or
 * that not all of its amount counted. The text form takes it for a comment. */
static void print_outcome(const struct ob_world *world, const struct ob_scenario *scenario,
                          unsigned index, struct ob_text *text)
{
    const struct ob_deviation *deviation = &scenario->deviations[index];
    uint32_t sent = ob_world_hit(world, index);
    struct ob_resume resume;

    if (!(ob_world_applied(world) >> index & 1)) {
        ob_text_printf(text, "   (had no effect)");
        return;
    }
    if (deviation->op == OB_CHOOSE) {
        struct ob_text words = {0};
        if (ob_report_fault_of(world, deviation, &words))
            ob_text_printf(text, "   # %s", ob_text_string(&words));
        ob_text_release(&words);
    }
    if (sent == OB_NONE)
        return;
    uint32_t amount_us = ob_report_amount_us(world, deviation, sent);
    if (ob_world_resume(world, sent, &resume)) {
        ob_text_printf(text, "   # ");
        ob_resume_print(ob_world_vocabulary(world), &resume, text);
    }
    if (amount_us < deviation->amount) {
        ob_text_printf(text, "   # no more than ");
        ob_duration_print(text, amount_us);
        ob_text_printf(text, " took effect");
    }
}

static void print_scenario(const struct ob_world *world, const struct ob_scenario *scenario,
                           struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    ob_text_printf(text, "\nScenario: %u message%s, %u deviation%s\n", scenario->message_count,
                   ob_plural(scenario->message_count), scenario->deviation_count,
                   ob_plural(scenario->deviation_count));
    for (unsigned index = 0; index < scenario->message_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_message(vocabulary, scenario, index, text);
        ob_text_printf(text, "\n");
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[index], text);
        print_outcome(world, scenario, index, text);
        ob_text_printf(text, "\n");
    }
}

/* What is left out of a long trace. */
static uint32_t first_shown(const struct ob_world *world, uint32_t deliveries_max)
{
    uint32_t count = ob_world_delivery_count(world);

    return count > deliveries_max ? count - deliveries_max : 0;
}

/* A run on a page, and what of it is folded. */
struct page {
    struct ob_layout layout;
    struct ob_fold *folds;
};

static void measure(struct page *page, const struct ob_annotated_run *annotated,
                    const struct ob_columns_options *options, uint32_t first, size_t width)
{
    page->folds = options->unfold ? NULL : ob_fold_find(annotated, first);
    ob_layout_measure(&page->layout, annotated->world, annotated->scenario, page->folds, width,
                      options->deliveries_max);
    page->layout.annotated = annotated;
    if (first > page->layout.first)
        page->layout.first = first;
}

/* The run that passes comes below, from where it differs. */
static void print_passing(const struct page *fails, const struct ob_annotated_run *passing,
                          const struct ob_columns_options *options, struct ob_text *text)
{
    struct page other;
    uint32_t first = first_shown(passing->world, options->deliveries_max);
    uint32_t common = ob_steps_common(fails->layout.world, passing->world);
    bool is_same = common >= first;

    measure(&other, passing, options, is_same ? common : first, options->width);
    ob_text_printf(text, "\n");
    ob_steps_print(&other.layout, ob_steps_other_title(fails->layout.world),
                   is_same ? "the same" : "left out", text);
    free(other.folds);
}

/* Both runs beside each other, where they fit. */
static bool print_beside(const struct ob_annotated_run *fails,
                         const struct ob_annotated_run *passes,
                         const struct ob_columns_options *options, struct ob_text *text)
{
    struct page pages[2];
    uint32_t most = options->deliveries_max;

    measure(&pages[0], fails, options, first_shown(fails->world, most), SIZE_MAX);
    measure(&pages[1], passes, options, first_shown(passes->world, most), SIZE_MAX);
    bool fit = ob_steps_beside(&pages[0].layout, &pages[1].layout, options->width, text);
    free(pages[0].folds);
    free(pages[1].folds);
    return fit;
}

void ob_report_columns(const struct ob_world *world, const struct ob_scenario *scenario,
                       const struct ob_columns_options *given, struct ob_text *text)
{
    static const struct ob_columns_options none;
    size_t start = text->length;
    struct ob_columns_options options = given ? *given : none;
    const struct ob_annotated_run alone = {.world = world, .scenario = scenario};
    const struct ob_annotated_run *run = options.story ? &options.story->run : &alone;
    const struct ob_annotated_run *passing = options.story ? &options.story->passing : NULL;
    struct page page;

    options.width = options.width ? options.width : OB_COLUMNS_WIDTH;
    options.deliveries_max =
        options.deliveries_max ? options.deliveries_max : OB_COLUMNS_DELIVERIES;
    measure(&page, run, &options, first_shown(world, options.deliveries_max), options.width);
    print_header(world, options.width, text);
    print_scenario(world, scenario, text);
    ob_text_printf(text, "\n");
    if (!passing || !passing->world) {
        ob_steps_print(&page.layout, "Trace", "left out", text);
    } else if (!print_beside(run, passing, &options, text)) {
        ob_steps_print(&page.layout, "Trace", "left out", text);
        print_passing(&page, passing, &options, text);
    }
    ob_report_undelivered(&page.layout, options.width, options.unfold, text);
    ob_report_states(&page.layout, options.width, text);
    free(page.folds);
    ob_report_clean(text, start);
}
