/* How processes end: exit and its handlers, abort, leaks. */
#include <stdlib.h>
#include <string.h>

#include "host/process.h"
#include "host/stream.h"
#include "world/leave.h"
#include "world/state.h"
#include "world/task_queue.h"

#define ROOTS_MAX (2 * OB_THREADS_MAX + 5)

/* Words of the stacks of its threads, of the running one from here on, and its variables. */
static size_t list_roots(const struct ob_process *process, const void *here,
                         struct ob_heap_root roots[ROOTS_MAX])
{
    const struct ob_world *world = process->actor->world;
    const struct ob_program *program = process->program;
    extern uint8_t __start_ob_process_data[] __attribute__((visibility("hidden")));
    extern uint8_t __stop_ob_process_data[] __attribute__((visibility("hidden")));
    size_t count = 0;
    roots[count++] = (struct ob_heap_root){program->data, program->data_end};
    roots[count++] = (struct ob_heap_root){program->bss, program->bss_end};
    for (unsigned part = 0; part < 2; part++) {
        struct ob_range range = part ? program->thread_bss() : program->thread_data();
        roots[count++] = (struct ob_heap_root){range.begin, range.end};
    }
    roots[count++] = (struct ob_heap_root){__start_ob_process_data, __stop_ob_process_data};
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        const struct ob_thread *thread = &process->threads[at];
        const struct ob_task *task = ob_task_find(world, thread->task);
        if (!task)
            continue;
        if (thread->variables)
            roots[count++] = (struct ob_heap_root){
                thread->variables, thread->variables + ob_memory_thread_size(process->memory)};
        const uint8_t *top = ob_stack_bottom(&world->stacks, task->slot) + world->stacks.size;
        roots[count++] =
            (struct ob_heap_root){task == world->run.tasks.running ? here : task->place, top};
    }
    return count;
}

static void check_leaks(struct ob_process *process)
{
    struct ob_heap_root roots[ROOTS_MAX];
    struct ob_heap_leak leak;
    __builtin_unwind_init(); /* registers are roots as well: now they are on the stack */
    size_t count = list_roots(process, __builtin_frame_address(0), roots);
    if (ob_heap_leaks(ob_heap_of(process), roots, count, &leak))
        OB_INVARIANT(
            process->actor->world, host_leaks, false,
            "%s ends and leaves %zu byte%s in %zu chunk%s that nothing leads to, first of %s",
            ob_name(process->actor), leak.bytes, leak.bytes == 1 ? "" : "s", leak.chunks,
            leak.chunks == 1 ? "" : "s", ob_site(leak.site));
}

void ob_process_exit(int code)
{
    struct ob_process *process = ob_current.process;
    const struct ob_program *program = process->program;
    ob_thread_run_handlers();
    while (process->exit_handler_count > 0) {
        struct ob_exit_handler handler = process->exit_handlers[--process->exit_handler_count];
        handler.function(handler.argument);
    }
    for (ob_constructor **at = program->fini_end; at > program->fini;)
        (*--at)(0, NULL, NULL);
    ob_c_fflush(NULL);
    if (!process->may_leak)
        check_leaks(process);
    ob_process_end(process, code & 0xff);
}

/* -- aborts -- */

void ob_c_abort(void)
{
    struct ob_process *process = ob_current.process;
    const void *caller = __builtin_return_address(0);
    if (!process->may_abort)
        OB_INVARIANT(process->actor->world, host_aborts, false, "%s calls abort() in %s",
                     ob_name(process->actor), ob_site(caller));
    ob_process_end(process, 128 + SIGABRT);
}

void ob_c___assert_fail(const char *condition, const char *file, unsigned line,
                        const char *function)
{
    struct ob_process *process = ob_current.process;
    const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    if (!process->may_abort)
        OB_INVARIANT(process->actor->world, host_aborts, false,
                     "%s: assert(%s) fails in %s (%s:%u)", ob_name(process->actor), condition,
                     function ? function : "?", name, line);
    ob_process_end(process, 128 + SIGABRT);
}

void ob_c___assert(const char *condition, const char *file, int line)
{
    ob_c___assert_fail(condition, file, (unsigned)line, NULL);
}

/* -- exits -- */

void ob_c_exit(int code)
{
    ob_process_exit(code);
}

void ob_c__exit(int code)
{
    ob_process_end(ob_current.process, code & 0xff);
}

static int add_exit_handler(void (*function)(void *argument), void *argument)
{
    struct ob_process *process = ob_current.process;
    if (process->exit_handler_count == OB_EXIT_HANDLERS_MAX) {
        errno = ENOMEM;
        return -1;
    }
    process->exit_handlers[process->exit_handler_count++] =
        (struct ob_exit_handler){function, argument};
    return 0;
}

static void call_plain(void *function)
{
    void (*plain)(void);
    memcpy(&plain, &function, sizeof plain);
    plain();
}

int ob_c_atexit(void (*function)(void))
{
    void *argument;
    memcpy(&argument, &function, sizeof argument);
    return add_exit_handler(call_plain, argument);
}

int ob_c___cxa_atexit(void (*function)(void *argument), void *argument, void *object)
{
    (void)object;
    return add_exit_handler(function, argument);
}

/* -- what ends the objects of a thread: thread_local of C++ -- */

int ob_c___cxa_thread_atexit_impl(void (*function)(void *argument), void *argument, void *object)
{
    struct ob_process *process = ob_current.process;
    (void)object;
    if (process->thread_handler_count == OB_EXIT_HANDLERS_MAX)
        ob_defect(process->actor->world, "%s has more than %u objects of threads that end",
                  ob_name(process->actor), OB_EXIT_HANDLERS_MAX);
    process->thread_handlers[process->thread_handler_count++] =
        (struct ob_thread_handler){{function, argument}, ob_current.thread};
    return 0;
}

void ob_thread_run_handlers(void)
{
    struct ob_current running = ob_current;
    struct ob_process *process = running.process;
    for (unsigned at = process->thread_handler_count; at > 0; at--) {
        struct ob_thread_handler last = process->thread_handlers[at - 1];
        if (last.thread != running.thread)
            continue;
        process->thread_handler_count--;
        for (unsigned next = at - 1; next < process->thread_handler_count; next++)
            process->thread_handlers[next] = process->thread_handlers[next + 1];
        last.handler.function(last.handler.argument);
        at = process->thread_handler_count + 1; /* it may have begun others, or waited */
    }
}
