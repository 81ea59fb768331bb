/*
 * Publish and subscribe, with subscribers that come back when they were cut off.
 *
 * Semantics of: Redis Pub/Sub (redis.io, "Redis Pub/Sub") and clients that reconnect, such as
 * ioredis with autoResubscribe.
 *   - The broker sends what is published to those that are subscribed then, at most once, in the
 *     order of publishing, and keeps nothing: what is published while a subscriber is cut off is
 *     lost to it, and what is published while the broker is down, to all;
 *   - a broker that starts again knows no subscribers;
 *   - a subscriber hears that the connection is gone, and subscribes again after `retry_us`, then
 *     after twice as long, and so on up to `retry_us_max`, until that is answered (ioredis's
 *     retryStrategy). What it has missed it is not told, nor that it has missed anything.
 * Left out: patterns of topics, and connections that die in silence.
 */
#ifndef OFFBEAT_PUBSUB_H
#define OFFBEAT_PUBSUB_H

#include <offbeat/process.h>
#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_SUBSCRIBERS_MAX 64 /* of one broker; further subscribers are not answered */

/* Kinds of message, from the first on that the target gives the broker. */
enum ob_topic_kind {
    OB_TOPIC_PUBLISH,    /* (topic, two arguments). No answer */
    OB_TOPIC_SUBSCRIBE,  /* (topic): SUBSCRIBED; nothing else when it is subscribed already */
    OB_TOPIC_LEAVE,      /* (topic): not subscribed any more. No answer */
    OB_TOPIC_SUBSCRIBED, /* (topic) */
    OB_TOPIC_EVENT,      /* (topic, two arguments) */
    OB_TOPIC_CUT_OFF,    /* the news that a connection is gone */
    OB_TOPIC_RETRY,      /* a subscriber's timer */
    OB_TOPIC_KINDS,      /* how many kinds of the target's are the broker's */
};

/* The names of these kinds, for the target's `messages`: OB_TOPIC_MESSAGES(TOPIC) */
#define OB_TOPIC_MESSAGES(FIRST)                                                                   \
    OB_AT((FIRST) + OB_TOPIC_PUBLISH){.name = "publish",                                           \
                                      .args = {{.name = "topic"}, {.name = "a"}, {.name = "b"}},   \
                                      .may_be_unused = true},                                      \
        OB_AT((FIRST) + OB_TOPIC_SUBSCRIBE){                                                       \
            .name = "subscribe", .args = {{.name = "topic"}}, .may_be_unused = true},              \
        OB_AT((FIRST) + OB_TOPIC_LEAVE){                                                           \
            .name = "unsubscribe", .args = {{.name = "topic"}}, .may_be_unused = true},            \
        OB_AT((FIRST) + OB_TOPIC_SUBSCRIBED){                                                      \
            .name = "subscribed", .args = {{.name = "topic"}}, .may_be_unused = true},             \
        OB_AT((FIRST) + OB_TOPIC_EVENT){.name = "event",                                           \
                                        .args = {{.name = "topic"}, {.name = "a"}, {.name = "b"}}, \
                                        .may_be_unused = true},                                    \
        OB_AT((FIRST) + OB_TOPIC_CUT_OFF){.name = "cut_off", .may_be_unused = true},               \
        OB_AT((FIRST) + OB_TOPIC_RETRY)                                                            \
    {                                                                                              \
        .name = "resubscribe", .args = {{.name = "topic"}}, .may_be_unused = true                  \
    }

/* Adds a broker as an actor, which may start again. */
struct ob_actor *ob_broker_spawn(struct ob_world *world, const char *name, uint8_t first_kind);

/* How many are subscribed to a topic. For checks. */
unsigned ob_broker_subscribers(const struct ob_actor *broker, uint32_t topic);

/* -- subscribers: actors with a handler -- */

/* Constant. */
struct ob_subscription_policy {
    const char *broker;
    uint8_t first_kind; /* the broker's */
    uint32_t topic;
    uint32_t retry_us;     /* ≥ 1; the nth try in a row is given up after n times as long, */
    uint32_t retry_us_max; /* but no more than this; 0: retry_us, each time */
};

/* What a subscriber keeps. Zeroed: not begun. Part of its state; its fields are the pattern's. */
struct ob_subscription {
    uint32_t timer;
    uint16_t monitor;
    uint16_t ref;   /* of the request that is under way, or was answered last */
    uint16_t tries; /* since it was subscribed last */
    bool is_subscribed;
};

enum ob_subscription_news {
    OB_SUBSCRIPTION_OTHER,   /* the message is not of this subscription */
    OB_SUBSCRIPTION_WAITS,   /* it is, and nothing has changed */
    OB_SUBSCRIPTION_BEGINS,  /* it is subscribed from now on, for the first time or again */
    OB_SUBSCRIPTION_CUT_OFF, /* the connection is gone; it goes on trying */
    OB_SUBSCRIPTION_EVENT,   /* the message is an event */
};

/* Subscribes: in a start function or a handler, once in each life. */
void ob_subscription_start(struct ob_actor *self, const struct ob_subscription_policy *policy,
                           struct ob_subscription *subscription);

/* What a message means for the subscription. */
enum ob_subscription_news ob_subscription_hear(struct ob_actor *self,
                                               const struct ob_subscription_policy *policy,
                                               struct ob_subscription *subscription,
                                               const struct ob_message *message);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
