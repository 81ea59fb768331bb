#include "report/junit.h"

#include <stdbool.h>

#include "base/utf8.h"

/* U+FFFE and U+FFFF are UTF-8, and no characters of XML 1.0. */
static bool is_no_character(const unsigned char *at)
{
    return at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe;
}

/* Adds a string as content, or as the value of an attribute in double quotes. */
static void add_string(struct ob_text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;

    while (*at) {
        size_t length = ob_utf8_length(at);
        if (*at == '&' || *at == '<' || *at == '>' || *at == '"' || *at == '\n' || *at == '\t')
            ob_text_printf(text, "&#%u;", *at);
        else if (length == 0 || is_no_character(at))
            ob_text_printf(text, "&#xfffd;");
        else
            ob_text_append(text, (const char *)at, length);
        at += length ? length : 1;
    }
}

static void add_attribute(struct ob_text *text, const char *name, const char *value)
{
    ob_text_printf(text, " %s=\"", name);
    add_string(text, value);
    ob_text_printf(text, "\"");
}

void ob_junit_add(struct ob_junit *junit, const struct ob_case *one)
{
    static const char *const elements[] = {
        [OB_CASE_FAILED] = "failure", [OB_CASE_BROKEN] = "error", [OB_CASE_SKIPPED] = "skipped"};
    struct ob_text *text = &junit->cases;

    junit->counts[one->result]++;
    ob_text_printf(text, "  <testcase");
    add_attribute(text, "classname", one->group);
    add_attribute(text, "name", one->name);
    if (*one->file)
        add_attribute(text, "file", one->file);
    if (one->line)
        ob_text_printf(text, " line=\"%u\"", one->line);
    if (one->result == OB_CASE_PASSED) {
        ob_text_printf(text, "/>\n");
        return;
    }
    ob_text_printf(text, ">\n    <%s", elements[one->result]);
    if (one->result != OB_CASE_SKIPPED)
        add_attribute(text, "type", one->type);
    add_attribute(text, "message", one->message);
    ob_text_printf(text, ">");
    add_string(text, one->body);
    ob_text_printf(text, "</%s>\n  </testcase>\n", elements[one->result]);
}

void ob_junit_print(const struct ob_junit *junit, const char *suite, struct ob_text *text)
{
    unsigned count = 0;

    for (unsigned result = 0; result < OB_CASE_RESULTS; result++)
        count += junit->counts[result];
    ob_text_printf(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
    add_attribute(text, "name", suite);
    ob_text_printf(text, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n", count,
                   junit->counts[OB_CASE_FAILED], junit->counts[OB_CASE_BROKEN],
                   junit->counts[OB_CASE_SKIPPED]);
    ob_text_append(text, ob_text_string(&junit->cases), junit->cases.length);
    ob_text_printf(text, "</testsuite>\n");
    text->failed |= junit->cases.failed;
}

void ob_junit_release(struct ob_junit *junit)
{
    ob_text_release(&junit->cases);
}
