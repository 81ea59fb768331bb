/* A target whose handlers call a shared library, which no run brings back. */
#include <offbeat/offbeat.h>

enum variant { FORGOTTEN, UNTOUCHED };
enum kind { ASK };

extern int outside_ask(void);

static void clerk_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    if (ob_variant(self) == FORGOTTEN)
        (void)outside_ask();
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "clerk", clerk_receive, 0);
}

OB_TARGET(outside, .summary = "a shared library outside of the world",
          .variants = {[FORGOTTEN] = "forgotten", [UNTOUCHED] = "untouched"},
          .messages = {[ASK] = {.name = "ask", .to = "clerk"}}, .setup = setup);
