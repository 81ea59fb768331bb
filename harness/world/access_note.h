/* What is noted of accesses while a world runs, where somebody wants to know: see access.h. */
#ifndef OFFBEAT_WORLD_ACCESS_NOTE_H
#define OFFBEAT_WORLD_ACCESS_NOTE_H

#include "offbeat/offbeat.h"
#include "world/chosen.h"
#include "world/inline.h"

/* Who looked at the clock. */
#define OB_CLOCK_OF_CHECK UINT16_MAX
#define OB_CLOCK_OF_ORACLE (UINT16_MAX - 1)

#define OB_ACTOR_WORDS ((OB_ACTORS_MAX + 64) / 64)

#define OB_CHOICES_NOTED 256u

struct ob_actor_set {
    uint64_t bits[OB_ACTOR_WORDS];
};

/* What is noted while a world runs. */
struct ob_access {
    bool in_check;                /* the target's check runs */
    struct ob_actor_set asked;    /* of the event: whose state */
    struct ob_actor_set asked_up; /* of the event: who was asked whether it is up */
    struct ob_actor_set changed;  /* of the event: other actors whose tasks or lives it changed */
    struct ob_actor_set checked;  /* by the check, in any state so far */
    uint16_t clock_reader;        /* an id, or one of OB_CLOCK_OF_; 0: nobody */
    uint16_t worker;              /* the actor that took time, see ob_work(); 0: none */
    /* Choices that were made in any run so far, each once, with the most alternatives that it had.
     */
    struct ob_chosen choices[OB_CHOICES_NOTED];
    uint32_t choice_count;
    bool more_choices; /* than are noted */
};

static inline void ob_actor_set_add(struct ob_actor_set *set, unsigned id)
{
    set->bits[id / 64] |= UINT64_C(1) << (id % 64);
}

static inline bool ob_actor_set_has(const struct ob_actor_set *set, unsigned id)
{
    return set->bits[id / 64] >> (id % 64) & 1;
}

static inline unsigned ob_actor_set_count(const struct ob_actor_set *set)
{
    unsigned count = 0;
    for (unsigned at = 0; at < OB_ACTOR_WORDS; at++)
        count += (unsigned)__builtin_popcountll(set->bits[at]);
    return count;
}

/* Somebody asks for the state of an actor, or whether it is up; changes another's tasks; reads the
 * clock, the actor `self` or, when 0, whoever is at work; chooses; takes time. */
OB_RARE void ob_access_ask(const struct ob_actor *actor);
OB_RARE void ob_access_ask_up(const struct ob_actor *actor);
OB_RARE void ob_access_change(const struct ob_actor *actor);
OB_RARE void ob_access_clock(const struct ob_world *world, unsigned self);
OB_RARE void ob_access_choice(struct ob_access *access, const struct ob_chosen *choice);
OB_RARE void ob_access_work(const struct ob_actor *actor);

/* The actor that is at work. */
OB_RARE unsigned ob_access_worker(const struct ob_world *world);

#endif
