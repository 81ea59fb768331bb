/*
 * Regression test, written by `offbeat export --c trip/deduplicated`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was done_or_undone.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME trip_done_or_undone SOURCE this_file.c
 *                            TARGET trip)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_trip;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xa0, 0x03, 0x03, 0x03, 0x01, 0xe1, 0x2e, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_trip,
    .invariant = "done_or_undone",
    .scenario =
        "offbeat scenario 1 trip\n"
        "+0 book(trip=0) to customer\n"
        "delay do_step agency->hotel #0 by 30.01ms\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "deduplicated");
}
