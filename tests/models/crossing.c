/* An invariant over two actors: a controller switches two lights of a crossing. It tells one to
 * stop and the other to go at the same time, and the second order may arrive first. */
#include <offbeat/offbeat.h>

enum variant { RACY, CONFIRMED };
enum kind { SWITCH, STOP, GO, STOPPED };
enum direction { NORTH, EAST };

struct controller {
    enum direction goes; /* who has green, or gets it next */
    bool switching;
};
struct light {
    bool green;
};

static const char *const lights[] = {[NORTH] = "north", [EAST] = "east"};

static void controller_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct controller *controller = ob_state(self);

    if (message->kind == STOPPED) {
        ob_send(self, lights[controller->goes], GO);
        controller->switching = false;
        return;
    }
    if (controller->switching)
        return;
    ob_send(self, lights[controller->goes], STOP);
    controller->goes = controller->goes == NORTH ? EAST : NORTH;
    if (ob_variant(self) == CONFIRMED)
        controller->switching = true;
    else
        ob_send(self, lights[controller->goes], GO);
}

static void light_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct light *light = ob_state(self);

    light->green = message->kind == GO;
    if (message->kind == STOP && ob_variant(self) == CONFIRMED)
        ob_reply(self, message, STOPPED);
}

static void start_green(struct ob_actor *self)
{
    struct light *light = ob_state(self);

    light->green = true;
}

static void check(struct ob_world *world)
{
    const struct light *north = ob_state(ob_actor(world, "north"));
    const struct light *east = ob_state(ob_actor(world, "east"));

    OB_INVARIANT(world, one_direction_goes, !north->green || !east->green,
                 "both directions have green");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (actor != ob_actor(ob_world(actor), "controller"))
        ob_describe(text, "%s", ((const struct light *)ob_state(actor))->green ? "green" : "red");
}

static void setup(struct ob_world *world)
{
    const struct ob_link cable = {.latency_us = 1000, .latency_us_max = 200000};

    ob_spawn(world, "controller", controller_receive, sizeof(struct controller));
    ob_on_start(ob_spawn(world, "north", light_receive, sizeof(struct light)), start_green);
    ob_spawn(world, "east", light_receive, sizeof(struct light));
    ob_link(world, "controller", "*", cable);
}

OB_TARGET(crossing, .summary = "two lights of a crossing are green at one time",
          .variants = {[RACY] = "racy", [CONFIRMED] = "confirmed"}, .fails = {[RACY] = true},
          .messages =
              {
                  [SWITCH] = {.name = "switch", .to = "controller"},
                  [STOP] = {.name = "stop"},
                  [GO] = {.name = "go"},
                  [STOPPED] = {.name = "stopped"},
              },
          .setup = setup, .check = check, .describe = describe);
