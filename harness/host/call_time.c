/* Clocks and sleeps. */
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "host/call.h"
#include "host/fault.h"

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                             .tv_nsec = (long)(ns % 1000000000)};
}

static uint64_t ns_of(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static uint64_t read_clock(clockid_t clock)
{
    struct ob_call call = ob_call_begin("clock_gettime", OB_FOREVER_NS);
    uint64_t now_ns = ob_clock_ns(call.process);
    (void)ob_call_end(&call, 0);
    bool is_real = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    return is_real ? now_ns + OB_REALTIME_OFFSET_NS : now_ns;
}

int ob_c_clock_gettime(clockid_t clock, struct timespec *time)
{
    *time = timespec_of(read_clock(clock));
    return 0;
}

int ob_c_clock_getres(clockid_t clock, struct timespec *resolution)
{
    (void)clock;
    if (resolution)
        *resolution = (struct timespec){.tv_nsec = 1};
    return 0;
}

int ob_c_gettimeofday(struct timeval *time, void *zone)
{
    uint64_t now_ns = read_clock(CLOCK_REALTIME);
    (void)zone;
    *time = (struct timeval){.tv_sec = (time_t)(now_ns / 1000000000),
                             .tv_usec = (suseconds_t)(now_ns % 1000000000 / 1000)};
    return 0;
}

time_t ob_c_time(time_t *time)
{
    time_t now = (time_t)(read_clock(CLOCK_REALTIME) / 1000000000);
    if (time)
        *time = now;
    return now;
}

clock_t ob_c_clock(void)
{
    return (clock_t)(read_clock(CLOCK_MONOTONIC) / 1000);
}

clock_t ob_c_times(struct tms *times)
{
    *times = (struct tms){0};
    return (clock_t)(read_clock(CLOCK_MONOTONIC) / 10000000);
}

int ob_c_nanosleep(const struct timespec *duration, struct timespec *left)
{
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec > 999999999) {
        errno = EINVAL;
        return -1;
    }
    const uint64_t duration_ns = ns_of(duration); /* `left` may be the same memory */
    struct ob_call call = ob_call_begin("nanosleep", OB_FOREVER_NS);
    if (duration_ns > 0 && ob_host_interruption(call.process, false) == OB_INTERRUPTED) {
        if (left)
            *left = *duration;
        return (int)ob_call_end(&call, -EINTR);
    }
    if (left)
        *left = (struct timespec){0};
    ob_thread_sleep(duration_ns);
    ob_process_has_waited(call.process);
    return (int)ob_call_end(&call, 0);
}

int ob_c_clock_nanosleep(clockid_t clock, int flags, const struct timespec *duration,
                         struct timespec *left)
{
    uint64_t now_ns = flags & TIMER_ABSTIME ? read_clock(clock) : 0;
    uint64_t until_ns = ns_of(duration);
    struct timespec part = timespec_of(until_ns > now_ns ? until_ns - now_ns : 0);
    return ob_c_nanosleep(&part, left) < 0 ? errno : 0;
}

int ob_c_usleep(useconds_t duration_us)
{
    const struct timespec duration = timespec_of(duration_us * UINT64_C(1000));
    return ob_c_nanosleep(&duration, NULL);
}

unsigned ob_c_sleep(unsigned seconds)
{
    const struct timespec duration = {.tv_sec = (time_t)seconds};
    return ob_c_nanosleep(&duration, NULL) < 0 ? seconds : 0;
}

/* Time zones are those of files that a host does not have: UTC. */
struct tm *ob_c_localtime_r(const time_t *time, struct tm *parts)
{
    return gmtime_r(time, parts);
}

time_t ob_c_mktime(struct tm *parts)
{
    return timegm(parts);
}

void ob_c_tzset(void)
{
}
