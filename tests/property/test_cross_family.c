/*
 * A family of targets whose invariants are over several actors: one asks two to five parties, each
 * of which notes it in its own state, in a table, or in memory that all share. Of each the number
 * of orders is known by brute force; exhaustive search finds what is violated, each find of a walk
 * is written, the pair across actors explains it, and a scenario beside the plain one shows it.
 */
#include <offbeat/table.h>

#include "search/explain.h"
#include "search/minimize.h"
#include "search/neighbours.h"
#include "search/transcribe.h"
#include "support/explored.h"
#include "support/run_text.h"
#include "triage/decision.h"

#define PARTIES_MIN 2u
#define PARTIES_MAX 5u
#define WALKS 40u /* of each member and strategy */

enum kind { GO, ASK };
enum way { BY_STATE, BY_TABLE, BY_MEMORY, WAYS };
enum rule { FIRST_BEFORE_LAST, ALL_BEFORE_LAST, RULES };

/* The member that is set up. */
static struct member {
    unsigned parties;
    enum way way;
    enum rule rule;
} member;

/* -- the target -- */

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    (void)ob_send_all(self, "party", ASK);
}

static void party_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *memory = (uint32_t *)ob_config(self);
    (void)message;
    if (member.way == BY_STATE)
        *(uint32_t *)ob_state(self) = 1;
    else if (member.way == BY_TABLE)
        (void)ob_table_insert(ob_table(ob_world(self), "asked"),
                              (struct ob_table_row){.key = ob_index(self)});
    else
        memory[0] |= 1u << ob_index(self);
}

static bool is_asked(struct ob_world *world, unsigned index)
{
    const struct ob_actor *party = ob_member(world, "party", index);
    struct ob_table_row row;
    if (member.way == BY_STATE)
        return *(const uint32_t *)ob_state(party) != 0;
    if (member.way == BY_TABLE)
        return ob_table_lookup(ob_table(world, "asked"), index, &row);
    return *(const uint32_t *)ob_config(party) >> index & 1;
}

static void check(struct ob_world *world)
{
    unsigned last = member.parties - 1;
    unsigned before = 0;
    for (unsigned index = 0; index < last; index++)
        before += is_asked(world, index);
    if (member.rule == FIRST_BEFORE_LAST)
        OB_INVARIANT(world, first_before_last, is_asked(world, 0) || !is_asked(world, last));
    else
        OB_INVARIANT(world, all_before_last, before == last || !is_asked(world, last),
                     "%u of %u are asked", before, last);
}

static void setup(struct ob_world *world)
{
    (void)ob_spawn(world, "front", front_receive, 0);
    (void)ob_spawn_many(world, "party", member.parties, party_receive, sizeof(uint32_t));
    if (member.way == BY_TABLE)
        ob_table_create(world, "asked", "front", PARTIES_MAX);
    uint32_t *memory = ob_alloc(world, sizeof *memory);
    for (unsigned index = 0; index < member.parties; index++)
        ob_set_config(ob_member(world, "party", index), memory);
    ob_link(world, "outside", "front", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
}

static OB_TARGET(cross, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "front"}, [ASK] = {.name = "ask"}},
                 .setup = setup, .check = check);

/* -- what is known of it -- */

static unsigned factorial(unsigned number)
{
    unsigned product = 1;
    for (; number > 1; number--)
        product *= number;
    return product;
}

/* What is noted at one place takes an execution for each order; states of several actors have none
 * among themselves. Happens-before knows messages alone, so that it is one order for all. */
static void orders_are_known(struct bench *bench)
{
    bool compared;
    struct explored explored = explore_both_ways(bench->world, &bench->scenario, 1000, &compared);
    assert_true(compared);
    assert_true(explored.violations > 0);
    assert_int_equal(explored.orders.distinct, 1);
    assert_int_equal(explored.stats.executions,
                     member.way == BY_STATE ? 1 : factorial(member.parties));
    explored_release(&explored);
}

static void expect_explained(struct bench *bench, struct ob_world *replay,
                             const struct ob_scenario *scenario)
{
    static struct ob_explanation explanation;
    struct ob_text text = {0};
    char late[64];
    (void)snprintf(late, sizeof late, "reaches party.%u", member.parties - 1);
    assert_int_equal(ob_explain(bench->world, replay, scenario, NULL, &explanation), 0);
    ob_add_decision(bench->world, scenario, &explanation, &text);
    const char *said = ob_text_string(&text);
    const char *sooner = strstr(said, late);
    const char *later = strstr(said, "before ask#0 from front reaches party.");
    if (!sooner || !later || sooner > later)
        fail_msg("%u parties, way %d, rule %d: %s", member.parties, (int)member.way,
                 (int)member.rule, said);
    ob_text_release(&text);
}

/* Returns how many walks have found something; the first of them is explained. */
static unsigned walks_are_written(struct bench *bench, struct ob_world *replay,
                                  enum ob_walk_strategy strategy)
{
    static struct ob_scenario written;
    static struct ob_scenario minimized;
    unsigned finds = 0;
    for (uint64_t seed = 1; seed <= WALKS; seed++) {
        if (bench_walk(bench, strategy, seed)->outcome != OB_VIOLATED)
            continue;
        assert_true(ob_transcribe(bench->world, replay, &bench->walked, &written));
        assert_int_equal(ob_world_run(replay, &written)->outcome, OB_VIOLATED);
        if (finds++ > 0)
            continue;
        assert_int_equal(ob_minimize(replay, &written, &minimized, NULL, NULL), 0);
        assert_int_equal(minimized.message_count, 1);
        assert_int_equal(minimized.deviation_count, 1);
        expect_explained(bench, replay, &minimized);
    }
    return finds;
}

static bool note_violation(const struct ob_world *world, const struct ob_scenario *scenario,
                           unsigned distance, const struct ob_neighbours_stats *stats,
                           void *context)
{
    (void)scenario;
    (void)distance;
    (void)stats;
    *(bool *)context |= ob_world_verdict(world)->outcome == OB_VIOLATED;
    return true;
}

static void a_neighbour_shows_it(struct bench *bench)
{
    struct ob_neighbours_stats stats;
    bool is_violated = false;
    assert_int_equal(ob_neighbours_run(bench->world, &bench->scenario, 1, 1000, note_violation,
                                       &is_violated, &stats, NULL),
                     0);
    assert_true(is_violated);
}

static void each_member_is_found_written_explained_and_verified(void **state)
{
    (void)state;
    for (unsigned at = 0; at < (PARTIES_MAX - PARTIES_MIN + 1) * WAYS * RULES; at++) {
        struct bench bench = {0};
        member = (struct member){.parties = PARTIES_MIN + at / (WAYS * RULES),
                                 .way = at / RULES % WAYS,
                                 .rule = at % RULES};
        bench_open(&bench, &ob_target_cross, 0);
        struct ob_world *replay = ob_world_create(&ob_target_cross, 0, NULL);
        assert_non_null(replay);
        bench_parse(&bench, "+0 go() to front\n");
        assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_PASSED);
        orders_are_known(&bench);
        unsigned finds = walks_are_written(&bench, replay, OB_WALK_POS) +
                         walks_are_written(&bench, replay, OB_WALK_PCT);
        assert_true(finds > 0);
        a_neighbour_shows_it(&bench);
        ob_world_destroy(replay);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_is_found_written_explained_and_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
