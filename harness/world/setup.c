#include "world/setup.h"

#include <ctype.h>
#include <stdio.h>

#include "offbeat/process.h"
#include "world/annex.h"
#include "world/leave.h"
#include "world/names.h"
#include "world/party.h"
#include "world/send.h"
#include "world/signal.h"
#include "world/task_receive.h"

#define NAME_MAX_LENGTH 256u
#define RESUME "resume" /* the kind of message that lets tasks go on */
#define CALL_DOWN "call_down"

/* Asks `matches` of every actor: by name, by its group's name, or "*". The outside counts where it
 * may stand. */
static bool name_matches(const struct ob_world *world, unsigned id, const char *name)
{
    const char *actor = world->names[id];
    if (strcmp(name, "*") == 0)
        return id != OB_OUTSIDE;
    size_t length = strlen(name);
    if (strncmp(actor, name, length) != 0)
        return false;
    return actor[length] == '\0' ||
           (actor[length] == '.' && isdigit((unsigned char)actor[length + 1]));
}

static void require_set_up_phase(const struct ob_world *world, const char *function)
{
    if (world->set_up)
        ob_defect(world, "%s() is for set-up only; call it in the target's `setup`", function);
}

static struct ob_actor *add_actor(struct ob_world *world, const char *name, ob_handler *receive,
                                  size_t state_size)
{
    require_set_up_phase(world, "ob_spawn");
    if (world->monitor_count > 0)
        ob_defect(world, "ob_spawn(\"%s\") comes after ob_spawn_monitor(); spawn monitors last",
                  name ? name : "");
    if (!name || !*name || !receive)
        ob_defect(world, "ob_spawn(\"%s\") needs a name and a handler, not NULL", name ? name : "");
    if (world->actor_count == OB_ACTORS_MAX)
        ob_defect(world, "ob_spawn(\"%s\") is one actor more than the %d that there may be", name,
                  OB_ACTORS_MAX);
    for (unsigned id = 0; id <= world->actor_count; id++)
        if (strcmp(world->names[id], name) == 0)
            ob_defect(world, "ob_spawn(\"%s\"): there is an actor with that name; give it another",
                      name);

    return ob_party_create(world, "ob_spawn", ++world->actor_count,
                           (struct ob_party){name, receive, state_size});
}

struct ob_actor *ob_spawn(struct ob_world *world, const char *name, ob_handler *receive,
                          size_t state_size)
{
    return add_actor(world, name, receive, state_size);
}

struct ob_actor *ob_spawn_many(struct ob_world *world, const char *name, unsigned count,
                               ob_handler *receive, size_t state_size)
{
    if (count == 0 || count > OB_ACTORS_MAX)
        ob_defect(world, "ob_spawn_many(\"%s\") needs a count from 1 to %d", name, OB_ACTORS_MAX);
    struct ob_actor *first = NULL;
    for (unsigned index = 0; index < count; index++) {
        char numbered[NAME_MAX_LENGTH];
        int length = snprintf(numbered, sizeof numbered, "%s.%u", name, index);
        if (length < 0 || (size_t)length >= sizeof numbered)
            ob_defect(world, "ob_spawn_many(\"%.40s...\"): a name has at most %u characters", name,
                      NAME_MAX_LENGTH - 5);
        struct ob_actor *actor = add_actor(world, numbered, receive, state_size);
        actor->group_index = (uint16_t)index;
        if (!first)
            first = actor;
    }
    return first;
}

static void forward(struct ob_actor *self, const struct ob_message *message)
{
    ob_forward_id(self, self->forward_to, message);
}

struct ob_actor *ob_spawn_forwarder(struct ob_world *world, const char *name, const char *to)
{
    struct ob_actor *actor = add_actor(world, name, forward, sizeof(const char *));
    /* The receiver may be spawned later: its name is kept until set-up ends. */
    *(const char **)actor->state = ob_name_keep(world, to);
    return actor;
}

static struct ob_actor *with_tasks(struct ob_actor *first, unsigned count,
                                   enum ob_receive_style receive_style, ob_process *process)
{
    struct ob_world *world = first->world;
    for (unsigned index = 0; index < count; index++) {
        first[index].receive_style = (uint8_t)receive_style;
        first[index].process = process;
        if (receive_style == OB_IS_PROCESS)
            ob_use_pids(&first[index]);
    }
    if (world->task_limits.tasks_max == 0)
        ob_use_tasks(world, (struct ob_task_limits){0});
    world->has_start |= process != NULL;
    return first;
}

struct ob_actor *ob_spawn_process(struct ob_world *world, const char *name, ob_process *body,
                                  size_t state_size)
{
    if (!body)
        ob_defect(world, "ob_spawn_process(\"%s\") needs a body, which is NULL", name);
    return with_tasks(add_actor(world, name, ob_task_receive, state_size), 1, OB_IS_PROCESS, body);
}

struct ob_actor *ob_spawn_process_many(struct ob_world *world, const char *name, unsigned count,
                                       ob_process *body, size_t state_size)
{
    if (!body)
        ob_defect(world, "ob_spawn_process_many(\"%s\") needs a body, which is NULL", name);
    return with_tasks(ob_spawn_many(world, name, count, ob_task_receive, state_size), count,
                      OB_IS_PROCESS, body);
}

struct ob_actor *ob_spawn_async(struct ob_world *world, const char *name, ob_handler *handle,
                                size_t state_size)
{
    return with_tasks(add_actor(world, name, handle, state_size), 1, OB_IS_ASYNC, NULL);
}

struct ob_actor *ob_spawn_async_many(struct ob_world *world, const char *name, unsigned count,
                                     ob_handler *handle, size_t state_size)
{
    return with_tasks(ob_spawn_many(world, name, count, handle, state_size), count, OB_IS_ASYNC,
                      NULL);
}

void ob_use_tasks(struct ob_world *world, struct ob_task_limits limits)
{
    require_set_up_phase(world, "ob_use_tasks");
    if (limits.tasks_max > OB_TASKS_LIMIT)
        ob_defect(world, "ob_use_tasks(): tasks_max is over %d", OB_TASKS_LIMIT);
    if (limits.stack_size > OB_TASK_STACK_MAX)
        ob_defect(world, "ob_use_tasks(): stack_size is over %u", OB_TASK_STACK_MAX);
    if (limits.tasks_max == 0)
        limits.tasks_max = OB_TASKS_MAX;
    if (limits.stack_size == 0)
        limits.stack_size = OB_TASK_STACK;
    world->task_limits = limits;
}

void ob_on_start(struct ob_actor *actor, void (*start)(struct ob_actor *self))
{
    require_set_up_phase(actor->world, "ob_on_start");
    actor->start = start;
    actor->world->has_start = true;
}

void ob_on_describe(struct ob_actor *actor,
                    void (*describe)(const struct ob_actor *self, struct ob_text *text))
{
    require_set_up_phase(actor->world, "ob_on_describe");
    actor->describe = describe;
}

static unsigned add_link(struct ob_world *world, struct ob_link link)
{
    if (link.latency_us == 0)
        link.latency_us = OB_LATENCY_US;
    if (link.latency_us_max == 0)
        link.latency_us_max = OB_LATENCY_US_MAX;
    if (link.latency_us_max < link.latency_us)
        link.latency_us_max = link.latency_us;
    if (world->run.network.link_count == OB_LINKS_MAX)
        ob_defect(world,
                  "ob_link() declares more than %u links; let groups and \"*\" stand for many",
                  OB_LINKS_MAX);
    world->run.network.links[world->run.network.link_count] = link;
    return world->run.network.link_count++;
}

/*
 * Pairs are laid out for the final number of actors, so declarations are kept in the order they
 * came and applied when set-up ends.
 */
struct ob_declaration {
    struct ob_declaration *next;
    const char *from;
    const char *to;
    unsigned link;
};

void ob_link(struct ob_world *world, const char *from, const char *to, struct ob_link link)
{
    require_set_up_phase(world, "ob_link");
    if (link.latency_us_max != 0 && link.latency_us_max < link.latency_us)
        ob_defect(world, "ob_link(\"%s\", \"%s\"): latency_us_max is less than latency_us", from,
                  to);
    if (link.in_sent_order &&
        (link.unordered || link.partition_us_max || strcmp(from, world->names[OB_OUTSIDE]) == 0))
        ob_defect(world,
                  "ob_link(\"%s\", \"%s\") is in_sent_order, which is not for links that are "
                  "unordered, can be cut or come from outside",
                  from, to);
    struct ob_declaration *declaration = ob_arena_alloc(&world->arena, sizeof *declaration);
    if (!declaration)
        ob_defect(world, "ob_link(\"%s\", \"%s\"): the arena is full; allocate less in set-up",
                  from, to);
    *declaration = (struct ob_declaration){.from = ob_name_keep(world, from),
                                           .to = ob_name_keep(world, to),
                                           .link = add_link(world, link)};
    *world->declarations_end = declaration;
    world->declarations_end = &declaration->next;
}

void ob_allow(struct ob_world *world, const char *name, struct ob_faults faults)
{
    require_set_up_phase(world, "ob_allow");
    if (faults.clock_drift_ppm_max > 900000)
        ob_defect(
            world,
            "ob_allow(\"%s\"): clock_drift_ppm_max is over 900000, the most that a clock drifts",
            name);
    bool found = false;
    for (unsigned id = 1; id <= world->actor_count; id++) {
        if (name_matches(world, id, name)) {
            world->actors[id].faults = faults;
            found = true;
        }
    }
    if (!found)
        ob_defect(world, "ob_allow(): no actor is named \"%s\"; spawn it first. There is %s", name,
                  ob_name_list(world).text);
}

static void add_monitor(struct ob_world *world, unsigned watcher, unsigned watched, unsigned kind,
                        bool exits)
{
    if (world->watch_count == OB_WATCHES_MAX)
        ob_defect(world, "ob_monitor(): more than %u pairs of actors; leave some out",
                  OB_WATCHES_MAX);
    world->watches[world->watch_count++] = (struct ob_watching){.watched = (uint16_t)watched,
                                                                .watcher = (uint16_t)watcher,
                                                                .kind = (uint8_t)kind,
                                                                .exits = exits};
    world->actors[watched].watched = true;
}

static void monitor(struct ob_world *world, const char *watcher, const char *watched, unsigned kind,
                    bool exits)
{
    require_set_up_phase(world, "ob_monitor");
    if (kind >= OB_KINDS_MAX)
        ob_defect(world, "ob_monitor(): kind %u; kinds go up to %d", kind, OB_KINDS_MAX - 1);
    bool found = false;
    for (unsigned from = 1; from <= world->actor_count; from++) {
        if (!name_matches(world, from, watched))
            continue;
        for (unsigned to = 1; to <= world->actor_count; to++) {
            if (to == from || !name_matches(world, to, watcher))
                continue;
            add_monitor(world, to, from, kind, exits);
            found = true;
        }
    }
    if (!found)
        ob_defect(world, "ob_monitor(): no actors for \"%s\" to watch \"%s\" (spawn them first)",
                  watcher, watched);
}

void ob_monitor(struct ob_world *world, const char *watcher, const char *watched, unsigned kind)
{
    monitor(world, watcher, watched, kind, false);
}

void ob_monitor_exits(struct ob_world *world, const char *watcher, const char *watched,
                      unsigned kind)
{
    monitor(world, watcher, watched, kind, true);
}

void ob_use_pids(struct ob_actor *actor)
{
    require_set_up_phase(actor->world, "ob_use_pids");
    actor->one_life = true;
    actor->world->has_lives = true;
}

void ob_keep_down(struct ob_world *world, const char *name)
{
    require_set_up_phase(world, "ob_keep_down");
    bool found = false;
    for (unsigned id = 1; id <= world->actor_count; id++) {
        if (!name_matches(world, id, name))
            continue;
        struct ob_actor *actor = &world->actors[id];
        ob_use_pids(actor);
        actor->down = actor->unborn = true;
        actor->busy_until_us = OB_NEVER;
        found = true;
    }
    if (!found)
        ob_defect(world, "ob_keep_down(): no actor is named \"%s\"; spawn it first. There is %s",
                  name, ob_name_list(world).text);
}

void ob_keep_late_replies(struct ob_actor *actor)
{
    require_set_up_phase(actor->world, "ob_keep_late_replies");
    actor->keeps_late = true;
}

void ob_set_config(struct ob_actor *actor, const void *config)
{
    require_set_up_phase(actor->world, "ob_set_config");
    actor->config = config;
}

static void apply_declaration(struct ob_world *world, const struct ob_declaration *declaration)
{
    bool found = false;
    for (unsigned from = 0; from <= world->actor_count; from++) {
        if (!name_matches(world, from, declaration->from))
            continue;
        for (unsigned to = 1; to <= world->actor_count; to++) {
            if (name_matches(world, to, declaration->to)) {
                world->run.network.pairs[from * world->run.network.width + to].link =
                    (uint16_t)declaration->link;
                found = true;
            }
        }
    }
    if (!found)
        ob_defect(world, "ob_link(\"%s\", \"%s\"): no two actors have these names; there is %s",
                  declaration->from, declaration->to, ob_name_list(world).text);
}

/* Of two messages in_sent_order the first can be as late as its link allows, and the second is not
 * before it: so the links of one receiver allow the same. */
static void require_same_latencies(const struct ob_world *world)
{
    const struct ob_network *network = &world->run.network;
    for (unsigned to = 1; to < network->width; to++) {
        const struct ob_link *known = NULL;
        for (unsigned from = 1; from < network->width; from++) {
            const struct ob_link *link = ob_link_between(network, from, to);
            if (!link->in_sent_order)
                continue;
            if (known && (known->latency_us != link->latency_us ||
                          known->latency_us_max != link->latency_us_max))
                ob_defect(world,
                          "the links to %s that are in_sent_order have different latencies; give "
                          "them the same",
                          world->names[to]);
            known = link;
        }
    }
}

static void describe_outside_kind(struct ob_world *world, unsigned kind)
{
    struct ob_vocabulary *vocabulary = &world->vocabulary;
    const struct ob_message_type *type = &world->target->messages[kind];
    world->outside_by_kind[kind] = (uint8_t)vocabulary->outside_count;
    struct ob_outside_kind *outside = &vocabulary->outside[vocabulary->outside_count++];
    *outside =
        (struct ob_outside_kind){.kind = (uint8_t)kind, .bytes_max = (uint16_t)type->bytes_max};
    if (type->bytes_max > OB_BYTES_MAX)
        ob_defect(world, "message \"%s\": bytes_max is over %d", type->name, OB_BYTES_MAX);
    for (unsigned id = 1; id <= world->actor_count; id++) {
        if (!name_matches(world, id, type->to))
            continue;
        if (outside->to_count++ == 0)
            outside->to_first = (uint16_t)id;
    }
    if (outside->to_count == 0)
        ob_defect(world, "message \"%s\" goes to \"%s\", but no actor has that name; there is %s",
                  type->name, type->to, ob_name_list(world).text);
    while (outside->arg_count < OB_ARGS_MAX && type->args[outside->arg_count].name)
        outside->arg_count++;
    if (!ob_vocabulary_args_fit(type))
        ob_defect(world,
                  "message \"%s\": the range of an argument is empty or too wide: one argument has "
                  "32 bits, two have "
                  "16 each, three or four 8 each",
                  type->name);
}

/* Which deviations can have an effect on some link or actor. */
static uint32_t allowed_ops(const struct ob_world *world)
{
    uint32_t allowed = 1u << OB_WALK; /* the outside may send at any time */
    allowed |= world->target->choices[0] || world->fault_point_count ? 1u << OB_CHOOSE : 0;
    size_t pairs = (size_t)(world->actor_count + 1) * (world->actor_count + 1);
    for (size_t at = 0; at < pairs; at++) {
        const struct ob_link *link = ob_link_of(&world->run.network, &world->run.network.pairs[at]);
        allowed |= link->latency_us_max > link->latency_us
                       ? 1u << OB_DELAY | 1u << OB_REORDER | 1u << OB_DRAW
                       : 0;
        allowed |= link->duplicating ? 1u << OB_DUPLICATE : 0;
        allowed |= link->lossy ? 1u << OB_DROP : 0;
        allowed |= link->partition_us_max ? 1u << OB_PARTITION | 1u << OB_HEAL : 0;
    }
    for (unsigned id = 1; id <= world->actor_count; id++) {
        const struct ob_faults *faults = &world->actors[id].faults;
        allowed |= faults->pause_us_max ? 1u << OB_PAUSE : 0;
        allowed |= faults->crash ? 1u << OB_CRASH : 0;
        allowed |= faults->restart ? 1u << OB_RESTART : 0;
        allowed |= faults->task_late_us_max && world->task_limits.tasks_max ? 1u << OB_PREEMPT : 0;
        allowed |= faults->clock_offset_us_max || faults->clock_drift_ppm_max ? 1u << OB_SKEW : 0;
    }
    return allowed;
}

/* One more than the last kind of the target's own. */
static unsigned own_kinds(const struct ob_target *target)
{
    unsigned kind = OB_KINDS_MAX;
    while (kind > 0 && !target->messages[kind - 1].name)
        kind--;
    return kind;
}

unsigned ob_world_add_kind(struct ob_world *world, const struct ob_message_type *type)
{
    require_set_up_phase(world, "ob_world_add_kind");
    unsigned kind = own_kinds(world->target) + world->added_kind_count;
    if (world->added_kind_count == OB_KINDS_ADDED_MAX || kind >= OB_KINDS_MAX - 1)
        ob_defect(world,
                  "there is no room for the message \"%s\", which its hosts send: leave the last "
                  "%u of its %d kinds free",
                  type->name, OB_KINDS_ADDED_MAX, OB_KINDS_MAX);
    world->added_kinds[world->added_kind_count++] = type;
    return kind;
}

void ob_world_runs_by_itself(struct ob_world *world)
{
    require_set_up_phase(world, "ob_world_runs_by_itself");
    world->runs_by_itself = true;
}

/* Where there are processes, and room, a caller is told when the process that it calls ends. */
static void list_call_down(struct ob_world *world, unsigned kind)
{
    bool has_process = false;
    for (unsigned id = 1; id <= world->actor_count; id++)
        has_process |= world->actors[id].receive_style == OB_IS_PROCESS;
    if (!has_process)
        return;
    if (kind == OB_KINDS_MAX)
        ob_defect(world,
                  "its messages leave one kind free, but a target with processes needs the last "
                  "two; number them from 0");
    world->call_down_kind = kind;
    world->messages[kind] = (struct ob_message_type){
        .name = CALL_DOWN,
        .args = {{"id", 0, UINT32_MAX}, {"reason", 0, UINT32_MAX}},
    };
}

/* The kinds of message of a target: its own, those of what its actors are made of and, where they
 * have tasks, after these the one that lets tasks go on. */
static void list_kinds(struct ob_world *world)
{
    memcpy(world->messages, world->target->messages, sizeof world->messages);
    world->call_down_kind = OB_KINDS_MAX;
    unsigned kind = own_kinds(world->target);
    for (unsigned added = 0; added < world->added_kind_count; added++)
        world->messages[kind++] = *world->added_kinds[added];
    if (world->task_limits.tasks_max == 0)
        return;
    if (kind == OB_KINDS_MAX)
        ob_defect(world,
                  "kind %d of its messages is used, but a target with tasks leaves the last one "
                  "free; number them from 0",
                  OB_KINDS_MAX - 1);
    for (unsigned other = 0; other < kind; other++)
        if (world->messages[other].name && strcmp(world->messages[other].name, RESUME) == 0)
            ob_defect(world,
                      "a message is named \"" RESUME "\", as what lets tasks go on is; give it "
                      "another name");
    world->resume_kind = kind;
    world->messages[kind] =
        (struct ob_message_type){.name = RESUME, .args = {{"task", 0, UINT32_MAX}}};
    list_call_down(world, kind + 1);
}

/* Links as they were declared, the default one included. Half of the places stay for what runs
 * show. */
static void describe_durations(struct ob_world *world)
{
    struct ob_durations *durations = &world->vocabulary.durations;
    unsigned most = OB_DURATIONS_MAX / 2;
    for (unsigned index = 0; index < world->run.network.link_count; index++) {
        const struct ob_link *link = &world->run.network.links[index];
        ob_durations_add(durations, link->latency_us, most);
        if (link->latency_us_max != UINT32_MAX) /* senders outside wait as long as they like */
            ob_durations_add(durations, link->latency_us_max, most);
        ob_durations_add(durations, link->partition_us_max, most);
    }
    for (unsigned id = 1; id <= world->actor_count; id++) {
        const struct ob_faults *faults = &world->actors[id].faults;
        ob_durations_add(durations, faults->pause_us_max, most);
        ob_durations_add(durations, faults->timer_late_us_max, most);
        ob_durations_add(durations, faults->task_late_us_max, most);
    }
}

static void describe(struct ob_world *world)
{
    struct ob_vocabulary *vocabulary = &world->vocabulary;
    list_kinds(world);
    *vocabulary = (struct ob_vocabulary){
        .target = world->target,
        .messages = world->messages,
        .variant = world->variant,
        .actor_count = world->actor_count,
        .monitor_count = world->monitor_count,
        .actor_names = world->names,
    };
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        const struct ob_message_type *type = &vocabulary->messages[kind];
        if (!type->name)
            continue;
        if (ob_vocabulary_find_kind(vocabulary, type->name, strlen(type->name)) >= 0)
            ob_defect(world, "two messages are named \"%s\"; give one another name", type->name);
        vocabulary->kind_count = kind + 1;
        if (type->to)
            describe_outside_kind(world, kind);
    }
    while (vocabulary->choice_count < OB_CHOICES_MAX &&
           world->target->choices[vocabulary->choice_count])
        vocabulary->choice_count++;
    vocabulary->fault_count = world->fault_point_count;
    vocabulary->fault_names = world->fault_names;
    vocabulary->ops_allowed = allowed_ops(world);
    describe_durations(world);
    if (vocabulary->outside_count == 0 && !world->runs_by_itself)
        ob_defect(world, "no message comes from outside: give one a `to`");
}

static void lay_out_pairs(struct ob_world *world)
{
    struct ob_network *network = &world->run.network;
    network->width = world->actor_count + 1;
    memset(network->pairs, 0, ob_pair_count(network) * sizeof *network->pairs);
    /* Link 0 is the default; link 1 is the outside's, which sends whenever it likes and in any
     * order. */
    for (unsigned to = 1; to <= world->actor_count; to++)
        network->pairs[to].link = 1;
}

void ob_setup(struct ob_world *world)
{
    world->declarations = NULL;
    world->declarations_end = &world->declarations;
    world->set_up = false;
    world->actor_count = 0;
    world->monitor_count = 0;
    world->run.network.link_count = 0;
    world->watch_count = 0;
    world->added_kind_count = 0;
    world->fault_point_count = 0;
    world->runs_by_itself = false;
    world->annex = NULL;
    ob_arena_clear(&world->arena);
    world->has_start = world->has_lives = false;
    world->task_limits = (struct ob_task_limits){0};
    world->names[OB_OUTSIDE] = "outside";
    ob_names_begin(world);
    (void)add_link(world, (struct ob_link){0});
    (void)add_link(
        world, (struct ob_link){.latency_us = 1, .latency_us_max = UINT32_MAX, .unordered = true});
    world->run.network.links[1].latency_us = 0;

    if (world->target->reset)
        world->target->reset();
    world->target->setup(world);

    if (world->actor_count == 0)
        ob_defect(world, "its set-up spawns no actor; call ob_spawn()");
    world->run.log.event_base = 2 * (world->actor_count + 1);
    lay_out_pairs(world);
    for (const struct ob_declaration *declaration = world->declarations; declaration;
         declaration = declaration->next)
        apply_declaration(world, declaration);
    require_same_latencies(world);
    world->set_up = true;
    world->run.watch_count = world->watch_count;
    for (unsigned id = 1; id <= world->actor_count; id++) {
        struct ob_actor *actor = &world->actors[id];
        if (actor->receive == forward) {
            actor->forward_to = (uint16_t)ob_resolve(world, *(const char *const *)actor->state,
                                                     "ob_spawn_forwarder");
        } else if (world->task_limits.tasks_max) {
            actor->handler = actor->receive;
            actor->receive = ob_task_receive;
        }
    }
    describe(world);
}

void ob_setup_restore(struct ob_world *world)
{
    if (world->target->reset) {
        ob_setup(world);
    } else {
        memcpy(world->actors, world->actors_initial,
               (ob_party_count(world) + 1) * sizeof *world->actors);
        ob_arena_load(&world->arena, world->arena_initial, world->arena_initial_used);
    }
    if (OB_UNLIKELY(world->annex != NULL))
        world->annex->begin(world->annex_context);
}
