/* Lost wake-up: a printer thread finds its queue empty and goes to sleep, both in two steps. A job
 * that is queued in between signals a thread that does not sleep yet. */
#include <offbeat/lock.h>

#define JOBS 16

enum variant { RACY, MUTEX };
enum kind { PRINT };

struct spooler {
    struct ob_mutex mutex;
    struct ob_waiters printer; /* the thread, when it sleeps */
    uint32_t queued;
    uint32_t printed;
};

static struct spooler *spooler_of(const struct ob_actor *self)
{
    return ob_state(self);
}

/* Sleeps until a job is there. As with a condition variable, the mutex is given up in the same step
 * in which the thread falls asleep. */
static void wait_for_job(struct ob_actor *self, struct spooler *spooler)
{
    if (ob_variant(self) == MUTEX) {
        ob_mutex_lock(self, &spooler->mutex, OB_FOREVER);
        while (spooler->printed == spooler->queued) {
            ob_yield(self);
            ob_mutex_unlock(self, &spooler->mutex);
            ob_wait(self, &spooler->printer, OB_FOREVER);
            ob_mutex_lock(self, &spooler->mutex, OB_FOREVER);
        }
        ob_mutex_unlock(self, &spooler->mutex);
        return;
    }
    while (spooler->printed == spooler->queued) {
        ob_yield(self); /* the thread may be stopped between the look and the sleep */
        ob_wait(self, &spooler->printer, OB_FOREVER);
    }
}

static void print_jobs(struct ob_actor *self, void *context)
{
    struct spooler *spooler = context;

    for (;;) {
        wait_for_job(self, spooler);
        ob_sleep(self, 1000); /* prints */
        spooler->printed++;
    }
}

static void start(struct ob_actor *self)
{
    ob_task_start(self, print_jobs, spooler_of(self));
}

static void spooler_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct spooler *spooler = spooler_of(self);

    (void)message;
    bool locks = ob_variant(self) == MUTEX;
    if (locks)
        ob_mutex_lock(self, &spooler->mutex, OB_FOREVER);
    if (spooler->queued < JOBS) {
        spooler->queued++;
        ob_wake(self, &spooler->printer);
    }
    if (locks)
        ob_mutex_unlock(self, &spooler->mutex);
}

static void check_quiescent(struct ob_world *world)
{
    const struct spooler *spooler = spooler_of(ob_actor(world, "spooler"));

    OB_INVARIANT(world, queue_is_printed, spooler->printed == spooler->queued,
                 "%u of %u jobs are printed, and the printer sleeps", spooler->printed,
                 spooler->queued);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct spooler *spooler = spooler_of(actor);

    ob_describe(text, "%u queued, %u printed%s", spooler->queued, spooler->printed,
                spooler->printer.count > 0 ? ", printer asleep" : "");
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn_async(world, "spooler", spooler_receive, sizeof(struct spooler)), start);
    ob_allow(world, "spooler", (struct ob_faults){.task_late_us_max = 500});
}

OB_TARGET(spooler, .summary = "a printer falls asleep as a job is queued",
          .variants = {[RACY] = "racy", [MUTEX] = "mutex"}, .fails = {[RACY] = true},
          .messages = {[PRINT] = {.name = "print", .to = "spooler"}}, .setup = setup,
          .check_quiescent = check_quiescent, .describe = describe);
