// Two workers that take tickets from a counter: a beginning, to be replaced by a model of your own
// system. A worker asks for the next number and, when it has waited for the answer, writes it back
// plus one; another may have asked meanwhile. The repaired counter hands out a number and counts in
// one step.
#include <offbeat/task.h>

namespace
{

enum variant { RACY, REPAIRED };
enum kind { TAKE, ASK, NUMBER, SET };

struct Counter {
    uint32_t next;
    uint32_t given;
};

void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    auto *counter = static_cast<Counter *>(ob_state(self));

    if (message->kind == SET) {
        counter->next = message->args[0];
        return;
    }
    counter->given++;
    ob_reply(self, message, NUMBER, counter->next);
    if (ob_variant(self) == REPAIRED)
        counter->next++;
}

// A task for each TAKE; it goes on where it awaits.
void worker_handle(struct ob_actor *self, const struct ob_message *)
{
    const struct ob_message *number = ob_call(self, "counter", OB_FOREVER, ASK);

    if (ob_variant(self) == RACY)
        ob_send(self, "counter", SET, number->args[0] + 1);
}

void check(struct ob_world *world)
{
    const auto *counter = static_cast<Counter *>(ob_state(ob_actor(world, "counter")));

    OB_INVARIANT(world, no_ticket_is_given_twice, counter->next == counter->given,
                 "%u tickets, %u numbers", counter->given, counter->next);
}

void set_up(struct ob_world *world)
{
    ob_spawn(world, "counter", counter_receive, sizeof(Counter));
    ob_spawn_async_many(world, "worker", 2, worker_handle, 0);
    ob_link(world, "*", "counter", {.latency_us = 50, .latency_us_max = 2000});
}

} // namespace

OB_TARGET(template_target, .summary = "two workers take tickets", .variants = {"racy", "repaired"},
          .fails = {true},
          .messages = {{.name = "take", .to = "worker"},
                       {.name = "ask"},
                       {.name = "number", .args = {{"next"}}},
                       {.name = "set", .args = {{"next"}}}},
          .setup = set_up, .check_quiescent = check);
