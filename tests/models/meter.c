/* A message that arrives twice: a meter reports what was used since its last report, and a network
 * that may deliver twice makes it more. */
#include <offbeat/offbeat.h>

#define METERS 2

enum variant { RACY, NUMBERED };
enum kind { TICK, USED };

struct meter {
    uint32_t used; /* in all */
    uint32_t reports;
};
struct account {
    uint32_t used[METERS];
    uint32_t reports[METERS]; /* the number of the last one */
};

static void meter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct meter *meter = ob_state(self);

    meter->used += message->args[0];
    ob_send(self, "account", USED, message->args[0], ++meter->reports);
}

static void account_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct account *account = ob_state(self);
    unsigned meter = message->from - 1u;

    /* Copies come after what they are copies of, and the link keeps the order. */
    if (ob_variant(self) == NUMBERED && message->args[1] <= account->reports[meter])
        return;
    account->reports[meter] = message->args[1];
    account->used[meter] += message->args[0];
}

static void check(struct ob_world *world)
{
    const struct account *account = ob_state(ob_actor(world, "account"));

    for (unsigned index = 0; index < METERS; index++) {
        const struct meter *meter = ob_state(ob_actor_with_id(world, 1 + index));
        OB_INVARIANT(world, nobody_pays_for_more, account->used[index] <= meter->used,
                     "meter %u has counted %u, and the account has %u", index, meter->used,
                     account->used[index]);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct account *account = ob_state(actor);

    if (ob_id(actor) > METERS)
        ob_describe(text, "%u and %u used", account->used[0], account->used[1]);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "meter", METERS, meter_receive, sizeof(struct meter));
    ob_spawn(world, "account", account_receive, sizeof(struct account));
    ob_link(world, "meter", "account",
            (struct ob_link){.latency_us = 5000, .latency_us_max = 500000, .duplicating = true});
}

OB_TARGET(meter, .summary = "a report that arrives twice counts twice",
          .variants = {[RACY] = "racy", [NUMBERED] = "numbered"}, .fails = {[RACY] = true},
          .messages =
              {
                  [TICK] = {.name = "tick", .to = "meter", .args = {{"used", 1, 100}}},
                  [USED] = {.name = "used", .args = {{.name = "used"}, {.name = "report"}}},
              },
          .setup = setup, .check = check, .describe = describe);
