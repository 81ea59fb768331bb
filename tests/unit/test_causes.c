/*
 * What decides, held against what was written down to be true: causes.tsv has a scenario for each
 * variant of the targets that fails, and for the models of this file, with the orders or faults
 * that are its cause.
 */
#include <stdlib.h>

#include "cli/registry.h"
#include "offbeat/table.h"
#include "search/nearby.h"
#include "search/signature.h"
#include "support/run_text.h"
#include "triage/group.h"

#define FIELDS 4u

/* -- a job that is moved between two steps of a worker -- */

enum queue_kind { JOB, TAKE, TOOK, LOCK, LOCKED, SWEEP };
struct queue {
    bool waits, is_taken, is_locked;
};

static void queue_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct queue *queue = ob_state(self);
    switch (message->kind) {
    case JOB:
        queue->waits = true;
        break;
    case TAKE:
        queue->is_taken = queue->waits;
        queue->waits = false;
        ob_reply(self, message, TOOK, queue->is_taken);
        break;
    case LOCK:
        queue->is_locked = true;
        OB_INVARIANT(ob_world(self), locked_waits_no_more, !queue->waits, "it waits as well");
        break;
    default: /* what is taken and not locked waits again */
        queue->waits |= queue->is_taken && !queue->is_locked;
        break;
    }
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TAKE)
        ob_send(self, "queue", TAKE);
    else if (message->kind == TOOK && message->args[0])
        ob_send(self, "queue", LOCK);
}

static void queue_setup(struct ob_world *world)
{
    ob_spawn(world, "queue", queue_receive, sizeof(struct queue));
    ob_spawn(world, "worker", worker_receive, 0);
}

static OB_TARGET(queue, .variants = {"racy"},
                 .messages = {[JOB] = {.name = "job", .to = "queue"},
                              [TAKE] = {.name = "take", .to = "worker"},
                              [TOOK] = {.name = "took", .args = {{.name = "any"}}},
                              [LOCK] = {.name = "lock"},
                              [LOCKED] = {.name = "locked"},
                              [SWEEP] = {.name = "sweep", .to = "queue"}},
                 .setup = queue_setup);

/* -- a table that several actors read and one writes -- */

enum directory_kind { ENTER, LEAVE, LOOK, GONE };

static void owner_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_table *table = ob_table(ob_world(self), "places");
    if (message->kind == ENTER)
        ob_table_insert(table, (struct ob_table_row){.key = 1, .values = {1}});
    else
        ob_table_delete(table, 1);
}

static void guest_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *is_gone = ob_state(self);
    (void)message;
    *is_gone = true;
    ob_send(self, "owner", GONE);
}

static void reader_receive(struct ob_actor *self, const struct ob_message *message)
{
    const bool *is_gone = ob_state(ob_actor(ob_world(self), "guest"));
    struct ob_table_row row;
    (void)message;
    bool is_found = ob_table_lookup(ob_table(ob_world(self), "places"), 1, &row);
    OB_INVARIANT(ob_world(self), who_is_found_is_there, !is_found || !*is_gone, "the guest left");
}

static void directory_setup(struct ob_world *world)
{
    ob_spawn(world, "owner", owner_receive, 1);
    ob_spawn(world, "guest", guest_receive, sizeof(bool));
    ob_spawn(world, "reader", reader_receive, 1);
    ob_table_create(world, "places", "owner", 4);
}

static OB_TARGET(directory, .variants = {"racy"},
                 .messages = {[ENTER] = {.name = "enter", .to = "owner"},
                              [LEAVE] = {.name = "leave", .to = "guest"},
                              [LOOK] = {.name = "look", .to = "reader"},
                              [GONE] = {.name = "gone"}},
                 .setup = directory_setup);

/* -- an invariant over two actors -- */

enum lights_kind { TURN, STOP, DRIVE };

static void turn_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "north", STOP);
    ob_send(self, "east", DRIVE);
}

static void light_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *shows = ob_state(self);
    *shows = message->kind;
}

static void lights_check(struct ob_world *world)
{
    const uint32_t *north = ob_state(ob_actor(world, "north"));
    const uint32_t *east = ob_state(ob_actor(world, "east"));
    OB_INVARIANT(world, one_way_drives, *east != DRIVE || *north == STOP, "both drive");
}

static void lights_setup(struct ob_world *world)
{
    ob_spawn(world, "switch", turn_receive, 0);
    ob_spawn(world, "north", light_receive, sizeof(uint32_t));
    ob_spawn(world, "east", light_receive, sizeof(uint32_t));
}

static OB_TARGET(lights, .variants = {"racy"},
                 .messages = {[TURN] = {.name = "turn", .to = "switch"},
                              [STOP] = {.name = "stop"},
                              [DRIVE] = {.name = "drive"}},
                 .setup = lights_setup, .check = lights_check);

/* -- a decision that does not wait for every vote -- */

enum vote_kind { PROPOSE, ASK, YES, NO };
struct ballot {
    uint32_t votes;
    bool refused, decided;
};

static void chair_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ballot *ballot = ob_state(self);
    if (message->kind == PROPOSE) {
        ob_send(self, "voter.0", ASK);
        ob_send(self, "voter.1", ASK);
        ob_send(self, "objector", ASK);
        return;
    }
    ballot->votes += message->kind == YES;
    ballot->refused |= message->kind == NO;
    ballot->decided |= ballot->votes == 2 && !ballot->refused; /* of three */
    OB_INVARIANT(ob_world(self), nobody_is_overruled, !ballot->decided || !ballot->refused,
                 "decided against a vote");
}

static void voter_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, YES);
}

static void objector_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, NO);
}

static void vote_setup(struct ob_world *world)
{
    ob_spawn(world, "chair", chair_receive, sizeof(struct ballot));
    ob_spawn_many(world, "voter", 2, voter_receive, 1);
    ob_spawn(world, "objector", objector_receive, 0);
}

static OB_TARGET(vote, .variants = {"racy"},
                 .messages = {[PROPOSE] = {.name = "propose", .to = "chair"},
                              [ASK] = {.name = "ask"},
                              [YES] = {.name = "yes"},
                              [NO] = {.name = "no"}},
                 .setup = vote_setup);

/* -- a copy that was read before a change, and comes after the news of it -- */

enum page_kind { REQUEST, FETCH, PAGE, EDIT, CHANGED };
struct page {
    uint32_t version;
};

static void origin_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct page *page = ob_state(self);
    if (message->kind == EDIT) {
        page->version++;
        ob_send(self, "news", CHANGED);
    } else {
        ob_reply(self, message, PAGE, page->version);
    }
}

static void shelf_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct page *page = ob_state(self);
    if (message->kind == REQUEST)
        ob_send(self, "origin", FETCH);
    else
        page->version = message->kind == PAGE ? message->args[0] : UINT32_MAX; /* for none */
}

static void page_check(struct ob_world *world)
{
    const struct page *origin = ob_state(ob_actor(world, "origin"));
    const struct page *shelf = ob_state(ob_actor(world, "shelf"));
    OB_INVARIANT(world, shelf_is_current,
                 shelf->version == UINT32_MAX || shelf->version == origin->version, "it is old");
}

static void page_setup(struct ob_world *world)
{
    ob_spawn(world, "origin", origin_receive, sizeof(struct page));
    ob_spawn(world, "shelf", shelf_receive, sizeof(struct page));
    ob_spawn_forwarder(world, "news", "shelf");
    ob_link(world, "origin", "shelf", (struct ob_link){.latency_us = 500});
}

static OB_TARGET(page, .variants = {"racy"},
                 .messages = {[REQUEST] = {.name = "request", .to = "shelf"},
                              [FETCH] = {.name = "fetch"},
                              [PAGE] = {.name = "page", .args = {{.name = "version"}}},
                              [EDIT] = {.name = "edit", .to = "origin"},
                              [CHANGED] = {.name = "changed"}},
                 .setup = page_setup, .check_quiescent = page_check);

/* -- a decision for which something is missing that nobody has sent yet -- */

enum commit_kind { BEGIN, PREPARE, WRITE, WRITTEN, READY };
struct part {
    bool is_ready, is_decided;
};

static void chief_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct part *chief = ob_state(self);
    if (message->kind == BEGIN) {
        ob_send(self, "part.0", PREPARE);
        ob_send(self, "part.1", PREPARE);
    } else {
        chief->is_decided = true; /* at the first that is ready */
    }
}

static void part_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct part *part = ob_state(self);
    part->is_ready |= message->kind == WRITTEN;
    if (message->kind == PREPARE)
        ob_send(self, "disk", WRITE);
    else
        ob_send(self, "chief", READY);
}

static void disk_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, WRITTEN);
}

static void commit_check(struct ob_world *world)
{
    const struct part *chief = ob_state(ob_actor(world, "chief"));
    const struct part *one = ob_state(ob_actor(world, "part.0"));
    const struct part *other = ob_state(ob_actor(world, "part.1"));
    OB_INVARIANT(world, all_are_ready, !chief->is_decided || (one->is_ready && other->is_ready),
                 "decided too early");
}

static void commit_setup(struct ob_world *world)
{
    ob_spawn(world, "chief", chief_receive, sizeof(struct part));
    ob_spawn_many(world, "part", 2, part_receive, sizeof(struct part));
    ob_spawn(world, "disk", disk_receive, 0);
}

static OB_TARGET(commit, .variants = {"racy"},
                 .messages = {[BEGIN] = {.name = "begin", .to = "chief"},
                              [PREPARE] = {.name = "prepare"},
                              [WRITE] = {.name = "write"},
                              [WRITTEN] = {.name = "written"},
                              [READY] = {.name = "ready"}},
                 .setup = commit_setup, .check = commit_check);

/* -- two mistakes that one invariant shows -- */

enum two_kind { STORE, SIZE, BODY, CLOSE, OPEN };
struct file {
    bool has_size, is_open;
};

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "drive", SIZE);
    ob_send(self, "cable", BODY);
}

static void drive_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct file *file = ob_state(self);
    file->has_size |= message->kind == SIZE;
    file->is_open = message->kind == OPEN || (file->is_open && message->kind != CLOSE);
    OB_INVARIANT(ob_world(self), body_is_expected,
                 message->kind != BODY || (file->has_size && file->is_open), "a body");
}

static void two_setup(struct ob_world *world)
{
    ob_spawn(world, "front", front_receive, 0);
    ob_spawn_forwarder(world, "cable", "drive");
    ob_spawn(world, "drive", drive_receive, sizeof(struct file));
    ob_link(world, "*", "drive", (struct ob_link){.unordered = true});
}

static OB_TARGET(two, .variants = {"racy"},
                 .messages = {[STORE] = {.name = "store", .to = "front"},
                              [SIZE] = {.name = "size"},
                              [BODY] = {.name = "body"},
                              [CLOSE] = {.name = "close", .to = "drive"},
                              [OPEN] = {.name = "open", .to = "drive"}},
                 .setup = two_setup);

/* -- a timer that is late, and so late that it is cancelled -- */

enum guard_kind { ARM, FEED, INSPECT, BARK };
struct guard {
    uint32_t timer;
    bool barked;
};

static void guard_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct guard *guard = ob_state(self);
    if (message->kind == ARM)
        guard->timer = ob_timer_start(self, 10, BARK, 0);
    else if (message->kind == FEED)
        ob_timer_cancel(self, guard->timer);
    guard->barked |= message->kind == BARK;
    OB_INVARIANT(ob_world(self), guard_barks, message->kind != INSPECT || guard->barked, "quiet");
}

static void guard_setup(struct ob_world *world)
{
    ob_spawn(world, "guard", guard_receive, sizeof(struct guard));
    ob_allow(world, "guard", (struct ob_faults){.timer_late_us_max = 1000});
}

static OB_TARGET(guard, .variants = {"racy"},
                 .messages = {[ARM] = {.name = "arm", .to = "guard"},
                              [FEED] = {.name = "feed", .to = "guard"},
                              [INSPECT] = {.name = "inspect", .to = "guard"},
                              [BARK] = {.name = "bark"}},
                 .setup = guard_setup);

/* -- what is said of a scenario -- */

static const struct ob_target *const models[] = {
    &ob_target_queue, &ob_target_directory, &ob_target_lights, &ob_target_vote,
    &ob_target_page,  &ob_target_commit,    &ob_target_two,    &ob_target_guard};

static const struct ob_target *find_target(const char *name)
{
    for (size_t at = 0; at < sizeof models / sizeof *models; at++)
        if (strcmp(models[at]->name, name) == 0)
            return models[at];
    for (size_t at = 0; ob_registry[at]; at++)
        if (strcmp(ob_registry[at]->name, name) == 0)
            return ob_registry[at];
    fail_msg("there is no target %s", name);
    return NULL;
}

static unsigned find_variant(const struct ob_target *target, const char *name)
{
    unsigned variant = 0;
    while (variant < OB_VARIANTS_MAX &&
           (!target->variants[variant] || strcmp(target->variants[variant], name) != 0))
        variant++;
    if (variant == OB_VARIANTS_MAX)
        fail_msg("%s has no variant %s", target->name, name);
    return variant;
}

static struct ob_explanation explanation;

/* The plan that changes nothing makes the failing run: all that is learnt from runs near it rests
 * on that. It is the last run of the world. */
static void check_plain_plan(const struct bench *bench, struct ob_world *replay)
{
    static struct ob_nearby_plan plans[OB_NEARBY_SAMPLES_MAX];
    struct ob_events events;
    assert_int_equal(ob_events_read(&events, bench->world, true), 0);
    struct ob_nearby *nearby =
        ob_nearby_create(bench->world, replay, &bench->scenario, &events, NULL);
    assert_non_null(nearby);
    assert_true(ob_nearby_sample(nearby, plans) > 0);
    const struct ob_nearby_run *plain = ob_nearby_run(nearby, 0);
    assert_int_equal(plain->outcome, OB_NEARBY_FAILS);
    for (unsigned column = 0; column < ob_nearby_column_count(nearby); column++) {
        const struct ob_event *event =
            &ob_nearby_events(nearby)->list[ob_nearby_column(nearby, column)];
        bool came = event->is_delivered &&
                    !(ob_world_delivery(bench->world, event->delivery)->flags & OB_DELIVERY_LOST);
        assert_int_equal(plain->places[column], came ? event->delivery : OB_NEARBY_MISSING);
    }
    ob_nearby_destroy(nearby);
    ob_events_release(&events);
}

/* Explains a scenario, of which " / " ends a line, and signs it. Release the texts. */
static void sign(const char *target_name, const char *variant_name, const char *records,
                 struct ob_text *signature, struct ob_text *orders, struct ob_text *shared)
{
    static struct bench bench;
    const struct ob_target *target = find_target(target_name);
    unsigned variant = find_variant(target, variant_name);
    char text[2048];
    size_t length = 0;

    for (const char *at = records; *at && length + 1 < sizeof text; at++) {
        bool ends = strncmp(at, " / ", 3) == 0;
        text[length++] = ends ? '\n' : *at;
        at += ends ? 2 : 0;
    }
    text[length] = '\0';
    bench_open(&bench, target, variant);
    struct ob_world *replay = ob_world_create(target, variant, NULL);
    bench_parse(&bench, text);
    assert_int_equal(ob_explain(bench.world, replay, &bench.scenario, NULL, &explanation), 0);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    if (explanation.has_neighbour)
        assert_int_equal(ob_world_run(replay, &explanation.neighbour)->outcome, OB_PASSED);
    const struct ob_signed known = {.scenario = &bench.scenario, .explanation = &explanation};
    ob_signature_add(bench.world, &known, signature);
    ob_signature_add_orders(bench.world, &explanation, orders);
    ob_signature_add_shared(bench.world, &explanation, shared);
    check_plain_plan(&bench, replay);
    ob_world_destroy(replay);
    bench_close(&bench);
}

/* Whether one of the alternatives, between which stands " | ", is what the signature ends with. */
static bool is_one_of(const char *signature, char *alternatives)
{
    const char *cause = strstr(signature, ": ");
    assert_non_null(cause);
    for (char *one = alternatives; one;) {
        char *end = strstr(one, " | ");
        if (end)
            *end = '\0';
        if (strcmp(cause + 2, one) == 0)
            return true;
        one = end ? end + 3 : NULL;
    }
    return false;
}

/* Splits a line at its tabs, as far as there are fields. */
static unsigned split(char *line, char *fields[FIELDS])
{
    unsigned count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; count < FIELDS; at++) {
        fields[count++] = at;
        at = strchr(at, '\t');
        if (!at)
            break;
        *at = '\0';
    }
    return count;
}

static void causes_are_those_that_were_written_down(void **state)
{
    char line[4096];
    unsigned wrong = 0;
    unsigned lines = 0;
    FILE *file = fopen(OFFBEAT_CAUSES_TSV, "r");
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char *fields[FIELDS] = {NULL};
        struct ob_text signature = {0};
        struct ob_text orders = {0};
        struct ob_text shared = {0};
        if (line[0] == '#')
            continue;
        assert_int_equal(split(line, fields), FIELDS);
        bool is_open = fields[0][0] == '~';
        sign(fields[0] + is_open, fields[1], fields[2], &signature, &orders, &shared);
        bool is_right = is_one_of(ob_text_string(&signature), fields[3]);
        if (is_right == is_open) {
            print_error("%s%s\n  of %s\n", is_open ? "now right: " : "", ob_text_string(&signature),
                        fields[2]);
            wrong++;
        }
        ob_text_release(&signature);
        ob_text_release(&orders);
        ob_text_release(&shared);
        lines++;
    }
    (void)fclose(file);
    assert_true(lines > 30);
    assert_int_equal(wrong, 0);
}

/* -- groups -- */

#define MEMBERS ((size_t)4)

/* Signs scenarios and groups them. `groups` tells which of them have the group of the first. */
static void group(const char *target, const char *variant, const char *const scenarios[MEMBERS],
                  bool groups[MEMBERS])
{
    struct ob_text texts[3 * MEMBERS] = {{0}};
    struct ob_signature list[MEMBERS];
    for (size_t at = 0; at < MEMBERS; at++) {
        struct ob_text *of = &texts[3 * at];
        sign(target, variant, scenarios[at], &of[0], &of[1], &of[2]);
        list[at] = (struct ob_signature){.signature = ob_text_string(&of[0]),
                                         .orders = ob_text_string(&of[1]),
                                         .shared = ob_text_string(&of[2])};
    }
    ob_signatures_group(list, MEMBERS);
    for (unsigned at = 0; at < MEMBERS; at++)
        groups[at] = strcmp(list[at].group, list[0].group) == 0;
    for (unsigned at = 0; at < 3 * MEMBERS; at++)
        ob_text_release(&texts[at]);
}

static void two_mistakes_of_one_invariant_stay_two(void **state)
{
    static const char *const scenarios[MEMBERS] = {
        "+0 open() to drive / +0 store() to front / delay size front->drive #0 by 30us",
        ("+0 open() to drive / +5us store() to front / +1ms close() to drive / "
         "reorder size front->drive #0 after body cable-> #0"),
        "+0 open() to drive / +0 store() to front / +15us close() to drive",
        ("+0 open() to drive / +0 store() to front / +1ms close() to drive / "
         "delay body cable->drive #0 by 2ms"),
    };
    bool groups[MEMBERS];
    (void)state;
    group("two", "racy", scenarios, groups);
    assert_true(groups[1]);
    assert_false(groups[2]);
    assert_false(groups[3]);
}

static void a_lost_answer_is_one_that_is_late(void **state)
{
    static const char *const scenarios[MEMBERS] = {
        "+0 pay(amount=1) to client / drop charged service->client #0",
        "+0 pay(amount=1) to client / delay charged service->client #0 by 40ms",
        "+0 pay(amount=1) to client / reorder charged service->client #0 after timed_out client-> "
        "#0",
        "+0 pay(amount=2) to client / +1s pay(amount=1) to client / drop charged service->client "
        "#0",
    };
    bool groups[MEMBERS];
    (void)state;
    group("service", "racy", scenarios, groups);
    for (unsigned at = 0; at < MEMBERS; at++)
        assert_true(groups[at]);
}

/* However it is brought about: by jobs at once, or that go round and round until they may be done.
 */
static void a_mailbox_that_overflows_is_one_cause(void **state)
{
    static const char *const scenarios[MEMBERS] = {
        "+0 work(jobs=1) to client.0 / +0 work(jobs=1) to client.1 / +0 work(jobs=1) to client.2",
        ("+0 work(jobs=8) to client.0 / delay open client.0->gate #0 by 13.001ms / "
         "delay run server->server #0 by 9.851ms"),
        ("+0 work(jobs=5) to client.0 / +0 work(jobs=5) to client.1 / "
         "delay open client.0->gate #0 by 7.501ms"),
        "+0 work(jobs=1) to client.0 / delay job client.0->gate #0 by 1us", /* step_budget */
    };
    bool groups[MEMBERS];
    (void)state;
    group("mailbox", "looping", scenarios, groups);
    assert_true(groups[1]);
    assert_true(groups[2]);
    assert_false(groups[3]);
}

static void an_order_that_most_have_in_common_is_the_group(void **state)
{
    struct ob_signature list[] = {
        {"t/v x: a before b at c", "a before b at c; d before e at f", "", NULL},
        {"t/v x: d before e at f", "d before e at f", "", NULL},
        {"t/v x: d before e at f", "", "", NULL},
        {"t/v y: d before e at f", "a before b at c", "", NULL},
        {"t/v x: a before b at cd", "d before e at fg; xd before e at f", "", NULL},
        {"flaky", "", "", NULL},
    };
    (void)state;
    ob_signatures_group(list, sizeof list / sizeof *list);
    assert_string_equal(list[0].group, "t/v x: d before e at f");
    assert_string_equal(list[1].group, "t/v x: d before e at f");
    assert_string_equal(list[2].group, "t/v x: d before e at f");
    assert_string_equal(list[3].group, "t/v y: d before e at f");
    assert_string_equal(list[4].group, "t/v x: a before b at cd");
    assert_string_equal(list[5].group, "flaky");
}

static void one_cause_may_violate_several_invariants(void **state)
{
    struct ob_signature list[] = {
        {"t/v x: a before b at c", "", "", NULL},
        {"t/v y: d before e at f", "a before b at c", "", NULL},
        {"t/w y: d before e at f", "a before b at c", "", NULL},
        {"t/v crash at a of c: a before b at c", "a before b at c", "", NULL},
        {"t/v hang at a of c: a before b at c", "", "", NULL},
    };
    (void)state;
    ob_signatures_group(list, sizeof list / sizeof *list);
    assert_string_equal(list[0].group, list[1].group);
    for (unsigned at = 2; at < 5; at++)
        assert_string_equal(list[at].group, list[at].signature);
}

static void faults_that_share_their_order_are_one_cause(void **state)
{
    struct ob_signature list[] = {
        {"t/v x: pause of p", "a before b at c; d before e at f", "a before b at c", NULL},
        {"t/v x: pause of p", "a before b at c", "a before b at c", NULL},
        {"t/v x: skew of p", "a before b at c", "a before b at c", NULL},
        {"t/v x: skew of q", "d before e at f", "d before e at f", NULL},
        {"t/v x: restart of q", "", "", NULL},
    };
    (void)state;
    ob_signatures_group(list, sizeof list / sizeof *list);
    for (unsigned at = 0; at < 3; at++)
        assert_string_equal(list[at].group, "t/v x: pause of p");
    assert_string_equal(list[3].group, "t/v x: skew of q");
    assert_string_equal(list[4].group, "t/v x: restart of q");
}

static void a_pause_and_a_skew_of_a_lease_are_one_cause(void **state)
{
    static const char *const scenarios[] = {
        ("+0 use(slot=0, for_ms=5) to client.0 / +40ms use(slot=0, for_ms=0) to client.1 / "
         "skew client.0 behind 20.12ms"),
        ("+0 use(slot=0, for_ms=0) to client.1 / +0 use(slot=0, for_ms=1) to client.0 / "
         "pause before use outside->client.1 #0 for 40ms / "
         "pause after done client.0->client.0 #0 for 30.11ms"),
    };
    (void)state;
    for (unsigned at = 0; at < 2; at++) {
        struct ob_text signature = {0};
        struct ob_text orders = {0};
        struct ob_text shared = {0};
        sign("resource", "lease", scenarios[at], &signature, &orders, &shared);
        assert_int_equal(explanation.decision, OB_BY_FAULT);
        assert_true(explanation.has_order);
        assert_non_null(strstr(ob_text_string(&orders),
                               "store from client before store from client at storage"));
        ob_text_release(&signature);
        ob_text_release(&orders);
        ob_text_release(&shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_those_that_were_written_down),
        cmocka_unit_test(two_mistakes_of_one_invariant_stay_two),
        cmocka_unit_test(a_lost_answer_is_one_that_is_late),
        cmocka_unit_test(a_mailbox_that_overflows_is_one_cause),
        cmocka_unit_test(an_order_that_most_have_in_common_is_the_group),
        cmocka_unit_test(one_cause_may_violate_several_invariants),
        cmocka_unit_test(faults_that_share_their_order_are_one_cause),
        cmocka_unit_test(a_pause_and_a_skew_of_a_lease_are_one_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
