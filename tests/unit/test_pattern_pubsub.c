/* Publish and subscribe: who gets what, and what becomes of those that are cut off. */
#include <offbeat/pubsub.h>

#include "support/task_log.h"

enum kind { PUT, START, STOP, FILL, TOPIC, KINDS = TOPIC + OB_TOPIC_KINDS };

static const struct ob_subscription_policy policies[] = {
    {.broker = "broker", .first_kind = TOPIC, .topic = 7, .retry_us = 1000},
    {.broker = "broker", .first_kind = TOPIC, .topic = 8, .retry_us = 1000},
    {.broker = "broker", .first_kind = TOPIC, .topic = 7, .retry_us = 1000, .retry_us_max = 2500}};

static void publisher_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "broker", TOPIC + OB_TOPIC_PUBLISH, 7 + message->args[0], message->args[1], 5);
}

static void subscriber_receive(struct ob_actor *self, const struct ob_message *message)
{
    static const char *const names[] = {"other", "waits", "begins", "cut off"};
    struct ob_subscription *subscription = ob_state(self);
    const struct ob_subscription_policy *policy = &policies[ob_index(self) % 2];

    if (message->kind == START) {
        ob_subscription_start(self, policy, subscription);
        return;
    }
    if (message->kind == STOP) {
        ob_send(self, "broker", TOPIC + OB_TOPIC_LEAVE, policy->topic);
        return;
    }
    enum ob_subscription_news news = ob_subscription_hear(self, policy, subscription, message);
    if (news == OB_SUBSCRIPTION_EVENT)
        note(self, "%u:%u/%u", ob_index(self), message->args[1], message->args[2]);
    else if (news != OB_SUBSCRIPTION_WAITS)
        note(self, "%u %s@%u", ob_index(self), names[news], since_start(self));
}

/* Has subscriptions to both topics. */
static void reader_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_subscription *subscriptions = ob_state(self);

    for (unsigned at = 0; at < 2; at++)
        if (message->kind == START)
            ob_subscription_start(self, &policies[at], &subscriptions[at]);
    if (message->kind == STOP)
        ob_send(self, "broker", TOPIC + OB_TOPIC_LEAVE, policies[0].topic);
    if (message->kind == START || message->kind == STOP)
        return;
    for (unsigned at = 0; at < 2; at++) {
        enum ob_subscription_news news =
            ob_subscription_hear(self, &policies[at], &subscriptions[at], message);
        if (news == OB_SUBSCRIPTION_EVENT || news == OB_SUBSCRIPTION_BEGINS)
            note(self, "%u%s%u", policies[at].topic,
                 news == OB_SUBSCRIPTION_EVENT ? ":" : " begins ", message->args[1]);
    }
}

/* One that comes back more and more slowly. */
static void patient_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_subscription *subscription = ob_state(self);

    if (message->kind == START)
        ob_subscription_start(self, &policies[2], subscription);
    else if (message->kind == TOPIC + OB_TOPIC_RETRY)
        note(self, "try@%u", since_start(self));
    if (message->kind != START &&
        ob_subscription_hear(self, &policies[2], subscription, message) == OB_SUBSCRIPTION_BEGINS)
        note(self, "begins@%u", since_start(self));
}

/* Subscribes to one topic more than the broker has room for, and says how many answers come. */
static void greedy_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned *answers = ob_state(self);

    if (message->kind == FILL)
        for (unsigned topic = 0; topic <= OB_SUBSCRIBERS_MAX; topic++)
            (void)ob_ask(self, "broker", TOPIC + OB_TOPIC_SUBSCRIBE, 100 + topic);
    else if (message->kind == TOPIC + OB_TOPIC_SUBSCRIBED)
        ++*answers;
    else
        note(self, "%u", *answers);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "publisher", publisher_receive, 0);
    ob_broker_spawn(world, "broker", TOPIC);
    ob_spawn_many(world, "s", 3, subscriber_receive, sizeof(struct ob_subscription));
    ob_spawn(world, "reader", reader_receive, 2 * sizeof(struct ob_subscription));
    ob_spawn(world, "patient", patient_receive, sizeof(struct ob_subscription));
    ob_spawn(world, "greedy", greedy_receive, sizeof(unsigned));
    spawn_log(world);
    ob_allow(world, "broker", (struct ob_faults){.restart = true});
    ob_link(world, "*", "*", (struct ob_link){.lossy = true});
}

static OB_TARGET(topics, .variants = {"only"},
                 .messages = {[PUT] = {.name = "put",
                                       .to = "publisher",
                                       .args = {{"topic", 0, 1}, {"value", 0, 9}}},
                              [START] = {.name = "start", .to = "*"},
                              [STOP] = {.name = "stop", .to = "*"},
                              [FILL] = {.name = "fill", .to = "greedy"},
                              OB_TOPIC_MESSAGES(TOPIC)},
                 .setup = setup);

static void expect(const char *records, const char *noted)
{
    expect_notes(&ob_target_topics, 0, records, NULL, noted);
}

static void those_that_are_subscribed_get_what_is_published(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+0 start() to s.1\n+0 start() to s.2\n+50us put(topic=0, value=3)\n"
           "+0 put(topic=1, value=4)\n",
           "0 begins@20 1 begins@20 2 begins@20 0:3/5 2:3/5 1:4/5 ");
    expect("+0 put(topic=0, value=3)\n+50us start() to s.0\n", "0 begins@70 ");
}

static void who_has_left_gets_nothing_more(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+0 start() to s.2\n+50us stop() to s.0\n"
           "+50us put(topic=0, value=3)\n",
           "0 begins@20 2 begins@20 2:3/5 ");
}

static void one_that_is_cut_off_comes_back_and_has_missed_what_was_published(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+50us put(topic=0, value=1)\n+0 put(topic=0, value=2)\n"
           "+500us put(topic=0, value=3)\n+2ms put(topic=0, value=4)\n"
           "restart before publish publisher->broker #1 after 100us\n",
           "0 begins@20 0:1/5 0 cut off@70 0 begins@1090 0:4/5 ");
}

static void it_tries_until_the_broker_is_there(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+50us put(topic=0, value=1)\n+5ms put(topic=0, value=2)\n"
           "restart before publish publisher->broker #0 after 2500us\n",
           "0 begins@20 0 cut off@70 0 begins@3090 0:2/5 ");
}

static void a_request_that_gets_lost_is_made_again(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+5ms put(topic=0, value=1)\ndrop subscribe s.0->broker #0\n",
           "0 begins@1020 0:1/5 ");
    /* The second answer counts, and who is subscribed twice gets each event once. */
    expect("+0 start() to s.0\n+5ms put(topic=0, value=1)\ndrop subscribed broker->s.0 #0\n",
           "0 begins@1020 0:1/5 ");
}

static void an_answer_to_an_earlier_request_is_dropped(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+5ms put(topic=0, value=1)\n"
           "delay subscribed broker->s.0 #0 by 1500us\n",
           "0 begins@1520 0:1/5 ");
}

static void what_comes_before_the_answer_is_not_of_the_subscription(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+500us put(topic=0, value=1)\n+5ms put(topic=0, value=2)\n"
           "drop subscribed broker->s.0 #0\n",
           "0 begins@1020 0:2/5 ");
}

static void a_request_to_an_earlier_life_of_the_broker_is_lost(void **state)
{
    (void)state;
    expect("+0 start() to s.0\n+5ms put(topic=0, value=1)\n"
           "restart before subscribe s.0->broker #0 after 1us\n",
           "0 begins@1020 0:1/5 ");
    /* Also one that arrives when the next life is there already. */
    expect("+0 start() to s.0\n+5us start() to s.2\n"
           "restart before subscribe s.0->broker #0 after 1us\n",
           "0 begins@1020 2 begins@1025 ");
}

static void one_actor_has_several_subscriptions(void **state)
{
    (void)state;
    expect("+0 start() to reader\n+50us put(topic=0, value=1)\n+0 put(topic=1, value=2)\n",
           "7 begins 0 8 begins 0 7:1 8:2 ");
    expect("+0 start() to reader\n+50us stop() to reader\n+50us put(topic=0, value=1)\n"
           "+0 put(topic=1, value=2)\n",
           "7 begins 0 8 begins 0 8:2 ");
}

static void it_waits_longer_before_each_further_try(void **state)
{
    (void)state;
    /* And from the beginning after it was subscribed. */
    expect("+0 start() to patient\n+50us put(topic=0, value=1)\n+15ms put(topic=0, value=2)\n"
           "restart before publish publisher->broker #0 after 9ms\n",
           "begins@20 try@1070 try@3070 try@5570 try@8070 try@10570 begins@10590 ");
}

static void a_broker_that_is_full_does_not_answer(void **state)
{
    (void)state;
    expect("+0 fill() to greedy\n+1ms stop() to greedy\n", "64 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_are_subscribed_get_what_is_published),
        cmocka_unit_test(who_has_left_gets_nothing_more),
        cmocka_unit_test(one_that_is_cut_off_comes_back_and_has_missed_what_was_published),
        cmocka_unit_test(it_tries_until_the_broker_is_there),
        cmocka_unit_test(a_request_that_gets_lost_is_made_again),
        cmocka_unit_test(an_answer_to_an_earlier_request_is_dropped),
        cmocka_unit_test(what_comes_before_the_answer_is_not_of_the_subscription),
        cmocka_unit_test(a_request_to_an_earlier_life_of_the_broker_is_lost),
        cmocka_unit_test(one_actor_has_several_subscriptions),
        cmocka_unit_test(it_waits_longer_before_each_further_try),
        cmocka_unit_test(a_broker_that_is_full_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
