#include "search/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "search/draw_walk.h"
#include "search/forked.h"
#include "search/shown.h"
#include "world/evidence.h"
#include "world/expected.h"
#include "world/hash.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#define ROUNDS_AT_A_TIME 50u
#define LEARNING_ROUNDS 16u  /* that teach which durations there are */
#define DESCRIBED_ROUNDS 24u /* after which descriptions are looked at */
#define RUN_TIMEOUT_MS 5000u
#define NAME_SIZE 256
#define LINE_SIZE 256

enum stray { KEEPS_TO_ITSELF, STRAYS, ENDS_PROCESS };

/* What a child is at, for its parent when it ends there. */
enum stage { RUNS, DESCRIBES, DESCRIBES_COPY };

/* What is known, in memory that the children share with their parent. */
struct page {
    struct ob_shown shown[OB_VARIANTS_MAX];
    uint32_t alike[OB_VARIANTS_MAX]; /* a bit for each variant that has done the same so far */
    uint8_t strays[OB_VARIANTS_MAX][OB_ACTORS_MAX + 1]; /* enum stray, by id */
    uint32_t rounds;
    uint64_t hashes[OB_VARIANTS_MAX]; /* of what the variants did in this round, */
    uint32_t done;                    /* those that have come to an end in it, a bit each */
    enum stage stage;
    unsigned variant;
    unsigned id;
    uint8_t drawn[OB_SCENARIO_BYTES_MAX]; /* what the last round has run */
    size_t drawn_size;
    struct ob_vocabulary known[OB_VARIANTS_MAX]; /* with the durations that runs have shown */
};

struct survey {
    const struct ob_target *target;
    const char *const *invariants;
    unsigned variants[OB_VARIANTS_MAX]; /* those that the target has */
    unsigned count;
    struct ob_world *worlds[OB_VARIANTS_MAX]; /* in that order, as all here is */
    struct page *page;
    uint32_t first; /* of the pieces that a child is to make */
    ob_survey_tell *tell;
    void *context;
};

/* -- a round -- */

/* By what it has done and what its states are said to be. */
static uint64_t hash_run(struct survey *survey, unsigned variant)
{
    struct ob_world *world = survey->worlds[variant];
    struct page *page = survey->page;
    const struct ob_verdict *verdict = ob_world_verdict(world);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    unsigned count = vocabulary->actor_count + vocabulary->monitor_count;
    struct ob_text text = {0};
    page->stage = DESCRIBES;
    for (unsigned id = 1; id <= count; id++) {
        page->id = id;
        if (page->strays[variant][id] == KEEPS_TO_ITSELF)
            ob_world_describe(world, id, &text);
    }
    page->stage = RUNS;
    ob_text_printf(&text, "%d %s", (int)verdict->outcome, verdict->invariant);
    const char *said = ob_text_string(&text);
    uint64_t hash = ob_hash_bytes(verdict->trace_hash, (const uint8_t *)said, strlen(said));
    ob_text_release(&text);
    return hash;
}

static void look_at_descriptions(struct survey *survey, unsigned variant)
{
    struct ob_world *world = survey->worlds[variant];
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct page *page = survey->page;
    unsigned count = vocabulary->actor_count + vocabulary->monitor_count;
    page->stage = DESCRIBES_COPY;
    for (unsigned id = 1; id <= count; id++)
        if (!page->strays[variant][id] && ob_world_describes(world, id) &&
            ob_world_describe_strays(world, id))
            page->strays[variant][id] = STRAYS;
    page->stage = RUNS;
}

/* Runs what was drawn in the words of one variant in another one. */
static uint64_t run_in(struct survey *survey, unsigned variant, uint32_t round,
                       struct ob_scenario *scenario)
{
    struct ob_world *world = survey->worlds[variant];
    struct page *page = survey->page;
    page->variant = variant;
    ob_scenario_decode(ob_world_vocabulary(world), page->drawn, page->drawn_size, scenario);
    (void)ob_world_run(world, scenario);
    ob_shown_add(&page->shown[variant], world);
    if (round < LEARNING_ROUNDS)
        ob_world_learn(world, &page->known[variant]);
    uint64_t hash = hash_run(survey, variant);
    if (round < DESCRIBED_ROUNDS)
        look_at_descriptions(survey, variant);
    return hash;
}

static void separate(struct page *page, unsigned one, unsigned other)
{
    page->alike[one] &= ~(UINT32_C(1) << other);
    page->alike[other] &= ~(UINT32_C(1) << one);
}

/* A walk like those of an engine, in the words of a variant; of those before it only what all
 * variants can read. */
static void draw(struct survey *survey, unsigned variant, uint32_t round,
                 struct ob_scenario *executed, struct ob_scenario *drawn)
{
    struct page *page = survey->page;
    struct ob_rng rng = {.state = ob_hash_step(round, 1, 2)};
    const struct ob_vocabulary *words = ob_world_vocabulary(survey->worlds[variant]);
    const struct ob_walk_drawing drawing = {.world = survey->worlds[variant],
                                            .vocabulary = &page->known[variant],
                                            .records_max = OB_RECORDS_MAX,
                                            .rng = &rng};
    page->variant = variant;
    ob_scenario_decode(words, page->drawn, page->drawn_size, executed);
    (void)ob_draw_walk_fresh(&drawing, executed, drawn);
    page->drawn_size = ob_scenario_encode(words, drawn, page->drawn, sizeof page->drawn);
}

/* The round that a piece belongs to, and its place in it: each variant is a piece, so that one that
 * ends the process leaves the others of the round to be run. */
static uint32_t round_of(const struct survey *survey, unsigned index)
{
    return (survey->first + index) / survey->count;
}

static unsigned place_of(const struct survey *survey, unsigned index)
{
    return (survey->first + index) % survey->count;
}

static void compare(struct page *page, unsigned variant, uint64_t hash)
{
    for (unsigned other = 0; other < OB_VARIANTS_MAX; other++)
        if ((page->done >> other & 1) && page->hashes[other] != hash)
            separate(page, variant, other);
    page->hashes[variant] = hash;
    page->done |= UINT32_C(1) << variant;
}

static void make_piece(unsigned index, void *context)
{
    struct survey *survey = context;
    struct page *page = survey->page;
    uint32_t round = round_of(survey, index);
    unsigned place = place_of(survey, index);
    unsigned variant = (round + place) % survey->count;
    struct ob_scenario *scenarios = malloc(2 * sizeof *scenarios);
    if (!scenarios)
        abort(); /* the parent notices */
    page->variant = variant;
    if (place == 0) {
        page->done = 0;
        draw(survey, variant, round, &scenarios[0], &scenarios[1]);
    }
    compare(page, variant, run_in(survey, variant, round, &scenarios[0]));
    page->rounds += place + 1 == survey->count;
    free(scenarios);
}

/* A child has ended: in a run, so that this variant does what no other does, or while it described
 * a state, which says something only where the state was in its place. */
static void note_end(unsigned index, const struct ob_known_outcome *known_outcome, void *context)
{
    struct survey *survey = context;
    struct page *page = survey->page;
    page->rounds += place_of(survey, index) + 1 == survey->count;
    if (page->stage == DESCRIBES && known_outcome->failure != OB_HANG)
        page->strays[page->variant][page->id] = ENDS_PROCESS;
    for (unsigned other = 0; page->stage == RUNS && other < survey->count; other++)
        if (other != page->variant)
            separate(page, page->variant, other);
    page->stage = RUNS;
}

/* -- what is missing -- */

static bool kind_is_missing(const struct survey *survey, unsigned kind, enum ob_missing missing)
{
    uint64_t sent = 0;
    uint64_t delivered = 0;
    for (unsigned variant = 0; variant < survey->count; variant++) {
        sent |= survey->page->shown[variant].kinds_sent;
        delivered |= survey->page->shown[variant].kinds_delivered;
    }
    bool is_sent = sent >> kind & 1;
    return missing == OB_NEVER_SENT ? !is_sent : is_sent && !(delivered >> kind & 1);
}

static bool is_party_of(const struct survey *survey, unsigned variant, const char *name)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(survey->worlds[variant]);
    unsigned count = vocabulary->actor_count + vocabulary->monitor_count;
    for (unsigned id = 1; id <= count; id++)
        if (strcmp(vocabulary->actor_names[id], name) == 0)
            return true;
    return false;
}

static bool misses(const struct survey *survey, unsigned variant, enum ob_missing missing,
                   const char *name)
{
    unsigned at = 0;
    const char *missed;
    while ((missed = ob_shown_missing(&survey->page->shown[variant], survey->worlds[variant],
                                      missing, &at)))
        if (strcmp(missed, name) == 0)
            return true;
    return false;
}

/* Whether something of that name is missing in each variant that has it, of which `variant` is the
 * first that misses it. What is no actor and no monitor, such as an oracle, all variants have. */
static bool is_missing_in_all(const struct survey *survey, enum ob_missing missing,
                              const char *name, unsigned variant)
{
    bool is_party = is_party_of(survey, variant, name);
    for (unsigned other = 0; other < survey->count; other++) {
        bool is_missed = misses(survey, other, missing, name);
        if (is_missed ? other < variant : !is_party || is_party_of(survey, other, name))
            return false;
    }
    return true;
}

static unsigned tell(const struct survey *survey, const char *part, const char *other,
                     const char *line)
{
    char name[NAME_SIZE];
    char other_name[NAME_SIZE];
    (void)snprintf(name, sizeof name, "%.100s/%.100s", survey->target->name, part);
    (void)snprintf(other_name, sizeof other_name, "%.100s/%.100s", survey->target->name,
                   other ? other : "");
    if (survey->tell)
        survey->tell(survey->context, name, other ? other_name : NULL, line);
    return 1;
}

static unsigned tell_kinds(const struct survey *survey, enum ob_missing missing, const char *line)
{
    unsigned count = 0;
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++)
        if (survey->target->messages[kind].name && kind_is_missing(survey, kind, missing) &&
            !(missing == OB_NEVER_SENT && survey->target->messages[kind].may_be_unused))
            count += tell(survey, survey->target->messages[kind].name, NULL, line);
    return count;
}

static unsigned tell_parts(const struct survey *survey, enum ob_missing missing, const char *line)
{
    unsigned count = 0;
    for (unsigned variant = 0; variant < survey->count; variant++) {
        unsigned at = 0;
        const char *name;
        while ((name = ob_shown_missing(&survey->page->shown[variant], survey->worlds[variant],
                                        missing, &at)))
            if (is_missing_in_all(survey, missing, name, variant))
                count += tell(survey, name, NULL, line);
    }
    return count;
}

/* Different means to the same end may well do the same, where the target says which variants fail
 * and these are not among them. */
static bool may_be_alike(const struct survey *survey, unsigned one, unsigned other)
{
    const bool *fails = survey->target->fails;
    bool any_fails = false;
    for (unsigned variant = 0; variant < survey->count; variant++)
        any_fails |= fails[survey->variants[variant]];
    return any_fails && !fails[survey->variants[one]] && !fails[survey->variants[other]];
}

static unsigned tell_variants(const struct survey *survey, const char *line)
{
    unsigned count = 0;
    for (unsigned one = 0; one < survey->count; one++)
        for (unsigned other = one + 1; other < survey->count; other++)
            if ((survey->page->alike[one] >> other & 1) && !may_be_alike(survey, one, other))
                count += tell(survey, survey->target->variants[survey->variants[one]],
                              survey->target->variants[survey->variants[other]], line);
    return count;
}

static bool was_told(const struct survey *survey, unsigned variant, const char *name)
{
    for (unsigned other = 0; other < variant; other++) {
        const struct ob_vocabulary *vocabulary = ob_world_vocabulary(survey->worlds[other]);
        for (unsigned id = 1; id <= vocabulary->actor_count + vocabulary->monitor_count; id++)
            if (survey->page->strays[other][id] && strcmp(vocabulary->actor_names[id], name) == 0)
                return true;
    }
    return false;
}

static void tell_strays(const struct survey *survey)
{
    for (unsigned variant = 0; variant < survey->count; variant++) {
        const struct ob_vocabulary *vocabulary = ob_world_vocabulary(survey->worlds[variant]);
        for (unsigned id = 1; id <= vocabulary->actor_count + vocabulary->monitor_count; id++) {
            const char *name = vocabulary->actor_names[id];
            if (!survey->page->strays[variant][id] || was_told(survey, variant, name))
                continue;
            (void)tell(survey, name, NULL,
                       survey->page->strays[variant][id] == STRAYS
                           ? "`describe` reads what is beside its state"
                           : "the process ends in its `describe`");
        }
    }
}

/* Tells what is missing, or only counts it. */
static unsigned tell_missing(struct survey *survey, ob_survey_tell *told)
{
    char line[LINE_SIZE];
    char alike[LINE_SIZE];
    survey->tell = told;
    (void)snprintf(line, sizeof line, "got nothing in %u runs of each variant",
                   (unsigned)survey->page->rounds);
    (void)snprintf(alike, sizeof alike,
                   "these variants did the same in each of %u scenarios: nothing that was reached "
                   "depends on which of the two it is",
                   (unsigned)survey->page->rounds);
    unsigned count = tell_variants(survey, alike);
    count += tell_parts(survey, OB_GOT_NOTHING, line);
    (void)snprintf(line, sizeof line, "was never sent in %u runs of each variant",
                   (unsigned)survey->page->rounds);
    count += tell_kinds(survey, OB_NEVER_SENT, line);
    (void)snprintf(line, sizeof line, "was sent, but never delivered in %u runs of each variant",
                   (unsigned)survey->page->rounds);
    count += tell_kinds(survey, OB_NEVER_DELIVERED, line);
    (void)snprintf(line, sizeof line, "had nothing to check in %u runs of each variant",
                   (unsigned)survey->page->rounds);
    count += tell_parts(survey, OB_HAD_NOTHING_TO_CHECK, line);
    (void)snprintf(line, sizeof line, "was never evaluated in %u runs of each variant",
                   (unsigned)survey->page->rounds);
    return count + tell_parts(survey, OB_NEVER_EVALUATED, line);
}

/* -- the whole -- */

static int open_worlds(struct survey *survey, struct ob_error *error)
{
    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++) {
        if (!survey->target->variants[variant])
            continue;
        struct ob_world *world = ob_world_create(survey->target, variant, error);
        if (!world)
            return -1;
        ob_world_expect(world, survey->invariants);
        survey->page->known[survey->count] = *ob_world_vocabulary(world);
        survey->worlds[survey->count] = world;
        survey->variants[survey->count++] = variant;
    }
    for (unsigned variant = 0; variant < survey->count; variant++)
        survey->page->alike[variant] =
            ((UINT32_C(1) << survey->count) - 1) & ~(UINT32_C(1) << variant);
    return 0;
}

static int search(struct survey *survey, uint32_t rounds, struct ob_error *error)
{
    const struct ob_forked_options options = {
        .timeout_ms = RUN_TIMEOUT_MS, .memory_mb = OB_FORKED_MEMORY_MB, .jobs = 1};
    struct ob_forked *forked = ob_forked_create(&options, error);
    int result = forked ? 0 : -1;
    for (uint32_t begin = 0; result == 0 && begin < rounds; begin += ROUNDS_AT_A_TIME) {
        uint32_t count = rounds - begin;
        count = count < ROUNDS_AT_A_TIME ? count : ROUNDS_AT_A_TIME;
        uint32_t pieces = count * survey->count;
        survey->first = begin * survey->count;
        if (ob_forked_each(forked, survey->worlds[0], pieces, make_piece, note_end, survey) <
            pieces)
            result = ob_error_set(error, "%s: no process can be started", survey->target->name);
        if (begin + count > DESCRIBED_ROUNDS && tell_missing(survey, NULL) == 0)
            break;
    }
    if (forked)
        ob_forked_destroy(forked);
    return result;
}

int ob_survey(const struct ob_target *target, const char *const *invariants, uint32_t rounds,
              ob_survey_tell *told, void *context, struct ob_error *error)
{
    struct survey survey = {.target = target,
                            .invariants = invariants,
                            .page = ob_shared_create(sizeof(struct page)),
                            .context = context};
    if (!survey.page)
        return ob_error_set(error, "memory is short");
    int result = open_worlds(&survey, error);
    if (result == 0)
        result = search(&survey, rounds, error);
    if (result == 0) {
        (void)tell_missing(&survey, told);
        tell_strays(&survey);
    }
    for (unsigned variant = 0; variant < survey.count; variant++)
        ob_world_destroy(survey.worlds[variant]);
    ob_shared_destroy(survey.page, sizeof *survey.page);
    return result;
}
