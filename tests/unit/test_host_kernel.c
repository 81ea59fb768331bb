/* The simulated kernel of a host, without a world: two of them, a link between, and a clock. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "host/kernel/kernel.h"

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

enum { REGION = 1 << 20, PACKETS = 256, SERVER = 0, CLIENT = 1, HOSTS = 2, PORT = 7000 };

/* -- two hosts -- */

struct host {
    struct ob_kernel *kernel;
    void *region;
    uint32_t ip;
    unsigned changes, pipes_broken;
    char output[64];
};

static struct host hosts[HOSTS];
static uint64_t now;

/* What is on its way, in order. */
static struct {
    struct ob_packet packet;
    char bytes[OB_SEGMENT_MAX];
} link_[PACKETS];
static unsigned sent, delivered;

static struct {
    enum ob_kernel_choice what;
    uint32_t answer;
    unsigned asked, times;
} chosen;

static uint64_t get_now(void *user)
{
    (void)user;
    return now;
}

static uint64_t get_offset(void *user)
{
    (void)user;
    return 1000 * S;
}

static void transmit(void *user, const struct ob_packet *packet, const void *bytes)
{
    (void)user;
    assert_true(sent < PACKETS);
    link_[sent].packet = *packet;
    if (packet->length > 0)
        memcpy(link_[sent].bytes, bytes, packet->length);
    sent++;
}

static void note_change(void *user, uint32_t file, uint32_t events)
{
    (void)file;
    (void)events;
    ((struct host *)user)->changes++;
}

static void note_signal(void *user, int signal)
{
    ((struct host *)user)->pipes_broken += signal == SIGPIPE;
}

static void note_output(void *user, int console, const void *bytes, size_t size)
{
    (void)console;
    strncat(((struct host *)user)->output, bytes, size);
}

static void fill(void *user, void *bytes, size_t size)
{
    (void)user;
    memset(bytes, 5, size);
}

static uint32_t choose(void *user, enum ob_kernel_choice what, uint32_t file, uint32_t plain,
                       uint32_t most)
{
    (void)user;
    (void)file;
    (void)most;
    if (what != chosen.what || chosen.asked++ >= chosen.times)
        return plain;
    return chosen.answer;
}

static const struct ob_kernel_hooks hooks = {
    .now_ns = get_now,
    .realtime_offset_ns = get_offset,
    .random = fill,
    .transmit = transmit,
    .changed = note_change,
    .raise = note_signal,
    .output = note_output,
    .choose = choose,
};

static int begin(void **state)
{
    (void)state;
    now = S;
    sent = delivered = 0;
    memset(&chosen, 0, sizeof chosen);
    for (int i = 0; i < HOSTS; i++) {
        struct host *host = &hosts[i];
        struct ob_kernel_config config = {.hooks = &hooks,
                                          .user = host,
                                          .choices = UINT32_MAX,
                                          .ip = 0x0a000001 + (uint32_t)i,
                                          .receive_room = 1000,
                                          .send_room = 500};

        *host = (struct host){.region = aligned_alloc(16, REGION), .ip = config.ip};
        host->kernel = ob_kernel_create(host->region, REGION, &config);
        assert_non_null(host->kernel);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTS; i++) {
        assert_false(ob_kernel_was_full(hosts[i].kernel));
        free(hosts[i].region);
    }
    return 0;
}

/* All that is on its way arrives, and what that causes. */
static void settle(void)
{
    while (delivered < sent) {
        const struct ob_packet *packet = &link_[delivered].packet;
        struct host *to = &hosts[packet->to.ip == hosts[SERVER].ip ? SERVER : CLIENT];

        ob_kernel_receive(to->kernel, packet, link_[delivered++].bytes);
    }
}

static struct sockaddr_in address_of(int host)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(hosts[host].ip)};
}

static int listen_at_server(int backlog)
{
    struct sockaddr_in address = address_of(SERVER);
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    int fd = ob_sys_socket(kernel, AF_INET, SOCK_STREAM, 0);

    assert_int_equal(ob_sys_bind(kernel, fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(ob_sys_listen(kernel, fd, backlog), 0);
    return fd;
}

/* What connect() of a new socket gives; the socket in `fd`. */
static int connect_client(int flags, int *fd)
{
    struct sockaddr_in address = address_of(SERVER);
    struct ob_kernel *kernel = hosts[CLIENT].kernel;

    *fd = ob_sys_socket(kernel, AF_INET, SOCK_STREAM | flags, 0);
    return ob_sys_connect(kernel, *fd, (const struct sockaddr *)&address, sizeof address);
}

static void make_connection(int *server, int *client)
{
    int listener = listen_at_server(5);

    assert_int_equal(connect_client(0, client), OB_WAIT);
    settle();
    assert_int_equal(ob_sys_connect_go_on(hosts[CLIENT].kernel, *client), 0);
    *server = ob_sys_accept4(hosts[SERVER].kernel, listener, NULL, NULL, 0);
    assert_true(*server >= 0);
}

static uint32_t poll_one(int host, int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

    ob_sys_poll(hosts[host].kernel, &entry, 1);
    return (uint16_t)entry.revents;
}

/* -- connections -- */

static void test_connection(void **state)
{
    int server, client;
    char bytes[16] = {0};
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);
    assert_int_equal(sent, 3); /* SYN, its answer, and the answer to that */
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), OB_WAIT);
    assert_int_equal(ob_kernel_waits_for(at_server).file, ob_kernel_file(at_server, server));
    assert_int_equal(ob_kernel_waits_for(at_server).events, POLLIN);

    unsigned changes = hosts[SERVER].changes;

    assert_int_equal(ob_sys_write(at_client, client, "hello", 5), 5);
    assert_int_equal(hosts[SERVER].changes, changes);
    settle();
    assert_true(hosts[SERVER].changes > changes);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 5);
    assert_string_equal(bytes, "hello");

    assert_int_equal(ob_sys_close(at_client, client), 0);
    settle();
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 0);
    assert_int_equal(ob_sys_write(at_server, server, "late", 4), 4);
    settle();
    assert_int_equal(ob_sys_write(at_server, server, "later", 5), -EPIPE);
    assert_int_equal(hosts[SERVER].pipes_broken, 1);
}

static void test_nobody_listens(void **state)
{
    int fd, error;
    socklen_t size = sizeof error;

    (void)state;
    assert_int_equal(connect_client(SOCK_NONBLOCK, &fd), -EINPROGRESS);
    assert_int_equal(poll_one(CLIENT, fd), 0);
    settle();
    assert_int_equal(poll_one(CLIENT, fd), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    ob_sys_getsockopt(hosts[CLIENT].kernel, fd, SOL_SOCKET, SO_ERROR, &error, &size);
    assert_int_equal(error, ECONNREFUSED);
}

/* RFC 6298 and tcp(7): after 1, 3, 7, 15, 31 and 63 s the SYN comes again, after 127 s nothing. */
static void test_nobody_answers(void **state)
{
    static const unsigned again_s[] = {1, 3, 7, 15, 31, 63};
    struct ob_kernel *kernel = hosts[CLIENT].kernel;
    uint64_t began = now;
    int fd;

    (void)state;
    assert_int_equal(connect_client(0, &fd), OB_WAIT);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(ob_kernel_next_ns(kernel), began + again_s[i] * S);
        now = began + again_s[i] * S;
        ob_kernel_expire(kernel);
        assert_int_equal(sent, i + 2);
        assert_int_equal(link_[sent - 1].packet.kind, OB_PACKET_SYN);
        assert_int_equal(ob_sys_connect_go_on(kernel, fd), OB_WAIT);
    }
    now = began + 127 * S;
    assert_int_equal(ob_kernel_next_ns(kernel), now);
    ob_kernel_expire(kernel);
    assert_int_equal(ob_sys_connect_go_on(kernel, fd), -ETIMEDOUT);
    assert_true(ob_kernel_next_ns(kernel) == UINT64_MAX);
}

static void test_full_backlog(void **state)
{
    int listener = listen_at_server(1), fds[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(connect_client(0, &fds[i]), OB_WAIT);
    settle();
    assert_int_equal(ob_sys_connect_go_on(hosts[CLIENT].kernel, fds[1]), 0);
    assert_int_equal(ob_sys_connect_go_on(hosts[CLIENT].kernel, fds[2]), OB_WAIT);
    assert_true(ob_sys_accept4(hosts[SERVER].kernel, listener, NULL, NULL, 0) >= 0);
    now += S;
    ob_kernel_expire(hosts[CLIENT].kernel);
    settle();
    assert_int_equal(ob_sys_connect_go_on(hosts[CLIENT].kernel, fds[2]), 0);
}

/* What a host sent while the other was down is lost: who was not yet let in hears of the end. */
static void test_listener_closes_early(void **state)
{
    int listener = listen_at_server(1), fd;
    char byte;

    (void)state;
    assert_int_equal(connect_client(0, &fd), OB_WAIT);
    ob_kernel_receive(hosts[SERVER].kernel, &link_[0].packet, NULL);
    ob_kernel_receive(hosts[CLIENT].kernel, &link_[1].packet, NULL);
    assert_int_equal(link_[2].packet.kind, OB_PACKET_ACK);
    delivered = 3;
    assert_int_equal(ob_sys_connect_go_on(hosts[CLIENT].kernel, fd), 0);
    ob_sys_close(hosts[SERVER].kernel, listener);
    settle();
    assert_int_equal(ob_sys_read(hosts[CLIENT].kernel, fd, &byte, 1), -ECONNRESET);
}

static void test_room(void **state)
{
    static char bytes[4000];
    int server, client;
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);
    assert_int_equal(ob_sys_write(at_client, client, bytes, sizeof bytes), 1500);
    assert_int_equal(ob_sys_write(at_client, client, bytes, 1), OB_WAIT);
    assert_int_equal(ob_kernel_waits_for(at_client).events, POLLOUT);
    assert_int_equal(poll_one(CLIENT, client), 0);
    settle();
    assert_int_equal(ob_sys_read(at_server, server, bytes, 499), 499);
    settle();
    assert_int_equal(poll_one(CLIENT, client), 0); /* room is given back in halves */
    assert_int_equal(ob_sys_read(at_server, server, bytes, 1), 1);

    unsigned changes = hosts[CLIENT].changes;

    settle();
    assert_true(hosts[CLIENT].changes > changes);
    assert_int_equal(poll_one(CLIENT, client), POLLOUT);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 1000);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), OB_WAIT);
}

static void test_process_ends_and_another_begins(void **state)
{
    int server, client;
    char byte;
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);
    assert_int_equal(ob_sys_write(at_client, client, "?", 1), 1);
    settle();
    ob_kernel_exit(at_server); /* with a byte that nobody has read */
    settle();
    assert_int_equal(ob_sys_read(at_client, client, &byte, 1), -ECONNRESET);
    assert_int_equal(ob_sys_read(at_client, client, &byte, 1), 0);
    assert_int_equal(listen_at_server(1), 0);
}

/* -- choices -- */

static void choose_times(enum ob_kernel_choice what, uint32_t answer, unsigned times)
{
    chosen.what = what;
    chosen.answer = answer;
    chosen.times = times;
    chosen.asked = 0;
}

static void test_choices_of_streams(void **state)
{
    int server, client;
    char bytes[16];
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);
    choose_times(OB_CHOOSE_WRITE, 3, 1); /* who may wait is given all */
    assert_int_equal(ob_sys_write(at_client, client, "", 0), 0);
    assert_int_equal(ob_sys_sendto(at_client, client, "hello", 5, MSG_DONTWAIT, NULL, 0), 3);
    choose_times(OB_CHOOSE_SEGMENT, 2, 1);
    sent = delivered = 0;
    assert_int_equal(ob_sys_write(at_client, client, "world", 5), 5);
    assert_int_equal(sent, 2);
    assert_int_equal(link_[0].packet.length, 2);
    assert_int_equal(link_[1].packet.length, 3);
    settle();
    choose_times(OB_CHOOSE_READ, 0, 1); /* less than there may be: the nearest that may */
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 1);
    choose_times(OB_CHOOSE_RESET, 1, 1);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 4);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), -ECONNRESET);
    settle();
    assert_int_equal(ob_sys_write(at_client, client, "more", 4), -ECONNRESET);
}

static int edges_of(int host, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    int set = ob_sys_epoll_create(hosts[host].kernel, 0);

    assert_int_equal(ob_sys_epoll_ctl(hosts[host].kernel, set, EPOLL_CTL_ADD, fd, &event), 0);
    return set;
}

/* epoll(7): a short count may be taken as the end of what there is, so an edge follows it. */
static void test_edges_after_short_counts(void **state)
{
    int server, client;
    char bytes[16];
    struct epoll_event event;
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);

    int writing = edges_of(CLIENT, client), reading = edges_of(SERVER, server);

    assert_int_equal(ob_sys_epoll_wait(at_client, writing, &event, 1), 1);
    choose_times(OB_CHOOSE_WRITE, 3, 1);
    assert_int_equal(ob_sys_write(at_client, client, "hello", 5), 5);
    assert_int_equal(ob_sys_epoll_wait(at_client, writing, &event, 1), 0);
    assert_int_equal(ob_sys_sendto(at_client, client, "hello", 5, MSG_DONTWAIT, NULL, 0), 3);
    assert_int_equal(ob_sys_epoll_wait(at_client, writing, &event, 1), 1);
    assert_true((event.events & EPOLLOUT) != 0);

    settle();
    assert_int_equal(ob_sys_epoll_wait(at_server, reading, &event, 1), 1);
    choose_times(OB_CHOOSE_READ, 2, 1);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 2);
    assert_int_equal(ob_sys_epoll_wait(at_server, reading, &event, 1), 1);
    assert_true((event.events & EPOLLIN) != 0);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 6);
    assert_int_equal(ob_sys_epoll_wait(at_server, reading, &event, 1), 0);
}

/* What was seen or counted is there. */
static void test_no_short_read_of_what_is_known(void **state)
{
    int server, client, count = 0, least = 3;
    char bytes[16];
    struct ob_kernel *at_server = hosts[SERVER].kernel, *at_client = hosts[CLIENT].kernel;

    (void)state;
    make_connection(&server, &client);
    assert_int_equal(ob_sys_write(at_client, client, "hello", 5), 5);
    settle();
    choose_times(OB_CHOOSE_READ, 1, 100);
    assert_int_equal(ob_sys_recvfrom(at_server, server, bytes, 3, MSG_PEEK, NULL, NULL), 3);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 3);
    assert_int_equal(ob_sys_ioctl(at_server, server, FIONREAD, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 2);

    assert_int_equal(ob_sys_write(at_client, client, "hello", 5), 5);
    settle();
    assert_int_equal(
        ob_sys_setsockopt(at_server, server, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least), 0);
    assert_int_equal(ob_sys_read(at_server, server, bytes, sizeof bytes), 3);
    least = 1;
    assert_int_equal(
        ob_sys_setsockopt(at_server, server, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least), 0);
    assert_int_equal(ob_sys_recvfrom(at_server, server, bytes, 2, MSG_WAITALL, NULL, NULL), 2);
}

static void test_pipes_are_not_cut_short(void **state)
{
    static char bytes[8192];
    int fds[2];
    struct ob_kernel *kernel = hosts[SERVER].kernel;

    (void)state;
    choose_times(OB_CHOOSE_READ, 1, 100);
    assert_int_equal(ob_sys_pipe2(kernel, fds, O_NONBLOCK), 0);
    assert_int_equal(ob_sys_write(kernel, fds[1], bytes, 100), 100);
    assert_int_equal(ob_sys_read(kernel, fds[0], bytes, sizeof bytes), 100);

    /* An empty pipe takes PIPE_BUF bytes; one that is not may take less of more than those. */
    choose_times(OB_CHOOSE_WRITE, 1, 100);
    assert_int_equal(ob_sys_write(kernel, fds[1], bytes, sizeof bytes), 4096);
    assert_int_equal(ob_sys_write(kernel, fds[1], bytes, sizeof bytes), 1);
    assert_int_equal(ob_sys_write(kernel, fds[1], bytes, 4096), 4096);
}

/* unix_release_sock() of Linux tells who is connected by datagrams nothing. */
static void test_no_edge_when_a_datagram_socket_closes(void **state)
{
    int fds[2];
    struct epoll_event event;
    struct ob_kernel *kernel = hosts[SERVER].kernel;

    (void)state;
    assert_int_equal(ob_sys_socketpair(kernel, AF_UNIX, SOCK_DGRAM, 0, fds), 0);

    int set = edges_of(SERVER, fds[0]);

    assert_int_equal(ob_sys_write(kernel, fds[1], "", 0), 0);
    assert_int_equal(ob_sys_epoll_wait(kernel, set, &event, 1), 1);
    assert_int_equal(ob_sys_epoll_wait(kernel, set, &event, 1), 0);
    assert_int_equal(ob_sys_close(kernel, fds[1]), 0);
    assert_int_equal(ob_sys_epoll_wait(kernel, set, &event, 1), 0);
}

/* epoll_wait(2): where more is ready than is given they take turns. */
static void test_nobody_is_passed_over_twice(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    struct epoll_event event = {.events = EPOLLIN}, ready;
    int set = ob_sys_epoll_create(kernel, 0);
    unsigned times[3] = {0};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        event.data.u32 = i;
        assert_int_equal(
            ob_sys_epoll_ctl(kernel, set, EPOLL_CTL_ADD, ob_sys_eventfd(kernel, 1, 0), &event), 0);
    }
    choose_times(OB_CHOOSE_FIRST, 2, 1000);
    for (int call = 0; call < 30; call++) {
        assert_int_equal(ob_sys_epoll_wait(kernel, set, &ready, 1), 1);
        times[ready.data.u32]++;
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_true(times[i] >= 5);
}

static void test_choice_of_the_first(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    struct epoll_event event = {.events = EPOLLIN}, ready[4];
    int set = ob_sys_epoll_create(kernel, 0);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        event.data.u32 = i;
        assert_int_equal(
            ob_sys_epoll_ctl(kernel, set, EPOLL_CTL_ADD, ob_sys_eventfd(kernel, 1, 0), &event), 0);
    }
    choose_times(OB_CHOOSE_FIRST, 2, 1);
    assert_int_equal(ob_sys_epoll_wait(kernel, set, ready, 4), 3);
    assert_int_equal(ready[0].data.u32, 2);
    assert_int_equal(ready[1].data.u32, 0);
}

/* -- time, signals, console, memory -- */

static void test_timer(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    int fd = ob_sys_timerfd_create(kernel, CLOCK_MONOTONIC, 0);
    struct itimerspec spec = {.it_value.tv_nsec = 10 * MS, .it_interval.tv_nsec = 20 * MS};
    uint64_t count = 0;

    (void)state;
    assert_int_equal(ob_sys_timerfd_settime(kernel, fd, 0, &spec, NULL), 0);
    assert_int_equal(ob_sys_read(kernel, fd, &count, sizeof count), OB_WAIT);
    assert_int_equal(ob_kernel_next_ns(kernel), S + 10 * MS);
    now += 10 * MS;
    ob_kernel_expire(kernel);
    assert_true(ob_kernel_next_ns(kernel) == UINT64_MAX); /* told once, until it is read */
    assert_int_equal(poll_one(SERVER, fd), POLLIN);
    now += 45 * MS;
    assert_int_equal(ob_sys_read(kernel, fd, &count, sizeof count), 8);
    assert_int_equal(count, 3);
    assert_int_equal(ob_kernel_next_ns(kernel), S + 70 * MS);
    assert_int_equal(ob_sys_timerfd_gettime(kernel, fd, &spec), 0);
    assert_int_equal(spec.it_value.tv_nsec, 15 * MS);
}

static void test_time_of_the_day(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    int fd = ob_sys_timerfd_create(kernel, CLOCK_REALTIME, 0);
    struct itimerspec spec = {.it_value.tv_sec = 1003};

    (void)state;
    assert_int_equal(ob_sys_timerfd_settime(kernel, fd, TFD_TIMER_ABSTIME, &spec, NULL), 0);
    assert_int_equal(ob_kernel_next_ns(kernel), 3 * S);
}

static void test_signals(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    struct signalfd_siginfo info;
    sigset_t mask;

    (void)state;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);

    int fd = ob_sys_signalfd(kernel, -1, &mask, 0);

    ob_kernel_pend_signal(kernel, SIGINT);
    assert_int_equal(poll_one(SERVER, fd), 0);
    ob_kernel_pend_signal(kernel, SIGTERM);
    assert_int_equal(poll_one(SERVER, fd), POLLIN);
    assert_int_equal(ob_sys_read(kernel, fd, &info, sizeof info), sizeof info);
    assert_int_equal(info.ssi_signo, SIGTERM);
    assert_int_equal(ob_kernel_pending_signals(kernel), 1u << (SIGINT - 1));
}

static void test_console(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    char byte;

    (void)state;
    assert_int_equal(ob_kernel_console(kernel), 0);
    assert_int_equal(ob_sys_read(kernel, 0, &byte, 1), 0);
    assert_int_equal(ob_kernel_input(kernel, "x", 1, false), 0);
    assert_int_equal(ob_sys_read(kernel, 0, &byte, 1), 1);
    assert_int_equal(ob_sys_read(kernel, 0, &byte, 1), OB_WAIT);
    assert_int_equal(ob_sys_write(kernel, 1, "said", 4), 4);
    assert_string_equal(hosts[SERVER].output, "said");
}

/* What a call gives back may lie where its arguments do. */
static void test_timer_in_place(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel;
    struct itimerspec value = {.it_value.tv_sec = 5};
    int fd = ob_sys_timerfd_create(kernel, CLOCK_MONOTONIC, 0);

    (void)state;
    assert_int_equal(ob_sys_timerfd_settime(kernel, fd, 0, &value, &value), 0);
    assert_int_equal(value.it_value.tv_sec, 0);
    assert_int_equal(ob_sys_timerfd_gettime(kernel, fd, &value), 0);
    assert_int_equal(value.it_value.tv_sec, 5);
}

/* What is used of the region is all there is: a copy goes on as the original would have. */
static void test_snapshot(void **state)
{
    struct ob_kernel *kernel = hosts[SERVER].kernel, *copy = aligned_alloc(16, REGION);
    int fds[2];
    char bytes[8] = {0};
    size_t used;

    (void)state;
    assert_int_equal(ob_sys_pipe2(kernel, fds, 0), 0);
    assert_int_equal(ob_sys_write(kernel, fds[1], "before", 6), 6);
    used = ob_kernel_used(kernel);
    assert_true(used < 16384);
    memcpy(copy, kernel, used);
    assert_int_equal(ob_sys_close(kernel, fds[0]), 0);
    assert_int_equal(ob_sys_read(copy, fds[0], bytes, sizeof bytes), 6);
    assert_string_equal(bytes, "before");
    memcpy(kernel, copy, used);
    assert_int_equal(ob_sys_write(kernel, fds[1], "x", 1), 1);
    free(copy);
}

static void test_full_region(void **state)
{
    static char bytes[65536];
    struct host small = {.region = aligned_alloc(16, OB_KERNEL_REGION_MIN)};
    struct ob_kernel_config config = {.hooks = &hooks, .user = &small};
    struct ob_kernel *kernel;

    (void)state;
    assert_null(ob_kernel_create(small.region, OB_KERNEL_REGION_MIN - 1, &config));
    kernel = ob_kernel_create(small.region, OB_KERNEL_REGION_MIN, &config);

    int fd = ob_sys_open(kernel, "/tmp/large", O_RDWR | O_CREAT, 0600);
    ssize_t done = ob_sys_write(kernel, fd, bytes, sizeof bytes);

    assert_true(done > 0 && done < (ssize_t)sizeof bytes);
    assert_int_equal(ob_sys_write(kernel, fd, bytes, sizeof bytes), -ENOSPC);
    assert_true(ob_kernel_was_full(kernel));
    assert_int_equal(ob_sys_unlink(kernel, "/tmp/large"), 0);
    assert_int_equal(ob_sys_close(kernel, fd), 0);
    fd = ob_sys_open(kernel, "/tmp/large", O_RDWR | O_CREAT, 0600);
    assert_int_equal(ob_sys_write(kernel, fd, bytes, sizeof bytes), done);
    free(small.region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_connection, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody_listens, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody_answers, begin, end),
        cmocka_unit_test_setup_teardown(test_full_backlog, begin, end),
        cmocka_unit_test_setup_teardown(test_listener_closes_early, begin, end),
        cmocka_unit_test_setup_teardown(test_room, begin, end),
        cmocka_unit_test_setup_teardown(test_process_ends_and_another_begins, begin, end),
        cmocka_unit_test_setup_teardown(test_choices_of_streams, begin, end),
        cmocka_unit_test_setup_teardown(test_edges_after_short_counts, begin, end),
        cmocka_unit_test_setup_teardown(test_no_short_read_of_what_is_known, begin, end),
        cmocka_unit_test_setup_teardown(test_pipes_are_not_cut_short, begin, end),
        cmocka_unit_test_setup_teardown(test_no_edge_when_a_datagram_socket_closes, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody_is_passed_over_twice, begin, end),
        cmocka_unit_test_setup_teardown(test_choice_of_the_first, begin, end),
        cmocka_unit_test_setup_teardown(test_timer, begin, end),
        cmocka_unit_test_setup_teardown(test_time_of_the_day, begin, end),
        cmocka_unit_test_setup_teardown(test_signals, begin, end),
        cmocka_unit_test_setup_teardown(test_console, begin, end),
        cmocka_unit_test_setup_teardown(test_timer_in_place, begin, end),
        cmocka_unit_test_setup_teardown(test_snapshot, begin, end),
        cmocka_unit_test_setup_teardown(test_full_region, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
