/*
 * Regression test, written by `offbeat export --c pool/unread`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was answer_is_ones_own.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME pool_answer_is_ones_own SOURCE this_file.c
 *                            TARGET pool)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_pool;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0xe2, 0x2e, 0x01, 0x00, 0x00, 0x00,
    0xa0, 0x03, 0x01, 0x03, 0x01, 0xeb, 0x2c, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_pool,
    .invariant = "answer_is_ones_own",
    .scenario =
        "offbeat scenario 1 pool\n"
        "+0 get(key=0) to app\n"
        "+30.02ms get(key=1) to app\n"
        "delay row database->app #0 by 24.99ms\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "unread");
}
