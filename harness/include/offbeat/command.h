/*
 * The command `offbeat` with targets of your own, for builds without CMake. One file lists them:
 *
 *     #include <offbeat/command.h>
 *
 *     OB_COMMAND_TARGET(cache);
 *     OB_COMMAND(&ob_target_cache);
 *
 * and is linked with them:
 *
 *     cc cache.c command.c $(pkg-config --cflags --libs offbeat-command) -o offbeat
 *
 * In CMake offbeat_add_target() does that. It also finds the names of invariants in object files,
 * which `offbeat lint` compares: without it, lint has nothing to say.
 */
#ifndef OFFBEAT_COMMAND_H
#define OFFBEAT_COMMAND_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ob_invariant_names;

/* What the command is linked with: the targets, and a table of invariants for each; both end with
 * NULL. */
extern const struct ob_target *const ob_registry[];
extern const struct ob_invariant_names *const ob_registry_invariants[];

/* Declares the target NAME, which another file defines by OB_TARGET(NAME, ...). */
#define OB_COMMAND_TARGET(NAME) extern const struct ob_target ob_target_##NAME

/* Defines the targets of the command: pointers to them, at least one, at most 64. */
#define OB_COMMAND(...)                                                                            \
    const struct ob_target *const ob_registry[] = {__VA_ARGS__, NULL};                             \
    const struct ob_invariant_names *const ob_registry_invariants[] = {NULL}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
