/* The scenario layer by examples: durations, bytes, text and its error messages, edits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"
#include "support/vocabulary_fixture.h"

static void test_duration_codes(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 10000; value++)
        assert_int_equal(ob_duration_encode(value), value);
    assert_int_equal(ob_duration_round(10004), 10000);
    assert_int_equal(ob_duration_round(10005), 10010);
    assert_int_equal(ob_duration_round(99995), 100000); /* the carry reaches the next decade */
    assert_int_equal(ob_duration_round(1000000), 1000000);
    assert_int_equal(ob_duration_round(4289500001), OB_DURATION_US_MAX);
    assert_int_equal(ob_duration_round(UINT64_MAX), OB_DURATION_US_MAX);
    assert_int_equal(ob_duration_encode(UINT32_MAX), 58290);
    for (uint32_t code = 0; code < 65536; code++) {
        uint16_t canonical = (uint16_t)(code < 58290 ? code : 58290);
        assert_int_equal(ob_duration_encode(ob_duration_decode((uint16_t)code)), canonical);
    }

    static const struct {
        uint64_t duration_us;
        uint32_t unit_us;
        const char *expected;
    } printed[] = {{0, 1000, "0"},
                   {10, 1000, "0.01ms"},
                   {10110, 1000, "10.11ms"},
                   {10, 0, "10us"},
                   {60000000, 0, "1min"},
                   {60000000, 1000000, "60s"},
                   {1500, 1000000, "0.0015s"}};
    for (size_t at = 0; at < sizeof printed / sizeof *printed; at++) {
        struct ob_text text = {0};
        ob_duration_print_in(&text, printed[at].duration_us, printed[at].unit_us);
        assert_string_equal(ob_text_string(&text), printed[at].expected);
        ob_text_release(&text);
    }
}

static void check_duration(uint64_t duration_us, const char *expected)
{
    struct ob_text text = {0};
    ob_duration_print(&text, duration_us);
    assert_string_equal(ob_text_string(&text), expected);
    ob_text_release(&text);
}

static void test_duration_print(void **state)
{
    (void)state;
    check_duration(0, "0");
    check_duration(2, "2us");
    check_duration(999, "999us");
    check_duration(1000, "1ms");
    check_duration(1500, "1.5ms");
    check_duration(1050, "1.05ms");
    check_duration(1005, "1.005ms");
    check_duration(2049000, "2.049s");
    check_duration(1234567, "1.234567s");
    check_duration(29996000, "29.996s");
    check_duration(1000001, "1.000001s");
    check_duration(4294967315, "4294.967315s");
    check_duration(60000000, "1min");
    check_duration(90000000, "90s");
    check_duration(OB_DURATION_US_MAX, "4290s");
    check_duration(UINT64_MAX, "18446744073709.551615s");
}

static void test_vocabulary(void **state)
{
    (void)state;
    struct ob_vocabulary vocabulary = vocabulary_server();
    assert_int_equal(vocabulary.kind_count, 10);
    assert_int_equal(vocabulary.outside_count, 6);
    assert_string_equal(ob_vocabulary_kind_name(&vocabulary, 2), "packet");
    assert_string_equal(ob_vocabulary_kind_name(&vocabulary, 1), "?");
    assert_string_equal(ob_vocabulary_kind_name(&vocabulary, 64), "?");
    assert_int_equal(ob_vocabulary_find_kind(&vocabulary, "packets", 6), 2);
    assert_int_equal(ob_vocabulary_find_kind(&vocabulary, "packet\0x", 8), -1);
    assert_int_equal(ob_vocabulary_find_kind(&vocabulary, "", 0), -1);
    assert_int_equal(ob_vocabulary_find_actor(&vocabulary, "client.4", 8), 6);
    assert_int_equal(ob_vocabulary_find_actor(&vocabulary, "outside", 7), 0);
    assert_int_equal(ob_vocabulary_find_actor(&vocabulary, "client", 6), -1);
    assert_int_equal(ob_vocabulary_find_outside(&vocabulary, 5), 3);
    assert_int_equal(ob_vocabulary_find_outside(&vocabulary, 9), -1);
}

static void test_args_fit(void **state)
{
    (void)state;
    struct ob_message_type type = {.name = "m", .args = {{"a", 0, UINT32_MAX}}};
    assert_true(ob_vocabulary_args_fit(&type));
    type.args[1] = (struct ob_arg){"b", 5, 65540};
    assert_false(ob_vocabulary_args_fit(&type));
    type.args[0].max = 65535;
    assert_true(ob_vocabulary_args_fit(&type));
    type.args[1].max = 65541;
    assert_false(ob_vocabulary_args_fit(&type));
    type = (struct ob_message_type){.args = {{"a", 0, 255}, {"b", 1, 256}, {"c", 0, 0}}};
    assert_true(ob_vocabulary_args_fit(&type));
    type.args[2] = (struct ob_arg){"c", 2, 1};
    assert_false(ob_vocabulary_args_fit(&type));
}

/* Decodes and checks the text and that encoding gives `canonical`, where that is given. */
struct seen {
    char lines[512];
    unsigned count;
};

static void note_line(void *context, const char *kind, const char *line)
{
    struct seen *seen = context;
    size_t length = strlen(seen->lines);
    (void)snprintf(seen->lines + length, sizeof seen->lines - length, "%s: %s\n", kind, line);
    seen->count++;
}

/* Only what comes from outside is chosen by scenarios, and 0 alone is mostly a forgotten `max`. */
static void test_arguments_without_a_choice(void **state)
{
    (void)state;
    static const struct ob_target target = {
        .name = "t",
        .messages = {{.name = "go", .to = "a", .args = {{.name = "n"}, {"m", 0, 1}, {"k", 7, 7}}},
                     {.name = "sent", .args = {{.name = "x"}}},
                     {.name = "full", .to = "a", .args = {{"all", 0, UINT32_MAX}}}}};
    struct seen seen = {0};
    ob_target_fixed_args(&target, note_line, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.lines,
                        "go: argument \"n\" of go is always 0: the target gives it no .max\n"
                        "go: argument \"k\" of go is always 7: its .min and .max are the same\n");
}

static void check_bytes(const struct ob_vocabulary *vocabulary, const uint8_t *data, size_t size,
                        const char *lines, const uint8_t *canonical, size_t canonical_size)
{
    static struct ob_scenario scenario;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct ob_text text = {0};
    ob_scenario_decode(vocabulary, data, size, &scenario);
    ob_scenario_print(vocabulary, &scenario, &text);
    const char *first = strchr(ob_text_string(&text), '\n');
    assert_non_null(first);
    assert_string_equal(first + 1, lines);
    size_t length = ob_scenario_encode(vocabulary, &scenario, bytes, sizeof bytes);
    assert_int_equal(length, ob_scenario_record_count(&scenario) * OB_RECORD_SIZE);
    if (canonical) {
        assert_int_equal(length, canonical_size);
        assert_memory_equal(bytes, canonical, canonical_size);
    }
    ob_text_release(&text);
}

static void test_decode_messages(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_vocabulary server = vocabulary_server();
    const uint8_t zero[20] = {0};
    check_bytes(&shop, NULL, 0, "", NULL, 0);
    check_bytes(&shop, zero, 7, "", NULL, 0);
    check_bytes(&shop, zero, 20, "+0 buy(order=0) to customer\n+0 buy(order=0) to customer\n", zero,
                16);

    const uint8_t reduced[] = {159, 9, 0xd0, 0x07, 11, 0, 0, 0};
    const uint8_t plain[] = {0, 0, 0xd0, 0x07, 3, 0, 0, 0};
    check_bytes(&shop, reduced, 8, "+2ms buy(order=3) to customer\n", plain, 8);

    /* Two arguments of 16 bits, four of 8, one of 32. */
    const uint8_t args[] = {2, 1,   0, 0, 0xff, 0xff, 0xe8, 0x03, 4, 0,    0,    0,
                            7, 195, 9, 1, 5,    3,    0,    0,    1, 0xff, 0xff, 0xff};
    check_bytes(&server, args, sizeof args,
                "+0 move(x=65545, y=1000) to client.1\n"
                "+0 every(a=7, b=200, c=0, d=4294967041) to a-b\n"
                "+0 word(any=4294967041) to client.3\n",
                NULL, 0);
}

static void test_decode_payload(void **state)
{
    (void)state;
    struct ob_vocabulary server = vocabulary_server();
    const uint8_t data[] = {252, 'n', 'o', 'n', 'e', '!', 0, 0,  /* nothing went before */
                            1,   0,   0,   0,   5,   0,   0, 0,  /* packet */
                            252, 'h', 'e', 'l', 'l', 'o', 9, 9,  /* five bytes */
                            163, 0,   0,   0,   0,   0,   0, 0,  /* a deviation in between */
                            248, '!', 9,   9,   9,   9,   9, 9,  /* one byte more */
                            0,   0,   0,   0,   0,   0,   0, 0,  /* tick, which has no payload */
                            254, 1,   2,   3,   4,   5,   6, 7,  /* ignored */
                            2,   0,   0,   0,   0,   0,   0, 0,  /* move, with up to ten bytes */
                            254, 1,   2,   3,   4,   5,   6, 7,  /* seven */
                            254, 1,   2,   3,   4,   5,   6, 7}; /* three of these */
    const uint8_t canonical[] = {1,   0, 0, 0, 5,   0, 0,   0, 253, 'h', 'e', 'l', 'l', 'o',
                                 '!', 0, 0, 0, 0,   0, 0,   0, 0,   0,   2,   0,   0,   0,
                                 0,   0, 0, 0, 254, 1, 2,   3, 4,   5,   6,   7,   250, 1,
                                 2,   3, 0, 0, 0,   0, 163, 0, 0,   0,   0,   0,   0,   0};
    check_bytes(&server, data, sizeof data,
                "+0 packet(id=5) to server bytes 68656c6c6f21\n"
                "+0 tick() to server\n"
                "+0 move(x=10, y=0) to client.0 bytes 01020304050607010203\n"
                "drop every * *->*\n",
                canonical, sizeof canonical);
}

static void test_decode_deviations(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const uint8_t data[] = {
        171, 9, 9, 0, 9, 17,   0,    3, /* draw; from 9 % 5, to 9 % 4, mode 3 % 3 */
        160, 2, 3, 2, 1, 88,   2,    9, /* delay; it has no mode */
        161, 2, 3, 2, 1, 2,    4,    3, /* reorder */
        164, 0, 3, 3, 2, 88,   2,    1, /* pause */
        170, 9, 0, 9, 4, 88,   2,    9, /* preempt; of no actor becomes the last one, 255 % 3 */
        169, 9, 3, 9, 4, 0xff, 0xff, 2, /* skew; the rate is limited */
        174, 0, 0, 0, 0, 0,    0,    0, /* the 15th op is the first again */
        167, 4, 1, 1, 0, 0,    0,    0};
    const uint8_t canonical[] = {160, 0, 0, 0, 0, 0,  0, 0, 160, 2, 3, 2, 1, 88,   2,    0,
                                 161, 2, 3, 2, 1, 2,  4, 3, 164, 0, 3, 3, 2, 88,   2,    1,
                                 167, 4, 1, 1, 0, 0,  0, 0, 169, 0, 3, 0, 0, 0x78, 0x69, 2,
                                 170, 0, 1, 0, 4, 88, 2, 0, 171, 4, 1, 0, 0, 17,   0,    0};
    check_bytes(&shop, data, sizeof data,
                "delay every * *->* by 0\n"
                "delay create customer->shop #0 by 600us\n"
                "reorder create customer->shop #0 after pay customer-> #4\n"
                "pause after pay *->shop #1 for 600us\n"
                "partition every buy shop->customer\n"
                "skew shop fast 900000ppm\n"
                "preempt customer #3 by 600us\n"
                "draw per message every * shop->customer seed 17\n",
                canonical, sizeof canonical);
}

static void test_decode_walks(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const uint8_t data[] = {172,  0,    0,    0,    0,
                            0,    0,    0, /* the simplest */
                            172,  0x67, 0x12, 0,    2,
                            0,    0,    40, /* pos; 40 is 32 + 8 units of 2 */
                            172,  0xff, 0xff, 0xff, 0x49,
                            0x3e, 10,   191, /* pct; depth 3, late 1/2; 30 is 16 + 14 */
                            172,  1,    0,    0,    0xfe,
                            0xff, 192,  255, /* strategy 6 % 3, late 1/8, its depth and hint
                                                have no meaning; 192 % 192, 255 % 192 */
                            172,  1,    0,    0,    0xe1,
                            0xd1, 0,    0}; /* pct; depth 16, hint 104 % 104 */
    check_bytes(&shop, data, sizeof data,
                "walk random seed 0\n"
                "walk random seed 1 late 1/8 until step 124\n"
                "walk pct seed 1 depth 16 hint 0\n"
                "walk pct seed 16777215 depth 3 hint 60 late 1/2 from step 10 until step 31754\n"
                "walk pos seed 4711 until step 48\n",
                NULL, 0);
}

/* 10,005 us is 10 ms and a rest; what is written in another way means the same as one of these. */
static void test_decode_rests(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const uint8_t data[] = {
        255, 5, 0,    0,    0, 0,    0,    0, /* nothing went before */
        0,   0, 1,    0,    0, 0,    0,    0, /* 1 us, which has no rest */
        255, 9, 0,    0,    0, 0,    0,    0,
        0,   0, 0x10, 0x27, 0, 0,    0,    0, /* 10 ms */
        255, 5, 1,    0,    0, 9,    9,    9, /* 261 % 10: codes are 10 us from each other there */
        255, 3, 0,    0,    0, 0,    0,    0, /* a second one is ignored */
        160, 2, 3,    2,    1, 0x10, 0x27, 0, /* delay by 10 ms */
        255, 9, 0,    0,    0, 0,    0,    0,
        169, 9, 3,    9,    4, 0x77, 0x69, 2, /* skew fast 899900ppm */
        255, 7, 0,    0,    0, 0,    0,    0,
        171, 4, 1,    0,    0, 0x10, 0x27, 0, /* draw, whose seed is no duration */
        255, 9, 0,    0,    0, 0,    0,    0};
    const uint8_t canonical[] = {0,   0, 1, 0, 0, 0, 0, 0, 0,   0, 0x10, 0x27, 0, 0,    0,    0,
                                 255, 1, 0, 0, 0, 0, 0, 0, 160, 2, 3,    2,    1, 0x10, 0x27, 0,
                                 255, 9, 0, 0, 0, 0, 0, 0, 169, 0, 3,    0,    0, 0x77, 0x69, 2,
                                 255, 7, 0, 0, 0, 0, 0, 0, 171, 4, 1,    0,    0, 0x10, 0x27, 0};
    check_bytes(&shop, data, sizeof data,
                "+1us buy(order=0) to customer\n"
                "+10.001ms buy(order=0) to customer\n"
                "delay create customer->shop #0 by 10.009ms\n"
                "skew shop fast 899907ppm\n"
                "draw per message every * shop->customer seed 10000\n",
                canonical, sizeof canonical);
}

/* Every number of microseconds that can be written is kept, in messages and in deviations. */
static void test_durations_are_kept(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const char *const durations[] = {"9.999ms",   "10.001ms",   "20.001ms",     "29.996s",
                                     "1.000001s", "59.999999s", "4289.999999s", "4290s"};
    for (size_t index = 0; index < sizeof durations / sizeof *durations; index++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "offbeat scenario 1 order\n+%s buy(order=0) to customer\n"
                       "delay pay *->shop #0 by %s\n",
                       durations[index], durations[index]);
        static struct ob_scenario scenario;
        static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
        struct ob_error error = {0};
        struct ob_text again = {0};
        assert_int_equal(ob_scenario_parse(&shop, "t", text, strlen(text), &scenario, &error), 0);
        size_t size = ob_scenario_encode(&shop, &scenario, bytes, sizeof bytes);
        assert_int_equal(size, ob_scenario_record_count(&scenario) * OB_RECORD_SIZE);
        ob_scenario_decode(&shop, bytes, size, &scenario);
        ob_scenario_print(&shop, &scenario, &again);
        assert_string_equal(ob_text_string(&again), text);
        ob_text_release(&again);
    }
}

static void test_decode_bounds(void **state)
{
    (void)state;
    static uint8_t data[OB_SCENARIO_BYTES_MAX + 8000];
    static struct ob_scenario scenario;
    struct ob_vocabulary server = vocabulary_server();
    ob_scenario_decode(&server, data, sizeof data, &scenario);
    assert_int_equal(scenario.message_count, OB_MESSAGES_MAX);

    memset(data, OB_DROP + 160, sizeof data);
    ob_scenario_decode(&server, data, sizeof data, &scenario);
    assert_int_equal(scenario.deviation_count, OB_DEVIATIONS_MAX);

    /* Payload up to its total: 1,024 bytes four times, then no more. */
    static uint8_t payload[5 * 148 * OB_RECORD_SIZE];
    memset(payload, 254, sizeof payload);
    for (size_t message = 0; message < 5; message++)
        memset(payload + message * 148 * OB_RECORD_SIZE, 1, OB_RECORD_SIZE);
    ob_scenario_decode(&server, payload, sizeof payload, &scenario);
    assert_int_equal(scenario.message_count, 5);
    assert_int_equal(scenario.payload_size, OB_PAYLOAD_MAX);
    assert_int_equal(scenario.messages[3].bytes_size, OB_BYTES_MAX);
    assert_int_equal(scenario.messages[4].bytes_size, 0);

    struct ob_vocabulary closed = vocabulary_closed();
    memset(data, 0, sizeof data);
    ob_scenario_decode(&closed, data, sizeof data, &scenario);
    assert_int_equal(scenario.message_count, 0);
}

static void test_encode_capacity(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    uint8_t bytes[24];
    const uint8_t zero[24] = {0};
    struct ob_vocabulary shop = vocabulary_shop();
    ob_scenario_decode(&shop, zero, sizeof zero, &scenario);
    memset(bytes, 7, sizeof bytes);
    assert_int_equal(ob_scenario_encode(&shop, &scenario, bytes, 23), 16);
    assert_int_equal(bytes[16], 7);
    assert_int_equal(ob_scenario_encode(&shop, &scenario, NULL, 0), 0);
}

/* Text that is printed as it was read. */
static void test_text_stands(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    const char *texts[] = {
        "offbeat scenario 1 order\n",
        "offbeat scenario 1 order\n"
        "+0 buy(order=3) to customer\n"
        "+2ms buy(order=1) to customer\n"
        "delay every * bank->shop by 30ms\n"
        "delay every pay bank->shop by 30ms\n"
        "delay create customer->shop #0 by 600us\n"
        "reorder every pay *->shop after create customer-> #2\n"
        "reorder create customer->shop #0 after pay #0\n"
        "reorder every * *->* after * outside-> #255\n"
        "duplicate pay bank->shop #1 after 3ms\n"
        "drop pay bank->shop #254\n"
        "pause before pay bank->shop #1 for 20ms\n"
        "crash after pay bank->shop #1\n"
        "restart before pay bank->shop #1 after 5ms\n"
        "partition every * bank->shop for 5ms\n"
        "partition every pay bank->shop\n"
        "heal pay bank->shop #1\n"
        "skew bank ahead 3ms\n"
        "skew shop behind 4ms\n"
        "skew customer fast 200ppm\n"
        "skew bank slow 200ppm\n"
        "preempt every bank by 2ms\n"
        "preempt shop #3 by 2ms\n"
        "draw per message every * *->* seed 17\n"
        "draw per link every * *->* seed 65535\n"
        "draw per class every pay *->shop seed 0\n"
        "walk random seed 16777215 from step 31744 until step 63488\n"
        "walk pct seed 0 depth 16 hint 30720 late 1/4\n"
        "walk pos seed 4711 until step 40\n",
    };
    struct ob_vocabulary shop = vocabulary_shop();
    for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
        struct ob_error error = {""};
        struct ob_text text = {0};
        struct ob_scenario *read = &scenario;
        int result =
            ob_scenario_parse(&shop, "a", texts[index], strlen(texts[index]), read, &error);
        assert_string_equal(error.text, "");
        assert_int_equal(result, 0);
        /* Lines are sorted when they are printed: each must be there. */
        ob_scenario_print(&shop, read, &text);
        assert_int_equal(strlen(texts[index]), text.length);
        for (const char *line = texts[index]; *line; line = strchr(line, '\n') + 1) {
            char copy[128];
            size_t length = (size_t)(strchr(line, '\n') - line) + 1;
            assert_true(length < sizeof copy);
            memcpy(copy, line, length);
            copy[length] = '\0';
            assert_non_null(strstr(ob_text_string(&text), copy));
        }
        ob_text_release(&text);
    }
}

static void check_lines(const struct ob_vocabulary *vocabulary, const char *lines,
                        const char *expected)
{
    static struct ob_scenario scenario;
    struct ob_error error = {""};
    struct ob_text input = {0};
    struct ob_text text = {0};
    ob_text_printf(&input, "offbeat scenario 1 %s\n%s", vocabulary->target->name, lines);
    int result = ob_scenario_read(vocabulary, "a", (const uint8_t *)input.data, input.length,
                                  &scenario, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(result, 0);
    ob_scenario_print(vocabulary, &scenario, &text);
    assert_string_equal(strchr(ob_text_string(&text), '\n') + 1, expected);
    ob_text_release(&input);
    ob_text_release(&text);
}

/* Text that people may write in more than one way. */
static void test_text_is_lenient(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_vocabulary server = vocabulary_server();
    check_lines(&shop, "# comment\n\n  # another\nbuy", "+0 buy(order=0) to customer\n");
    check_lines(&shop, "\t+1.5ms  buy ( order = 3 )   to customer # why\r\n",
                "+1.5ms buy(order=3) to customer\n");
    check_lines(&shop, "heal pay bank->shop #1 #\n", "heal pay bank->shop #1\n");
    check_lines(&shop, "buy(order=7)\nbuy()\n",
                "+0 buy(order=7) to customer\n+0 buy(order=0) to customer\n");
    check_lines(&shop, "+12345us buy\n+0.0 buy\n",
                "+12.345ms buy(order=0) to customer\n+0 buy(order=0) to customer\n");
    check_lines(&shop, "skew shop fast 900000ppm\n", "skew shop fast 900000ppm\n");
    check_lines(&server, "packet(id=9) bytes DEADbeef\n",
                "+0 packet(id=9) to server bytes deadbeef\n");
    check_lines(&server, "move(y=3, x=12) to client.2\n", "+0 move(x=12, y=3) to client.2\n");
    check_lines(&server, "drop(a=1)\ndrop drop *->* #0\n",
                "+0 drop(a=1, b=0, c=7) to every\ndrop drop *->* #0\n");
    check_lines(&server, "drop every every->every #0\ndrop every every a-b->every\n",
                "drop every every->every #0\ndrop every every a-b->every\n");
    check_lines(&server, "preempt every #0 by 0\npreempt every every by 0\n",
                "preempt every every by 0\npreempt every #0 by 0\n");
}

static void check_error(const struct ob_vocabulary *vocabulary, const char *text, size_t size,
                        const char *expected)
{
    static struct ob_scenario scenario;
    struct ob_error error = {""};
    int result = ob_scenario_parse(vocabulary, "crash.txt", text, size, &scenario, &error);
    assert_true(result == -1 || result == OB_SCENARIO_INAPPLICABLE);
    assert_string_equal(error.text, expected);
    assert_int_equal(ob_scenario_parse(vocabulary, "crash.txt", text, size, &scenario, NULL),
                     result);
}

/* A line that is wrong as the second line of a file. */
static void check_wrong(const struct ob_vocabulary *vocabulary, const char *line,
                        const char *expected)
{
    struct ob_text text = {0};
    struct ob_text whole = {0};
    ob_text_printf(&text, "offbeat scenario 1 %s\n%s\n", vocabulary->target->name, line);
    ob_text_printf(&whole, "crash.txt:2: %s", expected);
    check_error(vocabulary, text.data, text.length, whole.data);
    ob_text_release(&text);
    ob_text_release(&whole);
}

static void test_header_errors(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const char *missing =
        "crash.txt:1: not a scenario, whose first line is \"offbeat scenario 1 order\"";
    check_error(&shop, NULL, 0, missing);
    check_error(&shop, "\n", 1, missing);
    check_error(&shop, "offbeat", 7, missing);
    check_error(&shop, "offbeat scenario 2 order", 24,
                "crash.txt:1: version \"2\" of the text form is not known, only 1 is");
    check_error(&shop, "offbeat scenario 1 bank\n", 24,
                "crash.txt:1: the scenario is for target \"bank\", not for \"order\"");
    check_error(&shop, "offbeat scenario 1 order x", 26,
                "crash.txt:1: \"x\" after the end of the record");
}

static void test_message_errors(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_vocabulary server = vocabulary_server();
    check_wrong(&shop, "+0 pya(order=3)",
                "no message kind \"pya\" in target order (kinds: buy, create, pay)");
    check_wrong(&shop, "+0", "the name of a message kind is expected (kinds: buy, create, pay)");
    check_wrong(&shop, "+0 -", "no message kind \"-\" in target order (kinds: buy, create, pay)");
    check_wrong(&shop, "+0 pay()", "pay does not come from outside, only actors send it");
    check_wrong(&shop, "+0 buy(order=8)", "order=8 of buy is out of its range, 0 to 7");
    check_wrong(&shop, "+0 buy(order=99999999999)",
                "order is \"99999999999\", which is at most "
                "4294967295");
    check_wrong(&shop, "+0 buy(order=-1)", "\"-1\" is not a number, which order must be");
    check_wrong(&shop, "+0 buy(amount=1)", "buy takes no argument \"amount\"");
    check_wrong(&shop, "+0 buy(order)", "argument \"order\" has no \"=\" and value");
    check_wrong(&shop, "+0 buy(order=1, order=2)", "argument \"order\" is given twice");
    check_wrong(&shop, "+0 buy(order=1", "the arguments of buy do not end in \")\"");
    check_wrong(&shop, "+0 buy() to shop",
                "\"shop\" does not receive buy from outside, customer does");
    check_wrong(&shop, "+0 buy() to outside",
                "\"outside\" does not receive buy from outside, customer does");
    check_wrong(&shop, "+0 buy() to shpo",
                "no actor \"shpo\" in target order (actors: customer, bank, shop)");
    check_wrong(&shop, "+0 buy() to",
                "the name of an actor is expected (actors: customer, bank, shop)");
    check_wrong(&shop, "+0 buy() bytes 00", "the payload has 1 bytes, buy takes at most 0");
    check_wrong(&shop, "+0 buy() to customer now", "\"now\" after the end of the record");
    check_wrong(&server, "word(any=1)",
                "word needs a receiver: \"to client.0\" up to \"to client.4\"");
    check_wrong(&server, "word(any=1) to server",
                "\"server\" does not receive word from outside, client.0 to client.4 does");
    check_wrong(&server, "packet bytes 123", "payload \"123\" is not pairs of hexadecimal digits");
    check_wrong(&server, "packet bytes 1g", "payload \"1g\" is not pairs of hexadecimal digits");
    check_wrong(&server, "packet bytes", "payload \"\" is not pairs of hexadecimal digits");
}

static void test_duration_errors(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    const char *form = "a duration such as 0, 250us, 1.5ms, 2s or 1min is expected";
    const struct {
        const char *line;
        const char *problem;
    } wrong[] = {{"+5 buy", "\"5\" has no unit: "},
                 {"+5m buy", "\"5m\" has no unit: "},
                 {"+ms buy", "\"ms\": "},
                 {"+1.ms buy", "\"1.ms\": "},
                 {"+-1ms buy", "\"-1ms\": "},
                 {"+", "the line ends where "},
                 {"+0.5 buy", "\"0.5\" has no unit: "}};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        struct ob_text text = {0};
        ob_text_printf(&text, "%s%s", wrong[index].problem, form);
        check_wrong(&shop, wrong[index].line, ob_text_string(&text));
        ob_text_release(&text);
    }
    const char *const finer[] = {"0.5us", "1.0005ms", "1.0000001s", "0.0000000001s"};
    for (size_t index = 0; index < sizeof finer / sizeof finer[0]; index++) {
        char line[64];
        char problem[128];
        (void)snprintf(line, sizeof line, "+%s buy", finer[index]);
        (void)snprintf(problem, sizeof problem,
                       "\"%s\" is finer than 1us, the least that a scenario can say", finer[index]);
        check_wrong(&shop, line, problem);
    }
    check_wrong(&shop, "+72min buy", "\"72min\" is longer than a scenario can say, which is 4290s");
    check_wrong(&shop, "+99999999999999999999999999us buy",
                "\"99999999999999999999999999us\" is longer than a scenario can say, which is "
                "4290s");
}

static void test_deviation_errors(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    check_wrong(&shop, "delya pay bank->shop #0 by 3ms",
                "\"delya\" begins neither a message, as in \"+0 KIND()\", nor a deviation: delay, "
                "reorder, duplicate, drop, pause, crash, restart, partition, heal, skew, preempt, "
                "draw, walk, choose");
    check_wrong(&shop, "walk drunk seed 1",
                "\"drunk\" where one of these is expected: random, pct, pos");
    check_wrong(&shop, "walk pos seed 16777216",
                "a seed is \"16777216\", which is at most 16777215");
    check_wrong(&shop, "walk pct seed 1", "the line ends where \"depth\" is expected");
    check_wrong(&shop, "walk pct seed 1 depth 17 hint 0",
                "the depth is \"17\", which is at most 16");
    check_wrong(&shop, "walk pos seed 1 late 1/3",
                "\"1/3\" where a rate of late steps is expected: never, 1/2, 1/4 or 1/8");
    check_wrong(&shop, "walk pos seed 1 from step 4 until step 4",
                "the walk ends at step 4, but begins at step 4");
    check_wrong(&shop, "walk pos seed 1 until step 0", "a walk that ends at step 0 has no steps");
    check_wrong(&shop, "walk pos seed 1 until step 41",
                "the last step is 41, which cannot be kept; 40 can");
    check_wrong(&shop, "walk pos seed 1 for 4", "\"for\" after the end of the record");
    check_wrong(&shop, "delay", "the name of a message kind is expected (kinds: buy, create, pay)");
    check_wrong(&shop, "drop pay #0", "\"#0\" where a link such as FROM->TO or *->* is expected");
    check_wrong(&shop, "drop pay bank->shop",
                "which one is not said: put #0, the first, or an \"every\" before the selector");
    check_wrong(&shop, "drop pay bank->shop #255", "an ordinal is \"255\", which is at most 254");
    check_wrong(&shop, "drop pay bank->shop #x", "\"x\" is not a number, which an ordinal must be");
    check_wrong(&shop, "drop every pay bank->outside",
                "the outside receives nothing and is no actor");
    check_wrong(&shop, "drop every pay bnak->shop",
                "no actor \"bnak\" in target order (actors: customer, bank, shop)");
    check_wrong(&shop, "drop every pay bank->shop #1", "\"#1\" after the end of the record");
    check_wrong(&shop, "delay every pay bank->shop after 3ms",
                "\"after\" where \"by\" is expected");
    check_wrong(&shop, "delay every pay bank->shop", "the line ends where \"by\" is expected");
    check_wrong(&shop, "crash pay bank->shop #0",
                "\"pay\" where one of these is expected: before, after");
    check_wrong(&shop, "reorder every pay *->shop after pay bank->shop #0",
                "\"bank->shop\" has a receiver, but what is awaited has the same one");
    check_wrong(&shop, "reorder every pay *->shop after pay",
                "\"\" where an ordinal such as #0, the first, is expected");
    check_wrong(&shop, "skew shop late 3ms",
                "\"late\" where one of these is expected: ahead, behind, fast, slow");
    check_wrong(&shop, "skew shop fast 3ms", "\"3ms\" where a rate such as 200ppm is expected");
    check_wrong(&shop, "skew shop slow 900001ppm",
                "a rate in ppm is \"900001\", which is at most 900000");
    check_wrong(&shop, "draw per pay every * *->* seed 1",
                "\"pay\" where one of these is expected: message, link, class");
    check_wrong(&shop, "draw per link * *->* seed 1",
                "the selector needs an \"every\" before it here");
    check_wrong(&shop, "draw per link every * *->* seed 65536",
                "a seed is \"65536\", which is at most 65535");
    check_wrong(&shop, "preempt * #0 by 0",
                "no actor \"*\" in target order (actors: customer, bank, shop)");
}

static void test_too_many(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_vocabulary server = vocabulary_server();
    struct ob_text text = {0};
    ob_text_printf(&text, "offbeat scenario 1 order\n");
    for (unsigned line = 0; line <= OB_MESSAGES_MAX; line++)
        ob_text_printf(&text, "buy\n");
    check_error(&shop, text.data, text.length, "crash.txt:258: more than 256 messages");
    ob_text_release(&text);
    ob_text_printf(&text, "offbeat scenario 1 order\n");
    for (unsigned line = 0; line <= OB_DEVIATIONS_MAX; line++)
        ob_text_printf(&text, "drop every * *->*\n");
    check_error(&shop, text.data, text.length, "crash.txt:66: more than 64 deviations");
    ob_text_release(&text);
    ob_text_printf(&text, "offbeat scenario 1 server\n");
    for (unsigned line = 0; line < 5; line++) {
        ob_text_printf(&text, "packet bytes ");
        for (unsigned byte = 0; byte < OB_BYTES_MAX; byte++)
            ob_text_printf(&text, "%02x", byte & 0xff);
        ob_text_printf(&text, "\n");
    }
    check_error(&server, text.data, text.length,
                "crash.txt:6: more than 4096 bytes of payload in all messages together");
    ob_text_release(&text);
}

/* Errors quote what they found without control characters and without its whole length. */
static void test_errors_are_printable(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_vocabulary crowd = vocabulary_crowd();
    check_error(&shop, "offbeat scenario 1 order\n+0 \0\x1b;", 31,
                "crash.txt:2: no message kind \"??;\" in target order (kinds: buy, create, pay)");
    check_wrong(&shop, "+0 aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee()",
                "no message kind \"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
                "ee...\" in target "
                "order (kinds: buy, create, pay)");
    static struct ob_scenario scenario;
    struct ob_error error = {""};
    const char *text = "offbeat scenario 1 crowd\npreempt x #0 by 0";
    assert_int_equal(ob_scenario_parse(&crowd, "a", text, strlen(text), &scenario, &error),
                     OB_SCENARIO_INAPPLICABLE);
    assert_non_null(strstr(error.text, "p.000, p.001, "));
    assert_non_null(strstr(error.text, ", ...)"));
}

/* What may be right for another target, or another version of this one, is told from what is wrong
 * in any. */
static void test_what_does_not_apply(void **state)
{
    (void)state;
    struct ob_vocabulary shop = vocabulary_shop();
    static struct ob_scenario scenario;
    static const struct {
        const char *line;
        int result;
    } lines[] = {
        {"+0 pya(order=3)", OB_SCENARIO_INAPPLICABLE},
        {"sell", OB_SCENARIO_INAPPLICABLE},
        {"+0 pay()", OB_SCENARIO_INAPPLICABLE},
        {"+0 buy(order=8)", OB_SCENARIO_INAPPLICABLE},
        {"+0 buy(amount=1)", OB_SCENARIO_INAPPLICABLE},
        {"+0 buy() to shop", OB_SCENARIO_INAPPLICABLE},
        {"+0 buy() bytes 00", OB_SCENARIO_INAPPLICABLE},
        {"delay pay till->shop #0 by 1us", OB_SCENARIO_INAPPLICABLE},
        {"delay refund bank->shop #0 by 1us", OB_SCENARIO_INAPPLICABLE},
        {"+0 buy(order=1, order=2)", -1},
        {"+0 buy(order=-1)", -1},
        {"+0 buy(order=1", -1},
        {"+0 buy() bytes 0", -1},
        {"delay pay bank->shop #0 by 1hour", -1},
        {"delay pay bank shop", -1},
        {"+0 buy()", 0},
    };

    for (size_t index = 0; index < sizeof lines / sizeof *lines; index++) {
        struct ob_text text = {0};
        ob_text_printf(&text, "offbeat scenario 1 order\n%s\n", lines[index].line);
        int result = ob_scenario_read(&shop, "a.txt", (const uint8_t *)text.data, text.length,
                                      &scenario, NULL);
        if (result != lines[index].result)
            fail_msg("%s: %d", lines[index].line, result);
        ob_text_release(&text);
    }
    const char *other = "offbeat scenario 1 bank\n";
    assert_int_equal(ob_scenario_parse(&shop, "a", other, strlen(other), &scenario, NULL),
                     OB_SCENARIO_INAPPLICABLE);
}

static void test_edits(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_vocabulary server = vocabulary_server();
    const char *text = "offbeat scenario 1 server\n"
                       "packet(id=1) bytes 0102\npacket(id=2) bytes 0304\ntick\n";
    assert_int_equal(ob_scenario_parse(&server, "a", text, strlen(text), &scenario, NULL), 0);
    assert_int_equal(ob_scenario_record_count(&scenario), 5);
    struct ob_input_message *first = &scenario.messages[0];
    assert_true(ob_scenario_splice(&scenario, 0, 1, 1, scenario.payload, 4));
    assert_memory_equal(scenario.payload, "\1\1\2\3\4\3\4", 7);
    assert_true(ob_scenario_insert_message(&scenario, 1, first, scenario.payload));
    assert_int_equal(scenario.payload_size, 12);
    assert_int_equal(scenario.messages[2].bytes_start, 10);
    assert_int_equal(scenario.messages[3].bytes_start, 12);
    ob_scenario_remove_message(&scenario, 0);
    assert_int_equal(scenario.message_count, 3);
    assert_int_equal(scenario.messages[1].bytes_start, 5);
    assert_memory_equal(scenario.payload, "\1\1\2\3\4\3\4", 7);

    struct ob_deviation later = {.op = OB_DROP};
    struct ob_deviation sooner = {.op = OB_DELAY};
    assert_true(ob_scenario_insert_deviation(&scenario, &later));
    assert_true(ob_scenario_insert_deviation(&scenario, &sooner));
    assert_int_equal(scenario.deviations[0].op, OB_DELAY);
    static struct ob_scenario copy;
    ob_scenario_copy(&copy, &scenario);
    assert_true(ob_scenario_equal(&copy, &scenario));
    ob_scenario_remove_deviation(&scenario, 0);
    assert_int_equal(scenario.deviations[0].op, OB_DROP);
    assert_false(ob_scenario_equal(&copy, &scenario));
}

static void test_mutation_is_deterministic(void **state)
{
    (void)state;
    static struct ob_scenario a;
    static struct ob_scenario b;
    struct ob_vocabulary server = vocabulary_server();
    struct ob_rng rng_a = {7};
    struct ob_rng rng_b = {7};
    ob_scenario_clear(&a);
    ob_scenario_clear(&b);
    for (unsigned round = 0; round < 200; round++) {
        ob_mutate(&server, &a, 64, &rng_a);
        ob_mutate(&server, &b, 64, &rng_b);
        assert_true(ob_scenario_equal(&a, &b));
        assert_true(a.message_count + a.deviation_count > 0);
    }
}

static void test_mutation_keeps_to_allowed_ops(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_vocabulary server = vocabulary_server();
    struct ob_rng rng = {11};
    server.ops_allowed = 1u << OB_DELAY | 1u << OB_DRAW;
    ob_scenario_clear(&scenario);
    for (unsigned round = 0; round < 2000; round++) {
        ob_mutate(&server, &scenario, 40, &rng);
        for (unsigned index = 0; index < scenario.deviation_count; index++)
            assert_true(server.ops_allowed & 1u << scenario.deviations[index].op);
    }
}

static enum ob_form form_of(const char *name, const char *data, size_t size)
{
    return ob_scenario_form(name, (const uint8_t *)data, size);
}

static void inputs_are_taken_for_what_they_are(void **state)
{
    static const char with_comments[] =
        "# by hand\r\n\n \t# why\n  offbeat scenario 1 order\n+0 buy(order=0)\n";
    static const char *const neither[] = {
        "offbeat scenarios 1 order\n+0 buy()\n", "ofbeat scenario 1 order\n+0 buy()\n",
        "+0 buy(order=0) to customer\n", "\xef\xbb\xbfoffbeat scenario 1 order\n+0 buy()\n",
        "# nothing but a comment\n"};
    static const char wide[] = "o\0f\0f\0b\0e\0a\0t\0 \0s\0c\0e\0n\0a\0r\0i\0o";
    static const char marked[] = "\xff\xfeo\0f\0f\0b\0e\0a\0t\0 \0s\0c\0e\0n\0a\0r\0i\0o";
    static const char marked_bytes[] = "\xff\xfe"
                                       "drawnby";
    static const char record[] = "\x00\x01\x64\x00\x07\x00\x00\x00\xa1\x20\x41\x0a\x00\x00\x00\x00";
    struct ob_vocabulary shop = vocabulary_shop();
    struct ob_scenario scenario;
    struct ob_error error = {{0}};

    (void)state;
    assert_int_equal(form_of("x", with_comments, sizeof with_comments - 1), OB_FORM_TEXT);
    assert_int_equal(form_of("x", "offbeat scenario\n", 17), OB_FORM_TEXT);
    assert_int_equal(ob_scenario_read(&shop, "x.txt", (const uint8_t *)with_comments,
                                      sizeof with_comments - 1, &scenario, &error),
                     0);
    assert_int_equal(scenario.message_count, 1);
    for (size_t at = 0; at < sizeof neither / sizeof neither[0]; at++)
        assert_int_equal(form_of("crash", neither[at], strlen(neither[at])), OB_FORM_NEITHER);
    assert_int_equal(form_of("crash", wide, sizeof wide), OB_FORM_NEITHER);
    assert_int_equal(form_of("crash", wide + 1, sizeof wide - 1), OB_FORM_NEITHER);
    assert_int_equal(form_of("crash", marked, sizeof marked), OB_FORM_NEITHER);
    assert_int_equal(form_of("crash", record, sizeof record - 1), OB_FORM_BYTES);
    /* What engines draw now and then. */
    assert_int_equal(form_of("crash", marked_bytes, sizeof marked_bytes - 1), OB_FORM_BYTES);
    assert_int_equal(form_of("crash", "k) e~Pm", 7), OB_FORM_BYTES);
    assert_int_equal(form_of("crash.txt", record, sizeof record - 1), OB_FORM_NEITHER);
    assert_int_equal(form_of("empty", "", 0), OB_FORM_BYTES);
    assert_int_equal(form_of("empty.txt", "", 0), OB_FORM_NEITHER);
    assert_int_equal(ob_scenario_read(&shop, "a.txt", (const uint8_t *)neither[3],
                                      strlen(neither[3]), &scenario, &error),
                     -1);
    assert_string_equal(error.text,
                        "a.txt: begins with a byte order mark, which must not be there: "
                        "the first line of a text is \"offbeat scenario 1 order\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_taken_for_what_they_are),
        cmocka_unit_test(test_duration_codes),
        cmocka_unit_test(test_duration_print),
        cmocka_unit_test(test_vocabulary),
        cmocka_unit_test(test_arguments_without_a_choice),
        cmocka_unit_test(test_args_fit),
        cmocka_unit_test(test_decode_messages),
        cmocka_unit_test(test_decode_payload),
        cmocka_unit_test(test_decode_deviations),
        cmocka_unit_test(test_decode_walks),
        cmocka_unit_test(test_decode_rests),
        cmocka_unit_test(test_durations_are_kept),
        cmocka_unit_test(test_decode_bounds),
        cmocka_unit_test(test_encode_capacity),
        cmocka_unit_test(test_text_stands),
        cmocka_unit_test(test_text_is_lenient),
        cmocka_unit_test(test_header_errors),
        cmocka_unit_test(test_message_errors),
        cmocka_unit_test(test_duration_errors),
        cmocka_unit_test(test_deviation_errors),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_errors_are_printable),
        cmocka_unit_test(test_what_does_not_apply),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_mutation_is_deterministic),
        cmocka_unit_test(test_mutation_keeps_to_allowed_ops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
