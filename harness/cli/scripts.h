/* Commands that are scripts: what builds, fuzzes and begins projects. They lie beside the command
 * where Offbeat is installed, and in a source tree in the folder scripts. */
#ifndef OFFBEAT_CLI_SCRIPTS_H
#define OFFBEAT_CLI_SCRIPTS_H

#include <stddef.h>

#include "base/text.h"

#define CLI_SCRIPTS_MAX 12

/* Runs the script that the first argument names, with those after it, in place of this process.
 * Returns when it names none, or one that the command does itself where no scripts are installed;
 * ends with CLI_TROUBLE and a line when the script is not there. */
void cli_run_script(char *const argv[]);

/* Their names; `names` has room for CLI_SCRIPTS_MAX. Returns how many there are. */
size_t cli_script_names(const char **names);

/* Adds a line for each, as those of other commands in the help. */
void cli_describe_scripts(struct ob_text *text);

#endif
