/*
 * Regression test, written by `offbeat export --c commit/one_vote_too_few`.
 *
 * Fails (1) while the scenario below violates an invariant. When this was
 * written, that was commit_needs_every_vote.
 * Passes (0) once it violates none. Ends with 2 when it cannot be run, as
 * when a name in it no longer exists.
 *
 * An argument names the variant to run. In CMake:
 *
 *     offbeat_add_regression(NAME commit_commit_needs_every_vote SOURCE this_file.c
 *                            TARGET commit)
 */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_commit;

/* clang-format off */

static const uint8_t bytes[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xa0, 0x03, 0x03, 0x03, 0x01, 0x0b, 0x00, 0x00,
};

static const struct ob_regression regression = {
    .target = &ob_target_commit,
    .invariant = "commit_needs_every_vote",
    .scenario =
        "offbeat scenario 1 commit\n"
        "+0 write() to client.0\n"
        "delay prepare coordinator->participant.0 #0 by 11us\n",
    .bytes = bytes,
    .bytes_size = sizeof bytes,
};

int main(int argc, char **argv)
{
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "one_vote_too_few");
}
