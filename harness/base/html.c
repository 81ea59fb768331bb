#include "base/html.h"

#include <string.h>

#include "base/utf8.h"

void ob_html_text(struct ob_text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;

    while (*at) {
        size_t length = ob_utf8_length(at);
        if (*at == '&' || *at == '<' || *at == '>' || *at == '"' || *at == '\'')
            ob_text_printf(text, "&#%u;", *at);
        else if (*at == '\n')
            ob_text_printf(text, "\n");
        else if (length == 0)
            ob_text_printf(text, "&#xfffd;");
        else
            ob_text_append(text, (const char *)at, length);
        at += length ? length : 1;
    }
}

void ob_html_path(struct ob_text *text, const char *path)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

    for (const char *at = path; *at; at++)
        if (strchr(plain, *at))
            ob_text_append(text, at, 1);
        else
            ob_text_printf(text, "%%%02X", (unsigned char)*at);
}
