/* A client pays through a service that may be slow, and whose answers may get lost. See README.md
 * for what goes wrong, and in which order. */
#include <offbeat/offbeat.h>
#include <offbeat/retry.h>
#include <offbeat/service.h>

#define PAYMENTS 64 /* a client makes no more in one run */

enum variant { RACY, LATE_REPLY, IDEMPOTENCY_KEY, CORRELATION_ID, LONGER_TIMEOUT };
enum kind { PAY, CHARGE, CHARGED, TIMED_OUT };
enum state { IDLE, WAITING };

/* How often the client asks, and how long it waits for the answer: of two ways over the network of
 * at most 40 ms each, and its own. */
static const struct ob_retry_policy patience[] = {
    [RACY] = {.timeout_us = 30000, .attempts_max = 3, .timer = TIMED_OUT},
    [LATE_REPLY] = {.timeout_us = 30000, .attempts_max = 1, .timer = TIMED_OUT},
    [IDEMPOTENCY_KEY] = {.timeout_us = 30000, .attempts_max = 3, .timer = TIMED_OUT},
    [CORRELATION_ID] = {.timeout_us = 30000, .attempts_max = 1, .timer = TIMED_OUT},
    [LONGER_TIMEOUT] = {.timeout_us = 10000000, .attempts_max = 3, .timer = TIMED_OUT},
};

/* One payment at a time; each has a number, which is also its key. */
struct client {
    uint32_t number;
    struct ob_retry retry;
    struct {
        uint32_t amount;  /* that was asked for */
        uint32_t receipt; /* and that was confirmed, 0 for none */
        uint32_t of;      /* the payment that the receipt is for */
    } payments[PAYMENTS];
};

static void pay(struct ob_actor *self, struct client *client, uint32_t amount)
{
    if (client->retry.waiting || client->number + 1 == PAYMENTS)
        return;
    uint32_t number = ++client->number;
    client->payments[number].amount = amount;
    ob_retry_send(self, &patience[ob_variant(self)], &client->retry, number,
                  ob_id(ob_actor(ob_world(self), "service")),
                  OB_WORDS(CHARGE, number, amount, number));
    ob_declare_state(self, WAITING);
}

static void take_receipt(struct ob_actor *self, struct client *client,
                         const struct ob_message *message)
{
    uint32_t number = client->number;
    /* Without a correlation id the answer that comes is taken for the one that is waited for. */
    uint32_t answered = ob_variant(self) == LATE_REPLY ? number : message->args[2];
    if (!ob_retry_acknowledged(self, &client->retry, answered))
        return;
    client->payments[number].receipt = message->args[1];
    client->payments[number].of = message->args[0];
    ob_declare_state(self, IDLE);
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    switch (message->kind) {
    case PAY:
        pay(self, client, message->args[0]);
        break;
    case TIMED_OUT: /* after the last attempt, whoever pays is told that it is not known */
        if (ob_retry_timed_out(self, &patience[ob_variant(self)], &client->retry,
                               message->args[0]) == OB_RETRY_GAVE_UP)
            ob_declare_state(self, IDLE);
        break;
    default:
        take_receipt(self, client, message);
        break;
    }
}

static void check(struct ob_world *world)
{
    const struct ob_actor *service = ob_actor(world, "service");
    const struct client *client = ob_state(ob_actor(world, "client"));

    for (unsigned number = 1; number <= client->number; number++) {
        OB_INVARIANT(world, charged_once, ob_service_count(service, number) <= 1,
                     "payment %u is charged %u times", number, ob_service_count(service, number));
        OB_INVARIANT(world, receipt_is_for_payment,
                     client->payments[number].of == 0 || client->payments[number].of == number,
                     "payment %u has the receipt of payment %u", number,
                     client->payments[number].of);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);
    const struct client *client = ob_state(ob_actor(world, "client"));

    if (ob_id(actor) == ob_id(ob_actor(world, "client")))
        ob_describe(text, "payment %u%s", client->number, client->retry.waiting ? ", waiting" : "");
    else
        for (unsigned number = 1; number <= client->number; number++)
            ob_describe(text, "payment %u: times charged: %u; ", number,
                        ob_service_count(actor, number));
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    const struct ob_link network = {.latency_us = 5000, .latency_us_max = 40000, .lossy = true};

    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_service_spawn(
        world, "service",
        &(struct ob_service_config){.request = CHARGE,
                                    .answer = CHARGED,
                                    .remembers = variant != RACY && variant != LONGER_TIMEOUT});
    ob_link(world, "client", "service", network);
    ob_link(world, "service", "client", network);
}

OB_TARGET(service, .summary = "a client pays through a service that may be slow, or not answer",
          .variants = {[RACY] = "racy",
                       [LATE_REPLY] = "late_reply",
                       [IDEMPOTENCY_KEY] = "idempotency_key",
                       [CORRELATION_ID] = "correlation_id",
                       [LONGER_TIMEOUT] = "longer_timeout"},
          .fails = {[RACY] = true, [LATE_REPLY] = true, [LONGER_TIMEOUT] = true},
          .messages =
              {
                  [PAY] = {.name = "pay", .to = "client", .args = {{"amount", 1, 100}}},
                  [CHARGE] = {.name = "charge",
                              .args = {{.name = "number"}, {.name = "amount"}, {.name = "ref"}}},
                  [CHARGED] = {.name = "charged",
                               .args = {{.name = "number"}, {.name = "amount"}, {.name = "ref"}}},
                  [TIMED_OUT] = {.name = "timed_out", .args = {{.name = "ref"}}},
              },
          .setup = setup, .check = check, .describe = describe);
