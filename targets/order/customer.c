/* A customer who buys sends the order to the shop and the money through the bank: two ways, two
 * latencies. Each order is bought once, and cancelled only after that, once. */
#include "order.h"

/* The customer of ack_retry takes one step after the other, each when the one before was
 * acknowledged, and repeats one that was not. */
static const struct ob_retry_policy patience = {
    .timeout_us = 30000, .timeout_max = 240000, .attempts_max = 4, .timer = AGAIN};

static uint32_t tag_of(uint32_t order, uint32_t step)
{
    return order << 8 | step;
}

static void take_step(struct ob_actor *self, struct purchase *purchase, uint32_t order,
                      uint8_t step)
{
    struct ob_actor *to = ob_actor(ob_world(self), step == PAY ? "bank" : "shop");
    purchase->step = step;
    ob_retry_send(self, &patience, &purchase->retry, tag_of(order, step), ob_id(to),
                  OB_WORDS(step, order));
}

static void go_on(struct ob_actor *self, struct purchase *purchase, uint32_t order)
{
    if (purchase->step != 0)
        return;
    if (purchase->last == CREATE && !purchase->wants_out)
        take_step(self, purchase, order, PAY);
    else if (purchase->last != WITHDRAW && purchase->wants_out)
        take_step(self, purchase, order, WITHDRAW);
}

static void careful_customer(struct ob_actor *self, struct purchase *purchase,
                             const struct ob_message *message)
{
    uint32_t order = message->args[0];

    switch (message->kind) {
    case BUY:
        take_step(self, purchase, order, CREATE);
        break;
    case CANCEL:
        go_on(self, purchase, order);
        break;
    default: /* acknowledged */
        if (!ob_retry_acknowledged(self, &purchase->retry, tag_of(order, message->args[1])))
            break;
        purchase->last = purchase->step;
        purchase->step = 0;
        go_on(self, purchase, order);
        break;
    }
}

static void hasty_customer(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == BUY) {
        ob_send(self, "shop", CREATE, message->args[0]);
        ob_send(self, "bank", PAY, message->args[0]);
    } else {
        ob_send(self, "shop", WITHDRAW, message->args[0]);
    }
}

void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct customer *customer = ob_state(self);

    if (message->kind == AGAIN) { /* after the last attempt nothing more is done for the order */
        struct purchase *purchase = &customer->purchases[message->args[0] >> 8];
        (void)ob_retry_timed_out(self, &patience, &purchase->retry, message->args[0]);
        return;
    }
    struct purchase *purchase = &customer->purchases[message->args[0]];
    if (message->kind == BUY && purchase->bought)
        return;
    if (message->kind == CANCEL &&
        (!purchase->bought || purchase->wants_out || ob_variant(self) == RACY))
        return; /* racy shows one race, and cancelled the other */
    purchase->bought |= message->kind == BUY;
    purchase->wants_out |= message->kind == CANCEL;
    if (ob_variant(self) == ACK_RETRY)
        careful_customer(self, purchase, message);
    else
        hasty_customer(self, message);
}
