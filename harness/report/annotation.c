#include "report/annotation.h"

#include <string.h>

/* Adds data of a command; of a property with what ends one as well. Control characters, which could
 * steer a terminal, become '?'. */
static void add_escaped(struct ob_text *text, const char *string, const char *ends)
{
    for (const char *at = string; *at; at++)
        if (*at == '%' || *at == '\n' || strchr(ends, *at))
            ob_text_printf(text, "%%%02X", (unsigned char)*at);
        else
            ob_text_append(text, (unsigned char)*at < ' ' || *at == 0x7f ? "?" : at, 1);
}

static const char *below(const char *file, const char *workspace)
{
    size_t length = workspace ? strlen(workspace) : 0;

    return length > 0 && strncmp(file, workspace, length) == 0 && file[length] == '/'
               ? file + length + 1
               : file;
}

void ob_annotation_print(const struct ob_case *one, const char *workspace, struct ob_text *text)
{
    if (one->result != OB_CASE_FAILED && one->result != OB_CASE_BROKEN)
        return;
    ob_text_printf(text, "::error ");
    if (*one->file) {
        ob_text_printf(text, "file=");
        add_escaped(text, below(one->file, workspace), ":,");
        ob_text_printf(text, ",line=%u,", one->line ? one->line : 1);
    }
    ob_text_printf(text, "title=");
    add_escaped(text, one->group, ":,");
    if (*one->type) {
        ob_text_printf(text, "%%3A ");
        add_escaped(text, one->type, ":,");
    }
    ob_text_printf(text, "::");
    add_escaped(text, one->message, "");
    if (*one->body) {
        ob_text_printf(text, "%%0A");
        add_escaped(text, one->body, "");
    }
    ob_text_printf(text, "\n");
}
