#include "world/task_guard.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/variables.h"

#define SIGNAL_STACK_SIZE (256u << 10)

static _Thread_local struct ob_world *running_world;
static OB_OF_HARNESS struct sigaction others[2];
static const int signals[] = {SIGSEGV, SIGBUS};

static void overflow(struct ob_world *world)
{
    struct ob_task *task = world->run.tasks.running;
    OB_INVARIANT(
        world, task_stack_overflow, false,
        "task %u of %s needs more than the %zu bytes of its stack: an endless recursion, or "
        "say more in ob_use_tasks()",
        (unsigned)task->number, world->names[task->actor->id], world->stacks.size);
}

static void handle(int number, siginfo_t *info, void *context)
{
    struct ob_world *world = running_world;
    (void)context;
    if (world && world->run.tasks.running &&
        ob_stack_guards(&world->stacks, ob_task_slot(world->run.tasks.running), info->si_addr))
        overflow(world); /* does not return: this stack is left as the task's own is */
    /* The instruction is tried again, and meets the one whose signal this is. */
    (void)sigaction(number, &others[number == SIGBUS], NULL);
}

static void use_signal_stack(void)
{
    stack_t old;
    if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE))
        return; /* a sanitizer's */
    void *memory =
        mmap(NULL, SIGNAL_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return; /* an overflow then ends the process, as it does elsewhere */
    const stack_t stack = {.ss_sp = memory, .ss_size = SIGNAL_STACK_SIZE};
    (void)sigaltstack(&stack, NULL);
}

static void install(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    action.sa_sigaction = handle;
    sigemptyset(&action.sa_mask);
    use_signal_stack();
    for (unsigned at = 0; at < 2; at++) {
        struct sigaction current;
        if (sigaction(signals[at], NULL, &current) ||
            ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == handle))
            continue;
        others[at] = current;
        (void)sigaction(signals[at], &action, NULL);
    }
}

/* Not before the first task: engines install their own handlers after a target's set-up, and leave
 * alone what is there by then. */
void ob_task_guard(struct ob_world *world)
{
    if (OB_LIKELY(running_world == world))
        return;
    running_world = world;
    install();
}

void ob_task_unguard(const struct ob_world *world)
{
    if (running_world == world)
        running_world = NULL;
}
