/*
 * libuv's tests of connections have servers in processes of their own. Here such a server is a
 * thread of the same process, with a copy of libuv of its own, whose names it keeps to itself:
 *
 *     program TEST TEST [SERVER...]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_helper_tcp4_blackhole_server(void);
int run_helper_tcp4_echo_server(void);
int run_helper_tcp6_echo_server(void);
int run_helper_udp4_echo_server(void);
int run_helper_pipe_echo_server(void);
void notify_parent_process(void);
int suite_serve(const char *name);

/* What the servers take from the runner of the tests. */
void notify_parent_process(void)
{
}

int suite_serve(const char *name)
{
    static const struct {
        const char *name;
        int (*serve)(void);
    } servers[] = {{"tcp4_blackhole_server", run_helper_tcp4_blackhole_server},
                   {"tcp4_echo_server", run_helper_tcp4_echo_server},
                   {"tcp6_echo_server", run_helper_tcp6_echo_server},
                   {"udp4_echo_server", run_helper_udp4_echo_server},
                   {"pipe_echo_server", run_helper_pipe_echo_server}};
    for (size_t at = 0; at < sizeof servers / sizeof *servers; at++)
        if (strcmp(servers[at].name, name) == 0)
            return servers[at].serve();
    fprintf(stderr, "there is no server %s\n", name);
    return 2;
}
