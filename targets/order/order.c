/* A shop books payments that reach it through a bank. See README.md for what goes wrong, and in
 * which order. The customer is in customer.c. */
#include "order.h"

#include <offbeat/event_log.h>
#include <offbeat/fsm.h>

struct order {
    bool created;
    bool cancelled;
    bool paid;         /* the shop has money for it */
    bool pay_seen;     /* a payment for it was handled before */
    uint32_t payments; /* how often money was taken */
    struct ob_fsm fsm;
};

struct shop {
    struct order orders[ORDERS];
};

static void take_money(struct order *order)
{
    order->paid = true;
    order->pay_seen = true;
    order->payments++;
}

/* -- racy, cancelled and idempotency_key: whatever comes is done -- */

static void do_as_told(struct ob_actor *self, struct order *order, const struct ob_message *message)
{
    switch (message->kind) {
    case CREATE:
        order->created = true;
        break;
    case PAY:
        if (ob_variant(self) == CANCELLED && !order->created)
            ob_postpone(self, message);
        else if (ob_variant(self) != IDEMPOTENCY_KEY || !order->pay_seen)
            take_money(order);
        break;
    default:
        order->cancelled = true;
        order->paid = false; /* what was paid is given back */
        break;
    }
}

/* -- fsm: each order is a machine, and each event means something in each state -- */

enum order_state { UNKNOWN, OPEN, PAID, CLOSED, ORDER_STATES };

static struct order *order_of(struct ob_actor *self, const struct ob_message *event)
{
    struct shop *shop = ob_state(self);
    return &shop->orders[event->args[0]];
}

static unsigned create(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)fsm;
    order_of(self, event)->created = true;
    return OPEN;
}

static unsigned pay(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    (void)fsm;
    take_money(order_of(self, event));
    return PAID;
}

static unsigned withdraw(struct ob_actor *self, struct ob_fsm *fsm, const struct ob_message *event)
{
    struct order *order = order_of(self, event);
    (void)fsm;
    order->cancelled = true;
    order->paid = false;
    return CLOSED;
}

static ob_fsm_action *actions[ORDER_STATES][OB_KINDS_MAX] = {
    [UNKNOWN] = {[CREATE] = create, [PAY] = ob_fsm_postpone},
    [OPEN] = {[PAY] = pay, [WITHDRAW] = withdraw},
    [PAID] = {[WITHDRAW] = withdraw},
    [CLOSED] = {0}, /* money that comes now is sent back */
};
static const struct ob_fsm_table order_table = {.states = ORDER_STATES, .actions = actions};

/* -- ack_retry: what was done is acknowledged, and done once -- */

static void acknowledge(struct ob_actor *self, struct order *order,
                        const struct ob_message *message)
{
    if (message->kind != PAY)
        do_as_told(self, order, message);
    else if (!order->pay_seen)
        take_money(order);
    ob_send(self, "customer", DONE, message->args[0], message->kind);
}

/* -- event_log: what has come is written down, and what an order is follows from all of it -- */

static void apply(void *state, const struct ob_event_record *event)
{
    struct shop *shop = state;
    struct order *order = &shop->orders[event->words[0]];
    order->created |= event->type == CREATE;
    order->pay_seen |= event->type == PAY;
    order->cancelled |= event->type == WITHDRAW;
    order->paid = order->created && order->pay_seen && !order->cancelled;
    order->payments = order->pay_seen;
}

static void write_down(struct ob_actor *self, struct shop *shop, const struct ob_message *message)
{
    struct ob_event_log *journal = ob_event_log(ob_world(self), "journal");
    if (ob_event_append(journal, message->kind, message->args[0]))
        apply(shop, ob_event_at(journal, ob_event_count(journal) - 1));
}

static void shop_start(struct ob_actor *self)
{
    if (ob_variant(self) == EVENT_LOG)
        ob_event_replay(ob_event_log(ob_world(self), "journal"), apply, ob_state(self));
}

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);
    struct order *order = &shop->orders[message->args[0]];

    switch (ob_variant(self)) {
    case FSM:
        (void)ob_fsm_handle(self, &order_table, &order->fsm, message->args[0], message);
        break;
    case ACK_RETRY:
        acknowledge(self, order, message);
        break;
    case EVENT_LOG:
        write_down(self, shop, message);
        break;
    default:
        do_as_told(self, order, message);
        break;
    }
    if (message->kind == CREATE)
        ob_declare_state(self, HAS_ORDERS);
}

static void check(struct ob_world *world)
{
    const struct shop *shop = ob_state(ob_actor(world, "shop"));

    for (unsigned number = 0; number < ORDERS; number++) {
        const struct order *order = &shop->orders[number];
        OB_INVARIANT(world, paid_order_exists, !order->paid || order->created,
                     "order %u is paid, but was never created", number);
        OB_INVARIANT(world, cancelled_order_unpaid, !order->paid || !order->cancelled,
                     "order %u is paid, but was cancelled", number);
        OB_INVARIANT(world, paid_once, order->payments <= 1, "order %u is paid %u times", number,
                     order->payments);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "shop")))
        return;
    const struct shop *shop = ob_state(actor);
    for (unsigned number = 0; number < ORDERS; number++) {
        const struct order *order = &shop->orders[number];
        if (order->created || order->paid || order->cancelled)
            ob_describe(text, "order %u:%s%s%s; ", number, order->created ? " created" : "",
                        order->paid ? " paid" : "", order->cancelled ? " cancelled" : "");
    }
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    bool lossy = variant == ACK_RETRY;

    ob_spawn(world, "customer", customer_receive, sizeof(struct customer));
    ob_spawn_forwarder(world, "bank", "shop");
    ob_on_start(ob_spawn(world, "shop", shop_receive, sizeof(struct shop)), shop_start);
    if (variant == EVENT_LOG) {
        ob_event_log_create(world, "journal", JOURNAL_MAX);
        ob_allow(world, "shop", (struct ob_faults){.restart = true});
    }
    ob_link(world, "customer", "*", (struct ob_link){.lossy = lossy});
    ob_link(world, "shop", "customer", (struct ob_link){.lossy = lossy});
    ob_link(world, "bank", "shop",
            (struct ob_link){.latency_us = 500,
                             .latency_us_max = 50000,
                             .lossy = lossy,
                             .duplicating = variant == IDEMPOTENCY_KEY});
}

OB_TARGET(
    order, .summary = "a shop books payments that reach it through a bank",
    .variants = {[RACY] = "racy",
                 [FSM] = "fsm",
                 [CANCELLED] = "cancelled",
                 [ACK_RETRY] = "ack_retry",
                 [EVENT_LOG] = "event_log",
                 [IDEMPOTENCY_KEY] = "idempotency_key"},
    .fails = {[RACY] = true, [CANCELLED] = true, [IDEMPOTENCY_KEY] = true},
    .messages =
        {
            [BUY] = {.name = "buy", .to = "customer", .args = {{"order", 0, ORDERS - 1}}},
            [CREATE] = {.name = "create", .args = {{.name = "order"}}},
            [PAY] = {.name = "pay", .args = {{.name = "order"}}},
            [CANCEL] = {.name = "cancel", .to = "customer", .args = {{"order", 0, ORDERS - 1}}},
            [WITHDRAW] = {.name = "withdraw", .args = {{.name = "order"}}},
            [DONE] = {.name = "done", .args = {{.name = "order"}, {.name = "step"}}},
            [AGAIN] = {.name = "again", .args = {{.name = "tag"}}},
        },
    .setup = setup, .check = check, .describe = describe, .must_handle_all = true);
