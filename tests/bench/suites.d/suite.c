/*
 * Runs a test of libevent's or libuv's own as a host, alone in its world, and says how it ended.
 *
 *     bench_suites libevent|libuv ARGUMENT...
 *
 * The arguments are the program's. Its output is printed, and then a line: `exit CODE`, `violates
 * ID: WORDS`, `cut BOUND` or `waits for ever`. What is not simulated ends this process with a line
 * that names it. Exit codes: 0; 2 with a line that says why.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "offbeat/host.h"
#include "world/run.h"
#include "world/world.h"

OB_PROGRAM(suite_libevent);
OB_PROGRAM(suite_libuv);

static struct ob_host host;
static const struct ob_program *program;

static void setup(struct ob_world *world)
{
    ob_host(world, "tests", program, host);
}

OB_TARGET(suite, .summary = "a library's own tests", .variants = {"only"}, .setup = setup);

static void say_how_it_ended(const struct ob_world *world, const struct ob_verdict *verdict)
{
    int code;
    fputs(ob_host_output(world, "tests"), stdout);
    printf("\n");
    if (verdict->outcome == OB_VIOLATED)
        printf("violates %s: %s\n", verdict->invariant, verdict->detail);
    else if (verdict->outcome == OB_CUT)
        printf("cut %s\n", verdict->invariant);
    else if (ob_host_exited(world, "tests", &code))
        printf("exit %d\n", code);
    else
        printf("waits for ever, since %" PRIu64 " us\n", verdict->end_us);
}

/* Of which libuv's tests read the front. */
static const char lorem_ipsum[] =
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do\n";

/* What a machine has that the tests look for. */
static void describe_machine(void)
{
    host.env[0] = "HOME=/tmp";
    host.env[1] = "PATH=/bin";
    host.env[2] = "TMPDIR=/tmp";
    host.files[0] = (struct ob_host_file){.path = "/etc/hosts", .text = "127.0.0.1 localhost\n"};
    host.files[1] =
        (struct ob_host_file){.path = "/etc/resolv.conf", .text = "nameserver 127.0.0.1\n"};
    host.files[2] = (struct ob_host_file){.path = "/tests/program", .text = "itself\n"};
    host.files[3] = (struct ob_host_file){.path = "/tests/test/fixtures/load_error.node",
                                          .text = "no library\n"};
    host.files[4] = (struct ob_host_file){.path = "/tests/test/fixtures/empty_file", .text = ""};
    host.files[5] =
        (struct ob_host_file){.path = "/tests/test/fixtures/one_file/one_file", .text = ""};
    host.files[6] =
        (struct ob_host_file){.path = "/tests/test/fixtures/lorem_ipsum.txt", .text = lorem_ipsum};
    host.may_leak = true;
    host.may_abort = true;
}

int main(int argc, char **argv)
{
    static const struct ob_scenario nothing;
    struct ob_error error = {{0}};
    bool is_libuv = argc > 1 && strcmp(argv[1], "libuv") == 0;
    if (argc < 2 || argc > OB_HOST_ARGUMENTS_MAX || (!is_libuv && strcmp(argv[1], "libevent"))) {
        fprintf(stderr, "usage: bench_suites libevent|libuv ARGUMENT...\n");
        return 2;
    }
    program = is_libuv ? &suite_libuv : &suite_libevent;
    host.argv[0] = "/tests/program";
    for (int at = 2; at < argc; at++)
        host.argv[at - 1] = argv[at];
    describe_machine();
    struct ob_world *world = ob_world_create(&ob_target_suite, 0, &error);
    if (!world) {
        fprintf(stderr, "bench_suites: %s\n", error.text);
        return 2;
    }
    say_how_it_ended(world, ob_world_run(world, &nothing));
    ob_world_destroy(world);
    return 0;
}
