/* Jumps from one stack to another are meant; fortified ones take them for a mistake. */
#undef _FORTIFY_SOURCE
#include "engine/afl_guard.h"

#include "engine/fuzzed.h"
#include "engine/process_end.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#define SECONDS_MAX 2
#define SIGNALS (sizeof signals / sizeof *signals)

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGVTALRM};
static struct sigaction before[SIGNALS];
static sigjmp_buf escape;
static timer_t timer;
static bool has_timer;

static void leave(int status)
{
    (void)status;
    siglongjmp(escape, 1);
}

/* A signal outside of a run goes to the handler before: the instruction is tried again. */
static void on_signal(int number)
{
    if (ob_fuzzed_counts.is_running)
        leave(0);
    for (size_t index = 0; index < SIGNALS && number != SIGVTALRM; index++)
        if (signals[index] == number)
            (void)sigaction(number, &before[index], NULL);
    if (number == SIGABRT)
        (void)raise(number);
}

static void install(void)
{
    static char memory[64 << 10];
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    stack_t old;

    if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE))
        (void)sigaltstack(&stack, NULL);
    for (size_t index = 0; index < SIGNALS; index++)
        (void)sigaction(signals[index], &action, &before[index]);
    has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
    ob_process_end_watch(leave);
}

static void set_timer(int seconds)
{
    const struct itimerspec time = {.it_value = {.tv_sec = seconds}};

    if (has_timer)
        (void)timer_settime(timer, 0, &time, NULL);
}

bool ob_afl_guard(void (*work)(void *context), void *context)
{
    static bool is_installed;

    if (!is_installed)
        install();
    is_installed = true;
    if (sigsetjmp(escape, 1) != 0) {
        set_timer(0);
        return false;
    }
    set_timer(SECONDS_MAX);
    work(context);
    set_timer(0);
    return true;
}
