/* The token bucket. */
#include <offbeat/rate_limit.h>

#include "support/run_text.h"

enum kind { ASK, YES, NO };

static const struct ob_rate_limit limit = {.burst = 2, .interval_us = 100};

static void gate_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_bucket *bucket = ob_state(self);
    uint32_t wait_us = ob_bucket_wait_us(self, &limit, bucket);

    (void)message;
    if (ob_bucket_take(self, &limit, bucket))
        ob_send(self, "witness", YES, wait_us);
    else
        ob_send(self, "witness", NO, wait_us);
}

static void witness_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "gate", gate_receive, sizeof(struct ob_bucket));
    ob_spawn(world, "witness", witness_receive, 0);
    ob_allow(world, "gate", (struct ob_faults){.clock_drift_ppm_max = 500000});
}

static OB_TARGET(
    limits, .variants = {"only"},
    .messages =
        {[ASK] = {.name = "ask", .to = "gate"}, [YES] = {.name = "yes"}, [NO] = {.name = "no"}},
    .setup = setup);

static void expect(const char *records, const char *answers)
{
    static struct bench bench;
    char seen[256] = "";
    bench_open(&bench, &ob_target_limits, 0);
    (void)bench_run(&bench, records);
    for (char *word = strtok(bench.line, " "); word; word = strtok(NULL, " ")) {
        char *end = strstr(word, ">witness");
        if (!end)
            continue;
        *strchr(word, '@') = '\0';
        (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", word);
    }
    assert_string_equal(seen, answers);
    bench_close(&bench);
}

static void a_burst_passes_and_then_the_rate(void **state)
{
    (void)state;
    expect("+0 ask()\n+0 ask()\n+0 ask()\n+50us ask()\n+50us ask()\n+0 ask()\n",
           "yes0 yes0 no100 no50 yes0 no100 ");
}

static void what_is_not_used_adds_up_to_the_burst_and_no_more(void **state)
{
    (void)state;
    expect("+0 ask()\n+10s ask()\n+0 ask()\n+0 ask()\n", "yes0 yes0 yes0 no100 ");
}

static void time_is_that_of_the_actors_clock(void **state)
{
    (void)state;
    expect("+0 ask()\n+0 ask()\n+100us ask()\nskew gate slow 500000ppm\n", "yes0 yes0 no50 ");
    expect("+0 ask()\n+0 ask()\n+67us ask()\nskew gate fast 500000ppm\n", "yes0 yes0 yes0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_the_rate),
        cmocka_unit_test(what_is_not_used_adds_up_to_the_burst_and_no_more),
        cmocka_unit_test(time_is_that_of_the_actors_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
