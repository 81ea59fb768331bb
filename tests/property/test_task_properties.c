/* What must hold for every scenario of a target with tasks: runs leave nothing behind, searches
 * agree with brute force. */
#include <malloc.h>

#include "base/rng.h"
#include "scenario/mutate.h"
#include "search/exhaustive.h"
#include "search/minimize.h"
#include "support/explored.h"
#include "support/run_text.h"
#include "support/task_crowd.h"
#include "world/task_view.h"

static void random_scenario(const struct ob_vocabulary *vocabulary, struct ob_rng *rng,
                            unsigned records_max, struct ob_scenario *scenario)
{
    uint8_t bytes[40 * OB_RECORD_SIZE];
    size_t size = (size_t)ob_rng_below(rng, records_max) * OB_RECORD_SIZE;

    for (size_t at = 0; at < size; at++)
        bytes[at] = (uint8_t)ob_rng_next(rng);
    ob_scenario_decode(vocabulary, bytes, size, scenario);
}

static unsigned count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned count = 0;
    int byte;

    assert_non_null(maps);
    while ((byte = fgetc(maps)) != EOF)
        count += byte == '\n';
    fclose(maps);
    return count;
}

/* Neither memory nor places for tasks: the last runs have as many as the first. */
static void a_hundred_thousand_runs_leave_nothing_behind(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_rng rng = {.state = 7};
    struct ob_world *world = ob_world_create(&ob_target_crowd, CROWD_FAULTY, NULL);
    unsigned mappings = 0;
    unsigned places = 0; /* each has a stack, which is two mappings */
    size_t in_use = 0;
    uint64_t tasks = 0;

    for (unsigned round = 0; round < 100000; round++) {
        if (round == 1000) {
            mappings = count_mappings() - 2 * places;
            in_use = mallinfo2().uordblks;
        }
        random_scenario(ob_world_vocabulary(world), &rng, 8, &scenario);
        (void)ob_world_run(world, &scenario);
        tasks += ob_world_task_places(world);
        if (ob_world_task_places(world) > places)
            places = ob_world_task_places(world);
        assert_true(ob_world_task_places(world) <= 40);
    }
    assert_true(tasks > 200000);
    assert_true(count_mappings() <= mappings + 2 * places + 2); /* the sanitizer's own may come */
    assert_true(mallinfo2().uordblks <= in_use + 4096);
    scenario.message_count = scenario.deviation_count = 0;
    (void)ob_world_run(world, &scenario);
    assert_int_equal(ob_world_task_places(world), 2); /* the processes */
    ob_world_destroy(world);
}

/* -- exploration -- */

/* A small service: its requests read a value of a store, and write it back with one more. */
enum { INCREMENT, READ, VALUE, WRITE };
enum { RACY, LOCKED, YIELDING, PROCESSES, LATE };

struct value {
    uint32_t value;
    uint32_t written;
    struct ob_mutex mutex;
};

static void increment(struct ob_actor *self, const struct ob_message *message)
{
    struct value *own = ob_state(self);

    (void)message;
    if (ob_variant(self) == LOCKED)
        (void)ob_mutex_lock(self, &own->mutex, OB_FOREVER);
    if (ob_variant(self) == YIELDING || ob_variant(self) == LATE) {
        uint32_t value = own->value;
        ob_yield(self);
        own->value = value + 1;
        own->written++;
    } else {
        const struct ob_message *reply = ob_call(self, "store", OB_FOREVER, READ);
        (void)ob_call(self, "store", OB_FOREVER, WRITE, reply->args[0] + 1);
    }
    if (ob_variant(self) == LOCKED)
        (void)ob_mutex_unlock(self, &own->mutex);
}

static void increment_for_ever(struct ob_actor *self)
{
    for (;;)
        increment(self, ob_receive(self, INCREMENT));
}

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct value *store = ob_state(self);

    if (message->kind == WRITE) {
        store->value = message->args[0];
        store->written++;
    }
    ob_reply(self, message, VALUE, store->value);
}

static void check(struct ob_world *world)
{
    const char *const names[] = {"store", "service.0"};

    for (unsigned at = 0; at < 2; at++) {
        const struct value *value = ob_state(ob_actor(world, names[at]));
        OB_INVARIANT(world, nothing_lost, value->value == value->written, "%u of %u", value->value,
                     value->written);
    }
}

static void setup(struct ob_world *world)
{
    if (ob_world_variant(world) == PROCESSES)
        ob_spawn_process_many(world, "service", 2, increment_for_ever, sizeof(struct value));
    else
        ob_spawn_async_many(world, "service", 2, increment, sizeof(struct value));
    ob_spawn(world, "store", store_receive, sizeof(struct value));
    if (ob_world_variant(world) == LATE)
        ob_allow(world, "service", (struct ob_faults){.task_late_us_max = 50});
}

static OB_TARGET(service, .variants = {"racy", "locked", "yielding", "processes", "late"},
                 .messages = {[INCREMENT] = {.name = "increment", .to = "service"},
                              [READ] = {.name = "read"},
                              [VALUE] = {.name = "value"},
                              [WRITE] = {.name = "write"}},
                 .setup = setup, .check_quiescent = check);

/* Two or three increments that meet. */
static void draw_increments(struct bench *bench, struct ob_rng *rng, bool one_actor)
{
    char text[256] = "";
    unsigned count = 2 + ob_rng_below(rng, 2);

    for (unsigned at = 0; at < count; at++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text),
                       "+%u%s increment() to service.%u\n", ob_rng_below(rng, 30), "us",
                       one_actor ? 0 : ob_rng_below(rng, 2));
    bench_parse(bench, text);
}

static void exploration_agrees_with_brute_force(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint64_t violations[5] = {0};
    unsigned compared = 0;

    for (unsigned variant = RACY; variant <= LATE; variant++) {
        struct ob_rng rng = {.state = variant};
        bench_open(&bench, &ob_target_service, variant);
        for (unsigned round = 0; round < 12; round++) {
            draw_increments(&bench, &rng, variant == LOCKED);
            bool ended;
            struct explored explored =
                explore_both_ways(bench.world, &bench.scenario, 60000, &ended);
            assert_true(ob_exhaustive_is_all(&explored.stats));
            compared += ended;
            violations[variant] += explored.violations;
            explored_release(&explored);
        }
        bench_close(&bench);
    }
    assert_true(compared > 30);
    assert_true(violations[RACY] > 0);
    assert_int_equal(violations[LOCKED], 0);
    assert_true(violations[YIELDING] > 0);
    assert_true(violations[PROCESSES] > 0);
    assert_true(violations[LATE] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_runs_leave_nothing_behind),
        cmocka_unit_test(exploration_agrees_with_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
