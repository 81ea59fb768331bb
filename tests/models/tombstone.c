/* Periodic gossip: nodes tell each other once a second which services they know. One that was taken
 * off the list comes back with the gossip of a node that has not heard of it. */
#include <offbeat/offbeat.h>

#define NODES 3
#define ROUND_US 1000000

enum variant { RACY, TOMBSTONES };
enum kind { ADD, REMOVE, GOSSIP, ROUND };

struct node {
    bool listed;      /* whether the one service that counts here is on its list */
    uint32_t version; /* of what it knows; odd: the service is there */
    uint32_t removed; /* the highest version that it has seen removed */
};

static void tell(struct ob_actor *self, const struct node *node)
{
    bool tells_removal = ob_variant(self) == TOMBSTONES;

    if (!node->listed && !tells_removal)
        return; /* a list has no line for what is not there */
    for (unsigned id = 1; id <= NODES; id++)
        if (id != ob_id(self))
            ob_send_to(self, id, GOSSIP, node->version);
}

static void learn(struct ob_actor *self, struct node *node, uint32_t version)
{
    bool is_newer = version > node->version;

    if (ob_variant(self) == TOMBSTONES && !is_newer)
        return;
    if (is_newer)
        node->version = version;
    node->listed = version % 2 == 1;
    OB_INVARIANT(ob_world(self), removed_stays_removed, !node->listed || version > node->removed,
                 "the service is back in version %u, and was removed in version %u", version,
                 node->removed);
}

static void node_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct node *node = ob_state(self);

    switch (message->kind) {
    case ADD:
        if (!node->listed)
            learn(self, node, node->version + 1 + node->version % 2);
        break;
    case REMOVE:
        if (!node->listed)
            break;
        node->version += node->version % 2;
        node->removed = node->version;
        node->listed = false;
        break;
    case GOSSIP:
        learn(self, node, message->args[0]);
        break;
    default:
        tell(self, node);
        ob_timer_start(self, ROUND_US, ROUND, 0);
        break;
    }
    ob_declare_state(self, node->listed);
}

static void start(struct ob_actor *self)
{
    ob_timer_start(self, ROUND_US, ROUND, 0);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct node *node = ob_state(actor);

    ob_describe(text, "%s, version %u", node->listed ? "listed" : "not listed", node->version);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "node", NODES, node_receive, sizeof(struct node));
    for (unsigned id = 1; id <= NODES; id++)
        ob_on_start(ob_actor_with_id(world, id), start);
    ob_link(world, "node", "node", (struct ob_link){.latency_us = 500, .latency_us_max = 900000});
}

OB_TARGET(tombstone, .summary = "gossip brings back a service that was removed",
          .variants = {[RACY] = "racy", [TOMBSTONES] = "tombstones"}, .fails = {[RACY] = true},
          .messages =
              {
                  [ADD] = {.name = "add", .to = "node"},
                  [REMOVE] = {.name = "remove", .to = "node"},
                  [GOSSIP] = {.name = "gossip", .args = {{.name = "version"}}},
                  [ROUND] = {.name = "round"},
              },
          .setup = setup, .describe = describe, .settle_us = 2 * ROUND_US);
