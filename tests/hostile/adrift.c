/* Targets whose runs differ: by a variable, by random numbers, by a clock, each of the process. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <offbeat/offbeat.h>

enum variant { VARIABLE, RANDOM, CLOCK, PAYLOAD };
enum kind { ASK, TELL };

static unsigned served; /* outside of the world */

static unsigned draw(const struct ob_actor *self)
{
    struct timespec now = {0};

    switch (ob_variant(self)) {
    case RANDOM:
        return (unsigned)rand();
    case CLOCK:
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (unsigned)now.tv_nsec;
    default:
        return ++served;
    }
}

static void clerk_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned number = message->kind == ASK ? draw(self) : 0;

    if (message->kind == ASK && ob_variant(self) == PAYLOAD)
        ob_send_bytes(self, "desk", &number, sizeof number, TELL);
    else if (message->kind == ASK)
        ob_send(self, "desk", TELL, number);
}

static void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "clerk", clerk_receive, 0);
    ob_spawn(world, "desk", desk_receive, 0);
}

OB_TARGET(
    adrift, .summary = "runs that differ",
    .variants =
        {[VARIABLE] = "variable", [RANDOM] = "random", [CLOCK] = "clock", [PAYLOAD] = "payload"},
    .messages = {[ASK] = {.name = "ask", .to = "clerk"},
                 [TELL] = {.name = "tell", .args = {{.name = "number"}}}},
    .setup = setup);
