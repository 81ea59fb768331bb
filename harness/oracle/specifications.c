/* The sequential specifications that come with Offbeat. */
#include <inttypes.h>
#include <string.h>

#include "offbeat/oracle.h"

#define ITEMS_MAX 120

static bool fits(const struct ob_operation *operation, uint64_t result)
{
    return operation->result == OB_ANY || operation->result == result;
}

static enum ob_step answer(bool yes)
{
    return yes ? OB_STEP_YES : OB_STEP_NO;
}

/* -- register, counter -- */

static enum ob_step register_step(void *state, const struct ob_operation *operation)
{
    uint64_t *value = state;
    uint32_t expected = (uint32_t)(operation->argument >> 32);

    switch (operation->kind) {
    case OB_OP_READ:
        return answer(fits(operation, *value));
    case OB_OP_WRITE:
        *value = operation->argument;
        return OB_STEP_YES;
    case OB_OP_CAS:
        /* One whose result is not known has done what it could. */
        if (*value != expected)
            return answer(fits(operation, 0));
        *value = (uint32_t)operation->argument;
        return answer(fits(operation, 1));
    default:
        return OB_STEP_UNKNOWN;
    }
}

static enum ob_step counter_step(void *state, const struct ob_operation *operation)
{
    uint64_t *value = state;

    if (operation->kind == OB_OP_ADD)
        *value += operation->argument;
    else if (operation->kind != OB_OP_READ)
        return OB_STEP_UNKNOWN;
    return answer(fits(operation, *value));
}

/* -- queue, set -- */

struct items {
    uint64_t count;
    uint64_t items[ITEMS_MAX]; /* of a set, ascending; those beyond the count are 0 */
};

static void insert_item(struct items *items, uint64_t at, uint64_t item)
{
    memmove(&items->items[at + 1], &items->items[at],
            (size_t)(items->count - at) * sizeof items->items[0]);
    items->items[at] = item;
    items->count++;
}

static void remove_item(struct items *items, uint64_t at)
{
    items->count--;
    memmove(&items->items[at], &items->items[at + 1],
            (size_t)(items->count - at) * sizeof items->items[0]);
    items->items[items->count] = 0;
}

static enum ob_step queue_step(void *state, const struct ob_operation *operation)
{
    struct items *queue = state;

    switch (operation->kind) {
    case OB_OP_ENQUEUE:
        if (queue->count == ITEMS_MAX)
            return OB_STEP_UNKNOWN;
        insert_item(queue, queue->count, operation->argument);
        return OB_STEP_YES;
    case OB_OP_DEQUEUE:
        if (queue->count == 0)
            return answer(fits(operation, OB_NOTHING));
        if (!fits(operation, queue->items[0]))
            return OB_STEP_NO;
        remove_item(queue, 0);
        return OB_STEP_YES;
    default:
        return OB_STEP_UNKNOWN;
    }
}

static enum ob_step set_step(void *state, const struct ob_operation *operation)
{
    struct items *set = state;
    uint64_t at = 0;

    while (at < set->count && set->items[at] < operation->argument)
        at++;
    bool present = at < set->count && set->items[at] == operation->argument;
    switch (operation->kind) {
    case OB_OP_INSERT:
        if (!present && set->count == ITEMS_MAX)
            return OB_STEP_UNKNOWN;
        if (!present)
            insert_item(set, at, operation->argument);
        return answer(fits(operation, !present));
    case OB_OP_REMOVE:
        if (present)
            remove_item(set, at);
        return answer(fits(operation, present));
    case OB_OP_CONTAINS:
        return answer(fits(operation, present));
    default:
        return OB_STEP_UNKNOWN;
    }
}

/* -- lock -- */

static enum ob_step lock_step(void *state, const struct ob_operation *operation)
{
    uint64_t *holder = state; /* 0 for nobody */
    uint64_t client = operation->client + UINT64_C(1);

    switch (operation->kind) {
    case OB_OP_ACQUIRE:
        if (*holder)
            return answer(fits(operation, 0));
        *holder = client;
        return answer(fits(operation, 1));
    case OB_OP_RELEASE:
        if (*holder != client)
            return answer(fits(operation, 0));
        *holder = 0;
        return answer(fits(operation, 1));
    default:
        return OB_STEP_UNKNOWN;
    }
}

/* -- for people -- */

static const struct {
    const char *name;
    bool has_argument;
    bool has_result;    /* a value */
    bool has_success;   /* 1 or 0 */
    const char *done;   /* what 1 means */
    const char *undone; /* what 0 means */
} words[OB_OPS] = {
    [OB_OP_READ] = {"read", .has_result = true},
    [OB_OP_WRITE] = {"write", .has_argument = true},
    [OB_OP_CAS] = {"compare-and-swap", .has_success = true, .done = "done", .undone = "refused"},
    [OB_OP_ADD] = {"add", .has_argument = true, .has_result = true},
    [OB_OP_ENQUEUE] = {"enqueue", .has_argument = true},
    [OB_OP_DEQUEUE] = {"dequeue", .has_result = true},
    [OB_OP_INSERT] = {"insert", .has_argument = true, .has_success = true, .done = "it was new",
                      .undone = "it was there"},
    [OB_OP_REMOVE] = {"remove", .has_argument = true, .has_success = true, .done = "it was there",
                      .undone = "it was not there"},
    [OB_OP_CONTAINS] = {"contains", .has_argument = true, .has_success = true,
                        .done = "it is there", .undone = "it is not there"},
    [OB_OP_ACQUIRE] = {"acquire", .has_success = true, .done = "held", .undone = "refused"},
    [OB_OP_RELEASE] = {"release", .has_success = true, .done = "done", .undone = "refused"},
};

static void describe_result(const struct ob_operation *operation, struct ob_text *text)
{
    uint64_t result = operation->result;

    if (operation->end == UINT32_MAX)
        ob_describe(text, ", no answer");
    else if (words[operation->kind].has_success && result <= 1)
        ob_describe(text, ": %s",
                    result ? words[operation->kind].done : words[operation->kind].undone);
    else if (words[operation->kind].has_result && result == OB_NOTHING)
        ob_describe(text, ": nothing");
    else if (words[operation->kind].has_result && result != OB_ANY)
        ob_describe(text, ": %" PRIu64, result);
}

static void describe(const struct ob_operation *operation, struct ob_text *text)
{
    uint32_t kind = operation->kind;

    if (kind >= OB_OPS) {
        ob_describe(text, "operation of kind %" PRIu32, kind);
        return;
    }
    if (kind == OB_OP_CAS)
        ob_describe(text, "%s(%" PRIu32 ", %" PRIu32 ")", words[kind].name,
                    (uint32_t)(operation->argument >> 32), (uint32_t)operation->argument);
    else if (words[kind].has_argument)
        ob_describe(text, "%s(%" PRIu64 ")", words[kind].name, operation->argument);
    else
        ob_describe(text, "%s()", words[kind].name);
    describe_result(operation, text);
}

const struct ob_specification ob_spec_register = {.name = "register",
                                                  .state_size = sizeof(uint64_t),
                                                  .step = register_step,
                                                  .describe = describe};
const struct ob_specification ob_spec_counter = {
    .name = "counter", .state_size = sizeof(uint64_t), .step = counter_step, .describe = describe};
const struct ob_specification ob_spec_queue = {
    .name = "queue", .state_size = sizeof(struct items), .step = queue_step, .describe = describe};
const struct ob_specification ob_spec_set = {
    .name = "set", .state_size = sizeof(struct items), .step = set_step, .describe = describe};
const struct ob_specification ob_spec_lock = {
    .name = "lock", .state_size = sizeof(uint64_t), .step = lock_step, .describe = describe};
