/* What hosts do, for people: what their threads wait for, whom they are connected to; and the
 * verdict on threads that wait for each other for ever. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/kernel/view.h"
#include "host/shadow.h"
#include "host/sync.h"
#include "scenario/scenario.h"
#include "world/leave.h"
#include "world/task_view.h"
#include "world/trace.h"

#define CONNECTIONS_SHOWN 12u
#define DESCRIPTORS_LOOKED_AT 256

/* -- threads -- */

/* With the number that its events have in traces. */
static void print_thread(const struct ob_process *process, const struct ob_thread *thread,
                         struct ob_text *text)
{
    struct ob_task_view task;
    if (thread == process->threads)
        ob_text_printf(text, "main");
    else if (ob_world_task_of(process->actor->world, thread->task, &task))
        ob_text_printf(text, "thread %u", task.number);
}

/* -- what it waits for -- */

static void print_endpoint(const struct ob_process *process, struct ob_endpoint endpoint,
                           struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(process->actor->world);
    unsigned id = endpoint.ip - OB_HOST_NETWORK;
    bool is_known = id >= 1 && id <= vocabulary->actor_count;
    ob_text_printf(text, "%s:%u", is_known ? vocabulary->actor_names[id] : "localhost",
                   (unsigned)endpoint.port);
}

static void print_descriptor(const struct ob_process *process, const struct ob_kernel_view *view,
                             struct ob_text *text)
{
    if (view->is_listening)
        ob_text_printf(text, "port %u", (unsigned)view->local.port);
    else if (view->peer.port)
        print_endpoint(process, view->peer, text);
    else
        ob_text_printf(text, "%s", view->what);
}

/* Names the descriptor that the thread waits for, if it waits for one. */
static void print_file(const struct ob_process *process, const struct ob_thread *thread,
                       struct ob_text *text)
{
    struct ob_kernel_view view;
    if (thread->wait_count != 1)
        return;
    for (int fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++) {
        if (!ob_kernel_view(ob_kernel_of(process), fd, &view) ||
            view.file != thread->waits[0].file || !view.what)
            continue;
        ob_text_printf(text, " on ");
        print_descriptor(process, &view, text);
        return;
    }
}

static const char *variable_at(const struct ob_program *program, const void *place)
{
    const uint8_t *address = place;
    bool is_zeroed = address >= program->bss && address < program->bss_end;
    if (!is_zeroed && (address < program->data || address >= program->data_end))
        return NULL;
    const uint8_t *front = is_zeroed ? program->bss : program->data;
    const char *name = NULL;
    for (const struct ob_program_variable *at = program->variables; at->name; at++)
        if (at->is_zeroed == is_zeroed && at->offset <= (size_t)(address - front))
            name = at->name;
    return name;
}

/* A mutex and so on: by the variable that it is in, or by who has allocated its memory. */
static void print_sync(const struct ob_process *process, const struct ob_sync *sync,
                       struct ob_text *text)
{
    const char *what = sync->waiters.name ? sync->waiters.name : "a lock";
    const char *variable = variable_at(process->program, sync->declared);
    const void *site = ob_heap_site(ob_heap_of(process), sync->declared);
    const char *allocator = site ? ob_site_of(process->program, site) : NULL;
    what += strncmp(what, "a ", 2) == 0 ? 2 : 0;
    if (variable)
        ob_text_printf(text, " on %s %s", what, variable);
    else if (allocator)
        ob_text_printf(text, " on a %s in memory of %s", what, allocator);
    else
        ob_text_printf(text, " on a %s", what);
}

static const struct ob_thread *thread_of_task(const struct ob_process *process, uint32_t task)
{
    for (unsigned at = 0; task && at < OB_THREADS_MAX; at++)
        if (process->threads[at].task == task)
            return &process->threads[at];
    return NULL;
}

/* The thread that alone can let another go on, or NULL. */
static const struct ob_thread *holder_of(const struct ob_process *process,
                                         const struct ob_thread *thread)
{
    if (!thread->waits_in || thread->timeout_us != OB_FOREVER)
        return NULL;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++)
        if (thread->waits_in == &process->threads[at].joiners)
            return process->threads[at].task ? &process->threads[at] : NULL;
    const struct ob_sync *sync = ob_sync_with(thread->waits_in);
    return sync ? thread_of_task(process, sync->owner) : NULL;
}

static void print_wait(const struct ob_process *process, const struct ob_thread *thread,
                       struct ob_text *text)
{
    const struct ob_thread *holder = holder_of(process, thread);
    const struct ob_sync *sync = thread->waits_in ? ob_sync_with(thread->waits_in) : NULL;
    const void *code = ob_site_above(process->program, thread->frame);
    const char *site = code ? ob_site_of(process->program, code) : NULL;
    print_thread(process, thread, text);
    ob_text_printf(text, ": %s", thread->call ? thread->call : "runs");
    if (!thread->call)
        return;
    print_file(process, thread, text);
    if (sync)
        print_sync(process, sync, text);
    if (holder) {
        ob_text_printf(text, " of ");
        print_thread(process, holder, text);
    }
    if (site)
        ob_text_printf(text, " in %s", site);
    if (thread->timeout_us != OB_FOREVER) {
        ob_text_printf(text, ", ");
        ob_duration_print(text, thread->timeout_us);
        ob_text_printf(text, " at most");
    }
}

/* -- the state of a host -- */

static void print_connection(const struct ob_process *process, int fd,
                             const struct ob_kernel_view *view, struct ob_text *text)
{
    ob_text_printf(text, "%d: %s ", fd, view->what);
    print_descriptor(process, view, text);
    if (view->unread)
        ob_text_printf(text, ", %u bytes unread", view->unread);
    if (view->unsent)
        ob_text_printf(text, ", %u bytes unsent", view->unsent);
    ob_text_printf(text, "%s\n", view->has_ended ? ", which has ended" : "");
}

static void print_connections(const struct ob_process *process, struct ob_text *text)
{
    struct ob_kernel_view view;
    unsigned found = 0;
    for (int fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++) {
        if (!ob_kernel_view(ob_kernel_of(process), fd, &view) ||
            (!view.is_listening && !view.peer.port))
            continue;
        if (found++ < CONNECTIONS_SHOWN)
            print_connection(process, fd, &view, text);
    }
    if (found > CONNECTIONS_SHOWN)
        ob_text_printf(text, "and %u more\n", found - CONNECTIONS_SHOWN);
}

void ob_process_describe(const struct ob_actor *self, struct ob_text *text)
{
    struct ob_process *process = ob_state(self);
    if (!process->actor)
        return; /* it has not started */
    if (process->has_exited) {
        ob_text_printf(text, "has ended with %d", process->exit_code);
        return;
    }
    ob_memory_take(process->memory);
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        if (!process->threads[at].task)
            continue;
        print_wait(process, &process->threads[at], text);
        ob_text_printf(text, "\n");
    }
    print_connections(process, text);
}

/* -- the verdict -- */

/* Goes from a thread to its holder and on. Returns whether that leads back to it. */
static bool is_in_circle(const struct ob_process *process, const struct ob_thread *thread)
{
    const struct ob_thread *at = holder_of(process, thread);
    for (unsigned steps = 0; at && at != thread && steps < OB_THREADS_MAX; steps++)
        at = holder_of(process, at);
    return at == thread;
}

/* Whether only a thread of the process itself could let it go on. */
static bool waits_for_its_own(const struct ob_thread *thread)
{
    return thread->waits_in && thread->timeout_us == OB_FOREVER;
}

/* Says of each thread that is chosen what it waits for. */
static void print_waits(const struct ob_process *process, uint32_t chosen, char *said, size_t size)
{
    struct ob_text text = {0};
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        if (!(chosen >> at & 1))
            continue;
        ob_text_printf(&text, "%s", text.length ? "; " : "");
        print_wait(process, &process->threads[at], &text);
    }
    (void)snprintf(said, size, "%s", ob_text_string(&text));
    ob_text_release(&text);
}

void ob_process_judge(struct ob_process *process)
{
    struct ob_world *world = process->actor->world;
    char said[224];
    uint32_t all = 0;
    uint32_t own = 0;
    uint32_t circle = 0;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        const struct ob_thread *thread = &process->threads[at];
        all |= (uint32_t)(thread->task != 0) << at;
        own |= (uint32_t)(thread->task != 0 && waits_for_its_own(thread)) << at;
    }
    if (own == 0 || process->has_exited)
        return;
    ob_memory_take(process->memory);
    for (unsigned at = 0; at < OB_THREADS_MAX; at++)
        if (own >> at & 1)
            circle |= (uint32_t)is_in_circle(process, &process->threads[at]) << at;
    if (circle) {
        print_waits(process, circle, said, sizeof said);
        OB_BOUND(world, host_deadlock, "%s: %s", ob_name(process->actor), said);
    }
    if (own == all && !process->alarm && !process->may_hang) {
        print_waits(process, all, said, sizeof said);
        OB_BOUND(world, host_hangs, "%s: %s", ob_name(process->actor), said);
    }
}
