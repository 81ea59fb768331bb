/* Single flight: who takes part in which flight, and what becomes of those that are forgotten. */
#include <offbeat/single_flight.h>

#include "support/task_log.h"

enum kind { GET, WAIT, FORGET, ABANDON, FETCH, FETCHED };

#define TIMEOUT_US 100

struct app {
    struct ob_single_flight group;
    uint32_t fetches;
    uint32_t first; /* the first task that has fetched */
};

/* The result of a flight is its number; every third fails. */
static int fetch(struct ob_actor *self, void *context, uint32_t key, uint32_t *result)
{
    struct app *app = context;
    uint32_t number = ++app->fetches;
    if (app->first == 0)
        app->first = ob_task_self(self);
    note(self, "fetch%u", key);
    (void)ob_call(self, "store", OB_FOREVER, FETCH, key);
    *result = number;
    return number % 3 == 0 ? 7 : 0;
}

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    struct app *app = ob_state(self);
    uint32_t key = message->args[0];
    uint32_t result = 99;
    int error;

    switch (message->kind) {
    case GET:
        error = ob_single_flight_do(self, &app->group, key, fetch, app, &result);
        note(self, "%u=%u/%d", key, result, error);
        break;
    case WAIT:
        error = ob_single_flight_wait(self, &app->group, key, TIMEOUT_US, fetch, app, &result);
        note(self, "%u=%u/%d@%u", key, result, error, since_start(self));
        break;
    case FORGET:
        ob_single_flight_forget(&app->group, key);
        note(self, "%d", ob_single_flight_is_in_air(&app->group, key));
        break;
    case ABANDON:
        (void)ob_task_cancel(self, app->first);
        note(self, "%d", ob_single_flight_is_in_air(&app->group, key));
        break;
    default: /* an answer that nobody awaits any more */
        break;
    }
}

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, FETCHED);
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "app", handle, sizeof(struct app));
    ob_spawn(world, "store", store_receive, 0);
    spawn_log(world);
}

#define TO_APP(NAME) .name = (NAME), .to = "app", .args = {{"key", 0, 99}}

static OB_TARGET(flights, .variants = {"only"},
                 .messages = {[GET] = {TO_APP("get")},
                              [WAIT] = {TO_APP("wait")},
                              [FORGET] = {TO_APP("forget")},
                              [ABANDON] = {TO_APP("abandon")},
                              [FETCH] = {.name = "fetch"},
                              [FETCHED] = {.name = "fetched"}},
                 .setup = setup);

static void expect(const char *records, const char *noted)
{
    expect_notes(&ob_target_flights, 0, records, NULL, noted);
}

static void who_comes_meanwhile_takes_part(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+5us get(key=1)\n+5us get(key=1)\n", "fetch1 1=1/0 1=1/0 1=1/0 ");
}

static void each_key_has_a_flight_of_its_own(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+0 get(key=2)\n", "fetch1 fetch2 1=1/0 2=2/0 ");
}

static void who_comes_after_the_landing_begins_another(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+30us get(key=1)\n", "fetch1 1=1/0 fetch1 1=2/0 ");
}

static void an_error_is_for_all(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+0 get(key=2)\n+0 get(key=3)\n+0 get(key=3)\n",
           "fetch1 fetch2 fetch3 1=1/0 2=2/0 3=3/7 3=3/7 ");
}

static void one_that_is_forgotten_lands_for_its_own_passengers(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+0 get(key=1)\n+5us forget(key=1)\n+5us get(key=1)\n",
           "fetch1 0 fetch1 1=1/0 1=1/0 1=2/0 ");
    /* Its landing leaves the other one in the air. */
    expect("+0 get(key=1)\n+5us forget(key=1)\n+5us get(key=1)\n+15us get(key=1)\n",
           "fetch1 0 fetch1 1=1/0 1=2/0 1=2/0 ");
}

static void who_runs_it_and_is_cancelled_leaves_the_others_in_the_air(void **state)
{
    (void)state;
    expect("+0 get(key=1)\n+5us get(key=1)\n+5us abandon(key=1)\n+50us get(key=1)\n", "fetch1 1 ");
}

static void in_a_task_of_its_own_it_lands_for_those_that_still_wait(void **state)
{
    (void)state;
    expect("+0 wait(key=1)\n+60us wait(key=1)\ndelay fetched store->app #0 by 90us\n",
           "fetch1 1=99/-1@100 1=1/0@110 ");
}

static void so_many_are_in_the_air(void **state)
{
    char records[1024] = "";
    (void)state;
    for (unsigned key = 0; key < OB_FLIGHTS_MAX; key++)
        (void)snprintf(records + strlen(records), sizeof records - strlen(records),
                       "+0 get(key=%u)\n", key);
    (void)snprintf(records + strlen(records), sizeof records - strlen(records),
                   "+5us get(key=90)\n+0 get(key=90)\n");
    static struct bench bench;
    bench_open(&bench, &ob_target_flights, 0);
    (void)bench_run(&bench, records);
    const struct app *app = ob_state(ob_actor(bench.world, "app"));
    assert_int_equal(app->fetches, OB_FLIGHTS_MAX + 2);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_meanwhile_takes_part),
        cmocka_unit_test(each_key_has_a_flight_of_its_own),
        cmocka_unit_test(who_comes_after_the_landing_begins_another),
        cmocka_unit_test(an_error_is_for_all),
        cmocka_unit_test(one_that_is_forgotten_lands_for_its_own_passengers),
        cmocka_unit_test(who_runs_it_and_is_cancelled_leaves_the_others_in_the_air),
        cmocka_unit_test(in_a_task_of_its_own_it_lands_for_those_that_still_wait),
        cmocka_unit_test(so_many_are_in_the_air),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
