/* A client asks several servers and matches answers to questions. See README.md. */
#include <offbeat/oracle.h>

#define ASKED_MAX 16

enum variant { IN_ORDER, NUMBERED };
enum kind { ASK, QUESTION, ANSWER };

struct client {
    uint32_t asked;
    uint32_t answered;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == ANSWER) {
        bool by_number = ob_variant(self) == NUMBERED;
        ob_request_answered(self, message, by_number ? message->args[0] : client->answered);
        client->answered++;
    } else if (client->asked < ASKED_MAX) {
        ob_request_sent(self, client->asked);
        ob_send_member(self, "server", message->args[0], QUESTION, client->asked++);
    }
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER, message->args[0]);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "client")))
        return;
    const struct client *client = ob_state(actor);
    ob_describe(text, "%u of %u answered", client->answered, client->asked);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_spawn_many(world, "server", 2, server_receive, 0);
}

OB_TARGET(pipeline, .summary = "a client matches the answers of two servers to its questions",
          .variants = {[IN_ORDER] = "in_order", [NUMBERED] = "numbered"},
          .fails = {[IN_ORDER] = true},
          .messages = {[ASK] = {.name = "ask", .to = "client", .args = {{"server", 0, 1}}},
                       [QUESTION] = {.name = "question", .args = {{.name = "number"}}},
                       [ANSWER] = {.name = "answer", .args = {{.name = "number"}}}},
          .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_REQUESTS));
