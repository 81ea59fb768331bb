/*
 * What many inputs have shown of a target, and what none has: kinds of message, kinds of deviation,
 * states that actors and monitors declare, changes of these, and which kind met which of them. Of
 * each the smallest input that shows it.
 */
#ifndef OFFBEAT_SEARCH_SEEN_H
#define OFFBEAT_SEARCH_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* Different things that are told apart; what is beyond is not, and `is_full` says so. */
#define OB_SEEN_MAX 8192u

/* Of an actor with more states than these nothing is said of pairs that never followed each other:
 * nearly all of them are. */
#define OB_SEEN_PAIRED_MAX 8u

enum ob_seen_kind {
    OB_SEEN_MESSAGE,    /* a kind was delivered */
    OB_SEEN_DEVIATION,  /* a kind of deviation took effect */
    OB_SEEN_STATE,      /* of an actor or monitor that has declared more than one */
    OB_SEEN_TRANSITION, /* from one of them to another */
    OB_SEEN_MEETING,    /* a kind was delivered in one of them */
    OB_SEEN_CUT,        /* a run ended at a bound */
    OB_SEEN_KINDS
};

/* Actors that differ in a number alone, such as client.0 and client.1, are one: `actor` is the
 * first of them. */
struct ob_seen_thing {
    enum ob_seen_kind what;
    uint16_t actor; /* id; 0 where there is none */
    uint16_t state; /* of OB_SEEN_TRANSITION the one before */
    uint16_t kind;  /* of message; the deviation's op, the enum ob_bound, or the state after */
};

struct ob_seen_entry {
    struct ob_seen_thing thing;
    uint64_t inputs;  /* that show it; 0: nothing is here */
    uint64_t last;    /* the last of these, from 1 */
    uint64_t example; /* the smallest, as it was numbered */
    size_t size;      /* of that */
};

/* Zero-initialise before use, ob_seen_release() after it. */
struct ob_seen {
    struct ob_seen_entry *entries; /* a hash table of OB_SEEN_MAX × 2 places */
    size_t count;
    uint64_t inputs;
    bool is_full;
    uint16_t groups[OB_ACTORS_MAX + 1]; /* the first actor of its name, by id */
    bool declares[OB_ACTORS_MAX + 1];   /* has had two states; by the first actor's id */
};

/* Runs an input, of so many bytes, that is called `example`. It must not end the process. All are
 * of one world. Returns 0, or -1 with a line in `error`. */
int ob_seen_run(struct ob_seen *seen, struct ob_world *world, const struct ob_scenario *scenario,
                uint64_t example, size_t size, struct ob_error *error);

/* Calls `show` for each thing that was seen, in the order of struct ob_seen_thing, and for each
 * that was not, with NULL: kinds that the target declares, deviations that it allows, states of
 * monitors that have a name, one of two states right after the other where both occurred, and kinds
 * in states of actors that saw both. Returns 0, or -1 with a line in `error`. */
int ob_seen_each(const struct ob_seen *seen, const struct ob_world *world,
                 void (*show)(void *context, const struct ob_seen_thing *thing,
                              const struct ob_seen_entry *entry),
                 void *context, struct ob_error *error);

/* Adds what it is, as in `shop 1 -> 2`. */
void ob_seen_print(const struct ob_world *world, const struct ob_seen_thing *thing,
                   struct ob_text *text);

/* `message`, `deviation`, ... */
const char *ob_seen_kind_name(enum ob_seen_kind what);

void ob_seen_release(struct ob_seen *seen);

#endif
