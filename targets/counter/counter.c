/* Clients increment a counter that another actor keeps. See README.md for what goes wrong. */
#include <offbeat/offbeat.h>

#define CLIENTS 4

enum variant { RACY, ATOMIC };
enum kind { INCREMENT, GET, VALUE, PUT, ADD };

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

struct counter {
    uint32_t value;
    uint32_t increments; /* that were written, by whatever way */
};

static void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct counter *counter = ob_state(self);

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

static void check(struct ob_world *world)
{
    const struct counter *counter = ob_state(ob_actor(world, "counter"));

    OB_INVARIANT(world, no_increment_lost, counter->value == counter->increments,
                 "%u increments gave %u", counter->increments, counter->value);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "counter")))
        return;
    const struct counter *counter = ob_state(actor);
    ob_describe(text, "value %u after %u increments", counter->value, counter->increments);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_spawn(world, "counter", counter_receive, sizeof(struct counter));
}

OB_TARGET(counter, .summary = "clients increment a counter that another actor keeps",
          .variants = {[RACY] = "racy", [ATOMIC] = "atomic"}, .fails = {[RACY] = true},
          .messages =
              {
                  [INCREMENT] = {.name = "increment", .to = "client"},
                  [GET] = {.name = "get"},
                  [VALUE] = {.name = "value", .args = {{.name = "value"}}},
                  [PUT] = {.name = "put", .args = {{.name = "value"}}},
                  [ADD] = {.name = "add", .args = {{.name = "amount"}}},
              },
          .setup = setup, .check = check, .describe = describe);
