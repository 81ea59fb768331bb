/* Two banks ask each other before they answer. See README.md for what goes wrong. */
#include <offbeat/oracle.h>
#include <offbeat/task.h>

#define BANKS 2

enum variant { CALLS, ORDERED, CASTS };
enum kind { TRANSFER, CHECK, FINE, CHECKED };

/* A GenServer whose handle_call() itself calls: until that is answered it answers nobody. */
static void serve(struct ob_actor *self)
{
    unsigned other = 1 - ob_index(self);
    for (;;) {
        const struct ob_message *message = ob_receive(self, TRANSFER, CHECK, CHECKED);
        bool asks = ob_variant(self) != ORDERED || ob_index(self) == 0;
        if (message->kind == CHECK && ob_variant(self) == CASTS)
            ob_send_member(self, "bank", other, CHECKED);
        else if (message->kind == CHECK)
            ob_reply(self, message, FINE);
        else if (message->kind == TRANSFER && ob_variant(self) == CASTS)
            ob_send_member(self, "bank", other, CHECK);
        else if (message->kind == TRANSFER && asks)
            (void)ob_call_to(self, ob_id(ob_member(ob_world(self), "bank", other)), OB_FOREVER,
                             CHECK);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    ob_describe(text, "%u wait in the mailbox", ob_mailbox_count(actor, 0));
}

static void setup(struct ob_world *world)
{
    ob_spawn_process_many(world, "bank", BANKS, serve, 0);
}

OB_TARGET(cycle, .summary = "two banks ask each other before they answer",
          .variants = {[CALLS] = "calls", [ORDERED] = "ordered", [CASTS] = "casts"},
          .fails = {[CALLS] = true},
          .messages = {[TRANSFER] = {.name = "transfer", .to = "bank"},
                       [CHECK] = {.name = "check"},
                       [FINE] = {.name = "fine"},
                       [CHECKED] = {.name = "checked"}},
          .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_DEADLOCK));
