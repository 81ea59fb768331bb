/* The table in shared memory. */
#include <offbeat/table.h>

#include "support/run_text.h"

enum kind { FILL, LOOK };

static void owner_start(struct ob_actor *self)
{
    ob_table_clear(ob_table(ob_world(self), "table"));
}

static void owner_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)ob_table_insert(ob_table(ob_world(self), "table"),
                          (struct ob_table_row){.key = message->args[0]});
}

struct reader {
    uint32_t counts[4];
    uint32_t looks;
    bool refused;
};

static void reader_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct reader *reader = ob_state(self);
    struct ob_table *table = ob_table(ob_world(self), "table");
    struct ob_table_row row;

    (void)message;
    reader->counts[reader->looks++ % 4] = ob_table_count(table);
    reader->refused |= !table && !ob_table_lookup(table, 1, &row) && !ob_table_delete(table, 1) &&
                       !ob_table_insert(table, (struct ob_table_row){0}) &&
                       !ob_table_update_counter(table, 1, 0, 1, NULL);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "owner", owner_receive, 0), owner_start);
    ob_spawn(world, "reader", reader_receive, sizeof(struct reader));
    ob_table_create(world, "table", "owner", 3);
    ob_allow(world, "owner", (struct ob_faults){.restart = true});
}

static OB_TARGET(tables, .variants = {"only"},
                 .messages = {[FILL] = {.name = "fill", .to = "owner", .args = {{"key", 0, 9}}},
                              [LOOK] = {.name = "look", .to = "reader"}},
                 .setup = setup);

static struct bench bench;

static struct ob_table *open(void)
{
    bench_open(&bench, &ob_target_tables, 0);
    (void)bench_run(&bench, "");
    return ob_table(bench.world, "table");
}

static uint32_t first_of(struct ob_table *table, uint32_t key)
{
    struct ob_table_row row = {.values = {999}};
    (void)ob_table_lookup(table, key, &row);
    return row.values[0];
}

static void rows_are_put_in_replaced_and_taken_out(void **state)
{
    (void)state;
    struct ob_table *table = open();
    assert_true(ob_table_insert(table, (struct ob_table_row){1, {10}}));
    assert_true(ob_table_insert(table, (struct ob_table_row){1, {11}}));
    assert_int_equal(first_of(table, 1), 11);
    assert_false(ob_table_insert_new(table, (struct ob_table_row){1, {12}}));
    assert_int_equal(first_of(table, 1), 11);
    assert_true(ob_table_insert_new(table, (struct ob_table_row){2, {20}}));
    assert_true(ob_table_insert_new(table, (struct ob_table_row){3, {30}}));
    assert_false(ob_table_insert(table, (struct ob_table_row){4, {40}})); /* full */
    assert_true(ob_table_insert(table, (struct ob_table_row){3, {31}}));
    assert_true(ob_table_delete(table, 1));
    assert_true(ob_table_delete(table, 1));
    assert_int_equal(ob_table_count(table), 2);
    assert_int_equal(first_of(table, 1), 999);
    assert_int_equal(first_of(table, 2), 20);
    assert_int_equal(first_of(table, 3), 31);
    bench_close(&bench);
}

static void counters_are_updated_in_place(void **state)
{
    (void)state;
    struct ob_table *table = open();
    uint32_t result = 0;
    assert_false(ob_table_update_counter(table, 1, 0, 1, &result));
    assert_true(ob_table_insert(table, (struct ob_table_row){1, {10, 5}}));
    assert_true(ob_table_update_counter(table, 1, 1, -2, &result));
    assert_int_equal(result, 3);
    assert_int_equal(first_of(table, 1), 10);
    bench_close(&bench);
}

static void a_row_is_replaced_only_if_it_is_the_one_expected(void **state)
{
    (void)state;
    struct ob_table *table = open();
    struct ob_table_row seen = {1, {10, 20, 30}};
    struct ob_table_row next = {1, {11, 20, 30}};
    assert_false(ob_table_select_replace(table, &seen, &next));
    assert_true(ob_table_insert(table, seen));
    assert_true(ob_table_select_replace(table, &seen, &next));
    assert_false(ob_table_select_replace(table, &seen, &next));
    assert_int_equal(first_of(table, 1), 11);
    bench_close(&bench);
}

static void it_is_gone_with_its_owner(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_tables, 0);
    (void)bench_run(&bench, "+0 fill(key=1)\n+1ms look()\n+1ms fill(key=2)\n+1ms look()\n"
                            "+10ms look()\nrestart after fill outside->owner #1 after 5ms\n");
    const struct reader *reader = ob_state(ob_actor(bench.world, "reader"));
    assert_int_equal(reader->counts[0], 1);
    assert_int_equal(reader->counts[1], 0);
    assert_int_equal(reader->counts[2], 0);
    assert_int_equal(reader->looks, 3);
    assert_true(reader->refused);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_put_in_replaced_and_taken_out),
        cmocka_unit_test(counters_are_updated_in_place),
        cmocka_unit_test(a_row_is_replaced_only_if_it_is_the_one_expected),
        cmocka_unit_test(it_is_gone_with_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
