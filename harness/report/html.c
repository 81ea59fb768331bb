#include "report/html.h"

#include <string.h>

#include "report/json_trace.h"
#include "report/pages.h"

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

static bool is_named(const char *mark, const char *name)
{
    return strncmp(mark, name, strlen(name)) == 0;
}

int ob_report_html(const struct ob_story *story, struct ob_text *text, struct ob_error *error)
{
    static const char mark[] = "<!--";
    const char *page = (const char *)ob_html_run.data;
    struct ob_text json = {0};

    if (ob_report_json(story, &json, error)) {
        ob_text_release(&json);
        return -1;
    }
    /* The page is ours, and holds comments for nothing else than the places of its parts. */
    for (const char *at = strstr(page, mark); at; at = strstr(page, mark)) {
        const char *name = at + strlen(mark);
        ob_text_append(text, page, (size_t)(at - page));
        if (is_named(name, "style")) {
            ob_html_add(text, &ob_html_style);
            ob_html_add(text, &ob_html_run_style);
        } else if (is_named(name, "hash")) {
            ob_page_add_script_hash(text, &ob_html_run_script);
        } else if (is_named(name, "script")) {
            ob_page_add_script(text, &ob_html_run_script);
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
