#include <offbeat/table.h>

#include <assert.h>
#include <string.h>

struct ob_table {
    const struct ob_world *world;
    const char *owner;
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
    table->world = world;
    table->owner = owner;
    table->capacity = capacity;
}

struct ob_table *ob_table(const struct ob_world *world, const char *name)
{
    struct ob_table *table = ob_state(ob_actor(world, name));
    return ob_is_up(ob_actor(world, table->owner)) ? table : NULL;
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
