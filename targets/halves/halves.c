/* A transfer one half of which fails. See README.md for what goes wrong. */
#include <errno.h>
#include <offbeat/async.h>

#define ACCOUNTS 3
#define BEGINNING 100u

enum variant { NO_ROLLBACK, EARLY_COMPENSATION, COMPENSATION, ROLLBACK };
enum kind { TRANSFER, CLOSE, LOOK, CHANGE, UNDO, MOVE, DONE, REFUSED };

struct bank {
    uint32_t balances[ACCOUNTS];
    bool closed[ACCOUNTS];
};

static bool change(struct bank *bank, uint32_t account, uint32_t by)
{
    if (bank->closed[account])
        return false;
    bank->balances[account] += by;
    return true;
}

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct bank *bank = ob_state(self);
    bool done = true;

    switch (message->kind) {
    case CLOSE:
        bank->closed[message->args[0]] = true;
        break;
    case LOOK:
        done = !bank->closed[message->args[0]] && !bank->closed[message->args[1]];
        break;
    case MOVE: /* both halves in one transaction */
        done = change(bank, message->args[0], 0u - 1);
        if (done && !change(bank, message->args[1], 1)) {
            bank->balances[message->args[0]]++;
            done = false;
        }
        break;
    case UNDO: /* also of what is closed */
        bank->balances[message->args[0]] -= message->args[1];
        break;
    default:
        done = change(bank, message->args[0], message->args[1]);
        break;
    }
    ob_reply(self, message, done ? DONE : REFUSED);
}

/* -- the service: async.parallel of the halves -- */

struct job {
    uint32_t account;
    uint32_t by;
    bool done;
    bool tried;
};

struct transfer {
    struct job halves[2];
};

static int half(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    struct transfer *transfer = context;
    struct job *job = &transfer->halves[item.key];
    (void)result;

    job->done = ob_call(self, "bank", OB_FOREVER, CHANGE, job->account, job->by)->kind == DONE;
    job->tried = true;
    return job->done ? 0 : ECANCELED;
}

static void undo(struct ob_actor *self, struct transfer *transfer)
{
    for (unsigned at = 0; at < 2; at++) {
        struct job *job = &transfer->halves[at];
        /* async.parallel() returns with the first error: the other half may still be under way. */
        while (ob_variant(self) == COMPENSATION && !job->tried)
            ob_sleep(self, 1000);
        if (job->done)
            (void)ob_call(self, "bank", OB_FOREVER, UNDO, job->account, job->by);
    }
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    static ob_async_function *const functions[] = {half, half};

    if (message->args[0] == message->args[1] ||
        ob_call(self, "bank", OB_FOREVER, LOOK, message->args[0], message->args[1])->kind != DONE)
        return;
    if (ob_variant(self) == ROLLBACK) {
        (void)ob_call(self, "bank", OB_FOREVER, MOVE, message->args[0], message->args[1]);
        return;
    }
    struct transfer *transfer = ob_alloc(ob_world(self), sizeof *transfer);
    transfer->halves[0] = (struct job){.account = message->args[0], .by = 0u - 1};
    transfer->halves[1] = (struct job){.account = message->args[1], .by = 1};
    if (ob_async_parallel(self, functions, 2, transfer, NULL) && ob_variant(self) != NO_ROLLBACK)
        undo(self, transfer);
}

static void bank_start(struct ob_actor *self)
{
    struct bank *bank = ob_state(self);
    for (unsigned account = 0; account < ACCOUNTS; account++)
        bank->balances[account] = BEGINNING;
}

static void check_quiescent(struct ob_world *world)
{
    const struct bank *bank = ob_state(ob_actor(world, "bank"));
    uint32_t sum = 0;

    for (unsigned account = 0; account < ACCOUNTS; account++)
        sum += bank->balances[account];
    OB_INVARIANT(world, money_is_kept, sum == ACCOUNTS * BEGINNING, "there is %u, was %u", sum,
                 ACCOUNTS * BEGINNING);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "bank")))
        return;
    const struct bank *bank = ob_state(actor);
    for (unsigned account = 0; account < ACCOUNTS; account++)
        ob_describe(text, "%s%u", account ? ", " : "", bank->balances[account]);
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "service", service_handle, 1);
    ob_on_start(ob_spawn(world, "bank", bank_receive, sizeof(struct bank)), bank_start);
    /* Requests go by different connections of a pool. */
    ob_link(world, "service", "bank", (struct ob_link){.unordered = true});
    ob_link(world, "bank", "service", (struct ob_link){.unordered = true});
}

OB_TARGET(
    halves, .summary = "a transfer one half of which fails",
    .variants = {[NO_ROLLBACK] = "no_rollback",
                 [EARLY_COMPENSATION] = "early_compensation",
                 [COMPENSATION] = "compensation",
                 [ROLLBACK] = "rollback"},
    .fails = {[NO_ROLLBACK] = true, [EARLY_COMPENSATION] = true},
    .messages = {[TRANSFER] = {.name = "transfer",
                               .to = "service",
                               .args = {{"from", 0, ACCOUNTS - 1}, {"to", 0, ACCOUNTS - 1}}},
                 [CLOSE] = {.name = "close", .to = "bank", .args = {{"account", 0, ACCOUNTS - 1}}},
                 [LOOK] = {.name = "look", .args = {{.name = "from"}, {.name = "to"}}},
                 [UNDO] = {.name = "undo", .args = {{.name = "account"}, {.name = "by"}}},
                 [CHANGE] = {.name = "change", .args = {{.name = "account"}, {.name = "by"}}},
                 [MOVE] = {.name = "move", .args = {{.name = "from"}, {.name = "to"}}},
                 [DONE] = {.name = "done"},
                 [REFUSED] = {.name = "refused"}},
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
