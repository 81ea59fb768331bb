/* Clients write to a primary and read from a replica. See README.md for what goes wrong. */
#include <offbeat/oracle.h>

#define CLIENTS 2

enum variant { STALE, PRIMARY, ACKNOWLEDGED };
enum kind { PUT, GET, WRITE, READ, COPY, COPIED, WRITTEN, VALUE };

struct client {
    uint32_t operation; /* under way, one more than its number */
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);
    const char *reads_from = ob_variant(self) == PRIMARY ? "primary" : "replica";

    if (message->kind == WRITTEN || message->kind == VALUE) {
        ob_op_end(self, client->operation - 1, message->args[0]);
        client->operation = 0;
    } else if (client->operation == 0 && message->kind == PUT) {
        client->operation = 1 + ob_op_begin(self, 0, OB_OP_WRITE, message->args[0]);
        ob_send(self, "primary", WRITE, message->args[0]);
    } else if (client->operation == 0) {
        client->operation = 1 + ob_op_begin(self, 0, OB_OP_READ, 0);
        ob_send(self, reads_from, READ);
    }
}

static void primary_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *value = ob_state(self);

    if (message->kind == WRITE) {
        *value = message->args[0];
        ob_send(self, "replica", COPY, *value, message->from);
        if (ob_variant(self) != ACKNOWLEDGED)
            ob_reply(self, message, WRITTEN);
    } else if (message->kind == COPIED) {
        if (ob_variant(self) == ACKNOWLEDGED)
            ob_send_to(self, message->args[0], WRITTEN);
    } else {
        ob_reply(self, message, VALUE, *value);
    }
}

static void replica_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *value = ob_state(self);

    if (message->kind == COPY) {
        *value = message->args[0];
        ob_reply(self, message, COPIED, message->args[1]);
    } else {
        ob_reply(self, message, VALUE, *value);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (!ob_is_member(ob_world(actor), "client", ob_id(actor)))
        ob_describe(text, "value %u", *(const uint32_t *)ob_state(actor));
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_spawn(world, "primary", primary_receive, sizeof(uint32_t));
    ob_spawn(world, "replica", replica_receive, sizeof(uint32_t));
}

OB_TARGET(replica, .summary = "clients write to a primary and read from a replica",
          .variants = {[STALE] = "stale", [PRIMARY] = "primary", [ACKNOWLEDGED] = "acknowledged"},
          .fails = {[STALE] = true},
          .messages = {[PUT] = {.name = "put", .to = "client", .args = {{"value", 1, 9}}},
                       [GET] = {.name = "get", .to = "client"},
                       [WRITE] = {.name = "write", .args = {{.name = "value"}}},
                       [READ] = {.name = "read"},
                       [COPY] = {.name = "copy", .args = {{.name = "value"}, {.name = "for"}}},
                       [COPIED] = {.name = "copied", .args = {{.name = "for"}}},
                       [WRITTEN] = {.name = "written"},
                       [VALUE] = {.name = "value", .args = {{.name = "value"}}}},
          .setup = setup, .describe = describe,
          .oracles = OB_ORACLES(OB_LINEARIZABLE(&ob_spec_register)));
