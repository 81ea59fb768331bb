#include "report/html.h"

#include <string.h>

#include "report/html_parts.h"
#include "report/json_trace.h"

/* Inside a string of JSON, which is the only place where it may stand, `<` has an escape; without
 * it no byte of the data can begin a tag or a comment. */
static void add_data(struct ob_text *text, const char *json)
{
    while (*json) {
        size_t length = strcspn(json, "<");
        ob_text_append(text, json, length);
        json += length;
        if (*json == '<') {
            ob_text_printf(text, "\\u003c");
            json++;
        }
    }
}

static void add_part(struct ob_text *text, const struct ob_html_part *part)
{
    ob_text_append(text, (const char *)part->data, part->size);
}

int ob_report_html(const struct ob_story *story, struct ob_text *text, struct ob_error *error)
{
    static const char mark[] = "<!--";
    const char *page = (const char *)ob_html_page.data;
    struct ob_text json = {0};

    if (ob_report_json(story, &json, error)) {
        ob_text_release(&json);
        return -1;
    }
    /* The page is ours, and holds comments for nothing else than the places of its parts. */
    for (const char *at = strstr(page, mark); at; at = strstr(page, mark)) {
        const char *name = at + strlen(mark);
        ob_text_append(text, page, (size_t)(at - page));
        if (strncmp(name, "style", strlen("style")) == 0) {
            add_part(text, &ob_html_palette);
            add_part(text, &ob_html_style);
        } else if (strncmp(name, "script", strlen("script")) == 0) {
            add_part(text, &ob_html_script);
        } else {
            add_data(text, ob_text_string(&json));
        }
        page = strstr(name, "-->") + strlen("-->");
    }
    ob_text_printf(text, "%s", page);
    text->failed = text->failed || json.failed;
    ob_text_release(&json);
    return 0;
}
