/* Answers out of order: a search field asks for suggestions at every key, over several connections.
 * The answer to fewer letters may come last and replaces that to more of them. */
#include <offbeat/offbeat.h>

enum variant { RACY, NEWEST };
enum kind { KEY, QUERY, SUGGESTIONS };

struct field {
    uint32_t letters; /* typed so far */
    uint32_t shown;   /* suggestions for so many letters */
};

static void field_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct field *field = ob_state(self);

    if (message->kind == KEY)
        ob_send(self, "search", QUERY, ++field->letters);
    else if (ob_variant(self) == RACY || message->args[0] > field->shown)
        field->shown = message->args[0];
}

static void search_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, SUGGESTIONS, message->args[0]);
}

static void check_quiescent(struct ob_world *world)
{
    const struct field *field = ob_state(ob_actor(world, "field"));

    OB_INVARIANT(world, suggestions_fit_the_text, field->shown == field->letters,
                 "%u letters are typed, and suggestions for %u are shown", field->letters,
                 field->shown);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct field *field = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "field"))
        ob_describe(text, "%u letters, suggestions for %u", field->letters, field->shown);
}

static void setup(struct ob_world *world)
{
    const struct ob_link connections = {
        .latency_us = 20000, .latency_us_max = 400000, .unordered = true};

    ob_spawn(world, "field", field_receive, sizeof(struct field));
    ob_spawn(world, "search", search_receive, 0);
    ob_link(world, "field", "search", connections);
    ob_link(world, "search", "field", connections);
}

OB_TARGET(typeahead, .summary = "suggestions for an earlier text replace later ones",
          .variants = {[RACY] = "racy", [NEWEST] = "newest"}, .fails = {[RACY] = true},
          .messages =
              {
                  [KEY] = {.name = "key", .to = "field"},
                  [QUERY] = {.name = "query", .args = {{.name = "letters"}}},
                  [SUGGESTIONS] = {.name = "suggestions", .args = {{.name = "letters"}}},
              },
          .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
