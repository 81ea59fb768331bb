/* Two customers want the last seat. See README.md for what goes wrong. */
#include <offbeat/lock.h>
#include <offbeat/oracle.h>
#include <offbeat/store.h>

#define SHOWS 2
#define SEATS 1u /* that are left of each show */
#define BACKOFF_US 50000

enum variant { RACY, SELECT_FOR_UPDATE, SEMAPHORE, OPTIMISTIC, RECHECKED };
enum kind { RESERVE, PAY, PAID, STORE, KINDS = STORE + OB_STORE_KINDS };

/* A web service: each request is a task, and all of them share this. */
struct service {
    struct ob_semaphore seats[SHOWS];
    uint32_t references; /* of requests to the store, given so far */
    uint32_t confirmed[SHOWS];
};

static const struct ob_message *ask(struct ob_actor *self, unsigned kind, uint32_t reference,
                                    uint32_t row, uint32_t value, uint32_t version)
{
    return ob_call(self, "store", OB_FOREVER, STORE + kind, reference, row, value, version);
}

static uint32_t new_reference(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    return ++service->references;
}

static uint32_t seats_left(struct ob_actor *self, unsigned show)
{
    return ask(self, OB_STORE_DIRTY_READ, new_reference(self), show, 0, 0)->args[2];
}

static void pay(struct ob_actor *self, unsigned show)
{
    (void)ob_call(self, "bank", OB_FOREVER, PAY, show);
}

/* Looks, takes the money, and writes down what is left; `again` looks once more just before. */
static bool check_then_reserve(struct ob_actor *self, unsigned show, bool again)
{
    uint32_t left = seats_left(self, show);

    if (left == 0)
        return false;
    pay(self, show);
    if (again) {
        left = seats_left(self, show);
        if (left == 0)
            return false;
    }
    (void)ask(self, OB_STORE_DIRTY_WRITE, new_reference(self), show, left - 1, 0);
    return true;
}

/* The row stays locked from the look to the commit. */
static bool select_for_update(struct ob_actor *self, unsigned show)
{
    uint32_t transaction = new_reference(self);

    while (ask(self, OB_STORE_BEGIN, transaction, OB_READ_COMMITTED, 0, 0)->kind !=
           STORE + OB_STORE_BEGUN)
        ob_sleep(self, BACKOFF_US);
    uint32_t left = ask(self, OB_STORE_LOCK, transaction, show, 0, 0)->args[2];
    if (left == 0) {
        (void)ask(self, OB_STORE_ABORT, transaction, 0, 0, 0);
        return false;
    }
    pay(self, show);
    (void)ask(self, OB_STORE_WRITE, transaction, show, left - 1, 0);
    return ask(self, OB_STORE_COMMIT, transaction, 0, 0, 0)->kind == STORE + OB_STORE_DONE;
}

/* A permit is a seat: who gets one has it. */
static bool take_permit(struct ob_actor *self, unsigned show)
{
    struct service *service = ob_state(self);

    if (!ob_semaphore_acquire(self, &service->seats[show], 1, 0))
        return false;
    pay(self, show);
    return true;
}

/* Writes only if nobody has written since the look. Each refusal means that somebody else got a
 * seat, so there are no more tries than seats. */
static bool write_if_unchanged(struct ob_actor *self, unsigned show)
{
    for (;;) {
        const struct ob_message *row =
            ask(self, OB_STORE_DIRTY_READ, new_reference(self), show, 0, 0);
        if (row->args[2] == 0)
            return false;
        const struct ob_message *answer =
            ask(self, OB_STORE_PUT_IF, new_reference(self), show, row->args[2] - 1, row->args[3]);
        if (answer->kind == STORE + OB_STORE_DONE)
            break;
    }
    pay(self, show);
    return true;
}

static bool reserve(struct ob_actor *self, unsigned show)
{
    switch (ob_variant(self)) {
    case SELECT_FOR_UPDATE:
        return select_for_update(self, show);
    case SEMAPHORE:
        return take_permit(self, show);
    case OPTIMISTIC:
        return write_if_unchanged(self, show);
    default:
        return check_then_reserve(self, show, ob_variant(self) == RECHECKED);
    }
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);
    unsigned show = message->args[0];

    if (reserve(self, show))
        service->confirmed[show]++;
}

static void service_start(struct ob_actor *self)
{
    struct service *service = ob_state(self);

    for (unsigned show = 0; show < SHOWS; show++)
        service->seats[show].free = SEATS;
}

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, PAID, message->args[0]);
}

static void check(struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));

    for (unsigned show = 0; show < SHOWS; show++)
        OB_INVARIANT(world, seat_sold_once, service->confirmed[show] <= SEATS,
                     "show %u: %u seats sold, of %u", show, service->confirmed[show], SEATS);
}

/* What counts of the state: the seats that were sold. */
static void observe(const struct ob_world *world, struct ob_view *view)
{
    const struct service *service = ob_state(ob_actor(world, "service"));

    for (unsigned show = 0; show < SHOWS; show++)
        ob_observe(view, service->confirmed[show], "seats sold of show %u", show);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "store"))) {
        for (unsigned show = 0; show < SHOWS; show++)
            ob_describe(text, "%sshow %u: %u left", show ? ", " : "", show,
                        ob_store_value(actor, show));
    } else if (ob_id(actor) == ob_id(ob_actor(world, "service"))) {
        const struct service *service = ob_state(actor);
        for (unsigned show = 0; show < SHOWS; show++)
            ob_describe(text, "%sshow %u: %u confirmed", show ? ", " : "", show,
                        service->confirmed[show]);
    }
}

static void setup(struct ob_world *world)
{
    struct ob_store_config config = {.first_kind = STORE, .conflict = OB_WAIT};

    for (unsigned show = 0; show < SHOWS; show++)
        config.values[show] = SEATS;
    ob_on_start(ob_spawn_async(world, "service", service_handle, sizeof(struct service)),
                service_start);
    ob_store_spawn(world, "store", &config);
    ob_spawn(world, "bank", bank_receive, 0);
    /* Pools of connections: each request goes by one that is free, and keeps no order to others. */
    ob_link(world, "service", "*", (struct ob_link){.unordered = true});
    ob_link(world, "*", "service", (struct ob_link){.unordered = true});
}

OB_TARGET(
    reservation, .summary = "customers reserve the last seats of a show",
    .variants = {[RACY] = "racy",
                 [SELECT_FOR_UPDATE] = "select_for_update",
                 [SEMAPHORE] = "semaphore",
                 [OPTIMISTIC] = "optimistic",
                 [RECHECKED] = "rechecked"},
    .fails = {[RACY] = true, [RECHECKED] = true},
    .messages = {[RESERVE] = {.name = "reserve", .to = "service", .args = {{"show", 0, SHOWS - 1}}},
                 [PAY] = {.name = "pay", .args = {{.name = "show"}}},
                 [PAID] = {.name = "paid", .args = {{.name = "show"}}},
                 OB_STORE_MESSAGES(STORE)},
    .setup = setup, .check = check, .describe = describe,
    .oracles = OB_ORACLES(OB_ISOLATION(OB_SERIALIZABLE), OB_DEADLOCK,
                          OB_SERIAL_EQUIVALENCE(observe)));
