/* Extra counters for libFuzzer, which clears and scans this section at every execution. Other
 * engines ignore it. */
#include "engine/feedback.h"
#include "world/engine.h"

__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t counters[OB_FEEDBACK_SIZE];

void ob_feedback_attach(struct ob_world *world)
{
    /* libFuzzer gives up when its first input, which is empty, shows nothing; a target that does
     * nothing until the first message comes is no reason for that. */
    counters[0] = 1;
    ob_world_feedback(world, counters, sizeof counters);
}

void ob_feedback_flatten(void)
{
}
