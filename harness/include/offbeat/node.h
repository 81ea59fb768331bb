/*
 * Two nodes and the connection between them: each considers the other down in its own time, and
 * reconnects when the network permits.
 *
 * Semantics of: distributed Erlang (Erlang/OTP, kernel(6): net_ticktime; net_kernel(3):
 * monitor_nodes/1; erlang(3): monitor_node/2).
 *   - A node that hears nothing for the time of a tick, and up to a quarter longer, closes the
 *     connection: nodedown. The other finds out by a time of its own, or by the close when that
 *     arrives. Messages of a closed connection no longer count.
 *   - With the connection go, on that side, the monitors and links of its processes to the other's,
 *     and their open calls: noconnection.
 *   - A node that considers the other down reconnects as soon as it can. A node that has not
 *     noticed anything learns of both at that moment: nodedown, then nodeup.
 *
 * Each node is an actor, its kernel, which ticks for ever: a target with nodes needs `settle_us`.
 * Both need the same time or nearly so, as in Erlang: one that speaks less often than the other
 * waits is considered down again and again. Links between kernels must keep their order; they may
 * be cut, and lose messages. Kernels may stand still, but not crash. Left out: more than two nodes,
 * connecting only when something is sent, and that messages of processes travel by the same
 * connection: declare that their links can be cut, too.
 */
#ifndef OFFBEAT_NODE_H
#define OFFBEAT_NODE_H

#include <offbeat/process.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Kinds of message, from the first on that the target gives the nodes. */
enum ob_node_kind {
    OB_NODE_TICK,    /* a kernel's timer */
    OB_NODE_ALIVE,   /* (connection): from kernel to kernel, as the next three */
    OB_NODE_CLOSE,   /* (connection) */
    OB_NODE_CONNECT, /* (connection) */
    OB_NODE_ACCEPT,  /* (connection) */
    OB_NODE_DOWN,    /* (id): to members: the node with that kernel is down, {nodedown, Node} */
    OB_NODE_UP,      /* (id): to members: it is up, {nodeup, Node} */
    OB_NODE_KINDS,   /* how many kinds of the target's are the nodes' */
};

/* The names of these kinds, for the target's `messages`: OB_NODE_MESSAGES(NODE) */
#define OB_NODE_MESSAGES(FIRST)                                                                    \
    OB_AT((FIRST) + OB_NODE_TICK){.name = "node_tick", .may_be_unused = true},                     \
        OB_AT((FIRST) + OB_NODE_ALIVE){                                                            \
            .name = "node_alive", .args = {{.name = "connection"}}, .may_be_unused = true},        \
        OB_AT((FIRST) + OB_NODE_CLOSE){                                                            \
            .name = "node_close", .args = {{.name = "connection"}}, .may_be_unused = true},        \
        OB_AT((FIRST) + OB_NODE_CONNECT){                                                          \
            .name = "node_connect", .args = {{.name = "connection"}}, .may_be_unused = true},      \
        OB_AT((FIRST) + OB_NODE_ACCEPT){                                                           \
            .name = "node_accept", .args = {{.name = "connection"}}, .may_be_unused = true},       \
        OB_AT((FIRST) +                                                                            \
              OB_NODE_DOWN){.name = "nodedown", .args = {{.name = "id"}}, .may_be_unused = true},  \
        OB_AT((FIRST) + OB_NODE_UP)                                                                \
    {                                                                                              \
        .name = "nodeup", .args = {{.name = "id"}}, .may_be_unused = true                          \
    }

#define OB_NODE_MEMBERS_MAX 16
#define OB_NODE_TICKS 4 /* in the time after which a silent node is taken for down */

struct ob_node_spec {
    const char *peer;                             /* the kernel of the other node */
    const char *members[OB_NODE_MEMBERS_MAX + 1]; /* its processes, up to the first NULL: all are
                                                     told, and lose what they have of the other's */
    uint32_t silence_us;                          /* net_ticktime, ≥ OB_NODE_TICKS */
    uint8_t first_kind;                           /* that of OB_NODE_TICK */
};

/* Adds a node's kernel as an actor; the two are connected as a run begins. `spec` must live as long
 * as the target. */
struct ob_actor *ob_node_spawn(struct ob_world *world, const char *name,
                               const struct ob_node_spec *spec);

/* Whether the node with this kernel takes the other for up. */
bool ob_node_is_connected(const struct ob_actor *kernel);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
