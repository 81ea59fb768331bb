/*
 * A lamp that is switched by radio: a beginning, to be replaced by a model of your own system.
 * Two switchings may overtake each other, and the lamp then shows the older one. The repaired lamp
 * takes no notice of what is older than what it has.
 */
#include <offbeat/offbeat.h>

enum variant { RACY, REPAIRED };
enum kind { PRESS, SWITCH };

struct remote {
    uint32_t presses;
    uint32_t wanted; /* 1 for on */
};

struct lamp {
    uint32_t newest; /* the number of the press that it shows */
    uint32_t on;
};

static void remote_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct remote *remote = ob_state(self);

    remote->presses++;
    remote->wanted = message->args[0];
    ob_send(self, "lamp", SWITCH, remote->presses, remote->wanted);
}

static void lamp_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct lamp *lamp = ob_state(self);

    if (ob_variant(self) == REPAIRED && message->args[0] < lamp->newest)
        return;
    lamp->newest = message->args[0];
    lamp->on = message->args[1];
}

static void check(struct ob_world *world)
{
    const struct remote *remote = ob_state(ob_actor(world, "remote"));
    const struct lamp *lamp = ob_state(ob_actor(world, "lamp"));

    OB_INVARIANT(world, lamp_shows_last_press, lamp->on == remote->wanted,
                 "after %u presses it shows press %u", remote->presses, lamp->newest);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "remote", remote_receive, sizeof(struct remote));
    ob_spawn(world, "lamp", lamp_receive, sizeof(struct lamp));
    ob_link(world, "remote", "lamp", (struct ob_link){.unordered = true});
}

OB_TARGET(template_target, .summary = "a lamp that is switched by radio",
          .variants = {[RACY] = "racy", [REPAIRED] = "repaired"}, .fails = {[RACY] = true},
          .messages = {[PRESS] = {.name = "press", .to = "remote", .args = {{"on", 0, 1}}},
                       [SWITCH] = {.name = "switch", .args = {{"number"}, {"on"}}}},
          .setup = setup, .check_quiescent = check);
