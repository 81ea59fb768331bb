/* What every process has: who runs, random numbers, an end. */
#include "host/process.h"
#include "world/inline.h"
#include "world/leave.h"

_Thread_local struct ob_current ob_current;

struct ob_process *ob_process_of(const struct ob_actor *actor)
{
    const struct ob_hosts *hosts = ob_hosts_of(actor->world);
    return hosts && hosts->of_actor[ob_id(actor)] ? ob_state(actor) : NULL;
}

/* Threads have thread-local variables of their own, at addresses that they share. */
static void take_thread_variables(struct ob_process *process, struct ob_thread *thread)
{
    size_t size = ob_memory_thread_size(process->memory);
    struct ob_thread *before = process->in_place;
    if (OB_LIKELY(size == 0) || before == thread)
        return;
    if (before && !before->room)
        before->room = ob_alloc(process->actor->world, size);
    ob_memory_swap_thread(process->memory, before ? before->room : NULL, thread->variables);
    if (before)
        before->variables = before->room;
    process->in_place = thread;
}

void ob_current_take(struct ob_process *process, struct ob_thread *thread)
{
    ob_current = (struct ob_current){process, thread};
    ob_memory_take(process->memory);
    take_thread_variables(process, thread);
}

void ob_current_leave(const struct ob_world *world)
{
    struct ob_process *library = ob_hosts_of(world)->library;
    ob_current = (struct ob_current){0};
    if (OB_LIKELY(!library))
        return;
    ob_current_take(library, library->threads);
}

void ob_library_refuse(const struct ob_process *process, const char *call)
{
    if (OB_UNLIKELY(process->is_library))
        ob_defect(process->actor->world,
                  "library %s calls %s(), for which it needs threads or a process of its own; run "
                  "it as a host, or leave the call out",
                  process->program->name, call);
}

uint64_t ob_process_random(struct ob_process *process)
{
    process->random += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 */
    uint64_t mixed = process->random;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

void ob_process_end(struct ob_process *process, int code)
{
    ob_library_refuse(process, "exit");
    struct ob_actor *actor = process->actor;
    uint32_t self = ob_task_self(actor);
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        struct ob_thread *thread = &process->threads[at];
        if (thread->task && thread->task != 1 && thread->task != self)
            (void)ob_task_cancel(actor, thread->task);
        thread->task = 0;
    }
    process->exit_code = code;
    process->has_exited = true;
    ob_kernel_exit(ob_kernel_of(process));
    ob_clock_arm(process);
    ob_current_leave(actor->world);
    ob_task_exit(actor);
}
