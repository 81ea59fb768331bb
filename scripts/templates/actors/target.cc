// A lamp that is switched by radio: a beginning, to be replaced by a model of your own system.
// Two switchings may overtake each other, and the lamp then shows the older one. The repaired lamp
// takes no notice of what is older than what it has.
#include <offbeat/offbeat.h>

namespace
{

enum variant { RACY, REPAIRED };
enum kind { PRESS, SWITCH };

struct Remote {
    uint32_t presses;
    uint32_t wanted; // 1 for on
};

class Lamp
{
    uint32_t newest; // the number of the press that it shows
    uint32_t on;

  public:
    void show(uint32_t number, uint32_t wanted)
    {
        newest = number;
        on = wanted;
    }
    bool knows(uint32_t number) const
    {
        return number < newest;
    }
    bool is(uint32_t wanted) const
    {
        return on == wanted;
    }
};

void remote_receive(struct ob_actor *self, const struct ob_message *message)
{
    auto *remote = static_cast<Remote *>(ob_state(self));

    remote->presses++;
    remote->wanted = message->args[0];
    ob_send(self, "lamp", SWITCH, remote->presses, remote->wanted);
}

void lamp_receive(struct ob_actor *self, const struct ob_message *message)
{
    auto *lamp = static_cast<Lamp *>(ob_state(self));

    if (ob_variant(self) == RACY || !lamp->knows(message->args[0]))
        lamp->show(message->args[0], message->args[1]);
}

void check(struct ob_world *world)
{
    const auto *remote = static_cast<Remote *>(ob_state(ob_actor(world, "remote")));
    const auto *lamp = static_cast<Lamp *>(ob_state(ob_actor(world, "lamp")));

    OB_INVARIANT(world, lamp_shows_last_press, lamp->is(remote->wanted), "after %u presses",
                 remote->presses);
}

void set_up(struct ob_world *world)
{
    ob_spawn(world, "remote", remote_receive, sizeof(Remote));
    ob_spawn(world, "lamp", lamp_receive, sizeof(Lamp));
    ob_link(world, "remote", "lamp", {.unordered = true});
}

} // namespace

OB_TARGET(template_target, .summary = "a lamp that is switched by radio",
          .variants = {"racy", "repaired"}, .fails = {true},
          .messages = {{.name = "press", .to = "remote", .args = {{"on", 0, 1}}},
                       {.name = "switch", .args = {{"number"}, {"on"}}}},
          .setup = set_up, .check_quiescent = check);
