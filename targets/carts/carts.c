/* Carts are processes that are started when somebody first needs them. See README.md. */
#include <offbeat/registry.h>
#include <offbeat/task.h>

#define WEBS 2
#define USERS 2
#define CARTS 24      /* that one run may start */
#define LINES 64      /* of the shop's record of one user */
#define IDLE_US 12000 /* longer than a message takes */

enum variant { LOOKED_UP, CAST, CALLED };
enum kind { PUT, BEGIN, ADD, ADDED, LOAD, LOADED, STORE, STORED, ENDED };

/* -- those that handle requests -- */

struct web {
    uint32_t puts[USERS];
};

static void put(struct ob_actor *self, uint32_t user, uint32_t item)
{
    bool casts = ob_variant(self) == CAST;

    for (;;) {
        unsigned cart = casts ? ob_registry_lookup(self, "carts", user)
                              : ob_registry_whereis(self, "carts", user);
        if (cart == 0)
            cart = ob_spawn_next(self, "cart", BEGIN, user);
        if (casts) {
            ob_send_to(self, cart, ADD, item);
            return;
        }
        if (ob_call_to(self, cart, OB_FOREVER, ADD, item))
            return;
        /* It has ended, or was one too many: who is it now? */
    }
}

static void serve(struct ob_actor *self)
{
    struct web *web = ob_state(self);

    for (;;) {
        const struct ob_message *message = ob_receive(self, PUT);
        uint32_t user = message->args[0];
        if (web->puts[user] == LINES / WEBS)
            continue;
        web->puts[user]++;
        put(self, user, message->args[1]);
    }
}

/* -- carts -- */

/* Whether this is the user's cart. One that finds another there gives it what it has got. */
static bool is_registered(struct ob_actor *self, uint32_t user)
{
    if (ob_registry_register(self, "carts", user) || ob_variant(self) == LOOKED_UP)
        return true;
    if (ob_variant(self) == CAST) {
        uint32_t item = ob_receive(self, ADD)->args[0];
        ob_send_to(self, ob_registry_lookup(self, "carts", user), ADD, item);
    }
    return false;
}

/* Goes on from the shop's record, and ends when nothing comes for a while. */
static void keep_cart(struct ob_actor *self)
{
    uint32_t user = ob_receive(self, BEGIN)->args[0];
    const struct ob_message *message;

    if (!is_registered(self, user))
        return;
    uint32_t line = ob_call(self, "shop", OB_FOREVER, LOAD, user)->args[0];
    while ((message = ob_receive_for(self, IDLE_US, ADD))) {
        (void)ob_call(self, "shop", OB_FOREVER, STORE, user, line++, message->args[0]);
        if (message->ref != 0)
            ob_reply(self, message, ADDED);
    }
}

/* -- the shop, which has a record of all carts -- */

struct record {
    uint32_t count;
    uint32_t items[LINES];
};

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct record *record = &((struct record *)ob_state(self))[message->args[0]];
    uint32_t line = message->args[1];

    if (message->kind == LOAD) {
        ob_reply(self, message, LOADED, record->count);
        return;
    }
    if (line < LINES)
        record->items[line] = message->args[2];
    if (line >= record->count)
        record->count = line + 1;
    ob_reply(self, message, STORED);
}

static void check_quiescent(struct ob_world *world)
{
    const struct record *records = ob_state(ob_actor(world, "shop"));

    for (unsigned user = 0; user < USERS; user++) {
        uint32_t puts = 0;
        for (unsigned index = 0; index < WEBS; index++)
            puts += ((const struct web *)ob_state(ob_member(world, "web", index)))->puts[user];
        OB_INVARIANT(world, nothing_is_lost, records[user].count == puts,
                     "user %u has put %u items in, and the cart has %u", user, puts,
                     records[user].count);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "shop")))
        return;
    const struct record *records = ob_state(actor);
    for (unsigned user = 0; user < USERS; user++) {
        ob_describe(text, "%suser %u:", user ? "; " : "", user);
        for (uint32_t line = 0; line < records[user].count && line < LINES; line++)
            ob_describe(text, " %u", records[user].items[line]);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "web", WEBS, serve, sizeof(struct web));
    ob_spawn_process_many(world, "cart", CARTS, keep_cart, 0);
    ob_keep_down(world, "cart");
    ob_spawn(world, "shop", shop_receive, USERS * sizeof(struct record));
    ob_registry_spawn(world, "carts", USERS, ENDED);
}

OB_TARGET(carts, .summary = "carts that are started when somebody first needs them",
          .variants = {[LOOKED_UP] = "looked_up", [CAST] = "cast", [CALLED] = "called"},
          .fails = {[LOOKED_UP] = true, [CAST] = true},
          .messages = {[PUT] = {.name = "put",
                                .to = "web",
                                .args = {{"user", 0, USERS - 1}, {"item", 1, 9}}},
                       [BEGIN] = {.name = "begin", .args = {{.name = "user"}}},
                       [ADD] = {.name = "add", .args = {{.name = "item"}}},
                       [ADDED] = {.name = "added"},
                       [LOAD] = {.name = "load", .args = {{.name = "user"}}},
                       [LOADED] = {.name = "loaded", .args = {{.name = "lines"}}},
                       [STORE] = {.name = "store",
                                  .args = {{.name = "user"}, {.name = "line"}, {.name = "item"}}},
                       [STORED] = {.name = "stored"},
                       [ENDED] = {.name = "ended", .args = {{.name = "id"}, {.name = "reason"}}}},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
