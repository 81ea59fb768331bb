/* A pool lends slots to clients that ask for them by datagrams. See README.md for what goes wrong.
 */
#include <offbeat/offbeat.h>

#define SLOTS 2
#define CLIENTS 3
#define REQUESTS 256 /* of one client; a workload has no more messages */

enum variant { RACY, OWNER };
enum kind { USE, ACQUIRE, RELEASE, GRANTED, REFUSED, DONE };

/* A client that uses a slot asks for it, works for a while, and gives it back. It gives back what
 * it asked for even if no answer has come by then: the pool may have granted it. */
struct client {
    uint32_t requests;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case USE:
        if (client->requests == REQUESTS)
            break;
        ob_send(self, "pool", ACQUIRE, message->args[0], client->requests);
        ob_timer_start(self, 1000 * message->args[1], DONE,
                       client->requests << 8 | message->args[0]);
        client->requests++;
        break;
    case DONE:
        ob_send(self, "pool", RELEASE, message->args[0] & 255, message->args[0] >> 8);
        break;
    default: /* granted or refused: the work itself is not modelled */
        break;
    }
}

struct pool {
    struct slot {
        bool busy;
        uint32_t owner; /* of whom: client and request */
        uint32_t lent;  /* how often it is out at this moment, by the books below */
    } slots[SLOTS];
    struct {
        bool lent;
        bool refused;
        bool released;
    } books[CLIENTS][REQUESTS];
};

static void acquire(struct ob_actor *self, struct pool *pool, const struct ob_message *message,
                    unsigned client)
{
    struct slot *slot = &pool->slots[message->args[0]];
    uint32_t request = message->args[1];

    if (slot->busy || (ob_variant(self) == OWNER && pool->books[client][request].released)) {
        pool->books[client][request].refused = true;
        ob_reply(self, message, REFUSED, message->args[0]);
        return;
    }
    slot->busy = true;
    slot->owner = client << 16 | request;
    slot->lent++;
    pool->books[client][request].lent = true;
    ob_reply(self, message, GRANTED, message->args[0]);
}

static void release(struct ob_actor *self, struct pool *pool, const struct ob_message *message,
                    unsigned client)
{
    struct slot *slot = &pool->slots[message->args[0]];
    uint32_t request = message->args[1];

    if (pool->books[client][request].refused)
        return; /* the client had not heard of it yet */
    if (pool->books[client][request].lent)
        slot->lent--;
    pool->books[client][request].lent = false;
    pool->books[client][request].released = true;
    if (ob_variant(self) == OWNER && slot->owner != (client << 16 | request))
        return;
    slot->busy = false;
    slot->owner = UINT32_MAX;
}

static void pool_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct pool *pool = ob_state(self);
    unsigned client = message->from - ob_id(ob_actor(ob_world(self), "client.0"));

    if (message->kind == ACQUIRE)
        acquire(self, pool, message, client);
    else
        release(self, pool, message, client);
    ob_declare_state(self, pool->slots[0].busy + 2u * pool->slots[1].busy);
}

static void check(struct ob_world *world)
{
    const struct pool *pool = ob_state(ob_actor(world, "pool"));

    for (unsigned slot = 0; slot < SLOTS; slot++)
        OB_INVARIANT(world, slot_lent_once, pool->slots[slot].lent <= 1, "slot %u is lent %u times",
                     slot, pool->slots[slot].lent);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "pool")))
        return;
    const struct pool *pool = ob_state(actor);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        ob_describe(text, "slot %u: %s, lent %u times; ", slot,
                    pool->slots[slot].busy ? "busy" : "free", pool->slots[slot].lent);
}

static void pool_start(struct ob_actor *self)
{
    struct pool *pool = ob_state(self);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        pool->slots[slot].owner = UINT32_MAX;
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_on_start(ob_spawn(world, "pool", pool_receive, sizeof(struct pool)), pool_start);
    ob_link(world, "client", "pool", (struct ob_link){.unordered = true});
}

OB_TARGET(resource, .summary = "a pool lends slots to clients that ask for them by datagrams",
          .variants = {[RACY] = "racy", [OWNER] = "owner"}, .fails = {[RACY] = true},
          .messages =
              {
                  [USE] = {.name = "use",
                           .to = "client",
                           .args = {{"slot", 0, SLOTS - 1}, {"for_ms", 0, 9}}},
                  [ACQUIRE] = {.name = "acquire", .args = {{.name = "slot"}, {.name = "request"}}},
                  [RELEASE] = {.name = "release", .args = {{.name = "slot"}, {.name = "request"}}},
                  [GRANTED] = {.name = "granted", .args = {{.name = "slot"}}},
                  [REFUSED] = {.name = "refused", .args = {{.name = "slot"}}},
                  [DONE] = {.name = "done"},
              },
          .setup = setup, .check = check, .describe = describe);
