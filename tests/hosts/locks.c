/* A program with threads, which may be late: locks that are taken in both orders deadlock. */
#include <offbeat/host.h>
#include <offbeat/oracle.h>

OB_PROGRAM(threads);

static void setup(struct ob_world *world)
{
    bool opposite = ob_world_variant(world) == 1;
    ob_host(world, "machine", &threads,
            (struct ob_host){.argv = {"threads", opposite ? "--opposite" : NULL}});
    ob_allow(world, "machine", (struct ob_faults){.task_late_us_max = 10000});
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    bool ended = ob_host_exited(world, "machine", &code);
    OB_INVARIANT(world, sum_is_right, !ended || code == 15, "it has ended with %d", code);
}

OB_TARGET(locks, .summary = "threads that wait for each other", .variants = {"ordered", "opposite"},
          .fails = {[1] = true}, .setup = setup, .check_quiescent = check_quiescent,
          .oracles = OB_ORACLES(OB_DEADLOCK));
