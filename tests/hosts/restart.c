/* A server that may end in the middle, and start again: its client notices, and connects again. */
#include <offbeat/host.h>

enum variant { ONLY, GONE };

OB_PROGRAM(tally_server);
OB_PROGRAM(beacon);

static void setup(struct ob_world *world)
{
    ob_host(world, "db", &tally_server, (struct ob_host){.argv = {"server", "7000", "1"}});
    ob_host(world, "app", &beacon, (struct ob_host){0});
    ob_allow(world, "db",
             (struct ob_faults){.restart = ob_world_variant(world) == ONLY,
                                .crash = ob_world_variant(world) == GONE});
}

static void check_quiescent(struct ob_world *world)
{
    int connections = 0;
    OB_INVARIANT(world, client_ends, ob_host_exited(world, "app", &connections));
    OB_INVARIANT(world, one_connection, connections == 1, "the client has connected %d times",
                 connections);
    /* Who is gone is not waited for: a second passes ten times. */
    OB_INVARIANT(world, client_is_told, ob_world_now(world) < 20000000);
}

OB_TARGET(restart, .summary = "a client whose server may end, or start again",
          .variants = {[ONLY] = "only", [GONE] = "gone"}, .setup = setup,
          .check_quiescent = check_quiescent);
