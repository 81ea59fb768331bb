/*
 * A client that asks and a server that answers, as handlers and as processes: what a task costs
 * beyond a handler, the switch to it and back included.
 */
#include "echo.h"

#include <offbeat/task.h>

enum variant { HANDLERS, TASKS };
enum kind { GO, ASK, ANSWER };

struct client {
    uint32_t left;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == GO)
        client->left = ECHO_ROUNDS;
    if (client->left-- > 0)
        ob_send(self, "server", ASK, client->left);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER, message->args[0]);
}

static void client_run(struct ob_actor *self)
{
    for (;;) {
        (void)ob_receive(self, GO);
        for (uint32_t left = ECHO_ROUNDS; left-- > 0;) {
            ob_send(self, "server", ASK, left);
            (void)ob_receive(self, ANSWER);
        }
    }
}

static void server_run(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *message = ob_receive(self, ASK);
        ob_reply(self, message, ANSWER, message->args[0]);
    }
}

static void setup(struct ob_world *world)
{
    if (ob_world_variant(world) == TASKS) {
        ob_spawn_process(world, "client", client_run, sizeof(struct client));
        ob_spawn_process(world, "server", server_run, 0);
    } else {
        ob_spawn(world, "client", client_receive, sizeof(struct client));
        ob_spawn(world, "server", server_receive, 0);
    }
}

OB_TARGET(echo, .variants = {[HANDLERS] = "handlers", [TASKS] = "tasks"},
          .messages = {[GO] = {.name = "go", .to = "client"},
                       [ASK] = {.name = "ask"},
                       [ANSWER] = {.name = "answer"}},
          .setup = setup);
