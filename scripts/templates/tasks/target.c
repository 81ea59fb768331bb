/*
 * Two workers that take tickets from a counter: a beginning, to be replaced by a model of your own
 * system. A worker asks for the next number and, when it has waited for the answer, writes it back
 * plus one; another may have asked meanwhile. The repaired counter hands out a number and counts in
 * one step.
 */
#include <offbeat/task.h>

enum variant { RACY, REPAIRED };
enum kind { TAKE, ASK, NUMBER, SET };

struct counter {
    uint32_t next;
    uint32_t given;
};

static void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct counter *counter = ob_state(self);

    if (message->kind == SET) {
        counter->next = message->args[0];
        return;
    }
    counter->given++;
    ob_reply(self, message, NUMBER, counter->next);
    if (ob_variant(self) == REPAIRED)
        counter->next++;
}

/* A task for each TAKE; it goes on where it awaits. */
static void worker_handle(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    const struct ob_message *number = ob_call(self, "counter", OB_FOREVER, ASK);

    if (ob_variant(self) == RACY)
        ob_send(self, "counter", SET, number->args[0] + 1);
}

static void check(struct ob_world *world)
{
    const struct counter *counter = ob_state(ob_actor(world, "counter"));

    OB_INVARIANT(world, no_ticket_is_given_twice, counter->next == counter->given,
                 "%u tickets, %u numbers", counter->given, counter->next);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "counter", counter_receive, sizeof(struct counter));
    ob_spawn_async_many(world, "worker", 2, worker_handle, 0);
    ob_link(world, "*", "counter", (struct ob_link){.latency_us = 50, .latency_us_max = 2000});
}

OB_TARGET(template_target, .summary = "two workers take tickets",
          .variants = {[RACY] = "racy", [REPAIRED] = "repaired"}, .fails = {[RACY] = true},
          .messages = {[TAKE] = {.name = "take", .to = "worker"},
                       [ASK] = {.name = "ask"},
                       [NUMBER] = {.name = "number", .args = {{"next"}}},
                       [SET] = {.name = "set", .args = {{"next"}}}},
          .setup = setup, .check_quiescent = check);
