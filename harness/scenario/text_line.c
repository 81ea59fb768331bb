#include "scenario/text_line.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int fail(const struct ob_line *line, const char *format, va_list arguments)
{
    char text[sizeof line->error->text];
    (void)vsnprintf(text, sizeof text, format, arguments);
    return ob_error_set(line->error, "%s:%u: %s", line->name, line->number, text);
}

int ob_line_fail(const struct ob_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = fail(line, format, arguments);
    va_end(arguments);
    return result;
}

int ob_line_misfit(const struct ob_line *line, const char *format, ...)
{
    va_list arguments;
    *line->is_inapplicable = true;
    va_start(arguments, format);
    int result = fail(line, format, arguments);
    va_end(arguments);
    return result;
}

struct ob_quoted ob_quote(struct ob_word word)
{
    struct ob_quoted quoted = {"\""};
    size_t shown_max = sizeof quoted.text - sizeof "\"\"...";
    size_t shown = word.length < shown_max ? word.length : shown_max;
    size_t at = 1;
    for (size_t index = 0; index < shown; index++) {
        char byte = word.at[index];
        quoted.text[at++] = byte >= ' ' && byte <= '~' ? byte : '?';
    }
    for (unsigned dots = 0; dots < 3 && shown < word.length; dots++)
        quoted.text[at++] = '.';
    quoted.text[at++] = '"';
    assert(at < sizeof quoted.text);
    quoted.text[at] = '\0';
    return quoted;
}

bool ob_word_is(struct ob_word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.at, text, word.length) == 0;
}

bool ob_word_starts(struct ob_word word, const char *text)
{
    size_t length = strlen(text);
    return word.length >= length && memcmp(word.at, text, length) == 0;
}

struct ob_word ob_word_head(struct ob_word word, size_t length)
{
    assert(length <= word.length);
    return (struct ob_word){word.at, length};
}

struct ob_word ob_word_tail(struct ob_word word, size_t length)
{
    assert(length <= word.length);
    return (struct ob_word){word.at + length, word.length - length};
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

void ob_line_skip_blanks(struct ob_line *line)
{
    size_t count = 0;
    while (count < line->rest.length && is_blank(line->rest.at[count]))
        count++;
    line->rest = ob_word_tail(line->rest, count);
}

struct ob_word ob_line_word(struct ob_line *line)
{
    ob_line_skip_blanks(line);
    size_t length = 0;
    while (length < line->rest.length && !is_blank(line->rest.at[length]))
        length++;
    struct ob_word word = ob_word_head(line->rest, length);
    line->rest = ob_word_tail(line->rest, length);
    return word;
}

struct ob_word ob_line_peek(const struct ob_line *line)
{
    struct ob_line ahead = *line;
    return ob_line_word(&ahead);
}

static bool is_name(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

struct ob_word ob_line_name(struct ob_line *line)
{
    ob_line_skip_blanks(line);
    size_t length = 0;
    while (length < line->rest.length && is_name(line->rest.at[length]))
        length++;
    struct ob_word word = ob_word_head(line->rest, length);
    line->rest = ob_word_tail(line->rest, length);
    return word;
}

bool ob_line_take(struct ob_line *line, char character)
{
    ob_line_skip_blanks(line);
    if (line->rest.length == 0 || line->rest.at[0] != character)
        return false;
    line->rest = ob_word_tail(line->rest, 1);
    return true;
}

int ob_line_expect(struct ob_line *line, const char *word)
{
    struct ob_word found = ob_line_word(line);
    if (ob_word_is(found, word))
        return 0;
    if (found.length == 0)
        return ob_line_fail(line, "the line ends where \"%s\" is expected", word);
    return ob_line_fail(line, "%s where \"%s\" is expected", ob_quote(found).text, word);
}

int ob_line_expect_end(struct ob_line *line)
{
    struct ob_word found = ob_line_word(line);
    if (found.length == 0)
        return 0;
    return ob_line_fail(line, "%s after the end of the record", ob_quote(found).text);
}

/* A list of names that grows up to a bound, for errors. */
struct names {
    char text[320];
    size_t length;
    bool cut;
};

static void names_add(struct names *names, const char *name)
{
    size_t length = strlen(name);
    const char *separator = names->length > 0 ? ", " : "";
    if (names->cut || names->length + length + sizeof ", , ..." > sizeof names->text) {
        if (!names->cut)
            (void)snprintf(names->text + names->length, sizeof names->text - names->length,
                           ", ...");
        names->cut = true;
        return;
    }
    int added = snprintf(names->text + names->length, sizeof names->text - names->length, "%s%s",
                         separator, name);
    assert(added >= 0);
    names->length += (size_t)added;
}

int ob_line_find_kind(const struct ob_line *line, struct ob_word name, unsigned *kind)
{
    int found = ob_vocabulary_find_kind(line->vocabulary, name.at, name.length);
    if (found >= 0) {
        *kind = (unsigned)found;
        return 0;
    }
    struct names names = {0};
    for (unsigned index = 0; index < line->vocabulary->kind_count; index++)
        if (line->vocabulary->messages[index].name)
            names_add(&names, line->vocabulary->messages[index].name);
    if (name.length == 0)
        return ob_line_fail(line, "the name of a message kind is expected (kinds: %s)", names.text);
    return ob_line_misfit(line, "no message kind %s in target %s (kinds: %s)", ob_quote(name).text,
                          line->vocabulary->target->name, names.text);
}

int ob_line_find_choice(const struct ob_line *line, struct ob_word name, unsigned *point)
{
    int found = ob_vocabulary_find_choice(line->vocabulary, name.at, name.length);
    if (found >= 0) {
        *point = (unsigned)found;
        return 0;
    }
    struct names names = {0};
    for (unsigned at = 0; at < ob_vocabulary_choices(line->vocabulary); at++)
        if (*ob_vocabulary_choice_name(line->vocabulary, at))
            names_add(&names, ob_vocabulary_choice_name(line->vocabulary, at));
    return ob_line_misfit(line, "no choice %s in target %s (choices: %s)", ob_quote(name).text,
                          line->vocabulary->target->name, names.text);
}

int ob_line_find_actor(const struct ob_line *line, struct ob_word name, unsigned *id)
{
    const struct ob_vocabulary *vocabulary = line->vocabulary;
    int found = ob_vocabulary_find_actor(vocabulary, name.at, name.length);
    if (found >= 0) {
        *id = (unsigned)found;
        return 0;
    }
    struct names names = {0};
    for (unsigned index = 1; index <= vocabulary->actor_count; index++)
        names_add(&names, vocabulary->actor_names[index]);
    if (name.length == 0)
        return ob_line_fail(line, "the name of an actor is expected (actors: %s)", names.text);
    return ob_line_misfit(line, "no actor %s in target %s (actors: %s)", ob_quote(name).text,
                          vocabulary->target->name, names.text);
}
