/* Cache stampede: requests for a key that is not in the cache each have it computed, as a key whose
 * computation is under way is as missing as one that nobody has asked for. */
#include <offbeat/task.h>

#define KEYS 4
#define SERVED_MAX 64

enum variant { RACY, SINGLE_FLIGHT };
enum kind { GET, EVICT, COMPUTE, COMPUTED };

struct cache {
    bool has[KEYS];
    bool flying[KEYS];
    struct ob_waiters waiters[KEYS];
    uint32_t requests;
};
struct backend {
    uint32_t computing[KEYS]; /* how many computations of a key are asked for and not answered */
};

static void compute(struct ob_actor *self, struct cache *cache, uint32_t key)
{
    cache->flying[key] = true;
    ob_call(self, "backend", OB_FOREVER, COMPUTE, key);
    cache->flying[key] = false;
    cache->has[key] = true;
    ob_wake_all(self, &cache->waiters[key]);
}

static void cache_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct cache *cache = ob_state(self);
    uint32_t key = message->args[0];

    if (message->kind == EVICT) {
        cache->has[key] = false;
        return;
    }
    if (++cache->requests > SERVED_MAX || cache->has[key])
        return;
    if (ob_variant(self) == SINGLE_FLIGHT && cache->flying[key])
        ob_wait(self, &cache->waiters[key], OB_FOREVER); /* and takes what the other one gets */
    else
        compute(self, cache, key);
}

/* Works at all that it is asked for at the same time. */
static void backend_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct backend *backend = ob_state(self);
    uint32_t key = message->args[0];

    backend->computing[key]++;
    ob_sleep(self, 20000);
    backend->computing[key]--;
    ob_reply(self, message, COMPUTED, key);
}

static void check(struct ob_world *world)
{
    const struct backend *backend = ob_state(ob_actor(world, "backend"));

    for (unsigned key = 0; key < KEYS; key++)
        OB_INVARIANT(world, computed_once_at_a_time, backend->computing[key] <= 1,
                     "key %u is computed %u times at once", key, backend->computing[key]);
}

static void setup(struct ob_world *world)
{
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = 512});
    ob_spawn_async(world, "cache", cache_receive, sizeof(struct cache));
    ob_spawn_async(world, "backend", backend_receive, sizeof(struct backend));
}

OB_TARGET(stampede, .summary = "requests for a missing key all have it computed",
          .variants = {[RACY] = "racy", [SINGLE_FLIGHT] = "single_flight"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [GET] = {.name = "get", .to = "cache", .args = {{"key", 0, KEYS - 1}}},
                  [EVICT] = {.name = "evict", .to = "cache", .args = {{"key", 0, KEYS - 1}}},
                  [COMPUTE] = {.name = "compute", .args = {{.name = "key"}}},
                  [COMPUTED] = {.name = "computed", .args = {{.name = "key"}}},
              },
          .setup = setup, .check = check);
