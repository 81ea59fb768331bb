/* What commands tell a CI system besides what they print: --junit FILE and --github. */
#ifndef OFFBEAT_CLI_CI_H
#define OFFBEAT_CLI_CI_H

#include "cli/cli.h"
#include "report/junit.h"

/* The help of both options. */
#define CLI_CI_HELP                                                                                \
    "--junit FILE writes the results as JUnit XML as well, for CI systems.\n"                      \
    "--github prints an annotation for each failure, as GitHub Actions shows them beside a "       \
    "file.\n"

/* Zero-initialise; cli_ci_end() in any case. */
struct cli_ci {
    struct ob_junit junit;
};

/* Notes a result, and prints the annotation of a failure. */
void cli_ci_add(struct cli_ci *ci, const struct cli_arguments *arguments,
                const struct ob_case *one);

/* Writes the file, of a suite of that name. Returns `code`, or CLI_TROUBLE when it cannot be
 * written, which was told then. */
int cli_ci_end(struct cli_ci *ci, const struct cli_arguments *arguments, const char *suite,
               int code);

#endif
