/*
 * Two clients of a server, as they are: a beginning, to be replaced by programs of your own. Each
 * client adds 1 to the server's number. The racy ones read it and write it back, and one of the two
 * is lost when segments come late; the repaired ones let the server add.
 */
#include <offbeat/host.h>
#include <string.h>

enum variant { RACY, REPAIRED };

OB_PROGRAM(template_target_server);
OB_PROGRAM(template_target_client);

static void setup(struct ob_world *world)
{
    bool is_racy = ob_world_variant(world) == RACY;
    const char *how = is_racy ? "set" : "add";
    const char *requests = is_racy ? "4" : "2";

    ob_host(world, "db", &template_target_server,
            (struct ob_host){.argv = {"server", "7000", requests}});
    ob_host(world, "early", &template_target_client,
            (struct ob_host){.argv = {"client", "db", "7000", how, "1"}});
    ob_host(world, "late", &template_target_client,
            (struct ob_host){.argv = {"client", "db", "7000", how, "10"}});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 20000});
}

static void check_quiescent(struct ob_world *world)
{
    int code;

    OB_INVARIANT(world, server_ends, ob_host_exited(world, "db", &code) && code == 0);
    OB_INVARIANT(world, no_update_is_lost, strcmp(ob_host_output(world, "db"), "number 2\n") == 0,
                 "the server says: %s", ob_host_output(world, "db"));
}

OB_TARGET(template_target, .summary = "two clients of a server add to a number",
          .variants = {[RACY] = "racy", [REPAIRED] = "repaired"}, .fails = {[RACY] = true},
          .setup = setup, .check_quiescent = check_quiescent);
