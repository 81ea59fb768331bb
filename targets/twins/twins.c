/* A service runs on two nodes, and one of them leads. See README.md for what goes wrong. */
#include <offbeat/node.h>

#define SILENCE_US 8000
#define CUT_US_MAX 60000
#define SETTLE_US 16000

enum variant { STAYS, STEPS_DOWN, FENCED };
enum kind { WRITE, MEET, APPEND, NODE, KINDS = NODE + OB_NODE_KINDS };

struct twin {
    uint32_t term; /* the newest that it knows of */
    bool leads;
};

static bool is_first(const struct ob_actor *self)
{
    return ob_index(self) == 0;
}

/* Terms of the first one are odd, of the second one even. */
static void lead(const struct ob_actor *self, struct twin *twin)
{
    twin->term += twin->term % 2 == is_first(self) ? 2 : 1;
    twin->leads = true;
}

static void start(struct ob_actor *self)
{
    struct twin *twin = ob_state(self);
    if (is_first(self))
        lead(self, twin);
}

/* The other node is taken for down: who follows leads from now on. */
static void lose(struct ob_actor *self, struct twin *twin)
{
    if (!twin->leads)
        lead(self, twin);
    else if (ob_variant(self) != STAYS)
        twin->leads = false; /* it may be the one that is cut off */
}

/* What the other one knows. The newest leader goes on; where there is none, the first one leads. */
static void meet(struct ob_actor *self, struct twin *twin, uint32_t term, bool leads)
{
    if (term > twin->term) {
        twin->term = term;
        twin->leads = false;
    }
    if (!leads && !twin->leads && is_first(self))
        lead(self, twin);
}

static void twin_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct twin *twin = ob_state(self);

    switch (message->kind) {
    case WRITE:
        if (twin->leads)
            ob_send(self, "disk", APPEND, twin->term);
        break;
    case MEET:
        meet(self, twin, message->args[0], message->args[1]);
        break;
    case NODE + OB_NODE_DOWN:
        lose(self, twin);
        break;
    case NODE + OB_NODE_UP:
        ob_send_all(self, "twin", MEET, twin->term, twin->leads);
        break;
    default:
        break;
    }
}

/* A disk that both can reach. */
static void disk_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *newest = ob_state(self);
    uint32_t term = message->args[0];

    if (term < *newest && ob_variant(self) == FENCED)
        return;
    OB_INVARIANT(ob_world(self), writes_in_order, term >= *newest,
                 "the leader of term %u writes after that of term %u has", term, *newest);
    *newest = term;
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "disk"))) {
        ob_describe(text, "written in term %u", *(const uint32_t *)ob_state(actor));
    } else if (ob_id(actor) == ob_id(ob_actor(world, "a")) ||
               ob_id(actor) == ob_id(ob_actor(world, "b"))) {
        ob_describe(text, ob_node_is_connected(actor) ? "connected" : "not connected");
    } else {
        const struct twin *twin = ob_state(actor);
        ob_describe(text, twin->leads ? "leads in term %u" : "follows in term %u", twin->term);
    }
}

static const struct ob_node_spec nodes[] = {
    {.peer = "b", .members = {"twin.0"}, .silence_us = SILENCE_US, .first_kind = NODE},
    {.peer = "a", .members = {"twin.1"}, .silence_us = SILENCE_US, .first_kind = NODE},
};

static void link_both(struct ob_world *world, const char *one, const char *other)
{
    const struct ob_link network = {
        .latency_us = 500, .latency_us_max = 1500, .partition_us_max = CUT_US_MAX};
    ob_link(world, one, other, network);
    ob_link(world, other, one, network);
}

static void setup(struct ob_world *world)
{
    ob_node_spawn(world, "a", &nodes[0]);
    ob_node_spawn(world, "b", &nodes[1]);
    ob_on_start(ob_spawn_many(world, "twin", 2, twin_receive, sizeof(struct twin)), start);
    ob_spawn(world, "disk", disk_receive, sizeof(uint32_t));
    link_both(world, "a", "b");
    link_both(world, "twin.0", "twin.1");
}

OB_TARGET(twins, .summary = "a service runs on two nodes, and one of them leads",
          .variants = {[STAYS] = "stays", [STEPS_DOWN] = "steps_down", [FENCED] = "fenced"},
          .fails = {[STAYS] = true, [STEPS_DOWN] = true},
          .messages = {[WRITE] = {.name = "write", .to = "twin"},
                       [MEET] = {.name = "meet", .args = {{.name = "term"}, {.name = "leads"}}},
                       [APPEND] = {.name = "append", .args = {{.name = "term"}}},
                       OB_NODE_MESSAGES(NODE)},
          .setup = setup, .describe = describe, .settle_us = SETTLE_US);
