/* Memory that others attach to a world: to its run, or for as long as it lives. */
#ifndef OFFBEAT_WORLD_ATTACH_H
#define OFFBEAT_WORLD_ATTACH_H

struct ob_world;

/* What is attached to this run: NULL at its beginning. It points to memory of ob_alloc(), so that
 * it goes with resets and snapshots. */
void **ob_world_attached(struct ob_world *world);
const void *ob_world_attachment(const struct ob_world *world);

/* Memory that `owner` keeps over runs, such as a second world: NULL at first. `release` is called
 * with it when the world is destroyed. */
void **ob_world_memory(struct ob_world *world, const void *owner, void (*release)(void *memory));

/* Releases what lasts. */
void ob_attachments_release(struct ob_world *world);

#endif
