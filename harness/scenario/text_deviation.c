/* A line of the text form that is a deviation: delay create customer->shop #0 by 600us */
#include <assert.h>
#include <stdio.h>

#include "scenario/text_line.h"

/* KIND or "*". */
static int parse_kind(struct ob_line *line, struct ob_word name, uint8_t *selected)
{
    unsigned kind = 0;
    *selected = 0;
    if (ob_word_is(name, "*"))
        return 0;
    if (ob_line_find_kind(line, name, &kind))
        return -1;
    *selected = (uint8_t)(kind + 1);
    return 0;
}

/* The sender of "FROM->…", or "*". */
static int parse_sender(struct ob_line *line, struct ob_word name, uint8_t *selected)
{
    unsigned id = 0;
    *selected = 0;
    if (ob_word_is(name, "*"))
        return 0;
    if (ob_line_find_actor(line, name, &id))
        return -1;
    *selected = (uint8_t)(id + 1);
    return 0;
}

/* An actor that can receive, or "*" where `any` says so. */
static int parse_receiver(struct ob_line *line, struct ob_word name, bool any, uint8_t *selected)
{
    unsigned id = 0;
    *selected = 0;
    if (any && ob_word_is(name, "*"))
        return 0;
    if (ob_line_find_actor(line, name, &id))
        return -1;
    if (id == OB_OUTSIDE)
        return ob_line_fail(line, "the outside receives nothing and is no actor");
    *selected = (uint8_t)id;
    return 0;
}

/* "#N", with N up to `max`. */
static int parse_ordinal(struct ob_line *line, uint32_t max, uint32_t *ordinal)
{
    struct ob_word word = ob_line_word(line);
    if (!ob_word_starts(word, "#"))
        return ob_line_fail(line, "%s where an ordinal such as #0, the first, is expected",
                            ob_quote(word).text);
    return ob_line_number(line, ob_word_tail(word, 1), "an ordinal", max, ordinal);
}

/* Which one, after a selector that does not begin with "every". */
static int parse_nth(struct ob_line *line, uint8_t *nth)
{
    uint32_t ordinal = 0;
    if (!ob_word_starts(ob_line_peek(line), "#"))
        return ob_line_fail(line, "which one is not said: put #0, the first, or an \"every\" "
                                  "before the selector");
    if (parse_ordinal(line, UINT8_MAX - 1, &ordinal))
        return -1;
    *nth = (uint8_t)(ordinal + 1);
    return 0;
}

/* Where the arrow begins in FROM->TO, or the word's length. Names may hold '-', but not '>'. */
static size_t find_arrow(struct ob_word word)
{
    for (size_t at = 0; at + 1 < word.length; at++)
        if (word.at[at] == '-' && word.at[at + 1] == '>')
            return at;
    return word.length;
}

/* [every] KIND FROM->TO [#N] */
static int parse_selector(struct ob_line *line, bool has_nth, struct ob_selector *which)
{
    struct ob_word kind = ob_line_word(line);
    bool every = false;
    /* A kind may be called "every"; then the arrow follows at once. */
    struct ob_word next = ob_line_peek(line);
    if (ob_word_is(kind, "every") && find_arrow(next) == next.length) {
        every = true;
        kind = ob_line_word(line);
    }
    if (parse_kind(line, kind, &which->kind))
        return -1;
    struct ob_word link = ob_line_word(line);
    size_t arrow = find_arrow(link);
    if (arrow == link.length)
        return ob_line_fail(line, "%s where a link such as FROM->TO or *->* is expected",
                            ob_quote(link).text);
    if (parse_sender(line, ob_word_head(link, arrow), &which->from) ||
        parse_receiver(line, ob_word_tail(link, arrow + 2), true, &which->to))
        return -1;
    if (every)
        return 0;
    if (!has_nth)
        return ob_line_fail(line, "the selector needs an \"every\" before it here");
    return parse_nth(line, &which->nth);
}

/* ACTOR, or [every] ACTOR [#N] */
static int parse_actor(struct ob_line *line, bool has_nth, struct ob_selector *which)
{
    struct ob_word actor = ob_line_word(line);
    bool every = false;
    if (has_nth && ob_word_is(actor, "every") && !ob_word_starts(ob_line_peek(line), "#")) {
        every = true;
        actor = ob_line_word(line);
    }
    if (parse_receiver(line, actor, false, &which->to))
        return -1;
    return every || !has_nth ? 0 : parse_nth(line, &which->nth);
}

/* [every] [POINT] at ACTOR [#N] */
static int parse_choice(struct ob_line *line, struct ob_selector *which)
{
    bool every = ob_word_is(ob_line_peek(line), "every");
    if (every)
        (void)ob_line_word(line);
    bool has_nameless = line->vocabulary->choice_count == 0;
    if (!has_nameless ||
        (line->vocabulary->fault_count > 0 && !ob_word_is(ob_line_peek(line), "at"))) {
        unsigned point = 0;
        if (ob_line_find_choice(line, ob_line_word(line), &point))
            return -1;
        which->kind = (uint8_t)point;
    }
    if (ob_line_expect(line, "at") || parse_receiver(line, ob_line_word(line), false, &which->to))
        return -1;
    return every ? 0 : parse_nth(line, &which->nth);
}

/* after KIND [FROM->] #N */
static int parse_awaited(struct ob_line *line, struct ob_selector *awaited)
{
    uint32_t ordinal = 0;
    if (ob_line_expect(line, "after") || parse_kind(line, ob_line_word(line), &awaited->kind))
        return -1;
    struct ob_word link = ob_line_peek(line);
    size_t arrow = find_arrow(link);
    if (arrow < link.length) {
        (void)ob_line_word(line);
        if (arrow + 2 < link.length)
            return ob_line_fail(line, "%s has a receiver, but what is awaited has the same one",
                                ob_quote(link).text);
        if (parse_sender(line, ob_word_head(link, arrow), &awaited->from))
            return -1;
    }
    if (parse_ordinal(line, UINT8_MAX, &ordinal))
        return -1;
    awaited->nth = (uint8_t)ordinal;
    return 0;
}

static int parse_mode(struct ob_line *line, unsigned op, uint8_t *mode)
{
    struct ob_word word = ob_line_word(line);
    char expected[64] = "";
    size_t length = 0;
    for (unsigned index = 0; index < ob_deviation_mode_count(op); index++) {
        const char *name = ob_deviation_mode_name(op, index);
        if (ob_word_is(word, name)) {
            *mode = (uint8_t)index;
            return 0;
        }
        int added = snprintf(expected + length, sizeof expected - length, "%s%s",
                             index > 0 ? ", " : "", name);
        assert(added >= 0 && length + (size_t)added < sizeof expected);
        length += (size_t)added;
    }
    return ob_line_fail(line, "%s where one of these is expected: %s", ob_quote(word).text,
                        expected);
}

static int parse_rate(struct ob_line *line, uint32_t *ppm)
{
    struct ob_word word = ob_line_word(line);
    size_t digits = word.length >= 3 ? word.length - 3 : 0;
    if (!ob_word_is(ob_word_tail(word, digits), "ppm"))
        return ob_line_fail(line, "%s where a rate such as 200ppm is expected",
                            ob_quote(word).text);
    return ob_line_number(line, ob_word_head(word, digits), "a rate in ppm", 900000, ppm);
}

static int parse_amount(struct ob_line *line, struct ob_deviation *deviation)
{
    const char *preposition = ob_deviation_preposition(deviation->op);
    if (deviation->op == OB_PARTITION && ob_line_peek(line).length == 0)
        return 0; /* as long as allowed */
    if (*preposition && ob_line_expect(line, preposition))
        return -1;
    if (deviation->op == OB_DRAW)
        return ob_line_number(line, ob_line_word(line), "a seed", 65535, &deviation->amount);
    if (deviation->op == OB_CHOOSE)
        return ob_line_number(line, ob_line_word(line), "an alternative", 65535,
                              &deviation->amount);
    if (deviation->op == OB_SKEW && deviation->mode >= OB_FAST)
        return parse_rate(line, &deviation->amount);
    return ob_line_duration(line, ob_line_word(line), &deviation->amount);
}

static int parse_which(struct ob_line *line, unsigned fields, struct ob_selector *which)
{
    bool has_nth = fields & OB_USES_NTH;
    if (fields & OB_USES_CHOICE)
        return parse_choice(line, which);
    return fields & OB_USES_ACTOR ? parse_actor(line, has_nth, which)
                                  : parse_selector(line, has_nth, which);
}

/* "step N", with an N that can be kept after `base` */
static int parse_step(struct ob_line *line, const char *what, uint32_t base, uint16_t *steps)
{
    uint32_t step = 0;
    if (ob_line_expect(line, "step") ||
        ob_line_number(line, ob_line_word(line), what, base + OB_STEPS_MAX, &step))
        return -1;
    if (step < base || (base > 0 && step == base))
        return ob_line_fail(line, "the walk ends at step %u, but begins at step %u", (unsigned)step,
                            (unsigned)base);
    *steps = ob_steps_round(step - base);
    if (*steps != step - base)
        return ob_line_fail(line, "%s is %u, which cannot be kept; %u can", what, (unsigned)step,
                            (unsigned)(base + *steps));
    return 0;
}

static int parse_late(struct ob_line *line, uint8_t *late)
{
    struct ob_word word = ob_line_word(line);
    for (unsigned rate = 0; rate < OB_LATE_RATES; rate++) {
        if (ob_word_is(word, ob_walk_late_name(rate))) {
            *late = (uint8_t)rate;
            return 0;
        }
    }
    return ob_line_fail(line, "%s where a rate of late steps is expected: never, 1/2, 1/4 or 1/8",
                        ob_quote(word).text);
}

static int parse_pct(struct ob_line *line, struct ob_walk *walk)
{
    uint32_t depth = 0;
    uint32_t hint = 0;
    if (ob_line_expect(line, "depth") ||
        ob_line_number(line, ob_line_word(line), "the depth", OB_WALK_DEPTH_MAX, &depth) ||
        ob_line_expect(line, "hint") ||
        ob_line_number(line, ob_line_word(line), "the hint", OB_STEPS_MAX, &hint))
        return -1;
    walk->depth = (uint8_t)depth;
    walk->hint = ob_hint_round(hint);
    return 0;
}

static bool take_word(struct ob_line *line, const char *word)
{
    bool is_there = ob_word_is(ob_line_peek(line), word);
    if (is_there)
        (void)ob_line_word(line);
    return is_there;
}

/* STRATEGY seed N [depth D hint N] [late RATE] [from step N] [until step N] */
static int parse_walk(struct ob_line *line, struct ob_deviation *deviation)
{
    struct ob_walk *walk = &deviation->walk;
    if (parse_mode(line, OB_WALK, &deviation->mode) || ob_line_expect(line, "seed") ||
        ob_line_number(line, ob_line_word(line), "a seed", OB_WALK_SEED_MAX, &deviation->amount))
        return -1;
    if (deviation->mode == OB_WALK_PCT && parse_pct(line, walk))
        return -1;
    if (take_word(line, "late") && parse_late(line, &walk->late))
        return -1;
    if (take_word(line, "from") && parse_step(line, "the first step", 0, &walk->from))
        return -1;
    if (!take_word(line, "until"))
        return 0;
    if (parse_step(line, "the last step", walk->from, &walk->length))
        return -1;
    return walk->length > 0 ? 0 : ob_line_fail(line, "a walk that ends at step 0 has no steps");
}

int ob_line_deviation(struct ob_line *line, unsigned op)
{
    struct ob_scenario *scenario = line->scenario;
    unsigned fields = ob_deviation_fields(op);
    struct ob_deviation deviation = {.op = (uint8_t)op};
    if (scenario->deviation_count == OB_DEVIATIONS_MAX)
        return ob_line_fail(line, "more than %d deviations", OB_DEVIATIONS_MAX);

    if ((fields & OB_USES_DRAW) && ob_line_expect(line, "per"))
        return -1;
    if ((fields & OB_USES_WALK) && parse_walk(line, &deviation))
        return -1;
    if ((fields & (OB_USES_DRAW | OB_USES_MOMENT)) && parse_mode(line, op, &deviation.mode))
        return -1;
    if (!(fields & OB_USES_WALK) && parse_which(line, fields, &deviation.which))
        return -1;
    if ((fields & OB_USES_SKEW) && parse_mode(line, op, &deviation.mode))
        return -1;
    if ((fields & OB_USES_AWAITED) && parse_awaited(line, &deviation.awaited))
        return -1;
    if ((fields & OB_USES_AMOUNT) && parse_amount(line, &deviation))
        return -1;
    if (ob_line_expect_end(line))
        return -1;
    ob_deviation_canonicalise(line->vocabulary, &deviation);
    scenario->deviations[scenario->deviation_count++] = deviation;
    return 0;
}
