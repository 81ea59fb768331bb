/*
 * A lease whose holder has a slow clock. The server lends for 100 ms. A client counts 90 ms from
 * when it asked, and takes no answer that comes later: safe, whatever messages do, as long as
 * clocks differ by less than a tenth. Here they may by more.
 */
#include <offbeat/offbeat.h>

#define CLIENTS 2
#define LENT_US 100000
#define HELD_US 90000

enum kind { ACQUIRE, ASK, GRANT, GIVE_UP, EXPIRED };

struct client {
    uint32_t request; /* number of the last one */
    bool asking;      /* and whether an answer still counts */
    bool holding;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case ACQUIRE:
        if (client->asking)
            break;
        client->asking = true;
        client->request++;
        ob_timer_start(self, HELD_US, GIVE_UP, client->request);
        ob_send(self, "server", ASK, client->request);
        break;
    case GRANT:
        client->holding =
            client->holding || (client->asking && message->args[0] == client->request);
        break;
    default:
        client->asking = false;
        client->holding = false;
        break;
    }
    ob_declare_state(self, client->asking + client->holding);
}

struct server {
    bool lent;
};

/* Who asks while it is lent is not answered, and asks again some other time. */
static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind == EXPIRED) {
        server->lent = false;
    } else if (!server->lent) {
        server->lent = true;
        ob_timer_start(self, LENT_US, EXPIRED, 0);
        ob_reply(self, message, GRANT, message->args[0]);
    }
    ob_declare_state(self, server->lent);
}

static void check(struct ob_world *world)
{
    const struct client *one = ob_state(ob_actor(world, "client.0"));
    const struct client *other = ob_state(ob_actor(world, "client.1"));

    OB_INVARIANT(world, one_holder, !one->holding || !other->holding,
                 "both clients hold the lease");
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_allow(world, "client", (struct ob_faults){.clock_drift_ppm_max = 150000});
}

OB_TARGET(ladder_skew, .summary = "a lease that its holder's slow clock outlasts",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [ACQUIRE] = {.name = "acquire", .to = "client"},
                  [ASK] = {.name = "ask", .args = {{.name = "request"}}},
                  [GRANT] = {.name = "grant", .args = {{.name = "request"}}},
                  [GIVE_UP] = {.name = "give_up", .args = {{.name = "request"}}},
                  [EXPIRED] = {.name = "expired"},
              },
          .setup = setup, .check = check);
