/* One run as a Mermaid sequence diagram, which GitHub and others show in issues and documents. */
#ifndef OFFBEAT_REPORT_MERMAID_H
#define OFFBEAT_REPORT_MERMAID_H

#include "base/text.h"
#include "report/story.h"

/* Deliveries shown of a longer trace, the last ones: Mermaid refuses text beyond 50,000 characters,
 * and nobody reads on that far. */
#define OB_MERMAID_DELIVERIES 120

/*
 * Adds the diagram of the story's run. `deliveries_max` bounds it, 0: OB_MERMAID_DELIVERIES.
 * Participants stand in the order in which they take part. Whatever the target names things, the
 * text is plain ASCII, and its names and values are data to Mermaid, never syntax or HTML.
 */
void ob_report_mermaid(const struct ob_story *story, uint32_t deliveries_max, struct ob_text *text);

#endif
