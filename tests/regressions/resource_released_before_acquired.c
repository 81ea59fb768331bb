/*
 * Regression test, written by `offbeat export --c resource/racy`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was slot_lent_once.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME resource_slot_lent_once SOURCE this_file.c
 *                            TARGET resource)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_resource;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xa0, 0x03, 0x04, 0x02, 0x01, 0x01, 0x00, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_resource,
    .invariant = "slot_lent_once",
    .scenario =
        "offbeat scenario 1 resource\n"
        "+0 use(slot=0, for_ms=1) to client.0\n"
        "+0 use(slot=0, for_ms=0) to client.1\n"
        "delay acquire client.1->pool #0 by 1us\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "racy");
}
