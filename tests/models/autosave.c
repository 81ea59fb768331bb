/* A late completion: an editor saves a document and marks it as clean when the server has written
 * it. What was typed while it was being written is marked as clean, too, and never saved. */
#include <offbeat/offbeat.h>

#define QUIET_US 2000000

enum variant { RACY, REVISIONS };
enum kind { TYPE, SAVE, SAVED, QUIET };
enum state { CLEAN, DIRTY };

struct editor {
    uint32_t revision; /* of the text on the screen */
    bool dirty;
    bool saving;
    uint32_t timer;
};
struct server {
    uint32_t revision;
};

static void wait_for_quiet(struct ob_actor *self, struct editor *editor)
{
    ob_timer_cancel(self, editor->timer);
    editor->timer = ob_timer_start(self, QUIET_US, QUIET, 0);
}

static void editor_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct editor *editor = ob_state(self);

    switch (message->kind) {
    case TYPE:
        editor->revision++;
        editor->dirty = true;
        if (!editor->saving)
            wait_for_quiet(self, editor);
        break;
    case QUIET:
        editor->saving = true;
        ob_send(self, "server", SAVE, editor->revision);
        break;
    default:
        editor->saving = false;
        if (ob_variant(self) == RACY || message->args[0] == editor->revision)
            editor->dirty = false;
        if (editor->dirty)
            wait_for_quiet(self, editor);
        break;
    }
    ob_declare_state(self, editor->dirty ? DIRTY : CLEAN);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    server->revision = message->args[0];
    ob_reply(self, message, SAVED, server->revision);
}

static void check_quiescent(struct ob_world *world)
{
    const struct editor *editor = ob_state(ob_actor(world, "editor"));
    const struct server *server = ob_state(ob_actor(world, "server"));

    OB_INVARIANT(world, what_was_typed_is_saved, server->revision == editor->revision,
                 "revision %u is on the screen, and revision %u is saved", editor->revision,
                 server->revision);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct editor *editor = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "editor"))
        ob_describe(text, "revision %u, %s", editor->revision, editor->dirty ? "dirty" : "clean");
}

static void setup(struct ob_world *world)
{
    const struct ob_link network = {.latency_us = 30000, .latency_us_max = 5000000};

    ob_spawn(world, "editor", editor_receive, sizeof(struct editor));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_link(world, "editor", "server", network);
    ob_link(world, "server", "editor", network);
}

OB_TARGET(autosave, .summary = "text that is typed during a save is marked as saved",
          .variants = {[RACY] = "racy", [REVISIONS] = "revisions"}, .fails = {[RACY] = true},
          .messages =
              {
                  [TYPE] = {.name = "type", .to = "editor"},
                  [SAVE] = {.name = "save", .args = {{.name = "revision"}}},
                  [SAVED] = {.name = "saved", .args = {{.name = "revision"}}},
                  [QUIET] = {.name = "quiet"},
              },
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
