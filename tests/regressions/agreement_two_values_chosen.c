/*
 * Regression test, written by `offbeat export --c agreement/quorum_too_small`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was one_value_is_chosen.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME agreement_one_value_is_chosen SOURCE this_file.c
 *                            TARGET agreement)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_agreement;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x01, 0x14, 0x00, 0x01, 0x00, 0x00, 0x00,
    0xa0, 0x02, 0x03, 0x04, 0x01, 0x01, 0x00, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_agreement,
    .invariant = "one_value_is_chosen",
    .scenario =
        "offbeat scenario 1 agreement\n"
        "+0 propose(value=1) to proposer.0\n"
        "+20us propose(value=2) to proposer.1\n"
        "delay accept proposer.0->acceptor.0 #0 by 1us\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "quorum_too_small");
}
