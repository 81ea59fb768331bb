/* Two nodes that take each other for down, each in its own time. */
#include <offbeat/node.h>

#include "support/task_log.h"

enum kind { DO, DOWN, EXIT, CALL, ANSWER, NODE, KINDS = NODE + OB_NODE_KINDS };
enum what { NOTHING, MONITOR, LINK, STOP };
enum variant { PLAIN, LOSSY };

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned other = ob_id(ob_actor(ob_world(self), ob_name(self)[0] == 'p' ? "q" : "p"));
    const char *what = message->kind == DOWN                  ? "down"
                       : message->kind == EXIT                ? "exit"
                       : message->kind == NODE + OB_NODE_DOWN ? "nodedown"
                                                              : "nodeup";
    if (message->kind == DO && message->args[0] == MONITOR)
        (void)ob_monitor_start(self, other, DOWN);
    else if (message->kind == DO && message->args[0] == LINK)
        ob_link_start(self, other, EXIT);
    else if (message->kind == DO && message->args[0] == STOP)
        ob_stop(self, 5);
    else if (message->kind == DOWN || message->kind == EXIT)
        note(self, "%s%s%d@%u", ob_name(self), what, (int)message->args[1], since_start(self));
    else if (message->kind >= NODE)
        note(self, "%s%s@%u", ob_name(self), what, since_start(self));
}

/* A process that calls another of the other node, which never answers. */
static void call(struct ob_actor *self)
{
    if (ob_receive(self, DO)->args[0] == NOTHING)
        return;
    (void)ob_call(self, "q", OB_FOREVER, CALL);
    note(self, "none@%u", since_start(self));
}

static const struct ob_node_spec specs[] = {
    {.peer = "b", .members = {"p", "caller"}, .silence_us = 4000, .first_kind = NODE},
    {.peer = "a", .members = {"q"}, .silence_us = 8000, .first_kind = NODE},
};

static void setup(struct ob_world *world)
{
    ob_node_spawn(world, "a", &specs[0]);
    bool is_lossy = ob_world_variant(world) == LOSSY;
    ob_node_spawn(world, "b", &specs[1]);
    ob_trap_exits(ob_spawn(world, "p", receive, 0), true);
    ob_trap_exits(ob_spawn(world, "q", receive, 0), true);
    ob_spawn_process(world, "caller", call, 0);
    spawn_log(world);
    ob_link(world, "a", "b", (struct ob_link){.partition_us_max = 100000, .lossy = is_lossy});
    ob_link(world, "b", "a", (struct ob_link){.partition_us_max = 100000, .lossy = is_lossy});
    ob_allow(world, "*", (struct ob_faults){.pause_us_max = 20000});
}

static OB_TARGET(nodes, .variants = {"plain", "lossy"}, .settle_us = 40000,
                 .messages = {[DO] = {.name = "do", .to = "*", .args = {{"what", 0, STOP}}},
                              [DOWN] = {.name = "down"},
                              [EXIT] = {.name = "exit"},
                              [CALL] = {.name = "call"},
                              [ANSWER] = {.name = "answer"},
                              OB_NODE_MESSAGES(NODE)},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_nodes, variant, records, NULL, noted);
}

static void nodes_that_hear_each_other_stay_up(void **state)
{
    (void)state;
    expect(PLAIN, "+0 do(what=1) to p\n", "");
    expect(PLAIN, "+0 do(what=1) to p\n+5ms do(what=3) to q\n", "pdown5@5010 ");
}

#define CUT(LENGTH) "partition node_alive a->b #0 for " LENGTH "\n"

static void each_takes_the_other_for_down_in_its_own_time(void **state)
{
    (void)state;
    /* Cut from 1 ms to 31 ms: a waits 4 ms and b 8 ms. Both ask, and b, the greater, is heard. */
    expect(PLAIN, "+0 do(what=1) to p\n+0 do(what=1) to q\n+20ms do(what=0) to p\n" CUT("30ms"),
           "pdown-3@5010 pnodedown@5010 qdown-3@10010 qnodedown@10010 pnodeup@31020 "
           "qnodeup@31030 ");
}

static void a_cut_that_is_shorter_than_the_silence_is_not_noticed(void **state)
{
    (void)state;
    expect(PLAIN, "+0 do(what=1) to p\n+20ms do(what=0) to p\n" CUT("3ms"), "");
}

static void the_other_learns_by_the_close_what_it_has_not_noticed(void **state)
{
    (void)state;
    expect(PLAIN, "+0 do(what=1) to q\n+20ms do(what=0) to p\n" CUT("6ms"),
           "pnodedown@5010 qdown-3@7020 qnodedown@7020 qnodeup@7020 pnodeup@7030 ");
}

/* a hears nothing for 5 ms, while b hears it. */
static void where_the_close_is_lost_it_learns_when_it_is_connected_anew(void **state)
{
    (void)state;
    expect(LOSSY,
           "+0 do(what=1) to q\n+10ms do(what=0) to p\ndrop node_alive b->a #0\n"
           "drop node_alive b->a #1\ndrop node_alive b->a #2\ndrop node_close a->b #0\n",
           "pnodedown@5010 qdown-3@6020 qnodedown@6020 qnodeup@6020 pnodeup@6030 ");
}

static void one_whose_question_is_lost_asks_again(void **state)
{
    (void)state;
    expect(LOSSY, "+20ms do(what=0) to p\n" CUT("8ms"),
           "pnodedown@5010 qnodedown@10010 qnodeup@11020 pnodeup@11030 ");
}

static void links_and_calls_are_over_with_the_connection(void **state)
{
    (void)state;
    expect(PLAIN, "+0 do(what=2) to p\n+0 do(what=1) to caller\n" CUT("30ms"),
           "pexit-3@5010 none@5010 pnodedown@5010 qexit-3@10010 qnodedown@10010 pnodeup@31020 "
           "qnodeup@31030 ");
    /* What has told once does not tell again. */
    expect(PLAIN, "+0 do(what=1) to p\n+20ms do(what=3) to q\n" CUT("30ms"),
           "pdown-3@5010 pnodedown@5010 qnodedown@10010 pnodeup@31020 ");
}

static void one_that_stands_still_is_taken_for_down(void **state)
{
    (void)state;
    expect(PLAIN,
           "+0 do(what=0) to b\n+20ms do(what=0) to p\npause after do outside->b #0 for 10ms\n",
           "pnodedown@5010 qnodedown@10010 qnodeup@10010 pnodeup@10020 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_that_hear_each_other_stay_up),
        cmocka_unit_test(each_takes_the_other_for_down_in_its_own_time),
        cmocka_unit_test(a_cut_that_is_shorter_than_the_silence_is_not_noticed),
        cmocka_unit_test(the_other_learns_by_the_close_what_it_has_not_noticed),
        cmocka_unit_test(where_the_close_is_lost_it_learns_when_it_is_connected_anew),
        cmocka_unit_test(one_whose_question_is_lost_asks_again),
        cmocka_unit_test(links_and_calls_are_over_with_the_connection),
        cmocka_unit_test(one_that_stands_still_is_taken_for_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
