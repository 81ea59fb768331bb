#include "world/sent_order.h"

#include "world/log.h"
#include "world/trace.h"

bool ob_world_keeps_sent_order(const struct ob_world *world, uint32_t one, uint32_t other)
{
    const struct ob_sent *left = ob_world_sent(world, one);
    const struct ob_sent *right = ob_world_sent(world, other);
    return (left->flags & right->flags & OB_SENT_FIFO) && left->to == right->to &&
           ob_world_link(world, left->message.from, left->to)->in_sent_order &&
           ob_world_link(world, right->message.from, right->to)->in_sent_order;
}
