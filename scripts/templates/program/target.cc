// Two clients of a server, as they are: a beginning, to be replaced by programs of your own. Each
// client adds 1 to the server's number. The racy ones read it and write it back, and one of the two
// is lost when segments come late; the repaired ones let the server add.
#include <cstring>
#include <offbeat/host.h>

namespace
{

enum variant { RACY, REPAIRED };

} // namespace

extern "C" {
OB_PROGRAM(template_target_server);
OB_PROGRAM(template_target_client);
}

namespace
{

void set_up(struct ob_world *world)
{
    bool is_racy = ob_world_variant(world) == RACY;
    const char *how = is_racy ? "set" : "add";

    ob_host(world, "db", &template_target_server,
            {.argv = {"server", "7000", is_racy ? "4" : "2"}});
    ob_host(world, "early", &template_target_client, {.argv = {"client", "db", "7000", how, "1"}});
    ob_host(world, "late", &template_target_client, {.argv = {"client", "db", "7000", how, "10"}});
    ob_link(world, "*", "*", {.latency_us = 100, .latency_us_max = 20000});
}

void check_quiescent(struct ob_world *world)
{
    int code;

    OB_INVARIANT(world, server_ends, ob_host_exited(world, "db", &code) && code == 0);
    OB_INVARIANT(world, no_update_is_lost,
                 std::strcmp(ob_host_output(world, "db"), "number 2\n") == 0, "the server says: %s",
                 ob_host_output(world, "db"));
}

} // namespace

OB_TARGET(template_target, .summary = "two clients of a server add to a number",
          .variants = {"racy", "repaired"}, .fails = {true}, .setup = set_up,
          .check_quiescent = check_quiescent);
