/* A cache is filled with what was true before. See README.md for what goes wrong. */
#include <offbeat/single_flight.h>

#define KEYS 3

enum variant { STAMPEDE, JOINED, FORGOTTEN, GENERATIONS };
enum kind { GET, SET, LOAD, LOADED, SAVE, SAVED };

struct entry {
    bool is_cached;
    uint32_t value;
    uint32_t generation; /* how often it was taken out of the cache */
    uint32_t loads;      /* that are under way in this generation */
    uint32_t saved;      /* the newest value that somebody was told is saved */
};

struct app {
    struct entry entries[KEYS];
    struct ob_single_flight group;
};

/* Loads a value and puts it into the cache. */
static int load(struct ob_actor *self, void *context, uint32_t key, uint32_t *result)
{
    struct app *app = context;
    struct entry *entry = &app->entries[key];
    uint32_t generation = entry->generation;

    entry->loads++;
    OB_INVARIANT(ob_world(self), one_load_at_a_time, entry->loads <= 1,
                 "value %u is loaded %u times at once", key, entry->loads);
    *result = ob_call(self, "store", OB_FOREVER, LOAD, key)->args[0];
    bool is_current = entry->generation == generation;
    if (is_current)
        entry->loads--;
    if (is_current || ob_variant(self) == FORGOTTEN) {
        entry->is_cached = true;
        entry->value = *result;
    }
    return 0;
}

static void get(struct ob_actor *self, struct app *app, uint32_t key)
{
    struct entry *entry = &app->entries[key];
    uint32_t saved = entry->saved;
    uint32_t value = entry->value;

    if (!entry->is_cached && ob_variant(self) == STAMPEDE)
        (void)load(self, app, key, &value);
    else if (!entry->is_cached)
        (void)ob_single_flight_do(self, &app->group, key, load, app, &value);
    OB_INVARIANT(ob_world(self), reads_are_fresh, value >= saved,
                 "%u was saved before, and %u is read", saved, value);
}

/* Saves a value, and takes the one before out of the cache. */
static void set(struct ob_actor *self, struct app *app, uint32_t key)
{
    struct entry *entry = &app->entries[key];
    uint32_t value = ob_call(self, "store", OB_FOREVER, SAVE, key)->args[0];

    entry->is_cached = false;
    entry->generation++;
    entry->loads = 0;
    if (ob_variant(self) != JOINED)
        ob_single_flight_forget(&app->group, key);
    if (value > entry->saved)
        entry->saved = value;
}

static void app_handle(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == GET)
        get(self, ob_state(self), message->args[0]);
    else if (message->kind == SET)
        set(self, ob_state(self), message->args[0]);
}

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *value = (uint32_t *)ob_state(self) + message->args[0];
    *value += message->kind == SAVE;
    ob_reply(self, message, message->kind == SAVE ? SAVED : LOADED, *value);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "app")))
        return;
    const struct app *app = ob_state(actor);
    for (unsigned key = 0; key < KEYS; key++)
        if (app->entries[key].is_cached)
            ob_describe(text, "%u: %u; ", key, app->entries[key].value);
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "app", app_handle, sizeof(struct app));
    ob_spawn(world, "store", store_receive, KEYS * sizeof(uint32_t));
    /* Requests go by different connections. */
    ob_link(world, "app", "store", (struct ob_link){.unordered = true});
    ob_link(world, "store", "app", (struct ob_link){.unordered = true});
}

OB_TARGET(fill, .summary = "a cache that is filled with what was true before",
          .variants = {[STAMPEDE] = "stampede",
                       [JOINED] = "joined",
                       [FORGOTTEN] = "forgotten",
                       [GENERATIONS] = "generations"},
          .fails = {[STAMPEDE] = true, [JOINED] = true, [FORGOTTEN] = true},
          .messages = {[GET] = {.name = "get", .to = "app", .args = {{"key", 0, KEYS - 1}}},
                       [SET] = {.name = "set", .to = "app", .args = {{"key", 0, KEYS - 1}}},
                       [LOAD] = {.name = "load", .args = {{.name = "key"}}},
                       [LOADED] = {.name = "loaded", .args = {{.name = "value"}}},
                       [SAVE] = {.name = "save", .args = {{.name = "key"}}},
                       [SAVED] = {.name = "saved", .args = {{.name = "value"}}}},
          .setup = setup, .describe = describe);
