/* Operations on objects: what targets record, and the oracle that asks for an order. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "oracle/linear.h"
#include "oracle/records.h"
#include "world/attach.h"
#include "world/judge.h"
#include "world/trace.h"

#define SHOWN_MAX 24u /* operations that are told to people */

/* Operations are recorded for every oracle that reads them. */
static bool is_wanted(const struct ob_world *world)
{
    return ob_world_oracle(world, &ob_checker_linearizable) ||
           ob_world_oracle(world, &ob_checker_progress);
}

uint32_t ob_op_begin(struct ob_actor *self, uint32_t object, unsigned kind, uint64_t argument)
{
    struct ob_world *world = ob_world(self);

    if (!is_wanted(world))
        return 0;
    struct ob_records *records = ob_records_of(world);
    struct ob_operation *operation =
        ob_list_add(world, &records->operations, sizeof *operation, OB_OPERATIONS_MAX);
    if (!operation)
        return 0;
    *operation = (struct ob_operation){.argument = argument,
                                       .result = OB_ANY,
                                       .begin_us = ob_world_time_us(world),
                                       .begin = records->operation_events++,
                                       .end = UINT32_MAX,
                                       .object = object,
                                       .kind = kind,
                                       .client = ob_id(self)};
    return records->operations.count;
}

void ob_op_end(struct ob_actor *self, uint32_t handle, uint64_t result)
{
    struct ob_world *world = ob_world(self);

    if (handle == 0 || !is_wanted(world))
        return;
    struct ob_records *records = ob_records_of(world);
    struct ob_operation *operations = records->operations.items;
    if (handle > records->operations.count || operations[handle - 1].end != UINT32_MAX)
        return;
    operations[handle - 1].result = result;
    operations[handle - 1].end_us = ob_world_time_us(world);
    operations[handle - 1].end = records->operation_events++;
    assert(operations[handle - 1].end > operations[handle - 1].begin &&
           operations[handle - 1].end_us >= operations[handle - 1].begin_us);
}

static void release_memory(void *memory)
{
    ob_linear_memory_free(memory);
}

static struct ob_linear_memory *memory_of(struct ob_world *world, const struct ob_oracle *oracle)
{
    void **memory = ob_world_memory(world, oracle, release_memory);

    if (!*memory)
        *memory = ob_linear_memory_create();
    return *memory;
}

static void describe(const struct ob_specification *specification,
                     const struct ob_operation *operation, struct ob_text *text)
{
    if (specification->describe) {
        specification->describe(operation, text);
        return;
    }
    ob_text_printf(text, "operation %" PRIu32 "(%" PRIu64 ")", operation->kind,
                   operation->argument);
    if (operation->end == UINT32_MAX)
        ob_text_printf(text, ", no answer");
    else if (operation->result != OB_ANY)
        ob_text_printf(text, ": %" PRIu64, operation->result);
}

/* The operation whose end is the last of the events. */
static const struct ob_operation *last_of(const struct ob_operation *operations, uint32_t count,
                                          uint32_t events)
{
    for (uint32_t at = 0; at < count; at++)
        if (operations[at].end == events - 1)
            return &operations[at];
    return NULL;
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    const struct ob_records *records = ob_records_read(world);
    const struct ob_operation *operations = records->operations.items;
    uint32_t count = records->operations.count;
    uint32_t object = 0;

    /* What was not recorded may have changed the object. */
    (void)quiescent;
    if (count == 0 || records->operations.is_full)
        return;
    struct ob_linear_memory *memory = memory_of(world, oracle);
    if (!memory || ob_linear_check(memory, oracle->specification, operations, count, UINT32_MAX,
                                   &object) != OB_LINEAR_NO)
        return;
    uint32_t events = ob_linear_shortest(memory, oracle->specification, operations, count, &object);
    const struct ob_operation *last = last_of(operations, count, events);
    struct ob_text text = {0};
    char said[160] = "an operation";
    if (last) {
        describe(oracle->specification, last, &text);
        (void)snprintf(said, sizeof said, "%s has %s", ob_oracle_actor(world, last->client),
                       ob_text_string(&text));
        ob_text_release(&text);
    }
    OB_ORACLE_VIOLATION(world, oracle, linearizable,
                        "%s, which no order of the operations on %s %" PRIu32 " explains", said,
                        oracle->specification->name, object);
}

static void print_operation(const struct ob_world *world, const struct ob_oracle *oracle,
                            const struct ob_operation *operation, uint32_t events,
                            struct ob_text *text)
{
    struct ob_operation seen = *operation;

    if (seen.end >= events) {
        seen.end = UINT32_MAX;
        seen.result = OB_ANY;
    }
    ob_text_printf(text, "  %s ", ob_oracle_actor(world, seen.client));
    describe(oracle->specification, &seen, text);
    ob_text_printf(text, ", from ");
    ob_duration_print(text, seen.begin_us);
    if (seen.end != UINT32_MAX) {
        ob_text_printf(text, " to ");
        ob_duration_print(text, seen.end_us);
    }
    ob_text_printf(text, "\n");
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    const struct ob_records *records = ob_records_read(world);
    const struct ob_operation *operations = records->operations.items;
    uint32_t count = records->operations.count;
    struct ob_linear_memory *memory = memory_of(world, oracle);
    uint32_t object = 0;
    uint32_t shown = 0;
    uint32_t skipped = 0;

    if (!memory || count == 0)
        return;
    uint32_t events = ob_linear_shortest(memory, oracle->specification, operations, count, &object);
    for (uint32_t at = 0; at < count && operations[at].begin < events; at++)
        skipped += operations[at].object == object;
    skipped = skipped > SHOWN_MAX ? skipped - SHOWN_MAX : 0;
    ob_text_printf(text, "The shortest beginning that no order explains, on %s %" PRIu32 ":\n",
                   oracle->specification->name, object);
    if (skipped)
        ob_text_printf(text, "  (the first %" PRIu32 " operations are left out)\n", skipped);
    for (uint32_t at = 0; at < count && operations[at].begin < events; at++)
        if (operations[at].object == object && shown++ >= skipped)
            print_operation(world, oracle, &operations[at], events, text);
}

static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->operations.count > 0;
}

const struct ob_checker ob_checker_linearizable = {.name = "linearizable",
                                                   .judges_beginnings = true,
                                                   .end = check,
                                                   .has_matter = has_matter,
                                                   .explain = explain};
