/* A crash between two writes: a billing service stores an invoice and then the number of the next
 * one. If it dies in between, it gives the same number again. */
#include <offbeat/task.h>

#define INVOICES 64
#define LIVES 8

enum variant { RACY, NUMBER_FIRST };
enum kind { BILL, READ_NEXT, WRITE_NEXT, WRITE_INVOICE, VALUE };

struct disk {
    uint32_t lives;           /* how often the service was started */
    uint32_t next;            /* number of the next invoice, from 0 */
    uint32_t times[INVOICES]; /* how often an invoice with that number was stored */
};

static void store_next(struct ob_actor *self, uint32_t next)
{
    ob_call(self, "disk", OB_FOREVER, WRITE_NEXT, next);
}

static void run_billing(struct ob_actor *self)
{
    uint32_t next = ob_call(self, "disk", OB_FOREVER, READ_NEXT)->args[0];

    for (;;) {
        ob_receive(self, BILL);
        if (next == INVOICES)
            continue;
        if (ob_variant(self) == NUMBER_FIRST) /* a number may be left out */
            store_next(self, next + 1);
        ob_call(self, "disk", OB_FOREVER, WRITE_INVOICE, next);
        if (ob_variant(self) == RACY)
            store_next(self, next + 1);
        next++;
    }
}

/* Writes are there once they are answered, whatever becomes of the service. */
static void disk_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct disk *disk = ob_state(self);

    switch (message->kind) {
    case WRITE_NEXT:
        disk->next = message->args[0];
        break;
    case WRITE_INVOICE:
        disk->times[message->args[0]]++;
        break;
    default:
        if (++disk->lives > LIVES)
            return; /* what dies at every start is not started again */
        break;
    }
    ob_reply(self, message, VALUE, disk->next);
}

static void check(struct ob_world *world)
{
    const struct disk *disk = ob_state(ob_actor(world, "disk"));

    for (unsigned number = 0; number < INVOICES; number++)
        OB_INVARIANT(world, number_is_given_once, disk->times[number] <= 1,
                     "%u invoices have number %u", disk->times[number], number);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (actor == ob_actor(ob_world(actor), "disk"))
        ob_describe(text, "next number %u", ((const struct disk *)ob_state(actor))->next);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process(world, "billing", run_billing, 0);
    ob_spawn(world, "disk", disk_receive, sizeof(struct disk));
    ob_allow(world, "billing", (struct ob_faults){.restart = true});
}

OB_TARGET(invoices, .summary = "a billing service dies between two writes",
          .variants = {[RACY] = "racy", [NUMBER_FIRST] = "number_first"}, .fails = {[RACY] = true},
          .messages =
              {
                  [BILL] = {.name = "bill", .to = "billing"},
                  [READ_NEXT] = {.name = "read_next"},
                  [WRITE_NEXT] = {.name = "write_next", .args = {{.name = "next"}}},
                  [WRITE_INVOICE] = {.name = "write_invoice", .args = {{.name = "number"}}},
                  [VALUE] = {.name = "value", .args = {{.name = "next"}}},
              },
          .setup = setup, .check = check, .describe = describe);
