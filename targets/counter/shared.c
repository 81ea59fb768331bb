/* A service each of whose requests is a task, as an async function is. All tasks share a variable,
 * or a table, and await the audit log between reading and writing it. */
#include "counter.h"

#include <offbeat/async.h>
#include <offbeat/lock.h>
#include <offbeat/table.h>

#define TABLE "counts"
#define KEY 0u

struct service {
    struct tally tally; /* the global variable */
    struct ob_mutex mutex;
};

static void record(struct ob_actor *self, uint32_t value)
{
    (void)ob_call(self, "audit", OB_FOREVER, RECORD, value);
}

static void increment(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    uint32_t value = service->tally.value;

    record(self, value);
    service->tally.value = value + 1;
}

/* -- the same in steps, one after the other: but only those of one request -- */

static int read_value(struct ob_actor *self, void *context, struct ob_async_item item,
                      uint32_t *result)
{
    const struct service *service = ob_state(self);
    (void)context;
    (void)item;
    *result = service->tally.value;
    return 0;
}

static int record_value(struct ob_actor *self, void *context, struct ob_async_item item,
                        uint32_t *result)
{
    (void)context;
    record(self, item.value);
    *result = item.value;
    return 0;
}

static int write_value(struct ob_actor *self, void *context, struct ob_async_item item,
                       uint32_t *result)
{
    struct service *service = ob_state(self);
    (void)context;
    (void)result;
    service->tally.value = item.value + 1;
    return 0;
}

static void increment_in_series(struct ob_actor *self)
{
    static ob_async_function *const steps[] = {read_value, record_value, write_value};
    uint32_t value = 0;

    (void)ob_async_waterfall(self, steps, 3, NULL, &value);
}

static void increment_locked(struct ob_actor *self)
{
    struct service *service = ob_state(self);

    (void)ob_mutex_lock(self, &service->mutex, OB_FOREVER);
    increment(self);
    (void)ob_mutex_unlock(self, &service->mutex);
}

/* -- in a table whose operations are atomic -- */

static void update_counter(struct ob_actor *self)
{
    uint32_t value = 0;

    (void)ob_table_update_counter(ob_table(ob_world(self), TABLE), KEY, 0, 1, &value);
    record(self, value);
}

/* Reads again and again until nobody has written in between; each refusal means that another was
 * done. */
static void compare_and_swap(struct ob_actor *self)
{
    struct ob_table *table = ob_table(ob_world(self), TABLE);
    struct ob_table_row seen;
    struct ob_table_row next;

    do {
        (void)ob_table_lookup(table, KEY, &seen);
        record(self, seen.values[0]);
        next = seen;
        next.values[0]++;
    } while (!ob_table_select_replace(table, &seen, &next));
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);

    (void)message;
    switch (ob_variant(self)) {
    case SERIES:
        increment_in_series(self);
        break;
    case MUTEX:
        increment_locked(self);
        break;
    case UPDATE_COUNTER:
        update_counter(self);
        break;
    case COMPARE_AND_SWAP:
        compare_and_swap(self);
        break;
    default:
        increment(self);
        break;
    }
    service->tally.increments++;
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_forward(self, "service", message);
}

static void service_start(struct ob_actor *self)
{
    (void)ob_table_insert(ob_table(ob_world(self), TABLE), (struct ob_table_row){.key = KEY});
}

static void audit_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, RECORDED);
}

struct tally shared_tally(const struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));
    struct tally tally = service->tally;
    unsigned variant = ob_world_variant(world);
    struct ob_table_row row = {0};

    if (variant == UPDATE_COUNTER || variant == COMPARE_AND_SWAP) {
        (void)ob_table_lookup(ob_table(world, TABLE), KEY, &row);
        tally.value = row.values[0];
    }
    return tally;
}

void shared_setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, 0);
    ob_on_start(ob_spawn_async(world, "service", service_handle, sizeof(struct service)),
                service_start);
    ob_spawn(world, "audit", audit_receive, 0);
    ob_link(world, "audit", "service", (struct ob_link){.unordered = true});
    ob_table_create(world, TABLE, "service", 1);
}
