/* Registries: who has a key, and until when. */
#include <offbeat/registry.h>

#include "support/task_log.h"

enum kind { REGISTER, UNREGISTER, LOOKUP, WHEREIS, COUNT, END, REVIVE, EXIT };

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t key = message->args[0];
    switch (message->kind) {
    case REGISTER:
        note(self, "%s+%u:%d", ob_name(self), key, ob_registry_register(self, "names", key));
        break;
    case UNREGISTER:
        note(self, "%s-%u:%d", ob_name(self), key, ob_registry_unregister(self, "names", key));
        break;
    case LOOKUP:
        note(self, "%u=%u", key, ob_registry_lookup(self, "names", key));
        break;
    case WHEREIS:
        note(self, "%u@%u", key, ob_registry_whereis(self, "names", key));
        break;
    case COUNT:
        note(self, "count%u", ob_registry_count(ob_world(self), "names"));
        break;
    case REVIVE:
        ob_start_again(self, "a", 0);
        break;
    default:
        ob_stop(self, 5);
        break;
    }
}

static void setup(struct ob_world *world)
{
    ob_use_pids(ob_spawn(world, "a", receive, 0));
    ob_use_pids(ob_spawn(world, "b", receive, 0));
    ob_registry_spawn(world, "names", 2, EXIT);
    spawn_log(world);
    ob_allow(world, "names", (struct ob_faults){.restart = true});
}

#define TO_ALL(NAME) .name = (NAME), .to = "*", .args = {{"key", 0, 9}}

static OB_TARGET(registries, .variants = {"only"},
                 .messages = {[REGISTER] = {TO_ALL("register")},
                              [UNREGISTER] = {TO_ALL("unregister")},
                              [LOOKUP] = {TO_ALL("lookup")},
                              [WHEREIS] = {TO_ALL("whereis")},
                              [COUNT] = {TO_ALL("count")},
                              [END] = {TO_ALL("end")},
                              [REVIVE] = {TO_ALL("revive")},
                              [EXIT] = {.name = "exit"}},
                 .setup = setup);

static void expect(const char *records, const char *noted)
{
    expect_notes(&ob_target_registries, 0, records, NULL, noted);
}

static void a_key_has_one_holder(void **state)
{
    (void)state;
    expect("+0 register(key=3) to a\n+0 register(key=3) to b\n+0 register(key=3) to a\n"
           "+0 lookup(key=3) to b\n+0 lookup(key=4) to b\n",
           "a+3:1 b+3:0 a+3:1 3=1 4=0 ");
}

static void a_key_is_given_up_by_its_holder_alone(void **state)
{
    (void)state;
    expect("+0 register(key=3) to a\n+0 unregister(key=3) to b\n+0 unregister(key=3) to a\n"
           "+0 register(key=3) to b\n",
           "a+3:1 b-3:0 a-3:1 b+3:1 ");
}

static void there_is_so_much_room(void **state)
{
    (void)state;
    expect("+0 register(key=1) to a\n+0 register(key=2) to a\n+0 register(key=3) to b\n",
           "a+1:1 a+2:1 b+3:0 ");
}

static void what_has_ended_is_cleaned_up_later_and_looked_up_until_then(void **state)
{
    (void)state;
    expect("+0 register(key=3) to a\n+0 whereis(key=3) to b\n+10us end() to a\n"
           "+5us lookup(key=3) to b\n+0 whereis(key=3) to b\n+0 count() to b\n"
           "+20us lookup(key=3) to b\n+0 count() to b\n",
           "a+3:1 3@1 3=1 3@0 count1 3=0 count0 ");
    expect("+0 register(key=3) to a\n+10us end() to a\n+5us register(key=3) to b\n"
           "+20us lookup(key=3) to b\n",
           "a+3:1 b+3:1 3=2 ");
}

static void the_news_of_an_earlier_life_takes_nothing_from_the_present_one(void **state)
{
    (void)state;
    expect("+0 register(key=3) to a\n+10us end() to a\n+2us revive() to b\n"
           "+2us register(key=3) to a\n+20us lookup(key=3) to b\n",
           "a+3:1 a+3:1 3=1 ");
    expect("+0 register(key=3) to a\n+10us end() to a\n+2us revive() to b\n"
           "+2us lookup(key=3) to b\n",
           "a+3:1 3=0 ");
}

static void holders_end_with_their_registry(void **state)
{
    (void)state;
    expect("+0 register(key=3) to a\n+10us count() to names\n+20us register(key=3) to a\n"
           "+0 lookup(key=3) to b\nrestart before count outside->names #0 after 5us\n",
           "a+3:1 3=0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_one_holder),
        cmocka_unit_test(a_key_is_given_up_by_its_holder_alone),
        cmocka_unit_test(there_is_so_much_room),
        cmocka_unit_test(what_has_ended_is_cleaned_up_later_and_looked_up_until_then),
        cmocka_unit_test(the_news_of_an_earlier_life_takes_nothing_from_the_present_one),
        cmocka_unit_test(holders_end_with_their_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
