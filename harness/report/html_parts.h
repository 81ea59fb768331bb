/* The files of html/, which the build turns into html_parts.c: see OffbeatEmbed.cmake. */
#ifndef OFFBEAT_REPORT_HTML_PARTS_H
#define OFFBEAT_REPORT_HTML_PARTS_H

#include <stddef.h>

struct ob_html_part {
    const unsigned char *data; /* a NUL follows */
    size_t size;               /* bytes, without the NUL */
};

extern const struct ob_html_part ob_html_page;         /* page.html */
extern const struct ob_html_part ob_html_style;        /* page.css */
extern const struct ob_html_part ob_html_script;       /* page.js */
extern const struct ob_html_part ob_html_palette;      /* palette.css, for all pages */
extern const struct ob_html_part ob_html_triage_style; /* triage.css */

#endif
