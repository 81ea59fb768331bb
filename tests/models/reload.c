/* A grace period that is too short: requests work with the configuration that was current when they
 * began. After a reload the old one is freed as soon as a second has passed; a request whose
 * backend is slow still uses it. */
#include <offbeat/task.h>

#define CONFIGURATIONS 16
#define GRACE_US 1000000

enum variant { RACY, COUNTED };
enum kind { REQUEST, RELOAD, QUERY, ROWS };

struct server {
    uint32_t current;
    uint32_t users[CONFIGURATIONS];
    bool freed[CONFIGURATIONS];
};

static void free_unused(struct ob_actor *self, struct server *server, uint32_t old)
{
    if (ob_variant(self) == RACY || server->users[old] == 0)
        server->freed[old] = true;
}

static void serve(struct ob_actor *self, struct server *server)
{
    uint32_t mine = server->current;

    server->users[mine]++;
    ob_call(self, "backend", OB_FOREVER, QUERY);
    OB_INVARIANT(ob_world(self), configuration_is_there, !server->freed[mine],
                 "a request uses configuration %u, which is freed", mine);
    server->users[mine]--;
    if (ob_variant(self) == COUNTED && mine != server->current)
        free_unused(self, server, mine);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind == REQUEST) {
        serve(self, server);
        return;
    }
    if (server->current + 1 == CONFIGURATIONS)
        return;
    uint32_t old = server->current++;
    ob_sleep(self, GRACE_US);
    free_unused(self, server, old);
}

static void backend_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ROWS);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct server *server = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "server"))
        ob_describe(text, "configuration %u", server->current);
}

static void setup(struct ob_world *world)
{
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = 300});
    ob_spawn_async(world, "server", server_receive, sizeof(struct server));
    ob_spawn(world, "backend", backend_receive, 0);
    ob_link(world, "backend", "server",
            (struct ob_link){.latency_us = 20000, .latency_us_max = 3000000});
}

OB_TARGET(reload, .summary = "a request outlives the configuration that it uses",
          .variants = {[RACY] = "racy", [COUNTED] = "counted"}, .fails = {[RACY] = true},
          .messages =
              {
                  [REQUEST] = {.name = "request", .to = "server"},
                  [RELOAD] = {.name = "reload", .to = "server"},
                  [QUERY] = {.name = "query"},
                  [ROWS] = {.name = "rows"},
              },
          .setup = setup, .describe = describe);
