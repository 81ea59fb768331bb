/* Names of actors: as literals, built while the target runs, and as members of groups; and what is
 * said of one that does not exist. */
#include <unistd.h>

#include "offbeat/task.h"
#include "support/defect.h"

#define CLIENTS 12u

enum variant {
    BUILT,
    ASKED,
    BY_INDEX,
    MISSING,
    BEYOND,
    AWAITING,
    POSTPONING,
    NO_POINT,
    NO_ALTERNATIVE
};
enum kind { GO, PING, DONE };

struct tally {
    unsigned count;
};

/* Each of them in turn, all by the one buffer. */
static void ping_all(struct ob_actor *self)
{
    char name[16];
    for (unsigned index = 0; index < CLIENTS; index++) {
        (void)snprintf(name, sizeof name, "client.%u", index);
        if (ob_variant(self) == ASKED)
            (void)ob_ask(self, name, PING, index);
        else
            ob_send(self, name, PING, index);
    }
}

static void router_receive(struct ob_actor *self, const struct ob_message *message)
{
    static const struct ob_message another;
    switch (ob_variant(self)) {
    case BY_INDEX:
        for (unsigned index = CLIENTS; index-- > 0;)
            ob_send_member(self, "client", index, PING, index);
        break;
    case MISSING:
        ob_send(self, "cleint.1", PING);
        break;
    case BEYOND:
        ob_send_member(self, "client", CLIENTS, PING);
        break;
    case AWAITING:
        ob_sleep(self, 10);
        break;
    case POSTPONING:
        ob_postpone(self, &another);
        break;
    case NO_POINT:
        (void)ob_choose_at(self, 1, 2);
        break;
    case NO_ALTERNATIVE:
        (void)ob_choose(self, 0);
        break;
    default:
        ping_all(self);
        break;
    }
    (void)message;
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct tally *tally = ob_state(self);
    OB_INVARIANT(ob_world(self), reaches_who_is_named, message->args[0] == ob_index(self),
                 "%s got that of client.%u", ob_name(self), (unsigned)message->args[0]);
    tally->count++;
}

static void check_quiescent(struct ob_world *world)
{
    char name[16];
    for (unsigned index = 0; index < CLIENTS; index++) {
        (void)snprintf(name, sizeof name, "client.%u", index);
        const struct tally *tally = ob_state(ob_actor(world, name));
        OB_INVARIANT(world, each_got_one, tally->count == 1, "%s got %u", name, tally->count);
        OB_INVARIANT(world, member_is_named,
                     ob_member(world, "client", index) == ob_actor_with_id(world, 2 + index),
                     "%s is another", name);
    }
}

/* Names of set-up may be built as well. */
static void set_up(struct ob_world *world)
{
    char name[16] = "router";
    ob_spawn(world, name, router_receive, 0);
    (void)snprintf(name, sizeof name, "client");
    ob_spawn_many(world, name, CLIENTS, client_receive, sizeof(struct tally));
    (void)snprintf(name, sizeof name, "proxy");
    char to[16] = "client.3";
    ob_spawn_forwarder(world, name, to);
    ob_link(world, name, to, (struct ob_link){.latency_us = 77});
    memset(name, 'x', sizeof name - 1);
    memset(to, 'x', sizeof to - 1);
    ob_spawn(world, "clients", router_receive, 0);
}

static OB_TARGET(names,
                 .variants = {"built", "asked", "by_index", "missing", "beyond", "awaiting",
                              "postponing", "no_point", "no_alternative"},
                 .messages = {[GO] = {.name = "go", .to = "router"},
                              [PING] = {.name = "ping", .to = "proxy", .args = {{"n", 0, 20}}},
                              [DONE] = {.name = "done"}},
                 .setup = set_up, .check_quiescent = check_quiescent);

static void expect_passes(unsigned variant)
{
    struct bench bench = {0};
    bench_open(&bench, &ob_target_names, variant);
    for (unsigned run = 0; run < 2; run++) {
        bench_parse(&bench, "+0 go() to router\n");
        assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_PASSED);
        assert_int_equal(ob_world_delivery_count(bench.world), 1 + CLIENTS);
    }
    bench_close(&bench);
}

static void a_name_built_at_run_time_reaches_who_is_named(void **state)
{
    (void)state;
    expect_passes(BUILT);
    expect_passes(ASKED);
}

static void a_group_is_addressed_by_index(void **state)
{
    (void)state;
    expect_passes(BY_INDEX);
    struct bench bench = {0};
    bench_open(&bench, &ob_target_names, BUILT);
    assert_int_equal(ob_member_count(bench.world, "client"), CLIENTS);
    assert_int_equal(ob_member_count(bench.world, "router"), 1);
    assert_int_equal(ob_member_count(bench.world, "clien"), 0);
    assert_string_equal(ob_name(ob_member(bench.world, "router", 0)), "router");
    assert_string_equal(ob_name(ob_member(bench.world, "client", 11)), "client.11");
    assert_true(ob_is_member(bench.world, "client", 2));
    assert_true(ob_is_member(bench.world, "client", 1 + CLIENTS));
    assert_false(ob_is_member(bench.world, "client", 1));
    assert_false(ob_is_member(bench.world, "client", 3 + CLIENTS)); /* "clients" */
    assert_false(ob_is_member(bench.world, "client", OB_OUTSIDE));
    bench_close(&bench);
}

static void names_of_set_up_are_copied(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_names, BUILT);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    assert_string_equal(vocabulary->actor_names[1], "router");
    assert_string_equal(vocabulary->actor_names[2], "client.0");
    assert_string_equal(vocabulary->actor_names[2 + CLIENTS], "proxy");
    assert_int_equal(ob_world_link(bench.world, 2 + CLIENTS, 5)->latency_us, 77);
    assert_string_equal(bench_run(&bench, "+0 ping(n=3) to proxy\n"),
                        "ping3@0>proxy ping3@77>client.3 ! each_got_one");
    bench_close(&bench);
}

static const char *defect_of(unsigned variant)
{
    return defect_says(&ob_target_names, variant, "+0 go() to router\n");
}

static void defects_name_the_call_the_actor_and_what_to_do(void **state)
{
    (void)state;
    assert_string_equal(
        defect_of(MISSING),
        "offbeat: target names/missing: ob_send(): no actor is named \"cleint.1\"; there is "
        "router, "
        "client.0, client.1, client.2, client.3, client.4, client.5, client.6, client.7, client.8, "
        "client.9, client.10, client.11, proxy, clients (while router handles go)\n");
    assert_string_equal(defect_of(BEYOND),
                        "offbeat: target names/beyond: ob_member(\"client\", 12): the group has 12 "
                        "members, counted from 0 (while router handles go)\n");
    assert_string_equal(
        defect_of(AWAITING),
        "offbeat: target names/awaiting: ob_sleep() by router outside of a task: "
        "only processes, async actors and tasks of ob_task_start() may await (while "
        "router handles go)\n");
    assert_string_equal(
        defect_of(POSTPONING),
        "offbeat: target names/postponing: ob_postpone() by router is given another "
        "message than the one that is being handled; postpone that one, in its "
        "handler (while router handles go)\n");
    assert_string_equal(defect_of(NO_POINT),
                        "offbeat: target names/no_point: router chooses at point 1, but the target "
                        "names 0 in its choices; add a name, or use ob_choose() (while router "
                        "handles go)\n");
    assert_string_equal(
        defect_of(NO_ALTERNATIVE),
        "offbeat: target names/no_alternative: router chooses among 0 alternatives; "
        "there are from 1 to 65536 (while router handles go)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_built_at_run_time_reaches_who_is_named),
        cmocka_unit_test(a_group_is_addressed_by_index),
        cmocka_unit_test(names_of_set_up_are_copied),
        cmocka_unit_test(defects_name_the_call_the_actor_and_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
