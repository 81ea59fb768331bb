/*
 * What is seen of a state: a hash when states are only compared, and the parts by name when people
 * are told.
 */
#ifndef OFFBEAT_ORACLE_SERIAL_VIEW_H
#define OFFBEAT_ORACLE_SERIAL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "offbeat/oracle.h"

struct ob_view {
    uint64_t hash;
    bool keeps_parts;
    uint32_t count;                   /* of parts */
    uint64_t values[OB_OBSERVED_MAX]; /* the rest only with keeps_parts */
    size_t names[OB_OBSERVED_MAX];    /* where each begins in the texts */
    struct ob_text texts;
};

/* Looks at a world by a target's callback. ob_view_release() after it when it keeps parts. */
void ob_view_take(struct ob_view *view, const struct ob_world *world,
                  const struct ob_oracle *oracle, bool keeps_parts);
void ob_view_release(struct ob_view *view);

const char *ob_view_name(const struct ob_view *view, uint32_t part);

#endif
