#include <offbeat/process.h>
#include <offbeat/table.h>

#include <assert.h>
#include <string.h>

/* One life of an actor. */
struct holder {
    unsigned id; /* 0: nobody */
    unsigned life;
};

struct ob_table {
    unsigned creator; /* id of the actor whose lives each make the table anew */
    unsigned made_in; /* the life that has made it last */
    struct holder owner;
    struct holder heir;
    uint32_t count;
    uint32_t capacity;
    struct ob_table_row rows[]; /* in no particular order */
};

static void ignore(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

void ob_table_create(struct ob_world *world, const char *name, const char *owner, uint32_t capacity)
{
    size_t size = sizeof(struct ob_table) + (size_t)capacity * sizeof(struct ob_table_row);
    struct ob_table *table = ob_state(ob_spawn(world, name, ignore, size));
    table->creator = ob_id(ob_actor(world, owner));
    table->owner.id = table->creator;
    table->capacity = capacity;
}

static bool is_up(const struct ob_world *world, struct holder holder)
{
    const struct ob_actor *actor = holder.id ? ob_actor_with_id(world, holder.id) : NULL;
    return actor && ob_is_up(actor) && ob_life(actor) == holder.life;
}

static struct holder present_life(const struct ob_world *world, unsigned id)
{
    return (struct holder){.id = id, .life = ob_life(ob_actor_with_id(world, id))};
}

/* Nobody looks at a table between an end and what follows from it, so that it is enough to see to
 * that now. */
struct ob_table *ob_table(const struct ob_world *world, const char *name)
{
    struct ob_table *table = ob_state(ob_actor(world, name));
    if (is_up(world, table->owner))
        return table;
    if (is_up(world, table->heir)) {
        table->owner = table->heir;
        table->heir = (struct holder){0};
        return table;
    }
    struct holder maker = present_life(world, table->creator);
    if (!is_up(world, maker) || maker.life == table->made_in)
        return NULL;
    table->owner = maker;
    table->made_in = maker.life;
    table->count = 0;
    return table;
}

void ob_table_set_heir(struct ob_world *world, const char *name, const char *heir, unsigned kind)
{
    struct ob_table *table = ob_state(ob_actor(world, name));
    table->heir = present_life(world, ob_id(ob_actor(world, heir)));
    ob_monitor(world, heir, ob_name(ob_actor_with_id(world, table->creator)), kind);
}

bool ob_table_give_away(struct ob_actor *self, const char *name, const char *to, unsigned kind,
                        uint32_t arg)
{
    const struct ob_world *world = ob_world(self);
    struct ob_table *table = ob_table(world, name);
    const struct ob_actor *taker = ob_actor(world, to);
    if (!table || table->owner.id != ob_id(self) || !ob_is_up(taker))
        return false;
    table->owner = present_life(world, ob_id(taker));
    ob_send_to(self, ob_id(taker), kind, arg);
    return true;
}

unsigned ob_table_owner(const struct ob_world *world, const char *name)
{
    const struct ob_table *table = ob_table(world, name);
    return table ? table->owner.id : 0;
}

void ob_table_clear(struct ob_table *table)
{
    if (table)
        table->count = 0;
}

static struct ob_table_row *find(struct ob_table *table, uint32_t key)
{
    for (uint32_t at = 0; table && at < table->count; at++)
        if (table->rows[at].key == key)
            return &table->rows[at];
    return NULL;
}

bool ob_table_insert_new(struct ob_table *table, struct ob_table_row row)
{
    if (!table || find(table, row.key) || table->count == table->capacity)
        return false;
    table->rows[table->count++] = row;
    return true;
}

bool ob_table_insert(struct ob_table *table, struct ob_table_row row)
{
    struct ob_table_row *found = find(table, row.key);
    if (!found)
        return ob_table_insert_new(table, row);
    *found = row;
    return true;
}

bool ob_table_lookup(const struct ob_table *table, uint32_t key, struct ob_table_row *row)
{
    const struct ob_table_row *found = find((struct ob_table *)table, key);
    if (found)
        *row = *found;
    return found;
}

bool ob_table_take(struct ob_table *table, uint32_t key, struct ob_table_row *row)
{
    return ob_table_lookup(table, key, row) && ob_table_delete(table, key);
}

uint32_t ob_table_select_delete(struct ob_table *table, unsigned column, uint32_t value)
{
    uint32_t kept = 0;
    uint32_t count = ob_table_count(table);
    assert(column < OB_TABLE_COLUMNS);
    for (uint32_t at = 0; at < count; at++)
        if (table->rows[at].values[column] != value)
            table->rows[kept++] = table->rows[at];
    if (table)
        table->count = kept;
    return count - kept;
}

bool ob_table_delete(struct ob_table *table, uint32_t key)
{
    struct ob_table_row *found = find(table, key);
    if (found)
        *found = table->rows[--table->count];
    return table;
}

bool ob_table_update_counter(struct ob_table *table, uint32_t key, unsigned column,
                             int32_t increment, uint32_t *result)
{
    struct ob_table_row *found = find(table, key);
    assert(column < OB_TABLE_COLUMNS);
    if (!found)
        return false;
    found->values[column] += (uint32_t)increment;
    if (result)
        *result = found->values[column];
    return true;
}

bool ob_table_select_replace(struct ob_table *table, const struct ob_table_row *expected,
                             const struct ob_table_row *replacement)
{
    struct ob_table_row *found = find(table, expected->key);
    assert(expected->key == replacement->key);
    if (!found || memcmp(found->values, expected->values, sizeof found->values) != 0)
        return false;
    *found = *replacement;
    return true;
}

bool ob_table_row_at(const struct ob_table *table, uint32_t at, struct ob_table_row *row)
{
    if (!table || at >= table->count)
        return false;
    *row = table->rows[at];
    return true;
}

uint32_t ob_table_count(const struct ob_table *table)
{
    return table ? table->count : 0;
}
