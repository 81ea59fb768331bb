/* The files of html/, which the build turns into html_parts.c: see OffbeatEmbed.cmake. */
#ifndef OFFBEAT_REPORT_HTML_PARTS_H
#define OFFBEAT_REPORT_HTML_PARTS_H

#include <stddef.h>

#include "base/text.h"

struct ob_html_part {
    const unsigned char *data; /* a NUL follows */
    size_t size;               /* bytes, without the NUL */
};

/* For all pages. */
extern const struct ob_html_part ob_html_style;  /* pages.css */
extern const struct ob_html_part ob_html_script; /* pages.js */

/* For that of a run. */
extern const struct ob_html_part ob_html_run;        /* run.html */
extern const struct ob_html_part ob_html_run_style;  /* run.css */
extern const struct ob_html_part ob_html_run_script; /* run/ */

static inline void ob_html_add(struct ob_text *text, const struct ob_html_part *part)
{
    ob_text_append(text, (const char *)part->data, part->size);
}

#endif
