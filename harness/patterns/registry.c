#include <offbeat/registry.h>
#include <offbeat/table.h>

#include <stdio.h>

#define NAME_MAX_LENGTH 64

/* Columns of a row. */
enum { HOLDER, LIFE };

struct config {
    char table[NAME_MAX_LENGTH];
    unsigned exit_kind;
};

static struct ob_table *table_of(const struct ob_world *world, const char *registry)
{
    const struct config *config = ob_config(ob_actor(world, registry));
    return ob_table(world, config->table);
}

static bool is_held(const struct ob_world *world, const struct ob_table_row *row)
{
    const struct ob_actor *holder = ob_actor_with_id(world, row->values[HOLDER]);
    return ob_is_up(holder) && ob_life(holder) == row->values[LIFE];
}

/* Cleans up what the lives of an actor before its present one have left. */
static void receive(struct ob_actor *self, const struct ob_message *message)
{
    const struct config *config = ob_config(self);
    struct ob_table *table = ob_table(ob_world(self), config->table);
    struct ob_table_row row;

    if (message->kind != config->exit_kind)
        return;
    for (uint32_t at = ob_table_count(table); at-- > 0;)
        if (ob_table_row_at(table, at, &row) && row.values[HOLDER] == message->args[0] &&
            !is_held(ob_world(self), &row))
            (void)ob_table_delete(table, row.key);
}

static void start(struct ob_actor *self)
{
    const struct config *config = ob_config(self);
    ob_table_clear(ob_table(ob_world(self), config->table));
}

struct ob_actor *ob_registry_spawn(struct ob_world *world, const char *name, uint32_t capacity,
                                   unsigned exit_kind)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, 0);
    struct config *config = ob_alloc(world, sizeof *config);
    config->exit_kind = exit_kind;
    (void)snprintf(config->table, sizeof config->table, "%s_keys", name);
    ob_set_config(actor, config);
    ob_on_start(actor, start);
    ob_trap_exits(actor, true);
    ob_table_create(world, config->table, name, capacity);
    return actor;
}

bool ob_registry_register(struct ob_actor *self, const char *registry, uint32_t key)
{
    struct ob_world *world = ob_world(self);
    struct ob_table *table = table_of(world, registry);
    struct ob_table_row row = {.key = key, .values = {ob_id(self), ob_life(self)}};
    struct ob_table_row found;
    const struct config *config = ob_config(ob_actor(world, registry));

    if (ob_table_lookup(table, key, &found)) {
        if (is_held(world, &found))
            return found.values[HOLDER] == ob_id(self);
        (void)ob_table_insert(table, row); /* of one that has ended */
    } else if (!ob_table_insert_new(table, row)) {
        return false;
    }
    ob_link_start(self, ob_id(ob_actor(world, registry)), config->exit_kind);
    return true;
}

bool ob_registry_unregister(struct ob_actor *self, const char *registry, uint32_t key)
{
    struct ob_table *table = table_of(ob_world(self), registry);
    struct ob_table_row found;

    if (!ob_table_lookup(table, key, &found) || found.values[HOLDER] != ob_id(self) ||
        !is_held(ob_world(self), &found))
        return false;
    return ob_table_delete(table, key);
}

unsigned ob_registry_whereis(const struct ob_actor *self, const char *registry, uint32_t key)
{
    struct ob_table_row found;

    if (!ob_table_lookup(table_of(ob_world(self), registry), key, &found) ||
        !is_held(ob_world(self), &found))
        return 0;
    return found.values[HOLDER];
}

unsigned ob_registry_lookup(const struct ob_actor *self, const char *registry, uint32_t key)
{
    struct ob_table_row found;

    if (!ob_table_lookup(table_of(ob_world(self), registry), key, &found))
        return 0;
    bool has_ended = !ob_is_up(ob_actor_with_id(ob_world(self), found.values[HOLDER]));
    return has_ended || is_held(ob_world(self), &found) ? found.values[HOLDER] : 0;
}

uint32_t ob_registry_count(const struct ob_world *world, const char *registry)
{
    return ob_table_count(table_of(world, registry));
}
