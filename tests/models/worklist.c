/* A job moved between two steps: a worker takes a job from the list of what is ready and puts it on
 * the list of what is running, by two commands to the store. A janitor that looks at both lists in
 * between takes the job for lost and adds it again. */
#include <offbeat/offbeat.h>

#define JOBS 8

enum variant { RACY, ONE_COMMAND };
enum kind { ADD, WORK, SWEEP, POP, POPPED, START, MOVE, LOOK, LISTS, AGAIN, FINISH, WORKED };
enum state { FREE, TAKES, WORKS };

struct store {
    bool ready[JOBS];
    bool running[JOBS];
    bool done[JOBS];
    uint32_t added;
    uint32_t again; /* jobs that were added again */
};
struct worker {
    enum state state;
    uint32_t job;
};

static uint32_t bits(const bool *jobs)
{
    uint32_t set = 0;

    for (unsigned job = 0; job < JOBS; job++)
        set |= (uint32_t)jobs[job] << job;
    return set;
}

/* Takes the first job that is ready; the answer has its number, plus one. */
static uint32_t pop(struct store *store)
{
    for (uint32_t job = 0; job < JOBS; job++)
        if (store->ready[job]) {
            store->ready[job] = false;
            return job + 1;
        }
    return 0;
}

static void store_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct store *store = ob_state(self);
    uint32_t job = message->args[0];

    switch (message->kind) {
    case ADD:
        if (store->added < JOBS)
            store->ready[store->added++] = true;
        break;
    case POP:
        ob_reply(self, message, POPPED, pop(store));
        break;
    case MOVE:
        job = pop(store);
        if (job > 0)
            store->running[job - 1] = true;
        ob_reply(self, message, POPPED, job);
        break;
    case START:
        store->running[job] = true;
        break;
    case FINISH:
        store->running[job] = false;
        store->done[job] = true;
        break;
    case LOOK: /* one command for all of the lists: what it says is so at one moment */
        ob_reply(self, message, LISTS,
                 bits(store->ready) | bits(store->running) | bits(store->done), store->added);
        break;
    default: /* AGAIN(job) */
        store->ready[job] = true;
        store->again++;
        break;
    }
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

    switch (message->kind) {
    case WORK:
        if (worker->state != FREE)
            break;
        ob_send(self, "store", ob_variant(self) == RACY ? POP : MOVE);
        worker->state = TAKES;
        break;
    case POPPED:
        worker->state = message->args[0] > 0 ? WORKS : FREE;
        if (worker->state == FREE)
            break;
        worker->job = message->args[0] - 1;
        if (ob_variant(self) == RACY)
            ob_send(self, "store", START, worker->job);
        ob_timer_start(self, 20000, WORKED, 0);
        break;
    default:
        ob_send(self, "store", FINISH, worker->job);
        worker->state = FREE;
        break;
    }
    ob_declare_state(self, worker->state);
}

static void janitor_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == SWEEP) {
        ob_send(self, "store", LOOK);
        return;
    }
    for (uint32_t job = 0; job < message->args[1]; job++)
        if ((message->args[0] >> job & 1) == 0)
            ob_send(self, "store", AGAIN, job);
}

static void check(struct ob_world *world)
{
    const struct store *store = ob_state(ob_actor(world, "store"));

    OB_INVARIANT(world, no_job_is_added_twice, store->again == 0, "%u jobs are added again",
                 store->again);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "store", store_receive, sizeof(struct store));
    ob_spawn_many(world, "worker", 2, worker_receive, sizeof(struct worker));
    ob_spawn(world, "janitor", janitor_receive, 0);
}

OB_TARGET(worklist, .summary = "a janitor looks while a job is on neither list",
          .variants = {[RACY] = "racy", [ONE_COMMAND] = "one_command"}, .fails = {[RACY] = true},
          .messages =
              {
                  [ADD] = {.name = "add", .to = "store"},
                  [WORK] = {.name = "work", .to = "worker"},
                  [SWEEP] = {.name = "sweep", .to = "janitor"},
                  [POP] = {.name = "pop"},
                  [POPPED] = {.name = "popped", .args = {{.name = "job"}}},
                  [START] = {.name = "start", .args = {{.name = "job"}}},
                  [MOVE] = {.name = "move"},
                  [LOOK] = {.name = "look"},
                  [LISTS] = {.name = "lists", .args = {{.name = "jobs"}, {.name = "added"}}},
                  [AGAIN] = {.name = "again", .args = {{.name = "job"}}},
                  [FINISH] = {.name = "finish", .args = {{.name = "job"}}},
                  [WORKED] = {.name = "worked"},
              },
          .setup = setup, .check = check);
