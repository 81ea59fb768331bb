/* offbeat lint: whether ClusterFuzz can tell the violations of the targets apart, and what targets
 * declare that leaves a search nothing to choose. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "report/crash_state.h"
#include "scenario/vocabulary.h"
#include "search/survey.h"
#include "world/expected.h"

#define LOG_BYTES_MAX ((size_t)64 << 20)
#define NAME_SIZE 256
#define REASON_SIZE 128

/* Frames of their own keep violations apart whatever they are called. But people who read a list,
 * and trackers that read one line, need names that differ by more than a letter. */
#define NAMES_ALIKE_MAX 0.9

/* A crash, or a violation that there can be. */
struct subject {
    char name[NAME_SIZE];  /* target/variant/invariant, or a file */
    const char *invariant; /* NULL for a file */
    struct ob_crash_state state;
};

struct lint {
    struct subject *subjects;
    size_t count;
    size_t capacity;
    unsigned findings;
    struct ob_text text;
    struct ob_json json;
};

static struct subject *add_subject(struct lint *lint)
{
    struct subject *subjects =
        ob_array_reserve(lint->subjects, &lint->capacity, lint->count + 1, sizeof *subjects);
    if (!subjects)
        return NULL;
    lint->subjects = subjects;
    struct subject *subject = &lint->subjects[lint->count++];
    memset(subject, 0, sizeof *subject);
    return subject;
}

static void find(struct lint *lint, const char *name, const char *other, const char *reason)
{
    lint->findings++;
    if (!lint->json.depth) {
        ob_text_printf(&lint->text, "%s%s%s: %s\n", name, other ? " and " : "", other ? other : "",
                       reason);
        return;
    }
    ob_json_object(&lint->json, NULL);
    ob_json_string(&lint->json, "name", name);
    if (other)
        ob_json_string(&lint->json, "other", other);
    ob_json_string(&lint->json, "reason", reason);
    ob_json_end(&lint->json);
}

/* -- names -- */

static void check_frame(struct lint *lint, const struct subject *subject, const char *target,
                        const struct ob_invariant_names *names, unsigned index)
{
    char frame[NAME_SIZE];

    (void)snprintf(frame, sizeof frame, "%s fuzz_%s_%s_frames.c", names->frames[index], target,
                   names->variant);
    if (ob_crash_frame_is_dropped(frame))
        find(lint, subject->name, NULL,
             "this name, or a part of it, is one that crash trackers drop from stacks (such as "
             "main..., new..., free..., ...assert..., ...logger...); choose another");
}

static int add_invariant(struct lint *lint, const char *target,
                         const struct ob_invariant_names *names)
{
    struct subject *subject = add_subject(lint);

    if (!subject)
        return -1;
    (void)snprintf(subject->name, sizeof subject->name, "%s/%s/%s", target, names->variant,
                   names->invariant);
    subject->invariant = names->invariant;
    (void)snprintf(subject->state.type, sizeof subject->state.type, "ASSERT");
    if (!ob_crash_state_add(&subject->state, subject->name))
        find(lint, subject->name, NULL,
             "crash trackers read no more than 80 characters of this, and no numbers of four "
             "digits; choose shorter names without numbers");
    for (unsigned index = 0; index < 2; index++) {
        check_frame(lint, subject, target, names, index);
        (void)ob_crash_state_add(&subject->state, names->frames[index]);
    }
    return 0;
}

struct declared {
    struct lint *lint;
    const char *target;
};

static void find_fixed(void *context, const char *kind, const char *line)
{
    const struct declared *declared = context;
    char name[NAME_SIZE];

    (void)snprintf(name, sizeof name, "%.100s/%.100s", declared->target, kind);
    find(declared->lint, name, NULL, line);
}

static void find_surveyed(void *context, const char *name, const char *other, const char *line)
{
    find(context, name, other, line);
}

/* What a target declares and leaves searches no choice in, and what none of its runs needs. */
static int check_declarations(struct lint *lint, uint32_t rounds, struct ob_error *error)
{
    for (size_t index = 0; ob_registry[index]; index++) {
        const struct ob_target *target = ob_registry[index];
        struct declared declared = {.lint = lint, .target = target->name};
        const char *invariants[OB_EXPECTED_MAX + 1];
        ob_target_fixed_args(target, find_fixed, &declared);
        cli_own_invariants(target, invariants, OB_EXPECTED_MAX);
        if (rounds > 0 && ob_survey(target, invariants, rounds, find_surveyed, lint, error))
            return -1;
    }
    return 0;
}

static int add_names(struct lint *lint)
{
    for (size_t index = 0; ob_registry[index]; index++) {
        const struct ob_invariant_names *names = ob_registry_invariants[index];

        if (!names) { /* offbeat/command.h: no build has looked for them */
            find(lint, ob_registry[index]->name, NULL,
                 "names of invariants are known where offbeat_add_target() of CMake builds the "
                 "target");
            return 0;
        }
        if (!names->variant)
            find(lint, ob_registry[index]->name, NULL,
                 "no invariant is to be seen in its object files, not even the harness's own; are "
                 "they made for link-time optimisation?");
        for (; names->variant; names++)
            if (add_invariant(lint, ob_registry[index]->name, names) != 0)
                return -1;
    }
    return 0;
}

/* -- what programs have printed -- */

static int add_log(struct lint *lint, const char *path, struct ob_error *error)
{
    uint8_t *data;
    size_t size;
    struct subject *subject = add_subject(lint);

    if (!subject)
        return ob_error_set(error, "out of memory");
    (void)snprintf(subject->name, sizeof subject->name, "%s", path);
    if (ob_file_read(path, LOG_BYTES_MAX, &data, &size, error) != 0)
        return -1;
    ob_crash_state_read((const char *)data, size, &subject->state);
    free(data);
    if (lint->json.depth)
        return 0;
    const struct ob_crash_state *state = &subject->state;
    ob_text_printf(&lint->text, "%s: %s\n", path, state->type[0] ? state->type : "no crash");
    for (unsigned line = 0; line < state->count; line++)
        ob_text_printf(&lint->text, "  %s\n", state->lines[line]);
    return 0;
}

/* -- both -- */

/* Of the same line there may be many logs; different lines are different bugs. */
static bool are_same(const struct subject *one, const struct subject *other)
{
    return one->state.count > 0 && other->state.count > 0 &&
           strcmp(one->state.lines[0], other->state.lines[0]) == 0;
}

/* Whether two subjects are invariants of the same variant: their names begin alike up to them. */
static bool share_variant(const struct subject *one, const struct subject *other)
{
    size_t length = strlen(one->name) - strlen(one->invariant);

    return length == strlen(other->name) - strlen(other->invariant) &&
           strncmp(one->name, other->name, length) == 0;
}

static void compare_pair(struct lint *lint, const struct subject *one, const struct subject *other)
{
    char reason[REASON_SIZE];

    if (strcmp(one->state.type, other->state.type) == 0 &&
        ob_crash_states_merge(&one->state, &other->state)) {
        (void)snprintf(reason, sizeof reason,
                       "%.1f %% alike, so crash trackers take them for one bug",
                       100 * ob_crash_likeness(&one->state, &other->state));
        find(lint, one->name, other->name, reason);
        return;
    }
    if (!one->invariant || !other->invariant || !share_variant(one, other))
        return;
    double likeness = ob_crash_line_likeness(one->invariant, other->invariant);
    if (likeness > NAMES_ALIKE_MAX) {
        (void)snprintf(reason, sizeof reason,
                       "names that are %.1f %% alike will be taken for one; let them differ more",
                       100 * likeness);
        find(lint, one->name, other->name, reason);
    }
}

static void compare(struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        for (size_t j = i + 1; j < lint->count; j++) {
            const struct subject *one = &lint->subjects[i];
            const struct subject *other = &lint->subjects[j];

            if (one->invariant || !are_same(one, other))
                compare_pair(lint, one, other);
        }
    }
}

static int lint(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct lint lint = {.json.text = &lint.text};
    int failed = 0;

    if (arguments->json) {
        ob_json_object(&lint.json, NULL);
        ob_json_array(&lint.json, "findings");
        ob_json_lines(&lint.json);
    }
    if (arguments->count == 0)
        failed = check_declarations(&lint, (uint32_t)arguments->runs, &error);
    if (arguments->count == 0 && !failed && (failed = add_names(&lint)) != 0)
        (void)ob_error_set(&error, "out of memory");
    for (size_t index = 0; index < arguments->count && !failed; index++)
        failed = add_log(&lint, arguments->positional[index], &error);
    if (failed) {
        free(lint.subjects);
        ob_text_release(&lint.text);
        return cli_trouble("%s", error.text);
    }
    compare(&lint);
    if (arguments->json) {
        ob_json_end(&lint.json);
        ob_json_number(&lint.json, "compared", lint.count);
        ob_json_end(&lint.json);
    } else {
        ob_text_printf(&lint.text, "%zu %s compared, %u %s\n", lint.count,
                       arguments->count > 0 ? "crashes" : "violations", lint.findings,
                       lint.findings == 1 ? "finding" : "findings");
    }
    free(lint.subjects);
    return cli_print(&lint.text, lint.findings ? CLI_VIOLATION : CLI_OK);
}

const struct cli_command cli_lint = {
    .name = "lint",
    .usage = "[LOG...] [--runs N] [--json]",
    .summary =
        "Checks names of violations, which crash trackers must tell apart, and declarations.",
    .help =
        "ClusterFuzz groups crashes by the line ASSERTION FAILED: target/variant/invariant and "
        "the two frames\n"
        "after it, and takes those for one bug that are more than 80 % alike. Without LOG, every "
        "invariant\n"
        "of every variant is held against the others, and against the names that are dropped "
        "from stacks;\n"
        "two in one variant must not have names that are more than 90 % alike either. A LOG is "
        "what a fuzz\n"
        "program printed: its type and state are shown as ClusterFuzz reads them, and different "
        "ones are\n"
        "compared.\n"
        "\n"
        "Without LOG it also names every argument from outside that can have one value only, as "
        "without\n"
        "a .max: no search would try another. With --runs N it runs each target up to N times in "
        "every\n"
        "variant, by random walks, and names variants that do the same in all of them, kinds of "
        "message\n"
        "that none sends or delivers, actors that get nothing and whose state stays as it was, "
        "monitors and\n"
        "oracles that had nothing to check, a check_quiescent that was never called, invariants "
        "that were\n"
        "never evaluated, and a `describe` that reads what is beside its state.\n"
        "\n"
        "Exit codes: 0 nothing found, 1 something, 2 bad usage or a file that cannot be "
        "read.\n"
        "--json prints {\"findings\": [{\"name\", \"other\", \"reason\"}], \"compared\"}.\n",
    .options = CLI_JSON | CLI_RUNS,
    .count_max = 4096,
    .run = lint,
};
