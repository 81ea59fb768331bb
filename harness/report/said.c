#include "report/said.h"

#include <string.h>

#include "world/annex.h"

#define LINES_SHOWN 6u   /* of one saying */
#define LINE_SHOWN 60u   /* characters of one line */
#define TEXT_SHOWN 1000u /* bytes of a saying that programs get */

static size_t line_length(const char *text, size_t length)
{
    const char *end = memchr(text, '\n', length);
    return end ? (size_t)(end - text) : length;
}

/* Whatever a program writes must not steer who reads it. */
static void append_clean(const char *bytes, size_t length, struct ob_text *text)
{
    size_t start = text->length;
    ob_text_append(text, bytes, length);
    for (size_t at = start; at < text->length; at++) {
        unsigned char byte = (unsigned char)text->data[at];
        if (byte != '\n' && byte != '\t' && (byte < 0x20 || byte == 0x7f))
            text->data[at] = '?';
    }
}

static void print_lines(const struct ob_saying *saying, struct ob_text *lines)
{
    unsigned count = 0;
    for (size_t at = 0; at < saying->length;) {
        size_t length = line_length(saying->text + at, saying->length - at);
        size_t shown = length < LINE_SHOWN ? length : LINE_SHOWN;
        if (count++ < LINES_SHOWN) {
            ob_text_printf(lines, "%s: ", saying->stream);
            append_clean(saying->text + at, shown, lines);
            ob_text_printf(lines, "%s\n", shown < length ? "..." : "");
        }
        at += length + 1;
    }
    if (count > LINES_SHOWN)
        ob_text_printf(lines, "%s: and %u more lines\n", saying->stream, count - LINES_SHOWN);
}

void ob_report_said(const struct ob_world *world, uint32_t delivery, unsigned actor,
                    struct ob_text *lines)
{
    struct ob_saying saying;
    for (uint32_t nth = 0; ob_world_said(world, delivery, nth, &saying); nth++)
        if (actor == 0 || saying.actor == actor)
            print_lines(&saying, lines);
}

void ob_report_said_json(const struct ob_world *world, uint32_t delivery, struct ob_json *json)
{
    struct ob_saying saying;
    ob_json_array(json, "said");
    for (uint32_t nth = 0; ob_world_said(world, delivery, nth, &saying); nth++) {
        struct ob_text text = {0};
        bool is_cut = saying.length > TEXT_SHOWN;
        append_clean(saying.text, is_cut ? TEXT_SHOWN : saying.length, &text);
        ob_text_printf(&text, "%s", is_cut ? "..." : "");
        ob_json_object(json, NULL);
        ob_json_number(json, "actor", saying.actor);
        ob_json_string(json, "stream", saying.stream);
        ob_json_text(json, "text", &text);
        ob_json_end(json);
    }
    ob_json_end(json);
}
