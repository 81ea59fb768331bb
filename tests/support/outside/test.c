/* A regression test where there is no CMake: ./test [VARIANT]. */
#include <offbeat/regression.h>

extern const struct ob_target ob_target_demo;

int main(int argc, char **argv)
{
    static const struct ob_regression regression = {
        .target = &ob_target_demo,
        .invariant = "lamp_shows_last_press",
        .scenario = "offbeat scenario 1 demo\n+0 press(on=0) to remote\n+0 press(on=1) to remote\n"
                    "delay switch remote->lamp #0 by 1us\n"};
    return ob_regression_check(&regression, argc > 1 ? argv[1] : "racy");
}
