#include "world/network.h"

uint64_t ob_link_latest_us(const struct ob_link *link, uint64_t time_us, uint64_t due_us)
{
    uint64_t latest_us = time_us + link->latency_us_max;
    return latest_us > due_us ? latest_us : due_us;
}

bool ob_pair_cut(const struct ob_network *network, struct ob_pair *pair, uint64_t now_us,
                 uint32_t length_us, uint64_t end_us)
{
    uint32_t most = ob_link_of(network, pair)->partition_us_max;
    if (most == 0)
        return false;
    pair->cut_until_us = now_us + (length_us && length_us < most ? length_us : most);
    if (pair->cut_until_us > end_us)
        pair->cut_until_us = end_us;
    return true;
}

bool ob_pair_heal(struct ob_pair *pair, uint64_t now_us)
{
    if (pair->cut_until_us <= now_us)
        return false;
    pair->cut_until_us = now_us;
    pair->last_arrival_us = 0; /* what waits leaves anew */
    return true;
}

void ob_network_forget(struct ob_network *network)
{
    for (size_t at = 0; at < ob_pair_count(network); at++)
        network->pairs[at].epoch = 0;
}
