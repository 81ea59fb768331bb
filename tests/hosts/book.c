/* Handlers in C that keep what they know in a library, which nobody has told how to begin anew. */
#include "ledger.h"
#include <offbeat/host.h>

enum variant { RACY, ATOMIC, WAITING };
enum kind { ADD, ASK, BALANCE, BOOK };

OB_PROGRAM(ledger);

static void clerk_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == BALANCE)
        ob_send(self, "bank", BOOK, message->args[0] + 1);
    else
        ob_send(self, "bank", ASK);
}

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == WAITING)
        ledger_wait();
    if (message->kind == BOOK)
        ledger_book((int)message->args[0]);
    else if (ob_variant(self) == ATOMIC)
        ledger_book(ledger_balance() + 1);
    else
        ob_reply(self, message, BALANCE, ledger_balance());
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "clerk", 2, clerk_receive, 0);
    ob_spawn(world, "bank", bank_receive, 0);
    ob_library(world, &ledger);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 2000});
}

static void check_quiescent(struct ob_world *world)
{
    OB_INVARIANT(world, entries_are_counted, ledger_entries() >= 0);
    OB_INVARIANT(world, every_addition_counts, ledger_balance() == 100 + ledger_entries(),
                 "%d after %d entries", ledger_balance(), ledger_entries());
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) == 3)
        ob_describe(text, "balance %d", ledger_balance());
}

OB_TARGET(book, .summary = "clerks add to what a library keeps",
          .variants = {[RACY] = "racy", [ATOMIC] = "atomic", [WAITING] = "waiting"},
          .fails = {[RACY] = true},
          .messages = {[ADD] = {.name = "add", .to = "clerk"},
                       [ASK] = {.name = "ask"},
                       [BALANCE] = {.name = "balance"},
                       [BOOK] = {.name = "book"}},
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
