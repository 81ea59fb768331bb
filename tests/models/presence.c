/* Reconnect against close: a user whose connection breaks reconnects through another front end
 * before the first one has noticed. Its news that the connection is closed takes the user off the
 * list of those who are online. */
#include <offbeat/offbeat.h>

#define USERS 2
#define FRONTS 2

enum variant { RACY, BY_CONNECTION };
enum kind { RECONNECT, CONNECT, BREAK, JOIN, LEAVE };

struct user {
    uint32_t connections; /* so far; the last of them is open */
};
struct presence {
    uint32_t connections[USERS]; /* 0: the user is offline */
};

static void user_receive(struct ob_actor *self, const struct ob_message *message)
{
    static const char *const fronts[FRONTS] = {"front.0", "front.1"};
    struct user *user = ob_state(self);

    (void)message;
    if (user->connections > 0)
        ob_send(self, fronts[user->connections % FRONTS], BREAK, ob_index(self), user->connections);
    user->connections++;
    ob_send(self, fronts[user->connections % FRONTS], CONNECT, ob_index(self), user->connections);
}

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "presence", message->kind == CONNECT ? JOIN : LEAVE, message->args[0],
            message->args[1]);
}

static void presence_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct presence *presence = ob_state(self);
    uint32_t *connection = &presence->connections[message->args[0]];
    bool guarded = ob_variant(self) == BY_CONNECTION;

    if (message->kind == JOIN) {
        if (!guarded || message->args[1] > *connection)
            *connection = message->args[1];
    } else if (!guarded || message->args[1] == *connection) {
        *connection = 0;
    }
}

/* With all messages handled, who has an open connection is online. */
static void check_quiescent(struct ob_world *world)
{
    const struct presence *presence = ob_state(ob_actor(world, "presence"));

    for (unsigned index = 0; index < USERS; index++) {
        const struct user *user = ob_state(ob_actor_with_id(world, 1 + index));
        OB_INVARIANT(world, connected_user_is_online,
                     user->connections == 0 || presence->connections[index] != 0,
                     "user %u has connection %u, and is offline", index, user->connections);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct presence *presence = ob_state(actor);

    if (actor != ob_actor(ob_world(actor), "presence"))
        return;
    for (unsigned user = 0; user < USERS; user++)
        ob_describe(text, "user %u %s; ", user, presence->connections[user] ? "online" : "offline");
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "user", USERS, user_receive, sizeof(struct user));
    ob_spawn_many(world, "front", FRONTS, front_receive, 0);
    ob_spawn(world, "presence", presence_receive, sizeof(struct presence));
    ob_link(world, "user", "front",
            (struct ob_link){.latency_us = 1000, .latency_us_max = 2000000});
}

OB_TARGET(presence, .summary = "a user reconnects before the old connection is closed",
          .variants = {[RACY] = "racy", [BY_CONNECTION] = "by_connection"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [RECONNECT] = {.name = "reconnect", .to = "user"},
                  [CONNECT] = {.name = "connect",
                               .args = {{.name = "user"}, {.name = "connection"}}},
                  [BREAK] = {.name = "break", .args = {{.name = "user"}, {.name = "connection"}}},
                  [JOIN] = {.name = "join", .args = {{.name = "user"}, {.name = "connection"}}},
                  [LEAVE] = {.name = "leave", .args = {{.name = "user"}, {.name = "connection"}}},
              },
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
