/* A buyer has prices fetched by tasks, and does not wait for ever. See README.md. */
#include <offbeat/process_task.h>

#define QUESTIONS 24 /* of one run; each takes a task */
#define TIMEOUT_US 20000
#define KILL_US 5000
#define UNIT_PRICE 10

enum variant { RECEIVED, AWAITED, SHUT_DOWN };
enum kind { WANT, QUESTION, ANSWER, PRICE, PRICED, TASK, KINDS = TASK + OB_PROCESS_TASK_KINDS };

/* What a task does. */
static uint32_t fetch(struct ob_actor *self, uint32_t item)
{
    return ob_call(self, "shop", OB_FOREVER, PRICE, item)->args[0];
}

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, PRICED, message->args[0] * UNIT_PRICE);
}

/* The price of an item; 0 when it does not come in time. */
static uint32_t price_of(struct ob_actor *self, uint32_t item)
{
    struct ob_process_task task = ob_process_task_async(self, "fetch", item);

    if (ob_variant(self) == RECEIVED) { /* whatever result comes */
        const struct ob_message *result =
            ob_receive_for(self, TIMEOUT_US, TASK + OB_PROCESS_TASK_RESULT);
        return result ? result->args[0] : 0;
    }
    if (ob_variant(self) == AWAITED)
        return ob_process_task_await(self, task, TIMEOUT_US);
    struct ob_process_task_result result = ob_process_task_yield(self, task, TIMEOUT_US);
    if (result.end == OB_PROCESS_TASK_RUNNING)
        result = ob_process_task_shutdown(self, task, KILL_US);
    return result.end == OB_PROCESS_TASK_OK ? result.value : 0;
}

static void buy(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *question = ob_receive(self, QUESTION);
        uint32_t item = question->args[0];
        uint32_t price = price_of(self, item);
        OB_INVARIANT(ob_world(self), price_is_of_item, price == 0 || price == item * UNIT_PRICE,
                     "item %u has the price %u", item, price);
        ob_reply(self, question, ANSWER, price);
    }
}

struct client {
    uint32_t asked;
    uint32_t answered;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == ANSWER) {
        client->answered++;
    } else if (client->asked < QUESTIONS) {
        client->asked++;
        ob_send(self, "buyer", QUESTION, message->args[0]);
    }
}

static void check_quiescent(struct ob_world *world)
{
    const struct client *client = ob_state(ob_actor(world, "client"));

    OB_INVARIANT(world, all_are_answered, client->answered == client->asked,
                 "%u of %u questions are answered", client->answered, client->asked);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "client")))
        return;
    const struct client *client = ob_state(actor);
    ob_describe(text, "%u of %u answered", client->answered, client->asked);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_spawn_process(world, "buyer", buy, 0);
    ob_process_task_spawn(world, "fetch", QUESTIONS, fetch, TASK);
    ob_spawn(world, "shop", shop_receive, 0);
    ob_link(world, "shop", "fetch", (struct ob_link){.latency_us = 1000, .latency_us_max = 60000});
}

OB_TARGET(quotes, .summary = "a buyer has prices fetched by tasks, and does not wait for ever",
          .variants = {[RECEIVED] = "received", [AWAITED] = "awaited", [SHUT_DOWN] = "shut_down"},
          .fails = {[RECEIVED] = true, [AWAITED] = true},
          .messages = {[WANT] = {.name = "want", .to = "client", .args = {{"item", 1, 9}}},
                       [QUESTION] = {.name = "question", .args = {{.name = "item"}}},
                       [ANSWER] = {.name = "answer", .args = {{.name = "price"}}},
                       [PRICE] = {.name = "price", .args = {{.name = "item"}}},
                       [PRICED] = {.name = "priced", .args = {{.name = "price"}}},
                       OB_PROCESS_TASK_MESSAGES(TASK)},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
