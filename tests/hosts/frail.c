/*
 * A program that takes for granted what mostly holds: `frail ROLE WHAT`, with `--sturdy` it does
 * not. WHAT is what may go wrong, as host.h names it; each way of going on is one that real
 * programs have.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 8
#define PORT 7000

static int is_sturdy;

static struct sockaddr_in address_of(const char *name)
{
    struct addrinfo hints = {.ai_family = AF_INET}, *found = NULL;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    if (name && getaddrinfo(name, NULL, &hints, &found) == 0) {
        address.sin_addr = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
        freeaddrinfo(found);
    }
    return address;
}

static int listen_there(void)
{
    const struct sockaddr_in address = address_of(NULL);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0)
        abort();
    return fd;
}

static int connect_to(const char *name)
{
    const struct sockaddr_in address = address_of(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        abort();
    return fd;
}

/* -- what a peer does, and never minds -- */

static void answer_all(int fd)
{
    char bytes[SIZE];
    size_t there = 0;
    ssize_t done;
    while ((done = read(fd, bytes + there, sizeof bytes - there)) > 0) {
        there += (size_t)done;
        if (there == sizeof bytes && write(fd, "answered", SIZE) == SIZE)
            there = 0;
    }
}

static int serve(int connections)
{
    int listener = listen_there();
    while (connections-- > 0) {
        int fd = accept(listener, NULL, NULL);
        answer_all(fd);
        close(fd);
    }
    close(listener);
    return 0;
}

static int serve_datagrams(void)
{
    char bytes[SIZE];
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    const struct sockaddr_in address = address_of(NULL);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        abort();
    while (recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length) > 0)
        (void)sendto(fd, "answered", SIZE, 0, (struct sockaddr *)&peer, length);
    return 0;
}

/* -- short counts -- */

static void wait_for_edge(int set)
{
    struct epoll_event event;
    if (epoll_wait(set, &event, 1, -1) != 1)
        abort();
}

static int edges_of(int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    int set = epoll_create1(0);
    int on = 1;
    if (ioctl(fd, FIONBIO, &on) < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0)
        abort();
    return set;
}

/* Takes a count that is less than asked for as the end of what there is, as epoll(7) allows. */
static void read_answer(int fd, int set)
{
    char bytes[SIZE];
    size_t there = 0;
    while (there < SIZE) {
        ssize_t done = read(fd, bytes + there, SIZE - there);
        if (done < 0 && errno == EAGAIN)
            done = 0;
        assert(done >= 0);
        assert(is_sturdy || done == 0 || done == SIZE);
        there += (size_t)done;
        if (there < SIZE)
            wait_for_edge(set);
    }
    assert(memcmp(bytes, "answered", SIZE) == 0);
}

static void write_question(int fd, int set)
{
    size_t sent = 0;
    while (sent < SIZE) {
        ssize_t done = write(fd, &"question"[sent], SIZE - sent);
        if (done < 0 && errno == EAGAIN)
            done = 0;
        assert(done >= 0);
        assert(is_sturdy || done == SIZE);
        sent += (size_t)done;
        if (sent < SIZE)
            wait_for_edge(set);
    }
}

static int meet_short_counts(void)
{
    int fd = connect_to("server");
    int set = edges_of(fd);
    for (int times = 0; times < 2; times++) {
        write_question(fd, set);
        read_answer(fd, set);
    }
    close(set);
    close(fd);
    return 0;
}

/* Reads what it has counted; what it has counted is there. */
static int meet_cut_segments(void)
{
    int fd = connect_to("server");
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    char bytes[SIZE];
    int there = 0;
    if (write(fd, "question", SIZE) != SIZE)
        abort();
    do {
        poll(&entry, 1, -1);
        ioctl(fd, FIONREAD, &there);
    } while (is_sturdy && there < SIZE && usleep(100) == 0);
    assert(there == SIZE);
    assert(read(fd, bytes, sizeof bytes) == SIZE);
    close(fd);
    return 0;
}

/* -- connections -- */

static int ask(void)
{
    char bytes[SIZE];
    int fd = connect_to("server");
    size_t there = 0;
    ssize_t done = send(fd, "question", SIZE, MSG_NOSIGNAL);
    while (done > 0 && there < SIZE) {
        done = read(fd, bytes + there, SIZE - there);
        there += done > 0 ? (size_t)done : 0;
    }
    close(fd);
    return there == SIZE;
}

static int meet_resets(void)
{
    int answered = 0;
    for (int tries = 0; !answered && tries < (is_sturdy ? 3 : 1); tries++)
        answered = ask();
    assert(answered || is_sturdy);
    return 0;
}

/* A SYN that finds no room is sent again after a second. */
static int meet_full_backlog(void)
{
    const struct sockaddr_in address = address_of("server");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno != EINPROGRESS)
        abort();
    assert(poll(&entry, 1, is_sturdy ? 200000 : 500) == 1);
    close(fd);
    return 0;
}

static int meet_lost_datagrams(void)
{
    const struct sockaddr_in address = address_of("server");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    int ready = 0;
    for (int tries = 0; ready == 0 && tries < (is_sturdy ? 400 : 1); tries++) {
        (void)sendto(fd, "question", SIZE, 0, (const struct sockaddr *)&address, sizeof address);
        ready = poll(&entry, 1, 100);
    }
    assert(ready == 1);
    close(fd);
    return 0;
}

/* -- within the process -- */

/* The settings come first, and the work after them: so it was when it was written. */
static int meet_any_order(void)
{
    struct epoll_event events[2];
    int set = epoll_create1(0);
    int has_settings = 0;
    for (uint32_t number = 0; number < 2; number++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
        if (epoll_ctl(set, EPOLL_CTL_ADD, eventfd(1, 0), &event) < 0)
            abort();
    }
    int count = epoll_wait(set, events, 2, -1);
    for (int at = 0; at < count; at++)
        has_settings |= is_sturdy && events[at].data.u32 == 0;
    for (int at = 0; at < count; at++)
        if (events[at].data.u32 == 0)
            has_settings = 1;
        else
            assert(has_settings);
    return 0;
}

static int meet_no_memory(void)
{
    char *buffer = malloc(16);
    if (!buffer)
        return 0;
    for (size_t size = 32; size <= 4096; size *= 2) {
        char *wider = realloc(buffer, size);
        if (!wider && is_sturdy)
            free(buffer);
        if (!wider) {
            buffer = NULL; /* of the frail one nobody knows any more where it was */
            return 0;
        }
        buffer = wider;
    }
    free(buffer);
    return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int is_there[2];

static void *wait_for_one(void *argument)
{
    int *mine = argument;
    pthread_mutex_lock(&lock);
    while (is_sturdy && !*mine)
        pthread_cond_wait(&changed, &lock);
    if (!*mine)
        pthread_cond_wait(&changed, &lock);
    assert(*mine);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int meet_spurious_wakes(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_one, &is_there[0]);
    usleep(1000);
    pthread_mutex_lock(&lock);
    is_there[0] = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}

static void *wait_for_own(void *argument)
{
    int *mine = argument;
    pthread_mutex_lock(&lock);
    while (!*mine)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* One condition for two that wait for different things: a signal may wake the wrong one. */
static int meet_any_waiter(void)
{
    pthread_t threads[2];
    for (int at = 0; at < 2; at++) {
        pthread_create(&threads[at], NULL, wait_for_own, &is_there[at]);
        usleep(1000);
    }
    for (int at = 0; at < 2; at++) {
        pthread_mutex_lock(&lock);
        is_there[at] = 1;
        if (is_sturdy)
            pthread_cond_broadcast(&changed);
        else
            pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    for (int at = 0; at < 2; at++)
        pthread_join(threads[at], NULL);
    return 0;
}

/* -- signals -- */

static volatile sig_atomic_t told;

static void note(int signal)
{
    told += signal == SIGUSR1;
}

static int meet_signals(void)
{
    struct sigaction action = {.sa_handler = note};
    struct timespec duration = {.tv_nsec = 1000000};
    char bytes[SIZE];
    sem_t never;
    ssize_t done;
    signal(SIGUSR1, SIG_IGN);
    int fd = connect_to("server");
    sigaction(SIGUSR1, &action, NULL);
    if (write(fd, "question", SIZE) != SIZE)
        abort();
    do
        done = read(fd, bytes, sizeof bytes);
    while (is_sturdy && done < 0 && errno == EINTR);
    assert(done == SIZE);
    while (nanosleep(&duration, &duration) < 0 && is_sturdy && errno == EINTR)
        continue;
    sem_init(&never, 0, 0);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    while (sem_timedwait(&never, &until) < 0 && errno == EINTR)
        assert(is_sturdy);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *what;
        int (*meet)(void);
    } ways[] = {
        {"short_read", meet_short_counts},
        {"short_write", meet_short_counts},
        {"cut_segment", meet_cut_segments},
        {"reset", meet_resets},
        {"ready_order", meet_any_order},
        {"full_backlog", meet_full_backlog},
        {"lost_datagram", meet_lost_datagrams},
        {"no_memory", meet_no_memory},
        {"spurious_wake", meet_spurious_wakes},
        {"other_waiter", meet_any_waiter},
        {"signal", meet_signals},
    };
    if (argc < 2)
        return 2;
    if (strcmp(argv[1], "server") == 0)
        return serve(3);
    if (strcmp(argv[1], "datagrams") == 0)
        return serve_datagrams();
    is_sturdy = argc > 2;
    for (size_t at = 0; at < sizeof ways / sizeof ways[0]; at++)
        if (strcmp(ways[at].what, argv[1]) == 0)
            return ways[at].meet();
    return 2;
}
