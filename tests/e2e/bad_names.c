/* Invariants whose names crash trackers cannot use, each in its own way: for lint.bats. */
#include <offbeat/offbeat.h>

enum kind { POKE };

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_world *world = ob_world(self);
    unsigned value = message->args[0];

    OB_INVARIANT(world, balance_never_negative_a, value != 1, "of an account");
    OB_INVARIANT(world, balance_never_negative_b, value != 2, "of another account");
    OB_INVARIANT(world, new_order_is_known, value != 3, "begins like operator new");
    OB_INVARIANT(world, total_is_asserted, value != 4, "holds the word assert");
    OB_INVARIANT(world, sum_below_10000, value != 5, "a number that might vary");
    OB_INVARIANT(world,
                 a_name_that_says_so_much_that_nobody_will_ever_read_all_of_it_to_the_very_end,
                 value != 6, "too long");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "poked", receive, 0);
}

OB_TARGET(bad_names, .summary = "names that crash trackers cannot use", .variants = {"only"},
          .fails = {true},
          .messages = {[POKE] = {.name = "poke",
                                 .to = "poked",
                                 .args = {{"value", 0, 9}, {.name = "fixed"}}}},
          .setup = setup);
