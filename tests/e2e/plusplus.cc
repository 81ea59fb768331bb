// A target in C++, with what C++ programs have: a class as state, a pattern's kinds, an oracle, a
// monitor. Two clients read a number, and write it back with one more.
#include <offbeat/agent.h>
#include <offbeat/monitor.h>
#include <offbeat/oracle.h>

namespace
{

enum kind { COUNT, READ, NUMBER, WRITE, AGENT };
enum variant { RACY, ATOMIC };

class Counter
{
    uint32_t number;
    uint32_t asked;

  public:
    void add()
    {
        number++;
        asked++;
    }
    uint32_t read()
    {
        asked++;
        return number;
    }
    void write(uint32_t value)
    {
        number = value;
    }
    uint32_t lost() const
    {
        return asked - number;
    }
};

void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    auto *counter = static_cast<Counter *>(ob_state(self));
    if (message->kind == WRITE)
        counter->write(message->args[0]);
    else if (ob_variant(self) == ATOMIC)
        counter->add();
    else
        ob_reply(self, message, NUMBER, counter->read());
}

void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == COUNT)
        ob_send(self, "counter", READ);
    else if (message->kind == NUMBER)
        ob_send_all(self, "counter", WRITE, message->args[0] + 1);
    else
        ob_unexpected(self, message);
}

enum { IDLE, COUNTING };

// How many reads have no write yet, of all clients together.
class Open
{
    int count;

  public:
    int add(int by)
    {
        return count += by;
    }
    int read() const
    {
        return count;
    }
};

void open_observe(struct ob_actor *self, const struct ob_sight *sight)
{
    auto *open = static_cast<Open *>(ob_state(self));
    int count = open->add(sight->message->kind == READ ? 1 : -1);
    OB_INVARIANT(ob_world(self), writes_were_reads, count >= 0, "%d", count);
    ob_declare_state(self, count > 0 ? COUNTING : IDLE);
}

void open_describe(const struct ob_actor *self, struct ob_text *text)
{
    ob_describe(text, "%d are open", static_cast<Open *>(ob_state(self))->read());
}

const struct ob_monitor_type open_type = {
    .name = "open",
    .state_size = sizeof(Open),
    .observe = open_observe,
    .sights = OB_SIGHT_BIT(OB_SAW_DELIVERED),
    .kinds = OB_KIND_BIT(READ) | OB_KIND_BIT(WRITE),
    .states = {{"idle", false}, {"counting", true}},
    .hot_us_max = 1000000,
    .hot_violates = OB_VIOLATES(every_read_is_written),
    .describe = open_describe,
};

void set_up(struct ob_world *world)
{
    ob_spawn(world, "counter", counter_receive, sizeof(Counter));
    ob_spawn_many(world, "client", 2, client_receive, 0);
    ob_link(world, "*", "counter", {.latency_us = 20, .latency_us_max = 2000});
    ob_link(world, "counter", "client", {.latency_us = 20, .in_sent_order = true});
    if (ob_world_variant(world) == RACY)
        ob_spawn_monitor(world, &open_type);
}

void check_quiescent(struct ob_world *world)
{
    auto *counter = static_cast<Counter *>(ob_state(ob_actor(world, "counter")));
    OB_INVARIANT(world, no_update_is_lost, counter->lost() == 0);
}

} // namespace

OB_TARGET(plusplus, .summary = "two clients count, in C++", .variants = {"racy", "atomic"},
          .fails = {true},
          .messages = {{.name = "count", .to = "client"},
                       {.name = "read"},
                       {.name = "number", .args = {{.name = "value"}}},
                       {.name = "write", .args = {{.name = "value"}}},
                       OB_AGENT_MESSAGES(AGENT)},
          .setup = set_up, .check_quiescent = check_quiescent,
          .oracles = OB_ORACLES(OB_DEADLOCK, OB_PROGRESS(1000000, 0)));
