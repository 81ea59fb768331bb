/* A scenario as a C program: a regression test for ctest. */
#ifndef OFFBEAT_REPORT_EXPORT_C_H
#define OFFBEAT_REPORT_EXPORT_C_H

#include "base/text.h"
#include "scenario/scenario.h"
#include "world/world.h"

/*
 * Adds a C file that runs `scenario`, of which the world's last run was and which violated an
 * invariant there, through ob_regression_check(). The scenario is in it in text form and as bytes.
 * Whatever a target names things, the file is plain ASCII and holds nothing but that. The same
 * scenario gives the same file.
 */
void ob_report_export_c(const struct ob_world *world, const struct ob_scenario *scenario,
                        struct ob_text *text);

#endif
