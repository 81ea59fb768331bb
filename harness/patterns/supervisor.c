#include <offbeat/supervisor.h>

#include <assert.h>

struct supervisor {
    const struct ob_supervisor_spec *spec;
    uint16_t ids[OB_CHILDREN_MAX];
    unsigned count;
    uint32_t up;     /* children, a bit each */
    uint32_t wanted; /* those that are to be started again once the others have ended */
    uint32_t ending; /* those that have been told to end */
    bool gives_up;   /* when all have ended, the supervisor does */
    uint32_t restarts;
    uint64_t times_us[OB_RESTARTS_MAX]; /* of the last restarts, in turn */
};

static uint32_t bit(unsigned child)
{
    return UINT32_C(1) << child;
}

static unsigned find(const struct supervisor *supervisor, unsigned id)
{
    unsigned child = 0;
    while (child < supervisor->count && supervisor->ids[child] != id)
        child++;
    return child;
}

/* Whether one restart more is too many. */
static bool is_too_often(struct ob_actor *self, struct supervisor *supervisor)
{
    uint32_t most = supervisor->spec->restarts_max;
    uint64_t now_us = ob_now(self);
    if (most == 0)
        return true;
    assert(most <= OB_RESTARTS_MAX);
    uint64_t *oldest_us = &supervisor->times_us[supervisor->restarts % most];
    if (supervisor->restarts >= most && now_us - *oldest_us < supervisor->spec->period_us)
        return true;
    *oldest_us = now_us;
    supervisor->restarts++;
    return false;
}

static bool is_to_start_again(const struct supervisor *supervisor, uint32_t reason)
{
    if (supervisor->spec->restart == OB_TRANSIENT)
        return reason != OB_ENDED_NORMALLY && reason != OB_ENDED_BY_SHUTDOWN;
    return supervisor->spec->restart == OB_PERMANENT;
}

/* Those who go with a child that has ended, by the strategy. */
static uint32_t go_with(const struct supervisor *supervisor, unsigned child)
{
    uint32_t all = bit(supervisor->count) - 1;
    switch (supervisor->spec->strategy) {
    case OB_ONE_FOR_ONE:
        return bit(child);
    case OB_ONE_FOR_ALL:
        return all;
    default:
        return all & ~(bit(child) - 1);
    }
}

/* Tells the last of those that are to end to do so; or, when none is left, starts again what is
 * wanted. */
static void go_on(struct ob_actor *self, struct supervisor *supervisor)
{
    uint32_t left = supervisor->up & (supervisor->gives_up ? UINT32_MAX : supervisor->wanted);
    if (supervisor->ending & left)
        return; /* it is waited for */
    if (left) {
        unsigned last = 31u - (unsigned)__builtin_clz(left);
        supervisor->ending |= bit(last);
        ob_send_to(self, supervisor->ids[last], supervisor->spec->shutdown);
        return;
    }
    supervisor->ending = 0;
    if (supervisor->gives_up) {
        ob_stop(self, OB_ENDED_BY_SHUTDOWN);
        return;
    }
    for (unsigned child = 0; child < supervisor->count; child++)
        if (supervisor->wanted & bit(child))
            ob_start_again(self, supervisor->spec->children[child], 0);
    supervisor->up |= supervisor->wanted;
    supervisor->wanted = 0;
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct supervisor *supervisor = ob_state(self);
    if (!supervisor->spec || message->kind != supervisor->spec->down)
        return;
    unsigned child = find(supervisor, message->args[0]);
    if (child == supervisor->count)
        return;
    bool asked = supervisor->ending & bit(child);
    supervisor->up &= ~bit(child);
    supervisor->ending &= ~bit(child);
    if (!asked && !(supervisor->wanted & bit(child)) && !supervisor->gives_up &&
        is_to_start_again(supervisor, message->args[1])) {
        supervisor->wanted |= go_with(supervisor, child);
        supervisor->gives_up = is_too_often(self, supervisor);
    }
    go_on(self, supervisor);
}

struct ob_actor *ob_supervisor_spawn(struct ob_world *world, const char *name,
                                     const struct ob_supervisor_spec *spec)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct supervisor));
    struct supervisor *supervisor = ob_state(actor);
    supervisor->spec = spec;
    while (supervisor->count < OB_CHILDREN_MAX && spec->children[supervisor->count]) {
        const char *child = spec->children[supervisor->count];
        supervisor->ids[supervisor->count++] = (uint16_t)ob_id(ob_actor(world, child));
        ob_monitor(world, name, child, spec->down);
    }
    supervisor->up = bit(supervisor->count) - 1;
    return actor;
}

bool ob_shut_down(struct ob_actor *self, const struct ob_message *message, unsigned shutdown)
{
    if (message->kind != shutdown)
        return false;
    ob_stop(self, OB_ENDED_BY_SHUTDOWN);
    return true;
}

uint32_t ob_supervisor_restarts(const struct ob_actor *actor)
{
    const struct supervisor *supervisor = ob_state(actor);
    return supervisor->restarts;
}

void ob_link_processes(struct ob_world *world, const char *one, const char *other, unsigned kind)
{
    ob_monitor(world, one, other, kind);
    ob_monitor(world, other, one, kind);
}

bool ob_exit_with(struct ob_actor *self, const struct ob_message *message, unsigned kind)
{
    if (message->kind != kind)
        return false;
    if (message->args[1] != OB_ENDED_NORMALLY)
        ob_stop(self, OB_ENDED_BY_LINK);
    return true;
}
