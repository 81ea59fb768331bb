/* Who is at work, who has sent, and how an actor is described. */
#include "support/run_text.h"

enum { GO, PING };

static struct ob_world *of_hooks; /* as a library's hook would have it */
static const struct ob_actor *seen[8];
static unsigned seen_count;

/* What a library calls, which knows nothing of actors. */
static void hook(void)
{
    assert_true(seen_count < sizeof seen / sizeof seen[0]);
    seen[seen_count++] = ob_running(of_hooks);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned *senders = ob_state(self);
    if (message->kind == GO)
        ob_send(self, "judge", PING);
    else
        *senders = *senders * 10 + ob_sender_index(self, message);
    hook();
}

static void start(struct ob_actor *self)
{
    of_hooks = ob_world(self);
    hook();
}

static void describe_judge(const struct ob_actor *self, struct ob_text *text)
{
    ob_describe(text, "senders %u; ", *(const unsigned *)ob_state(self));
}

static void describe(const struct ob_actor *self, struct ob_text *text)
{
    ob_describe(text, "peer %u", ob_index(self));
}

static void check(struct ob_world *world)
{
    OB_INVARIANT(world, nobody_runs, ob_running(world) == NULL);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "peer", 3, receive, sizeof(unsigned));
    struct ob_actor *judge = ob_spawn(world, "judge", receive, sizeof(unsigned));
    ob_on_start(judge, start);
    ob_on_describe(judge, describe_judge);
}

OB_TARGET(who, .summary = "who is at work", .variants = {"only"},
          .messages = {{.name = "go", .to = "peer"}, {.name = "ping"}}, .setup = setup,
          .check = check, .describe = describe);

static void the_one_at_work_is_known(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_who, 0);
    seen_count = 0;
    assert_string_equal(bench_run(&bench, "go to peer.2\n+1ms go to peer.1\n"),
                        "go0@0>peer.2 ping0@10>judge go0@1000>peer.1 ping0@1010>judge passed");
    static const char *const names[] = {"judge", "peer.2", "judge", "peer.1", "judge"};
    assert_int_equal(seen_count, 5);
    for (unsigned at = 0; at < seen_count; at++)
        assert_string_equal(ob_name(seen[at]), names[at]);
    assert_null(ob_running(bench.world));
    assert_int_equal(*(unsigned *)ob_state(ob_actor(bench.world, "judge")), 21);
    bench_close(&bench);
}

static const char *described(struct bench *bench, const char *name, struct ob_text *text)
{
    ob_text_release(text);
    ob_world_describe(bench->world, ob_id(ob_actor(bench->world, name)), text);
    return ob_text_string(text);
}

static void an_actor_has_words_of_its_own(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_text text = {0};
    bench_open(&bench, &ob_target_who, 0);
    (void)bench_run(&bench, "go to peer.2\n");
    assert_string_equal(described(&bench, "judge", &text), "senders 2");
    assert_string_equal(described(&bench, "peer.1", &text), "peer 1");
    ob_text_release(&text);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_at_work_is_known),
        cmocka_unit_test(an_actor_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
