/* A vault serves users whose roles a directory keeps. See README.md for what goes wrong, and in
 * which order. */
#include <offbeat/offbeat.h>

#define USERS 4
#define CACHE_US 100000

enum variant { RACY, VERSIONED, CACHED };
enum kind { ASK, DISMISS, CHECK, ROLE, READ, CONTENT, STALE, REVOKE, REVOKED, POST };

/* Dismisses users, and when the directory has confirmed it, puts into the vault what they must not
 * see any more. */
static void admin_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == DISMISS)
        ob_send(self, "directory", REVOKE, message->args[0]);
    else
        ob_send(self, "vault", POST, message->args[0], message->args[1]);
}

struct directory {
    struct {
        bool revoked;
        uint32_t version;
    } roles[USERS];
};

static void directory_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct directory *directory = ob_state(self);
    unsigned user = message->args[0];

    if (message->kind == CHECK) {
        ob_reply(self, message, ROLE, user, !directory->roles[user].revoked,
                 directory->roles[user].version);
        return;
    }
    if (!directory->roles[user].revoked)
        directory->roles[user].version++;
    directory->roles[user].revoked = true;
    ob_reply(self, message, REVOKED, user, directory->roles[user].version);
}

/* Lets users through to the vault whom the directory allows. */
struct gate {
    struct {
        uint32_t waiting; /* reads that wait for the directory */
        uint32_t version; /* cached: of the role that it remembers */
        uint64_t
            until_us; /* cached: how long it remembers that the user is allowed, 0: it does not */
    } users[USERS];
};

static void gate_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct gate *gate = ob_state(self);
    unsigned user = message->args[0];

    switch (message->kind) {
    case ASK:
    case STALE: /* the vault knows of a later version: ask again */
        if (message->kind == ASK && ob_variant(self) == CACHED &&
            ob_now(self) < gate->users[user].until_us) {
            ob_send(self, "vault", READ, user, gate->users[user].version);
            break;
        }
        gate->users[user].waiting++;
        ob_send(self, "directory", CHECK, user);
        break;
    case ROLE:
        gate->users[user].waiting--;
        gate->users[user].until_us = message->args[1] ? ob_now(self) + CACHE_US : 0;
        gate->users[user].version = message->args[2];
        if (message->args[1])
            ob_send(self, "vault", READ, user, message->args[2]);
        break;
    default: /* the content goes to the user, which is not modelled */
        break;
    }
}

struct vault {
    struct {
        bool posted;      /* something that this user must not see */
        uint32_t version; /* of the user's role when that was posted */
        uint32_t reads;
        uint32_t leaks; /* reads that came after it */
    } users[USERS];
};

static void vault_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct vault *vault = ob_state(self);
    unsigned user = message->args[0];

    if (message->kind == POST) {
        vault->users[user].posted = true;
        vault->users[user].version = message->args[1];
        return;
    }
    if (ob_variant(self) == VERSIONED && message->args[1] < vault->users[user].version) {
        ob_reply(self, message, STALE, user);
        return;
    }
    vault->users[user].reads++;
    vault->users[user].leaks += vault->users[user].posted;
    ob_reply(self, message, CONTENT, user);
}

static void check(struct ob_world *world)
{
    const struct vault *vault = ob_state(ob_actor(world, "vault"));

    for (unsigned user = 0; user < USERS; user++)
        OB_INVARIANT(world, revoked_user_sees_nothing_new, vault->users[user].leaks == 0,
                     "user %u was dismissed, and has read what was posted after that", user);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "vault"))) {
        const struct vault *vault = ob_state(actor);
        for (unsigned user = 0; user < USERS; user++)
            if (vault->users[user].reads || vault->users[user].posted)
                ob_describe(text, "reads by user %u: %u%s; ", user, vault->users[user].reads,
                            vault->users[user].posted ? ", something not for them" : "");
    }
    if (ob_id(actor) == ob_id(ob_actor(world, "directory"))) {
        const struct directory *directory = ob_state(actor);
        for (unsigned user = 0; user < USERS; user++)
            if (directory->roles[user].revoked)
                ob_describe(text, "user %u: revoked; ", user);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "admin", admin_receive, 0);
    ob_spawn(world, "gate", gate_receive, sizeof(struct gate));
    ob_spawn(world, "directory", directory_receive, sizeof(struct directory));
    ob_spawn(world, "vault", vault_receive, sizeof(struct vault));
}

OB_TARGET(role, .summary = "a vault serves users whose roles a directory keeps",
          .variants = {[RACY] = "racy", [VERSIONED] = "versioned", [CACHED] = "cached"},
          .fails = {[RACY] = true, [CACHED] = true},
          .messages =
              {
                  [ASK] = {.name = "ask", .to = "gate", .args = {{"user", 0, USERS - 1}}},
                  [DISMISS] = {.name = "dismiss", .to = "admin", .args = {{"user", 0, USERS - 1}}},
                  [CHECK] = {.name = "check", .args = {{.name = "user"}}},
                  [ROLE] = {.name = "role",
                            .args = {{.name = "user"}, {.name = "allowed"}, {.name = "version"}}},
                  [READ] = {.name = "read", .args = {{.name = "user"}, {.name = "version"}}},
                  [CONTENT] = {.name = "content", .args = {{.name = "user"}}},
                  [STALE] = {.name = "stale", .args = {{.name = "user"}}},
                  [REVOKE] = {.name = "revoke", .args = {{.name = "user"}}},
                  [REVOKED] = {.name = "revoked", .args = {{.name = "user"}, {.name = "version"}}},
                  [POST] = {.name = "post", .args = {{.name = "not_for"}, {.name = "version"}}},
              },
          .setup = setup, .check = check, .describe = describe, .must_handle_all = true);
