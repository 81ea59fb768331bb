/* A gap between two subscriptions: a controller lists the objects of a store and then watches for
 * changes. What changes between the list and the watch reaches it by neither. */
#include <offbeat/offbeat.h>

#define OBJECTS 3

enum variant { RACY, FROM_REVISION };
enum kind { CHANGE, SYNC, LIST, LISTED, WATCH, CHANGED };
enum state { FRESH, LISTS, WATCHES };

struct store {
    uint32_t revision; /* counts changes */
    uint32_t revisions[OBJECTS];
    bool watched;
};
struct controller {
    enum state state;
    uint32_t revisions[OBJECTS]; /* of the objects, as it knows them */
};

static void send_since(struct ob_actor *self, const struct store *store, uint32_t revision)
{
    for (uint32_t object = 0; object < OBJECTS; object++)
        if (store->revisions[object] > revision)
            ob_send(self, "controller", CHANGED, object, store->revisions[object]);
}

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct store *store = ob_state(self);
    uint32_t object = message->args[0];

    switch (message->kind) {
    case CHANGE:
        store->revisions[object] = ++store->revision;
        if (store->watched)
            ob_send(self, "controller", CHANGED, object, store->revision);
        break;
    case LIST: /* the objects, and the revision of the whole */
        ob_reply(self, message, LISTED, store->revisions[0], store->revisions[1],
                 store->revisions[2], store->revision);
        break;
    default: /* WATCH(revision) */
        store->watched = true;
        if (ob_variant(self) == FROM_REVISION)
            send_since(self, store, message->args[0]);
        break;
    }
}

static void controller_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct controller *controller = ob_state(self);

    switch (message->kind) {
    case SYNC:
        if (controller->state != FRESH)
            break;
        ob_send(self, "store", LIST);
        controller->state = LISTS;
        break;
    case LISTED:
        for (unsigned object = 0; object < OBJECTS; object++)
            controller->revisions[object] = message->args[object];
        ob_send(self, "store", WATCH, message->args[OBJECTS]);
        controller->state = WATCHES;
        break;
    default:
        controller->revisions[message->args[0]] = message->args[1];
        break;
    }
    ob_declare_state(self, controller->state);
}

static void check_quiescent(struct ob_world *world)
{
    const struct store *store = ob_state(ob_actor(world, "store"));
    const struct controller *controller = ob_state(ob_actor(world, "controller"));

    for (unsigned object = 0; object < OBJECTS; object++)
        OB_INVARIANT(world, watcher_is_up_to_date,
                     controller->state != WATCHES ||
                         controller->revisions[object] == store->revisions[object],
                     "object %u is at revision %u, and known at revision %u", object,
                     store->revisions[object], controller->revisions[object]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "store", store_receive, sizeof(struct store));
    ob_spawn(world, "controller", controller_receive, sizeof(struct controller));
}

OB_TARGET(
    listwatch, .summary = "a change between a list and the watch that follows it",
    .variants = {[RACY] = "racy", [FROM_REVISION] = "from_revision"}, .fails = {[RACY] = true},
    .messages =
        {
            [CHANGE] = {.name = "change", .to = "store", .args = {{"object", 0, OBJECTS - 1}}},
            [SYNC] = {.name = "sync", .to = "controller"},
            [LIST] = {.name = "list"},
            [LISTED] = {.name = "listed",
                        .args = {{.name = "first"},
                                 {.name = "second"},
                                 {.name = "third"},
                                 {.name = "revision"}}},
            [WATCH] = {.name = "watch", .args = {{.name = "revision"}}},
            [CHANGED] = {.name = "changed", .args = {{.name = "object"}, {.name = "revision"}}},
        },
    .setup = setup, .check_quiescent = check_quiescent);
