/*
 * A payment that a network delivers twice. The bank knows duplicates by the number of the last
 * payment alone, so it takes the first payment's copy for a third one when it comes after the
 * second.
 */
#include <offbeat/offbeat.h>

#define PAYMENTS 2

enum kind { CHECKOUT, PAY, BOOKED };

struct customer {
    uint32_t sent; /* payments */
};

/* Pays in two instalments, the second once the first is booked. */
static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct customer *customer = ob_state(self);
    bool is_next =
        message->kind == CHECKOUT ? customer->sent == 0 : message->args[0] + 1 == customer->sent;

    if (!is_next || customer->sent == PAYMENTS)
        return;
    ob_send(self, "bank", PAY, customer->sent);
    customer->sent++;
}

struct bank {
    uint32_t last; /* one more than the number of the last payment */
    uint32_t booked[PAYMENTS];
};

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct bank *bank = ob_state(self);
    uint32_t number = message->args[0];

    if (number + 1 == bank->last)
        return;
    bank->last = number + 1;
    bank->booked[number]++;
    ob_declare_state(self, bank->last);
    ob_reply(self, message, BOOKED, number);
}

static void check(struct ob_world *world)
{
    const struct bank *bank = ob_state(ob_actor(world, "bank"));

    for (unsigned number = 0; number < PAYMENTS; number++)
        OB_INVARIANT(world, booked_once, bank->booked[number] <= 1, "payment %u is booked %u times",
                     number, bank->booked[number]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, sizeof(struct customer));
    ob_spawn(world, "bank", bank_receive, sizeof(struct bank));
    ob_link(world, "customer", "bank", (struct ob_link){.unordered = true, .duplicating = true});
}

OB_TARGET(ladder_duplicate, .summary = "a copy of the first message after the second",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [CHECKOUT] = {.name = "checkout", .to = "customer"},
                  [PAY] = {.name = "pay", .args = {{.name = "number"}}},
                  [BOOKED] = {.name = "booked", .args = {{.name = "number"}}},
              },
          .setup = setup, .check = check);
