/*
 * The network: what links declare, and how things stand on the way from each actor to each other
 * one. Latencies are what a link allows, never more; a link that keeps the order never lets a
 * message arrive before one that was sent earlier.
 */
#ifndef OFFBEAT_WORLD_NETWORK_H
#define OFFBEAT_WORLD_NETWORK_H

#include "world/log.h"

#define OB_LINKS_MAX 256u /* different declarations of links */

/* The way from one actor to another. What a run changes is valid when `epoch` is the run's, so that
 * a run begins without a look at all pairs. */
struct ob_pair {
    uint64_t last_arrival_us; /* on a link that keeps the order */
    uint64_t cut_until_us;
    uint32_t last_held; /* the last message that is held back on it, or OB_NONE */
    uint32_t epoch;
    uint32_t listed; /* the listing of choices in which its first message was seen */
    /* In a walk, on a link that keeps the order: those under way, chained by `next`. */
    uint32_t chain_first;
    uint32_t chain_last; /* or OB_NONE */
    uint16_t link;       /* fixed at set-up: index into the links */
};

struct ob_network {
    struct ob_pair *pairs; /* [from * width + to]; behind them one by receiver, see ob_way_of() */
    struct ob_link *links;
    uint32_t width; /* one more than the number of actors: the outside is one end, too */
    uint32_t link_count;
    uint32_t epoch; /* of the run */
};

/* How many pairs there are, those by receiver included. */
static inline size_t ob_pair_count(const struct ob_network *network)
{
    return ((size_t)network->width + 1) * network->width;
}

static inline struct ob_pair *ob_pair_at(const struct ob_network *network, unsigned from,
                                         unsigned to)
{
    assert(from <= network->width && to < network->width);
    struct ob_pair *pair = &network->pairs[from * network->width + to];
    if (pair->epoch != network->epoch) {
        pair->last_arrival_us = 0;
        pair->cut_until_us = 0;
        pair->last_held = OB_NONE;
        pair->chain_last = OB_NONE;
        pair->epoch = network->epoch;
    }
    return pair;
}

static inline struct ob_pair *ob_pair_of(const struct ob_network *network,
                                         const struct ob_sent *message)
{
    return ob_pair_at(network, message->message.from, message->to);
}

static inline const struct ob_link *ob_link_of(const struct ob_network *network,
                                               const struct ob_pair *pair)
{
    return &network->links[pair->link];
}

static inline const struct ob_link *ob_link_between(const struct ob_network *network, unsigned from,
                                                    unsigned to)
{
    assert(from < network->width && to >= 1 && to < network->width);
    return &network->links[network->pairs[from * network->width + to].link];
}

/* The way on which messages of a pair keep their order, where they do: that of the pair itself, or
 * the one that all who send in_sent_order to the same receiver share. */
static inline struct ob_pair *ob_shared_way(const struct ob_network *network, struct ob_pair *pair,
                                            unsigned to)
{
    return __builtin_expect(ob_link_of(network, pair)->in_sent_order, 0)
               ? ob_pair_at(network, network->width, to)
               : pair;
}

static inline struct ob_pair *ob_way_of(const struct ob_network *network,
                                        const struct ob_sent *message)
{
    return ob_shared_way(network, ob_pair_of(network, message), message->to);
}

/* When a message that would arrive then does, behind those that were sent before it. */
static inline uint64_t ob_in_order_us(const struct ob_pair *pair, const struct ob_link *link,
                                      uint64_t arrival_us)
{
    return link->unordered || arrival_us >= pair->last_arrival_us ? arrival_us
                                                                  : pair->last_arrival_us;
}

/* When a message arrives that leaves then and takes so long, as far as its link allows it. */
static inline uint64_t ob_arrival_us(const struct ob_pair *pair, const struct ob_link *link,
                                     uint64_t departure_us, uint64_t latency_us)
{
    if (latency_us > link->latency_us_max)
        latency_us = link->latency_us_max;
    return ob_in_order_us(pair, link, departure_us + latency_us);
}

/* A message on a link that keeps the order arrives then: nothing sent later does before. */
static inline void ob_keep_order(struct ob_pair *pair, uint64_t arrival_us)
{
    assert(arrival_us >= pair->last_arrival_us);
    pair->last_arrival_us = arrival_us;
}

/* The latest time at which a message that left at `time_us`, and is due then, may arrive. */
uint64_t ob_link_latest_us(const struct ob_link *link, uint64_t time_us, uint64_t due_us);

/* Cuts the way for some time, at most for as long as its link allows and until `end_us`; 0 stands
 * for as long as allowed. Returns false when the link may not be cut. */
bool ob_pair_cut(const struct ob_network *network, struct ob_pair *pair, uint64_t now_us,
                 uint32_t length_us, uint64_t end_us);

/* Ends a cut. Returns false when there is none. */
bool ob_pair_heal(struct ob_pair *pair, uint64_t now_us);

/* Forgets all runs, when their number begins anew. */
void ob_network_forget(struct ob_network *network);

#endif
