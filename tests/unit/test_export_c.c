/* Regression tests as C programs: whatever a target is called, the program is C and says the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "offbeat/regression.h"
#include "report/export_c.h"
#include "world/run.h"
#include "world/world.h"

/* -- a target whose names are as bad as names can be -- */

#define BAD_ACTOR "a\"\?\?/\\*/%s\xc3\xa4"

enum { PUT };

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == 0)
        OB_INVARIANT(ob_world(self), small, message->args[0] < 5, "%u", message->args[0]);
    if (ob_variant(self) == 2)
        OB_INVARIANT(ob_world(self), other, message->args[0] < 5, "%u", message->args[0]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, BAD_ACTOR, receive, 0);
}

static OB_TARGET(hostile, .variants = {"*/ \"bad", "good", "worse"},
                 .messages = {[PUT] = {.name = "put", .to = BAD_ACTOR, .args = {{"n", 0, 9}}}},
                 .setup = setup);

/* -- a target that cannot be run twice in the same way -- */

static unsigned outside_state;

static void moody_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    if (outside_state++ % 3 == 0)
        (void)ob_timer_start(self, 100, PUT, 0);
}

static void moody_setup(struct ob_world *world)
{
    ob_spawn(world, "actor", moody_receive, 0);
}

static OB_TARGET(moody, .variants = {"only"}, .messages = {[PUT] = {.name = "put", .to = "actor"}},
                 .setup = moody_setup);

/* -- tests -- */

static const char hostile_text[] = "offbeat scenario 1 hostile\n"
                                   "+0 put(n=5) to " BAD_ACTOR "\n";

static void export_text(const struct ob_target *target, const char *text, struct ob_text *program)
{
    struct ob_error error = {{0}};
    struct ob_scenario scenario;
    struct ob_world *world = ob_world_create(target, 0, &error);

    assert_non_null(world);
    (void)ob_scenario_parse(ob_world_vocabulary(world), "test", text, strlen(text), &scenario,
                            &error);
    assert_string_equal(error.text, "");
    assert_int_equal(ob_world_run(world, &scenario)->outcome, OB_VIOLATED);
    ob_report_export_c(world, &scenario, program);
    assert_false(program->failed);
    ob_world_destroy(world);
}

static void test_names_cannot_leave_their_literal(void **state)
{
    struct ob_text program = {0};

    (void)state;
    export_text(&ob_target_hostile, hostile_text, &program);
    const char *string = ob_text_string(&program);
    assert_non_null(
        strstr(string, "\n        \"+0 put(n=5) to a\\\"\\?\\?/\\\\*/%s\\303\\244\\n\""));
    assert_non_null(strstr(string, "`offbeat export --c hostile/____bad`"));
    assert_non_null(strstr(string, "argv[1] : \"*/ \\\"bad\")"));
    for (const char *at = string; *at; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
    ob_text_release(&program);
}

static void test_one_record_a_line(void **state)
{
    struct ob_text program = {0};

    (void)state;
    export_text(&ob_target_hostile, hostile_text, &program);
    assert_non_null(strstr(ob_text_string(&program),
                           "static const uint8_t bytes[] = {\n"
                           "    0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,\n};\n"));
    ob_text_release(&program);
}

/* What a program would return. */
static int check(const struct ob_target *target, const char *variant, const char *text)
{
    const struct ob_regression regression = {
        .target = target, .invariant = "small", .scenario = text};

    return ob_regression_check(&regression, variant);
}

static void test_results(void **state)
{
    (void)state;
    assert_int_equal(check(&ob_target_hostile, "*/ \"bad", hostile_text), OB_REGRESSION_VIOLATES);
    assert_int_equal(check(&ob_target_hostile, "good", hostile_text), OB_REGRESSION_PASSES);
    assert_int_equal(check(&ob_target_hostile, "worse", hostile_text), OB_REGRESSION_VIOLATES);
}

static void test_trouble_is_no_pass(void **state)
{
    const struct ob_target *target = &ob_target_hostile;

    (void)state;
    assert_int_equal(ob_regression_check(NULL, "good"), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(NULL, "good", hostile_text), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, NULL, hostile_text), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, "good", NULL), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, "god", hostile_text), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, "good", ""), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, "good", "offbeat scenario 1 other\n"), OB_REGRESSION_TROUBLE);
    assert_int_equal(check(target, "good", "offbeat scenario 1 hostile\n+0 get(n=5) to b\n"),
                     OB_REGRESSION_TROUBLE);
    assert_int_equal(
        check(target, "good", "offbeat scenario 1 hostile\n+0 put(n=10) to " BAD_ACTOR "\n"),
        OB_REGRESSION_TROUBLE);
    assert_int_equal(
        check(&ob_target_moody, "only", "offbeat scenario 1 moody\n+0 put() to actor\n"),
        OB_REGRESSION_TROUBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_cannot_leave_their_literal),
        cmocka_unit_test(test_one_record_a_line),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_trouble_is_no_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
