#include "base/json.h"

#include "base/utf8.h"

void ob_json_string(struct ob_text *text, const char *string)
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

void ob_json_member(struct ob_text *text, const char *name, const char *value)
{
    ob_json_string(text, name);
    ob_text_printf(text, ": ");
    ob_json_string(text, value);
}
