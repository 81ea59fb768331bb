/* What holds for every scenario: tried on random ones, with fixed seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"
#include "support/vocabulary_fixture.h"

#define VOCABULARY_COUNT 4
#define BYTES_MAX (OB_SCENARIO_BYTES_MAX + 64)

static void make_vocabularies(struct ob_vocabulary vocabularies[VOCABULARY_COUNT])
{
    vocabularies[0] = vocabulary_shop();
    vocabularies[1] = vocabulary_server();
    vocabularies[2] = vocabulary_crowd();
    vocabularies[3] = vocabulary_closed();
}

static void check_message(const struct ob_vocabulary *vocabulary,
                          const struct ob_input_message *message)
{
    int index = ob_vocabulary_find_outside(vocabulary, message->kind);
    assert_true(index >= 0);
    const struct ob_outside_kind *outside = &vocabulary->outside[index];
    const struct ob_arg *args = vocabulary->messages[message->kind].args;
    assert_true(message->instance < outside->to_count);
    assert_true(message->bytes_size <= outside->bytes_max);
    assert_true(message->delay_us <= OB_DURATION_US_MAX);
    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
        uint32_t value = message->args[arg];
        if (arg < outside->arg_count)
            assert_true(value >= args[arg].min && value <= args[arg].max);
        else
            assert_true(value == 0);
    }
}

static void check_canonical(const struct ob_vocabulary *vocabulary,
                            const struct ob_scenario *scenario)
{
    unsigned payload_size = 0;
    assert_true(scenario->message_count <= OB_MESSAGES_MAX);
    assert_true(scenario->deviation_count <= OB_DEVIATIONS_MAX);
    assert_true(scenario->payload_size <= OB_PAYLOAD_MAX);
    for (unsigned index = 0; index < scenario->message_count; index++) {
        check_message(vocabulary, &scenario->messages[index]);
        assert_true(scenario->messages[index].bytes_start == payload_size);
        payload_size += scenario->messages[index].bytes_size;
    }
    assert_true(payload_size == scenario->payload_size);
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        struct ob_deviation canonical = *deviation;
        ob_deviation_canonicalise(vocabulary, &canonical);
        assert_true(ob_deviation_compare(deviation, &canonical) == 0);
        assert_true(index == 0 || ob_deviation_compare(deviation - 1, deviation) <= 0);
        if (ob_deviation_fields(deviation->op) & OB_USES_ACTOR)
            assert_true(deviation->which.to >= 1);
    }
}

/* Encoding and decoding again changes nothing, neither the scenario nor the bytes. */
static void check_bytes_law(const struct ob_vocabulary *vocabulary,
                            const struct ob_scenario *scenario)
{
    static struct ob_scenario again;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static uint8_t bytes_again[OB_SCENARIO_BYTES_MAX];
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);
    assert_true(size == ob_scenario_record_count(scenario) * OB_RECORD_SIZE);
    ob_scenario_decode(vocabulary, bytes, size, &again);
    assert_true(ob_scenario_equal(scenario, &again));
    assert_true(ob_scenario_encode(vocabulary, &again, bytes_again, sizeof bytes_again) == size);
    assert_true(memcmp(bytes, bytes_again, size) == 0);
}

/* So does printing and parsing. Returns the text, which the caller releases. */
static struct ob_text check_text_law(const struct ob_vocabulary *vocabulary,
                                     const struct ob_scenario *scenario)
{
    static struct ob_scenario again;
    struct ob_error error = {""};
    struct ob_text text = {0};
    ob_scenario_print(vocabulary, scenario, &text);
    assert_true(!text.failed);
    assert_int_equal(ob_scenario_form(NULL, (const uint8_t *)text.data, text.length), OB_FORM_TEXT);
    int result = ob_scenario_parse(vocabulary, "printed", text.data, text.length, &again, &error);
    assert_string_equal(error.text, "");
    assert_true(result == 0);
    assert_true(ob_scenario_equal(scenario, &again));
    return text;
}

/* Random bytes of a length that is mostly small, or all of records of few ops, which random bytes
 * seldom are. */
static size_t random_input(struct ob_rng *rng, uint8_t *bytes)
{
    uint32_t bits = 1 + ob_rng_below(rng, ob_rng_below(rng, 50) == 0 ? 14 : 9);
    size_t size = ob_rng_below(rng, 1u << bits) % BYTES_MAX;
    uint32_t style = ob_rng_below(rng, 4);
    for (size_t at = 0; at < size; at++) {
        uint64_t noise = ob_rng_next(rng);
        bytes[at] = (uint8_t)(style == 0 && noise >> 62 != 0 ? 0 : noise >> 32);
    }
    for (size_t at = 0; style == 1 && at < size; at += OB_RECORD_SIZE)
        bytes[at] = (uint8_t)(ob_rng_below(rng, 6) == 0 ? 1 : 248 + ob_rng_below(rng, 8));
    return size;
}

static void test_every_byte_string_is_a_scenario(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_vocabulary vocabularies[VOCABULARY_COUNT];
    struct ob_rng rng = {1};
    make_vocabularies(vocabularies);
    for (unsigned round = 0; round < 200000; round++) {
        static uint8_t input[BYTES_MAX];
        const struct ob_vocabulary *vocabulary = &vocabularies[round % VOCABULARY_COUNT];
        size_t size = random_input(&rng, input);
        /* An allocation of just this size, so that a sanitizer sees the smallest step beyond it. */
        uint8_t *data = malloc(size > 0 ? size : 1);
        assert_non_null(data);
        memcpy(data, input, size);
        ob_scenario_decode(vocabulary, data, size, &scenario);
        free(data);
        check_canonical(vocabulary, &scenario);
        check_bytes_law(vocabulary, &scenario);
        if (round % 16 == 0) {
            struct ob_text text = check_text_law(vocabulary, &scenario);
            ob_text_release(&text);
        }
    }
}

static void test_mutation_keeps_canonical(void **state)
{
    (void)state;
    static struct ob_scenario parents[2];
    static struct ob_scenario child;
    struct ob_vocabulary vocabularies[VOCABULARY_COUNT];
    struct ob_rng rng = {2};
    make_vocabularies(vocabularies);
    for (unsigned round = 0; round < 60000; round++) {
        const struct ob_vocabulary *vocabulary = &vocabularies[round / 15000];
        if (round % 3000 == 0) {
            ob_scenario_clear(&parents[0]);
            ob_scenario_clear(&parents[1]);
        }
        size_t records_max =
            round % 500 == 499 ? ob_rng_below(&rng, 20) : 20 + ob_rng_below(&rng, OB_RECORDS_MAX);
        struct ob_scenario *parent = &parents[round % 2];
        ob_mutate(vocabulary, parent, records_max, &rng);
        check_canonical(vocabulary, parent);
        check_bytes_law(vocabulary, parent);
        assert_true(ob_scenario_record_count(parent) <= records_max);
        assert_true(records_max == 0 || ob_scenario_record_count(parent) > 0);
        if (round % 4 == 0) {
            ob_crossover(vocabulary, &parents[0], &parents[1], &child, records_max, &rng);
            check_canonical(vocabulary, &child);
            assert_true(ob_scenario_record_count(&child) <= records_max);
        }
        if (round % 32 == 0) {
            struct ob_text text = check_text_law(vocabulary, parent);
            ob_text_release(&text);
        }
    }
}

/* Each op, payload and receiver is found from nothing within reasonable time. */
static void test_mutation_reaches_everything(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct ob_vocabulary vocabulary = vocabulary_server();
    struct ob_rng rng = {3};
    unsigned ops = 0;
    unsigned kinds = 0;
    unsigned instances = 0;
    unsigned bytes_max = 0;
    for (unsigned round = 0; round < 20000; round++) {
        if (round % 100 == 0)
            ob_scenario_clear(&scenario);
        ob_mutate(&vocabulary, &scenario, 200, &rng);
        for (unsigned index = 0; index < scenario.deviation_count; index++)
            ops |= 1u << scenario.deviations[index].op;
        for (unsigned index = 0; index < scenario.message_count; index++) {
            const struct ob_input_message *message = &scenario.messages[index];
            kinds |= 1u << message->kind;
            instances |= 1u << message->instance;
            bytes_max = message->bytes_size > bytes_max ? message->bytes_size : bytes_max;
        }
    }
    assert_int_equal(ops, (1u << OB_DEVIATION_OPS) - 1);
    assert_int_equal(kinds, 1u << 0 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 6 | 1u << 7);
    assert_int_equal(instances, 31);
    assert_true(bytes_max > 64);
}

/* One small change to a text, of the kind that people and bad disks make. */
static size_t damage(struct ob_rng *rng, char *text, size_t size)
{
    static const char telling[] = "\0\n\r\t #+-*>().,=:0123456789abcdefusmin\x80\xff";
    size_t at = ob_rng_below(rng, (uint32_t)size);
    size_t length = 1 + ob_rng_below(rng, 12);
    if (length > size - at)
        length = size - at;
    switch (ob_rng_below(rng, 4)) {
    case 0:
        text[at] = telling[ob_rng_below(rng, sizeof telling - 1)];
        return size;
    case 1:
        text[at] = (char)(ob_rng_next(rng) & 0xff);
        return size;
    case 2:
        memmove(text + at, text + at + length, size - at - length);
        return size - length;
    default:
        memmove(text + ob_rng_below(rng, (uint32_t)(size - length + 1)), text + at, length);
        return size;
    }
}

static void test_parser_takes_any_text(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    static struct ob_scenario read;
    struct ob_vocabulary vocabularies[VOCABULARY_COUNT];
    struct ob_rng rng = {4};
    unsigned accepted = 0;
    make_vocabularies(vocabularies);
    for (unsigned round = 0; round < 70000; round++) {
        const struct ob_vocabulary *vocabulary = &vocabularies[round % VOCABULARY_COUNT];
        ob_scenario_clear(&scenario);
        for (unsigned step = 0; step < 6; step++)
            ob_mutate(vocabulary, &scenario, 20, &rng);
        struct ob_text text = {0};
        ob_scenario_print(vocabulary, &scenario, &text);
        size_t size = text.length;
        for (unsigned step = 1 + ob_rng_below(&rng, 4); step > 0 && size > 0; step--)
            size = damage(&rng, text.data, size);
        char *exact = malloc(size > 0 ? size : 1);
        assert_non_null(exact);
        memcpy(exact, text.data, size);
        struct ob_error error = {""};
        if (ob_scenario_parse(vocabulary, "damaged", exact, size, &read, &error) == 0) {
            accepted++;
            check_canonical(vocabulary, &read);
            check_bytes_law(vocabulary, &read);
        } else {
            assert_memory_equal(error.text, "damaged:", 8);
            assert_null(strchr(error.text, '\n'));
        }
        free(exact);
        ob_text_release(&text);
    }
    assert_true(accepted > 600); /* or what is accepted was not tested */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_string_is_a_scenario),
        cmocka_unit_test(test_mutation_keeps_canonical),
        cmocka_unit_test(test_mutation_reaches_everything),
        cmocka_unit_test(test_parser_takes_any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
