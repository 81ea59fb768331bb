/* A leader is elected by a lease, and writes to a disk. See README.md for what goes wrong. */
#include <offbeat/lease.h>

#define NODES 2
#define START_US 1000
#define SETTLE_US 400000

enum variant { BY_CLOCKS, FROM_ANSWER, UNFENCED, FENCED };
enum kind { WRITE, DEPLOY, APPEND, TRY, STORE, KINDS = STORE + OB_STORE_KINDS };

static const struct ob_lease_policy policies[] = {
#define POLICY                                                                                     \
    .store = "store", .store_kinds = STORE, .timer = TRY, .lease_us = 100000,                      \
    .deadline_us = 60000, .retry_us = 40000
    [BY_CLOCKS] = {POLICY, .by_clocks = true},
    [FROM_ANSWER] = {POLICY, .from_answer = true},
    [UNFENCED] = {POLICY},
    [FENCED] = {POLICY},
#undef POLICY
};

static void node_start(struct ob_actor *self)
{
    ob_lease_start(self, &policies[ob_variant(self)], ob_state(self));
}

static void node_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_lease *lease = ob_state(self);
    enum ob_lease_event event = ob_lease_hear(self, &policies[ob_variant(self)], lease, message);

    if (message->kind == DEPLOY) { /* it is replaced by a new version */
        ob_start_again(self, ob_name(self), START_US);
        ob_stop(self, OB_ENDED_NORMALLY);
    } else if (event == OB_LEASE_WON || (message->kind == WRITE && ob_lease_is_held(self, lease))) {
        ob_send(self, "disk", APPEND, ob_lease_term(lease));
    }
}

static void disk_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *newest = ob_state(self);
    uint32_t term = message->args[0];

    if (term < *newest && ob_variant(self) == FENCED)
        return;
    OB_INVARIANT(ob_world(self), writes_in_order, term >= *newest,
                 "term %u writes after term %u has", term, *newest);
    *newest = term;
}

static void check(struct ob_world *world)
{
    unsigned leaders = 0;

    for (unsigned index = 0; index < NODES; index++) {
        const struct ob_actor *node = ob_member(world, "node", index);
        leaders += ob_is_up(node) && ob_lease_is_held(node, ob_state(node));
    }
    OB_INVARIANT(world, one_leader, leaders <= 1, "%u nodes lead", leaders);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_is_member(ob_world(actor), "node", ob_id(actor))) {
        bool leads = ob_lease_is_held(actor, ob_state(actor));
        ob_describe(text, leads ? "leads, term %u" : "follows", ob_lease_term(ob_state(actor)));
    } else if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "disk"))) {
        ob_describe(text, "written in term %u", *(const uint32_t *)ob_state(actor));
    }
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn_many(world, "node", NODES, node_receive, sizeof(struct ob_lease)),
                node_start);
    for (unsigned index = 1; index < NODES; index++)
        ob_on_start(ob_member(world, "node", index), node_start);
    ob_store_spawn(world, "store", &(struct ob_store_config){.first_kind = STORE});
    ob_spawn(world, "disk", disk_receive, sizeof(uint32_t));
    ob_link(world, "node", "*", (struct ob_link){.latency_us = 1000, .latency_us_max = 20000});
    ob_link(world, "node", "disk", (struct ob_link){.latency_us = 1000, .latency_us_max = 250000});
    ob_link(world, "store", "node",
            (struct ob_link){.latency_us = 1000, .latency_us_max = 90000, .lossy = true});
    ob_allow(world, "node",
             (struct ob_faults){.restart = true,
                                .pause_us_max = 150000,
                                .clock_offset_us_max = 200000,
                                .clock_drift_ppm_max = 50000});
}

OB_TARGET(election, .summary = "a leader that is elected by a lease",
          .variants = {[BY_CLOCKS] = "by_clocks",
                       [FROM_ANSWER] = "from_answer",
                       [UNFENCED] = "unfenced",
                       [FENCED] = "fenced"},
          .fails = {[BY_CLOCKS] = true, [FROM_ANSWER] = true, [UNFENCED] = true},
          .messages = {[WRITE] = {.name = "write_here", .to = "node"},
                       [DEPLOY] = {.name = "deploy", .to = "node"},
                       [APPEND] = {.name = "append", .args = {{.name = "term"}}},
                       [TRY] = {.name = "try"},
                       OB_STORE_MESSAGES(STORE)},
          .setup = setup, .check = check, .describe = describe, .settle_us = SETTLE_US);
