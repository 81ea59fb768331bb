/*
 * Create and pay, sent by two processes among eight others to the same actor: two messages whose
 * order matters, and eight that are in flight with them and do not.
 */
#include <offbeat/offbeat.h>

#define PROCESSES 10
#define CREATOR 0
#define PAYER 5

enum kind { GO, WAKE, CREATE, PAY, OTHER };

struct starter {
    bool started;
};

static void starter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct starter *starter = ob_state(self);

    (void)message;
    if (starter->started)
        return;
    starter->started = true;
    for (unsigned process = 0; process < PROCESSES; process++)
        ob_send_to(self, ob_id(self) + 1 + process, WAKE);
}

static void process_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned process = ob_index(self);

    (void)message;
    if (process == CREATOR)
        ob_send(self, "shop", CREATE);
    else if (process == PAYER)
        ob_send(self, "shop", PAY);
    else
        ob_send(self, "shop", OTHER, process);
}

struct shop {
    bool created;
    bool paid;
};

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);

    shop->created = shop->created || message->kind == CREATE;
    shop->paid = shop->paid || message->kind == PAY;
    ob_declare_state(self, shop->created);
}

static void check(struct ob_world *world)
{
    const struct shop *shop = ob_state(ob_actor(world, "shop"));

    OB_INVARIANT(world, paid_order_exists, !shop->paid || shop->created,
                 "the order is paid, but was never created");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "starter", starter_receive, sizeof(struct starter));
    ob_spawn_many(world, "process", PROCESSES, process_receive, 0);
    ob_spawn(world, "shop", shop_receive, sizeof(struct shop));
}

OB_TARGET(ladder_order8, .summary = "create and pay, with eight unrelated messages in flight",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [GO] = {.name = "go", .to = "starter"},
                  [WAKE] = {.name = "wake"},
                  [CREATE] = {.name = "create"},
                  [PAY] = {.name = "pay"},
                  [OTHER] = {.name = "other", .args = {{.name = "process"}}},
              },
          .setup = setup, .check = check);
