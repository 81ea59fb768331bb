/* Doctors leave if another one is on call. See README.md for what goes wrong. */
#include <offbeat/oracle.h>
#include <offbeat/store.h>
#include <offbeat/task.h>

#define DOCTORS 2
#define BACKOFF_US 50000

enum variant { READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE, SELECT_FOR_UPDATE, OPTIMISTIC };
enum kind { LEAVE, STORE, KINDS = STORE + OB_STORE_KINDS };

struct service {
    uint32_t transactions; /* begun so far */
};

static const struct ob_message *ask(struct ob_actor *self, unsigned kind, uint32_t transaction,
                                    uint32_t row, uint32_t value)
{
    return ob_call(self, "store", OB_FOREVER, STORE + kind, transaction, row, value);
}

static bool is_aborted(const struct ob_message *answer)
{
    return answer->kind == STORE + OB_STORE_ABORTED;
}

static unsigned level(const struct ob_actor *self)
{
    static const unsigned levels[] = {[READ_COMMITTED] = OB_READ_COMMITTED,
                                      [REPEATABLE_READ] = OB_SNAPSHOT,
                                      [SERIALIZABLE] = OB_SERIALIZABLE,
                                      [SELECT_FOR_UPDATE] = OB_SNAPSHOT,
                                      [OPTIMISTIC] = OB_OPTIMISTIC};
    return levels[ob_variant(self)];
}

/* One try: false when the store has aborted it. */
static bool leave_once(struct ob_actor *self, unsigned doctor, uint32_t transaction)
{
    unsigned read = ob_variant(self) == SELECT_FOR_UPDATE ? OB_STORE_LOCK : OB_STORE_READ;
    uint32_t on_call = 0;

    if (is_aborted(ask(self, OB_STORE_BEGIN, transaction, level(self), 0)))
        return false;
    for (unsigned row = 0; row < DOCTORS; row++) {
        const struct ob_message *answer = ask(self, read, transaction, row, 0);
        if (is_aborted(answer))
            return false;
        on_call += answer->args[2];
    }
    if (on_call > 1 && is_aborted(ask(self, OB_STORE_WRITE, transaction, doctor, 0)))
        return false;
    return !is_aborted(ask(self, OB_STORE_COMMIT, transaction, 0, 0));
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);

    while (!leave_once(self, message->args[0], ++service->transactions))
        ob_sleep(self, BACKOFF_US * (1 + message->args[0]));
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "store")))
        return;
    for (unsigned row = 0; row < DOCTORS; row++)
        ob_describe(text, "%sdoctor %u: %s", row ? ", " : "", row,
                    ob_store_value(actor, row) ? "on call" : "at home");
}

static void setup(struct ob_world *world)
{
    const struct ob_store_config config = {
        .first_kind = STORE, .conflict = OB_DETECT, .values = {1, 1}};

    ob_spawn_async(world, "service", service_handle, sizeof(struct service));
    ob_store_spawn(world, "store", &config);
}

OB_TARGET(
    oncall, .summary = "doctors leave if another one is on call",
    .variants = {[READ_COMMITTED] = "read_committed",
                 [REPEATABLE_READ] = "repeatable_read",
                 [SERIALIZABLE] = "serializable",
                 [SELECT_FOR_UPDATE] = "select_for_update",
                 [OPTIMISTIC] = "optimistic"},
    .fails = {[READ_COMMITTED] = true, [REPEATABLE_READ] = true},
    .messages = {[LEAVE] = {.name = "leave", .to = "service", .args = {{"doctor", 0, DOCTORS - 1}}},
                 OB_STORE_MESSAGES(STORE)},
    .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_ISOLATION(OB_SERIALIZABLE)));
