/* A shop books payments that reach it through a bank. See README.md for what goes wrong, and in
 * which order. */
#include <offbeat/offbeat.h>

#define ORDERS 8

enum variant { RACY, FSM };
enum kind { BUY, CREATE, PAY };
enum state { EMPTY, HAS_ORDERS };

struct shop {
    struct {
        bool created;
        bool paid;
    } orders[ORDERS];
};

/* A customer who buys sends the order to the shop and the money through the bank: two ways, two
 * latencies. */
static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "shop", CREATE, message->args[0]);
    ob_send(self, "bank", PAY, message->args[0]);
}

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);
    unsigned order = message->args[0];

    switch (message->kind) {
    case CREATE:
        shop->orders[order].created = true;
        ob_declare_state(self, HAS_ORDERS);
        break;
    case PAY:
        if (ob_variant(self) == FSM && !shop->orders[order].created) {
            ob_postpone(self, message);
            break;
        }
        shop->orders[order].paid = true;
        break;
    default:
        break;
    }
}

static void check(struct ob_world *world)
{
    const struct shop *shop = ob_state(ob_actor(world, "shop"));

    for (unsigned order = 0; order < ORDERS; order++)
        OB_INVARIANT(world, paid_order_exists,
                     !shop->orders[order].paid || shop->orders[order].created,
                     "order %u is paid, but was never created", order);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "shop")))
        return;
    const struct shop *shop = ob_state(actor);
    for (unsigned order = 0; order < ORDERS; order++)
        if (shop->orders[order].created || shop->orders[order].paid)
            ob_describe(text, "order %u:%s%s; ", order,
                        shop->orders[order].created ? " created" : "",
                        shop->orders[order].paid ? " paid" : "");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, 0);
    ob_spawn_forwarder(world, "bank", "shop");
    ob_spawn(world, "shop", shop_receive, sizeof(struct shop));
    ob_link(world, "bank", "shop", (struct ob_link){.latency_us = 500, .latency_us_max = 50000});
}

OB_TARGET(order, .summary = "a shop books payments that reach it through a bank",
          .variants = {[RACY] = "racy", [FSM] = "fsm"}, .fails = {[RACY] = true},
          .messages =
              {
                  [BUY] = {.name = "buy", .to = "customer", .args = {{"order", 0, ORDERS - 1}}},
                  [CREATE] = {.name = "create", .args = {{.name = "order"}}},
                  [PAY] = {.name = "pay", .args = {{.name = "order"}}},
              },
          .setup = setup, .check = check, .describe = describe, .must_handle_all = true);
