/* A client and server protocol: clients withdraw money by way of a server that keeps the balances
 * of all accounts in a database. Clients 0 and 1 share an account.
 *
 * interleaved: the server begins the next withdrawal before the database has confirmed the one
 * before, so that both see the same balance.
 * goal_refused: no mistake, but a rare scenario whose violation says that it was reached: one
 * client's withdrawals both succeed, and those of the other are both refused. */
#include "machines.h"

#define CLIENTS 2
#define WITHDRAWALS 2 /* of each client */
#define BALANCE 100
#define AMOUNT 40
#define LEAST 10 /* what must remain on an account */

enum variant { RIGHT, INTERLEAVED, GOAL_REFUSED };
enum kind { GO, BEGIN, WITHDRAW, PAID, READ, BALANCE_IS, UPDATE };

struct client {
    uint32_t paid;
    uint32_t refused;
};
struct database {
    uint32_t balance;
};

static void run_driver(struct ob_actor *self)
{
    ob_receive(self, GO);
    ob_send(self, "client.0", BEGIN);
    ob_send(self, "client.1", BEGIN);
    for (;;)
        ob_receive(self, GO);
}

static void run_client(struct ob_actor *self)
{
    struct client *client = ob_state(self);

    ob_receive(self, BEGIN);
    for (unsigned count = 0; count < WITHDRAWALS; count++) {
        ob_send(self, "server", WITHDRAW, AMOUNT);
        if (ob_receive(self, PAID)->args[0])
            client->paid++;
        else
            client->refused++;
    }
    ob_receive(self, BEGIN);
}

/* The balance has come: pays, or refuses to. */
static void settle(struct ob_actor *self, uint32_t client, uint32_t amount, uint32_t balance)
{
    bool pays = balance >= amount + LEAST;

    if (pays)
        ob_send(self, "database", UPDATE, balance - amount);
    ob_send_to(self, client, PAID, pays);
}

static void run_server(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *message = ob_receive(self, WITHDRAW, BALANCE_IS);
        if (message->kind == BALANCE_IS) { /* of one that was begun earlier */
            settle(self, message->args[1], message->args[2], message->args[0]);
            continue;
        }
        ob_send(self, "database", READ, message->from, message->args[0]);
        if (ob_variant(self) == INTERLEAVED)
            continue;
        const struct ob_message *answer = ob_receive(self, BALANCE_IS);
        settle(self, message->from, message->args[0], answer->args[0]);
    }
}

static void run_database(struct ob_actor *self)
{
    struct database *database = ob_state(self);

    database->balance = BALANCE;
    for (;;) {
        const struct ob_message *message = ob_receive(self, READ, UPDATE);
        if (message->kind == UPDATE)
            database->balance = message->args[0];
        else
            ob_reply(self, message, BALANCE_IS, database->balance, message->args[0],
                     message->args[1]);
    }
}

static void check(struct ob_world *world)
{
    const struct client *first = ob_state(ob_actor(world, "client.0"));
    const struct client *second = ob_state(ob_actor(world, "client.1"));

    OB_INVARIANT(
        world, account_covers_payments, AMOUNT * (first->paid + second->paid) + LEAST <= BALANCE,
        "%u were paid from an account of %u", AMOUNT * (first->paid + second->paid), BALANCE);
    OB_INVARIANT(world, goal_refused,
                 ob_world_variant(world) != GOAL_REFUSED ||
                     (first->refused < WITHDRAWALS && second->refused < WITHDRAWALS),
                 "all withdrawals of one client are refused");
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "client", CLIENTS, run_client, sizeof(struct client));
    ob_spawn_process(world, "server", run_server, 0);
    ob_spawn_process(world, "database", run_database, sizeof(struct database));
    ob_spawn_process(world, "driver", run_driver, 0);
    machines(world);
}

OB_TARGET(
    client_server, .summary = "two clients withdraw money from one account",
    .variants = {[RIGHT] = "right", [INTERLEAVED] = "interleaved", [GOAL_REFUSED] = "goal_refused"},
    .fails = {[INTERLEAVED] = true, [GOAL_REFUSED] = true},
    .messages =
        {
            [GO] = {.name = "go", .to = "driver"},
            [BEGIN] = {.name = "begin"},
            [WITHDRAW] = {.name = "withdraw", .args = {{.name = "amount"}}},
            [PAID] = {.name = "paid", .args = {{.name = "yes"}}},
            [READ] = {.name = "read", .args = {{.name = "client"}, {.name = "amount"}}},
            [BALANCE_IS] = {.name = "balance",
                            .args = {{.name = "balance"}, {.name = "client"}, {.name = "amount"}}},
            [UPDATE] = {.name = "update", .args = {{.name = "balance"}}},
        },
    .setup = setup, .check = check);
