#include <offbeat/pubsub.h>

#include <string.h>

/* -- the broker -- */

struct subscriber {
    uint32_t topic;
    uint16_t id;
};

struct broker {
    unsigned count;
    struct subscriber subscribers[OB_SUBSCRIBERS_MAX]; /* the oldest first */
};

static unsigned first_kind(const struct ob_actor *broker)
{
    return *(const uint8_t *)ob_config(broker);
}

static unsigned find(const struct broker *broker, uint32_t topic, unsigned id)
{
    unsigned at = 0;
    while (at < broker->count &&
           (broker->subscribers[at].topic != topic || broker->subscribers[at].id != id))
        at++;
    return at;
}

static void subscribe(struct ob_actor *self, struct broker *broker,
                      const struct ob_message *message)
{
    uint32_t topic = message->args[0];
    unsigned at = find(broker, topic, message->from);

    if (at == OB_SUBSCRIBERS_MAX)
        return;
    if (at == broker->count)
        broker->subscribers[broker->count++] =
            (struct subscriber){.topic = topic, .id = message->from};
    ob_reply(self, message, first_kind(self) + OB_TOPIC_SUBSCRIBED, topic);
}

static void leave(struct broker *broker, uint32_t topic, unsigned id)
{
    unsigned at = find(broker, topic, id);
    if (at == broker->count)
        return;
    broker->count--;
    memmove(&broker->subscribers[at], &broker->subscribers[at + 1],
            (broker->count - at) * sizeof *broker->subscribers);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct broker *broker = ob_state(self);
    unsigned kind = message->kind - first_kind(self);
    const uint32_t *args = message->args;

    if (kind == OB_TOPIC_SUBSCRIBE)
        subscribe(self, broker, message);
    else if (kind == OB_TOPIC_LEAVE)
        leave(broker, args[0], message->from);
    else if (kind == OB_TOPIC_PUBLISH)
        for (unsigned at = 0; at < broker->count; at++)
            if (broker->subscribers[at].topic == args[0])
                ob_send_to(self, broker->subscribers[at].id, first_kind(self) + OB_TOPIC_EVENT,
                           args[0], args[1], args[2]);
}

struct ob_actor *ob_broker_spawn(struct ob_world *world, const char *name, uint8_t first)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct broker));
    uint8_t *config = ob_alloc(world, sizeof *config);
    *config = first;
    ob_set_config(actor, config);
    ob_use_pids(actor); /* a connection is one of a life */
    return actor;
}

unsigned ob_broker_subscribers(const struct ob_actor *actor, uint32_t topic)
{
    const struct broker *broker = ob_state(actor);
    unsigned count = 0;
    for (unsigned at = 0; at < broker->count; at++)
        count += broker->subscribers[at].topic == topic;
    return count;
}

/* -- subscribers -- */

/* The next try comes later each time. */
static void start_timer(struct ob_actor *self, const struct ob_subscription_policy *policy,
                        struct ob_subscription *subscription)
{
    uint32_t most_us = policy->retry_us_max ? policy->retry_us_max : policy->retry_us;
    if (subscription->tries < UINT16_MAX)
        subscription->tries++;
    uint64_t delay_us = (uint64_t)policy->retry_us * subscription->tries;
    subscription->timer = ob_timer_start(self, delay_us < most_us ? (uint32_t)delay_us : most_us,
                                         policy->first_kind + OB_TOPIC_RETRY, policy->topic);
}

/* Connects anew and subscribes; messages of the connection before are ignored. */
static void try_to_subscribe(struct ob_actor *self, const struct ob_subscription_policy *policy,
                             struct ob_subscription *subscription)
{
    unsigned broker = ob_id(ob_actor(ob_world(self), policy->broker));
    ob_forget(self, subscription->monitor);
    ob_forget(self, subscription->ref);
    subscription->monitor = ob_monitor_start(self, broker, policy->first_kind + OB_TOPIC_CUT_OFF);
    subscription->ref =
        ob_ask_to(self, broker, policy->first_kind + OB_TOPIC_SUBSCRIBE, policy->topic);
    start_timer(self, policy, subscription);
}

void ob_subscription_start(struct ob_actor *self, const struct ob_subscription_policy *policy,
                           struct ob_subscription *subscription)
{
    *subscription = (struct ob_subscription){0};
    try_to_subscribe(self, policy, subscription);
}

enum ob_subscription_news ob_subscription_hear(struct ob_actor *self,
                                               const struct ob_subscription_policy *policy,
                                               struct ob_subscription *subscription,
                                               const struct ob_message *message)
{
    unsigned kind = message->kind - (unsigned)policy->first_kind;
    bool is_of_topic = message->args[0] == policy->topic;

    if (kind == OB_TOPIC_CUT_OFF && message->ref == subscription->monitor) {
        bool was_subscribed = subscription->is_subscribed;
        subscription->is_subscribed = false;
        if (was_subscribed) /* otherwise the timer runs */
            start_timer(self, policy, subscription);
        return was_subscribed ? OB_SUBSCRIPTION_CUT_OFF : OB_SUBSCRIPTION_WAITS;
    }
    if (kind == OB_TOPIC_RETRY && is_of_topic) {
        try_to_subscribe(self, policy, subscription);
        return OB_SUBSCRIPTION_WAITS;
    }
    if (kind == OB_TOPIC_SUBSCRIBED && message->ref == subscription->ref) {
        subscription->is_subscribed = true;
        subscription->tries = 0;
        ob_timer_flush(self, subscription->timer);
        return OB_SUBSCRIPTION_BEGINS;
    }
    if (kind == OB_TOPIC_EVENT && is_of_topic)
        return subscription->is_subscribed ? OB_SUBSCRIPTION_EVENT : OB_SUBSCRIPTION_WAITS;
    return OB_SUBSCRIPTION_OTHER;
}
