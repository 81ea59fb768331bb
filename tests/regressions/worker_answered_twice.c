/*
 * Regression test, written by `offbeat export --c worker/twice`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was one_answer_each.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME worker_one_answer_each SOURCE this_file.c
 *                            TARGET worker)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_worker;

/* clang-format off */

static const uint8_t bytes[] = {
    0xa0, 0x03, 0x01, 0x00, 0x00, 0xdb, 0x27, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_worker,
    .invariant = "one_answer_each",
    .scenario =
        "offbeat scenario 1 worker\n"
        "delay every * app->store by 12.03ms\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "twice");
}
