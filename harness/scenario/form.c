/* Whether an input is text, bytes, or what somebody took for text. */
#include <string.h>

#include "scenario/text_line.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The first line that is neither blank nor a comment begins here; `size` when there is none. */
static size_t first_line(const uint8_t *data, size_t size)
{
    size_t at = 0;

    for (;;) {
        while (at < size && is_blank(data[at]))
            at++;
        if (at == size || data[at] != '#')
            return at;
        while (at < size && data[at] != '\n')
            at++;
    }
}

static bool has_header(const uint8_t *data, size_t size)
{
    size_t length = strlen(OB_TEXT_MAGIC);
    size_t at = first_line(data, size);

    if (size - at < length || memcmp(data + at, OB_TEXT_MAGIC, length) != 0)
        return false;
    return size - at == length || is_blank(data[at + length]);
}

static bool is_printable(uint8_t byte)
{
    return (byte >= ' ' && byte < 0x7f) || byte == '\t' || byte == '\r' || byte == '\n';
}

/* How many bytes of every second one, from the first or the second on, people may have written. */
static size_t count_printable(const uint8_t *data, size_t size, size_t start, size_t step)
{
    size_t count = 0;

    for (size_t at = start; at < size; at += step)
        count += is_printable(data[at]);
    return count;
}

static bool has_byte_order_mark(const uint8_t *data, size_t size)
{
    return size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0;
}

/* Of every two bytes one is zero and the other printable, in fifteen of sixteen pairs: bytes alone
 * begin with a byte order mark once in 32,768 times. */
static bool is_utf16(const uint8_t *data, size_t size)
{
    size_t half = size / 2;

    for (size_t start = 0; half >= 4 && start < 2; start++) {
        size_t zeros = 0;
        for (size_t at = 1 - start; at < size; at += 2)
            zeros += data[at] == 0;
        if (zeros * 16 >= half * 15 && count_printable(data, size, start, 2) * 16 >= half * 15)
            return true;
    }
    return false;
}

/* Random bytes of this length are printable once in 90,000 times; the shortest line of a scenario
 * is hardly shorter. */
#define PROSE_BYTES_MIN 12

/* Fifteen of sixteen bytes, and a line or words: records, whose numbers are mostly small, have
 * zeros. */
static bool is_prose(const uint8_t *data, size_t size)
{
    size_t skipped = has_byte_order_mark(data, size) ? 3 : 0;

    if (size < skipped + PROSE_BYTES_MIN) /* and so an input of no bytes, which may be NULL */
        return false;
    data += skipped;
    size -= skipped;
    return (memchr(data, '\n', size) || memchr(data, ' ', size)) &&
           count_printable(data, size, 0, 1) * 16 >= size * 15;
}

static bool is_named_text(const char *name)
{
    size_t length = name ? strlen(name) : 0;

    return length >= 4 && strcmp(name + length - 4, ".txt") == 0;
}

enum ob_form ob_scenario_form(const char *name, const uint8_t *data, size_t size)
{
    if (has_header(data, size))
        return OB_FORM_TEXT;
    return is_named_text(name) || is_prose(data, size) || is_utf16(data, size) ? OB_FORM_NEITHER
                                                                               : OB_FORM_BYTES;
}

const char *ob_scenario_form_trouble(const uint8_t *data, size_t size)
{
    if (has_byte_order_mark(data, size))
        return "begins with a byte order mark, which must not be there";
    if (is_utf16(data, size))
        return "is UTF-16, and must be UTF-8";
    return "is no scenario";
}

int ob_scenario_refuse(const char *prefix, const uint8_t *data, size_t size, const char *target,
                       struct ob_error *error)
{
    return ob_error_set(error, "%s%s: the first line of a text is \"" OB_TEXT_MAGIC " %d %s\"",
                        prefix, ob_scenario_form_trouble(data, size), OB_TEXT_VERSION, target);
}

const char *ob_scenario_named_target(const uint8_t *data, size_t size, size_t *length)
{
    size_t at = first_line(data, size);

    *length = 0;
    if (!has_header(data, size))
        return NULL;
    /* The fourth word of the line. */
    for (unsigned word = 0; word < 3; word++) {
        while (at < size && !is_blank(data[at]))
            at++;
        while (at < size && (data[at] == ' ' || data[at] == '\t'))
            at++;
    }
    while (at + *length < size && !is_blank(data[at + *length]))
        ++*length;
    return *length ? (const char *)data + at : NULL;
}
