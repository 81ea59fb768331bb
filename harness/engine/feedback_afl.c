/*
 * Feedback for AFL++: places in its map, reserved as instrumented code reserves them, which takes
 * an object that is not instrumented itself.
 */
#include "engine/feedback.h"
#include "world/engine.h"

extern uint8_t *__afl_area_ptr;
extern uint32_t __afl_map_size;
void __sanitizer_cov_trace_pc_guard_init(uint32_t *begin, uint32_t *end);

static uint32_t places[OB_FEEDBACK_SIZE];

/* As early as instrumented modules do it, before the map gets its size. */
__attribute__((constructor(2))) static void reserve(void)
{
    __sanitizer_cov_trace_pc_guard_init(places, places + OB_FEEDBACK_SIZE);
}

void ob_feedback_attach(struct ob_world *world)
{
    /* They are handed out one after the other, unless only a part of the code is to be
     * instrumented. */
    if (places[0] == 0 || places[OB_FEEDBACK_SIZE - 1] - places[0] != OB_FEEDBACK_SIZE - 1)
        return;
    ob_world_feedback(world, __afl_area_ptr + places[0], OB_FEEDBACK_SIZE);
}

/* Without branches, so that the compiler takes many at a time. */
void ob_feedback_flatten(void)
{
    uint8_t *map = __afl_area_ptr;

    for (uint32_t place = 0; place < __afl_map_size; place++)
        map[place] = map[place] != 0;
}
