/* A service counts who is connected, by the functions of the library async. See README.md for what
 * goes wrong. */
#include <offbeat/async.h>
#include <offbeat/lock.h>

#define BATCH 3 /* events that come at one time */
#define AT_FIRST 100u

enum variant {
    EACH,
    EACH_LIMIT,
    EACH_OF,
    MAP,
    MAP_VALUES,
    SERIES,
    THIRD_PARTY,
    THIRD_PARTY_ADDS,
    MUTEX,
    IMMUTABLE,
    MONITORED
};
enum kind { CONNECT, DISCONNECT, FIND, FOUND, RECORD, RECORDED, FETCH, STORE, ADD, FETCHED, SEEN };

struct service {
    uint32_t active; /* the global variable */
    uint32_t expected;
    uint32_t at_work;
    struct ob_mutex mutex;
};

/* -- one event: read, await, write -- */

static void count_here(struct ob_actor *self, uint32_t change)
{
    struct service *service = ob_state(self);
    uint32_t seen = service->active;

    (void)ob_call(self, "audit", OB_FOREVER, RECORD, seen);
    service->active = seen + change;
    if (ob_variant(self) == MONITORED)
        ob_send(self, "monitor", SEEN, seen, change);
}

/* The same with a counter that somebody else keeps. */
static void count_there(struct ob_actor *self, uint32_t change)
{
    if (ob_variant(self) == THIRD_PARTY_ADDS) {
        (void)ob_call(self, "counter", OB_FOREVER, ADD, change);
        return;
    }
    uint32_t seen = ob_call(self, "counter", OB_FOREVER, FETCH)->args[0];
    (void)ob_call(self, "counter", OB_FOREVER, STORE, seen + change);
}

static int handle_event(struct ob_actor *self, void *context, struct ob_async_item item,
                        uint32_t *result)
{
    struct service *service = ob_state(self);
    unsigned variant = ob_variant(self);
    (void)context;

    (void)ob_call(self, "directory", OB_FOREVER, FIND, item.key);
    if (variant == THIRD_PARTY || variant == THIRD_PARTY_ADDS) {
        count_there(self, item.value);
    } else if (variant == IMMUTABLE) {
        *result = item.value; /* what it adds, and no state that others see */
    } else if (variant == MUTEX) {
        (void)ob_mutex_lock(self, &service->mutex, OB_FOREVER);
        count_here(self, item.value);
        (void)ob_mutex_unlock(self, &service->mutex);
    } else {
        count_here(self, item.value);
    }
    return 0;
}

/* -- a batch of events -- */

static void handle_batch(struct ob_actor *self, const uint32_t *changes,
                         const struct ob_async_item *pairs, unsigned count)
{
    struct service *service = ob_state(self);
    uint32_t results[BATCH] = {0};

    switch (ob_variant(self)) {
    case EACH_LIMIT:
        (void)ob_async_each_limit(self, changes, count, 2, handle_event, NULL);
        break;
    case EACH_OF:
        (void)ob_async_each_of(self, pairs, count, handle_event, NULL);
        break;
    case MAP:
    case IMMUTABLE:
        (void)ob_async_map(self, changes, count, handle_event, NULL, results);
        break;
    case MAP_VALUES:
        (void)ob_async_map_values(self, pairs, count, handle_event, NULL, results);
        break;
    case SERIES:
        (void)ob_async_each_series(self, changes, count, handle_event, NULL);
        break;
    default:
        (void)ob_async_each(self, changes, count, handle_event, NULL);
        break;
    }
    for (unsigned at = 0; ob_variant(self) == IMMUTABLE && at < count; at++)
        service->active += results[at];
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    static const uint32_t more[BATCH] = {1, 1, 1};
    static const uint32_t less[BATCH] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    static const struct ob_async_item more_pairs[BATCH] = {{1, 1}, {2, 1}, {3, 1}};
    static const struct ob_async_item less_pairs[BATCH] = {
        {1, UINT32_MAX}, {2, UINT32_MAX}, {3, UINT32_MAX}};
    struct service *service = ob_state(self);
    unsigned count = message->args[0];
    bool comes = message->kind == CONNECT;

    service->at_work++;
    service->expected += comes ? count : 0 - count;
    handle_batch(self, comes ? more : less, comes ? more_pairs : less_pairs, count);
    service->at_work--;
}

static void service_start(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    service->active = service->expected = AT_FIRST;
}

static void directory_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, FOUND);
}

static void audit_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, RECORDED);
}

static void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *value = ob_state(self);

    if (message->kind == STORE)
        *value = message->args[0];
    else if (message->kind == ADD)
        *value += message->args[0];
    ob_reply(self, message, FETCHED, *value);
}

static void counter_start(struct ob_actor *self)
{
    *(uint32_t *)ob_state(self) = AT_FIRST;
}

/* Follows the log of what was read and written: a write that does not go on from the one before
 * has lost it. */
struct monitor {
    uint32_t last;
    uint32_t alarms;
};

static void monitor_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct monitor *monitor = ob_state(self);

    monitor->alarms += message->args[0] != monitor->last;
    monitor->last = message->args[0] + message->args[1];
}

static void monitor_start(struct ob_actor *self)
{
    struct monitor *monitor = ob_state(self);
    monitor->last = AT_FIRST;
}

static uint32_t counted(const struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    const struct service *service = ob_state(ob_actor(world, "service"));

    if (variant == THIRD_PARTY || variant == THIRD_PARTY_ADDS)
        return *(const uint32_t *)ob_state(ob_actor(world, "counter"));
    return service->active;
}

static void check_quiescent(struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));
    const struct monitor *monitor = ob_state(ob_actor(world, "monitor"));
    bool right = counted(world) == service->expected;

    if (ob_world_variant(world) == MONITORED)
        OB_INVARIANT(world, lost_update_is_logged, right || monitor->alarms > 0,
                     "the count is %u, should be %u, and the log shows nothing", counted(world),
                     service->expected);
    else
        OB_INVARIANT(world, visitors_are_counted, right, "%u are counted, %u are there",
                     counted(world), service->expected);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) != ob_id(ob_actor(world, "service")))
        return;
    const struct service *service = ob_state(actor);
    ob_describe(text, "%u counted, %u there", counted(world), service->expected);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn_async(world, "service", service_handle, sizeof(struct service)),
                service_start);
    ob_spawn(world, "directory", directory_receive, 0);
    ob_spawn(world, "audit", audit_receive, 0);
    ob_on_start(ob_spawn(world, "counter", counter_receive, sizeof(uint32_t)), counter_start);
    ob_on_start(ob_spawn(world, "monitor", monitor_receive, sizeof(struct monitor)), monitor_start);
}

#define EVENTS(NAME)                                                                               \
    {                                                                                              \
        .name = (NAME), .to = "service", .args = { {"visitors", 1, BATCH} }                        \
    }

OB_TARGET(visitors,
          .summary = "a service counts who is connected, by functions of the library async",
          .variants = {[EACH] = "each",
                       [EACH_LIMIT] = "each_limit",
                       [EACH_OF] = "each_of",
                       [MAP] = "map",
                       [MAP_VALUES] = "map_values",
                       [SERIES] = "series",
                       [THIRD_PARTY] = "third_party",
                       [THIRD_PARTY_ADDS] = "third_party_adds",
                       [MUTEX] = "mutex",
                       [IMMUTABLE] = "immutable",
                       [MONITORED] = "monitored"},
          .fails = {[EACH] = true,
                    [EACH_LIMIT] = true,
                    [EACH_OF] = true,
                    [MAP] = true,
                    [MAP_VALUES] = true,
                    [SERIES] = true,
                    [THIRD_PARTY] = true},
          .messages = {[CONNECT] = EVENTS("connect"),
                       [DISCONNECT] = EVENTS("disconnect"),
                       [FIND] = {.name = "find", .args = {{.name = "visitor"}}},
                       [FOUND] = {.name = "found"},
                       [RECORD] = {.name = "record", .args = {{.name = "value"}}},
                       [RECORDED] = {.name = "recorded"},
                       [FETCH] = {.name = "fetch"},
                       [STORE] = {.name = "store", .args = {{.name = "value"}}},
                       [ADD] = {.name = "add", .args = {{.name = "change"}}},
                       [FETCHED] = {.name = "fetched", .args = {{.name = "value"}}},
                       [SEEN] = {.name = "seen", .args = {{.name = "value"}, {.name = "change"}}}},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
