/* The pool: who is lent what, who waits, and what becomes of those that are gone. */
#include <offbeat/pool.h>

#include "support/task_log.h"

enum kind { USE, RAW, BACK, END, GONE, POOL, KINDS = POOL + OB_POOL_KINDS };
enum variant { TWO, ONE, LENDS_LEFT };

#define TIMEOUT_US 100

static void say(struct ob_actor *self, const struct ob_pool_loan *loan)
{
    note(self, "%s:%u/%u/%u@%u", ob_name(self), loan->connection, loan->loan, loan->age,
         since_start(self));
}

/* Uses a connection for so long. */
static void use(struct ob_actor *self, uint32_t duration_us, bool closes)
{
    struct ob_pool_loan loan;
    if (!ob_pool_check_out(self, "pool", TIMEOUT_US, &loan)) {
        note(self, "%s:none@%u", ob_name(self), since_start(self));
        return;
    }
    say(self, &loan);
    ob_sleep(self, duration_us);
    if (closes)
        ob_pool_discard(self, "pool", &loan);
    else
        ob_pool_check_in(self, "pool", &loan);
}

static void client_handle(struct ob_actor *self, const struct ob_message *message)
{
    const uint32_t *args = message->args;
    switch (message->kind) {
    case USE:
        use(self, args[0], args[1]);
        break;
    case RAW: /* a call that nobody waits for */
        (void)ob_ask(self, "pool", POOL + OB_POOL_CHECK_OUT);
        break;
    case BACK:
        ob_pool_check_in(self, "pool", &(struct ob_pool_loan){args[0], args[1], 0});
        break;
    case END:
        ob_stop(self, 5);
        break;
    default:
        note(self, "late%u", message->kind - POOL);
        break;
    }
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    ob_spawn_async_many(world, "client", 4, client_handle, 1);
    spawn_log(world);
    struct ob_actor *pool =
        ob_pool_spawn(world, "pool",
                      &(struct ob_pool_config){.first_kind = POOL,
                                               .connections = variant == TWO ? 2 : 1,
                                               .waiting_max = 2,
                                               .lends_left = variant == LENDS_LEFT});
    ob_pool_monitors(pool, GONE);
    ob_monitor(world, "pool", "client", GONE);
}

static OB_TARGET(pools, .variants = {"two", "one", "lends_left"},
                 .messages = {[USE] = {.name = "use",
                                       .to = "client",
                                       .args = {{"us", 0, 999}, {"closes", 0, 1}}},
                              [RAW] = {.name = "raw", .to = "client"},
                              [BACK] = {.name = "back",
                                        .to = "client",
                                        .args = {{"connection", 0, 99}, {"loan", 0, 99}}},
                              [END] = {.name = "end", .to = "client"},
                              [GONE] = {.name = "gone"},
                              OB_POOL_MESSAGES(POOL)},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_pools, variant, records, NULL, noted);
}

/* How many are lent, and how many wait, after a run. */
static void expect_left(unsigned variant, const char *records, unsigned lent, unsigned waiting)
{
    static struct bench bench;
    bench_open(&bench, &ob_target_pools, variant);
    (void)bench_run(&bench, records);
    assert_int_equal(ob_pool_lent_count(ob_actor(bench.world, "pool")), lent);
    assert_int_equal(ob_pool_waiting_count(ob_actor(bench.world, "pool")), waiting);
    bench_close(&bench);
}

static void each_has_a_connection_of_its_own(void **state)
{
    (void)state;
    expect(TWO, "+0 use(us=10) to client.0\n+0 use(us=10) to client.1\n",
           "client.0:0/1/0@20 client.1:1/2/0@20 ");
}

static void the_one_that_came_back_last_is_lent_next(void **state)
{
    (void)state;
    expect(TWO,
           "+0 use(us=10) to client.0\n+0 use(us=20) to client.1\n+200us use(us=10) to client.2\n",
           "client.0:0/1/0@20 client.1:1/2/0@20 client.2:1/3/0@220 ");
}

static void who_has_waited_longest_is_next(void **state)
{
    (void)state;
    expect(ONE, "+0 use(us=10) to client.2\n+0 use(us=10) to client.1\n+0 use(us=10) to client.0\n",
           "client.2:0/1/0@20 client.1:0/2/0@50 client.0:0/3/0@80 ");
}

static void so_many_may_wait(void **state)
{
    (void)state;
    expect(ONE,
           "+0 use(us=10) to client.0\n+0 use(us=10) to client.1\n+0 use(us=10) to client.2\n"
           "+0 use(us=10) to client.3\n",
           "client.0:0/1/0@20 client.3:none@20 client.1:0/2/0@50 client.2:0/3/0@80 ");
}

static void one_that_is_closed_is_followed_by_a_new_one(void **state)
{
    (void)state;
    expect(ONE, "+0 use(us=10, closes=1) to client.0\n+0 use(us=10) to client.1\n",
           "client.0:0/1/0@20 client.1:0/2/1@50 ");
}

static void who_gives_up_waits_no_longer(void **state)
{
    (void)state;
    const char *records = "+0 use(us=150) to client.0\n+0 use(us=10) to client.1\n"
                          "+0 use(us=60) to client.2\n";
    expect(ONE, records, "client.0:0/1/0@20 client.1:none@100 client.2:none@100 ");
    expect_left(ONE, records, 0, 0);
}

static void what_is_lent_to_who_has_given_up_comes_back(void **state)
{
    (void)state;
    /* It is on its way when the timeout passes. */
    const char *records = "+0 use(us=65) to client.0\n+0 use(us=10) to client.1\n"
                          "delay lent pool->client.1 #0 by 9990us\n";
    expect(ONE, records, "client.0:0/1/0@20 client.1:none@100 late4 ");
    expect_left(ONE, records, 0, 0);
}

static void a_call_that_is_not_given_up_keeps_its_connection(void **state)
{
    (void)state;
    expect(ONE, "+0 raw() to client.0\n+50us use(us=10) to client.1\n", "late4 client.1:none@150 ");
    expect_left(ONE, "+0 raw() to client.0\n+50us use(us=10) to client.1\n", 1, 0);
}

static void only_the_present_loan_can_be_given_back(void **state)
{
    (void)state;
    expect_left(ONE, "+0 raw() to client.0\n+50us back(connection=0, loan=2) to client.1\n", 1, 0);
    expect_left(ONE, "+0 raw() to client.0\n+50us back(connection=9, loan=1) to client.1\n", 1, 0);
    expect_left(ONE, "+0 raw() to client.0\n+50us back(connection=0, loan=1) to client.1\n", 0, 0);
    expect_left(ONE,
                "+0 raw() to client.0\n+50us back(connection=0, loan=1) to client.1\n"
                "+50us back(connection=0, loan=1) to client.1\n",
                0, 0);
}

static void of_one_that_has_ended_it_is_closed(void **state)
{
    (void)state;
    const char *records = "+0 raw() to client.0\n+0 raw() to client.1\n+50us end() to client.0\n"
                          "+0 end() to client.1\n+0 use(us=10) to client.2\n";
    expect(ONE, records, "late4 client.2:0/3/2@70 ");
    expect(LENDS_LEFT, records, "late4 client.2:0/3/0@70 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_a_connection_of_its_own),
        cmocka_unit_test(the_one_that_came_back_last_is_lent_next),
        cmocka_unit_test(who_has_waited_longest_is_next),
        cmocka_unit_test(so_many_may_wait),
        cmocka_unit_test(one_that_is_closed_is_followed_by_a_new_one),
        cmocka_unit_test(who_gives_up_waits_no_longer),
        cmocka_unit_test(what_is_lent_to_who_has_given_up_comes_back),
        cmocka_unit_test(a_call_that_is_not_given_up_keeps_its_connection),
        cmocka_unit_test(only_the_present_loan_can_be_given_back),
        cmocka_unit_test(of_one_that_has_ended_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
