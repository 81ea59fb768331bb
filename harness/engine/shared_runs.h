/*
 * What AFL++'s executions come to: they are made in processes that say nothing to afl-fuzz but how
 * they end. The mutator, which afl-fuzz has loaded, makes memory that all of them count in.
 */
#ifndef OFFBEAT_ENGINE_SHARED_RUNS_H
#define OFFBEAT_ENGINE_SHARED_RUNS_H

#include "world/bounds.h"

/* Memory that processes find which this one starts from now on. Returns NULL when there is none;
 * then nothing is counted. It stays to the end of the process. */
struct ob_runs *ob_shared_runs_create(void);

/* That memory, in a process that was started since; NULL when there is none. */
struct ob_runs *ob_shared_runs_find(void);

#endif
