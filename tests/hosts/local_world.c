/* Two hosts whose threads have variables of their own, under the same names and addresses. */
#include <offbeat/host.h>
#include <string.h>

OB_PROGRAM(local_threads);

static void setup(struct ob_world *world)
{
    ob_host_many(world, "app", 2, &local_threads, (struct ob_host){0});
    ob_allow(world, "app.0", (struct ob_faults){.task_late_us_max = 500});
}

static void check_quiescent(struct ob_world *world)
{
    static const char *const names[] = {"app.0", "app.1"};
    for (unsigned at = 0; at < 2; at++) {
        int code = -1;
        const char *output = ob_host_output(world, names[at]);
        OB_INVARIANT(world, ends, ob_host_exited(world, names[at], &code) && code == 0,
                     "%s has not ended, or with %d", names[at], code);
        OB_INVARIANT(world, each_has_its_own,
                     strstr(output, "worker 1: 14\n") && strstr(output, "worker 2: 14\n") &&
                         strstr(output, "worker 3: 14\n") &&
                         strstr(output, "main: 20, \"\", 42 in all, 6, 3 freed\n"),
                     "%s says: %s", names[at], output);
    }
}

OB_TARGET(local, .summary = "threads have variables of their own", .variants = {"only"},
          .setup = setup, .check_quiescent = check_quiescent);
