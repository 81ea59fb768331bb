#include <offbeat/node.h>

struct kernel {
    uint32_t connection; /* 0: none */
    uint32_t asked;      /* the one that it has asked for, 0: none */
    uint16_t count;      /* of those */
    uint8_t silent;      /* ticks since it has heard anything, or has asked */
};

#define FIRST_CONNECTION 1u

static const struct ob_node_spec *spec_of(const struct ob_actor *kernel)
{
    return ob_config(kernel);
}

static struct ob_actor *peer_of(const struct ob_actor *kernel)
{
    return ob_actor(ob_world(kernel), spec_of(kernel)->peer);
}

static void send_peer(struct ob_actor *self, enum ob_node_kind kind, uint32_t connection)
{
    ob_send_to(self, ob_id(peer_of(self)), spec_of(self)->first_kind + kind, connection);
}

static void tell_members(struct ob_actor *self, enum ob_node_kind kind)
{
    const struct ob_node_spec *spec = spec_of(self);
    for (unsigned at = 0; at < OB_NODE_MEMBERS_MAX && spec->members[at]; at++)
        ob_send(self, spec->members[at], spec->first_kind + kind, ob_id(peer_of(self)));
}

/* What the members have of the other's is over, and then they hear that it is down. */
static void lose(struct ob_actor *self, struct kernel *kernel)
{
    struct ob_world *world = ob_world(self);
    const struct ob_node_spec *mine = spec_of(self);
    const struct ob_node_spec *others = spec_of(peer_of(self));
    kernel->connection = 0;
    for (unsigned at = 0; at < OB_NODE_MEMBERS_MAX && mine->members[at]; at++)
        for (unsigned other = 0; other < OB_NODE_MEMBERS_MAX && others->members[other]; other++)
            ob_disconnect(self, ob_id(ob_actor(world, mine->members[at])),
                          ob_id(ob_actor(world, others->members[other])));
    tell_members(self, OB_NODE_DOWN);
}

static void connect(struct ob_actor *self, struct kernel *kernel, uint32_t connection)
{
    kernel->connection = connection;
    kernel->asked = 0;
    kernel->silent = 0;
    tell_members(self, OB_NODE_UP);
}

static void start_tick(struct ob_actor *self)
{
    const struct ob_node_spec *spec = spec_of(self);
    (void)ob_timer_start(self, spec->silence_us / OB_NODE_TICKS, spec->first_kind + OB_NODE_TICK,
                         0);
}

static void tick(struct ob_actor *self, struct kernel *kernel)
{
    start_tick(self);
    if (kernel->connection && ++kernel->silent > OB_NODE_TICKS) {
        send_peer(self, OB_NODE_CLOSE, kernel->connection);
        lose(self, kernel);
    } else if (kernel->connection) {
        send_peer(self, OB_NODE_ALIVE, kernel->connection);
    } else if (!kernel->asked || ++kernel->silent > OB_NODE_TICKS) {
        if (!kernel->asked)
            kernel->asked = ob_id(self) << 16 | ++kernel->count;
        kernel->silent = 0;
        send_peer(self, OB_NODE_CONNECT, kernel->asked);
    }
}

/* Of two that ask each other, the one with the greater id is heard. */
static void accept(struct ob_actor *self, struct kernel *kernel, const struct ob_message *message)
{
    if (kernel->asked && ob_id(self) > message->from)
        return;
    send_peer(self, OB_NODE_ACCEPT, message->args[0]);
    if (message->args[0] == kernel->connection)
        return; /* the answer before may have got lost */
    if (kernel->connection)
        lose(self, kernel);
    connect(self, kernel, message->args[0]);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct kernel *kernel = ob_state(self);
    uint32_t connection = message->args[0];
    switch (message->kind - spec_of(self)->first_kind) {
    case OB_NODE_TICK:
        tick(self, kernel);
        break;
    case OB_NODE_ALIVE:
        if (connection == kernel->connection)
            kernel->silent = 0;
        break;
    case OB_NODE_CLOSE:
        if (connection == kernel->connection)
            lose(self, kernel);
        break;
    case OB_NODE_CONNECT:
        accept(self, kernel, message);
        break;
    case OB_NODE_ACCEPT:
        if (connection == kernel->asked)
            connect(self, kernel, connection);
        break;
    default:
        break;
    }
}

static void start(struct ob_actor *self)
{
    struct kernel *kernel = ob_state(self);
    kernel->connection = FIRST_CONNECTION;
    start_tick(self);
}

struct ob_actor *ob_node_spawn(struct ob_world *world, const char *name,
                               const struct ob_node_spec *spec)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct kernel));
    ob_set_config(actor, spec);
    ob_on_start(actor, start);
    return actor;
}

bool ob_node_is_connected(const struct ob_actor *actor)
{
    const struct kernel *kernel = ob_state(actor);
    return kernel->connection != 0;
}
