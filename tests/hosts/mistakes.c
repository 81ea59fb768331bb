/* One host that makes the mistake that the variant is called after. */
#include <offbeat/host.h>

static const char *const mistakes[] = {"none",  "leak", "twice", "wrong", "after", "assert",
                                       "abort", "spin", "trap",  "busy",  "asks",  "bytes"};

OB_PROGRAM(faulty);

static void setup(struct ob_world *world)
{
    ob_host(world, "machine", &faulty,
            (struct ob_host){.argv = {"faulty", mistakes[ob_world_variant(world)]}});
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    OB_INVARIANT(world, ends_well, ob_host_exited(world, "machine", &code) && code == 7,
                 "it has ended with %d", code);
}

OB_TARGET(mistakes, .summary = "a program with mistakes",
          .variants = {"none", "leak", "twice", "wrong", "after", "assert", "abort", "spin", "trap",
                       "busy", "asks", "bytes"},
          .setup = setup, .check_quiescent = check_quiescent);
