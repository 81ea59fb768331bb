/* Regression tests: a scenario in text form, run by a program of its own. */
#include "offbeat/regression.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/columns.h"
#include "report/message.h"
#include "scenario/edit.h"
#include "world/run.h"
#include "world/world.h"

/* What one check works with. */
struct check {
    const struct ob_regression *regression;
    const char *variant;
    struct ob_world *world;
    struct ob_scenario scenario;
    struct ob_scenario decoded; /* of the bytes */
};

/* Prints a line on standard error, on which no name of a target can steer a terminal. */
static void OB_PRINTF(2, 3) tell(const struct check *check, const char *format, ...)
{
    const struct ob_target *target = check->regression ? check->regression->target : NULL;
    struct ob_text text = {0};
    va_list arguments;

    ob_text_printf(&text, "%s/%s: ", target ? target->name : "?",
                   check->variant ? check->variant : "?");
    va_start(arguments, format);
    ob_text_vprintf(&text, format, arguments);
    va_end(arguments);
    ob_report_clean(&text, 0);
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s\n", ob_text_string(&text));
    ob_text_release(&text);
}

static int find_variant(const struct ob_target *target, const char *name)
{
    for (int variant = 0; variant < OB_VARIANTS_MAX; variant++)
        if (target->variants[variant] && strcmp(target->variants[variant], name) == 0)
            return variant;
    return -1;
}

static int prepare(struct check *check)
{
    const struct ob_regression *regression = check->regression;
    struct ob_error error = {{0}};

    int variant = find_variant(regression->target, check->variant);
    if (variant < 0) {
        tell(check, "the target has no such variant");
        return -1;
    }
    check->world = ob_world_create(regression->target, (unsigned)variant, &error);
    if (!check->world ||
        ob_scenario_parse(ob_world_vocabulary(check->world), "scenario", regression->scenario,
                          strlen(regression->scenario), &check->scenario, &error)) {
        tell(check, "%s", error.text);
        return -1;
    }
    return 0;
}

/* Bytes hold numbers where the text holds names, and so change their meaning with the target. */
static void compare_bytes(struct check *check)
{
    const struct ob_regression *regression = check->regression;

    if (!regression->bytes)
        return;
    ob_scenario_decode(ob_world_vocabulary(check->world), regression->bytes, regression->bytes_size,
                       &check->decoded);
    if (!ob_scenario_equal(&check->decoded, &check->scenario))
        tell(check, "note: the target has changed, the bytes no longer say what the text says; the "
                    "text counts");
}

static int report_violation(const struct check *check, const struct ob_verdict *verdict)
{
    const char *known = check->regression->invariant;
    struct ob_text text = {0};

    if (known && strcmp(known, verdict->invariant) != 0)
        ob_text_printf(&text, "another invariant than %s, which this scenario violated once:\n",
                       known);
    ob_report_columns(check->world, &check->scenario, &(struct ob_columns_options){0}, &text);
    (void)fputs(ob_text_string(&text), stdout);
    ob_text_release(&text);
    return OB_REGRESSION_VIOLATES;
}

static int replay_twice(struct check *check)
{
    uint64_t hash = ob_world_run(check->world, &check->scenario)->trace_hash;
    const struct ob_verdict *verdict = ob_world_run(check->world, &check->scenario);

    if (verdict->outcome == OB_VIOLATED)
        return report_violation(check, verdict);
    if (verdict->trace_hash != hash) {
        tell(check, "the scenario did not run twice in the same way: the target depends on "
                    "something outside of its world");
        return OB_REGRESSION_TROUBLE;
    }
    if (verdict->outcome == OB_CUT) {
        tell(check, "a bound of the simulation was reached before the end: %s", verdict->invariant);
        return OB_REGRESSION_TROUBLE;
    }
    (void)printf("%s/%s: no violation in %u %s\n", check->regression->target->name, check->variant,
                 verdict->delivery_count, verdict->delivery_count == 1 ? "delivery" : "deliveries");
    return OB_REGRESSION_PASSES;
}

int ob_regression_check(const struct ob_regression *regression, const char *variant)
{
    struct check *check = calloc(1, sizeof *check);
    int result = OB_REGRESSION_TROUBLE;

    if (!check) {
        (void)fputs("out of memory\n", stderr);
        return OB_REGRESSION_TROUBLE;
    }
    check->regression = regression;
    check->variant = variant;
    if (!regression || !regression->target || !regression->scenario || !variant) {
        tell(check, "a regression test needs a target, a variant and a scenario");
    } else if (prepare(check) == 0) {
        compare_bytes(check);
        result = replay_twice(check);
    }
    ob_world_destroy(check->world);
    free(check);
    /* A report that nobody could read is no reason to call the bug fixed. */
    return fflush(stdout) == 0 ? result : OB_REGRESSION_TROUBLE;
}
