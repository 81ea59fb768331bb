/*
 * A table in memory that several actors read and write directly, as Erlang's ets: no message, no
 * process in between. Each operation is atomic by itself, and two of them are not.
 *
 * Semantics of: ets (Erlang/OTP, stdlib, ets(3)), a public table of type set: insert/2,
 * insert_new/2, lookup/2, take/2, delete/2, update_counter/3, select_delete/2 for one pattern, and
 * select_replace/2 as the compare-and-swap that its manual describes. The table belongs to one
 * actor and is gone when that life of it ends, unless there is an heir, who has it then; it can be
 * given away. An owner that has started again has an empty one, unless its table has gone to
 * another. With the owner down, operations fail as ets does with badarg. Left out: ordered sets,
 * match specifications.
 *
 * A handler runs to its end before anything else happens, so a race needs a lookup in one handler,
 * or before a task awaits, and an insert in another. Explorers know that two deliveries depend on
 * each other when one actor gets both, not that they touch one table: what shall be searched
 * systematically is better kept by an actor that the others ask.
 */
#ifndef OFFBEAT_TABLE_H
#define OFFBEAT_TABLE_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_TABLE_COLUMNS 3

struct ob_table_row {
    uint32_t key;
    uint32_t values[OB_TABLE_COLUMNS];
};

struct ob_table; /* owned by the world */

/* Makes an empty table for at most `capacity` ≥ 1 rows. For set-up. `name` is one of the world's
 * names, as an actor's is; `owner` is an actor's. */
void ob_table_create(struct ob_world *world, const char *name, const char *owner,
                     uint32_t capacity);

/* The table with that name; NULL when its owner is down. */
struct ob_table *ob_table(const struct ob_world *world, const char *name);

/*
 * Names an heir: when the owner ends, while the heir is up in the life that it has as the run
 * begins, the table is the heir's with all that is in it, and the heir gets a message of `kind`
 * from the one that has ended (ETS-TRANSFER), by their link. For set-up.
 */
void ob_table_set_heir(struct ob_world *world, const char *name, const char *heir, unsigned kind);

/* Gives a table of its own to the actor named `to`, which gets a message of `kind` with `arg`
 * (give_away/3). False when `self` does not own it or `to` is not up. For handlers. */
bool ob_table_give_away(struct ob_actor *self, const char *name, const char *to, unsigned kind,
                        uint32_t arg);

/* The id of the owner; 0 when the table is gone. */
unsigned ob_table_owner(const struct ob_world *world, const char *name);

/* Empties it. */
void ob_table_clear(struct ob_table *table);

/* All of these return false for a table that is NULL, and in the cases that they name. */

/* Puts a row in, in the place of one with the same key. False when the table is full. */
bool ob_table_insert(struct ob_table *table, struct ob_table_row row);

/* The same unless there is one with that key already: false then. */
bool ob_table_insert_new(struct ob_table *table, struct ob_table_row row);

/* Copies the row with that key. False when there is none. */
bool ob_table_lookup(const struct ob_table *table, uint32_t key, struct ob_table_row *row);

/* Copies the row with that key and takes it out, at once: of several that do, one gets it. False
 * when there is none. */
bool ob_table_take(struct ob_table *table, uint32_t key, struct ob_table_row *row);

/* Takes out all rows in whose column, < OB_TABLE_COLUMNS, that value is. Returns how many. */
uint32_t ob_table_select_delete(struct ob_table *table, unsigned column, uint32_t value);

/* Takes the row with that key out. True also when there was none. */
bool ob_table_delete(struct ob_table *table, uint32_t key);

/* Adds `increment` to a column, < OB_TABLE_COLUMNS, of the row with that key, and gives the result.
 * False when there is none. `result` may be NULL. */
bool ob_table_update_counter(struct ob_table *table, uint32_t key, unsigned column,
                             int32_t increment, uint32_t *result);

/* Compare and swap: puts `replacement` in the place of `expected`, which has the same key, if the
 * row is still just that. False when it is not. */
bool ob_table_select_replace(struct ob_table *table, const struct ob_table_row *expected,
                             const struct ob_table_row *replacement);

/* Copies one of the rows, from 0, in no particular order. False when there are fewer. */
bool ob_table_row_at(const struct ob_table *table, uint32_t at, struct ob_table_row *row);

/* How many rows there are; 0 for NULL. */
uint32_t ob_table_count(const struct ob_table *table);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
