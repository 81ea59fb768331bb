#include "engine/process_end.h"

#include "engine/fuzzed.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* The linker's names. Programs that are put together by hand have none of them. */
OB_NORETURN void __real_exit(int status) __attribute__((weak));
OB_NORETURN void __real__exit(int status) __attribute__((weak));
OB_NORETURN void __real__Exit(int status) __attribute__((weak));
OB_NORETURN void __real_quick_exit(int status) __attribute__((weak));
OB_NORETURN void __wrap_exit(int status);
OB_NORETURN void __wrap__exit(int status);
OB_NORETURN void __wrap__Exit(int status);
OB_NORETURN void __wrap_quick_exit(int status);

static void (*told)(int status);
static pid_t owner; /* the process that runs inputs; children that a target starts are its own */
static pthread_t owner_thread;
static sigset_t blocked; /* outside of signal handlers */

/* An engine's own children, such as those of a fork server, are made between runs. */
static void note_owner(void)
{
    if (ob_fuzzed_counts.is_running)
        return;
    owner = getpid();
    owner_thread = pthread_self();
}

void ob_process_end_watch(void (*on_end)(int status))
{
    told = on_end;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    note_owner();
    (void)pthread_atfork(NULL, NULL, note_owner);
}

/* Engines end the process in handlers of signals, which are blocked meanwhile, or from a thread of
 * their own. */
static bool is_by_engine(void)
{
    sigset_t now;

    if (!pthread_equal(pthread_self(), owner_thread) || pthread_sigmask(SIG_SETMASK, NULL, &now))
        return true;
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&now, number) == 1 && sigismember(&blocked, number) != 1)
            return true;
    return false;
}

static void tell(int status)
{
    if (told && ob_fuzzed_counts.is_running && getpid() == owner && !is_by_engine())
        told(status);
}

void __wrap_exit(int status)
{
    tell(status);
    __real_exit(status);
}

void __wrap__exit(int status)
{
    tell(status);
    __real__exit(status);
}

void __wrap__Exit(int status)
{
    tell(status);
    __real__Exit(status);
}

void __wrap_quick_exit(int status)
{
    tell(status);
    __real_quick_exit(status);
}
