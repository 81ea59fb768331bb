/* What the files of this target share. */
#ifndef COUNTER_H
#define COUNTER_H

#include <offbeat/agent.h>

#define CLIENTS 4

enum variant {
    RACY,
    ATOMIC,
    GLOBAL,
    AGENT,
    SERIES,
    UPDATE_COUNTER,
    MUTEX,
    COMPARE_AND_SWAP,
};

enum kind { INCREMENT, GET, VALUE, PUT, ADD, RECORD, RECORDED, AGENT_FIRST };

/* What was counted, and what should have been. */
struct tally {
    uint32_t value;
    uint32_t increments; /* that were written, by whatever way */
};

/* Clients that ask an actor which keeps the counter: racy, atomic. */
void server_setup(struct ob_world *world);
struct tally server_tally(const struct ob_world *world);

/* The same with an Agent: agent. */
void agent_setup(struct ob_world *world);
struct tally agent_tally(const struct ob_world *world);

/* One service whose tasks share the counter: the others. */
void shared_setup(struct ob_world *world);
struct tally shared_tally(const struct ob_world *world);

#endif
