/* Models of what decides beside the order of what one actor gets: deadlines, states of several
 * actors, memory that is shared, locks, clocks, ends. */
#ifndef OFFBEAT_TESTS_EXHAUSTIVE_MODELS_H
#define OFFBEAT_TESTS_EXHAUSTIVE_MODELS_H

#include <offbeat/lock.h>
#include <offbeat/offbeat.h>
#include <offbeat/oracle.h>
#include <offbeat/task.h>

/* -- a courier asks a depot; each way may take long, and together they may take too long. One that
 * keeps books has a receipt, which is never later than the timeout that it has cancelled -- */

enum { FETCH, PARCEL_ASKED, PARCEL, GIVEN_UP, RECEIPT, BELL };
enum { PARCELS_ALONE, WITH_RECEIPTS };

struct courier {
    uint32_t timer;
    bool gave_up;
};

static inline void courier_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct courier *courier = ob_state(self);
    if (message->kind == FETCH) {
        ob_send(self, "depot", PARCEL_ASKED);
        courier->timer = ob_timer_start(self, 900, GIVEN_UP, 0);
    } else if (message->kind == PARCEL) {
        (void)ob_timer_cancel(self, courier->timer);
        if (ob_variant(self) == PARCELS_ALONE)
            OB_INVARIANT(ob_world(self), parcel_in_time, !courier->gave_up, "nobody waits");
        else if (!courier->gave_up)
            ob_send(self, "office", RECEIPT);
    } else {
        courier->gave_up = true;
    }
}

static inline void depot_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, PARCEL);
}

static inline void office_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *has_rung = ob_state(self);
    *has_rung |= message->kind == BELL;
    OB_INVARIANT(ob_world(self), receipt_before_bell, !*has_rung || message->kind == BELL, "late");
}

static inline void parcels_setup(struct ob_world *world)
{
    /* Either way alone is never late enough. */
    const struct ob_link link = {.latency_us = 10, .latency_us_max = 700};
    (void)ob_spawn(world, "courier", courier_receive, sizeof(struct courier));
    (void)ob_spawn(world, "depot", depot_receive, 0);
    ob_link(world, "courier", "depot", link);
    ob_link(world, "depot", "courier", link);
    (void)ob_spawn(world, "office", office_receive, sizeof(bool));
    if (ob_world_variant(world) == PARCELS_ALONE)
        return;
    ob_link(world, "outside", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
    ob_link(world, "courier", "office", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
}

static OB_TARGET(parcels, .variants = {"alone", "with_receipts"},
                 .messages = {[FETCH] = {.name = "fetch", .to = "courier"},
                              [PARCEL_ASKED] = {.name = "asked"},
                              [PARCEL] = {.name = "parcel"},
                              [GIVEN_UP] = {.name = "given_up"},
                              [RECEIPT] = {.name = "receipt"},
                              [BELL] = {.name = "bell", .to = "office"}},
                 .setup = parcels_setup);

/* -- processes of several actors share an account behind a lock, by an address -- */

enum { DEPOSIT };
enum { UNLOCKED_ACCOUNT, LOCKED_ACCOUNT };

struct account {
    struct ob_mutex mutex;
    uint32_t value;
    uint32_t deposits;
};

struct teller {
    struct account *account;
};

static inline void teller_live(struct ob_actor *self)
{
    struct account *account = ((struct teller *)ob_state(self))->account;
    for (;;) {
        (void)ob_receive(self, DEPOSIT);
        if (ob_variant(self) == LOCKED_ACCOUNT)
            (void)ob_mutex_lock(self, &account->mutex, OB_FOREVER);
        uint32_t value = account->value;
        ob_sleep(self, 5);
        account->value = value + 1;
        account->deposits++;
        if (ob_variant(self) == LOCKED_ACCOUNT)
            (void)ob_mutex_unlock(self, &account->mutex);
        OB_INVARIANT(ob_world(self), no_deposit_lost, account->value == account->deposits,
                     "%u of %u", account->value, account->deposits);
    }
}

static inline void bank_setup(struct ob_world *world)
{
    struct account *account = ob_alloc(world, sizeof *account);
    const char *const names[] = {"teller.0", "teller.1"};
    (void)ob_spawn_process_many(world, "teller", 2, teller_live, sizeof(struct teller));
    for (unsigned at = 0; at < 2; at++)
        ((struct teller *)ob_state(ob_actor(world, names[at])))->account = account;
}

static OB_TARGET(bank, .variants = {"unlocked", "locked"},
                 .messages = {[DEPOSIT] = {.name = "deposit", .to = "teller"}},
                 .setup = bank_setup);

/* -- readings that something else decides: the clock, time at work, a hidden way -- */

enum { LOOK };
enum { BY_CLOCK, AT_WORK, BY_HIDDEN_WAY, BY_CHECK };

struct looker {
    ptrdiff_t way; /* to the state of the other one, in bytes */
    uint32_t seen;
};

static inline void looker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct looker *looker = ob_state(self);
    (void)message;
    if (ob_variant(self) == BY_CLOCK)
        looker->seen = (uint32_t)ob_now(self);
    if (ob_variant(self) == AT_WORK)
        ob_work(self, 10);
    if (ob_variant(self) == BY_HIDDEN_WAY)
        ((struct looker *)(void *)((char *)looker + looker->way))->seen++;
}

static inline void lookers_check(struct ob_world *world)
{
    if (ob_world_variant(world) == BY_CHECK)
        OB_INVARIANT(world, not_late, ob_world_now(world) < 1000000000, "late");
}

static inline void lookers_setup(struct ob_world *world)
{
    struct looker *first = ob_state(ob_spawn(world, "one", looker_receive, sizeof *first));
    struct looker *second = ob_state(ob_spawn(world, "two", looker_receive, sizeof *second));
    first->way = (char *)second - (char *)first;
    second->way = (char *)first - (char *)second;
}

static OB_TARGET(lookers, .variants = {"by_clock", "at_work", "by_hidden_way", "by_check"},
                 .messages = {[LOOK] = {.name = "look", .to = "one"}}, .setup = lookers_setup,
                 .check = lookers_check);

/* -- a pulse that never ends, and what may not have come before the run does -- */

enum { BEGIN, PULSE, NOTE };

static inline void pulse_start(struct ob_actor *self)
{
    (void)ob_timer_start(self, 100, PULSE, 0);
}

static inline void pulse_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == PULSE)
        (void)ob_timer_start(self, 100, PULSE, 0);
    else
        ob_send(self, "diary", NOTE);
}

static inline void diary_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *notes = ob_state(self);
    (void)message;
    ++*notes;
    OB_INVARIANT(ob_world(self), one_note, *notes < 2, "%u notes", *notes);
}

static inline void pulses_setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "pulse", pulse_receive, 0), pulse_start);
    (void)ob_spawn(world, "diary", diary_receive, sizeof(uint32_t));
    ob_link(world, "outside", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 400});
    ob_link(world, "pulse", "diary", (struct ob_link){.latency_us = 10, .latency_us_max = 400});
}

static OB_TARGET(pulses, .variants = {"only"},
                 .messages = {[BEGIN] = {.name = "begin", .to = "pulse"},
                              [PULSE] = {.name = "pulse"},
                              [NOTE] = {.name = "note"}},
                 .setup = pulses_setup, .settle_us = 350);

/* -- clients that read and write a register, as an oracle records it -- */

enum { USE, READ_IT, WRITE_IT, DONE };

struct user {
    uint32_t operation;
};

static inline void user_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct user *user = ob_state(self);
    bool writes = ob_index(self) == 0;
    if (message->kind == USE) {
        user->operation = ob_op_begin(self, 1, writes ? OB_OP_WRITE : OB_OP_READ, writes ? 7 : 0);
        ob_send(self, writes ? "copy.0" : "copy.1", writes ? WRITE_IT : READ_IT);
    } else {
        ob_op_end(self, user->operation, writes ? 0 : message->args[0]);
    }
}

/* The first copy tells the second; one that reads from there may see what was before. */
static inline void copy_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *value = ob_state(self);
    if (message->kind == WRITE_IT) {
        *value = 7;
        if (ob_index(self) == 0) {
            ob_send(self, "copy.1", WRITE_IT);
            ob_reply(self, message, DONE);
        }
    } else {
        ob_reply(self, message, DONE, *value);
    }
}

static inline void copies_setup(struct ob_world *world)
{
    (void)ob_spawn_many(world, "user", 2, user_receive, sizeof(struct user));
    (void)ob_spawn_many(world, "copy", 2, copy_receive, sizeof(uint32_t));
}

static OB_TARGET(copies, .variants = {"only"},
                 .messages = {[USE] = {.name = "use", .to = "user"},
                              [READ_IT] = {.name = "read"},
                              [WRITE_IT] = {.name = "write"},
                              [DONE] = {.name = "done", .args = {{.name = "value"}}}},
                 .setup = copies_setup, .oracles = OB_ORACLES(OB_LINEARIZABLE(&ob_spec_register)));

#endif
