/* Variables of the program that runs, its own and those of what is linked into it: which of them
 * change. Those of shared libraries are in segments.h. */
#ifndef OFFBEAT_BASE_VARIABLES_H
#define OFFBEAT_BASE_VARIABLES_H

#include <stdbool.h>

#include "base/text.h"

/* Put before a variable of the harness itself that changes while a target runs. */
#define OB_OF_HARNESS __attribute__((section("ob_of_harness")))

struct ob_variables;

/*
 * Copies what variables have now: those in .data and .bss, by the table of symbols, or, where the
 * program was stripped of that, both as a whole. Not among them are thread-local ones, what
 * compilers' and sanitizers' runtimes keep, and what lies in sections of another name. Returns NULL
 * when memory is short, or where the file of the program cannot be read as what it is;
 * ob_variables_free() takes it back.
 */
struct ob_variables *ob_variables_copy(void);
void ob_variables_free(struct ob_variables *variables);

/* Whether one of them is not as it was. Then adds the name of the first, or `a variable`. */
bool ob_variables_changed(const struct ob_variables *variables, struct ob_text *which);

#endif
