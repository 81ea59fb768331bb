#include <offbeat/saga.h>

#include <assert.h>

/* Where a saga is, in memory that survives a crash. */
struct saga {
    uint32_t argument;
    uint8_t state;
    uint8_t step; /* which is asked for: the first that is not done, or the last not undone */
    bool goes_back;
};

struct log {
    struct saga sagas[OB_SAGAS_MAX];
};

struct coordinator {
    uint32_t timers[OB_SAGAS_MAX];
};

/* What lasts through the lives of a coordinator. */
struct config {
    const struct ob_saga_config *said;
    struct log *log;
};

static const struct config *config_of(const struct ob_actor *coordinator)
{
    return ob_config(coordinator);
}

/* Asks for the step where the saga is, or for its compensation. */
static void ask(struct ob_actor *self, unsigned number)
{
    const struct ob_saga_config *said = config_of(self)->said;
    const struct saga *saga = &config_of(self)->log->sagas[number];
    struct coordinator *coordinator = ob_state(self);
    enum ob_saga_kind kind = saga->goes_back ? OB_SAGA_UNDO : OB_SAGA_DO;

    ob_send(self, said->steps[saga->step], said->first_kind + (unsigned)kind, number, saga->step,
            saga->argument);
    ob_timer_cancel(self, coordinator->timers[number]);
    coordinator->timers[number] =
        ob_timer_start(self, said->timeout_us, said->first_kind + OB_SAGA_AGAIN, number);
}

static void end(struct ob_actor *self, unsigned number, enum ob_saga_state state)
{
    struct coordinator *coordinator = ob_state(self);
    config_of(self)->log->sagas[number].state = (uint8_t)state;
    ob_timer_cancel(self, coordinator->timers[number]);
}

static void go_back(struct ob_actor *self, unsigned number, unsigned from)
{
    struct saga *saga = &config_of(self)->log->sagas[number];
    saga->goes_back = true;
    saga->step = (uint8_t)from;
    ask(self, number);
}

static void begin(struct ob_actor *self, unsigned number, uint32_t argument)
{
    struct saga *saga = &config_of(self)->log->sagas[number];
    if (saga->state != OB_SAGA_NOT_BEGUN)
        return;
    *saga = (struct saga){.argument = argument, .state = OB_SAGA_GOES_ON};
    ask(self, number);
}

/* Whether this answers the present request; an answer to an earlier one does not. */
static void hear(struct ob_actor *self, unsigned number, enum ob_saga_kind kind)
{
    const struct config *config = config_of(self);
    struct saga *saga = &config->log->sagas[number];

    if (saga->goes_back != (kind == OB_SAGA_UNDONE))
        return;
    if (kind == OB_SAGA_DONE && saga->step + 1u == config->said->step_count) {
        end(self, number, OB_SAGA_IS_DONE);
    } else if (kind == OB_SAGA_DONE) {
        saga->step++;
        ask(self, number);
    } else if (saga->step == 0) {
        end(self, number, OB_SAGA_IS_UNDONE);
    } else { /* one that was refused needs no compensation, and one that is undone no other */
        go_back(self, number, saga->step - 1u);
    }
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    const struct config *config = config_of(self);
    unsigned kind = message->kind - (unsigned)config->said->first_kind;
    unsigned number = message->args[0];

    if (kind >= OB_SAGA_KINDS || number >= OB_SAGAS_MAX)
        return;
    const struct saga *saga = &config->log->sagas[number];
    if (kind == OB_SAGA_BEGIN)
        begin(self, number, message->args[1]);
    else if (saga->state != OB_SAGA_GOES_ON)
        return;
    else if (kind == OB_SAGA_AGAIN && saga->goes_back)
        ask(self, number);
    else if (kind == OB_SAGA_AGAIN)
        go_back(self, number, saga->step);
    else if (kind >= OB_SAGA_DONE && message->args[1] == saga->step)
        hear(self, number, (enum ob_saga_kind)kind);
}

/* What was under way when it has crashed is asked for once more. */
static void start(struct ob_actor *self)
{
    for (unsigned number = 0; number < OB_SAGAS_MAX; number++)
        if (config_of(self)->log->sagas[number].state == OB_SAGA_GOES_ON)
            ask(self, number);
}

struct ob_actor *ob_saga_spawn(struct ob_world *world, const char *name,
                               const struct ob_saga_config *said)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct coordinator));
    struct config *config = ob_alloc(world, sizeof *config);
    assert(said->step_count >= 1 && said->step_count <= OB_SAGA_STEPS_MAX);
    config->said = said;
    config->log = ob_alloc(world, sizeof *config->log);
    ob_set_config(actor, config);
    ob_on_start(actor, start);
    return actor;
}

enum ob_saga_state ob_saga_state(const struct ob_actor *coordinator, unsigned saga)
{
    return (enum ob_saga_state)config_of(coordinator)->log->sagas[saga % OB_SAGAS_MAX].state;
}

/* -- participants -- */

static uint8_t bit_of(const struct ob_message *message)
{
    return (uint8_t)(1u << message->args[1] % OB_SAGA_STEPS_MAX);
}

static unsigned saga_of(const struct ob_message *message)
{
    return message->args[0] % OB_SAGAS_MAX;
}

bool ob_saga_may_not(const struct ob_saga_book *book, const struct ob_message *message)
{
    return book->undone[saga_of(message)] & bit_of(message);
}

bool ob_saga_is_to_do(struct ob_saga_book *book, const struct ob_message *message)
{
    uint8_t *done = &book->done[saga_of(message)];
    if ((*done & bit_of(message)) || ob_saga_may_not(book, message))
        return false;
    *done |= bit_of(message);
    return true;
}

void ob_saga_refuse(struct ob_saga_book *book, const struct ob_message *message)
{
    book->undone[saga_of(message)] |= bit_of(message);
}

bool ob_saga_is_to_undo(struct ob_saga_book *book, const struct ob_message *message)
{
    uint8_t *undone = &book->undone[saga_of(message)];
    bool is_first = !(*undone & bit_of(message));
    *undone |= bit_of(message);
    return is_first && (book->done[saga_of(message)] & bit_of(message));
}
