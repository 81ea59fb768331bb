/* Clients that keep the counter in an agent, and change it in two steps: they get the value, and
 * update it to one more. */
#include "counter.h"

#include <offbeat/task.h>

enum function { READ, WRITE, FUNCTIONS };

static uint32_t read_value(void *state, uint32_t arg)
{
    const struct tally *tally = state;

    (void)arg;
    return tally->value;
}

static uint32_t write_value(void *state, uint32_t arg)
{
    struct tally *tally = state;

    tally->value = arg;
    tally->increments++;
    return 0;
}

static void client_handle(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    uint32_t value =
        ob_call(self, "counter", OB_FOREVER, AGENT_FIRST + OB_AGENT_GET, READ)->args[0];
    (void)ob_call(self, "counter", OB_FOREVER, AGENT_FIRST + OB_AGENT_UPDATE, WRITE, value + 1);
}

struct tally agent_tally(const struct ob_world *world)
{
    return *(const struct tally *)ob_agent_state(ob_actor(world, "counter"));
}

void agent_setup(struct ob_world *world)
{
    static ob_agent_function *const functions[FUNCTIONS] = {
        [READ] = read_value, [WRITE] = write_value};
    struct ob_agent_config config = {.first_kind = AGENT_FIRST,
                                     .functions = functions,
                                     .function_count = FUNCTIONS,
                                     .state_size = sizeof(struct tally)};

    ob_spawn_async_many(world, "client", CLIENTS, client_handle, 0);
    ob_agent_spawn(world, "counter", &config);
}
