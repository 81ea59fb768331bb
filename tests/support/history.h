/* Histories of operations that tests write in one line, and the order that everybody can find: by
 * trying all. */
#ifndef OFFBEAT_TESTS_HISTORY_H
#define OFFBEAT_TESTS_HISTORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* needs the first four */

#include "oracle/linear.h"

#define HISTORY_MAX 4096

struct history {
    struct ob_operation operations[HISTORY_MAX];
    uint32_t count;
    uint32_t events;
};

static inline uint32_t history_begin(struct history *history, uint32_t client, uint32_t object,
                                     unsigned kind, uint64_t argument)
{
    assert_true(history->count < HISTORY_MAX);
    history->operations[history->count] = (struct ob_operation){.argument = argument,
                                                                .result = OB_ANY,
                                                                .begin = history->events++,
                                                                .end = UINT32_MAX,
                                                                .object = object,
                                                                .kind = kind,
                                                                .client = client};
    return history->count++;
}

static inline void history_end(struct history *history, uint32_t operation, uint64_t result)
{
    history->operations[operation].result = result;
    history->operations[operation].end = history->events++;
}

static inline enum ob_linear history_check(const struct history *history,
                                           const struct ob_specification *specification)
{
    struct ob_linear_memory *memory = ob_linear_memory_create();
    uint32_t object;
    assert_non_null(memory);
    enum ob_linear result = ob_linear_check(memory, specification, history->operations,
                                            history->count, UINT32_MAX, &object);
    ob_linear_memory_free(memory);
    return result;
}

#endif
