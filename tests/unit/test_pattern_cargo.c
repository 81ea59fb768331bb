/* Cargo: what goes together, what waits, and when it is drained. */
#include <offbeat/async.h>

#include "support/task_log.h"

enum kind { PUSH, DRAIN };

#define CAPACITY 4

/* An even first item fails. */
static int carry(struct ob_actor *self, void *context, const uint32_t *values, unsigned count)
{
    (void)context;
    for (unsigned at = 0; at < count; at++)
        note(self, "%u", values[at]);
    note(self, "@%u", since_start(self));
    ob_sleep(self, 100);
    return values[0] % 2 ? 0 : (int)values[0];
}

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_async_cargo **cargo = ob_state(self);
    const uint32_t *args = message->args;

    if (message->kind == PUSH) {
        for (uint32_t at = 0; at < args[1]; at++)
            if (!ob_async_cargo_push(self, *cargo, args[0] + at))
                note(self, "full");
    } else {
        int error = ob_async_cargo_drain(self, *cargo);
        note(self, "drained%d/%u@%u", error, ob_async_cargo_length(*cargo), since_start(self));
    }
}

static void start(struct ob_actor *self)
{
    struct ob_async_cargo **cargo = ob_state(self);
    *cargo = ob_async_cargo(self, carry, 2, CAPACITY, NULL);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn_async(world, "app", handle, sizeof(struct ob_async_cargo *)), start);
    spawn_log(world);
}

static OB_TARGET(cargos, .variants = {"only"},
                 .messages = {[PUSH] = {.name = "push",
                                        .to = "app",
                                        .args = {{"first", 0, 99}, {"count", 0, 9}}},
                              [DRAIN] = {.name = "drain", .to = "app"}},
                 .setup = setup);

static void expect(const char *records, const char *noted)
{
    expect_notes(&ob_target_cargos, 0, records, NULL, noted);
}

static void what_is_pushed_at_one_time_goes_together(void **state)
{
    (void)state;
    expect("+0 push(first=1, count=3)\n", "1 2 @0 3 @100 ");
}

static void what_comes_meanwhile_waits_for_the_worker(void **state)
{
    (void)state;
    expect("+0 push(first=1, count=1)\n+50us push(first=2, count=1)\n+0 push(first=3, count=1)\n",
           "1 @0 2 3 @100 ");
    expect("+0 push(first=1, count=1)\n+150us push(first=3, count=1)\n", "1 @0 3 @150 ");
}

static void there_is_so_much_room(void **state)
{
    (void)state;
    expect("+0 push(first=1, count=5)\n", "full 1 2 @0 3 4 @100 ");
}

static void it_is_drained_when_nothing_waits_and_says_the_first_error(void **state)
{
    (void)state;
    expect("+0 push(first=1, count=3)\n+0 drain()\n", "1 2 @0 3 @100 drained0/0@200 ");
    expect("+0 push(first=2, count=4)\n+0 drain()\n+250us push(first=1, count=1)\n+0 drain()\n",
           "2 3 @0 4 5 @100 drained2/0@200 1 @250 drained0/0@350 ");
    expect("+0 drain()\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_pushed_at_one_time_goes_together),
        cmocka_unit_test(what_comes_meanwhile_waits_for_the_worker),
        cmocka_unit_test(there_is_so_much_room),
        cmocka_unit_test(it_is_drained_when_nothing_waits_and_says_the_first_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
