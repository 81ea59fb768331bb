/* Two clients change one profile, which an Agent keeps. See README.md for what goes wrong. */
#include <offbeat/agent.h>
#include <offbeat/oracle.h>
#include <offbeat/task.h>

#define CLIENTS 2

enum variant { TWO_UPDATES, ONE_UPDATE };
enum kind { CHANGE, AGENT, KINDS = AGENT + OB_AGENT_KINDS };
enum function { SET_NAME, SET_ADDRESS, SET_BOTH };

struct profile {
    uint32_t name;
    uint32_t address;
};

static uint32_t set_name(void *state, uint32_t person)
{
    ((struct profile *)state)->name = person;
    return 0;
}

static uint32_t set_address(void *state, uint32_t person)
{
    ((struct profile *)state)->address = person;
    return 0;
}

static uint32_t set_both(void *state, uint32_t person)
{
    return set_name(state, person) + set_address(state, person);
}

static ob_agent_function *const functions[] = {
    [SET_NAME] = set_name, [SET_ADDRESS] = set_address, [SET_BOTH] = set_both};

static void update(struct ob_actor *self, enum function function, uint32_t person)
{
    (void)ob_call(self, "agent", OB_FOREVER, AGENT + OB_AGENT_UPDATE, function, person);
}

static void client_handle(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == ONE_UPDATE) {
        update(self, SET_BOTH, message->args[0]);
        return;
    }
    update(self, SET_NAME, message->args[0]);
    update(self, SET_ADDRESS, message->args[0]);
}

static void observe(const struct ob_world *world, struct ob_view *view)
{
    const struct profile *profile = ob_agent_state(ob_actor(world, "agent"));
    ob_observe(view, profile->name, "whose name");
    ob_observe(view, profile->address, "whose address");
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "agent")))
        return;
    const struct profile *profile = ob_agent_state(actor);
    ob_describe(text, "the name of %u, the address of %u", profile->name, profile->address);
}

static void setup(struct ob_world *world)
{
    ob_spawn_async_many(world, "client", CLIENTS, client_handle, 1);
    ob_agent_spawn(world, "agent",
                   &(struct ob_agent_config){.first_kind = AGENT,
                                             .functions = functions,
                                             .function_count = 3,
                                             .state_size = sizeof(struct profile)});
}

OB_TARGET(profile, .summary = "clients change one profile, which an Agent keeps",
          .variants = {[TWO_UPDATES] = "two_updates", [ONE_UPDATE] = "one_update"},
          .fails = {[TWO_UPDATES] = true},
          .messages = {[CHANGE] = {.name = "change", .to = "client", .args = {{"person", 1, 9}}},
                       OB_AGENT_MESSAGES(AGENT)},
          .setup = setup, .describe = describe,
          .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(observe)));
