/* A deadlock by two orders: one request moves a file from the first folder to the second, another
 * one the other way. Each locks the folder that it takes from, and then the one that it puts to. */
#include <offbeat/lock.h>
#include <offbeat/oracle.h>

#define FOLDERS 3

enum variant { RACY, LOWER_FIRST };
enum kind { MOVE };

struct archive {
    struct ob_mutex locks[FOLDERS];
    uint32_t files[FOLDERS];
};

static void lock_both(struct ob_actor *self, struct archive *archive, uint32_t from, uint32_t to)
{
    bool swap = ob_variant(self) == LOWER_FIRST && to < from;

    ob_mutex_lock(self, &archive->locks[swap ? to : from], OB_FOREVER);
    ob_sleep(self, 500); /* looks for the file */
    ob_mutex_lock(self, &archive->locks[swap ? from : to], OB_FOREVER);
}

static void archive_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct archive *archive = ob_state(self);
    uint32_t from = message->args[0];
    uint32_t to = message->args[1];

    if (from == to)
        return;
    lock_both(self, archive, from, to);
    archive->files[from]--;
    archive->files[to]++;
    ob_mutex_unlock(self, &archive->locks[from]);
    ob_mutex_unlock(self, &archive->locks[to]);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct archive *archive = ob_state(actor);

    for (unsigned folder = 0; folder < FOLDERS; folder++)
        ob_describe(text, "folder %u %s; ", folder,
                    archive->locks[folder].owner ? "locked" : "free");
}

static void setup(struct ob_world *world)
{
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = 300});
    ob_spawn_async(world, "archive", archive_receive, sizeof(struct archive));
    ob_allow(world, "archive", (struct ob_faults){.task_late_us_max = 5000});
}

OB_TARGET(archive, .summary = "two moves lock two folders in opposite orders",
          .variants = {[RACY] = "racy", [LOWER_FIRST] = "lower_first"}, .fails = {[RACY] = true},
          .messages = {[MOVE] = {.name = "move",
                                 .to = "archive",
                                 .args = {{"from", 0, FOLDERS - 1}, {"to", 0, FOLDERS - 1}}}},
          .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_DEADLOCK));
