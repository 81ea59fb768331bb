/*
 * A desk takes orders through two steps, at a cashier and at a warehouse, and may crash and start
 * again in between. See README.md for what goes wrong, and where.
 */
#include <offbeat/event_log.h>
#include <offbeat/offbeat.h>
#include <offbeat/retry.h>

#define ORDERS 4
#define JOURNAL_MAX 64

enum variant { RACY, EVENT_LOG, IDEMPOTENT, AT_MOST_ONCE };
enum kind { BUY, PLACE, CHARGE, CHARGED, SHIP, SHIPPED, DONE, AGAIN, ASK, ANSWER };
enum event { STARTED, PLACED, PAID, SENT };

/* After the last attempt somebody looks into it by hand. */
static const struct ob_retry_policy patience = {
    .timeout_us = 100000, .attempts_max = 20, .timer = AGAIN};

/* -- the client: places each order once, and again until it is told that it is done -- */

struct client {
    struct {
        bool bought;
        bool done;
        bool gave_up;
        struct ob_retry retry;
    } orders[ORDERS];
};

static void buy(struct ob_actor *self, struct client *client, uint32_t order)
{
    if (client->orders[order].bought)
        return;
    client->orders[order].bought = true;
    if (ob_variant(self) == AT_MOST_ONCE)
        ob_send(self, "desk", PLACE, order);
    else
        ob_retry_send(self, &patience, &client->orders[order].retry, order,
                      ob_id(ob_actor(ob_world(self), "desk")), OB_WORDS(PLACE, order));
}

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);
    uint32_t order = message->args[0];

    switch (message->kind) {
    case BUY:
        buy(self, client, order);
        break;
    case AGAIN:
        client->orders[order].gave_up =
            ob_retry_timed_out(self, &patience, &client->orders[order].retry, order) ==
            OB_RETRY_GAVE_UP;
        break;
    default:
        client->orders[order].done = true;
        (void)ob_retry_acknowledged(self, &client->orders[order].retry, order);
        break;
    }
}

/* -- the desk: charges, and when that is confirmed, ships -- */

struct desk {
    struct session {
        bool placed;
        bool charging; /* asked for since the desk has started */
        bool paid;
        bool sent;
    } sessions[ORDERS];
    uint32_t starts; /* of which the log knows */
};

static void apply(void *state, const struct ob_event_record *event)
{
    struct desk *desk = state;
    struct session *session = &desk->sessions[event->words[0]];
    desk->starts += event->type == STARTED;
    session->placed |= event->type == PLACED;
    session->paid |= event->type == PAID;
    session->sent |= event->type == SENT;
}

/* Something has happened: with a log it is written down first. */
static void happened(struct ob_actor *self, uint32_t type, uint32_t order)
{
    const struct ob_event_record event = {.type = type, .words = {order}};
    if (ob_variant(self) == EVENT_LOG)
        (void)ob_event_append(ob_event_log(ob_world(self), "journal"), type, order);
    apply(ob_state(self), &event);
}

/* Takes the next step of an order. A step that is asked for twice is not taken back by the desk:
 * its memory says what it has asked for, as far as it has one. */
static void go_on(struct ob_actor *self, struct session *session, uint32_t order)
{
    if (!session->placed)
        return;
    if (session->sent) {
        ob_send(self, "client", DONE, order);
    } else if (session->paid) {
        ob_send(self, "warehouse", SHIP, order);
    } else if (!session->charging) {
        session->charging = true;
        ob_send(self, "cashier", CHARGE, order);
    }
}

/* What the log leaves open is asked: the question comes after the request that it is about, and its
 * answer counts only for the start that it was asked at. */
static void desk_start(struct ob_actor *self)
{
    struct desk *desk = ob_state(self);

    if (ob_variant(self) != EVENT_LOG)
        return;
    struct ob_event_log *journal = ob_event_log(ob_world(self), "journal");
    if (ob_event_count(journal) > JOURNAL_MAX - 4 * ORDERS) {
        ob_stop(self, 1); /* the disk is full: nothing goes on without somebody's help */
        return;
    }
    (void)ob_event_append(journal, STARTED);
    ob_event_replay(journal, apply, desk);
    for (uint32_t order = 0; order < ORDERS; order++) {
        struct session *session = &desk->sessions[order];
        session->charging = true;
        if (session->placed && !session->paid)
            ob_send(self, "cashier", ASK, order, desk->starts);
        else if (session->placed && !session->sent)
            ob_send(self, "warehouse", ASK, order, desk->starts);
    }
}

static void hear(struct ob_actor *self, const struct ob_message *message, struct session *session,
                 uint32_t order)
{
    const struct desk *desk = ob_state(self);
    bool of_cashier = message->from == ob_id(ob_actor(ob_world(self), "cashier"));
    bool known = of_cashier ? session->paid : session->sent;
    if (message->args[2] != desk->starts || known)
        return;
    if (message->args[1])
        happened(self, of_cashier ? PAID : SENT, order);
    else
        session->charging = false; /* it was not done: now it is asked for */
    go_on(self, session, order);
}

static void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct desk *desk = ob_state(self);
    uint32_t order = message->args[0];
    struct session *session = &desk->sessions[order];

    switch (message->kind) {
    case PLACE:
        if (session->placed && !session->sent)
            return; /* under way */
        if (!session->placed) {
            session->charging = false;
            happened(self, PLACED, order);
        }
        go_on(self, session, order);
        break;
    case CHARGED:
        if (session->paid)
            return;
        happened(self, PAID, order);
        go_on(self, session, order);
        break;
    case SHIPPED:
        if (session->sent)
            return;
        happened(self, SENT, order);
        go_on(self, session, order);
        break;
    default:
        hear(self, message, session, order);
        break;
    }
}

/* -- cashier and warehouse: what they do is done for good -- */

struct counter {
    uint32_t done[ORDERS];
};

static void counter_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct counter *counter = ob_state(self);
    uint32_t order = message->args[0];

    if (message->kind == ASK) {
        ob_reply(self, message, ANSWER, order, counter->done[order], message->args[1]);
        return;
    }
    if (ob_variant(self) != IDEMPOTENT || counter->done[order] == 0)
        counter->done[order]++;
    ob_reply(self, message, message->kind == CHARGE ? CHARGED : SHIPPED, order);
}

static const struct counter *counter_of(const struct ob_world *world, const char *name)
{
    return ob_state(ob_actor(world, name));
}

static void check(struct ob_world *world)
{
    for (unsigned order = 0; order < ORDERS; order++) {
        uint32_t charged = counter_of(world, "cashier")->done[order];
        uint32_t shipped = counter_of(world, "warehouse")->done[order];
        OB_INVARIANT(world, charged_once, charged <= 1, "order %u is charged %u times", order,
                     charged);
        OB_INVARIANT(world, shipped_once, shipped <= 1, "order %u is shipped %u times", order,
                     shipped);
    }
}

static void check_quiescent(struct ob_world *world)
{
    const struct client *client = ob_state(ob_actor(world, "client"));

    for (unsigned order = 0; order < ORDERS; order++) {
        uint32_t charged = counter_of(world, "cashier")->done[order];
        uint32_t shipped = counter_of(world, "warehouse")->done[order];
        OB_INVARIANT(world, charged_is_shipped,
                     charged == 0 || shipped > 0 || client->orders[order].gave_up ||
                         !ob_is_up(ob_actor(world, "desk")),
                     "order %u is charged, and will never be shipped", order);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct ob_world *world = ob_world(actor);

    if (ob_id(actor) == ob_id(ob_actor(world, "desk"))) {
        const struct desk *desk = ob_state(actor);
        for (unsigned order = 0; order < ORDERS; order++)
            if (desk->sessions[order].placed)
                ob_describe(text, "order %u: placed%s%s; ", order,
                            desk->sessions[order].paid ? ", paid" : "",
                            desk->sessions[order].sent ? ", sent" : "");
    } else if (ob_id(actor) == ob_id(ob_actor(world, "cashier")) ||
               ob_id(actor) == ob_id(ob_actor(world, "warehouse"))) {
        const struct counter *counter = ob_state(actor);
        for (unsigned order = 0; order < ORDERS; order++)
            if (counter->done[order])
                ob_describe(text, "times order %u was done: %u; ", order, counter->done[order]);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_on_start(ob_spawn(world, "desk", desk_receive, sizeof(struct desk)), desk_start);
    ob_spawn(world, "cashier", counter_receive, sizeof(struct counter));
    ob_spawn(world, "warehouse", counter_receive, sizeof(struct counter));
    if (ob_world_variant(world) == EVENT_LOG)
        ob_event_log_create(world, "journal", JOURNAL_MAX);
    ob_allow(world, "desk", (struct ob_faults){.restart = true});
}

OB_TARGET(session, .summary = "a desk that may crash takes orders through two steps",
          .variants = {[RACY] = "racy",
                       [EVENT_LOG] = "event_log",
                       [IDEMPOTENT] = "idempotent",
                       [AT_MOST_ONCE] = "at_most_once"},
          .fails = {[RACY] = true, [AT_MOST_ONCE] = true},
          .messages =
              {
                  [BUY] = {.name = "buy", .to = "client", .args = {{"order", 0, ORDERS - 1}}},
                  [PLACE] = {.name = "place", .args = {{.name = "order"}}},
                  [CHARGE] = {.name = "charge", .args = {{.name = "order"}}},
                  [CHARGED] = {.name = "charged", .args = {{.name = "order"}}},
                  [SHIP] = {.name = "ship", .args = {{.name = "order"}}},
                  [SHIPPED] = {.name = "shipped", .args = {{.name = "order"}}},
                  [DONE] = {.name = "done", .args = {{.name = "order"}}},
                  [AGAIN] = {.name = "again", .args = {{.name = "order"}}},
                  [ASK] = {.name = "ask", .args = {{.name = "order"}, {.name = "start"}}},
                  [ANSWER] = {.name = "answer",
                              .args = {{.name = "order"}, {.name = "times"}, {.name = "start"}}},
              },
          .setup = setup, .check = check, .check_quiescent = check_quiescent, .describe = describe);
