/* An office starts a courier for each errand, and couriers may crash. See README.md. */
#include <offbeat/process.h>

#define COURIERS 32 /* that one run may start */
#define ERRANDS 24  /* that the office takes on in one run */

enum variant { UNWATCHED, REPEATED, KEYED };
enum kind { ORDER, ERRAND, ASK, WAY, PAY, PAID, DOWN };

struct office {
    uint32_t count;
    unsigned couriers[ERRANDS]; /* the last one that was started for it */
};

static void send_courier(struct ob_actor *self, struct office *office, uint32_t errand)
{
    unsigned courier = ob_spawn_next(self, "courier", ERRAND, errand);
    office->couriers[errand] = courier;
    if (ob_variant(self) != UNWATCHED)
        (void)ob_monitor_start(self, courier, DOWN);
}

static void office_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct office *office = ob_state(self);

    if (message->kind == ORDER && office->count < ERRANDS)
        send_courier(self, office, office->count++);
    else if (message->kind == DOWN && message->args[1] != OB_ENDED_NORMALLY)
        for (uint32_t errand = 0; errand < office->count; errand++)
            if (office->couriers[errand] == message->args[0])
                send_courier(self, office, errand);
}

/* Asks the way, pays, and is done. */
static void courier_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t errand = message->args[0];

    if (message->kind == ERRAND)
        ob_send(self, "map", ASK, errand);
    else if (message->kind == WAY)
        ob_send(self, "till", PAY, errand);
    else
        ob_stop(self, OB_ENDED_NORMALLY);
}

static void map_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, WAY, message->args[0]);
}

static void till_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *paid = ob_state(self);
    uint32_t errand = message->args[0];

    if (ob_variant(self) != KEYED || paid[errand] == 0)
        paid[errand]++;
    ob_reply(self, message, PAID, errand);
}

static void check(struct ob_world *world)
{
    const uint32_t *paid = ob_state(ob_actor(world, "till"));

    for (unsigned errand = 0; errand < ERRANDS; errand++)
        OB_INVARIANT(world, paid_once, paid[errand] <= 1, "errand %u is paid %u times", errand,
                     paid[errand]);
}

static void check_quiescent(struct ob_world *world)
{
    const struct office *office = ob_state(ob_actor(world, "office"));
    const uint32_t *paid = ob_state(ob_actor(world, "till"));

    for (uint32_t errand = 0; errand < office->count; errand++)
        OB_INVARIANT(world, errands_are_done, paid[errand] > 0, "errand %u is not paid", errand);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct office *office = ob_state(ob_actor(ob_world(actor), "office"));

    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "till")))
        return;
    for (uint32_t errand = 0; errand < office->count; errand++)
        ob_describe(text, "%serrand %u paid %u times", errand ? ", " : "", errand,
                    ((const uint32_t *)ob_state(actor))[errand]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "office", office_receive, sizeof(struct office));
    ob_spawn_many(world, "courier", COURIERS, courier_receive, 0);
    ob_keep_down(world, "courier");
    ob_spawn(world, "map", map_receive, 0);
    ob_spawn(world, "till", till_receive, ERRANDS * sizeof(uint32_t));
    ob_allow(world, "courier", (struct ob_faults){.crash = true});
}

OB_TARGET(errands, .summary = "an office starts a courier for each errand, and couriers may crash",
          .variants = {[UNWATCHED] = "unwatched", [REPEATED] = "repeated", [KEYED] = "keyed"},
          .fails = {[UNWATCHED] = true, [REPEATED] = true},
          .messages = {[ORDER] = {.name = "order", .to = "office"},
                       [ERRAND] = {.name = "errand", .args = {{.name = "number"}}},
                       [ASK] = {.name = "ask", .args = {{.name = "number"}}},
                       [WAY] = {.name = "way", .args = {{.name = "number"}}},
                       [PAY] = {.name = "pay", .args = {{.name = "number"}}},
                       [PAID] = {.name = "paid", .args = {{.name = "number"}}},
                       [DOWN] = {.name = "down", .args = {{.name = "id"}, {.name = "reason"}}}},
          .setup = setup, .check = check, .check_quiescent = check_quiescent, .describe = describe);
