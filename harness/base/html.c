#include "base/html.h"

#include <string.h>

#include "base/sha256.h"
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

static unsigned digit(char hex)
{
    return hex <= '9' ? (unsigned)(hex - '0') : (unsigned)(hex - 'a') + 10;
}

void ob_html_hash(struct ob_text *text, const char *bytes, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char hex[OB_SHA256_HEX];

    ob_sha256_of(bytes, size, hex);
    ob_text_printf(text, "sha256-");
    /* Three digits are two letters; of the last one, whose two bits are missing, "=" says so. */
    for (unsigned at = 0; at < OB_SHA256_HEX - 1; at += 3) {
        unsigned bits = digit(hex[at]) << 8;
        bits |= at + 1 < OB_SHA256_HEX - 1 ? digit(hex[at + 1]) << 4 : 0;
        bits |= at + 2 < OB_SHA256_HEX - 1 ? digit(hex[at + 2]) : 0;
        ob_text_printf(text, "%c", letters[bits >> 6]);
        if (at + 1 < OB_SHA256_HEX - 1)
            ob_text_printf(text, "%c", letters[bits & 63]);
    }
    ob_text_printf(text, "=");
}
