/*
 * An agent: a process that keeps a value, and runs functions on it at the request of others.
 *
 * Semantics of: Elixir's Agent (hexdocs, Agent): get, update and get_and_update each run one
 * function in the agent, one after the other, so each is atomic; a get and an update that follows
 * from it are two, and others come in between. Each is a call (ob_ask(), ob_call(), ob_gen_call())
 * and is answered by ob_reply(); cast is update without an answer. A function is named by its
 * index, as messages hold numbers.
 */
#ifndef OFFBEAT_AGENT_H
#define OFFBEAT_AGENT_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Runs on the agent's state. What it returns is the answer of get and get_and_update. */
typedef uint32_t ob_agent_function(void *state, uint32_t arg);

/* Kinds of message, from the first on that the target gives the agent. */
enum ob_agent_kind {
    OB_AGENT_GET,            /* (function, arg). VALUE; the function must not change anything */
    OB_AGENT_UPDATE,         /* (function, arg). VALUE with 0 */
    OB_AGENT_GET_AND_UPDATE, /* (function, arg). VALUE */
    OB_AGENT_CAST,           /* (function, arg). No answer */
    OB_AGENT_VALUE,          /* the answer: (value) */
    OB_AGENT_KINDS,
};

/* The names of these kinds, for the target's `messages`: OB_AGENT_MESSAGES(AGENT) */
#define OB_AGENT_MESSAGES(FIRST)                                                                   \
    OB_AT((FIRST) + OB_AGENT_GET){                                                                 \
        .name = "get", .args = {{.name = "function"}, {.name = "arg"}}, .may_be_unused = true},    \
        OB_AT((FIRST) + OB_AGENT_UPDATE){.name = "update",                                         \
                                         .args = {{.name = "function"}, {.name = "arg"}},          \
                                         .may_be_unused = true},                                   \
        OB_AT((FIRST) + OB_AGENT_GET_AND_UPDATE){.name = "get_and_update",                         \
                                                 .args = {{.name = "function"}, {.name = "arg"}},  \
                                                 .may_be_unused = true},                           \
        OB_AT((FIRST) + OB_AGENT_CAST){.name = "agent_cast",                                       \
                                       .args = {{.name = "function"}, {.name = "arg"}},            \
                                       .may_be_unused = true},                                     \
        OB_AT((FIRST) + OB_AGENT_VALUE)                                                            \
    {                                                                                              \
        .name = "value", .args = {{.name = "value"}}, .may_be_unused = true                        \
    }

struct ob_agent_config {
    uint8_t first_kind;                  /* of the target's kinds: that of OB_AGENT_GET */
    ob_agent_function *const *functions; /* by index; must live as long as the target */
    unsigned function_count;
    size_t state_size; /* of the value, zeroed at the beginning */
};

/* Adds an agent as an actor; started again, its value is zeroed. `config` is copied. */
struct ob_actor *ob_agent_spawn(struct ob_world *world, const char *name,
                                const struct ob_agent_config *config);

/* The value, for checks and to initialise it at set-up. */
void *ob_agent_state(const struct ob_actor *agent);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
