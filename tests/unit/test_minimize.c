/* The minimizer: what it removes, what it keeps, and that nothing is left to remove. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "scenario/scenario.h"
#include "search/minimize.h"
#include "world/run.h"
#include "world/world.h"

/* -- a target with two ways to one receiver, and numbers that matter -- */

enum { PUSH, FIRST, SECOND };

struct sink {
    uint32_t seconds;
    uint32_t firsts;
};

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "sink", FIRST, message->args[0]);
    ob_send(self, "relay", SECOND, message->args[0]);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sink *sink = ob_state(self);

    if (message->kind == FIRST)
        sink->firsts |= 1u << message->args[0];
    else
        sink->seconds |= 1u << message->args[0];
    OB_INVARIANT(ob_world(self), first_comes_first, !(sink->seconds & ~sink->firsts), "%u",
                 sink->seconds);
}

static void ways_setup(struct ob_world *world)
{
    ob_spawn_many(world, "source", 4, source_receive, 0);
    ob_spawn_forwarder(world, "relay", "sink");
    ob_spawn(world, "sink", sink_receive, sizeof(struct sink));
    ob_link(world, "relay", "sink", (struct ob_link){.latency_us = 500, .latency_us_max = 2000});
}

static OB_TARGET(ways, .variants = {"only"},
                 .messages = {[PUSH] = {.name = "push", .to = "source", .args = {{"id", 0, 15}}},
                              [FIRST] = {.name = "first"},
                              [SECOND] = {.name = "second"}},
                 .setup = ways_setup);

/* -- a target that takes two orders at once, among messages that do not matter -- */

enum { GO, EARLY_A, EARLY_B, LATE_A, LATE_B, NOISE, PROMPT };

static void starter_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "judge", EARLY_A);
    ob_send(self, "judge", EARLY_B);
    ob_send(self, "judge", NOISE);
    ob_send(self, "judge", PROMPT);
    ob_send(self, "relay", LATE_A);
    ob_send(self, "relay", LATE_B);
}

struct judge {
    uint32_t seen; /* a bit for each kind */
    uint32_t late;
    bool all_late; /* then it makes no difference */
};

static void judge_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct judge *judge = ob_state(self);

    judge->seen |= 1u << message->kind;
    judge->all_late |= message->kind == LATE_A && !(judge->seen & 1u << PROMPT);
    judge->late += message->kind == EARLY_A && (judge->seen & 1u << LATE_A);
    judge->late += message->kind == EARLY_B && (judge->seen & 1u << LATE_B);
    OB_INVARIANT(ob_world(self), one_in_time, judge->late < 2 || judge->all_late, "%u",
                 judge->late);
}

static void both_setup(struct ob_world *world)
{
    ob_spawn(world, "starter", starter_receive, 0);
    ob_spawn_forwarder(world, "relay", "judge");
    ob_spawn(world, "judge", judge_receive, sizeof(struct judge));
    ob_link(world, "starter", "judge", (struct ob_link){.latency_us_max = 1000, .unordered = true});
}

static OB_TARGET(both, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "starter"},
                              [EARLY_A] = {.name = "early_a"},
                              [EARLY_B] = {.name = "early_b"},
                              [LATE_A] = {.name = "late_a"},
                              [LATE_B] = {.name = "late_b"},
                              [NOISE] = {.name = "noise"},
                              [PROMPT] = {.name = "prompt"}},
                 .setup = both_setup);

/* -- a target that looks at the bits of what it gets -- */

enum { SET };

static void cell_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool marked = message->size > 0 && memchr(message->bytes, 0x42, message->size);

    OB_INVARIANT(ob_world(self), bits, (message->args[0] & 36) != 36, "%u", message->args[0]);
    OB_INVARIANT(ob_world(self), late, ob_world_now(ob_world(self)) < 1234 || message->args[1] < 7,
                 "late");
    OB_INVARIANT(ob_world(self), mark, !marked, "marked");
}

static void cell_setup(struct ob_world *world)
{
    ob_spawn(world, "cell", cell_receive, 0);
}

static OB_TARGET(cell, .variants = {"only"},
                 .messages = {[SET] = {.name = "set",
                                       .to = "cell",
                                       .args = {{"value", 3, 255}, {"level", 0, 9}},
                                       .bytes_max = 64}},
                 .setup = cell_setup);

extern const struct ob_target ob_target_mailbox;

/* -- a target in which the timers of two messages must meet -- */

enum { HOLD, KNOCK, FREED, GIVEN_UP };

static void door_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint64_t *freed_us = ob_state(self);

    if (message->kind == HOLD)
        ob_timer_start(self, 1000 * message->args[0], FREED, 0);
    if (message->kind == KNOCK)
        ob_timer_start(self, 5000, GIVEN_UP, 0);
    if (message->kind == FREED)
        *freed_us = ob_now(self);
    OB_INVARIANT(ob_world(self), not_both,
                 message->kind != GIVEN_UP || ob_now(self) > *freed_us + 100, "both at once");
}

static void door_setup(struct ob_world *world)
{
    ob_spawn(world, "door", door_receive, sizeof(uint64_t));
}

static OB_TARGET(door, .variants = {"only"},
                 .messages = {[HOLD] = {.name = "hold",
                                        .to = "door",
                                        .args = {{.name = "ms", .min = 5, .max = 60000}}},
                              [KNOCK] = {.name = "knock", .to = "door"},
                              [FREED] = {.name = "freed"},
                              [GIVEN_UP] = {.name = "given_up"}},
                 .setup = door_setup);

/* -- a deadline, and what takes as long as it is asked to -- */

enum { KEEP, ARM, GIVEN, DEADLINE, KEPT };

static void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint64_t *over_us = ob_state(self);
    if (message->kind == ARM)
        ob_timer_start(self, 5000, DEADLINE, 0);
    else if (message->kind == DEADLINE)
        *over_us = ob_now(self);
    else /* given */
        OB_INVARIANT(ob_world(self), not_given_just_behind,
                     *over_us == 0 || ob_now(self) > *over_us + 20, "too late");
}

static void keeper_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == KEEP)
        ob_timer_start(self, 1000 * message->args[0], KEPT, 0);
    else
        ob_send(self, "desk", GIVEN);
}

static void deadline_setup(struct ob_world *world)
{
    ob_spawn(world, "desk", desk_receive, sizeof(uint64_t));
    ob_spawn(world, "keeper", keeper_receive, 0);
    ob_link(world, "keeper", "desk", (struct ob_link){.latency_us_max = 20000});
}

static OB_TARGET(deadline, .variants = {"only"},
                 .messages = {[KEEP] = {.name = "keep", .to = "keeper", .args = {{"ms", 0, 50}}},
                              [ARM] = {.name = "arm", .to = "desk"},
                              [GIVEN] = {.name = "given"},
                              [DEADLINE] = {.name = "deadline"},
                              [KEPT] = {.name = "kept"}},
                 .setup = deadline_setup);

/* -- a system that works by itself, with a message from outside at some time -- */

enum { NEXT, ROUND, APPEND };

struct writer {
    uint32_t term;
    uint32_t rounds;
};

static void writer_start(struct ob_actor *self)
{
    ob_timer_start(self, 10000, ROUND, 0);
}

static void writer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct writer *writer = ob_state(self);

    if (message->kind == NEXT) {
        writer->term++;
        return;
    }
    ob_send(self, "log", APPEND, writer->term);
    if (++writer->rounds < 450)
        ob_timer_start(self, 10000, ROUND, 0);
}

static void log_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *term = ob_state(self);

    OB_INVARIANT(ob_world(self), terms_rise, message->args[0] >= *term, "an earlier term");
    *term = message->args[0];
}

static void terms_setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "writer", writer_receive, sizeof(struct writer)), writer_start);
    ob_spawn(world, "log", log_receive, sizeof(uint32_t));
    ob_link(world, "writer", "log", (struct ob_link){.latency_us_max = 14000, .unordered = true});
    ob_link(world, "outside", "writer", (struct ob_link){.latency_us = 1, .latency_us_max = 20});
}

static OB_TARGET(terms, .variants = {"only"},
                 .messages = {[NEXT] = {.name = "next", .to = "writer"},
                              [ROUND] = {.name = "round"},
                              [APPEND] = {.name = "append"}},
                 .setup = terms_setup);

/* -- helpers -- */

struct fixture {
    struct ob_world *world;
    struct ob_scenario scenario;
    struct ob_minimize_stats stats;
};

static void open_world(struct fixture *fixture, const struct ob_target *target)
{
    struct ob_error error = {{0}};
    fixture->world = ob_world_create(target, 0, &error);
    assert_string_equal(error.text, "");
    assert_non_null(fixture->world);
}

static void read_text(struct fixture *fixture, const char *text)
{
    struct ob_error error = {{0}};
    (void)ob_scenario_parse(ob_world_vocabulary(fixture->world), "test", text, strlen(text),
                            &fixture->scenario, &error);
    assert_string_equal(error.text, "");
}

static void expect_text(const struct fixture *fixture, const char *expected)
{
    struct ob_text text = {0};
    ob_scenario_print(ob_world_vocabulary(fixture->world), &fixture->scenario, &text);
    assert_string_equal(ob_text_string(&text), expected);
    ob_text_release(&text);
}

static void minimize(struct fixture *fixture)
{
    struct ob_error error = {{0}};
    assert_int_equal(ob_minimize(fixture->world, &fixture->scenario, &fixture->scenario,
                                 &fixture->stats, &error),
                     0);
    assert_false(fixture->stats.is_cut_short);
}

/* From one text to another, and from that to itself. */
static void expect_minimal(const struct ob_target *target, const char *from, const char *to)
{
    struct fixture fixture;
    open_world(&fixture, target);
    read_text(&fixture, from);
    minimize(&fixture);
    expect_text(&fixture, to);
    minimize(&fixture);
    expect_text(&fixture, to);
    ob_world_destroy(fixture.world);
}

/* -- tests -- */

static const char *const one_delay = "offbeat scenario 1 ways\n"
                                     "+0 push(id=0) to source.0\n"
                                     "delay first source.0->sink #0 by 501us\n";

static void test_removes_what_is_not_needed(void **state)
{
    (void)state;
    expect_minimal(&ob_target_ways,
                   "offbeat scenario 1 ways\n"
                   "+3ms push(id=5) to source.1\n"
                   "+2us push(id=6) to source.1\n"
                   "+1ms push(id=7) to source.2\n"
                   "+9s push(id=7) to source.3\n"
                   "delay second source.1->relay #0 by 70us\n"
                   "delay first source.1->sink #1 by 6ms\n"
                   "delay first source.3->sink #0 by 6ms\n"
                   "drop first source.1->sink #1\n",
                   one_delay);
}

/* Which message is the second of its kind depends on the first being there. */
static void test_ordinals_follow_removed_messages(void **state)
{
    (void)state;
    expect_minimal(&ob_target_ways,
                   "offbeat scenario 1 ways\n"
                   "+0 push(id=1) to source.0\n"
                   "+0 push(id=2) to source.0\n"
                   "+0 push(id=3) to source.0\n"
                   "+0 push(id=4) to source.0\n"
                   "delay first source.0->sink #3 by 3ms\n",
                   one_delay);
}

static void test_class_becomes_one(void **state)
{
    (void)state;
    expect_minimal(&ob_target_ways,
                   "offbeat scenario 1 ways\n"
                   "+0 push(id=1) to source.0\n"
                   "+3ms push(id=3) to source.1\n"
                   "delay every first *->* by 2ms\n",
                   one_delay);
}

static void test_reorder_stays_a_reorder(void **state)
{
    (void)state;
    expect_minimal(&ob_target_ways,
                   "offbeat scenario 1 ways\n"
                   "+0 push(id=1) to source.0\n"
                   "+0 push(id=3) to source.1\n"
                   "reorder first source.1->sink #0 after second #1\n",
                   "offbeat scenario 1 ways\n"
                   "+0 push(id=0) to source.0\n"
                   "reorder first source.0->sink #0 after second #0\n");
}

/* What waits for what waits itself may wait for the same. */
static void test_chain_becomes_short(void **state)
{
    (void)state;
    expect_minimal(&ob_target_both,
                   "offbeat scenario 1 both\n"
                   "+0 go() to starter\n"
                   "reorder every noise *->judge after early_b #0\n"
                   "reorder early_a starter->judge #0 after noise #0\n"
                   "reorder early_b starter->judge #0 after late_b #0\n",
                   "offbeat scenario 1 both\n"
                   "+0 go() to starter\n"
                   "reorder early_a starter->judge #0 after early_b #0\n"
                   "reorder early_b starter->judge #0 after late_b #0\n");
}

/* Neither the time that the door is held nor that of the knock can be less by much alone. */
static void test_numbers_go_down_together(void **state)
{
    struct fixture fixture;

    (void)state;
    open_world(&fixture, &ob_target_door);
    read_text(&fixture, "offbeat scenario 1 door\n+0 hold(ms=31234) to door\n"
                        "+31.22s knock() to door\n+9.05ms knock() to door\n");
    minimize(&fixture);
    expect_text(&fixture, "offbeat scenario 1 door\n+0 hold(ms=5) to door\n+0 knock() to door\n");
    assert_true(fixture.stats.executions < 5000);
    ob_world_destroy(fixture.world);
}

/* No step makes one message of two that are each too little: fresh walks do. */
static void test_local_minimum_is_left(void **state)
{
    struct fixture fixture;

    (void)state;
    open_world(&fixture, &ob_target_mailbox);
    read_text(&fixture, "offbeat scenario 1 mailbox\n"
                        "+0 work(jobs=5) to client.0\n"
                        "+0 work(jobs=5) to client.1\n"
                        "delay job client.0->gate #2 by 2.511ms\n"
                        "delay job client.1->gate #0 by 6.511ms\n"
                        "delay run gate->server #2 by 990us\n");
    minimize(&fixture);
    assert_int_equal(fixture.scenario.message_count, 1);
    assert_int_equal(fixture.scenario.deviation_count, 1);
    ob_world_destroy(fixture.world);
}

static const char *const first_round = "offbeat scenario 1 terms\n"
                                       "+9.999ms next() to writer\n"
                                       "delay append writer->log #0 by 10.01ms\n";

/* What shows in a late round shows in the first, with another message counted. */
static void test_late_round_becomes_the_first(void **state)
{
    (void)state;
    expect_minimal(&ob_target_terms,
                   "offbeat scenario 1 terms\n"
                   "+1s next() to writer\n"
                   "delay append writer->log #99 by 11ms\n",
                   first_round);
}

/* A message that comes too late in its row to be named leaves a walk as it is, unless an earlier
 * one does the same. */
static void test_walk_of_late_rounds_becomes_a_delay(void **state)
{
    (void)state;
    expect_minimal(&ob_target_terms,
                   "offbeat scenario 1 terms\n"
                   "+4s next() to writer\n"
                   "walk random seed 16 late 1/2\n",
                   first_round);
}

static void test_argument_replaces_a_delay(void **state)
{
    (void)state;
    expect_minimal(&ob_target_deadline,
                   "offbeat scenario 1 deadline\n"
                   "+0 keep(ms=2) to keeper\n"
                   "+0 arm() to desk\n"
                   "delay given keeper->desk #0 by 3.001ms\n",
                   "offbeat scenario 1 deadline\n"
                   "+0 keep(ms=5) to keeper\n"
                   "+0 arm() to desk\n");
}

static void test_draw_becomes_explicit(void **state)
{
    (void)state;
    unsigned found = 0;

    for (uint32_t seed = 0; seed < 200; seed++) {
        struct fixture fixture;
        open_world(&fixture, &ob_target_ways);
        read_text(&fixture, "offbeat scenario 1 ways\n"
                            "+0 push(id=1) to source.0\n"
                            "+3ms push(id=3) to source.1\n"
                            "draw per message every first *->* seed 0\n");
        fixture.scenario.deviations[0].amount = seed;
        if (ob_world_run(fixture.world, &fixture.scenario)->outcome == OB_VIOLATED) {
            found++;
            minimize(&fixture);
            expect_text(&fixture, one_delay);
        }
        ob_world_destroy(fixture.world);
    }
    assert_true(found > 10);
}

static void test_numbers_are_least(void **state)
{
    (void)state;
    expect_minimal(&ob_target_cell,
                   "offbeat scenario 1 cell\n"
                   "+7us set(value=3, level=1) to cell bytes 000102\n"
                   "+7s set(value=255, level=9) to cell bytes 030405\n",
                   "offbeat scenario 1 cell\n"
                   "+0 set(value=36, level=0) to cell\n");
    expect_minimal(&ob_target_cell,
                   "offbeat scenario 1 cell\n"
                   "+700us set(value=3, level=1) to cell\n"
                   "+7s set(value=16, level=9) to cell\n",
                   "offbeat scenario 1 cell\n"
                   "+1.234ms set(value=3, level=7) to cell\n");
}

static void test_payload_is_least(void **state)
{
    (void)state;
    expect_minimal(&ob_target_cell,
                   "offbeat scenario 1 cell\n"
                   "+0 set(value=3, level=0) to cell bytes 0102030405060708090a\n"
                   "+0 set(value=3, level=0) to cell bytes ffffffffffffffff42ffffffffffffff\n"
                   "+0 set(value=3, level=0) to cell bytes 99\n",
                   "offbeat scenario 1 cell\n"
                   "+0 set(value=3, level=0) to cell bytes 42\n");
}

/* Pushes that end well, with delays that change nothing, and then one that does not. */
static uint32_t runs_with_noise(unsigned noise)
{
    struct fixture fixture;
    struct ob_text text = {0};

    ob_text_printf(&text, "offbeat scenario 1 ways\n");
    for (unsigned index = 0; index < noise; index++)
        ob_text_printf(&text,
                       "+%uus push(id=%u) to source.%u\n"
                       "%sdelay first source.%u->sink #%u by %uus\n",
                       3000 + 7 * index, index % 15, index % 4, index < 60 ? "" : "# ", index % 4,
                       index / 4, 1 + index);
    ob_text_printf(&text, "+9ms push(id=15) to source.0\ndelay first source.0->sink #%u by 5ms\n",
                   (noise + 3) / 4);
    open_world(&fixture, &ob_target_ways);
    read_text(&fixture, ob_text_string(&text));
    minimize(&fixture);
    expect_text(&fixture, one_delay);
    ob_text_release(&text);
    ob_world_destroy(fixture.world);
    return fixture.stats.executions;
}

/* What is not in the violation's causal past is cut before anything else is tried. */
static void test_noise_costs_next_to_nothing(void **state)
{
    (void)state;
    uint32_t without = runs_with_noise(0);
    for (unsigned noise = 4; noise <= 128; noise *= 2)
        assert_in_range(runs_with_noise(noise), without - 4, without + 4);
}

static void test_passing_input_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    struct ob_error error = {{0}};
    struct ob_scenario output = {.message_count = 77};

    open_world(&fixture, &ob_target_ways);
    read_text(&fixture, "offbeat scenario 1 ways\n+0 push(id=1) to source.0\n");
    assert_int_equal(ob_minimize(fixture.world, &fixture.scenario, &output, NULL, &error), -1);
    assert_int_equal(output.message_count, 77);
    assert_string_not_equal(error.text, "");
    ob_world_destroy(fixture.world);
}

/* -- one-minimality, by trying every removal on results from random inputs -- */

static bool violates(const struct fixture *fixture, const struct ob_scenario *scenario,
                     const char *invariant)
{
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct ob_scenario canonical;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(fixture->world);
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);

    ob_scenario_decode(vocabulary, bytes, size, &canonical);
    const struct ob_verdict *verdict = ob_world_run(fixture->world, &canonical);
    return verdict->outcome == OB_VIOLATED && strcmp(verdict->invariant, invariant) == 0;
}

static void expect_no_removal(const struct fixture *fixture, const char *invariant)
{
    const struct ob_scenario *minimal = &fixture->scenario;

    for (unsigned index = 0; index < minimal->message_count; index++) {
        struct ob_scenario less = *minimal;
        less.message_count--;
        memmove(&less.messages[index], &less.messages[index + 1],
                (less.message_count - index) * sizeof less.messages[0]);
        assert_false(violates(fixture, &less, invariant));
    }
    for (unsigned index = 0; index < minimal->deviation_count; index++) {
        struct ob_scenario less = *minimal;
        less.deviation_count--;
        memmove(&less.deviations[index], &less.deviations[index + 1],
                (less.deviation_count - index) * sizeof less.deviations[0]);
        assert_false(violates(fixture, &less, invariant));
    }
}

static void expect_no_bit(const struct fixture *fixture, const char *invariant)
{
    struct ob_scenario less = fixture->scenario;

    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t mask = UINT32_C(1) << bit;
        for (unsigned index = 0; index < less.message_count; index++) {
            struct ob_input_message *message = &less.messages[index];
            if (message->delay_us & mask) {
                message->delay_us ^= mask;
                assert_false(violates(fixture, &less, invariant));
                message->delay_us ^= mask;
            }
            if (message->args[0] & mask) {
                message->args[0] ^= mask;
                assert_false(violates(fixture, &less, invariant));
                message->args[0] ^= mask;
            }
        }
        for (unsigned index = 0; index < less.deviation_count; index++) {
            struct ob_deviation *deviation = &less.deviations[index];
            if (deviation->amount & mask) {
                deviation->amount ^= mask;
                assert_false(violates(fixture, &less, invariant));
                deviation->amount ^= mask;
            }
        }
    }
}

static void test_random_inputs_become_one_minimal(void **state)
{
    (void)state;
    struct ob_rng rng = {.state = 1};
    struct fixture fixture;
    unsigned found = 0;

    open_world(&fixture, &ob_target_ways);
    for (unsigned round = 0; round < 20000 && found < 100; round++) {
        uint8_t bytes[30 * OB_RECORD_SIZE];
        for (size_t at = 0; at < sizeof bytes; at++)
            bytes[at] = (uint8_t)ob_rng_next(&rng);
        ob_scenario_decode(ob_world_vocabulary(fixture.world), bytes, sizeof bytes,
                           &fixture.scenario);
        if (ob_world_run(fixture.world, &fixture.scenario)->outcome != OB_VIOLATED)
            continue;
        found++;
        minimize(&fixture);
        struct ob_scenario again;
        assert_int_equal(ob_minimize(fixture.world, &fixture.scenario, &again, NULL, NULL), 0);
        assert_int_equal(again.message_count, fixture.scenario.message_count);
        assert_int_equal(again.deviation_count, fixture.scenario.deviation_count);
        assert_memory_equal(again.messages, fixture.scenario.messages,
                            again.message_count * sizeof again.messages[0]);
        assert_memory_equal(again.deviations, fixture.scenario.deviations,
                            again.deviation_count * sizeof again.deviations[0]);
        expect_no_removal(&fixture, "first_comes_first");
        expect_no_bit(&fixture, "first_comes_first");
        assert_true(fixture.scenario.message_count <= 2);
        assert_true(fixture.scenario.deviation_count <= 1);
    }
    assert_true(found >= 20);
    ob_world_destroy(fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removes_what_is_not_needed),
        cmocka_unit_test(test_ordinals_follow_removed_messages),
        cmocka_unit_test(test_class_becomes_one),
        cmocka_unit_test(test_reorder_stays_a_reorder),
        cmocka_unit_test(test_chain_becomes_short),
        cmocka_unit_test(test_numbers_go_down_together),
        cmocka_unit_test(test_local_minimum_is_left),
        cmocka_unit_test(test_late_round_becomes_the_first),
        cmocka_unit_test(test_walk_of_late_rounds_becomes_a_delay),
        cmocka_unit_test(test_argument_replaces_a_delay),
        cmocka_unit_test(test_draw_becomes_explicit),
        cmocka_unit_test(test_numbers_are_least),
        cmocka_unit_test(test_payload_is_least),
        cmocka_unit_test(test_noise_costs_next_to_nothing),
        cmocka_unit_test(test_passing_input_is_refused),
        cmocka_unit_test(test_random_inputs_become_one_minimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
