#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define FIRST_BYTES 256u

static int reserve(struct ob_text *text, size_t extra)
{
    size_t needed = text->length + extra + 1;
    size_t wanted = needed > FIRST_BYTES ? needed : FIRST_BYTES;
    char *data = ob_array_reserve(text->data, &text->capacity, wanted, 1);
    if (!data) {
        text->failed = 1;
        return -1;
    }
    text->data = data;
    return 0;
}

void ob_text_append(struct ob_text *text, const char *data, size_t length)
{
    if (text->failed || reserve(text, length))
        return;
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void ob_text_vprintf(struct ob_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && !text->failed && !reserve(text, (size_t)length)) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void ob_text_printf(struct ob_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ob_text_vprintf(text, format, arguments);
    va_end(arguments);
}

void ob_text_add_line(struct ob_text *text, const char *string)
{
    for (const char *at = string; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        char shown = byte < 0x20 || byte == 0x7f ? '?' : *at;
        ob_text_append(text, &shown, 1);
    }
}

void ob_text_wrap(struct ob_text *text, const char *line, size_t width, size_t indent)
{
    size_t column = 0;

    while (*line) {
        size_t blanks = strspn(line, " ");
        size_t length = strcspn(line + blanks, " ");
        if (column > indent && column + blanks + length > width) {
            ob_text_printf(text, "\n%*s", (int)indent, "");
            column = indent;
            line += blanks;
            blanks = 0;
        }
        ob_text_append(text, line, blanks + length);
        column += blanks + length;
        line += blanks + length;
    }
    ob_text_printf(text, "\n");
}

void ob_text_pad(struct ob_text *text, size_t column)
{
    size_t start = text->length;
    while (start > 0 && text->data[start - 1] != '\n')
        start--;
    for (size_t at = text->length - start; at < column; at++)
        ob_text_append(text, " ", 1);
}

const char *ob_text_string(const struct ob_text *text)
{
    return text->data ? text->data : "";
}

void ob_text_release(struct ob_text *text)
{
    free(text->data);
    *text = (struct ob_text){0};
}
