/* What actors have said at a delivery, such as what programs have written to standard error. */
#ifndef OFFBEAT_REPORT_SAID_H
#define OFFBEAT_REPORT_SAID_H

#include "base/json.h"
#include "base/text.h"
#include "world/world.h"

/* Adds what was said at a delivery, OB_NONE for what came before the first: `stderr: lost` and an
 * end of line for each line of it, the first so many, and each cut where it is long. Of all actors,
 * or of the one with an id that is not 0. */
void ob_report_said(const struct ob_world *world, uint32_t delivery, unsigned actor,
                    struct ob_text *lines);

/* The same as an array `said` of {actor, stream, text}, each text cut where it is long. */
void ob_report_said_json(const struct ob_world *world, uint32_t delivery, struct ob_json *json);

#endif
