/* Files: what is atomic and what is not. */
#include <offbeat/file.h>

#include "support/run_text.h"

enum kind { DO, FILES, KINDS = FILES + OB_FILE_KINDS };

struct client {
    uint16_t last;
    uint32_t answers;
    uint32_t args[OB_ARGS_MAX];
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);
    const uint32_t *args = message->args;

    if (message->kind == DO) {
        ob_send(self, "disk", FILES + args[0], args[1], args[2], args[3]);
        return;
    }
    client->last = (uint16_t)(message->kind - FILES);
    client->answers++;
    memcpy(client->args, args, sizeof client->args);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_disk_spawn(world, "disk", &(struct ob_disk_config){.first_kind = FILES, .block_us = 100});
    ob_allow(world, "disk", (struct ob_faults){.restart = true});
}

static OB_TARGET(
    files, .variants = {"only"},
    .messages = {[DO] = {.name = "do",
                         .to = "client",
                         .args = {{"op", 0, 15}, {"file", 0, 15}, {"a", 0, 99}, {"b", 0, 99}}},
                 OB_FILE_MESSAGES(FILES)},
    .setup = setup);

static struct bench bench;
static char script[2048];

static void open(void)
{
    bench_open(&bench, &ob_target_files, 0);
    script[0] = '\0';
}

/* Adds an operation `delay_us` after the last, and runs all of it again. */
static const struct client *then(unsigned delay_us, enum ob_file_kind op, unsigned file, unsigned a,
                                 unsigned b)
{
    size_t length = strlen(script);
    (void)snprintf(script + length, sizeof script - length,
                   "+%uus do(op=%u, file=%u, a=%u, b=%u) to client\n", delay_us, (unsigned)op, file,
                   a, b);
    bench_parse(&bench, script);
    (void)ob_world_run(bench.world, &bench.scenario);
    return ob_state(ob_actor(bench.world, "client"));
}

static const struct ob_actor *disk(void)
{
    return ob_actor(bench.world, "disk");
}

static void expect_content(const struct client *client, uint32_t blocks, uint32_t value, bool whole)
{
    assert_int_equal(client->last, OB_FILE_CONTENT);
    assert_int_equal(client->args[1], blocks);
    assert_int_equal(client->args[2], value);
    assert_int_equal(client->args[3], whole);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    open();
    assert_int_equal(then(0, OB_FILE_READ, 1, 0, 0)->last, OB_FILE_FAILED);
    assert_int_equal(then(9, OB_FILE_WRITE, 1, 7, 3)->last, OB_FILE_DONE);
    expect_content(then(1000, OB_FILE_READ, 1, 0, 0), 3, 7, true);
    assert_int_equal(then(9, OB_FILE_WRITE, 1, 8, 2)->last, OB_FILE_DONE);
    expect_content(then(1000, OB_FILE_READ, 1, 1, 0), 2, 8, true);
    assert_int_equal(ob_disk_writing_count(disk()), 0);
    bench_close(&bench);
}

static void a_reader_sees_the_middle_of_a_write(void **state)
{
    (void)state;
    open();
    (void)then(0, OB_FILE_WRITE, 1, 7, 3);
    (void)then(1000, OB_FILE_WRITE, 1, 8, 3);
    (void)then(150, OB_FILE_READ, 1, 0, 0);
    /* Of three answers the last is that of the second write, so the read is looked at by itself. */
    for (uint32_t sent = 0; sent < ob_world_sent_count(bench.world); sent++)
        if (ob_world_sent(bench.world, sent)->message.kind == FILES + OB_FILE_CONTENT)
            assert_int_equal(ob_world_sent(bench.world, sent)->message.args[1], 2);
    assert_int_equal(ob_file_size(disk(), 1), 3);
    bench_close(&bench);
}

static void two_writers_mix(void **state)
{
    (void)state;
    open();
    (void)then(0, OB_FILE_WRITE, 1, 7, 3);
    (void)then(150, OB_FILE_WRITE, 1, 8, 3);
    assert_int_equal(ob_file_size(disk(), 1), 3);
    assert_int_equal(ob_file_block(disk(), 1, 0), 8);
    assert_int_equal(ob_file_block(disk(), 1, 2), 8);
    assert_true(ob_file_is_whole(disk(), 1));
    bench_close(&bench);
    open(); /* a longer one leaves its end behind a shorter one */
    (void)then(0, OB_FILE_WRITE, 1, 7, 4);
    (void)then(150, OB_FILE_WRITE, 1, 8, 2);
    assert_int_equal(ob_file_size(disk(), 1), 4);
    assert_false(ob_file_is_whole(disk(), 1));
    bench_close(&bench);
}

static void appends_are_whole(void **state)
{
    (void)state;
    open();
    assert_int_equal(then(0, OB_FILE_APPEND, 1, 7, 9)->last, OB_FILE_DONE);
    assert_int_equal(then(0, OB_FILE_APPEND, 1, 8, 9)->last, OB_FILE_FAILED);
    assert_int_equal(then(0, OB_FILE_APPEND, 1, 8, 7)->last, OB_FILE_DONE);
    assert_int_equal(ob_file_size(disk(), 1), 16);
    assert_int_equal(ob_file_block(disk(), 1, 8), 7);
    assert_int_equal(ob_file_block(disk(), 1, 9), 8);
    bench_close(&bench);
}

static void a_rename_replaces_in_one_step(void **state)
{
    (void)state;
    open();
    (void)then(0, OB_FILE_WRITE, 1, 7, 3);
    (void)then(1000, OB_FILE_WRITE, 2, 8, 3);
    assert_int_equal(then(1000, OB_FILE_RENAME, 2, 1, 0)->last, OB_FILE_DONE);
    expect_content(then(9, OB_FILE_READ, 1, 0, 0), 3, 8, true);
    assert_int_equal(then(9, OB_FILE_READ, 2, 0, 0)->last, OB_FILE_FAILED);
    assert_int_equal(then(9, OB_FILE_RENAME, 2, 1, 0)->last, OB_FILE_FAILED);
    bench_close(&bench);
}

static void who_writes_to_a_replaced_file_writes_to_the_old_one(void **state)
{
    (void)state;
    open();
    (void)then(0, OB_FILE_APPEND, 2, 8, 1);
    (void)then(0, OB_FILE_WRITE, 1, 7, 5);
    (void)then(150, OB_FILE_RENAME, 2, 1, 0);
    (void)then(0, OB_FILE_APPEND, 3, 9, 2); /* a new body, not the one that is written to */
    assert_int_equal(ob_file_size(disk(), 1), 1);
    assert_int_equal(ob_file_block(disk(), 1, 0), 8);
    assert_int_equal(ob_file_block(disk(), 3, 0), 9);
    assert_int_equal(ob_file_size(disk(), 3), 2);
    bench_close(&bench);
}

static void creation_is_exclusive(void **state)
{
    (void)state;
    open();
    assert_int_equal(then(0, OB_FILE_CREATE, 1, 0, 0)->last, OB_FILE_DONE);
    assert_int_equal(ob_file_size(disk(), 1), 0);
    assert_int_equal(then(0, OB_FILE_CREATE, 1, 0, 0)->last, OB_FILE_FAILED);
    assert_int_equal(then(0, OB_FILE_REMOVE, 1, 0, 0)->last, OB_FILE_DONE);
    assert_int_equal(then(0, OB_FILE_REMOVE, 1, 0, 0)->last, OB_FILE_FAILED);
    assert_int_equal(then(0, OB_FILE_CREATE, 1, 0, 0)->last, OB_FILE_DONE);
    assert_int_equal(then(0, OB_FILE_CREATE, 9, 0, 0)->last, OB_FILE_FAILED);
    bench_close(&bench);
}

static void a_loss_of_power_tears_a_write(void **state)
{
    (void)state;
    open();
    (void)then(0, OB_FILE_WRITE, 1, 7, 3);
    (void)then(1000, OB_FILE_WRITE, 1, 8, 3);
    (void)snprintf(script + strlen(script), sizeof script - strlen(script),
                   "restart after next_block disk->disk #2 after 1ms\n");
    const struct client *client = then(5000, OB_FILE_READ, 1, 0, 0);
    expect_content(client, 2, 8, true);
    assert_int_equal(client->answers, 2); /* the second write was never acknowledged */
    assert_int_equal(ob_disk_writing_count(disk()), 0);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_reader_sees_the_middle_of_a_write),
        cmocka_unit_test(two_writers_mix),
        cmocka_unit_test(appends_are_whole),
        cmocka_unit_test(a_rename_replaces_in_one_step),
        cmocka_unit_test(who_writes_to_a_replaced_file_writes_to_the_old_one),
        cmocka_unit_test(creation_is_exclusive),
        cmocka_unit_test(a_loss_of_power_tears_a_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
