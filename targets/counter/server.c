/* Clients that ask an actor which keeps the counter: each does one increment after the other. */
#include "counter.h"

/* Does one increment after the other: the next begins when the one before it was written. */
struct client {
    uint32_t waiting;
    bool busy;
};

static void begin(struct ob_actor *self, struct client *client)
{
    client->busy = client->waiting > 0;
    ob_declare_state(self, client->busy);
    if (!client->busy)
        return;
    client->waiting--;
    ob_send(self, "counter", GET);
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (ob_variant(self) == ATOMIC) {
        ob_send(self, "counter", ADD, 1);
        return;
    }
    if (message->kind == VALUE) {
        ob_send(self, "counter", PUT, message->args[0] + 1);
        begin(self, client);
        return;
    }
    client->waiting++;
    if (!client->busy)
        begin(self, client);
}

static void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct tally *counter = ob_state(self);

    switch (message->kind) {
    case GET:
        ob_reply(self, message, VALUE, counter->value);
        break;
    case PUT:
        counter->value = message->args[0];
        counter->increments++;
        break;
    default:
        counter->value += message->args[0];
        counter->increments++;
        break;
    }
}

struct tally server_tally(const struct ob_world *world)
{
    return *(const struct tally *)ob_state(ob_actor(world, "counter"));
}

void server_setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_spawn(world, "counter", counter_receive, sizeof(struct tally));
}
