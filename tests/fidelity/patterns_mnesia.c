/* The rules of rules_mnesia.erl, by the store that waits and dies. */
#include <offbeat/store.h>

#include "fidelity/patterns.h"

enum rule {
    OWN_WRITE,
    ABORT,
    DIES,
    READERS_SHARE,
    OLDER_WAITS,
    YOUNGER_BEGINS_ANEW,
    READER_IS_YOUNGER,
    RETRIES_END,
    UPGRADE,
    OPPOSITE,
    DIRTY_READ,
    DIRTY_WRITE,
    DIRTY_INCREMENTS,
};

enum { CLIENT_DOWN = GO + 1, STORE };

static const struct ob_message *ask(struct ob_actor *self, unsigned kind, uint32_t a, uint32_t b,
                                    uint32_t c)
{
    return ob_call(self, "store", OB_FOREVER, STORE + kind, a, b, c);
}

static bool is_aborted(const struct ob_message *answer)
{
    return answer->kind == STORE + OB_STORE_ABORTED;
}

/* What a transaction does. False when it was aborted. */
typedef bool body(struct ob_actor *self, uint32_t transaction);

static bool lock(struct ob_actor *self, uint32_t transaction, uint32_t row)
{
    return !is_aborted(ask(self, OB_STORE_LOCK, transaction, row, 0));
}

static bool write(struct ob_actor *self, uint32_t transaction, uint32_t row, uint32_t value)
{
    return !is_aborted(ask(self, OB_STORE_WRITE, transaction, row, value));
}

static bool read(struct ob_actor *self, uint32_t transaction, uint32_t row, uint32_t *value)
{
    const struct ob_message *answer = ask(self, OB_STORE_READ, transaction, row, 0);
    *value = answer->args[2];
    return !is_aborted(answer);
}

static uint32_t dirty(struct ob_actor *self)
{
    return ask(self, OB_STORE_DIRTY_READ, 1, 1, 0)->args[2];
}

static bool hold(struct ob_actor *self, uint32_t transaction, uint32_t row, const char *word,
                 uint32_t time_us)
{
    if (!lock(self, transaction, row))
        return false;
    note(self, "%s", word);
    ob_sleep(self, time_us);
    return true;
}

/* Tries again under its first age, as Mnesia does by itself, and says so once. */
static bool transact(struct ob_actor *self, body *what, unsigned tries_max)
{
    uint32_t age = 0;

    for (unsigned tries = 0; tries < tries_max; tries++) {
        uint32_t transaction = 1000 * ob_id(self) + tries;
        if (tries == 1)
            note(self, "again");
        age = ask(self, OB_STORE_BEGIN, transaction, OB_SERIALIZABLE, age)->args[1];
        if (what(self, transaction) && !is_aborted(ask(self, OB_STORE_COMMIT, transaction, 0, 0)))
            return true;
        ob_sleep(self, 5 * MS);
    }
    return false;
}

/* -- what clients do, the first (index 0) and the second -- */

static bool write_and_look(struct ob_actor *self, uint32_t transaction)
{
    uint32_t value = 0;
    if (!write(self, transaction, 1, 5) || !read(self, transaction, 1, &value))
        return false;
    note(self, "%u", value);
    note(self, "%u", dirty(self));
    return true;
}

static bool write_only(struct ob_actor *self, uint32_t transaction)
{
    uint32_t value = ob_variant(self) == DIES && ob_index(self) == 1 ? 7 : 5;
    if (!write(self, transaction, 1, value))
        return false;
    if (ob_variant(self) == DIES && ob_index(self) == 0) {
        note(self, "writes");
        ob_stop(self, 7);
        ob_task_exit(self);
    }
    if (ob_variant(self) == READER_IS_YOUNGER || ob_variant(self) == DIRTY_READ)
        ob_sleep(self, (ob_variant(self) == DIRTY_READ ? 40 : 60) * MS);
    return true;
}

static bool read_slowly(struct ob_actor *self, uint32_t transaction)
{
    uint32_t value = 0;
    if (!read(self, transaction, 1, &value))
        return false;
    note(self, "r%u", ob_index(self) + 1);
    ob_sleep(self, ob_index(self) == 0 ? 40 * MS : 0);
    return true;
}

static bool read_once(struct ob_actor *self, uint32_t transaction)
{
    uint32_t value = 0;
    if (!read(self, transaction, 1, &value))
        return false;
    note(self, "%u", value);
    return true;
}

static bool hold_one(struct ob_actor *self, uint32_t transaction)
{
    bool is_older = ob_index(self) == 0;
    if (ob_variant(self) == OLDER_WAITS && is_older)
        ob_sleep(self, 30 * MS);
    return hold(self, transaction, 1, is_older ? "first" : "second",
                is_older == (ob_variant(self) == OLDER_WAITS) ? 0 : 60 * MS);
}

static bool hold_opposite(struct ob_actor *self, uint32_t transaction)
{
    if (ob_index(self) == 0)
        return hold(self, transaction, 1, "1", 30 * MS) && hold(self, transaction, 2, "12", 0);
    if (!lock(self, transaction, 2))
        return false;
    ob_sleep(self, 30 * MS);
    return hold(self, transaction, 1, "21", 0);
}

static bool increment(struct ob_actor *self, uint32_t transaction)
{
    uint32_t value = 0;
    if (!read(self, transaction, 1, &value))
        return false;
    ob_sleep(self, 30 * MS);
    return write(self, transaction, 1, value + 1);
}

static void write_dirtily(struct ob_actor *self, uint32_t value)
{
    (void)ask(self, OB_STORE_DIRTY_WRITE, 1, 1, value);
}

static void play_second(struct ob_actor *self)
{
    switch (ob_variant(self)) {
    case DIES:
        ob_sleep(self, 20 * MS);
        note(self, "%u", dirty(self));
        (void)transact(self, write_only, 9);
        note(self, "%u", dirty(self));
        break;
    case READER_IS_YOUNGER:
        (void)transact(self, read_once, 99);
        break;
    case RETRIES_END:
        if (!transact(self, hold_one, 1))
            note(self, "aborted");
        break;
    case DIRTY_READ:
        note(self, "%u", dirty(self));
        break;
    default: /* DIRTY_WRITE */
        write_dirtily(self, 10);
        note(self, "%u", dirty(self));
        break;
    }
}

/* Rules in which both do the same, or nearly so. */
static bool play_both(struct ob_actor *self)
{
    switch (ob_variant(self)) {
    case READERS_SHARE:
        (void)transact(self, read_slowly, 1);
        note(self, "d%u", ob_index(self) + 1);
        return true;
    case OLDER_WAITS:
    case YOUNGER_BEGINS_ANEW:
        (void)transact(self, hold_one, 99);
        return true;
    case UPGRADE:
        (void)transact(self, increment, 99);
        return true;
    case OPPOSITE:
        (void)transact(self, hold_opposite, 99);
        return true;
    case DIRTY_INCREMENTS: {
        uint32_t value = dirty(self);
        ob_sleep(self, 30 * MS);
        write_dirtily(self, value + 1);
        return true;
    }
    default:
        return false;
    }
}

static void play_client(struct ob_actor *self)
{
    ob_sleep(self, ob_index(self) * 10 * MS);
    if (play_both(self))
        return;
    if (ob_index(self) == 1)
        play_second(self);
    else if (ob_variant(self) == RETRIES_END)
        (void)transact(self, hold_one, 1);
    else
        (void)transact(self, ob_variant(self) == DIRTY_WRITE ? increment : write_only, 1);
}

/* -- what is done by one alone, and what is left at the end -- */

static void play(struct ob_actor *self)
{
    ob_receive(self, GO);
    switch (ob_variant(self)) {
    case OWN_WRITE:
        (void)transact(self, write_and_look, 1);
        break;
    case ABORT:
        (void)ask(self, OB_STORE_BEGIN, 1, OB_SERIALIZABLE, 0);
        (void)write(self, 1, 1, 5);
        (void)ask(self, OB_STORE_ABORT, 1, 0, 0);
        break;
    case UPGRADE:
    case DIRTY_READ:
    case DIRTY_WRITE:
    case DIRTY_INCREMENTS:
        ob_sleep(self, 500 * MS);
        break;
    default:
        return;
    }
    note(self, "%u", dirty(self));
}

static void set_up(struct ob_world *world)
{
    spawn_log(world);
    ob_spawn_process(world, "main", play, 0);
    struct ob_actor *store = ob_store_spawn(
        world, "store", &(struct ob_store_config){.first_kind = STORE, .conflict = OB_WAIT_DIE});
    if (ob_world_variant(world) <= ABORT)
        return;
    ob_spawn_process_many(world, "client", 2, play_client, 0);
    ob_store_monitors(store, CLIENT_DOWN);
    ob_monitor(world, "store", "client.0", CLIENT_DOWN);
}

OB_TARGET(mnesia,
          .variants = {"own_write", "abort", "dies", "readers_share", "older_waits",
                       "younger_begins_anew", "reader_is_younger", "retries_end", "upgrade",
                       "opposite", "dirty_read", "dirty_write", "dirty_increments"},
          .messages = {[GO] = {.name = "go", .to = "main"},
                       [CLIENT_DOWN] = {.name = "client_down"},
                       OB_STORE_MESSAGES(STORE)},
          .setup = set_up);
