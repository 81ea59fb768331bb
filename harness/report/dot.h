/* One run as a graph for Graphviz: what happens before what. */
#ifndef OFFBEAT_REPORT_DOT_H
#define OFFBEAT_REPORT_DOT_H

#include "base/text.h"
#include "report/story.h"

/*
 * Adds the graph of the story's run: a node for each delivery, in its actor's box; solid edges are
 * the order of an actor's deliveries, dashed ones lead from the delivery that sent a message to the
 * message's own. Between the deciding pair, when there is one, stands a bold edge without an arrow:
 * the graph leaves these two unordered. Plain ASCII.
 */
void ob_report_dot(const struct ob_story *story, struct ob_text *text);

#endif
