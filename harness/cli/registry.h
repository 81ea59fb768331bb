/* The targets that are built into the command, in the order in which the build lists them. */
#ifndef OFFBEAT_CLI_REGISTRY_H
#define OFFBEAT_CLI_REGISTRY_H

#include "offbeat/offbeat.h"

/* Ends with NULL. The build writes it: every offbeat_add_target() adds one. */
extern const struct ob_target *const ob_registry[];

#endif
