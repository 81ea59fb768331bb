/*
 * A slot is lent for a time, so that one whose holder has died comes back. The holder may write to
 * the storage as long as its lease lasts, and looks at its clock before it does; when its work has
 * taken too long, it does not write.
 */
#include "resource.h"

#define LEASE_US 40000
#define FLUSH_US 100     /* from the look at the clock to the write */
#define WAY_US_MAX 10000 /* a write is on its way for at most this long */

static uint32_t clock_of(const struct ob_actor *self)
{
    return (uint32_t)ob_now(self);
}

/* As clocks go round, it is the distance that counts. */
static bool is_before(uint32_t one_us, uint32_t other_us)
{
    return (int32_t)(other_us - one_us) > 0;
}

static void give_back(struct ob_actor *self, struct client *client)
{
    ob_send(self, "pool", RELEASE, client->slot, client->holds);
    client->holds = 0;
}

/* One slot at a time. It is given back when the storage has answered, so that no write of an
 * earlier lease is under way when the next begins. */
void tenant_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case USE:
        if (client->requests > 0)
            break;
        client->requests = 1;
        client->slot = message->args[0];
        client->holds = 10000 * message->args[1]; /* µs of work, until it begins: up to 90 ms */
        ob_send(self, "pool", ACQUIRE, client->slot);
        break;
    case GRANTED:
        ob_timer_start(self, client->holds, DONE, 0);
        client->holds = message->args[1];
        client->expires_us = message->args[2];
        break;
    case REFUSED:
        client->requests = 0;
        break;
    case DONE: /* is there time left for the write? */
        if (is_before(clock_of(self) + FLUSH_US + WAY_US_MAX, client->expires_us)) {
            ob_timer_start(self, FLUSH_US, FLUSH, 0);
            break;
        }
        client->requests = 0;
        give_back(self, client);
        break;
    case FLUSH:
        ob_send(self, "storage", WRITE, client->slot, client->holds);
        break;
    default: /* written, or refused by the storage */
        client->requests = 0;
        give_back(self, client);
        break;
    }
}

void lessor_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct pool *pool = ob_state(self);
    struct slot *slot = &pool->slots[message->args[0]];

    if (message->kind == RELEASE) {
        if (slot->tokens == message->args[1])
            slot->busy = false;
    } else if (slot->busy && is_before(clock_of(self), slot->expires_us)) {
        ob_reply(self, message, REFUSED, message->args[0]);
    } else {
        slot->busy = true;
        slot->tokens++;
        slot->expires_us = clock_of(self) + LEASE_US;
        ob_reply(self, message, GRANTED, message->args[0], slot->tokens, slot->expires_us);
    }
    ob_declare_state(self, pool->slots[0].busy + 2u * pool->slots[1].busy);
}

void storage_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct storage *storage = ob_state(self);
    uint32_t token = message->args[1];
    uint32_t *last = &storage->cells[message->args[0]].token;

    if (token < *last && ob_variant(self) == FENCING) {
        storage->cells[message->args[0]].refused++;
    } else {
        if (token < *last)
            storage->cells[message->args[0]].overtook = *last;
        *last = token;
    }
    ob_reply(self, message, WRITTEN, message->args[0], token);
}
