/*
 * A registry: processes are found by a key, which each holds until it ends.
 *
 * Semantics of: Elixir's Registry with unique keys (hexdocs, Registry). Lookups and registrations
 * read and write a table directly, in the process that asks; the registry itself only cleans up.
 * It is linked to everybody who is registered, and hears of an end by a signal: until then the key
 * of one that has ended is still in the table. lookup/2 gives it, and what is sent to it is lost;
 * whereis_name/1, which names with :via are found by, does not. Who registers the key takes it
 * over, and the count has it. A life that has taken its own key anew keeps it when the news of the
 * one before arrives. Left out: duplicate keys, values, listeners, partitions.
 */
#ifndef OFFBEAT_REGISTRY_H
#define OFFBEAT_REGISTRY_H

#include <offbeat/process.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Adds a registry as an actor, with room for `capacity` ≥ 1 keys. `exit_kind` is the kind of the
 * signals by which it hears of ends. For set-up; `name` must live as long as the target. */
struct ob_actor *ob_registry_spawn(struct ob_world *world, const char *name, uint32_t capacity,
                                   unsigned exit_kind);

/* Registers the actor by a key. False when another one that is up has it, when the registry is full
 * or down. True also when it has it already. */
bool ob_registry_register(struct ob_actor *self, const char *registry, uint32_t key);

/* Gives up a key. False when the actor does not have it. */
bool ob_registry_unregister(struct ob_actor *self, const char *registry, uint32_t key);

/* The id of the actor that has a key, or had it when it ended: see above. 0 for none, and for one
 * that has started again since, whose id names the new life. */
unsigned ob_registry_lookup(const struct ob_actor *self, const char *registry, uint32_t key);

/* The id of the actor that has a key, if it is up; 0 for none. */
unsigned ob_registry_whereis(const struct ob_actor *self, const char *registry, uint32_t key);

/* How many keys are in the table, those included whose holders have ended and that are not cleaned
 * up yet. */
uint32_t ob_registry_count(const struct ob_world *world, const char *registry);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
