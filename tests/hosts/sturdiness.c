/* The same programs, repaired. */
#include "frail.h"

static void setup(struct ob_world *world)
{
    frail_setup(world, "--sturdy");
}

OB_TARGET(sturdiness, .summary = "what may go wrong, and is minded", .variants = FRAIL_NAMES,
          .setup = setup, .check_quiescent = frail_check_quiescent);
