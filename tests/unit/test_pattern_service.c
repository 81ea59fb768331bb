/* The external service, with and without idempotency keys. */
#include <offbeat/service.h>

#include "support/run_text.h"

enum kind { ASK, CHARGE, CHARGED };
enum variant { FORGETS, REMEMBERS };

struct client {
    uint32_t answers;
    uint32_t args[OB_ARGS_MAX];
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == ASK) {
        ob_send(self, "service", CHARGE, message->args[0], message->args[1], 7);
        return;
    }
    client->answers++;
    memcpy(client->args, message->args, sizeof client->args);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_service_spawn(world, "service",
                     &(struct ob_service_config){.request = CHARGE,
                                                 .answer = CHARGED,
                                                 .remembers = ob_world_variant(world) == REMEMBERS,
                                                 .work_us = 100});
}

static OB_TARGET(services, .variants = {"forgets", "remembers"},
                 .messages = {[ASK] = {.name = "ask",
                                       .to = "client",
                                       .args = {{"key", 0, 999}, {"amount", 0, 9}}},
                              [CHARGE] = {.name = "charge"},
                              [CHARGED] = {.name = "charged"}},
                 .setup = setup);

static struct bench bench;

static const struct ob_actor *run(unsigned variant, const char *records, const char *line)
{
    bench_open(&bench, &ob_target_services, variant);
    assert_string_equal(bench_run(&bench, records), line);
    return ob_actor(bench.world, "service");
}

static void without_keys_it_is_done_again(void **state)
{
    (void)state;
    const struct ob_actor *service =
        run(FORGETS, "+0 ask(key=3, amount=5)\n+0 ask(key=3, amount=5)\n",
            "ask3@0>client ask3@0>client charge3@10>service charge3@110>service "
            "charged3@120>client charged3@220>client passed");
    assert_int_equal(ob_service_count(service, 3), 2);
    bench_close(&bench);
}

static void with_keys_it_is_done_once_and_answered_twice(void **state)
{
    (void)state;
    const struct ob_actor *service =
        run(REMEMBERS, "+0 ask(key=3, amount=5)\n+0 ask(key=3, amount=6)\n+0 ask(key=4)\n",
            "ask3@0>client ask3@0>client ask4@0>client charge3@10>service charge3@110>service "
            "charge4@110>service charged3@120>client charged3@120>client charged4@220>client "
            "passed");
    const struct client *client = ob_state(ob_actor(bench.world, "client"));
    assert_int_equal(ob_service_count(service, 3), 1);
    assert_int_equal(ob_service_amount(service, 3), 5);
    assert_int_equal(ob_service_count(service, 4), 1);
    assert_int_equal(client->answers, 3);
    assert_int_equal(client->args[2], 7);
    bench_close(&bench);
}

static void keys_that_cannot_be_are_ignored(void **state)
{
    (void)state;
    (void)run(REMEMBERS, "+0 ask(key=256)\n", "ask256@0>client charge256@10>service passed");
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_keys_it_is_done_again),
        cmocka_unit_test(with_keys_it_is_done_once_and_answered_twice),
        cmocka_unit_test(keys_that_cannot_be_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
