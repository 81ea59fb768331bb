#include "base/json.h"

#include <assert.h>
#include <inttypes.h>

#include "base/utf8.h"

static void put(struct ob_json *json, const char *text)
{
    ob_text_printf(json->text, "%s", text);
}

static void put_string(struct ob_text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;

    ob_text_append(text, "\"", 1);
    while (*at) {
        size_t length = ob_utf8_length(at);
        if (*at == '"' || *at == '\\')
            ob_text_printf(text, "\\%c", *at);
        else if (*at < 0x20)
            ob_text_printf(text, "\\u%04x", *at);
        else if (length == 0)
            ob_text_printf(text, "\\ufffd");
        else
            ob_text_append(text, (const char *)at, length);
        at += length ? length : 1;
    }
    ob_text_append(text, "\"", 1);
}

static void begin_line(struct ob_json *json)
{
    ob_text_printf(json->text, "\n%*s", (int)(2 * json->depth), "");
}

/* What stands before a value. */
static void begin_item(struct ob_json *json, const char *name)
{
    if (json->depth == 0) {
        assert(!name);
        return;
    }
    bool has_lines = json->open[json->depth - 1].has_lines;
    assert(json->open[json->depth - 1].is_array == !name);
    if (json->open[json->depth - 1].has_items)
        put(json, has_lines ? "," : ", ");
    json->open[json->depth - 1].has_items = true;
    if (has_lines)
        begin_line(json);
    if (!name)
        return;
    put_string(json->text, name);
    put(json, ": ");
}

static void open_item(struct ob_json *json, const char *name, bool is_array)
{
    begin_item(json, name);
    put(json, is_array ? "[" : "{");
    assert(json->depth < OB_JSON_DEPTH_MAX);
    json->open[json->depth].is_array = is_array;
    json->open[json->depth].has_items = json->open[json->depth].has_lines = false;
    json->depth++;
}

void ob_json_object(struct ob_json *json, const char *name)
{
    open_item(json, name, false);
}

void ob_json_array(struct ob_json *json, const char *name)
{
    open_item(json, name, true);
}

void ob_json_lines(struct ob_json *json)
{
    assert(json->depth > 0 && !json->open[json->depth - 1].has_items);
    json->open[json->depth - 1].has_lines = true;
}

void ob_json_end(struct ob_json *json)
{
    assert(json->depth > 0);
    json->depth--;
    if (json->open[json->depth].has_lines && json->open[json->depth].has_items)
        begin_line(json);
    put(json, json->open[json->depth].is_array ? "]" : "}");
    if (json->depth == 0)
        put(json, "\n");
}

void ob_json_string(struct ob_json *json, const char *name, const char *value)
{
    begin_item(json, name);
    if (value)
        put_string(json->text, value);
    else
        put(json, "null");
}

void ob_json_text(struct ob_json *json, const char *name, struct ob_text *value)
{
    ob_json_string(json, name, ob_text_string(value));
    json->text->failed |= value->failed;
    ob_text_release(value);
}

void ob_json_printf(struct ob_json *json, const char *name, const char *format, ...)
{
    struct ob_text value = {0};
    va_list arguments;

    va_start(arguments, format);
    ob_text_vprintf(&value, format, arguments);
    va_end(arguments);
    ob_json_text(json, name, &value);
}

void ob_json_number(struct ob_json *json, const char *name, uint64_t value)
{
    begin_item(json, name);
    ob_text_printf(json->text, "%" PRIu64, value);
}

void ob_json_decimal(struct ob_json *json, const char *name, double value, int digits)
{
    begin_item(json, name);
    ob_text_printf(json->text, "%.*f", digits, value);
}

void ob_json_bool(struct ob_json *json, const char *name, bool value)
{
    begin_item(json, name);
    put(json, value ? "true" : "false");
}

void ob_json_null(struct ob_json *json, const char *name)
{
    ob_json_string(json, name, NULL);
}
