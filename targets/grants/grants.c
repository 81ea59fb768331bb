/* An admin grants and revokes what a door asks for. See README.md for what goes wrong. */
#include <offbeat/offbeat.h>

#define USERS 3

enum variant { REORDERED, REPLAYED, SEQUENCED };
enum kind { ALLOW, FORBID, GRANT, REVOKE };

/* Sends orders with numbers, and knows what it has ordered last. */
struct admin {
    uint32_t number;
    bool allowed[USERS];
};

static void admin_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct admin *admin = ob_state(self);
    unsigned user = message->args[0];

    if (admin->allowed[user] == (message->kind == ALLOW))
        return; /* nothing to order */
    admin->allowed[user] = message->kind == ALLOW;
    ob_send(self, "door", message->kind == ALLOW ? GRANT : REVOKE, user, ++admin->number);
}

struct door {
    bool allowed[USERS];
    uint32_t numbers[USERS]; /* of the last order for each */
};

static void door_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct door *door = ob_state(self);
    unsigned user = message->args[0];

    if (ob_variant(self) == SEQUENCED && message->args[1] <= door->numbers[user])
        return; /* older than what is known, or the same again */
    door->numbers[user] = message->args[1];
    door->allowed[user] = message->kind == GRANT;
}

static void check_quiescent(struct ob_world *world)
{
    const struct admin *admin = ob_state(ob_actor(world, "admin"));
    const struct door *door = ob_state(ob_actor(world, "door"));

    for (unsigned user = 0; user < USERS; user++)
        OB_INVARIANT(world, revoked_user_is_kept_out, admin->allowed[user] || !door->allowed[user],
                     "the last order forbids user %u to enter, and the door lets them in", user);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);
    bool is_door = ob_id(actor) == ob_id(ob_actor(world, "door"));
    const bool *allowed = is_door ? ((const struct door *)ob_state(actor))->allowed
                                  : ((const struct admin *)ob_state(actor))->allowed;

    for (unsigned user = 0; user < USERS; user++)
        if (allowed[user])
            ob_describe(text, "user %u is allowed; ", user);
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);

    ob_spawn(world, "admin", admin_receive, sizeof(struct admin));
    ob_spawn(world, "door", door_receive, sizeof(struct door));
    ob_link(world, "admin", "door",
            (struct ob_link){.latency_us_max = 50000,
                             .unordered = variant != REPLAYED,
                             .duplicating = variant != REORDERED});
}

OB_TARGET(
    grants, .summary = "an admin grants and revokes what a door asks for",
    .variants = {[REORDERED] = "reordered", [REPLAYED] = "replayed", [SEQUENCED] = "sequenced"},
    .fails = {[REORDERED] = true, [REPLAYED] = true},
    .messages = {[ALLOW] = {.name = "allow", .to = "admin", .args = {{"user", 0, USERS - 1}}},
                 [FORBID] = {.name = "forbid", .to = "admin", .args = {{"user", 0, USERS - 1}}},
                 [GRANT] = {.name = "grant", .args = {{.name = "user"}, {.name = "number"}}},
                 [REVOKE] = {.name = "revoke", .args = {{.name = "user"}, {.name = "number"}}}},
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
