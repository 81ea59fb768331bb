/*
 * Whatever a walk violates is written down as plain deviations that violate the same, in the same
 * order of events. A model for each kind of thing that can be difficult about that.
 */
#include <stdlib.h>

#include "base/rng.h"
#include "offbeat/task.h"
#include "scenario/edit.h"
#include "search/faults.h"
#include "search/minimize.h"
#include "search/transcribe.h"
#include "support/run_text.h"

#define SEEDS 150u
#define MINIMIZED 20u /* walks of each model */

enum kind { GO, ASK, RELAY, ANSWER, TIMEOUT, TICK, NOTE, PLAIN };

/* -- two late hops before a deadline: no single delay is enough -- */

static void hops_client(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *timer = ob_state(self);

    if (message->kind == GO && *timer == 0) {
        ob_send(self, "relay", ASK, message->args[0]);
        *timer = ob_timer_start(self, 50000, TIMEOUT, 0);
    } else if (message->kind == ANSWER) {
        ob_timer_cancel(self, *timer);
    }
    OB_INVARIANT(ob_world(self), answered_in_time, message->kind != TIMEOUT, "timed out");
}

static void hops_relay(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == ASK)
        ob_send(self, "server", RELAY, message->args[0]);
    else
        ob_send(self, "client", ANSWER, message->args[0]);
}

static void hops_server(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, NOTE, message->args[0]);
}

static void hops_setup(struct ob_world *world)
{
    const struct ob_link link = {.latency_us = 100, .latency_us_max = 20000};

    ob_spawn(world, "client", hops_client, sizeof(uint32_t));
    ob_spawn(world, "relay", hops_relay, 0);
    ob_spawn(world, "server", hops_server, 0);
    ob_link(world, "*", "*", link);
}

/* -- an answer just before its timeout, as the asker's clock shows -- */

struct asker {
    uint64_t asked_us;
    uint32_t timer;
};

static void clock_asker(struct ob_actor *self, const struct ob_message *message)
{
    struct asker *asker = ob_state(self);

    if (message->kind == GO && asker->timer == 0) {
        asker->asked_us = ob_now(self);
        asker->timer = ob_timer_start(self, 30000, TIMEOUT, 0);
        ob_send(self, "server", ASK, 0);
    } else if (message->kind == ANSWER && ob_timer_cancel(self, asker->timer)) {
        OB_INVARIANT(ob_world(self), answers_early, ob_now(self) - asker->asked_us < 29990,
                     "at the last moment");
    }
}

static void clock_server(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER, 0);
}

static void clock_setup(struct ob_world *world)
{
    ob_spawn(world, "client", clock_asker, sizeof(struct asker));
    ob_spawn(world, "server", clock_server, 0);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 25000});
}

/* -- what one actor got, in order -- */

struct record {
    uint32_t count;
    uint32_t seen[64]; /* kind and argument */
};

static void note_message(struct ob_actor *self, const struct ob_message *message)
{
    struct record *record = ob_state(self);

    if (record->count < 64)
        record->seen[record->count++] = (uint32_t)message->kind << 16 | message->args[0];
}

/* The place of a message, or the number of them. */
static uint32_t place_of(const struct record *record, unsigned kind, unsigned arg)
{
    uint32_t place = 0;

    while (place < record->count && record->seen[place] != (kind << 16 | arg))
        place++;
    return place;
}

/* -- delays on links that keep the order and on those that do not -- */

static void links_sender(struct ob_actor *self, const struct ob_message *message)
{
    for (unsigned number = 0; message->kind == GO && number < 4; number++)
        ob_send(self, "sink", ob_id(self) == 1 ? NOTE : PLAIN, number);
}

static void links_sink(struct ob_actor *self, const struct ob_message *message)
{
    const struct record *record = ob_state(self);

    note_message(self, message);
    bool overtaken = place_of(record, NOTE, 3) < place_of(record, NOTE, 0) &&
                     place_of(record, NOTE, 0) < record->count;
    bool between = place_of(record, PLAIN, 1) < place_of(record, NOTE, 3) &&
                   place_of(record, NOTE, 3) < place_of(record, PLAIN, 2) &&
                   place_of(record, PLAIN, 2) < place_of(record, NOTE, 0);
    OB_INVARIANT(ob_world(self), order_is_kept, !overtaken || !between, "it is not");
}

static void links_setup(struct ob_world *world)
{
    ob_spawn_many(world, "sender", 2, links_sender, 0);
    ob_spawn(world, "sink", links_sink, sizeof(struct record));
    ob_link(world, "sender.0", "sink",
            (struct ob_link){.latency_us = 50, .latency_us_max = 3000, .unordered = true});
    ob_link(world, "sender.1", "sink", (struct ob_link){.latency_us = 70, .latency_us_max = 900});
}

/* -- what a link holds up behind another message needs no delay of its own -- */

static void pushed_sink(struct ob_actor *self, const struct ob_message *message)
{
    const struct record *record = ob_state(self);

    if (message->kind == ASK)
        ob_timer_start(self, 1000, TICK, 0);
    note_message(self, message);
    OB_INVARIANT(ob_world(self), notes_before_tick,
                 message->kind != TICK || place_of(record, NOTE, 0) < record->count, "late notes");
}

static void pushed_sender(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "sink", ASK, 0);
    for (unsigned number = 0; number < 4; number++)
        ob_send(self, "sink", NOTE, number);
}

static void pushed_setup(struct ob_world *world)
{
    ob_spawn(world, "sender", pushed_sender, 0);
    ob_spawn(world, "sink", pushed_sink, sizeof(struct record));
    ob_link(world, "sender", "sink", (struct ob_link){.latency_us = 50, .latency_us_max = 3000});
}

/* -- ties: nothing can be late here, so the microsecond decides -- */

static void ties_sender(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == GO)
        ob_timer_start(self, 20, TICK, 0);
    ob_send(self, "sink", message->kind == GO ? NOTE : TICK, ob_id(self));
}

static void ties_sink(struct ob_actor *self, const struct ob_message *message)
{
    const struct record *record = ob_state(self);

    note_message(self, message);
    OB_INVARIANT(ob_world(self), order_of_ties,
                 !(place_of(record, NOTE, 3) < place_of(record, NOTE, 2) &&
                   place_of(record, NOTE, 2) < place_of(record, TICK, 3) &&
                   place_of(record, TICK, 3) < place_of(record, NOTE, 1) &&
                   place_of(record, NOTE, 1) < record->count),
                 "another order");
}

static void ties_setup(struct ob_world *world)
{
    const struct ob_link exact = {.latency_us = 20, .latency_us_max = 20};

    ob_spawn_many(world, "sender", 3, ties_sender, 0);
    ob_spawn(world, "sink", ties_sink, sizeof(struct record));
    ob_link(world, "sender", "sink", exact);
}

/* -- tasks that are preempted -- */

struct account {
    uint32_t balance;
    uint32_t paid_in;
};

static void tasks_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct account *account = ob_state(self);

    if (message->kind != GO)
        return;
    uint32_t balance = account->balance;
    ob_yield(self);
    account->balance = balance + 1;
    account->paid_in++;
    ob_sleep(self, 40);
    OB_INVARIANT(ob_world(self), nothing_is_lost, account->balance == account->paid_in, "%u of %u",
                 account->balance, account->paid_in);
}

static void tasks_setup(struct ob_world *world)
{
    ob_spawn_async(world, "account", tasks_receive, sizeof(struct account));
    ob_allow(world, "account", (struct ob_faults){.task_late_us_max = 500});
}

/* -- a timer that is late, and then cancelled -- */

struct waiting {
    struct record record;
    uint32_t timer;
};

static void cancel_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct waiting *waiting = ob_state(self);

    if (message->kind == GO && waiting->timer == 0) {
        waiting->timer = ob_timer_start(self, 1000, TIMEOUT, 0);
        ob_send(self, "ticker", ASK, 0);
    }
    note_message(self, message);
    if (message->kind == ANSWER) /* sent at 1500, when the timer was due */
        OB_INVARIANT(ob_world(self), timer_in_time, !ob_timer_cancel(self, waiting->timer),
                     "it was late, and is cancelled");
}

static void cancel_ticker(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == ASK)
        ob_timer_start(self, 1500, TICK, 0);
    else
        ob_send(self, "waiter", ANSWER, 0);
}

static void cancel_setup(struct ob_world *world)
{
    ob_spawn(world, "waiter", cancel_receive, sizeof(struct waiting));
    ob_spawn(world, "ticker", cancel_ticker, 0);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 300});
    ob_allow(world, "waiter", (struct ob_faults){.timer_late_us_max = 5000});
}

/* -- an actor that is busy, so that messages wait -- */

static void busy_worker(struct ob_actor *self, const struct ob_message *message)
{
    const struct record *record = ob_state(self);

    note_message(self, message);
    if (message->kind == NOTE)
        ob_work(self, 200 + 100 * message->args[0]);
    if (message->kind == PLAIN)
        ob_send(self, "sink", PLAIN, message->args[0]);
    OB_INVARIANT(ob_world(self), notes_come_first,
                 place_of(record, PLAIN, 1) >= place_of(record, NOTE, 2) ||
                     place_of(record, NOTE, 2) == record->count,
                 "a late note");
}

static void busy_sink(struct ob_actor *self, const struct ob_message *message)
{
    note_message(self, message);
    const struct record *record = ob_state(self);
    OB_INVARIANT(ob_world(self), plain_in_order,
                 place_of(record, PLAIN, 2) >= place_of(record, PLAIN, 0) ||
                     place_of(record, PLAIN, 0) == record->count,
                 "overtaken");
}

static void busy_sender(struct ob_actor *self, const struct ob_message *message)
{
    for (unsigned number = 0; message->kind == GO && number < 3; number++) {
        ob_send(self, "worker", NOTE, number);
        ob_send(self, "worker", PLAIN, number);
    }
}

static void busy_setup(struct ob_world *world)
{
    ob_spawn(world, "sender", busy_sender, 0);
    ob_spawn(world, "worker", busy_worker, sizeof(struct record));
    ob_spawn(world, "sink", busy_sink, sizeof(struct record));
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 10, .latency_us_max = 2000, .unordered = true});
}

/* -- faults: a request is repeated until it is answered, the server forgets when it restarts -- */

static void faults_client(struct ob_actor *self, const struct ob_message *message)
{
    struct asker *asker = ob_state(self);

    if (message->kind == ANSWER) {
        ob_timer_cancel(self, asker->timer);
        asker->asked_us = 9;
        return;
    }
    if (asker->asked_us < 3) {
        asker->asked_us++;
        ob_send(self, "server", ASK, 0);
        asker->timer = ob_timer_start(self, 2000, TIMEOUT, 0);
    }
}

static void faults_server(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *asked = ob_state(self);

    ++*asked;
    ob_reply(self, message, ANSWER, 0);
    ob_send(self, "ledger", NOTE, *asked);
}

static void faults_ledger(struct ob_actor *self, const struct ob_message *message)
{
    const struct record *record = ob_state(self);

    note_message(self, message);
    OB_INVARIANT(ob_world(self), asked_twice, message->args[0] < 2, "twice");
    OB_INVARIANT(ob_world(self), noted_once,
                 record->count < 2 || record->seen[0] != record->seen[1], "noted twice");
}

static void faults_setup(struct ob_world *world)
{
    const struct ob_link lossy = {.latency_us = 100,
                                  .latency_us_max = 1500,
                                  .unordered = true,
                                  .lossy = true,
                                  .duplicating = true};

    ob_spawn(world, "client", faults_client, sizeof(struct asker));
    ob_spawn(world, "server", faults_server, sizeof(uint32_t));
    ob_spawn(world, "ledger", faults_ledger, sizeof(struct record));
    ob_link(world, "*", "*", lossy);
    ob_link(world, "outside", "client", lossy);
    ob_allow(world, "client", (struct ob_faults){.restart = true});
    ob_allow(world, "server",
             (struct ob_faults){.crash = true, .restart = true, .pause_us_max = 500});
}

/* -- walks over them -- */

#define MODEL(id, receiver)                                                                        \
    static OB_TARGET(id, .variants = {"only"},                                                     \
                     .messages = {[GO] = {.name = "go",                                            \
                                          .to = (receiver),                                        \
                                          .args = {{.name = "number", .max = 7}}},                 \
                                  [ASK] = {.name = "ask"},                                         \
                                  [RELAY] = {.name = "relay"},                                     \
                                  [ANSWER] = {.name = "answer"},                                   \
                                  [TIMEOUT] = {.name = "timeout"},                                 \
                                  [TICK] = {.name = "tick"},                                       \
                                  [NOTE] = {.name = "note"},                                       \
                                  [PLAIN] = {.name = "plain"}},                                    \
                     .setup = id##_setup)

MODEL(hops, "client");
MODEL(clock, "client");
MODEL(links, "sender");
MODEL(pushed, "sender");
MODEL(ties, "sender");
MODEL(tasks, "account");
MODEL(cancel, "waiter");
MODEL(busy, "sender");
MODEL(faults, "client");

static const struct model {
    const struct ob_target *target;
    const char *workload;
    unsigned faults;     /* in one walk, at most */
    unsigned deviations; /* that are enough for each; 0: any number */
} models[] = {
    {&ob_target_hops, "+0 go(number=1) to client\n+1ms go(number=2) to client\n", 0, 0},
    {&ob_target_clock, "+0 go() to client\n+3ms go() to client\n", 0, 0},
    {&ob_target_links, "+0 go() to sender.0\n+40us go() to sender.1\n", 0, 0},
    {&ob_target_pushed, "+0 go() to sender\n", 0, 1},
    {&ob_target_ties, "+0 go() to sender.0\n+0 go() to sender.1\n+0 go() to sender.2\n", 0, 0},
    {&ob_target_tasks, "+0 go() to account\n+10us go() to account\n+0 go() to account\n", 0, 0},
    {&ob_target_cancel, "+0 go() to waiter\n", 0, 0},
    {&ob_target_busy, "+0 go() to sender\n", 0, 0},
    {&ob_target_faults, "+0 go() to client\n+9ms go() to client\n+0 go() to client\n", 2, 0},
};

/* One run that violates, and the plain one that was written of it. */
struct written {
    const struct model *model;
    struct bench explored;
    struct bench replay;
    struct ob_scenario result;
    struct ob_scenario decoded;
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    unsigned violating;
};

static void expect_same_delivery(const struct written *written, uint32_t index)
{
    const struct ob_delivery *one = ob_world_delivery(written->explored.world, index);
    const struct ob_delivery *other = ob_world_delivery(written->replay.world, index);

    assert_int_equal(one->actor, other->actor);
    /* Of two copies one is the message and the other its copy, whichever comes first. */
    assert_int_equal(one->flags & ~OB_DELIVERY_COPY, other->flags & ~OB_DELIVERY_COPY);
    if (one->sent == OB_NONE || other->sent == OB_NONE) {
        assert_int_equal(one->sent, other->sent);
        return;
    }
    const struct ob_message *left = &ob_world_sent(written->explored.world, one->sent)->message;
    const struct ob_message *right = &ob_world_sent(written->replay.world, other->sent)->message;
    assert_int_equal(left->kind, right->kind);
    assert_int_equal(left->from, right->from);
    assert_int_equal(left->args[0], right->args[0]);
}

static bool has_op(const struct ob_scenario *scenario, unsigned op)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (scenario->deviations[index].op == op)
            return true;
    return false;
}

/* What is written holds no walk, violates the same by the same deliveries, and is canonical. */
static void write_and_replay(struct written *written)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(written->replay.world);
    struct ob_verdict verdict = *ob_world_verdict(written->explored.world);

    if (!ob_transcribe(written->explored.world, written->replay.world, &written->explored.walked,
                       &written->result))
        fail_msg("%s: a violation of %s by a walk cannot be written", written->model->target->name,
                 verdict.invariant);
    size_t size =
        ob_scenario_encode(vocabulary, &written->result, written->bytes, sizeof written->bytes);
    ob_scenario_decode(vocabulary, written->bytes, size, &written->decoded);
    assert_true(ob_scenario_equal(&written->result, &written->decoded));
    assert_false(has_op(&written->decoded, OB_WALK));
    if (written->model->deviations)
        assert_int_equal(written->decoded.deviation_count, written->model->deviations);
    const struct ob_verdict *replayed = ob_world_run(written->replay.world, &written->decoded);
    assert_int_equal(replayed->outcome, OB_VIOLATED);
    assert_string_equal(replayed->invariant, verdict.invariant);
    assert_int_equal(replayed->delivery_count, verdict.delivery_count);
    for (uint32_t index = 0; index < verdict.delivery_count; index++)
        expect_same_delivery(written, index);
}

static void add_faults(struct written *written, uint64_t seed)
{
    static struct ob_deviation faults[OB_FAULTS_MAX];
    struct ob_rng rng = {.state = ob_mix64(seed)};
    struct bench *bench = &written->explored;

    bench_parse(bench, written->model->workload);
    if (written->model->faults == 0)
        return;
    size_t count = ob_faults_list(bench->world, &bench->scenario, faults, OB_FAULTS_MAX);
    for (unsigned left = ob_rng_below(&rng, written->model->faults + 1); left > 0; left--) {
        struct ob_deviation fault = faults[ob_rng_below(&rng, (uint32_t)count)];
        if (fault.op == OB_DUPLICATE || fault.op == OB_RESTART)
            fault.amount = ob_rng_below(&rng, 3000);
        ob_deviation_canonicalise(ob_world_vocabulary(bench->world), &fault);
        assert_true(ob_scenario_insert_deviation(&bench->scenario, &fault));
    }
}

static void write_all_walks(struct written *written)
{
    for (unsigned strategy = OB_WALK_RANDOM; strategy <= OB_WALK_POS; strategy++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            add_faults(written, seed);
            const struct ob_verdict *verdict =
                bench_walk(&written->explored, (enum ob_walk_strategy)strategy, seed);
            if (verdict->outcome != OB_VIOLATED)
                continue;
            written->violating++;
            write_and_replay(written);
        }
    }
}

/* The sizes of minimal scenarios, by invariant. */
struct sizes {
    char invariant[64];
    unsigned least;
    unsigned most;
};

static void note_size(struct sizes sizes[2], const char *invariant, unsigned size)
{
    struct sizes *found = &sizes[0];

    if (found->invariant[0] && strcmp(found->invariant, invariant) != 0)
        found = &sizes[1];
    if (!found->invariant[0])
        found->least = size;
    (void)snprintf(found->invariant, sizeof found->invariant, "%s", invariant);
    found->least = size < found->least ? size : found->least;
    found->most = size > found->most ? size : found->most;
}

static void find_sizes(struct written *written)
{
    struct sizes sizes[2] = {0};
    struct bench *bench = &written->explored;

    for (uint64_t seed = 0; seed < SEEDS && written->violating < MINIMIZED; seed++) {
        add_faults(written, seed);
        const struct ob_verdict *verdict =
            bench_walk(bench, (enum ob_walk_strategy)(seed % OB_WALK_STRATEGIES), seed);
        if (verdict->outcome != OB_VIOLATED)
            continue;
        struct ob_error error = {{0}};
        written->violating++;
        assert_int_equal(ob_minimize(bench->world, &bench->walked, &written->result, NULL, &error),
                         0);
        assert_false(has_op(&written->result, OB_WALK));
        assert_int_equal(
            ob_minimize(bench->world, &written->result, &written->decoded, NULL, &error), 0);
        assert_true(ob_scenario_equal(&written->result, &written->decoded));
        verdict = ob_world_verdict(bench->world);
        note_size(sizes, verdict->invariant,
                  written->result.message_count + written->result.deviation_count);
    }
    for (unsigned at = 0; at < 2 && sizes[at].invariant[0]; at++) {
        print_message("%s: %s: %u to %u records\n", written->model->target->name,
                      sizes[at].invariant, sizes[at].least, sizes[at].most);
        assert_true(sizes[at].most - sizes[at].least <= 1);
    }
}

static void every_violating_walk_is_written(void **state)
{
    struct written *written = calloc(1, sizeof *written);

    (void)state;
    assert_non_null(written);
    for (size_t at = 0; at < sizeof models / sizeof models[0]; at++) {
        *written = (struct written){.model = &models[at]};
        bench_open(&written->explored, models[at].target, 0);
        bench_open(&written->replay, models[at].target, 0);
        write_all_walks(written);
        print_message("%s: %u walks violate\n", models[at].target->name, written->violating);
        assert_true(written->violating > 0);
        bench_close(&written->explored);
        bench_close(&written->replay);
    }
    free(written);
}

/* Whatever walk has found it, minimizing ends with as few records, give or take one. */
static void all_walks_end_with_one_size(void **state)
{
    struct written *written = calloc(1, sizeof *written);

    (void)state;
    assert_non_null(written);
    for (size_t at = 0; at < sizeof models / sizeof models[0]; at++) {
        *written = (struct written){.model = &models[at]};
        bench_open(&written->explored, models[at].target, 0);
        find_sizes(written);
        bench_close(&written->explored);
    }
    free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_violating_walk_is_written),
        cmocka_unit_test(all_walks_end_with_one_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
