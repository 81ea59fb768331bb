/* Back-pressure: agents ship log lines to a collector that tells them to pause when its buffer is
 * full. What they have sent until they hear of it finds no room. */
#include <offbeat/offbeat.h>

#define AGENTS 2
#define LINES 12
#define ROOM 4
#define WRITE_US 10000

enum variant { RACY, CREDITS };
enum kind { LOG, LINE, PAUSE, RESUME, CREDIT, WRITTEN };

struct agent {
    uint32_t waiting; /* lines that were not sent yet */
    uint32_t logged;
    bool paused;
    uint32_t sent; /* and not yet credited */
};
struct collector {
    uint32_t senders[ROOM]; /* whose lines are in the buffer, the oldest first */
    uint32_t count;
    uint32_t lost;
    bool paused;
};

static void agent_send(struct ob_actor *self, struct agent *agent)
{
    bool credits = ob_variant(self) == CREDITS;

    while (agent->waiting > 0 && (credits ? agent->sent < ROOM / AGENTS : !agent->paused)) {
        agent->waiting--;
        agent->sent++;
        ob_send(self, "collector", LINE);
    }
}

static void agent_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct agent *agent = ob_state(self);

    switch (message->kind) {
    case LOG:
        if (agent->logged == LINES)
            break;
        agent->logged++;
        agent->waiting++;
        break;
    case CREDIT:
        agent->sent--;
        break;
    default:
        agent->paused = message->kind == PAUSE;
        break;
    }
    ob_declare_state(self, agent->paused);
    agent_send(self, agent);
}

static void tell_agents(struct ob_actor *self, struct collector *collector, bool pause)
{
    collector->paused = pause;
    for (unsigned id = 1; id <= AGENTS; id++)
        ob_send_to(self, id, pause ? PAUSE : RESUME);
}

static void collector_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct collector *collector = ob_state(self);
    bool credits = ob_variant(self) == CREDITS;

    if (message->kind == LINE) {
        if (collector->count == ROOM) {
            collector->lost++;
            return;
        }
        if (collector->count == 0)
            ob_timer_start(self, WRITE_US, WRITTEN, 0);
        collector->senders[collector->count++] = message->from;
        if (!credits && collector->count == ROOM && !collector->paused)
            tell_agents(self, collector, true);
        return;
    }
    if (credits)
        ob_send_to(self, collector->senders[0], CREDIT);
    collector->count--;
    for (unsigned at = 0; at < collector->count; at++)
        collector->senders[at] = collector->senders[at + 1];
    if (collector->paused && collector->count <= ROOM / 2)
        tell_agents(self, collector, false);
    if (collector->count > 0)
        ob_timer_start(self, WRITE_US, WRITTEN, 0);
}

static void check(struct ob_world *world)
{
    const struct collector *collector = ob_state(ob_actor(world, "collector"));

    OB_INVARIANT(world, no_line_is_lost, collector->lost == 0, "%u lines are lost",
                 collector->lost);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct collector *collector = ob_state(actor);

    if (ob_id(actor) > AGENTS)
        ob_describe(text, "%u of %u in the buffer%s", collector->count, ROOM,
                    collector->paused ? ", paused" : "");
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "agent", AGENTS, agent_receive, sizeof(struct agent));
    ob_spawn(world, "collector", collector_receive, sizeof(struct collector));
}

OB_TARGET(shipper, .summary = "a full buffer asks for a pause that comes too late",
          .variants = {[RACY] = "racy", [CREDITS] = "credits"}, .fails = {[RACY] = true},
          .messages =
              {
                  [LOG] = {.name = "log", .to = "agent"},
                  [LINE] = {.name = "line"},
                  [PAUSE] = {.name = "pause"},
                  [RESUME] = {.name = "resume"},
                  [CREDIT] = {.name = "credit"},
                  [WRITTEN] = {.name = "written"},
              },
          .setup = setup, .check = check, .describe = describe);
