/* Cancellation against completion: a user cancels a job and has his money back at once, while the
 * worker's report that it is done is on its way. The job is paid back and billed. */
#include <offbeat/offbeat.h>

#define JOBS 16
#define WORK_US 30000

enum variant { RACY, SETTLED_ONCE };
enum kind { SUBMIT, CANCEL, WORK, KILL, DONE, FINISHED };
enum settled { NOT_YET, BILLED, REFUNDED };

struct desk {
    uint32_t submitted;
    uint8_t settled[JOBS];
    bool twice[JOBS];
};
struct worker {
    uint32_t timers[JOBS];
};

static void settle(struct ob_actor *self, uint32_t job, enum settled how)
{
    struct desk *desk = ob_state(self);

    if (desk->settled[job] != NOT_YET) {
        if (ob_variant(self) == SETTLED_ONCE)
            return;
        desk->twice[job] = true;
    }
    desk->settled[job] = (uint8_t)how;
}

static void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct desk *desk = ob_state(self);
    uint32_t job = message->args[0];

    switch (message->kind) {
    case SUBMIT:
        if (desk->submitted < JOBS)
            ob_send(self, "worker", WORK, desk->submitted++);
        break;
    case CANCEL: /* of the job that was submitted last; what is settled cannot be cancelled */
        if (desk->submitted == 0 || desk->settled[desk->submitted - 1] != NOT_YET)
            break;
        ob_send(self, "worker", KILL, desk->submitted - 1);
        settle(self, desk->submitted - 1, REFUNDED);
        break;
    default:
        settle(self, job, BILLED);
        break;
    }
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);
    uint32_t job = message->args[0];

    switch (message->kind) {
    case WORK:
        worker->timers[job] = ob_timer_start(self, WORK_US, FINISHED, job);
        break;
    case KILL:
        ob_timer_cancel(self, worker->timers[job]);
        break;
    default:
        ob_send(self, "desk", DONE, job);
        break;
    }
}

static void check(struct ob_world *world)
{
    const struct desk *desk = ob_state(ob_actor(world, "desk"));

    for (unsigned job = 0; job < JOBS; job++)
        OB_INVARIANT(world, settled_once, !desk->twice[job], "job %u is paid back and billed", job);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const names[] = {"open", "billed", "refunded"};
    const struct desk *desk = ob_state(actor);

    if (actor != ob_actor(ob_world(actor), "desk"))
        return;
    for (unsigned job = 0; job < desk->submitted; job++)
        ob_describe(text, "job %u %s; ", job, names[desk->settled[job]]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "desk", desk_receive, sizeof(struct desk));
    ob_spawn(world, "worker", worker_receive, sizeof(struct worker));
}

OB_TARGET(transcode, .summary = "a job is cancelled as it completes",
          .variants = {[RACY] = "racy", [SETTLED_ONCE] = "settled_once"}, .fails = {[RACY] = true},
          .messages =
              {
                  [SUBMIT] = {.name = "submit", .to = "desk"},
                  [CANCEL] = {.name = "cancel", .to = "desk"},
                  [WORK] = {.name = "work", .args = {{.name = "job"}}},
                  [KILL] = {.name = "kill", .args = {{.name = "job"}}},
                  [DONE] = {.name = "done", .args = {{.name = "job"}}},
                  [FINISHED] = {.name = "finished", .args = {{.name = "job"}}},
              },
          .setup = setup, .check = check, .describe = describe);
