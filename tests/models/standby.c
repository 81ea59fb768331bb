/* A partition: a standby takes over when it has heard no heartbeat for three seconds. The active
 * one may only be cut off; then both are active. With step_down, one whose heartbeats are not
 * answered stops first. */
#include <offbeat/offbeat.h>

#define BEAT_US 1000000
#define BEATS 16 /* then the first one has its rest */
#define STEP_DOWN_US 1800000
#define TAKE_OVER_US 3000000

enum variant { RACY, STEP_DOWN };
enum kind { REQUEST, BEAT, ALIVE, HEARTBEAT, TAKE_OVER, GIVE_UP };

struct node {
    bool active;
    uint32_t beats;
    uint32_t timer; /* of TAKE_OVER or GIVE_UP */
};

static void watch(struct ob_actor *self, struct node *node, uint32_t after_us, enum kind kind)
{
    ob_timer_cancel(self, node->timer);
    node->timer = ob_timer_start(self, after_us, kind, 0);
}

static void beat(struct ob_actor *self, struct node *node)
{
    if (node->beats++ == BEATS)
        node->active = false;
    if (!node->active)
        return;
    ob_send(self, "second", HEARTBEAT);
    ob_timer_start(self, BEAT_US, BEAT, 0);
}

static void start_first(struct ob_actor *self)
{
    struct node *node = ob_state(self);

    node->active = true;
    if (ob_variant(self) == STEP_DOWN)
        watch(self, node, STEP_DOWN_US, GIVE_UP);
    beat(self, node);
}

static void first_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct node *node = ob_state(self);

    switch (message->kind) {
    case BEAT:
        beat(self, node);
        break;
    case ALIVE: /* the other one has heard of this at most half a round trip ago */
        if (node->active && ob_variant(self) == STEP_DOWN)
            watch(self, node, STEP_DOWN_US, GIVE_UP);
        break;
    case GIVE_UP:
        node->active = false;
        break;
    default:
        break;
    }
    ob_declare_state(self, node->active);
}

static void start_second(struct ob_actor *self)
{
    watch(self, ob_state(self), TAKE_OVER_US, TAKE_OVER);
}

static void second_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct node *node = ob_state(self);

    if (message->kind == TAKE_OVER) {
        node->active = true;
    } else if (!node->active) {
        watch(self, node, TAKE_OVER_US, TAKE_OVER);
        ob_reply(self, message, ALIVE);
    }
    ob_declare_state(self, node->active);
}

static void check(struct ob_world *world)
{
    const struct node *first = ob_state(ob_actor(world, "first"));
    const struct node *second = ob_state(ob_actor(world, "second"));

    OB_INVARIANT(world, one_is_active, !first->active || !second->active, "both are active");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    ob_describe(text, "%s", ((const struct node *)ob_state(actor))->active ? "active" : "passive");
}

static void setup(struct ob_world *world)
{
    const struct ob_link line = {
        .latency_us = 1000, .latency_us_max = 500000, .partition_us_max = 10000000, .lossy = true};

    ob_on_start(ob_spawn(world, "first", first_receive, sizeof(struct node)), start_first);
    ob_on_start(ob_spawn(world, "second", second_receive, sizeof(struct node)), start_second);
    ob_link(world, "first", "second", line);
    ob_link(world, "second", "first", line);
}

OB_TARGET(standby, .summary = "a partition makes two nodes active",
          .variants = {[RACY] = "racy", [STEP_DOWN] = "step_down"}, .fails = {[RACY] = true},
          .messages =
              {
                  [REQUEST] = {.name = "request", .to = "first"},
                  [BEAT] = {.name = "beat"},
                  [ALIVE] = {.name = "alive"},
                  [HEARTBEAT] = {.name = "heartbeat"},
                  [TAKE_OVER] = {.name = "take_over"},
                  [GIVE_UP] = {.name = "give_up"},
              },
          .setup = setup, .check = check, .describe = describe);
