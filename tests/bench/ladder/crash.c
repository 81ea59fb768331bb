/*
 * A store that dies between the two phases of a commit, and is back for the second. What was
 * prepared was in its memory only, so it commits nothing, and says that it did.
 */
#include <offbeat/offbeat.h>

#define AMOUNT 5

enum kind { TRANSFER, PREPARE, READY, COMMIT, DONE };

struct coordinator {
    bool busy;
};

static void coordinator_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct coordinator *coordinator = ob_state(self);

    switch (message->kind) {
    case TRANSFER:
        if (coordinator->busy)
            break;
        coordinator->busy = true;
        ob_send(self, "store", PREPARE, AMOUNT);
        break;
    case READY:
        ob_send(self, "store", COMMIT);
        break;
    default:
        coordinator->busy = false;
        break;
    }
}

/* The state of an actor that never dies: what a crash of the store leaves. */
struct disk {
    uint32_t balance;
    uint32_t commits;
};

static void disk_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

struct store {
    uint32_t prepared;
};

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct store *store = ob_state(self);
    struct disk *disk = ob_state(ob_actor(ob_world(self), "disk"));

    if (message->kind == PREPARE) {
        store->prepared = message->args[0];
        ob_reply(self, message, READY);
    } else {
        disk->balance += store->prepared;
        disk->commits++;
        store->prepared = 0;
        ob_reply(self, message, DONE);
    }
    ob_declare_state(self, store->prepared != 0);
}

static void check(struct ob_world *world)
{
    const struct disk *disk = ob_state(ob_actor(world, "disk"));

    OB_INVARIANT(world, commit_is_durable, disk->balance == AMOUNT * disk->commits,
                 "%u commits of %d left a balance of %u", disk->commits, AMOUNT, disk->balance);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "coordinator", coordinator_receive, sizeof(struct coordinator));
    ob_spawn(world, "store", store_receive, sizeof(struct store));
    ob_spawn(world, "disk", disk_receive, sizeof(struct disk));
    ob_allow(world, "store", (struct ob_faults){.crash = true, .restart = true});
}

OB_TARGET(ladder_crash, .summary = "a crash between the two phases of a commit",
          .variants = {"racy"}, .fails = {true},
          .messages =
              {
                  [TRANSFER] = {.name = "transfer", .to = "coordinator"},
                  [PREPARE] = {.name = "prepare", .args = {{.name = "amount"}}},
                  [READY] = {.name = "ready"},
                  [COMMIT] = {.name = "commit"},
                  [DONE] = {.name = "done"},
              },
          .setup = setup, .check = check);
