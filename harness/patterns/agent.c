#include <offbeat/agent.h>

#include <string.h>

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    const struct ob_agent_config *config = ob_config(self);
    unsigned kind = (unsigned)message->kind - config->first_kind;
    if (kind > OB_AGENT_CAST || message->args[0] >= config->function_count)
        return; /* a call with a function that is not there ends by its caller's timeout */
    uint32_t result = config->functions[message->args[0]](ob_state(self), message->args[1]);
    if (kind != OB_AGENT_CAST)
        ob_reply(self, message, config->first_kind + OB_AGENT_VALUE,
                 kind == OB_AGENT_UPDATE ? 0 : result);
}

struct ob_actor *ob_agent_spawn(struct ob_world *world, const char *name,
                                const struct ob_agent_config *config)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, config->state_size);
    struct ob_agent_config *kept = ob_alloc(world, sizeof *kept);
    memcpy(kept, config, sizeof *kept);
    ob_set_config(actor, kept);
    return actor;
}

void *ob_agent_state(const struct ob_actor *actor)
{
    return ob_state(actor);
}
