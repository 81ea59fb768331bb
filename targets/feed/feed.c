/* Followers copy a value by a feed that they may be cut off from. See README.md. */
#include <offbeat/pubsub.h>

#define FOLLOWERS 2

enum variant { RESUBSCRIBED, READ_FIRST, UNNUMBERED, NUMBERED };
enum kind { SET, READ, VALUE, TOPIC, KINDS = TOPIC + OB_TOPIC_KINDS };

static const struct ob_subscription_policy policy = {
    .broker = "broker", .first_kind = TOPIC, .retry_us = 50000, .retry_us_max = 2000000};

/* A value, and how often it was set. */
struct value {
    uint32_t value;
    uint32_t number;
};

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct value *value = ob_state(self);

    if (message->kind == READ) {
        ob_reply(self, message, VALUE, value->value, value->number);
    } else {
        *value = (struct value){message->args[0], value->number + 1};
        ob_send(self, "broker", TOPIC + OB_TOPIC_PUBLISH, 0, value->value, value->number);
    }
}

struct follower {
    struct ob_subscription subscription;
    struct value copy;
};

static void take(const struct ob_actor *self, struct follower *follower, uint32_t value,
                 uint32_t number)
{
    if (ob_variant(self) != NUMBERED || number > follower->copy.number)
        follower->copy = (struct value){value, number};
}

static void follower_start(struct ob_actor *self)
{
    struct follower *follower = ob_state(self);
    ob_subscription_start(self, &policy, &follower->subscription);
}

static void follower_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct follower *follower = ob_state(self);
    const uint32_t *args = message->args;

    switch (ob_subscription_hear(self, &policy, &follower->subscription, message)) {
    case OB_SUBSCRIPTION_CUT_OFF: /* what was missed is read before it is subscribed again */
        if (ob_variant(self) == READ_FIRST)
            ob_send(self, "source", READ);
        break;
    case OB_SUBSCRIPTION_BEGINS:
        if (ob_variant(self) >= UNNUMBERED)
            ob_send(self, "source", READ);
        break;
    case OB_SUBSCRIPTION_EVENT:
        take(self, follower, args[1], args[2]);
        break;
    default:
        if (message->kind == VALUE)
            take(self, follower, args[0], args[1]);
        break;
    }
}

static void check_quiescent(struct ob_world *world)
{
    const struct value *value = ob_state(ob_actor(world, "source"));

    for (unsigned index = 0; index < FOLLOWERS; index++) {
        const struct follower *follower = ob_state(ob_member(world, "follower", index));
        OB_INVARIANT(world, followers_are_current, follower->copy.number == value->number,
                     "follower %u has number %u of %u", index, follower->copy.number,
                     value->number);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_is_member(ob_world(actor), "follower", ob_id(actor))) {
        const struct follower *follower = ob_state(actor);
        ob_describe(text, "%u, number %u%s", follower->copy.value, follower->copy.number,
                    follower->subscription.is_subscribed ? "" : ", cut off");
    } else if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "source"))) {
        const struct value *value = ob_state(actor);
        ob_describe(text, "%u, number %u", value->value, value->number);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "source", source_receive, sizeof(struct value));
    ob_broker_spawn(world, "broker", TOPIC);
    ob_spawn_many(world, "follower", FOLLOWERS, follower_receive, sizeof(struct follower));
    for (unsigned index = 0; index < FOLLOWERS; index++)
        ob_on_start(ob_member(world, "follower", index), follower_start);
    ob_allow(world, "broker", (struct ob_faults){.restart = true});
}

OB_TARGET(feed, .summary = "followers copy a value by a feed that they may be cut off from",
          .variants = {[RESUBSCRIBED] = "resubscribed",
                       [READ_FIRST] = "read_first",
                       [UNNUMBERED] = "unnumbered",
                       [NUMBERED] = "numbered"},
          .fails = {[RESUBSCRIBED] = true, [READ_FIRST] = true, [UNNUMBERED] = true},
          .messages = {[SET] = {.name = "set", .to = "source", .args = {{"value", 0, 9}}},
                       [READ] = {.name = "read"},
                       [VALUE] = {.name = "value", .args = {{.name = "value"}, {.name = "number"}}},
                       OB_TOPIC_MESSAGES(TOPIC)},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
