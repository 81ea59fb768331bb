/* How long messages wait until they are handled: read off the trace when the run is over. */
#include <stdio.h>

#include "base/text.h"
#include "oracle/records.h"
#include "world/judge.h"
#include "world/trace.h"
#include "world/world.h"

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    (void)quiescent;
    (void)ob_world_now(world); /* what it finds depends on times */
    if (ob_world_paused_something(world) || ob_world_lost_something(world))
        return;
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE || (delivery->flags & OB_DELIVERY_POSTPONED))
            continue;
        uint64_t since_us = ob_world_waiting_since_us(world, delivery->sent);
        if (since_us > delivery->time_us || delivery->time_us - since_us <= oracle->within_us)
            continue;
        unsigned kind = ob_world_sent(world, delivery->sent)->message.kind;
        struct ob_text time = {0};
        char said[32];
        ob_duration_print(&time, delivery->time_us - since_us);
        (void)snprintf(said, sizeof said, "%s", ob_text_string(&time));
        ob_text_release(&time);
        OB_ORACLE_VIOLATION(world, oracle, mailbox_latency, "a %s waited at %s for %s",
                            ob_vocabulary_kind_name(ob_world_vocabulary(world), kind),
                            ob_oracle_actor(world, delivery->actor), said);
    }
}

const struct ob_checker ob_checker_mailbox_latency = {
    .name = "mailbox_latency", .judges_beginnings = true, .end = check};
