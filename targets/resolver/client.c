/*
 * An application that looks names up, through c-ares, and gives up a lookup that takes too long. A
 * program like any other: it knows nothing of Offbeat.
 *
 * c-ares has no call that takes one lookup back. So who gives up frees it, and the answer uses what
 * was freed; or, with `--cancel`, takes all of them back, and has no more use for the others; or,
 * with `--keep`, only marks it, and the answer frees it.
 */
#include <ares.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#define NAMES 3
#define PAUSE_US 10000    /* from one lookup to the next */
#define PATIENCE_US 30000 /* for one of them */
#define RETRY_MS 20       /* a question without an answer is asked again */

enum way { FREE, CANCEL, KEEP };

struct lookup {
    const char *name;
    long long until_us;
    int is_given_up;
};

static const char *const names[NAMES] = {"red.example", "green.example", "blue.example"};
static struct lookup *lookups[NAMES]; /* that somebody waits for */
static ares_channel channel;
static enum way way;
static int answered, given_up, lost;

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void forget(const struct lookup *lookup)
{
    for (int at = 0; at < NAMES; at++)
        if (lookups[at] == lookup)
            lookups[at] = NULL;
}

static void on_answer(void *data, int status, int tries, struct hostent *host)
{
    struct lookup *lookup = data;
    (void)tries;
    if (!lookup->is_given_up) {
        if (status == ARES_SUCCESS && host->h_addr_list[0])
            answered++;
        else
            lost++;
        printf("%s %s\n", lookup->name, status == ARES_SUCCESS ? "found" : ares_strerror(status));
        forget(lookup);
    }
    free(lookup);
}

static void give_up(struct lookup *lookup)
{
    printf("%s given up\n", lookup->name);
    given_up++;
    forget(lookup);
    lookup->is_given_up = 1;
    if (way == FREE)
        free(lookup);
    else if (way == CANCEL)
        ares_cancel(channel);
}

static void ask(int number)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    lookup->name = names[number];
    lookup->until_us = now_us() + PATIENCE_US;
    lookups[number] = lookup;
    ares_gethostbyname(channel, lookup->name, AF_INET, on_answer, lookup);
}

/* What is left of the time of a try, in whole milliseconds: c-ares rounds down, so that in the last
 * one it says 0 again and again. */
static struct timeval *time_of_try(struct timeval *most, struct timeval *least)
{
    struct timeval *left = ares_timeout(channel, most, least);
    if (left == least && left->tv_sec == 0 && left->tv_usec == 0)
        left->tv_usec = 1000;
    return left;
}

/* Waits until a socket of the channel is ready, or a moment. */
static void wait_until(long long until_us)
{
    fd_set reading, writing;
    struct timeval most, least;
    long long left_us = until_us - now_us();
    int count;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    if (left_us < 0)
        left_us = 0;
    most.tv_sec = left_us / 1000000;
    most.tv_usec = left_us % 1000000;
    count = ares_fds(channel, &reading, &writing);
    select(count, &reading, &writing, NULL, time_of_try(&most, &least));
    ares_process(channel, &reading, &writing);
}

int main(int argc, char **argv)
{
    struct ares_options options = {.timeout = RETRY_MS, .tries = 3};
    long long begin_us = now_us();
    int asked = 0;
    if (argc > 1)
        way = strcmp(argv[1], "--cancel") == 0 ? CANCEL : KEEP;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS)
        return 2;
    while (answered + given_up + lost < NAMES) {
        long long next_us = begin_us + asked * PAUSE_US;
        if (asked < NAMES && now_us() >= next_us) {
            ask(asked++);
            continue;
        }
        if (asked == NAMES)
            next_us = now_us() + PATIENCE_US;
        for (int at = 0; at < NAMES; at++)
            if (lookups[at] && lookups[at]->until_us < next_us)
                next_us = lookups[at]->until_us;
        wait_until(next_us);
        for (int at = 0; at < NAMES; at++)
            if (lookups[at] && lookups[at]->until_us <= now_us())
                give_up(lookups[at]);
    }
    ares_destroy(channel);
    ares_library_cleanup();
    return lost > 0;
}
