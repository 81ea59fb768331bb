#include <offbeat/agent.h>

#include <stddef.h>

struct agent {
    struct ob_agent_config config;
    max_align_t value[];
};

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct agent *agent = ob_state(self);
    unsigned kind = (unsigned)message->kind - agent->config.first_kind;
    if (kind > OB_AGENT_CAST || message->args[0] >= agent->config.function_count)
        return; /* a call with a function that is not there ends by its caller's timeout */
    uint32_t result = agent->config.functions[message->args[0]](agent->value, message->args[1]);
    if (kind != OB_AGENT_CAST)
        ob_reply(self, message, agent->config.first_kind + OB_AGENT_VALUE,
                 kind == OB_AGENT_UPDATE ? 0 : result);
}

struct ob_actor *ob_agent_spawn(struct ob_world *world, const char *name,
                                const struct ob_agent_config *config)
{
    struct ob_actor *actor =
        ob_spawn(world, name, receive, sizeof(struct agent) + config->state_size);
    struct agent *agent = ob_state(actor);
    agent->config = *config;
    return actor;
}

void *ob_agent_state(const struct ob_actor *actor)
{
    struct agent *agent = ob_state(actor);
    return agent->value;
}
