/* Two refreshes at once: requests whose access token has expired each have it renewed. The refresh
 * token is good for one renewal; whoever uses it a second time is logged out. */
#include <offbeat/task.h>

#define EXPIRES_US 3000000

enum variant { RACY, SHARED };
enum kind { REQUEST, REFRESH, TOKENS };

struct client {
    uint64_t expires_us;
    uint32_t token; /* the refresh token */
    bool refreshing;
    bool logged_out;
    struct ob_waiters waiters;
};
struct issuer {
    uint32_t token; /* the one that is good */
};

static void renew(struct ob_actor *self, struct client *client)
{
    client->refreshing = true;
    const struct ob_message *reply = ob_call(self, "issuer", OB_FOREVER, REFRESH, client->token);
    client->refreshing = false;
    if (reply->args[0] == 0) {
        client->logged_out = true;
    } else {
        client->token = reply->args[0];
        client->expires_us = ob_now(self) + EXPIRES_US;
    }
    ob_wake_all(self, &client->waiters);
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    (void)message;
    if (client->logged_out || ob_now(self) < client->expires_us)
        return; /* the token is good: the request is sent */
    if (ob_variant(self) == SHARED && client->refreshing)
        ob_wait(self, &client->waiters, OB_FOREVER);
    else
        renew(self, client);
}

static void issuer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct issuer *issuer = ob_state(self);

    if (message->args[0] == issuer->token)
        ob_reply(self, message, TOKENS, ++issuer->token);
    else
        ob_reply(self, message, TOKENS, 0);
}

static void start_client(struct ob_actor *self)
{
    struct client *client = ob_state(self);

    client->token = 1;
    client->expires_us = ob_now(self) + EXPIRES_US;
}

static void start_issuer(struct ob_actor *self)
{
    struct issuer *issuer = ob_state(self);

    issuer->token = 1;
}

static void check(struct ob_world *world)
{
    const struct client *client = ob_state(ob_actor(world, "client"));

    OB_INVARIANT(world, user_stays_logged_in, !client->logged_out,
                 "the user is logged out, as one token was used twice");
}

static void setup(struct ob_world *world)
{
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = 300});
    ob_on_start(ob_spawn_async(world, "client", client_receive, sizeof(struct client)),
                start_client);
    ob_on_start(ob_spawn(world, "issuer", issuer_receive, sizeof(struct issuer)), start_issuer);
}

OB_TARGET(refresh, .summary = "two requests renew one token at the same time",
          .variants = {[RACY] = "racy", [SHARED] = "shared"}, .fails = {[RACY] = true},
          .messages =
              {
                  [REQUEST] = {.name = "request", .to = "client"},
                  [REFRESH] = {.name = "refresh", .args = {{.name = "token"}}},
                  [TOKENS] = {.name = "tokens", .args = {{.name = "token"}}},
              },
          .setup = setup, .check = check);
