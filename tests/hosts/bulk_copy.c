/* A program that sends more than fits at once, to one that reads slowly. */
#include <offbeat/host.h>

OB_PROGRAM(bulk);

static void setup(struct ob_world *world)
{
    static const char *const calls[] = {"write", "writev", "sendmsg", "sendfile"};
    ob_host(world, "server", &bulk, (struct ob_host){.argv = {"bulk", "server"}});
    ob_host(world, "app", &bulk,
            (struct ob_host){.argv = {"bulk", calls[ob_world_variant(world)]}});
}

static void check_quiescent(struct ob_world *world)
{
    int received = -1, sent = -1;
    OB_INVARIANT(world, both_end,
                 ob_host_exited(world, "server", &received) && ob_host_exited(world, "app", &sent));
    OB_INVARIANT(world, all_is_sent, received == 0 && sent == 0, "%d and %d", received, sent);
}

OB_TARGET(bulk_copy, .summary = "more than fits at once",
          .variants = {"write", "writev", "sendmsg", "sendfile"}, .setup = setup,
          .check_quiescent = check_quiescent);
