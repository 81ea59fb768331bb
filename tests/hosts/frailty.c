/* Programs that take for granted what mostly holds: each is wrong about one thing. */
#include "frail.h"

static void setup(struct ob_world *world)
{
    frail_setup(world, NULL);
}

OB_TARGET(frailty, .summary = "what may go wrong, and is not minded", .variants = FRAIL_NAMES,
          .fails = {true, true, true, true, true, true, true, true, true, true, true},
          .setup = setup, .check_quiescent = frail_check_quiescent);
