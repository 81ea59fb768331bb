/* Links that are in_sent_order: whatever deviates, each actor gets what it is sent in the order in
 * which it was sent, over all senders; and as often as brute force says in which orders. */
#include "base/rng.h"
#include "scenario/edit.h"
#include "support/drawn_scenario.h"
#include "support/run_text.h"
#include "world/snapshot.h"

enum kind { GO, STEP, ECHO, TICK };

#define PEERS 4u
#define HOPS 3u

/* Sends on to some others, itself among them, and now and then by a timer. */
static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t hops = message->kind == GO ? HOPS : message->args[0];
    uint32_t draw = message->kind == GO ? message->args[0] : message->args[1] * 7 + ob_id(self);
    if (hops == 0)
        return;
    if (draw % 3 == 0)
        (void)ob_timer_start(self, draw % 50, TICK, hops - 1);
    if (draw % 5 == 1)
        (void)ob_send_all(self, "peer", STEP, hops - 1, draw % 11);
    else
        ob_send_member(self, "peer", draw % PEERS, ECHO, hops - 1, draw % 13);
}

enum variant { KEPT, FREE, LOSSY };

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "peer", PEERS, peer_receive, 0);
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 5,
                             .latency_us_max = 400,
                             .lossy = ob_world_variant(world) == LOSSY,
                             .in_sent_order = ob_world_variant(world) != FREE});
    ob_allow(world, "*",
             (struct ob_faults){.restart = true, .pause_us_max = 300, .timer_late_us_max = 100});
}

static OB_TARGET(peers, .variants = {[KEPT] = "kept", [FREE] = "free", [LOSSY] = "lossy"},
                 .messages = {[GO] = {.name = "go", .to = "peer", .args = {{"n", 0, 999}}},
                              [STEP] = {.name = "step"},
                              [ECHO] = {.name = "echo"},
                              [TICK] = {.name = "tick"}},
                 .setup = setup);

/* Deliveries of messages from actors that come before one that was sent earlier to the same. */
static unsigned count_overtaken(const struct ob_world *world)
{
    uint32_t last[PEERS + 1] = {0};
    unsigned count = 0;
    for (uint32_t at = 0; at < ob_world_delivery_count(world); at++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, at);
        if (delivery->sent == OB_NONE || ob_world_is_timer(world, delivery->sent) ||
            ob_world_sent(world, delivery->sent)->message.from == OB_OUTSIDE)
            continue;
        count += delivery->sent < last[delivery->actor];
        last[delivery->actor] = delivery->sent;
    }
    return count;
}

static void add_walk(struct ob_scenario *scenario, struct ob_rng *rng)
{
    struct ob_walk walk = {.depth = (uint8_t)(1 + ob_rng_below(rng, 5)),
                           .hint = 20,
                           .late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES)};
    struct ob_deviation record =
        ob_walk_deviation((enum ob_walk_strategy)ob_rng_below(rng, OB_WALK_STRATEGIES),
                          (uint32_t)ob_rng_next(rng), walk);
    (void)ob_scenario_insert_deviation(scenario, &record);
}

#define ROUNDS 6000u

/* How many runs of random scenarios, some with walks, have a message that was overtaken. */
static unsigned runs_overtaken(unsigned variant)
{
    static struct ob_scenario scenario;
    struct ob_rng rng = {.state = 7};
    struct ob_world *world = ob_world_create(&ob_target_peers, variant, NULL);
    unsigned count = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
        if (round % 2)
            add_walk(&scenario, &rng);
        (void)ob_world_run(world, &scenario);
        count += count_overtaken(world) > 0;
    }
    ob_world_destroy(world);
    return count;
}

static void nothing_overtakes_whatever_deviates(void **state)
{
    (void)state;
    assert_int_equal(runs_overtaken(KEPT), 0);
    assert_int_equal(runs_overtaken(LOSSY), 0);
    /* The same scenarios without it: they would. */
    assert_true(runs_overtaken(FREE) > ROUNDS / 10);
}

/* What waits and what was held are part of snapshots. */
static void snapshots_give_the_same_trace(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_rng rng = {.state = 11};
    struct ob_world *world = ob_world_create(&ob_target_peers, KEPT, NULL);
    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        draw_scenario(ob_world_vocabulary(world), &rng, &scenario);
        if (round % 2)
            add_walk(&scenario, &rng);
        uint64_t hash = ob_world_run(world, &scenario)->trace_hash;
        ob_world_begin(world, &scenario);
        for (unsigned steps = ob_rng_below(&rng, 30); steps > 0 && ob_world_step(world); steps--)
            continue;
        struct ob_snapshot *snapshot = ob_snapshot_take(world, NULL);
        assert_non_null(snapshot);
        while (ob_world_step(world))
            continue;
        ob_snapshot_restore(world, snapshot);
        while (ob_world_step(world))
            continue;
        assert_int_equal(ob_world_verdict(world)->trace_hash, hash);
        ob_snapshot_free(snapshot);
    }
    ob_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_overtakes_whatever_deviates),
        cmocka_unit_test(snapshots_give_the_same_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
