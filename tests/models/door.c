/* Session timeout: a lift's door closes five seconds after the light barrier was last crossed. The
 * barrier stops the timer and starts it anew, but a timeout that has fired while the motor was
 * asked waits in the mailbox, and then counts for the new five seconds. */
#include <offbeat/task.h>

#define OPEN_US 5000000

enum variant { RACY, GENERATION };
enum kind { BARRIER, BUTTON, EXPIRED, MOTOR, MOTOR_READY };

struct door {
    uint32_t timer;
    uint32_t generation;
    uint64_t crossed_us; /* when the barrier was crossed last */
    bool closed;
};

static void renew(struct ob_actor *self, struct door *door)
{
    ob_timer_cancel(self, door->timer);
    door->timer = ob_timer_start(self, OPEN_US, EXPIRED, ++door->generation);
    door->crossed_us = ob_now(self);
}

static void close_door(struct ob_actor *self, struct door *door)
{
    uint64_t open_us = ob_now(self) - door->crossed_us;

    OB_INVARIANT(ob_world(self), closes_when_free, open_us >= OPEN_US,
                 "the door closes %u us after somebody crossed the barrier", (unsigned)open_us);
    door->closed = true;
}

/* One message at a time: what comes while the motor is asked waits. */
static void run_door(struct ob_actor *self)
{
    struct door *door = ob_state(self);

    renew(self, door);
    for (;;) {
        const struct ob_message *message = ob_receive(self, BARRIER, BUTTON, EXPIRED);
        if (message->kind == EXPIRED) {
            bool is_current = message->args[0] == door->generation;
            if (!door->closed && (ob_variant(self) == RACY || is_current))
                close_door(self, door);
            continue;
        }
        ob_call(self, "motor", OB_FOREVER, MOTOR);
        if (door->closed && message->kind == BUTTON)
            door->closed = false;
        if (!door->closed)
            renew(self, door);
    }
}

static void motor_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, MOTOR_READY);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct door *door = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "door"))
        ob_describe(text, "%s, timeout %u", door->closed ? "closed" : "open", door->generation);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process(world, "door", run_door, sizeof(struct door));
    ob_spawn(world, "motor", motor_receive, 0);
    ob_link(world, "motor", "door",
            (struct ob_link){.latency_us = 50000, .latency_us_max = 400000});
}

OB_TARGET(door, .summary = "a door closes by a timeout that was stopped too late",
          .variants = {[RACY] = "racy", [GENERATION] = "generation"}, .fails = {[RACY] = true},
          .messages =
              {
                  [BARRIER] = {.name = "barrier", .to = "door"},
                  [BUTTON] = {.name = "button", .to = "door"},
                  [EXPIRED] = {.name = "expired", .args = {{.name = "generation"}}},
                  [MOTOR] = {.name = "motor"},
                  [MOTOR_READY] = {.name = "motor_ready"},
              },
          .setup = setup, .describe = describe);
