#include "oracle/serial_orders.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "world/attach.h"
#include "world/hash.h"
#include "world/log.h"
#include "world/serial.h"
#include "world/world.h"

#define CACHE_SIZE 256u /* sets of messages, a power of two */
#define STATES_MAX 24u  /* that are remembered of one set */

/* What is known of one set of messages. */
struct known {
    uint64_t key; /* hash of the messages; 0 for an entry that is free */
    uint32_t state_count;
    bool is_complete; /* all orders were run, and all their states are here */
    bool is_void;     /* an order has no end, or there are too many: no verdict */
    uint64_t states[STATES_MAX];
};

struct ob_serial_orders {
    struct ob_target target; /* without judges */
    const struct ob_oracle *oracle;
    struct ob_world *world;
    struct ob_scenario scenario; /* the messages alone */
    struct known known[CACHE_SIZE];
};

static void release(void *memory)
{
    struct ob_serial_orders *orders = memory;

    ob_world_destroy(orders->world);
    free(orders);
}

static struct ob_serial_orders *create(const struct ob_world *world, const struct ob_oracle *oracle)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_serial_orders *orders = calloc(1, sizeof *orders);
    struct ob_error error = {{0}};

    if (!orders)
        return NULL;
    orders->oracle = oracle;
    orders->target = *ob_world_target(world);
    orders->target.oracles = NULL;
    orders->target.check = NULL;
    orders->target.check_quiescent = NULL;
    orders->target.mailbox_max = 0;
    orders->target.must_handle_all = false;
    orders->world = ob_world_create(&orders->target, vocabulary->variant, &error);
    if (!orders->world) {
        free(orders);
        return NULL;
    }
    return orders;
}

struct ob_serial_orders *ob_serial_orders_of(struct ob_world *world, const struct ob_oracle *oracle)
{
    void **memory = ob_world_memory(world, oracle, release);

    if (!*memory)
        *memory = create(world, oracle);
    return *memory;
}

void ob_serial_all(struct ob_serial_set *set, const struct ob_scenario *scenario)
{
    assert(scenario->message_count <= OB_SERIAL_MESSAGES_MAX);
    set->scenario = scenario;
    set->count = scenario->message_count;
    for (unsigned at = 0; at < set->count; at++)
        set->order[at] = (uint8_t)at;
}

/* -- messages that are the same -- */

static uint64_t hash_message(const struct ob_scenario *scenario, unsigned index)
{
    const struct ob_input_message *message = &scenario->messages[index];
    uint64_t hash = ob_hash_step(1, message->kind, message->instance);

    hash = ob_hash_step(hash, (uint64_t)message->args[0] << 32 | message->args[1],
                        (uint64_t)message->args[2] << 32 | message->args[3]);
    return ob_hash_bytes(hash, scenario->payload + message->bytes_start, message->bytes_size);
}

static bool is_same(const struct ob_scenario *scenario, unsigned one, unsigned two)
{
    const struct ob_input_message *first = &scenario->messages[one];
    const struct ob_input_message *second = &scenario->messages[two];

    return first->kind == second->kind && first->instance == second->instance &&
           first->bytes_size == second->bytes_size &&
           memcmp(first->args, second->args, sizeof first->args) == 0 &&
           memcmp(scenario->payload + first->bytes_start, scenario->payload + second->bytes_start,
                  first->bytes_size) == 0;
}

/* Gives equal messages equal classes, numbered as they come. Returns how many different orders
 * there are, or OB_SERIAL_ORDERS_MAX + 1 when there are more. */
static uint32_t classify(const struct ob_serial_set *set, uint8_t *classes)
{
    uint64_t orders = 1;

    for (unsigned at = 0; at < set->count; at++) {
        unsigned same = 1;
        classes[at] = (uint8_t)at;
        for (unsigned before = 0; before < at; before++) {
            if (!is_same(set->scenario, set->order[before], set->order[at]))
                continue;
            classes[at] = classes[before];
            same++;
        }
        orders = orders * (at + 1) / same;
        if (orders > OB_SERIAL_ORDERS_MAX)
            return OB_SERIAL_ORDERS_MAX + 1;
    }
    return (uint32_t)orders;
}

static uint64_t key_of(const struct ob_serial_set *set)
{
    uint64_t key = set->count + 1;

    /* A sum, as the order does not matter. */
    for (unsigned at = 0; at < set->count; at++)
        key += ob_hash_step(2, hash_message(set->scenario, set->order[at]), 3);
    return key ? key : 1;
}

/* -- running orders -- */

static bool run_order(struct ob_serial_orders *orders, const struct ob_scenario *scenario,
                      const uint8_t *order, unsigned count)
{
    ob_scenario_copy(&orders->scenario, scenario);
    orders->scenario.deviation_count = 0;
    return ob_world_run_serially(orders->world, &orders->scenario, order, count)->outcome ==
           OB_PASSED;
}

static uint64_t state_after(struct ob_serial_orders *orders)
{
    struct ob_view view;

    ob_view_take(&view, orders->world, orders->oracle, false);
    return view.hash;
}

static void swap(struct ob_serial_set *set, uint8_t *classes, unsigned one, unsigned two)
{
    uint8_t message = set->order[one];
    uint8_t class = classes[one];

    set->order[one] = set->order[two];
    classes[one] = classes[two];
    set->order[two] = message;
    classes[two] = class;
}

/* The next order of the classes, in ascending order. Returns false after the last. */
static bool next_order(struct ob_serial_set *set, uint8_t *classes)
{
    unsigned pivot = set->count;

    for (unsigned at = 1; at < set->count; at++)
        if (classes[at - 1] < classes[at])
            pivot = at - 1;
    if (pivot == set->count)
        return false;
    unsigned other = pivot + 1;
    for (unsigned at = pivot + 1; at < set->count; at++)
        if (classes[at] > classes[pivot])
            other = at;
    swap(set, classes, pivot, other);
    for (unsigned low = pivot + 1, high = set->count - 1; low < high; low++, high--)
        swap(set, classes, low, high);
    return true;
}

/* Brings the set into the ascending order of its classes, which next_order() begins with. */
static void sort_set(struct ob_serial_set *set, uint8_t *classes)
{
    for (unsigned at = 1; at < set->count; at++)
        for (unsigned down = at; down > 0 && classes[down - 1] > classes[down]; down--)
            swap(set, classes, down - 1, down);
}

static bool is_known(const struct known *known, uint64_t hash)
{
    for (uint32_t at = 0; at < known->state_count; at++)
        if (known->states[at] == hash)
            return true;
    return false;
}

/* Returns whether all states of the set are remembered so far. */
static bool remember(struct known *known, uint64_t hash)
{
    if (is_known(known, hash))
        return true;
    if (known->state_count == STATES_MAX)
        return false;
    known->states[known->state_count++] = hash;
    return true;
}

static enum ob_serial_answer make_void(struct known *known)
{
    known->is_void = true;
    return OB_SERIAL_UNKNOWN;
}

/* Runs every order, the one in which the messages came first, as that is the most likely one. */
static enum ob_serial_answer try_orders(struct ob_serial_orders *orders, struct ob_serial_set *set,
                                        struct known *known, uint64_t hash)
{
    uint8_t classes[OB_MESSAGES_MAX];
    bool all_remembered = true;
    bool is_reached = false;

    if (classify(set, classes) > OB_SERIAL_ORDERS_MAX ||
        !run_order(orders, set->scenario, set->order, set->count))
        return make_void(known);
    uint64_t first = state_after(orders);
    all_remembered &= remember(known, first);
    if (first == hash)
        return OB_SERIAL_REACHED;
    sort_set(set, classes);
    do {
        if (!run_order(orders, set->scenario, set->order, set->count))
            return make_void(known);
        uint64_t state = state_after(orders);
        all_remembered &= remember(known, state);
        is_reached |= state == hash;
    } while (next_order(set, classes));
    known->is_complete = all_remembered;
    return is_reached ? OB_SERIAL_REACHED : OB_SERIAL_NOT_REACHED;
}

enum ob_serial_answer ob_serial_reaches(struct ob_serial_orders *orders,
                                        const struct ob_serial_set *set, uint64_t hash)
{
    uint64_t key = key_of(set);
    struct known *known = &orders->known[key & (CACHE_SIZE - 1)];
    struct ob_serial_set permuted = *set;

    if (known->key != key)
        *known = (struct known){.key = key};
    if (known->is_void)
        return OB_SERIAL_UNKNOWN;
    if (is_known(known, hash))
        return OB_SERIAL_REACHED;
    if (known->is_complete)
        return OB_SERIAL_NOT_REACHED;
    return try_orders(orders, &permuted, known, hash);
}

bool ob_serial_look(struct ob_serial_orders *orders, const struct ob_serial_set *set,
                    struct ob_view *view)
{
    bool complete = run_order(orders, set->scenario, set->order, set->count);

    ob_view_take(view, orders->world, orders->oracle, true);
    return complete;
}
