/* Stale reply after a timeout: a master reads registers of a device over a serial bus whose replies
 * do not say which request they answer. It gives a request up after a second and sends the next
 * one; the reply that comes late is stored under the wrong register. */
#include <offbeat/offbeat.h>

#define REGISTERS 4
#define TIMEOUT_US 1000000

enum variant { RACY, TRANSACTION_ID };
enum kind { READ, REQUEST, REPLY, TIMED_OUT };
enum state { IDLE, WAITING };

struct master {
    uint32_t transaction;
    uint32_t timer; /* 0: no request is under way */
    uint32_t asked; /* the register of the request under way */
    uint32_t values[REGISTERS];
};

/* What the device holds in a register never changes. */
static uint32_t value_of(uint32_t address)
{
    return 100 + address;
}

static void read_register(struct ob_actor *self, struct master *master, uint32_t address)
{
    if (master->timer)
        return; /* the bus takes one request at a time */
    master->asked = address;
    ob_send(self, "device", REQUEST, address, ++master->transaction);
    master->timer = ob_timer_start(self, TIMEOUT_US, TIMED_OUT, 0);
    ob_declare_state(self, WAITING);
}

static void take_reply(struct ob_actor *self, struct master *master,
                       const struct ob_message *message)
{
    if (!master->timer)
        return;
    if (ob_variant(self) == TRANSACTION_ID && message->args[1] != master->transaction)
        return; /* the answer to a request that was given up */
    ob_timer_cancel(self, master->timer);
    master->timer = 0;
    master->values[master->asked] = message->args[0];
    ob_declare_state(self, IDLE);
}

static void master_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct master *master = ob_state(self);

    switch (message->kind) {
    case READ:
        read_register(self, master, message->args[0]);
        break;
    case REPLY:
        take_reply(self, master, message);
        break;
    case TIMED_OUT:
        master->timer = 0;
        ob_declare_state(self, IDLE);
        break;
    default:
        break;
    }
}

static void device_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, REPLY, value_of(message->args[0]), message->args[1]);
}

static void check(struct ob_world *world)
{
    const struct master *master = ob_state(ob_actor(world, "master"));

    for (uint32_t address = 0; address < REGISTERS; address++)
        OB_INVARIANT(world, value_is_of_register,
                     master->values[address] == 0 || master->values[address] == value_of(address),
                     "register %u reads %u, but holds %u", address, master->values[address],
                     value_of(address));
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct master *master = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "master"))
        ob_describe(text, "%s register %u", master->timer ? "waits for" : "has read",
                    master->asked);
}

static void setup(struct ob_world *world)
{
    const struct ob_link line = {.latency_us = 5000, .latency_us_max = 2000000};

    ob_spawn(world, "master", master_receive, sizeof(struct master));
    ob_spawn(world, "device", device_receive, 0);
    ob_link(world, "device", "master", line);
}

OB_TARGET(
    modbus, .summary = "a bus master takes a late reply for that to its next request",
    .variants = {[RACY] = "racy", [TRANSACTION_ID] = "transaction_id"}, .fails = {[RACY] = true},
    .messages =
        {
            [READ] = {.name = "read", .to = "master", .args = {{"address", 0, REGISTERS - 1}}},
            [REQUEST] = {.name = "request", .args = {{.name = "address"}, {.name = "transaction"}}},
            [REPLY] = {.name = "reply", .args = {{.name = "value"}, {.name = "transaction"}}},
            [TIMED_OUT] = {.name = "timed_out"},
        },
    .setup = setup, .check = check, .describe = describe);
