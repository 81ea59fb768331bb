#include "report/pages.h"

#include "base/html.h"

void ob_page_add_script(struct ob_text *text, const struct ob_html_part *more)
{
    ob_text_printf(text, "(() => {\n'use strict';\n");
    ob_html_add(text, &ob_html_script);
    if (more)
        ob_html_add(text, more);
    ob_text_printf(text, "})();\n");
}

void ob_page_add_script_hash(struct ob_text *text, const struct ob_html_part *more)
{
    struct ob_text script = {0};

    ob_page_add_script(&script, more);
    ob_html_hash(text, ob_text_string(&script), script.length);
    text->failed = text->failed || script.failed;
    ob_text_release(&script);
}

void ob_page_begin(struct ob_text *text, const char *title, const char *kind, const char *way)
{
    ob_text_printf(text,
                   "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'; script-src '");
    ob_page_add_script_hash(text, NULL);
    ob_text_printf(text, "'; img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    ob_html_text(text, title);
    ob_text_printf(text, "</title>\n<style>\n");
    ob_html_add(text, &ob_html_style);
    ob_text_printf(text,
                   "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the "
                   "content</a>\n<header class=\"top\">\n<p class=\"brand\"><b>Offbeat</b> "
                   "<span>%s</span> %s</p>\n",
                   kind, way);
}

void ob_page_begin_main(struct ob_text *text)
{
    ob_text_printf(text, "</header>\n<main id=\"main\" class=\"document\">\n");
}

void ob_page_end(struct ob_text *text)
{
    ob_text_printf(text, "</main>\n<script>");
    ob_page_add_script(text, NULL);
    ob_text_printf(text, "</script>\n</body>\n</html>\n");
}
