/* Acknowledgement and retry with backoff. */
#include <offbeat/retry.h>

#include "support/run_text.h"

enum kind { GO, NOTE, ACK, AGAIN };
enum variant { CONSTANT, GROWING };

static const struct ob_retry_policy policies[] = {
    [CONSTANT] = {.timeout_us = 100, .attempts_max = 3, .timer = AGAIN},
    [GROWING] = {.timeout_us = 100, .timeout_max = 300, .attempts_max = 5, .timer = AGAIN},
};

struct sender {
    struct ob_retry retry;
    uint32_t next;
    uint32_t acknowledged;
    uint32_t given_up;
};

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sender *sender = ob_state(self);
    const struct ob_retry_policy *policy = &policies[ob_variant(self)];

    switch (message->kind) {
    case GO:
        sender->next++;
        ob_retry_send(self, policy, &sender->retry, sender->next, ob_id(self) + 1,
                      OB_WORDS(NOTE, sender->next));
        break;
    case ACK:
        sender->acknowledged += ob_retry_acknowledged(self, &sender->retry, message->args[0]);
        break;
    default:
        sender->given_up +=
            ob_retry_timed_out(self, policy, &sender->retry, message->args[0]) == OB_RETRY_GAVE_UP;
        break;
    }
}

static void receiver_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ACK, message->args[0]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "sender", sender_receive, sizeof(struct sender));
    ob_spawn(world, "receiver", receiver_receive, 0);
    ob_link(world, "sender", "receiver", (struct ob_link){.lossy = true});
    ob_link(world, "receiver", "sender", (struct ob_link){.lossy = true, .latency_us_max = 1000});
}

static OB_TARGET(retries, .variants = {"constant", "growing"},
                 .messages = {[GO] = {.name = "go", .to = "sender"},
                              [NOTE] = {.name = "note"},
                              [ACK] = {.name = "ack"},
                              [AGAIN] = {.name = "again"}},
                 .setup = setup);

static struct bench bench;

static const struct sender *run(unsigned variant, const char *records, const char *line)
{
    bench_open(&bench, &ob_target_retries, variant);
    assert_string_equal(bench_run(&bench, records), line);
    return ob_state(ob_actor(bench.world, "sender"));
}

static void what_is_acknowledged_is_not_sent_again(void **state)
{
    (void)state;
    const struct sender *sender =
        run(CONSTANT, "+0 go()\n", "go0@0>sender note1@10>receiver ack1@20>sender passed");
    assert_int_equal(sender->acknowledged, 1);
    bench_close(&bench);
}

static void what_is_lost_is_sent_again(void **state)
{
    (void)state;
    const struct sender *sender =
        run(CONSTANT, "+0 go()\ndrop note sender->receiver #0\n",
            "go0@0>sender again1@100>sender note1@110>receiver ack1@120>sender passed");
    assert_int_equal(sender->acknowledged, 1);
    bench_close(&bench);
}

static void waits_grow_up_to_a_most_and_the_last_attempt_gives_up(void **state)
{
    (void)state;
    const struct sender *sender =
        run(GROWING, "+0 go()\ndrop every note sender->receiver\n",
            "go0@0>sender again1@100>sender again1@300>sender again1@600>sender "
            "again1@900>sender again1@1200>sender passed");
    assert_int_equal(sender->given_up, 1);
    assert_int_equal(sender->acknowledged, 0);
    bench_close(&bench);
    sender = run(CONSTANT, "+0 go()\ndrop every note sender->receiver\n",
                 "go0@0>sender again1@100>sender again1@200>sender again1@300>sender passed");
    assert_int_equal(sender->given_up, 1);
    bench_close(&bench);
}

static void second_and_late_acknowledgements_count_for_nothing(void **state)
{
    (void)state;
    const struct sender *sender =
        run(CONSTANT, "+0 go()\ndelay ack receiver->sender #0 by 110us\n",
            "go0@0>sender note1@10>receiver again1@100>sender note1@110>receiver ack1@130>sender "
            "ack1@130>sender passed");
    assert_int_equal(sender->acknowledged, 1);
    bench_close(&bench);
    sender = run(CONSTANT, "+0 go()\ndelay every ack receiver->sender by 900us\n",
                 "go0@0>sender note1@10>receiver again1@100>sender note1@110>receiver "
                 "again1@200>sender note1@210>receiver again1@300>sender ack1@920>sender "
                 "ack1@1020>sender ack1@1120>sender passed");
    assert_int_equal(sender->acknowledged, 0);
    assert_int_equal(sender->given_up, 1);
    bench_close(&bench);
}

static void the_timer_of_an_earlier_message_is_stale(void **state)
{
    (void)state;
    const struct sender *sender = run(CONSTANT, "+0 go()\n+5us go()\n",
                                      "go0@0>sender go0@5>sender note1@10>receiver "
                                      "note2@15>receiver ack1@20>sender ack2@25>sender passed");
    assert_int_equal(sender->acknowledged, 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_acknowledged_is_not_sent_again),
        cmocka_unit_test(what_is_lost_is_sent_again),
        cmocka_unit_test(waits_grow_up_to_a_most_and_the_last_attempt_gives_up),
        cmocka_unit_test(second_and_late_acknowledgements_count_for_nothing),
        cmocka_unit_test(the_timer_of_an_earlier_message_is_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
