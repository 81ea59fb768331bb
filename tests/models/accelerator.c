/* Checkout with a timeout: jobs ask a scheduler for the one accelerator of a machine. A job that
 * has waited too long withdraws its request; the grant that crosses the withdrawal is never
 * returned. */
#include <offbeat/offbeat.h>

#define JOBS 3
#define PATIENCE_US 2000000

enum variant { RACY, WITHDRAWS_GRANT };
enum kind { RUN, REQUEST, GRANT, WITHDRAW, RETURN, TIRED, DONE };
enum state { IDLE, WAITS, RUNS };

struct scheduler {
    uint32_t holder;      /* the id of a job, 0 while the accelerator is free */
    uint32_t ticket;      /* of the holder */
    uint32_t queue[JOBS]; /* ids; a job waits once */
    uint32_t tickets[JOBS];
    unsigned waiting;
};
struct job {
    enum state state;
    uint32_t ticket; /* of the last request */
    uint32_t timer;
    uint32_t runtime_us;
};

static void serve_next(struct ob_actor *self, struct scheduler *scheduler)
{
    scheduler->holder = 0;
    if (scheduler->waiting == 0)
        return;
    scheduler->holder = scheduler->queue[0];
    scheduler->ticket = scheduler->tickets[0];
    scheduler->waiting--;
    for (unsigned at = 0; at < scheduler->waiting; at++) {
        scheduler->queue[at] = scheduler->queue[at + 1];
        scheduler->tickets[at] = scheduler->tickets[at + 1];
    }
    ob_send_to(self, scheduler->holder, GRANT, scheduler->ticket);
}

static void withdraw(struct ob_actor *self, struct scheduler *scheduler,
                     const struct ob_message *message)
{
    unsigned kept = 0;

    for (unsigned at = 0; at < scheduler->waiting; at++) {
        if (scheduler->queue[at] == message->from)
            continue;
        scheduler->queue[kept] = scheduler->queue[at];
        scheduler->tickets[kept++] = scheduler->tickets[at];
    }
    scheduler->waiting = kept;
    if (ob_variant(self) == WITHDRAWS_GRANT && scheduler->holder == message->from &&
        scheduler->ticket == message->args[0])
        serve_next(self, scheduler);
}

static void scheduler_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct scheduler *scheduler = ob_state(self);

    switch (message->kind) {
    case REQUEST:
        scheduler->queue[scheduler->waiting] = message->from;
        scheduler->tickets[scheduler->waiting++] = message->args[0];
        if (scheduler->holder == 0)
            serve_next(self, scheduler);
        break;
    case WITHDRAW:
        withdraw(self, scheduler, message);
        break;
    default:
        serve_next(self, scheduler);
        break;
    }
}

static void job_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct job *job = ob_state(self);

    switch (message->kind) {
    case RUN:
        if (job->state != IDLE)
            break;
        job->state = WAITS;
        job->runtime_us = message->args[0] * 1000;
        ob_send(self, "scheduler", REQUEST, ++job->ticket);
        job->timer = ob_timer_start(self, PATIENCE_US, TIRED, 0);
        break;
    case GRANT:
        if (job->state != WAITS || message->args[0] != job->ticket)
            break; /* it has withdrawn this request */
        ob_timer_cancel(self, job->timer);
        job->state = RUNS;
        ob_timer_start(self, job->runtime_us, DONE, 0);
        break;
    case TIRED:
        job->state = IDLE;
        ob_send(self, "scheduler", WITHDRAW, job->ticket);
        break;
    default:
        job->state = IDLE;
        ob_send(self, "scheduler", RETURN);
        break;
    }
    ob_declare_state(self, job->state);
}

static void check_quiescent(struct ob_world *world)
{
    const struct scheduler *scheduler = ob_state(ob_actor(world, "scheduler"));

    OB_INVARIANT(world, accelerator_comes_back, scheduler->holder == 0,
                 "the accelerator is given to %s, which does not run",
                 ob_name(ob_actor_with_id(world, scheduler->holder)));
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "scheduler", scheduler_receive, sizeof(struct scheduler));
    ob_spawn_many(world, "job", JOBS, job_receive, sizeof(struct job));
}

OB_TARGET(accelerator, .summary = "a grant crosses the withdrawal of its request",
          .variants = {[RACY] = "racy", [WITHDRAWS_GRANT] = "withdraws_grant"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [RUN] = {.name = "run", .to = "job", .args = {{"runtime_ms", 1, 5000}}},
                  [REQUEST] = {.name = "request", .args = {{.name = "ticket"}}},
                  [GRANT] = {.name = "grant", .args = {{.name = "ticket"}}},
                  [WITHDRAW] = {.name = "withdraw", .args = {{.name = "ticket"}}},
                  [RETURN] = {.name = "return"},
                  [TIRED] = {.name = "tired"},
                  [DONE] = {.name = "done"},
              },
          .setup = setup, .check_quiescent = check_quiescent);
