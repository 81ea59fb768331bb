/* Two programs that know nothing of Offbeat: two clients of one server lose an update. */
#include <offbeat/host.h>
#include <string.h>

enum variant { RACY, ATOMIC };

OB_PROGRAM(tally_server);
OB_PROGRAM(tally_client);

static void setup(struct ob_world *world)
{
    const char *how = ob_world_variant(world) == RACY ? "set" : "add";
    ob_host(world, "db", &tally_server, (struct ob_host){.argv = {"server", "7000", "2"}});
    ob_host(world, "early", &tally_client, (struct ob_host){.argv = {"client", "10.0.0.1", how}});
    ob_host(world, "late", &tally_client,
            (struct ob_host){.argv = {"client", "10.0.0.1", how, "10"}});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 20000});
}

static void check_quiescent(struct ob_world *world)
{
    int code;
    OB_INVARIANT(world, server_ends, ob_host_exited(world, "db", &code) && code == 0);
    OB_INVARIANT(world, no_update_is_lost, strcmp(ob_host_output(world, "db"), "tally 2\n") == 0,
                 "the server says: %s", ob_host_output(world, "db"));
}

OB_TARGET(tally, .summary = "two clients of a server over TCP add to a number",
          .variants = {[RACY] = "racy", [ATOMIC] = "atomic"}, .fails = {[RACY] = true},
          .setup = setup, .check_quiescent = check_quiescent);
