/*
 * Regression test, written by `offbeat export --c fill/forgotten`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was reads_are_fresh.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME fill_reads_are_fresh SOURCE this_file.c
 *                            TARGET fill)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_fill;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xa0, 0x03, 0x01, 0x04, 0x01, 0x01, 0x00, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_fill,
    .invariant = "reads_are_fresh",
    .scenario =
        "offbeat scenario 1 fill\n"
        "+0 get(key=0) to app\n"
        "+0 set(key=0) to app\n"
        "+21us get(key=0) to app\n"
        "delay loaded store->app #0 by 1us\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "forgotten");
}
