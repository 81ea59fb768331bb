/* Desks are given to whoever claims them first, by processes of several kinds. See README.md. */
#include <offbeat/gen_server.h>
#include <offbeat/table.h>

#define CLIENTS 3
#define DESKS 2
#define OCCUPIED 1 /* the desk that the records show as given */
#define CLAIMS 8   /* that wait for a badge */
#define TABLE "desks"

enum variant {
    CALL_THEN_INFO,
    PENDING,
    INIT_INFO,
    CONTINUE,
    RECEIVE,
    SELECTIVE,
    ETS_LOOKUP,
    ETS_INSERT_NEW
};
enum kind { ASK, CLAIM, GRANTED, REFUSED, PRINT, PRINTED, LOAD, LIST, LISTED };

struct client {
    uint32_t granted[DESKS];
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == ASK)
        (void)ob_ask(self, "server", CLAIM, message->args[0]);
    else
        client->granted[message->args[0]] += message->kind == GRANTED;
}

/* -- a GenServer -- */

struct server {
    struct ob_gen_server gen;
    bool given[DESKS];
    const struct ob_message *claims[CLAIMS]; /* that wait for their badge, the oldest first */
    uint32_t claim_count;
};

static void answer(struct ob_actor *self, const struct ob_message *claim, bool granted)
{
    ob_reply(self, claim, granted ? GRANTED : REFUSED, claim->args[0]);
}

static void handle_claim(struct ob_actor *self, const struct ob_message *claim)
{
    struct server *server = ob_state(self);
    unsigned desk = claim->args[0];
    bool waits = ob_variant(self) == CALL_THEN_INFO || ob_variant(self) == PENDING;

    if (server->given[desk] || (waits && server->claim_count == CLAIMS)) {
        answer(self, claim, false);
    } else if (waits) { /* the answer comes later, from handle_info */
        server->given[desk] = ob_variant(self) == PENDING;
        server->claims[server->claim_count++] = claim;
        ob_send(self, "printer", PRINT, desk);
    } else {
        server->given[desk] = true;
        answer(self, claim, true);
    }
}

static void handle_info(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind == LOAD) {
        ob_send(self, "records", LIST);
    } else if (message->kind == LISTED) {
        server->given[message->args[0]] = true;
    } else if (message->kind == PRINTED && server->claim_count > 0) {
        const struct ob_message *claim = server->claims[0];
        server->claim_count--;
        for (unsigned at = 0; at < server->claim_count; at++)
            server->claims[at] = server->claims[at + 1];
        server->given[claim->args[0]] = true;
        answer(self, claim, true);
    }
}

static const struct ob_gen_server_type type = {.calls = {[CLAIM] = handle_claim},
                                               .info = handle_info};

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_gen_server_receive(self, &type, message);
}

static void load(struct ob_actor *self, uint32_t desk)
{
    struct server *server = ob_state(self);
    server->given[desk] = true;
}

/* init: what the records say comes by a message to itself, or before any other one. */
static void server_start(struct ob_actor *self)
{
    if (ob_variant(self) == INIT_INFO)
        ob_send(self, "server", LOAD);
    else
        ob_gen_continue(self, load, OCCUPIED);
    ob_gen_server_started(self, &type);
}

/* -- a process with receive -- */

static void serve(struct ob_actor *self)
{
    struct server *server = ob_state(self);

    ob_send(self, "records", LIST);
    if (ob_variant(self) == SELECTIVE)
        server->given[ob_receive(self, LISTED)->args[0]] = true;
    for (;;) {
        const struct ob_message *message = ob_receive(self, LISTED, CLAIM);
        bool was_given = server->given[message->args[0]];
        server->given[message->args[0]] = true;
        if (message->kind == CLAIM)
            answer(self, message, !was_given);
    }
}

/* -- tasks that share a table -- */

static void claim_in_table(struct ob_actor *self, const struct ob_message *claim)
{
    struct ob_table *table = ob_table(ob_world(self), TABLE);
    struct ob_table_row row = {.key = claim->args[0]};
    bool granted;

    if (ob_variant(self) == ETS_INSERT_NEW)
        granted = ob_table_insert_new(table, row);
    else
        granted = !ob_table_lookup(table, row.key, &row);
    if (granted)
        (void)ob_call(self, "printer", OB_FOREVER, PRINT, row.key);
    if (granted && ob_variant(self) == ETS_LOOKUP)
        (void)ob_table_insert(table, row);
    answer(self, claim, granted);
}

static void table_start(struct ob_actor *self)
{
    (void)ob_table_insert(ob_table(ob_world(self), TABLE), (struct ob_table_row){.key = OCCUPIED});
}

static void printer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, PRINTED, message->args[0]);
}

static void records_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, LISTED, OCCUPIED);
}

static void check(struct ob_world *world)
{
    for (unsigned desk = 0; desk < DESKS; desk++) {
        uint32_t times = desk == OCCUPIED;
        for (unsigned index = 0; index < CLIENTS; index++)
            times +=
                ((const struct client *)ob_state(ob_member(world, "client", index)))->granted[desk];
        OB_INVARIANT(world, desk_given_once, times <= 1, "desk %u is given %u times", desk, times);
    }
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (!ob_is_member(ob_world(actor), "client", ob_id(actor)))
        return;
    const struct client *client = ob_state(actor);
    for (unsigned desk = 0; desk < DESKS; desk++)
        if (client->granted[desk])
            ob_describe(text, "has desk %u; ", desk);
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);

    ob_spawn_many(world, "client", CLIENTS, client_receive, sizeof(struct client));
    if (variant == RECEIVE || variant == SELECTIVE)
        ob_spawn_process(world, "server", serve, sizeof(struct server));
    else if (variant == ETS_LOOKUP || variant == ETS_INSERT_NEW)
        ob_on_start(ob_spawn_async(world, "server", claim_in_table, 1), table_start);
    else
        ob_on_start(ob_spawn(world, "server", server_receive, sizeof(struct server)), server_start);
    ob_spawn(world, "printer", printer_receive, 0);
    ob_spawn(world, "records", records_receive, 0);
    ob_table_create(world, TABLE, "server", DESKS);
}

OB_TARGET(
    claims, .summary = "desks are given to whoever claims them first",
    .variants = {[CALL_THEN_INFO] = "call_then_info",
                 [PENDING] = "pending",
                 [INIT_INFO] = "init_info",
                 [CONTINUE] = "continue",
                 [RECEIVE] = "receive",
                 [SELECTIVE] = "selective",
                 [ETS_LOOKUP] = "ets_lookup",
                 [ETS_INSERT_NEW] = "ets_insert_new"},
    .fails = {[CALL_THEN_INFO] = true, [INIT_INFO] = true, [RECEIVE] = true, [ETS_LOOKUP] = true},
    .messages = {[ASK] = {.name = "ask", .to = "client", .args = {{"desk", 0, DESKS - 1}}},
                 [CLAIM] = {.name = "claim", .args = {{.name = "desk"}}},
                 [GRANTED] = {.name = "granted", .args = {{.name = "desk"}}},
                 [REFUSED] = {.name = "refused", .args = {{.name = "desk"}}},
                 [PRINT] = {.name = "print", .args = {{.name = "desk"}}},
                 [PRINTED] = {.name = "printed", .args = {{.name = "desk"}}},
                 [LOAD] = {.name = "load"},
                 [LIST] = {.name = "list"},
                 [LISTED] = {.name = "listed", .args = {{.name = "desk"}}}},
    .setup = setup, .check = check, .describe = describe);
