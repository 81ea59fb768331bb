/* What ./scripts/bench hosts measures: a client and a server that sends its lines back. */
#include <offbeat/host.h>

enum variant { LIBEVENT, LIBUV };

OB_PROGRAM(bench_echo_server);
OB_PROGRAM(bench_pool_server);
OB_PROGRAM(bench_echo_client);

static void setup(struct ob_world *world)
{
    bool has_pool = ob_world_variant(world) == LIBUV;
    ob_host(world, "server", has_pool ? &bench_pool_server : &bench_echo_server,
            (struct ob_host){.argv = {"server", "7000"}});
    ob_host(world, "client", &bench_echo_client,
            (struct ob_host){.argv = {"client", "server", "7000"}});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 2000000});
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    OB_INVARIANT(world, client_ends, ob_host_exited(world, "client", &code) && code == 0,
                 "the client has not ended, or with %d", code);
}

OB_TARGET(served, .summary = "a server sends lines back", .variants = {"libevent", "libuv"},
          .setup = setup, .check_quiescent = check_quiescent);
