/* Hosts as actors: how they are set up, how their processes begin, and what reaches them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/fault.h"
#include "world/judge.h"
#include "world/leave.h"
#include "world/setup.h"
#include "world/trace.h"

#define STACK_SIZE (512u << 10)
#define TASKS_MAX 256u

/* What is known of a host from set-up on. */
struct plan {
    struct ob_host host;
    const struct ob_program *program;
    struct ob_memory *memory;
};

struct hosts {
    struct ob_hosts shared; /* with others of this folder */
    struct plan plans[OB_HOSTS_MAX];
};

static const struct plan *plan_of(const struct ob_actor *actor)
{
    const struct ob_hosts *hosts = ob_hosts_of(actor->world);
    return &((const struct hosts *)(const void *)hosts)->plans[hosts->of_actor[ob_id(actor)] - 1];
}

/* In the order of enum ob_packet_kind. */
static const struct ob_message_type kinds[OB_HOST_KINDS] = {
#define PORTS                                                                                      \
    {"from", 0, UINT32_MAX},                                                                       \
    {                                                                                              \
        "to", 0, UINT32_MAX                                                                        \
    }
    [OB_PACKET_SYN] = {.name = "connect", .args = {PORTS}},
    [OB_PACKET_ACCEPT] = {.name = "accept", .args = {PORTS}},
    [OB_PACKET_ACK] = {.name = "ack", .args = {PORTS}},
    [OB_PACKET_DATA] = {.name = "segment", .args = {PORTS}},
    [OB_PACKET_FIN] = {.name = "fin", .args = {PORTS}},
    [OB_PACKET_RST] = {.name = "reset", .args = {PORTS}},
    [OB_PACKET_WINDOW] = {.name = "window", .args = {PORTS}},
    [OB_PACKET_DATAGRAM] = {.name = "datagram", .args = {PORTS}},
    [OB_PACKET_UNREACHABLE] = {.name = "unreachable", .args = {PORTS}},
    [OB_HOST_ALARM] = {.name = "alarm"},
#undef PORTS
};

/* -- what the kernel asks of the world -- */

static uint64_t hook_now_ns(void *user)
{
    return ob_clock_of_kernel_ns(user);
}

static uint64_t hook_realtime_offset_ns(void *user)
{
    (void)user;
    return OB_REALTIME_OFFSET_NS;
}

static void hook_random(void *user, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    for (size_t at = 0; at < size; at++)
        to[at] = (uint8_t)(ob_process_random(user) >> 32);
}

/* Streams need what a real network's stack makes of links that lose. */
static void require_reliable(const struct ob_process *process, unsigned to)
{
    struct ob_world *world = process->actor->world;
    const struct ob_link *link = ob_world_link(world, ob_id(process->actor), to);
    if (link->lossy || link->unordered || link->duplicating)
        ob_defect(world,
                  "%s opens a stream to %s over a link that is lossy, unordered or duplicating; "
                  "declare one that is none of these",
                  ob_name(process->actor), world->names[to]);
}

/* The kind that payload counts as: what the target calls these bytes. */
static unsigned name_payload(const struct ob_process *process, const struct ob_packet *packet,
                             unsigned kind, const void *bytes)
{
    struct ob_world *world = process->actor->world;
    const struct ob_target *target = ob_world_target(world);
    if (!target->name_bytes || packet->length == 0)
        return kind;
    const struct ob_message message = {.kind = (uint16_t)kind,
                                       .from = (uint16_t)ob_id(process->actor),
                                       .size = (uint16_t)packet->length,
                                       .bytes = bytes,
                                       .args = {packet->from.port, packet->to.port}};
    unsigned named = target->name_bytes(&message);
    if (named != kind && (named >= ob_hosts_of(world)->first_kind ||
                          !target->messages[named].name || target->messages[named].to))
        ob_defect(world,
                  "name_bytes() returns %u for a %s of %s; return a kind of the target's own that "
                  "has a name and no `to`, or the kind that it was given",
                  named, kinds[packet->kind].name, ob_name(process->actor));
    return named;
}

static void hook_transmit(void *user, const struct ob_packet *packet, const void *bytes)
{
    struct ob_process *process = user;
    struct ob_world *world = process->actor->world;
    struct ob_hosts *hosts = ob_hosts_of(world);
    unsigned to = packet->to.ip - OB_HOST_NETWORK;
    ob_library_refuse(process, "connect");
    if (to == OB_OUTSIDE || to > OB_ACTORS_MAX || !hosts->of_actor[to])
        return; /* nobody has that address */
    if (packet->kind == OB_PACKET_SYN)
        require_reliable(process, to);
    unsigned kind = name_payload(process, packet, hosts->first_kind + packet->kind, bytes);
    const uint32_t words[OB_ARGS_MAX + 1] = {kind, packet->from.port, packet->to.port,
                                             packet->connection, packet->window};
    ob_send_id(process->actor, to, words, bytes, packet->length);
}

static bool waits_for(const struct ob_thread *thread, uint32_t file, uint32_t events)
{
    for (uint32_t at = 0; at < thread->wait_count; at++)
        if (thread->waits[at].file == file && (thread->waits[at].events & events))
            return true;
    return false;
}

static void hook_changed(void *user, uint32_t file, uint32_t events)
{
    struct ob_process *process = user;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        struct ob_thread *thread = &process->threads[at];
        if (thread->task && waits_for(thread, file, events))
            ob_thread_wake(process, thread);
    }
}

static void hook_raise(void *user, int signal)
{
    struct ob_process *process = user;
    process->signals_due |= UINT64_C(1) << (signal - 1);
}

static void hook_output(void *user, int console, const void *bytes, size_t size)
{
    struct ob_process *process = user;
    ob_memory_output(process->memory, ob_world_current(process->actor->world),
                     console == STDERR_FILENO, bytes, size);
}

static const struct ob_kernel_hooks hooks = {
    .now_ns = hook_now_ns,
    .realtime_offset_ns = hook_realtime_offset_ns,
    .random = hook_random,
    .transmit = hook_transmit,
    .changed = hook_changed,
    .raise = hook_raise,
    .output = hook_output,
    .choose = ob_host_choose,
};

/* -- a process begins -- */

/* What programs find themselves by: proc(5). */
static void name_program(struct ob_process *process, const struct ob_host *host)
{
    struct ob_kernel *kernel = ob_kernel_of(process);
    const char *name = host->argv[0] ? host->argv[0] : process->program->name;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s%s", *name == '/' ? "" : "/bin/", name);
    (void)ob_sys_mkdir(kernel, "/proc", 0555);
    (void)ob_sys_mkdir(kernel, "/proc/self", 0555);
    (void)ob_sys_symlink(kernel, path, "/proc/self/exe");
}

static void make_kernel(struct ob_process *process)
{
    struct ob_world *world = process->actor->world;
    struct ob_memory *memory = process->memory;
    const struct ob_kernel_config config = {.hooks = &hooks,
                                            .user = process,
                                            .choices = ob_host_kernel_choices(process),
                                            .ip = OB_HOST_NETWORK + ob_id(process->actor),
                                            .owner = OB_HOST_USER};
    memory->state.kernel =
        ob_kernel_create(memory->kernel_region, OB_KERNEL_REGION_DEFAULT, &config);
    if (!memory->state.kernel)
        ob_defect(world, "the kernel of %s does not fit its region", ob_name(process->actor));
    for (unsigned at = 0; at < OB_HOST_FILES_MAX; at++) {
        const struct ob_host_file *file = &plan_of(process->actor)->host.files[at];
        if (!file->path)
            break;
        size_t size = file->size ? file->size : strlen(file->text ? file->text : "");
        int result = ob_kernel_put_file(memory->state.kernel, file->path, file->text, size, 0644);
        if (result < 0)
            ob_defect(world, "the file %s of %s cannot be made: %s", file->path,
                      ob_name(process->actor), strerror(-result));
    }
    name_program(process, &plan_of(process->actor)->host);
}

/* Whether somebody outside writes to its standard input. */
static bool has_input(const struct ob_process *process)
{
    const struct ob_world *world = process->actor->world;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    for (unsigned at = 0; at < vocabulary->outside_count; at++) {
        const struct ob_outside_kind *kind = &vocabulary->outside[at];
        unsigned id = ob_id(process->actor);
        if (id >= kind->to_first && id < (unsigned)kind->to_first + kind->to_count)
            return true;
    }
    return false;
}

static void open_console(struct ob_process *process)
{
    const char *input =
        plan_of(process->actor)->host.input ? plan_of(process->actor)->host.input : "";
    struct ob_kernel *kernel = ob_kernel_of(process);
    (void)ob_kernel_console(kernel);
    if (ob_kernel_input(kernel, input, strlen(input), !has_input(process)) < 0)
        ob_defect(process->actor->world, "the standard input of %s is too long",
                  ob_name(process->actor));
}

extern char **ob_c_environ;

/* Its strings lie on its stack, as they do in every process. */
static size_t text_size(const char *const strings[])
{
    size_t size = 0;
    for (unsigned at = 0; at < OB_HOST_ARGUMENTS_MAX && strings[at]; at++)
        size += strlen(strings[at]) + 1;
    return size;
}

static int copy_strings(char **to, char **text, const char *const strings[])
{
    int count = 0;
    for (; count < OB_HOST_ARGUMENTS_MAX && strings[count]; count++) {
        size_t size = strlen(strings[count]) + 1;
        to[count] = memcpy(*text, strings[count], size);
        *text += size;
    }
    to[count] = NULL;
    return count;
}

static void run_main(struct ob_actor *self, void *context)
{
    struct ob_process *process = context;
    const struct ob_program *program = process->program;
    const struct ob_host *host = &plan_of(process->actor)->host;
    const char *const only_name[OB_HOST_ARGUMENTS_MAX] = {program->name};
    const char *const *given = host->argv[0] ? host->argv : only_name;
    char strings[text_size(given) + text_size(host->env) + 1];
    char *arguments[OB_HOST_ARGUMENTS_MAX + 1];
    char *environment[OB_HOST_ARGUMENTS_MAX + 1];
    char *text = strings;
    (void)self;
    ob_current_take(process, process->threads);
    errno = 0;
    int count = copy_strings(arguments, &text, given);
    (void)copy_strings(environment, &text, host->env);
    ob_c_environ = environment;
    for (ob_constructor **at = program->init; at < program->init_end; at++)
        (*at)(count, arguments, environment);
    ob_process_exit(program->entry(count, arguments, environment));
}

/* Memory, files and descriptors of a process. */
static struct ob_process *begin_process(struct ob_actor *self)
{
    struct ob_process *process = ob_state(self);
    const struct plan *plan = plan_of(self);
    process->actor = self;
    process->program = plan->program;
    process->memory = plan->memory;
    process->may_leak = plan->host.may_leak;
    process->may_abort = plan->host.may_abort;
    process->may_hang = plan->host.may_hang;
    process->faults_allowed = ob_host_fault_bits(&plan->host.faults);
    process->signals = plan->host.faults.signals;
    process->random = ob_id(self) * UINT64_C(0x9e3779b97f4a7c15);
    ob_memory_begin_process(process->memory);
    if (!ob_kernel_of(process))
        make_kernel(process);
    else
        ob_kernel_exit(ob_kernel_of(process)); /* what the process before has left open */
    open_console(process);
    return process;
}

static void start(struct ob_actor *self)
{
    struct ob_process *process = begin_process(self);
    (void)ob_thread_start(process, run_main, NULL, process);
    ob_clock_arm(process);
}

/* A library has no main(), and one thread: that of the handlers. */
static void start_library(const struct ob_hosts *hosts, struct ob_world *world)
{
    static char *no_environment[1];
    static char *no_arguments[1];
    struct ob_process *process = begin_process(ob_world_actor(world, hosts->library_id));
    const struct ob_program *program = process->program;
    process->is_library = true;
    process->threads[0].task = UINT32_MAX; /* no task's */
    ob_current_leave(world);
    ob_c_environ = no_environment;
    for (ob_constructor **at = program->init; at < program->init_end; at++)
        (*at)(0, no_arguments, no_environment);
}

static void receive_nothing(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

/* -- what reaches it -- */

static void receive_packet(struct ob_process *process, const struct ob_message *message,
                           unsigned kind)
{
    const struct ob_packet packet = {
        .kind = kind,
        .from = {.ip = OB_HOST_NETWORK + message->from, .port = (uint16_t)message->args[0]},
        .to = {.ip = OB_HOST_NETWORK + ob_id(process->actor), .port = (uint16_t)message->args[1]},
        .connection = message->args[2],
        .window = message->args[3],
        .length = message->size,
    };
    ob_kernel_receive(ob_kernel_of(process), &packet, message->bytes);
}

/* Whatever does not fit is lost, as with a terminal. */
static void receive_input(struct ob_process *process, const struct ob_message *message)
{
    const struct ob_message_type *type =
        &ob_world_vocabulary(process->actor->world)->messages[message->kind];
    struct ob_kernel *kernel = ob_kernel_of(process);
    if (type->bytes_max) {
        (void)ob_kernel_input(kernel, message->bytes, message->size, false);
        return;
    }
    char line[256];
    int length = snprintf(line, sizeof line, "%s", type->name);
    for (unsigned at = 0; at < OB_ARGS_MAX && type->args[at].name; at++)
        length += snprintf(line + length, sizeof line - (size_t)length, " %u", message->args[at]);
    length += snprintf(line + length, sizeof line - (size_t)length, "\n");
    (void)ob_kernel_input(kernel, line, (size_t)length, false);
}

/* What has come, in the order of enum ob_packet_kind; OB_HOST_KINDS for what is no packet. Payload
 * that the target has a name for comes under that name. */
static unsigned kind_of(const struct ob_hosts *hosts, const struct ob_message *message)
{
    if (message->kind >= hosts->first_kind)
        return message->kind - hosts->first_kind;
    if (!hosts->of_actor[message->from] || message->size == 0)
        return OB_HOST_KINDS;
    return message->args[2] ? OB_PACKET_DATA : OB_PACKET_DATAGRAM; /* streams have connections */
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_process *process = ob_state(self);
    unsigned kind = kind_of(ob_hosts_of(self->world), message);
    ob_memory_take(process->memory);
    process->is_receiving = true;
    if (kind == OB_HOST_ALARM) {
        process->alarm = 0;
        ob_kernel_expire(ob_kernel_of(process));
    } else if (kind < OB_HOST_ALARM) {
        receive_packet(process, message, kind);
    } else {
        receive_input(process, message);
    }
    process->is_receiving = false;
    ob_clock_arm(process);
    ob_threads_go_on(process);
}

/* -- set-up -- */

/* What ran may have been left in the middle, by a violation. */
static void annex_begin(void *context)
{
    ob_current = (struct ob_current){0};
    ob_memories_begin(&((struct ob_hosts *)context)->memories);
}

static void annex_enter(void *context, struct ob_world *world)
{
    struct ob_hosts *hosts = context;
    struct ob_process *library = hosts->library;
    if (library && !library->actor)
        start_library(hosts, world);
    else if (library)
        ob_current_leave(world);
}

static size_t annex_size(const void *context)
{
    return ob_memories_size(&((const struct ob_hosts *)context)->memories);
}

static void annex_save(const void *context, void *copy)
{
    ob_memories_save(&((const struct ob_hosts *)context)->memories, copy);
}

static void annex_load(void *context, const void *copy)
{
    struct ob_hosts *hosts = context;
    ob_current = (struct ob_current){0};
    ob_memories_load(&hosts->memories, copy);
    if (hosts->library && hosts->library->actor)
        ob_current_leave(hosts->library->actor->world);
}

static void annex_judge(void *context, struct ob_world *world)
{
    (void)context;
    for (unsigned id = 1; id <= ob_world_vocabulary(world)->actor_count; id++) {
        const struct ob_actor *actor = ob_world_actor(world, id);
        struct ob_process *process = ob_process_of(actor);
        if (process && ob_is_up(actor) && !process->is_library)
            ob_process_judge(process);
    }
}

static bool annex_said(void *context, uint32_t delivery, uint32_t nth, struct ob_saying *saying)
{
    struct ob_hosts *hosts = context;
    for (unsigned id = 1; id <= OB_ACTORS_MAX; id++) {
        struct ob_memory *memory =
            hosts->of_actor[id] ? &hosts->memories.hosts[hosts->of_actor[id] - 1] : NULL;
        for (uint32_t at = 0; memory && at < memory->state.output_pieces; at++) {
            ob_memories_show(&hosts->memories);
            const struct ob_output_piece *piece = &memory->pieces[at];
            bool is_last = at + 1 == memory->state.output_pieces;
            size_t end = is_last ? memory->state.output_size : piece[1].start;
            if (piece->delivery != delivery || nth-- > 0)
                continue;
            *saying = (struct ob_saying){.actor = id,
                                         .stream = piece->is_error ? "stderr" : "stdout",
                                         .text = memory->output + piece->start,
                                         .length = end - piece->start};
            return true;
        }
    }
    return false;
}

/* The process is killed, and the machine goes on: its kernel ends the connections (FIN, or RST
 * where something was unread), and answers what comes for nobody. */
static void annex_crash(void *context, struct ob_actor *actor)
{
    struct ob_process *process = ob_process_of(actor);
    (void)context;
    if (!process || process->is_library)
        return;
    ob_memory_take(process->memory);
    for (unsigned at = 0; at < OB_THREADS_MAX; at++)
        process->threads[at].task = 0; /* none of them wakes any more */
    ob_kernel_exit(ob_kernel_of(process));
    ob_current_leave(actor->world);
}

static void annex_miss(void *context, struct ob_actor *actor, const struct ob_message *message)
{
    struct ob_process *process = ob_process_of(actor);
    unsigned kind = process ? kind_of(context, message) : OB_HOST_KINDS;
    if (kind >= OB_HOST_ALARM)
        return;
    ob_memory_take(process->memory);
    process->is_receiving = true;
    receive_packet(process, message, kind);
    process->is_receiving = false;
    ob_current_leave(actor->world);
}

static void annex_destroy(void *context)
{
    ob_memories_release(&((struct ob_hosts *)context)->memories);
    free(context);
}

static bool annex_is_program(const void *context, unsigned actor)
{
    const struct hosts *hosts = context;
    return actor <= OB_ACTORS_MAX && hosts->shared.of_actor[actor] != 0;
}

static const struct ob_annex annex = {
    .begin = annex_begin,
    .enter = annex_enter,
    .size = annex_size,
    .save = annex_save,
    .load = annex_load,
    .destroy = annex_destroy,
    .crash = annex_crash,
    .miss = annex_miss,
    .judge = annex_judge,
    .said = annex_said,
    .is_program = annex_is_program,
};

/* The first host or library of a set-up. */
static struct hosts *begin_memories(struct ob_world *world)
{
    struct hosts *hosts = ob_world_annex(world);
    bool is_first = !hosts;
    if (is_first)
        hosts = calloc(1, sizeof *hosts);
    if (!hosts)
        ob_defect(world, "memory is short for its hosts");
    if (is_first || !world->annex) { /* a set-up begins, maybe not the first */
        ob_memories_release(&hosts->shared.memories);
        memset(hosts, 0, sizeof *hosts);
        ob_world_add_annex(world, &annex, hosts);
    }
    return hosts;
}

/* The same of a host. */
static struct hosts *begin_hosts(struct ob_world *world)
{
    struct hosts *hosts = begin_memories(world);
    if (!world->runs_by_itself) {
        ob_world_runs_by_itself(world);
        for (unsigned kind = 0; kind < OB_HOST_KINDS; kind++) {
            unsigned number = ob_world_add_kind(world, &kinds[kind]);
            if (kind == 0)
                hosts->shared.first_kind = number;
        }
        ob_use_tasks(world,
                     (struct ob_task_limits){.tasks_max = TASKS_MAX, .stack_size = STACK_SIZE});
    }
    return hosts;
}

static void add_host(struct hosts *hosts, struct ob_actor *actor, const struct ob_program *program,
                     const struct ob_host *host)
{
    unsigned place = hosts->shared.memories.count;
    if (place == OB_HOSTS_MAX)
        ob_defect(actor->world, "ob_host(\"%s\"): there are at most %d hosts", ob_name(actor),
                  OB_HOSTS_MAX);
    if (!program->entry && host->argv[0])
        ob_defect(actor->world, "ob_host(\"%s\"): %s is a library, see ob_library()",
                  ob_name(actor), program->name);
    struct ob_memory *memory = ob_memory_add(&hosts->shared.memories, program);
    if (!memory)
        ob_defect(actor->world, "ob_host(\"%s\"): memory is short, or its addresses are in use",
                  ob_name(actor));
    hosts->plans[place] = (struct plan){.host = *host, .program = program, .memory = memory};
    hosts->shared.of_actor[ob_id(actor)] = (uint8_t)(place + 1);
    ob_host_faults_declare(actor->world, &hosts->shared, &host->faults);
}

struct ob_actor *ob_host(struct ob_world *world, const char *name, const struct ob_program *program,
                         struct ob_host host)
{
    struct hosts *hosts = begin_hosts(world);
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct ob_process));
    add_host(hosts, actor, program, &host);
    ob_on_start(actor, start);
    ob_on_describe(actor, ob_process_describe);
    return actor;
}

struct ob_actor *ob_host_many(struct ob_world *world, const char *name, unsigned count,
                              const struct ob_program *program, struct ob_host host)
{
    struct hosts *hosts = begin_hosts(world);
    struct ob_actor *first = ob_spawn_many(world, name, count, receive, sizeof(struct ob_process));
    for (unsigned index = 0; index < count; index++) {
        add_host(hosts, first + index, program, &host);
        ob_on_start(first + index, start);
        ob_on_describe(first + index, ob_process_describe);
    }
    return first;
}

void ob_library(struct ob_world *world, const struct ob_program *library)
{
    static const struct ob_host nothing;
    struct hosts *hosts = begin_memories(world);
    if (hosts->shared.library)
        ob_defect(world,
                  "ob_library(\"%s\"): there is one already; gather both in one "
                  "offbeat_add_program()",
                  library->name);
    if (library->entry)
        ob_defect(world,
                  "ob_library(\"%s\"): it is a program; name the functions that handlers call as "
                  "EXPORTS of offbeat_add_program()",
                  library->name);
    struct ob_actor *actor =
        ob_spawn(world, library->name, receive_nothing, sizeof(struct ob_process));
    add_host(hosts, actor, library, &nothing);
    hosts->shared.library = ob_state(actor);
    hosts->shared.library_id = ob_id(actor);
}

/* -- checks -- */

static struct ob_process *named(const struct ob_world *world, const char *name,
                                const char *function)
{
    struct ob_process *process = ob_process_of((ob_actor)(world, name));
    if (!process)
        ob_defect(world, "%s(): %s is no host", function, name);
    return process;
}

bool ob_host_exited(const struct ob_world *world, const char *name, int *code)
{
    const struct ob_process *process = named(world, name, "ob_host_exited");
    if (process->has_exited && code)
        *code = process->exit_code;
    return process->has_exited;
}

const char *ob_host_output(const struct ob_world *world, const char *name)
{
    const struct ob_process *process = named(world, name, "ob_host_output");
    return process->memory ? process->memory->output : "";
}
