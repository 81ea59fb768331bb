/* A pool lends slots to clients that ask for them by datagrams. See README.md for what goes wrong.
 */
#include "resource.h"

#include <stddef.h>

/* A client that uses a slot asks for it, works for a while, and gives it back. It gives back what
 * it asked for even if no answer has come by then: the pool may have granted it. */
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

/* -- fsm: each request is a machine, so that a release waits for its acquire -- */

enum request_state { UNSEEN, HELD, OVER, REQUEST_STATES };

static unsigned client_of(struct ob_actor *self, const struct ob_message *message)
{
    return message->from - ob_id(ob_actor(ob_world(self), "client.0"));
}

static unsigned begin(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    struct pool *pool = ob_state(self);
    unsigned client = client_of(self, event);
    (void)fsm;
    acquire(self, pool, event, client);
    return pool->books[client][event->args[1]].lent ? HELD : OVER;
}

static unsigned end(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)fsm;
    release(self, ob_state(self), event, client_of(self, event));
    return OVER;
}

static ob_fsm_action *actions[REQUEST_STATES][OB_KINDS_MAX] = {
    [UNSEEN] = {[ACQUIRE] = begin, [RELEASE] = ob_fsm_postpone},
    [HELD] = {[RELEASE] = end},
    [OVER] = {0},
};
static const struct ob_fsm_table request_table = {.states = REQUEST_STATES, .actions = actions};

static void pool_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct pool *pool = ob_state(self);
    unsigned client = client_of(self, message);

    if (ob_variant(self) == FSM)
        (void)ob_fsm_handle(self, &request_table, &pool->machines[client][message->args[1]], 0,
                            message);
    else if (message->kind == ACQUIRE)
        acquire(self, pool, message, client);
    else
        release(self, pool, message, client);
    ob_declare_state(self, pool->slots[0].busy + 2u * pool->slots[1].busy);
}

static bool is_lease(const struct ob_world *world)
{
    return ob_world_variant(world) >= FENCING;
}

static void check(struct ob_world *world)
{
    const struct pool *pool = ob_state(ob_actor(world, "pool"));

    for (unsigned slot = 0; slot < SLOTS && !is_lease(world); slot++)
        OB_INVARIANT(world, slot_lent_once, pool->slots[slot].lent <= 1, "slot %u is lent %u times",
                     slot, pool->slots[slot].lent);
    if (!is_lease(world))
        return;
    const struct storage *storage = ob_state(ob_actor(world, "storage"));
    for (unsigned slot = 0; slot < SLOTS; slot++)
        OB_INVARIANT(world, writes_in_order, storage->cells[slot].overtook == 0,
                     "slot %u was written by lease %u after lease %u had written", slot,
                     storage->cells[slot].token, storage->cells[slot].overtook);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "pool"))) {
        const struct pool *pool = ob_state(actor);
        for (unsigned slot = 0; slot < SLOTS; slot++)
            ob_describe(text, "slot %u: %s, times lent: %u; ", slot,
                        pool->slots[slot].busy ? "busy" : "free",
                        is_lease(world) ? pool->slots[slot].tokens : pool->slots[slot].lent);
    }
    if (is_lease(world) && ob_id(actor) == ob_id(ob_actor(world, "storage"))) {
        const struct storage *storage = ob_state(actor);
        for (unsigned slot = 0; slot < SLOTS; slot++)
            ob_describe(text, "slot %u: last written by lease %u; ", slot,
                        storage->cells[slot].token);
    }
}

static void pool_start(struct ob_actor *self)
{
    struct pool *pool = ob_state(self);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        pool->slots[slot].owner = UINT32_MAX;
}

static void setup_leases(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, tenant_receive, sizeof(struct client));
    ob_spawn(world, "pool", lessor_receive, offsetof(struct pool, machines));
    ob_spawn(world, "storage", storage_receive, sizeof(struct storage));
    ob_allow(world, "client",
             (struct ob_faults){.pause_us_max = 100000, .clock_offset_us_max = 100000});
}

static void setup(struct ob_world *world)
{
    if (is_lease(world)) {
        setup_leases(world);
        return;
    }
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_on_start(ob_spawn(world, "pool", pool_receive,
                         ob_world_variant(world) == FSM ? sizeof(struct pool)
                                                        : offsetof(struct pool, machines)),
                pool_start);
    ob_link(world, "client", "pool", (struct ob_link){.unordered = true});
}

OB_TARGET(resource, .summary = "a pool lends slots to clients that ask for them by datagrams",
          .variants = {[RACY] = "racy",
                       [OWNER] = "owner",
                       [FSM] = "fsm",
                       [FENCING] = "fencing",
                       [LEASE] = "lease"},
          .fails = {[RACY] = true, [LEASE] = true},
          .messages =
              {
                  [USE] = {.name = "use",
                           .to = "client",
                           .args = {{"slot", 0, SLOTS - 1}, {"for_ms", 0, 9}}},
                  [ACQUIRE] = {.name = "acquire", .args = {{.name = "slot"}, {.name = "request"}}},
                  [RELEASE] = {.name = "release", .args = {{.name = "slot"}, {.name = "request"}}},
                  [GRANTED] = {.name = "granted",
                               .args = {{.name = "slot"}, {.name = "token"}, {.name = "expires"}}},
                  [REFUSED] = {.name = "refused", .args = {{.name = "slot"}}},
                  [DONE] = {.name = "done"},
                  [FLUSH] = {.name = "flush"},
                  [WRITE] = {.name = "store", .args = {{.name = "slot"}, {.name = "token"}}},
                  [WRITTEN] = {.name = "stored", .args = {{.name = "slot"}, {.name = "token"}}},
              },
          .setup = setup, .check = check, .describe = describe, .must_handle_all = true);
