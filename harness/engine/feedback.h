#include "world/world.h"
/*
 * What the engine is shown besides code coverage: see ob_world_feedback(). One implementation for
 * engines that read libFuzzer's extra counters, one for AFL++.
 */
#ifndef OFFBEAT_ENGINE_FEEDBACK_H
#define OFFBEAT_ENGINE_FEEDBACK_H

/* Few, as engines scan them after every execution: on a small target libFuzzer ran 572,000
 * executions a second with 1 KiB, 508,000 with 4 KiB, 259,000 with 16 KiB. */
#define OB_FEEDBACK_SIZE 1024u

/* To be called before every run: engines may move their map. */
void ob_feedback_attach(struct ob_world *world);

/* After a run: leaves AFL++ of each edge that it was taken, not how often. A handler runs as often
 * as there are messages, so nearly any other workload would be one to keep, and each that is kept
 * is run some times again. */
void ob_feedback_flatten(void);

#endif
