/* A program whose thread may miss its wake-up, and one that waits for a server for ever. */
#include <offbeat/host.h>

enum variant { LOST, CHECKED, IDLE };

OB_PROGRAM(wakeup);
OB_PROGRAM(tally_server);

static void setup(struct ob_world *world)
{
    bool is_checked = ob_world_variant(world) == CHECKED;
    if (ob_world_variant(world) == IDLE) {
        ob_host(world, "db", &tally_server, (struct ob_host){.argv = {"server", "7000", "2"}});
        ob_host(world, "app", &wakeup, (struct ob_host){.argv = {"wakeup", "db"}});
        return;
    }
    ob_host(world, "machine", &wakeup,
            (struct ob_host){.argv = {"wakeup", is_checked ? "--check" : NULL}});
    ob_allow(world, "machine", (struct ob_faults){.task_late_us_max = 10000});
}

OB_TARGET(waits, .summary = "threads that wait for each other, and for a server",
          .variants = {[LOST] = "lost", [CHECKED] = "checked", [IDLE] = "idle"},
          .fails = {[LOST] = true}, .setup = setup);
