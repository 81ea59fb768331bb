/*
 * A regression test of one scenario: what `offbeat export --c` writes calls this. The test is a C
 * program that is linked with the target and Offbeat's library, and needs no engine, no command and
 * no file.
 *
 *     static const struct ob_regression regression = {
 *         .target = &ob_target_order,
 *         .invariant = "paid_order_exists",
 *         .scenario = "offbeat scenario 1 order\n"
 *                     "+0 buy(order=0) to customer\n"
 *                     "delay create customer->shop #0 by 501us\n",
 *     };
 *
 *     int main(int argc, char **argv)
 *     {
 *         return ob_regression_check(&regression, argc > 1 ? argv[1] : "racy");
 *     }
 *
 * In CMake, offbeat_add_regression() builds it and adds it to ctest.
 */
#ifndef OFFBEAT_REGRESSION_H
#define OFFBEAT_REGRESSION_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What ob_regression_check() returns: exit codes, the same as those of `offbeat run`. */
enum ob_regression_result {
    OB_REGRESSION_PASSES = 0,   /* no invariant is violated */
    OB_REGRESSION_VIOLATES = 1, /* one is: the bug is there, or is back */
    OB_REGRESSION_TROUBLE = 2,  /* nothing was tested, so nothing is known about the bug */
};

/* A scenario that violated an invariant once. Everything that it points to stays the caller's. */
struct ob_regression {
    const struct ob_target *target;
    const char *invariant; /* that was violated; NULL: not known. A violation of any other fails the
                              test as well, with a line that says so. */
    const char *scenario;  /* in text form: names, not numbers, so that it keeps its meaning when
                              messages and actors are added to the target */
    const uint8_t *bytes;  /* the same as a fuzzing engine has it, or NULL. If the target has
                              changed so that these bytes now mean something else, a line says so,
                              and the text counts: corpora from that time are then out of date. */
    size_t bytes_size;     /* 0 with NULL */
};

/*
 * Runs the scenario in the variant of the target with that name, and prints the result to standard
 * output: one line when it passes, and the violated invariant with the whole execution when it
 * does not. OB_REGRESSION_TROUBLE, with a line on standard error, means that nothing was tested:
 * something in `regression` or `variant` is missing, the variant does not exist, the scenario names
 * messages, arguments or actors that the target no longer has, or values that it no longer takes;
 * a bound of the simulation was reached before the end of the run; the scenario did not run twice
 * in the same way; memory is short.
 *
 * Returns an enum ob_regression_result, for main() to return. Keeps nothing. As everywhere, a
 * mistake in the target's description stops the process with a line that names it.
 */
int ob_regression_check(const struct ob_regression *regression, const char *variant);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
