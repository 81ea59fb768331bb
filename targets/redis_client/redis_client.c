/* Two programs over TCP: an application on hiredis and libevent, and the server that it asks. */
#include <ctype.h>
#include <offbeat/host.h>
#include <string.h>

enum variant { RACY, REPAIRED };

enum kind { SET, GET, REPLY };

/* A part of a message. */
struct word {
    const char *bytes;
    size_t length;
};

OB_PROGRAM(redis_server);
OB_PROGRAM(redis_application);

static void setup(struct ob_world *world)
{
    bool keeps = ob_world_variant(world) == REPAIRED;
    ob_host(world, "redis", &redis_server, (struct ob_host){.argv = {"redis", "6379"}});
    ob_host(world, "app", &redis_application,
            (struct ob_host){.argv = {"app", "redis", keeps ? "--keep" : NULL}});
    /* A request and its answer take 0.4 ms, and 30 ms at the worst: more than the 20 ms after
     * which the application gives up. */
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 200, .latency_us_max = 15000});
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    OB_INVARIANT(world, application_ends, ob_host_exited(world, "app", &code) && code == 0,
                 "the application has not ended, or with %d", code);
}

/* -- what the parties say to each other, in their own words: RESP -- */

/* Takes the next `$LENGTH\r\nBYTES\r\n`, if it is there as a whole. */
static bool take_word(const struct ob_message *message, size_t *at, struct word *word)
{
    size_t next = *at;
    size_t length = 0;
    if (next == message->size || message->bytes[next++] != '$')
        return false;
    for (; next < message->size && isdigit(message->bytes[next]) && length < message->size; next++)
        length = 10 * length + (size_t)(message->bytes[next] - '0');
    next += 2;
    if (next + length + 2 > message->size)
        return false;
    *word = (struct word){(const char *)message->bytes + next, length};
    *at = next + length + 2;
    return true;
}

/* Where the first word of a command begins; 0: this is not the beginning of one. */
static size_t skip_count(const struct ob_message *message)
{
    const char *bytes = (const char *)message->bytes;
    return message->size > 4 && bytes[0] == '*' && bytes[2] == '\r' ? 4 : 0;
}

static unsigned name_bytes(const struct ob_message *message)
{
    struct word command;
    size_t at = skip_count(message);
    if (at == 0)
        return memchr("+-$", message->bytes[0], 3) ? REPLY : message->kind;
    if (!take_word(message, &at, &command) || command.length != 3)
        return message->kind;
    if (memcmp(command.bytes, "GET", 3) == 0)
        return GET;
    return memcmp(command.bytes, "SET", 3) == 0 ? SET : message->kind;
}

static size_t line_length(const struct ob_message *message)
{
    const uint8_t *end = memchr(message->bytes, '\r', message->size);
    return end ? (size_t)(end - message->bytes) : message->size;
}

static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    struct word word;
    size_t at = message->kind == REPLY ? 0 : skip_count(message);
    if (message->kind > REPLY)
        return;
    if (message->kind == REPLY && message->bytes[0] != '$')
        ob_describe(text, "%.*s", (int)line_length(message), (const char *)message->bytes);
    else if (message->kind != REPLY)
        (void)take_word(message, &at, &word); /* the name of its kind says that */
    for (const char *blank = ""; take_word(message, &at, &word); blank = " ")
        ob_describe(text, "%s%.*s", blank, (int)word.length, word.bytes);
}

OB_TARGET(
    redis_client, .summary = "an application on hiredis gives up requests whose answers still come",
    .variants = {[RACY] = "racy", [REPAIRED] = "repaired"}, .fails = {[RACY] = true},
    .messages = {[SET] = {.name = "SET"}, [GET] = {.name = "GET"}, [REPLY] = {.name = "reply"}},
    .setup = setup, .check_quiescent = check_quiescent, .name_bytes = name_bytes,
    .describe_message = describe_message);
