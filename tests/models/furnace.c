/* Two late hops before a deadline: a safety controller asks a sensor for its temperature and shuts
 * the furnace down when no answer comes within a second. Neither the question nor the answer alone
 * can be so late; both together can. */
#include <offbeat/offbeat.h>

#define HOP_US_MAX 600000

enum variant { RACY, PATIENT };
enum kind { POLL, ASK, TEMPERATURE, DEADLINE };
enum state { RUNS, ASKS, SHUT_DOWN };

struct controller {
    enum state state;
    uint32_t timer;
};

static void enter(struct ob_actor *self, struct controller *controller, enum state state)
{
    controller->state = state;
    ob_declare_state(self, state);
}

static void controller_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct controller *controller = ob_state(self);
    uint32_t patience_us = ob_variant(self) == RACY ? 1000000 : 2 * HOP_US_MAX + 1;

    switch (message->kind) {
    case POLL:
        if (controller->state != RUNS)
            break;
        ob_send(self, "sensor", ASK);
        controller->timer = ob_timer_start(self, patience_us, DEADLINE, 0);
        enter(self, controller, ASKS);
        break;
    case TEMPERATURE:
        if (controller->state != ASKS)
            break;
        ob_timer_cancel(self, controller->timer);
        enter(self, controller, RUNS);
        break;
    default:
        enter(self, controller, SHUT_DOWN);
        break;
    }
}

static void sensor_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, TEMPERATURE, 180);
}

/* The sensor never fails here. */
static void check(struct ob_world *world)
{
    const struct controller *controller = ob_state(ob_actor(world, "controller"));

    OB_INVARIANT(world, runs_while_sensor_answers, controller->state != SHUT_DOWN,
                 "the furnace is shut down, and the sensor is sound");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const names[] = {"runs", "asks", "shut down"};

    if (actor == ob_actor(ob_world(actor), "controller"))
        ob_describe(text, "%s", names[((const struct controller *)ob_state(actor))->state]);
}

static void setup(struct ob_world *world)
{
    const struct ob_link bus = {.latency_us = 2000, .latency_us_max = HOP_US_MAX};

    ob_spawn(world, "controller", controller_receive, sizeof(struct controller));
    ob_spawn(world, "sensor", sensor_receive, 0);
    ob_link(world, "controller", "sensor", bus);
    ob_link(world, "sensor", "controller", bus);
}

OB_TARGET(furnace, .summary = "a deadline that two late hops miss together",
          .variants = {[RACY] = "racy", [PATIENT] = "patient"}, .fails = {[RACY] = true},
          .messages =
              {
                  [POLL] = {.name = "poll", .to = "controller"},
                  [ASK] = {.name = "ask"},
                  [TEMPERATURE] = {.name = "temperature", .args = {{.name = "degrees"}}},
                  [DEADLINE] = {.name = "deadline"},
              },
          .setup = setup, .check = check, .describe = describe);
