/* The table in shared memory. */
#include <offbeat/table.h>

#include "support/task_log.h"

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

static void a_row_is_taken_by_one(void **state)
{
    (void)state;
    struct ob_table *table = open();
    struct ob_table_row row;
    assert_false(ob_table_take(table, 1, &row));
    assert_true(ob_table_insert(table, (struct ob_table_row){1, {10}}));
    assert_true(ob_table_take(table, 1, &row));
    assert_int_equal(row.values[0], 10);
    assert_false(ob_table_take(table, 1, &row));
    assert_int_equal(ob_table_count(table), 0);
    bench_close(&bench);
}

static void rows_of_a_pattern_are_taken_out_at_once(void **state)
{
    (void)state;
    struct ob_table *table = open();
    for (uint32_t key = 1; key <= 3; key++)
        assert_true(ob_table_insert(table, (struct ob_table_row){key, {key, key % 2}}));
    assert_int_equal(ob_table_select_delete(table, 1, 7), 0);
    assert_int_equal(ob_table_select_delete(table, 1, 1), 2);
    assert_int_equal(ob_table_count(table), 1);
    assert_int_equal(first_of(table, 2), 2);
    assert_int_equal(ob_table_select_delete(NULL, 1, 1), 0);
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

/* -- owners and heirs -- */

enum hand { PUT, SEE, GIVE, LEAVE, REVIVE, INHERITED };
enum family { NO_HEIR, HEIR };

static void member_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_world *world = ob_world(self);
    switch (message->kind) {
    case PUT:
        note(self, "%d",
             ob_table_insert(ob_table(world, "table"), (struct ob_table_row){.key = 1}));
        break;
    case SEE:
        note(self, "%u/%u", ob_table_owner(world, "table"),
             ob_table_count(ob_table(world, "table")));
        break;
    case GIVE:
        note(self, "%d", ob_table_give_away(self, "table", "b", INHERITED, 5));
        break;
    case REVIVE:
        ob_start_again(self, "a", 0);
        break;
    case INHERITED:
        note(self, "%s<%u", ob_name(self), message->from);
        break;
    default:
        ob_stop(self, 5);
        break;
    }
}

static void set_up_family(struct ob_world *world)
{
    ob_spawn(world, "a", member_receive, 0);
    ob_spawn(world, "b", member_receive, 0);
    ob_spawn(world, "c", member_receive, 0);
    ob_table_create(world, "table", "a", 3);
    spawn_log(world);
    if (ob_world_variant(world) == HEIR)
        ob_table_set_heir(world, "table", "b", INHERITED);
}

#define TO_ALL(NAME) .name = (NAME), .to = "*"

static OB_TARGET(family, .variants = {"no_heir", "heir"},
                 .messages = {[PUT] = {TO_ALL("put")},
                              [SEE] = {TO_ALL("see")},
                              [GIVE] = {TO_ALL("give")},
                              [LEAVE] = {TO_ALL("leave")},
                              [REVIVE] = {TO_ALL("revive")},
                              [INHERITED] = {.name = "inherited"}},
                 .setup = set_up_family);

static void expect_family(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_family, variant, records, NULL, noted);
}

static void an_owner_that_has_started_again_has_an_empty_one(void **state)
{
    (void)state;
    expect_family(
        NO_HEIR,
        "+0 put() to a\n+0 see() to c\n+10us leave() to a\n+0 see() to c\n+0 revive() to c\n"
        "+10us see() to c\n",
        "1 1/1 0/0 1/0 ");
}

static void an_heir_has_it_after_the_owner(void **state)
{
    (void)state;
    expect_family(HEIR, "+0 put() to a\n+10us leave() to a\n+0 see() to c\n+20us see() to c\n",
                  "1 2/1 b<1 2/1 ");
    expect_family(HEIR, "+0 put() to a\n+10us leave() to a\n+20us leave() to b\n+0 see() to c\n",
                  "1 b<1 0/0 ");
}

static void an_heir_that_has_ended_before_has_nothing(void **state)
{
    (void)state;
    expect_family(HEIR, "+0 put() to a\n+10us leave() to b\n+5us leave() to a\n+0 see() to c\n",
                  "1 0/0 ");
}

static void it_is_given_away_by_its_owner_alone(void **state)
{
    (void)state;
    expect_family(
        NO_HEIR,
        "+0 put() to a\n+0 give() to c\n+0 give() to a\n+0 give() to a\n+20us see() to c\n",
        "1 0 1 0 b<1 2/1 ");
}

static void one_that_was_given_away_ends_with_who_has_it(void **state)
{
    (void)state;
    expect_family(NO_HEIR,
                  "+0 put() to a\n+0 give() to a\n+10us leave() to a\n+0 see() to c\n"
                  "+20us leave() to b\n+0 see() to c\n",
                  "1 1 b<1 2/1 0/0 ");
    /* The one who has made it is there, and does not make it anew. */
    expect_family(NO_HEIR, "+0 put() to a\n+0 give() to a\n+20us leave() to b\n+0 see() to c\n",
                  "1 1 b<1 0/0 ");
    /* One who has ended gets none. */
    expect_family(NO_HEIR, "+0 leave() to b\n+5us give() to a\n+0 see() to c\n", "0 1/0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_put_in_replaced_and_taken_out),
        cmocka_unit_test(counters_are_updated_in_place),
        cmocka_unit_test(a_row_is_replaced_only_if_it_is_the_one_expected),
        cmocka_unit_test(a_row_is_taken_by_one),
        cmocka_unit_test(rows_of_a_pattern_are_taken_out_at_once),
        cmocka_unit_test(it_is_gone_with_its_owner),
        cmocka_unit_test(an_owner_that_has_started_again_has_an_empty_one),
        cmocka_unit_test(an_heir_has_it_after_the_owner),
        cmocka_unit_test(an_heir_that_has_ended_before_has_nothing),
        cmocka_unit_test(it_is_given_away_by_its_owner_alone),
        cmocka_unit_test(one_that_was_given_away_ends_with_who_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
