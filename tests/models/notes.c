/* Clocks that differ: two phones edit a note that a server keeps, and the edit with the later time
 * wins. An edit by a phone whose clock is behind loses against one that it was made upon. */
#include <offbeat/offbeat.h>

#define PHONES 2

enum variant { RACY, VERSIONS };
enum kind { EDIT, WRITE, CONTENT };

struct phone {
    uint32_t seen;  /* the edit that is on the screen, 0 for none */
    uint32_t stamp; /* of that edit */
};
struct server {
    uint32_t edits; /* numbers them as they come */
    uint32_t edit;  /* the one that is kept, 0 for none */
    uint32_t stamp;
};

static void phone_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct phone *phone = ob_state(self);

    if (message->kind == CONTENT) {
        phone->seen = message->args[0];
        phone->stamp = message->args[1];
        return;
    }
    uint32_t stamp = ob_variant(self) == RACY ? (uint32_t)(ob_now(self) / 1000) : phone->stamp + 1;
    ob_send(self, "server", WRITE, phone->seen, stamp);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    uint32_t stamp = message->args[1];
    uint32_t edit = ++server->edits;
    bool wins = stamp > server->stamp;

    OB_INVARIANT(ob_world(self), edit_of_newest_wins,
                 wins || server->edit == 0 || message->args[0] != server->edit,
                 "edit %u was made upon edit %u, which is kept in its place", edit, server->edit);
    if (!wins)
        return;
    server->edit = edit;
    server->stamp = stamp;
    ob_send(self, "phone.0", CONTENT, edit, stamp);
    ob_send(self, "phone.1", CONTENT, edit, stamp);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "phone", PHONES, phone_receive, sizeof(struct phone));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_link(world, "phone", "server", (struct ob_link){.latency_us = 5000});
    ob_link(world, "server", "phone", (struct ob_link){.latency_us = 5000});
    ob_allow(world, "phone", (struct ob_faults){.clock_offset_us_max = 500000});
}

OB_TARGET(notes, .summary = "an edit by a phone whose clock is behind is lost",
          .variants = {[RACY] = "racy", [VERSIONS] = "versions"}, .fails = {[RACY] = true},
          .messages =
              {
                  [EDIT] = {.name = "edit", .to = "phone"},
                  [WRITE] = {.name = "write", .args = {{.name = "upon"}, {.name = "stamp"}}},
                  [CONTENT] = {.name = "content", .args = {{.name = "edit"}, {.name = "stamp"}}},
              },
          .setup = setup);
