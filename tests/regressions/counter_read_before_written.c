/*
 * Regression test, written by `offbeat export --c counter/racy`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was no_increment_lost.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME counter_no_increment_lost SOURCE this_file.c
 *                            TARGET counter)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_counter;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_counter,
    .invariant = "no_increment_lost",
    .scenario =
        "offbeat scenario 1 counter\n"
        "+0 increment() to client.0\n"
        "+0 increment() to client.1\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "racy");
}
