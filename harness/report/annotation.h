/* Results as annotations of GitHub Actions: workflow commands, lines that its runner takes from
 * what a step prints, and shows beside the file. */
#ifndef OFFBEAT_REPORT_ANNOTATION_H
#define OFFBEAT_REPORT_ANNOTATION_H

#include "report/junit.h"

/* Adds the line `::error file=...,title=...::...` for a test that failed or could not be made, and
 * nothing for others. The file is relative to `workspace`, GITHUB_WORKSPACE, where it lies in it;
 * NULL is for none. */
void ob_annotation_print(const struct ob_case *one, const char *workspace, struct ob_text *text);

#endif
