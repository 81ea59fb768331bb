#include <offbeat/supervisor.h>

#include <assert.h>

#define SHUTDOWN_US 5000000u

/* What lasts through the lives of a supervisor. */
struct config {
    const struct ob_supervisor_spec *spec;
    uint16_t ids[OB_CHILDREN_MAX];
    unsigned count;
};

struct supervisor {
    uint32_t up;       /* children, a bit each */
    uint32_t wanted;   /* those that are to be started once those that go with them have ended */
    uint32_t ending;   /* those that have been told to end */
    uint32_t starting; /* the one whose start is waited for */
    uint32_t timer;    /* until the one that is ending is killed */
    bool begins;       /* it starts itself, with its children */
    bool gives_up;     /* when all have ended, the supervisor does */
    uint32_t restarts;
    uint64_t times_us[OB_RESTARTS_MAX]; /* of the last restarts, in turn */
};

static uint32_t bit(unsigned child)
{
    return UINT32_C(1) << child;
}

static unsigned place(uint32_t child)
{
    return (unsigned)__builtin_ctz(child);
}

/* The child with that id, or 0. */
static uint32_t find(const struct config *config, unsigned id)
{
    unsigned child = 0;
    while (child < config->count && config->ids[child] != id)
        child++;
    return child < config->count ? bit(child) : 0;
}

/* Whether one restart more is too many. */
static bool is_too_often(struct ob_actor *self, struct supervisor *supervisor,
                         const struct ob_supervisor_spec *spec)
{
    uint32_t most = spec->restarts_max;
    uint64_t now_us = ob_now(self);
    if (most == 0)
        return true;
    assert(most <= OB_RESTARTS_MAX);
    uint64_t *oldest_us = &supervisor->times_us[supervisor->restarts % most];
    if (supervisor->restarts >= most && now_us - *oldest_us < spec->period_us)
        return true;
    *oldest_us = now_us;
    supervisor->restarts++;
    return false;
}

static bool is_to_start_again(const struct ob_supervisor_spec *spec, uint32_t reason)
{
    if (spec->restart == OB_TRANSIENT)
        return reason != OB_ENDED_NORMALLY && reason != OB_ENDED_BY_SHUTDOWN;
    return spec->restart == OB_PERMANENT;
}

/* Those who go with a child that has ended, by the strategy. */
static uint32_t go_with(const struct config *config, uint32_t child)
{
    uint32_t all = bit(config->count) - 1;
    switch (config->spec->strategy) {
    case OB_ONE_FOR_ONE:
        return child;
    case OB_ONE_FOR_ALL:
        return all;
    default:
        return all & ~(child - 1);
    }
}

/* Tells the last of some children to end. */
static void end_last(struct ob_actor *self, struct supervisor *supervisor, uint32_t children)
{
    const struct config *config = ob_config(self);
    const struct ob_supervisor_spec *spec = config->spec;
    uint32_t last = bit(31u - (unsigned)__builtin_clz(children));
    uint32_t wait_us = spec->shutdown_us ? spec->shutdown_us : SHUTDOWN_US;
    supervisor->ending = last;
    ob_exit(self, config->ids[place(last)], spec->shutdown, OB_ENDED_BY_SHUTDOWN);
    if (wait_us != UINT32_MAX)
        supervisor->timer = ob_timer_start(self, wait_us, spec->shutdown, 0);
}

static void start_first(struct ob_actor *self, struct supervisor *supervisor)
{
    const struct config *config = ob_config(self);
    unsigned first = place(supervisor->wanted);
    supervisor->starting = bit(first);
    ob_start_child(self, config->spec->children[first], config->spec->down);
}

/* One thing after the other: those that go with one that has ended are ended, the last one first;
 * then what is wanted is started, the first one first. */
static void go_on(struct ob_actor *self, struct supervisor *supervisor)
{
    uint32_t left = supervisor->up & (supervisor->gives_up ? UINT32_MAX : supervisor->wanted);
    if (supervisor->ending || supervisor->starting)
        return; /* it is waited for */
    if (left) {
        end_last(self, supervisor, left);
    } else if (supervisor->gives_up) {
        ob_stop(self, OB_ENDED_BY_SHUTDOWN);
    } else if (supervisor->wanted) {
        start_first(self, supervisor);
    } else if (supervisor->begins) {
        supervisor->begins = false;
        ob_start_is_over(self);
    }
}

static void has_ended(struct ob_actor *self, struct supervisor *supervisor, uint32_t child,
                      uint32_t reason)
{
    const struct config *config = ob_config(self);
    bool asked = supervisor->ending == child;
    bool in_start = supervisor->starting == child;
    supervisor->up &= ~child;
    if (asked) {
        ob_timer_flush(self, supervisor->timer);
        supervisor->ending = 0;
    }
    if (in_start) {
        supervisor->starting = 0;
        supervisor->gives_up = supervisor->begins || is_too_often(self, supervisor, config->spec);
    } else if (!asked && !(supervisor->wanted & child) && !supervisor->gives_up &&
               is_to_start_again(config->spec, reason)) {
        supervisor->wanted |= go_with(config, child);
        supervisor->gives_up = is_too_often(self, supervisor, config->spec);
    }
    go_on(self, supervisor);
}

static void has_started(struct ob_actor *self, struct supervisor *supervisor, uint32_t child)
{
    supervisor->starting = 0;
    supervisor->wanted &= ~child;
    supervisor->up |= child;
    go_on(self, supervisor);
}

/* It is told to end, or the time of the one that it has told to end is over. */
static void shut_down(struct ob_actor *self, struct supervisor *supervisor,
                      const struct ob_message *message)
{
    const struct config *config = ob_config(self);
    if (message->from != ob_id(self)) {
        supervisor->gives_up = true;
        go_on(self, supervisor);
    } else if (supervisor->ending) {
        ob_exit(self, config->ids[place(supervisor->ending)], config->spec->shutdown, OB_KILL);
    }
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct supervisor *supervisor = ob_state(self);
    const struct config *config = ob_config(self);
    uint32_t child = message->kind == config->spec->down ? find(config, message->args[0]) : 0;
    /* While it waits for the start of a child it hears nothing else. */
    if (supervisor->starting && supervisor->starting != child) {
        ob_postpone(self, message);
        return;
    }
    if (message->kind == config->spec->shutdown)
        shut_down(self, supervisor, message);
    else if (child && message->args[1] == OB_STARTED)
        has_started(self, supervisor, child);
    else if (child)
        has_ended(self, supervisor, child, message->args[1]);
}

/* As a run begins all are up, as their actors are; later it starts those that are not. */
static void start(struct ob_actor *self)
{
    struct supervisor *supervisor = ob_state(self);
    const struct config *config = ob_config(self);
    for (unsigned child = 0; child < config->count; child++)
        if (ob_is_up(ob_actor_with_id(ob_world(self), config->ids[child])))
            supervisor->up |= bit(child);
        else
            supervisor->wanted |= bit(child);
    if (!supervisor->wanted)
        return;
    supervisor->begins = true;
    ob_start_goes_on(self);
    go_on(self, supervisor);
}

struct ob_actor *ob_supervisor_spawn(struct ob_world *world, const char *name,
                                     const struct ob_supervisor_spec *spec)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct supervisor));
    struct config *config = ob_alloc(world, sizeof *config);
    config->spec = spec;
    ob_set_config(actor, config);
    ob_on_start(actor, start);
    ob_trap_exits(actor, true);
    while (config->count < OB_CHILDREN_MAX && spec->children[config->count]) {
        struct ob_actor *child = ob_actor(world, spec->children[config->count]);
        config->ids[config->count] = (uint16_t)ob_id(child);
        ob_use_pids(child);
        ob_monitor(world, name, spec->children[config->count], spec->down);
        ob_monitor_exits(world, spec->children[config->count], name, spec->shutdown);
        config->count++;
    }
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
    ob_monitor_exits(world, one, other, kind);
    ob_monitor_exits(world, other, one, kind);
}

bool ob_exit_with(struct ob_actor *self, const struct ob_message *message, unsigned kind)
{
    if (message->kind != kind)
        return false;
    if (message->args[1] != OB_ENDED_NORMALLY)
        ob_stop(self, OB_ENDED_BY_LINK);
    return true;
}
