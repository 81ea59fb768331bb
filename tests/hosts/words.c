/* The two clients and the server of tally.c, in the words of their protocol. */
#include <offbeat/host.h>
#include <string.h>

enum variant { RACY, UNKNOWN_KIND };
enum kind { GET, SET, VALUE, NO_KIND = 50 };

OB_PROGRAM(tally_server);
OB_PROGRAM(tally_client);
OB_PROGRAM(beacon);

static void setup(struct ob_world *world)
{
    ob_host(world, "db", &tally_server, (struct ob_host){.argv = {"server", "7000", "2"}});
    if (ob_world_variant(world) == UNKNOWN_KIND)
        ob_host(world, "app", &beacon, (struct ob_host){0});
    else
        ob_host_many(world, "client", 2, &tally_client,
                     (struct ob_host){.argv = {"client", "10.0.0.1", "set"}});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 20000});
}

static void check_quiescent(struct ob_world *world)
{
    OB_INVARIANT(world, no_update_is_lost, strcmp(ob_host_output(world, "db"), "tally 2\n") == 0);
}

static bool starts_with(const struct ob_message *message, const char *start)
{
    size_t length = strlen(start);
    return message->size >= length && memcmp(message->bytes, start, length) == 0;
}

static unsigned name_bytes(const struct ob_message *message)
{
    if (starts_with(message, "get"))
        return GET;
    if (starts_with(message, "set"))
        return SET;
    if (message->size && message->bytes[0] >= '0' && message->bytes[0] <= '9')
        return VALUE;
    return starts_with(message, "add") ? NO_KIND : message->kind;
}

static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    if (message->kind == SET || message->kind == VALUE)
        ob_describe(text, "%.*s", message->size - 1, (const char *)message->bytes);
}

OB_TARGET(
    words, .summary = "two clients of a server, whose bytes have names",
    .variants = {[RACY] = "racy", [UNKNOWN_KIND] = "unknown_kind"}, .fails = {[RACY] = true},
    .messages = {[GET] = {.name = "get"}, [SET] = {.name = "set"}, [VALUE] = {.name = "value"}},
    .setup = setup, .check_quiescent = check_quiescent, .name_bytes = name_bytes,
    .describe_message = describe_message);
