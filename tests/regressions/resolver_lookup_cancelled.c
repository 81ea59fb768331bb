/*
 * Regression test, written by `offbeat export --c resolver/cancelling`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was no_lookup_is_lost.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME resolver_no_lookup_is_lost SOURCE this_file.c
 *                            TARGET resolver)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_resolver;

/* clang-format off */

static const uint8_t bytes[] = {
    0xa0, 0x00, 0x00, 0x08, 0x00, 0xf1, 0x28, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_resolver,
    .invariant = "no_lookup_is_lost",
    .scenario =
        "offbeat scenario 1 resolver\n"
        "delay every datagram *->* by 14.81ms\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "cancelling");
}
