/* How processes end: exit and its handlers, abort, leaks. */
#include <stdlib.h>
#include <string.h>

#include "host/process.h"
#include "host/stream.h"
#include "world/state.h"
#include "world/task_queue.h"

/* Words of the stacks of its threads, of the running one from here on, and its variables. */
static size_t list_roots(const struct ob_process *process, const void *here,
                         struct ob_heap_root roots[OB_THREADS_MAX + 3])
{
    const struct ob_world *world = process->actor->world;
    const struct ob_program *program = process->program;
    extern uint8_t __start_ob_process_data[] __attribute__((visibility("hidden")));
    extern uint8_t __stop_ob_process_data[] __attribute__((visibility("hidden")));
    size_t count = 0;
    roots[count++] = (struct ob_heap_root){program->data, program->data_end};
    roots[count++] = (struct ob_heap_root){program->bss, program->bss_end};
    roots[count++] = (struct ob_heap_root){__start_ob_process_data, __stop_ob_process_data};
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        const struct ob_task *task = ob_task_find(world, process->threads[at].task);
        if (!task)
            continue;
        const uint8_t *top = ob_stack_bottom(&world->stacks, task->slot) + world->stacks.size;
        roots[count++] =
            (struct ob_heap_root){task == world->run.tasks.running ? here : task->place, top};
    }
    return count;
}

static void check_leaks(struct ob_process *process)
{
    struct ob_heap_root roots[OB_THREADS_MAX + 3];
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
