/* Two customers of a shop that has one left. */
#include <offbeat/host.h>

enum variant { RACY, CHECKED };
enum kind { STOCK, BUY, ANSWER };

OB_PROGRAM(server);
OB_PROGRAM(client);

static void setup(struct ob_world *world)
{
    bool checks = ob_world_variant(world) == CHECKED;
    ob_host(world, "shop", &server,
            (struct ob_host){.argv = {"server", checks ? "--check" : NULL}});
    ob_host_many(world, "customer", 2, &client, (struct ob_host){.argv = {"client", "shop"}});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 200, .latency_us_max = 20000});
    ob_link(world, "customer.1", "shop",
            (struct ob_link){.latency_us = 3000, .latency_us_max = 20000});
}

static void check_quiescent(struct ob_world *world)
{
    int first = 1;
    int second = 1;
    bool ended =
        ob_host_exited(world, "customer.0", &first) && ob_host_exited(world, "customer.1", &second);
    OB_INVARIANT(world, customers_end, ended && first < 2 && second < 2);
    OB_INVARIANT(world, sold_once, first + second > 0, "both customers have bought the last one");
}

static unsigned name_bytes(const struct ob_message *message)
{
    switch (message->bytes[0]) {
    case 's':
        return message->size == 6 ? STOCK : ANSWER; /* "stock" and a newline, or "sold, ..." */
    case 'b':
        return BUY;
    default:
        return ANSWER;
    }
}

static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    if (message->kind <= ANSWER)
        ob_describe(text, "%.*s", message->size - 1, (const char *)message->bytes);
}

OB_TARGET(shop, .summary = "two customers of a shop that has one left",
          .variants = {[RACY] = "racy", [CHECKED] = "checked"}, .fails = {[RACY] = true},
          .messages =
              {[STOCK] = {.name = "stock"}, [BUY] = {.name = "buy"}, [ANSWER] = {.name = "answer"}},
          .setup = setup, .check_quiescent = check_quiescent, .name_bytes = name_bytes,
          .describe_message = describe_message);
