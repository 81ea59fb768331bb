/* Check, then act on a table: front ends of a URL shortener look an alias up in a table that they
 * share, have the address checked elsewhere, and insert the alias. The second one to insert takes
 * it from its owner. */
#include <offbeat/table.h>

#define ALIASES 4
#define FRONTS 3

enum variant { RACY, INSERT_NEW };
enum kind { CREATE, SCAN, CLEAN };

struct front {
    uint32_t requests; /* each is a link of its own */
};

/* What was promised to whom; no part of the system. */
struct promises {
    uint32_t links[ALIASES]; /* by alias, 0 for none */
};

static struct promises *promises_of(const struct ob_world *world)
{
    return ob_state(ob_actor(world, "scanner"));
}

static void front_create(struct ob_actor *self, struct front *front, uint32_t alias)
{
    struct ob_table_row row;
    uint32_t link = ob_id(self) << 16 | ++front->requests;

    if (!ob_table_lookup(ob_table(ob_world(self), "links"), alias, &row))
        ob_send(self, "scanner", SCAN, alias, link);
}

/* The address is harmless: the alias is the user's. */
static void front_insert(struct ob_actor *self, uint32_t alias, uint32_t link)
{
    struct ob_table *table = ob_table(ob_world(self), "links");
    struct ob_table_row row = {.key = alias, .values = {link}};
    struct promises *promises = promises_of(ob_world(self));

    if (ob_variant(self) == INSERT_NEW) {
        if (!ob_table_insert_new(table, row))
            return; /* the user is told that the alias is taken */
    } else {
        ob_table_insert(table, row);
    }
    OB_INVARIANT(ob_world(self), alias_has_one_owner, promises->links[alias] == 0,
                 "alias %u was promised to link %u, and is given to link %u", alias,
                 promises->links[alias], link);
    promises->links[alias] = link;
}

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == CREATE)
        front_create(self, ob_state(self), message->args[0]);
    else
        front_insert(self, message->args[0], message->args[1]);
}

static void scanner_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, CLEAN, message->args[0], message->args[1]);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "front", FRONTS, front_receive, sizeof(struct front));
    ob_spawn(world, "scanner", scanner_receive, sizeof(struct promises));
    ob_table_create(world, "links", "scanner", ALIASES);
    ob_link(world, "scanner", "front",
            (struct ob_link){.latency_us = 2000, .latency_us_max = 300000});
}

OB_TARGET(shortener, .summary = "two users are given one alias of a URL shortener",
          .variants = {[RACY] = "racy", [INSERT_NEW] = "insert_new"}, .fails = {[RACY] = true},
          .messages =
              {
                  [CREATE] = {.name = "create", .to = "front", .args = {{"alias", 0, ALIASES - 1}}},
                  [SCAN] = {.name = "scan", .args = {{.name = "alias"}, {.name = "link"}}},
                  [CLEAN] = {.name = "clean", .args = {{.name = "alias"}, {.name = "link"}}},
              },
          .setup = setup);
