/* Two leaders over a lease: a lock service grants a lease of ten seconds, and the node counts them
 * from when the grant arrives. A late grant makes the node lead when the lease is over already. */
#include <offbeat/offbeat.h>

#define NODES 3
#define LEASE_US 10000000

enum variant { RACY, COUNTED_FROM_REQUEST };
enum kind { CAMPAIGN, ACQUIRE, GRANTED, LEASE_OVER, TERM_OVER };
enum state { FOLLOWS, ASKS, LEADS };

struct locks {
    uint32_t holder; /* the id of a node, 0 for none */
};
struct node {
    enum state state;
    uint64_t asked_us;
};

static void locks_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct locks *locks = ob_state(self);

    if (message->kind == LEASE_OVER) {
        locks->holder = 0;
    } else if (locks->holder == 0) {
        locks->holder = message->from;
        ob_timer_start(self, LEASE_US, LEASE_OVER, 0);
        ob_reply(self, message, GRANTED, 1);
    } else {
        ob_reply(self, message, GRANTED, 0);
    }
}

static void enter(struct ob_actor *self, struct node *node, enum state state)
{
    node->state = state;
    ob_declare_state(self, state);
}

static void lead(struct ob_actor *self, struct node *node)
{
    uint64_t gone_us = ob_variant(self) == RACY ? 0 : ob_now(self) - node->asked_us;

    if (gone_us >= LEASE_US) {
        enter(self, node, FOLLOWS);
        return;
    }
    enter(self, node, LEADS);
    ob_timer_start(self, (uint32_t)(LEASE_US - gone_us), TERM_OVER, 0);
}

static void node_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct node *node = ob_state(self);

    switch (message->kind) {
    case CAMPAIGN:
        if (node->state != FOLLOWS)
            break;
        node->asked_us = ob_now(self);
        ob_send(self, "locks", ACQUIRE);
        enter(self, node, ASKS);
        break;
    case GRANTED:
        if (message->args[0])
            lead(self, node);
        else
            enter(self, node, FOLLOWS);
        break;
    default:
        enter(self, node, FOLLOWS);
        break;
    }
}

static void check(struct ob_world *world)
{
    uint32_t leaders = 0;

    for (unsigned id = 1; id <= NODES; id++)
        leaders += ((const struct node *)ob_state(ob_actor_with_id(world, id)))->state == LEADS;
    OB_INVARIANT(world, one_leader, leaders <= 1, "%u nodes lead", leaders);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const names[] = {"follows", "asks", "leads"};

    if (ob_id(actor) <= NODES)
        ob_describe(text, "%s", names[((const struct node *)ob_state(actor))->state]);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "node", NODES, node_receive, sizeof(struct node));
    ob_spawn(world, "locks", locks_receive, sizeof(struct locks));
    ob_link(world, "locks", "node", (struct ob_link){.latency_us = 500, .latency_us_max = 4000000});
}

OB_TARGET(leader, .summary = "a node leads with a lease that is over",
          .variants = {[RACY] = "racy", [COUNTED_FROM_REQUEST] = "counted_from_request"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [CAMPAIGN] = {.name = "campaign", .to = "node"},
                  [ACQUIRE] = {.name = "acquire"},
                  [GRANTED] = {.name = "granted", .args = {{.name = "yes"}}},
                  [LEASE_OVER] = {.name = "lease_over"},
                  [TERM_OVER] = {.name = "term_over"},
              },
          .setup = setup, .check = check, .describe = describe);
