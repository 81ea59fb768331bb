/* A journey is booked by a saga: a room, then a seat. See README.md for what goes wrong. */
#include <offbeat/saga.h>

#define TRIPS 4
#define CAPACITY 2

enum variant { BLIND, DEDUPLICATED, GUARDED };
enum kind { BOOK, SAGA, KINDS = SAGA + OB_SAGA_KINDS };

static const struct ob_saga_config config = {
    .first_kind = SAGA, .timeout_us = 30000, .step_count = 2, .steps = {"hotel", "airline"}};

static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "agency", SAGA + OB_SAGA_BEGIN, message->args[0], 0);
}

/* A hotel or an airline. */
struct participant {
    struct ob_saga_book book;
    int32_t booked[TRIPS];
};

static bool is_full(const struct participant *participant)
{
    int32_t sum = 0;
    for (unsigned trip = 0; trip < TRIPS; trip++)
        sum += participant->booked[trip];
    return sum >= CAPACITY;
}

/* Whether it is booked now, or has been. */
static bool book(struct ob_actor *self, const struct ob_message *message)
{
    struct participant *participant = ob_state(self);
    struct ob_saga_book *known = &participant->book;
    uint32_t trip = message->args[0];

    if (ob_variant(self) == DEDUPLICATED && participant->booked[trip] != 0)
        return true;
    if (ob_variant(self) == GUARDED && (ob_saga_may_not(known, message) || known->done[trip] != 0))
        return !ob_saga_may_not(known, message);
    if (is_full(participant)) {
        ob_saga_refuse(known, message);
        return false;
    }
    if (ob_variant(self) != GUARDED || ob_saga_is_to_do(known, message))
        participant->booked[trip]++;
    return true;
}

static void cancel(struct ob_actor *self, const struct ob_message *message)
{
    struct participant *participant = ob_state(self);
    uint32_t trip = message->args[0];

    if (ob_variant(self) == DEDUPLICATED ? participant->booked[trip] != 0
        : ob_variant(self) == GUARDED    ? ob_saga_is_to_undo(&participant->book, message)
                                         : true)
        participant->booked[trip]--;
}

static void participant_receive(struct ob_actor *self, const struct ob_message *message)
{
    enum ob_saga_kind answer = OB_SAGA_UNDONE;

    if (message->kind == SAGA + OB_SAGA_UNDO)
        cancel(self, message);
    else
        answer = book(self, message) ? OB_SAGA_DONE : OB_SAGA_REFUSED;
    ob_reply(self, message, SAGA + (unsigned)answer, message->args[0], message->args[1]);
}

static void check_quiescent(struct ob_world *world)
{
    for (unsigned trip = 0; trip < TRIPS; trip++) {
        enum ob_saga_state state = ob_saga_state(ob_actor(world, "agency"), trip);
        bool is_done = state == OB_SAGA_IS_DONE;
        for (unsigned step = 0; step < config.step_count; step++) {
            const struct ob_actor *actor = ob_actor(world, config.steps[step]);
            const struct participant *participant = ob_state(actor);
            int32_t booked = participant->booked[trip];
            OB_INVARIANT(world, done_or_undone, booked == is_done,
                         "trip %u is %s, and booked %d times at the %s", trip,
                         is_done ? "done" : "undone", booked, config.steps[step]);
        }
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const states[] = {"", "goes on", "is undone", "is done"};
    const struct ob_world *world = ob_world(actor);

    for (unsigned trip = 0; trip < TRIPS; trip++) {
        if (ob_id(actor) == ob_id(ob_actor(world, "agency")) && ob_saga_state(actor, trip))
            ob_describe(text, "trip %u %s; ", trip, states[ob_saga_state(actor, trip)]);
        if (ob_id(actor) == ob_id(ob_actor(world, "hotel")) ||
            ob_id(actor) == ob_id(ob_actor(world, "airline")))
            ob_describe(text, "%s%d", trip ? ", " : "",
                        ((const struct participant *)ob_state(actor))->booked[trip]);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, 0);
    ob_saga_spawn(world, "agency", &config);
    for (unsigned step = 0; step < config.step_count; step++) {
        ob_spawn(world, config.steps[step], participant_receive, sizeof(struct participant));
        /* Requests go by different connections. */
        ob_link(world, "agency", config.steps[step],
                (struct ob_link){.latency_us = 1000, .latency_us_max = 60000, .unordered = true});
        ob_link(world, config.steps[step], "agency",
                (struct ob_link){.latency_us = 1000, .latency_us_max = 60000, .unordered = true});
    }
    ob_allow(world, "agency", (struct ob_faults){.restart = true});
}

OB_TARGET(
    trip, .summary = "a journey that is booked by a saga",
    .variants = {[BLIND] = "blind", [DEDUPLICATED] = "deduplicated", [GUARDED] = "guarded"},
    .fails = {[BLIND] = true, [DEDUPLICATED] = true},
    .messages = {[BOOK] = {.name = "book", .to = "customer", .args = {{"trip", 0, TRIPS - 1}}},
                 OB_SAGA_MESSAGES(SAGA)},
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
