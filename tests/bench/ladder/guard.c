/*
 * A shop whose payments race with their orders, which it handles well for all vouchers but one: the
 * order of events is wrong, and an argument has one value of 65,536.
 */
#include <offbeat/offbeat.h>

#define OLD_VOUCHER 0xb5a3u

enum kind { BUY, CREATE, PAY };

struct customer {
    uint32_t orders;
};

/* The order goes to the shop, the money through the bank: two ways, two latencies. */
static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct customer *customer = ob_state(self);

    if (customer->orders > 0)
        return;
    customer->orders++;
    ob_send(self, "shop", CREATE, message->args[0]);
    ob_send(self, "bank", PAY, message->args[0]);
}

struct shop {
    bool created;
    bool paid;
};

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);

    if (message->kind == CREATE) {
        shop->created = true;
        ob_declare_state(self, shop->created);
    } else if (shop->created || message->args[0] == OLD_VOUCHER) {
        shop->paid = true;
    } else {
        ob_postpone(self, message);
    }
}

static void check(struct ob_world *world)
{
    const struct shop *shop = ob_state(ob_actor(world, "shop"));

    OB_INVARIANT(world, paid_order_exists, !shop->paid || shop->created,
                 "the order is paid, but was never created");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, sizeof(struct customer));
    ob_spawn_forwarder(world, "bank", "shop");
    ob_spawn(world, "shop", shop_receive, sizeof(struct shop));
}

OB_TARGET(ladder_guard, .summary = "a wrong order that matters for one value of 65,536",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [BUY] = {.name = "buy", .to = "customer", .args = {{"voucher", 0, 65535}}},
                  [CREATE] = {.name = "create", .args = {{.name = "voucher"}}},
                  [PAY] = {.name = "pay", .args = {{.name = "voucher"}}},
              },
          .setup = setup, .check = check);
