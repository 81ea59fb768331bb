#include <stdio.h>
#include <string.h>

#include "scenario/text_line.h"

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/*
 * The line without its end and without a comment: '#' and what follows it, when it is the first
 * thing on the line, or stands between blanks. "#0" is an ordinal.
 */
static struct ob_word strip(struct ob_word line)
{
    if (line.length > 0 && line.at[line.length - 1] == '\r')
        line.length--;
    bool first = true;
    for (size_t at = 0; at < line.length; at++) {
        bool blank_before = at > 0 && is_blank(line.at[at - 1]);
        bool blank_after = at + 1 == line.length || is_blank(line.at[at + 1]);
        if (line.at[at] == '#' && (first || (blank_before && blank_after)))
            return ob_word_head(line, at);
        first = first && is_blank(line.at[at]);
    }
    return line;
}

static int parse_header(struct ob_line *line)
{
    const char *target = line->vocabulary->target->name;
    struct ob_word first = ob_line_word(line);
    struct ob_word second = ob_line_word(line);
    struct ob_word version = ob_line_word(line);
    struct ob_word name = ob_line_word(line);
    if (!ob_word_is(first, "offbeat") || !ob_word_is(second, "scenario"))
        return ob_line_fail(line, "not a scenario, whose first line is \"" OB_TEXT_MAGIC " %d %s\"",
                            OB_TEXT_VERSION, target);
    if (!ob_word_is(version, "1"))
        return ob_line_fail(line, "version %s of the text form is not known, only %d is",
                            ob_quote(version).text, OB_TEXT_VERSION);
    if (!ob_word_is(name, target))
        return ob_line_misfit(line, "the scenario is for target %s, not for \"%s\"",
                              ob_quote(name).text, target);
    return ob_line_expect_end(line);
}

/* The op that a record begins with, or OB_DEVIATION_OPS for a message. A kind may be called like an
 * op: then "+0" before it, or its parentheses, tell it apart. */
static unsigned find_op(const struct ob_line *line)
{
    struct ob_word word = ob_line_peek(line);
    unsigned op = 0;
    while (op < OB_DEVIATION_OPS && !ob_word_is(word, ob_deviation_name(op)))
        op++;
    return op;
}

/* Whether a line without "+" and "(" begins with something that is no kind either: then the word
 * for a deviation may be what was misspelt. */
static bool is_unknown(const struct ob_line *line)
{
    struct ob_word word = ob_line_peek(line);
    return !ob_word_starts(word, "+") && !memchr(word.at, '(', word.length) &&
           ob_vocabulary_find_kind(line->vocabulary, word.at, word.length) < 0;
}

static int parse_record(struct ob_line *line)
{
    struct ob_word word = ob_line_peek(line);
    if (word.length == 0)
        return 0;
    unsigned op = find_op(line);
    if (op < OB_DEVIATION_OPS) {
        (void)ob_line_word(line);
        return ob_line_deviation(line, op);
    }
    if (is_unknown(line))
        return ob_line_misfit(line,
                              "%s begins neither a message, as in \"+0 KIND()\", nor a deviation: "
                              "delay, reorder, duplicate, drop, pause, crash, restart, partition, "
                              "heal, skew, preempt, draw, walk, choose",
                              ob_quote(word).text);
    return ob_line_message(line);
}

int ob_scenario_parse(const struct ob_vocabulary *vocabulary, const char *name, const char *text,
                      size_t size, struct ob_scenario *scenario, struct ob_error *error)
{
    bool is_inapplicable = false;
    struct ob_line line = {.vocabulary = vocabulary,
                           .scenario = scenario,
                           .name = name,
                           .error = error,
                           .is_inapplicable = &is_inapplicable};
    struct ob_word rest = {size > 0 ? text : "", size};
    scenario->message_count = 0;
    scenario->deviation_count = 0;
    scenario->payload_size = 0;
    bool has_header = false;

    do {
        const char *end = rest.length > 0 ? memchr(rest.at, '\n', rest.length) : NULL;
        size_t length = end ? (size_t)(end - rest.at) : rest.length;
        line.number++;
        line.rest = strip(ob_word_head(rest, length));
        bool is_empty = ob_line_peek(&line).length == 0;
        if (!is_empty && (has_header ? parse_record(&line) : parse_header(&line)))
            return is_inapplicable ? OB_SCENARIO_INAPPLICABLE : -1;
        has_header |= !is_empty;
        rest = ob_word_tail(rest, end ? length + 1 : length);
    } while (rest.length > 0);
    if (!has_header)
        return parse_header(&line);
    ob_scenario_sort(scenario);
    return 0;
}

int ob_scenario_read(const struct ob_vocabulary *vocabulary, const char *name, const uint8_t *data,
                     size_t size, struct ob_scenario *scenario, struct ob_error *error)
{
    char prefix[sizeof error->text];

    switch (ob_scenario_form(name, data, size)) {
    case OB_FORM_TEXT:
        return ob_scenario_parse(vocabulary, name, (const char *)data, size, scenario, error);
    case OB_FORM_NEITHER:
        (void)snprintf(prefix, sizeof prefix, "%s: ", name);
        return ob_scenario_refuse(prefix, data, size, vocabulary->target->name, error);
    default:
        ob_scenario_decode(vocabulary, data, size, scenario);
        return 0;
    }
}
