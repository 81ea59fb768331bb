/* A handshake for exactly once: a device publishes a reading, the broker says that it has received
 * it, the device releases its number, and the broker forgets it. A device that has heard nothing
 * for a second sends the reading itself again, though the broker had received it: it counts twice.
 */
#include <offbeat/offbeat.h>

#define READINGS 16
#define RESEND_US 1000000

enum variant { RACY, RESENDS_RELEASE };
enum kind { MEASURE, PUBLISH, RECEIVED, RELEASE, COMPLETE, RESEND };
enum state { IDLE, PUBLISHED, RELEASED };

struct device {
    enum state state;
    uint32_t number; /* of the reading under way, or of the last one */
    uint32_t timer;
};
struct broker {
    uint32_t open; /* the number that it remembers, 0 for none */
    uint32_t counts[READINGS + 1];
};

static void send_step(struct ob_actor *self, struct device *device)
{
    bool release = device->state == RELEASED && ob_variant(self) == RESENDS_RELEASE;

    ob_send(self, "broker", release ? RELEASE : PUBLISH, device->number);
    device->timer = ob_timer_start(self, RESEND_US, RESEND, 0);
}

static void enter(struct ob_actor *self, struct device *device, enum state state)
{
    device->state = state;
    ob_declare_state(self, state);
}

static void device_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct device *device = ob_state(self);

    switch (message->kind) {
    case MEASURE:
        if (device->state != IDLE || device->number == READINGS)
            break;
        device->number++;
        enter(self, device, PUBLISHED);
        send_step(self, device);
        break;
    case RECEIVED:
        if (device->state != PUBLISHED || message->args[0] != device->number)
            break;
        ob_timer_cancel(self, device->timer);
        enter(self, device, RELEASED);
        ob_send(self, "broker", RELEASE, device->number);
        device->timer = ob_timer_start(self, RESEND_US, RESEND, 0);
        break;
    case COMPLETE:
        if (device->state != RELEASED || message->args[0] != device->number)
            break;
        ob_timer_cancel(self, device->timer);
        enter(self, device, IDLE);
        break;
    default:
        send_step(self, device);
        break;
    }
}

static void broker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct broker *broker = ob_state(self);
    uint32_t number = message->args[0];

    if (message->kind == RELEASE) {
        broker->open = 0;
        ob_reply(self, message, COMPLETE, number);
        return;
    }
    if (broker->open != number)
        broker->counts[number]++;
    broker->open = number;
    ob_reply(self, message, RECEIVED, number);
}

static void check(struct ob_world *world)
{
    const struct broker *broker = ob_state(ob_actor(world, "broker"));

    for (unsigned number = 1; number <= READINGS; number++)
        OB_INVARIANT(world, reading_counts_once, broker->counts[number] <= 1,
                     "reading %u counts %u times", number, broker->counts[number]);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const names[] = {"idle", "published", "released"};
    const struct device *device = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "device"))
        ob_describe(text, "reading %u, %s", device->number, names[device->state]);
}

static void setup(struct ob_world *world)
{
    const struct ob_link radio = {.latency_us = 20000, .latency_us_max = 800000};

    ob_spawn(world, "device", device_receive, sizeof(struct device));
    ob_spawn(world, "broker", broker_receive, sizeof(struct broker));
    ob_link(world, "device", "broker", radio);
    ob_link(world, "broker", "device", radio);
}

OB_TARGET(telemetry, .summary = "a reading that is published again after its release",
          .variants = {[RACY] = "racy", [RESENDS_RELEASE] = "resends_release"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [MEASURE] = {.name = "measure", .to = "device"},
                  [PUBLISH] = {.name = "publish", .args = {{.name = "number"}}},
                  [RECEIVED] = {.name = "received", .args = {{.name = "number"}}},
                  [RELEASE] = {.name = "release", .args = {{.name = "number"}}},
                  [COMPLETE] = {.name = "complete", .args = {{.name = "number"}}},
                  [RESEND] = {.name = "resend"},
              },
          .setup = setup, .check = check, .describe = describe);
