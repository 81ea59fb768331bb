/* Two programs over TCP: an application on hiredis and libevent, and the server that it asks. */
#include <offbeat/host.h>

enum variant { RACY, REPAIRED };

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

/* What the parties say to each other, in their own words. */
static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    static const char *const starts[] = {"*3\r\n$3\r\nSET", "*2\r\n$3\r\nGET", "+OK", "$4\r\nblue"};
    static const char *const words[] = {"SET", "GET", "OK", "blue"};
    for (unsigned at = 0; at < 4; at++) {
        unsigned length = 0;
        while (starts[at][length] && length < message->size &&
               message->bytes[length] == (uint8_t)starts[at][length])
            length++;
        if (!starts[at][length])
            ob_describe(text, "%s", words[at]);
    }
}

OB_TARGET(redis_client,
          .summary = "an application on hiredis gives up requests whose answers still come",
          .variants = {[RACY] = "racy", [REPAIRED] = "repaired"}, .fails = {[RACY] = true},
          .setup = setup, .check_quiescent = check_quiescent, .describe_message = describe_message);
