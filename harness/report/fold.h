/* Which deliveries of a run are periodic noise: ticks, heartbeats, messages that nobody gets, and
 * postponed ones that are tried again, of which nothing comes. A report has one line for all of a
 * kind in a row. */
#ifndef OFFBEAT_REPORT_FOLD_H
#define OFFBEAT_REPORT_FOLD_H

#include "base/error.h"
#include "report/story.h"

/* Of a delivery. */
struct ob_fold {
    uint32_t head;  /* the first delivery of its line; OB_NONE for one that is shown by itself */
    uint32_t last;  /* of the head: the last one */
    uint32_t count; /* of the head: how many there are, at least OB_FOLD_MIN */
    bool varies;    /* of the head: their arguments differ */
    bool is_known;  /* of the head: the target describes states, so it is known that none changed */
};

#define OB_FOLD_MIN 3u /* fewer are shown by themselves */

/*
 * Finds what can be folded from delivery `first` on. What is folded changes no state as the target
 * describes it, was hit by no deviation, does not decide, and leads to nothing that is not folded
 * itself, but for messages that are lost as all of their kind are ("drop every"). Without
 * descriptions only timers and messages that are postponed again are taken for noise. Returns an
 * entry for each delivery, which the caller frees; NULL when nothing is folded or memory is short.
 */
struct ob_fold *ob_fold_find(const struct ob_annotated_run *annotated, uint32_t first);

#endif
