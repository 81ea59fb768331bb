/*
 * Regression test, written by `offbeat export --c order/racy`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was paid_order_exists.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME order_paid_order_exists SOURCE this_file.c
 *                            TARGET order)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_order;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xa0, 0x02, 0x03, 0x02, 0x01, 0xf5, 0x01, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_order,
    .invariant = "paid_order_exists",
    .scenario =
        "offbeat scenario 1 order\n"
        "+0 buy(order=0) to customer\n"
        "delay create customer->shop #0 by 501us\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "racy");
}
