/* A late arrival: a coordinator waits for all its workers at the end of each phase, and goes on
 * without those that are late. What a late one says then counts for the next phase. */
#include <offbeat/offbeat.h>

#define WORKERS 2
#define PHASES 8
#define PATIENCE_US 100000

enum variant { RACY, PHASE_NUMBERS };
enum kind { RUN, WORK, ARRIVED, TOO_LATE };
enum state { IDLE, WAITS };

struct coordinator {
    uint32_t phase;            /* the one that runs, or ran last */
    uint32_t arrived[WORKERS]; /* for which phase a worker was counted last */
    enum state state;
    uint32_t timer;
};
struct worker {
    uint32_t finished; /* the last phase that it has finished */
};

static void begin_phase(struct ob_actor *self, struct coordinator *coordinator)
{
    coordinator->phase++;
    coordinator->state = WAITS;
    for (unsigned id = 1; id <= WORKERS; id++)
        ob_send_to(self, id, WORK, coordinator->phase);
    coordinator->timer = ob_timer_start(self, PATIENCE_US, TOO_LATE, 0);
}

static void count_worker(struct ob_actor *self, struct coordinator *coordinator,
                         const struct ob_message *message)
{
    if (coordinator->state != WAITS)
        return;
    if (ob_variant(self) == PHASE_NUMBERS && message->args[0] != coordinator->phase)
        return;
    coordinator->arrived[message->from - 1] = coordinator->phase;
    for (unsigned worker = 0; worker < WORKERS; worker++)
        if (coordinator->arrived[worker] != coordinator->phase)
            return;
    ob_timer_cancel(self, coordinator->timer);
    coordinator->state = IDLE;
    for (unsigned id = 1; id <= WORKERS; id++) {
        const struct worker *worker = ob_state(ob_actor_with_id(ob_world(self), id));
        OB_INVARIANT(ob_world(self), all_have_finished, worker->finished == coordinator->phase,
                     "phase %u is complete, and worker %u has finished phase %u",
                     coordinator->phase, id - 1, worker->finished);
    }
}

static void coordinator_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct coordinator *coordinator = ob_state(self);

    switch (message->kind) {
    case RUN:
        if (coordinator->state == IDLE && coordinator->phase < PHASES)
            begin_phase(self, coordinator);
        break;
    case ARRIVED:
        count_worker(self, coordinator, message);
        break;
    default: /* the phase is given up */
        coordinator->state = IDLE;
        break;
    }
    ob_declare_state(self, coordinator->state);
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

    worker->finished = message->args[0];
    ob_reply(self, message, ARRIVED, worker->finished);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct coordinator *coordinator = ob_state(actor);

    if (ob_id(actor) > WORKERS)
        ob_describe(text, "phase %u%s", coordinator->phase,
                    coordinator->state == WAITS ? ", waits" : "");
}

static void setup(struct ob_world *world)
{
    const struct ob_link cluster = {.latency_us = 5000, .latency_us_max = 90000};

    ob_spawn_many(world, "worker", WORKERS, worker_receive, sizeof(struct worker));
    ob_spawn(world, "coordinator", coordinator_receive, sizeof(struct coordinator));
    ob_link(world, "coordinator", "worker", cluster);
    ob_link(world, "worker", "coordinator", cluster);
}

OB_TARGET(barrier, .summary = "an arrival of one phase counts for the next",
          .variants = {[RACY] = "racy", [PHASE_NUMBERS] = "phase_numbers"},
          .fails = {[RACY] = true},
          .messages =
              {
                  [RUN] = {.name = "run", .to = "coordinator"},
                  [WORK] = {.name = "work", .args = {{.name = "phase"}}},
                  [ARRIVED] = {.name = "arrived", .args = {{.name = "phase"}}},
                  [TOO_LATE] = {.name = "too_late"},
              },
          .setup = setup, .describe = describe);
