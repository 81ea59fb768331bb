/* A message that gets lost: a car that leaves a charging point says so once, over a network that
 * loses messages. The point stays taken. */
#include <offbeat/offbeat.h>

#define AGAIN_US 200000
#define ATTEMPTS 8 /* then the driver is asked to call for help */

enum variant { RACY, CONFIRMED };
enum kind { PLUG, UNPLUG, TAKE, FREE, FREED, AGAIN };
enum state { AWAY, CHARGES, LEAVES };

struct car {
    enum state state;
    uint32_t stay; /* counts them */
    uint32_t attempts;
    uint32_t timer;
};
struct point {
    uint32_t stay; /* of the car that it takes for present, 0 for none */
};

static void say_free(struct ob_actor *self, struct car *car)
{
    if (car->attempts++ == ATTEMPTS)
        return;
    ob_send(self, "point", FREE, car->stay);
    if (ob_variant(self) == CONFIRMED)
        car->timer = ob_timer_start(self, AGAIN_US, AGAIN, 0);
    else
        car->state = AWAY;
}

static void car_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct car *car = ob_state(self);

    switch (message->kind) {
    case PLUG: /* by cable: this does not get lost */
        if (car->state != AWAY)
            break;
        car->state = CHARGES;
        ob_send(self, "cable", TAKE, ++car->stay);
        break;
    case UNPLUG:
        if (car->state != CHARGES)
            break;
        car->state = LEAVES;
        car->attempts = 0;
        say_free(self, car);
        break;
    case FREED:
        if (car->state != LEAVES || message->args[0] != car->stay)
            break;
        ob_timer_cancel(self, car->timer);
        car->state = AWAY;
        break;
    default:
        say_free(self, car);
        break;
    }
    ob_declare_state(self, car->state);
}

static void point_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct point *point = ob_state(self);

    if (message->kind == TAKE) {
        point->stay = message->args[0];
        return;
    }
    if (point->stay == message->args[0])
        point->stay = 0;
    ob_send(self, "car", FREED, message->args[0]);
}

static void check_quiescent(struct ob_world *world)
{
    const struct car *car = ob_state(ob_actor(world, "car"));
    const struct point *point = ob_state(ob_actor(world, "point"));

    OB_INVARIANT(world, empty_point_is_free, car->state != AWAY || point->stay == 0,
                 "the car is away, and the point is taken by stay %u", point->stay);
}

static void setup(struct ob_world *world)
{
    const struct ob_link radio = {.latency_us = 30000, .latency_us_max = 400000, .lossy = true};

    ob_spawn(world, "car", car_receive, sizeof(struct car));
    ob_spawn_forwarder(world, "cable", "point");
    ob_spawn(world, "point", point_receive, sizeof(struct point));
    ob_link(world, "car", "point", radio);
    ob_link(world, "point", "car", radio);
}

OB_TARGET(charger, .summary = "the news that a charging point is free gets lost",
          .variants = {[RACY] = "racy", [CONFIRMED] = "confirmed"}, .fails = {[RACY] = true},
          .messages =
              {
                  [PLUG] = {.name = "plug", .to = "car"},
                  [UNPLUG] = {.name = "unplug", .to = "car"},
                  [TAKE] = {.name = "take", .args = {{.name = "stay"}}},
                  [FREE] = {.name = "free", .args = {{.name = "stay"}}},
                  [FREED] = {.name = "freed", .args = {{.name = "stay"}}},
                  [AGAIN] = {.name = "again"},
              },
          .setup = setup, .check_quiescent = check_quiescent);
