/* Processes as Erlang has them, a rule each: pids, exit signals, links, monitors, calls in vain. */
#include <offbeat/process.h>

#include "support/task_log.h"

enum kind { DO, NOTE, DOWN, EXIT, CALL, ANSWER, GO, STARTED, LATE_TIMER };
enum variant { PLAIN, LOSSY, CALLS, KEPT };
enum what {
    STOP,    /* with reason 5 */
    RETURN,  /* normally */
    MONITOR, /* the other */
    FORGET,  /* that monitor */
    LINK,
    UNLINK,
    SHOOT, /* an exit signal with reason 6 */
    CALM,  /* one with reason normal */
    KILL,
    TRAP,
    WORK,   /* 100 us */
    FINISH, /* 100 us of work, and stops */
    TELL,   /* a note */
    AGAIN,  /* starts the other */
    ASK,    /* a message that the other answers 40 us later, when it has worked */
    TIME,   /* a timer of 10 us */
    FLUSH,  /* it, after 30 us of work */
};

struct party {
    uint16_t ref;
    uint32_t timer;
};

static unsigned other_of(const struct ob_actor *self)
{
    return 3 - ob_id(self);
}

static void signal_other(struct ob_actor *self, uint32_t what)
{
    struct party *party = ob_state(self);
    switch (what) {
    case MONITOR:
        party->ref = ob_monitor_start(self, other_of(self), DOWN);
        break;
    case FORGET:
        ob_forget(self, party->ref);
        break;
    case LINK:
        ob_link_start(self, other_of(self), EXIT);
        break;
    case UNLINK:
        ob_unlink(self, other_of(self));
        break;
    case SHOOT:
    case CALM:
    case KILL:
        ob_exit(self, other_of(self), EXIT, what == SHOOT ? 6 : what == KILL ? OB_KILL : 0);
        break;
    default:
        ob_trap_exits(self, true);
        break;
    }
}

static void act(struct ob_actor *self, uint32_t what)
{
    struct party *party = ob_state(self);
    switch (what) {
    case STOP:
    case RETURN:
        ob_stop(self, what == STOP ? 5 : OB_ENDED_NORMALLY);
        break;
    case FINISH:
        ob_stop(self, 5);
        ob_work(self, 100);
        break;
    case WORK:
        ob_work(self, 100);
        break;
    case TELL:
    case ASK:
        ob_send_to(self, other_of(self), what == TELL ? NOTE : CALL);
        break;
    case AGAIN:
        ob_start_child(self, ob_id(self) == 1 ? "b" : "a", STARTED);
        break;
    case TIME:
        party->timer = ob_timer_start(self, 10, LATE_TIMER, 0);
        ob_work(self, 30);
        break;
    case FLUSH:
        note(self, "flushed%d", ob_timer_flush(self, party->timer));
        break;
    default:
        signal_other(self, what);
        break;
    }
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    static const char *const words[] = {
        [NOTE] = "note",     [DOWN] = "down",       [EXIT] = "exit",
        [ANSWER] = "answer", [STARTED] = "started", [LATE_TIMER] = "timer",
    };
    if (message->kind == DO) {
        act(self, message->args[0]);
    } else if (message->kind == CALL) {
        ob_work(self, 40);
        ob_reply(self, message, ANSWER);
    } else {
        /* Reasons of the world's own are negative: OB_ENDED_NOPROC is -2. */
        note(self, "%s%s%d@%u", ob_name(self), words[message->kind], (int)message->args[1],
             since_start(self));
    }
}

static void slow_start(struct ob_actor *self)
{
    if (ob_world_now(ob_world(self)))
        ob_work(self, 200);
}

/* -- a process that calls -- */

static void call_server(struct ob_actor *self)
{
    for (;;) {
        uint32_t wait_us = ob_receive(self, GO)->args[0];
        const struct ob_message *reply = ob_call(self, "a", wait_us ? wait_us : OB_FOREVER, CALL);
        note(self, "%s@%u", reply ? "answered" : "none", since_start(self));
        reply = ob_receive_for(self, 60, ANSWER);
        note(self, "%s", reply ? "late" : "-");
    }
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    struct ob_actor *a = ob_spawn(world, "a", receive, sizeof(struct party));
    struct ob_actor *b = ob_spawn(world, "b", receive, sizeof(struct party));
    spawn_log(world);
    struct ob_actor *caller = ob_spawn_process(world, "caller", call_server, 0);
    ob_use_pids(a);
    ob_use_pids(b);
    ob_on_start(b, slow_start);
    if (variant == LOSSY)
        ob_link(
            world, "b", "a",
            (struct ob_link){
                .lossy = true, .duplicating = true, .unordered = true, .partition_us_max = 500});
    if (variant == KEPT)
        ob_keep_late_replies(caller);
    ob_allow(world, "*", (struct ob_faults){.pause_us_max = 1000});
}

static OB_TARGET(parties, .variants = {"plain", "lossy", "calls", "kept"},
                 .messages = {[DO] = {.name = "do", .to = "*", .args = {{"what", 0, FLUSH}}},
                              [NOTE] = {.name = "note"},
                              [DOWN] = {.name = "down"},
                              [EXIT] = {.name = "exit"},
                              [CALL] = {.name = "call"},
                              [ANSWER] = {.name = "answer"},
                              [GO] = {.name = "go", .to = "caller", .args = {{"wait", 0, 9999}}},
                              [STARTED] = {.name = "started"},
                              [LATE_TIMER] = {.name = "late_timer"}},
                 .setup = setup);

/* Runs what a string says: an actor, what it does and, before that, how many µs later. */
struct step {
    unsigned delay_us;
    char actor;
    enum what what;
};

static const char *script(const struct step *steps, unsigned count, const char *deviations)
{
    static char text[1024];
    size_t length = 0;
    for (unsigned at = 0; at < count; at++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   steps[at].actor == 'c' ? "+%uus go(wait=%u) to caller\n"
                                                          : "+%uus do(what=%u) to %c\n",
                                   steps[at].delay_us, (unsigned)steps[at].what, steps[at].actor);
    (void)snprintf(text + length, sizeof text - length, "%s", deviations);
    return text;
}

#define EXPECT(VARIANT, DEVIATIONS, NOTED, ...)                                                    \
    expect_notes(&ob_target_parties, (VARIANT),                                                    \
                 script((const struct step[]){__VA_ARGS__},                                        \
                        sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step),          \
                        (DEVIATIONS)),                                                             \
                 NULL, (NOTED))

static void a_monitor_tells_once(void **state)
{
    (void)state;
    EXPECT(PLAIN, "", "adown5@60 ", {0, 'a', MONITOR}, {50, 'b', STOP});
    EXPECT(PLAIN, "", "adown0@60 astarted-6@270 ", {0, 'a', MONITOR}, {50, 'b', RETURN},
           {10, 'a', AGAIN}, {400, 'b', STOP});
    EXPECT(PLAIN, "", "adown-2@70 ", {0, 'b', STOP}, {60, 'a', MONITOR});
}

static void demonitor_flushes_what_is_under_way_or_waits(void **state)
{
    (void)state;
    EXPECT(PLAIN, "", "", {0, 'a', MONITOR}, {50, 'b', STOP}, {5, 'a', FORGET});
    EXPECT(PLAIN, "", "", {0, 'a', MONITOR}, {10, 'a', WORK}, {0, 'a', FORGET}, {5, 'b', STOP});
    EXPECT(PLAIN, "", "", {0, 'a', MONITOR}, {10, 'a', FORGET}, {5, 'b', STOP});
}

static void an_exit_signal_does_not_wait_in_the_mailbox(void **state)
{
    (void)state;
    /* b works until 100; the note that came before the signal is never handled. */
    EXPECT(PLAIN, "", "adown6@40 ", {0, 'a', MONITOR}, {0, 'b', WORK}, {10, 'a', TELL},
           {10, 'a', SHOOT});
    EXPECT(PLAIN, "", "bnote0@100 bnote0@110 ", {0, 'b', WORK}, {10, 'a', TELL}, {10, 'a', CALM},
           {80, 'a', TELL});
}

static void who_traps_exits_gets_messages_but_for_kill(void **state)
{
    (void)state;
    EXPECT(PLAIN, "", "bexit6@100 bexit0@110 ", {0, 'b', TRAP}, {0, 'b', WORK}, {10, 'a', SHOOT},
           {90, 'a', CALM});
    EXPECT(PLAIN, "", "adown-4@40 ", {0, 'b', TRAP}, {0, 'a', MONITOR}, {20, 'a', KILL});
}

static void a_link_tells_both_ways_with_the_reason(void **state)
{
    (void)state;
    /* c, the caller, is not linked: b ends with a's reason, and its monitor says so. */
    EXPECT(PLAIN, "", "aexit5@60 ", {0, 'a', TRAP}, {0, 'a', LINK}, {50, 'b', STOP});
    EXPECT(PLAIN, "", "bexit5@60 ", {0, 'b', TRAP}, {0, 'a', LINK}, {50, 'a', STOP});
    EXPECT(PLAIN, "", "aexit0@60 ", {0, 'a', TRAP}, {0, 'a', LINK}, {50, 'b', RETURN});
    EXPECT(PLAIN, "", "aexit-2@70 ", {0, 'a', TRAP}, {0, 'b', STOP}, {60, 'a', LINK});
    EXPECT(PLAIN, "", "", {0, 'a', TRAP}, {0, 'a', LINK}, {50, 'b', STOP}, {5, 'a', UNLINK});
    /* It waits as a message already, behind the unlink, while the actor works. */
    EXPECT(PLAIN, "", "aexit5@130 ", {0, 'a', TRAP}, {0, 'a', LINK}, {30, 'a', WORK},
           {5, 'a', UNLINK}, {10, 'b', STOP});
    EXPECT(PLAIN, "", "", {0, 'a', TRAP}, {0, 'b', LINK}, {10, 'a', UNLINK}, {50, 'b', STOP});
}

static void signals_are_never_lost_or_copied(void **state)
{
    (void)state;
    EXPECT(LOSSY, "drop down b->a #0\n", "adown5@60 ", {0, 'a', MONITOR}, {50, 'b', STOP});
    EXPECT(LOSSY, "duplicate down b->a #0 after 5us\n", "adown5@60 ", {0, 'a', MONITOR},
           {50, 'b', STOP});
    EXPECT(LOSSY, "partition note b->a #0 for 100us\n", "adown-3@150 ", {0, 'a', MONITOR},
           {40, 'b', TELL}, {10, 'b', STOP});
}

static void a_pid_names_one_life(void **state)
{
    (void)state;
    /* The answer for the life that has asked, and what is under way to it, are lost. */
    EXPECT(PLAIN, "", "bstarted-6@60 ", {0, 'a', ASK}, {20, 'a', STOP}, {10, 'b', AGAIN});
    EXPECT(PLAIN, "", "astarted-6@310 ", {0, 'b', ASK}, {20, 'b', STOP}, {80, 'a', AGAIN});
    EXPECT(PLAIN, "delay note a->b #0 by 500us\n", "astarted-6@220 ", {0, 'a', TELL},
           {5, 'b', STOP}, {5, 'a', AGAIN});
    /* Also what was sent while nobody was there. */
    EXPECT(PLAIN, "delay note a->b #0 by 500us\n", "astarted-6@230 ", {5, 'b', STOP},
           {5, 'a', TELL}, {10, 'a', AGAIN});
    EXPECT(PLAIN, "", "astarted-6@220 bnote0@310 ", {5, 'b', STOP}, {5, 'a', AGAIN},
           {290, 'a', TELL});
}

static void work_is_done_before_the_end(void **state)
{
    (void)state;
    EXPECT(PLAIN, "", "adown5@110 ", {0, 'a', MONITOR}, {0, 'b', FINISH}, {50, 'a', TELL});
}

static void a_call_of_nobody_ends_at_once(void **state)
{
    (void)state;
    EXPECT(CALLS, "", "none@70 - ", {0, 'a', STOP}, {50, 'c', 0});
}

static void a_call_ends_with_the_one_that_was_called(void **state)
{
    (void)state;
    EXPECT(CALLS, "", "none@70 - ", {0, 'a', WORK}, {10, 'c', 0}, {40, 'b', SHOOT});
    EXPECT(CALLS, "", "answered@60 - ", {0, 'c', 0}, {52, 'b', SHOOT});
}

static void a_late_answer_is_dropped_or_kept(void **state)
{
    (void)state;
    EXPECT(CALLS, "", "none@20 - ", {0, 'c', 20});
    EXPECT(KEPT, "", "none@20 late ", {0, 'c', 20});
}

static void an_answer_that_waits_when_the_time_is_over_counts(void **state)
{
    (void)state;
    EXPECT(CALLS, "pause before answer a->caller #0 for 100us\n", "answered@160 - ", {0, 'c', 70});
}

static void a_timer_is_flushed_though_it_has_fired(void **state)
{
    (void)state;
    EXPECT(PLAIN, "", "atimer0@30 ", {0, 'a', TIME});
    EXPECT(PLAIN, "", "flushed1 ", {0, 'a', TIME}, {5, 'a', FLUSH});
    EXPECT(PLAIN, "", "atimer0@30 flushed0 ", {0, 'a', TIME}, {40, 'a', FLUSH});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_monitor_tells_once),
        cmocka_unit_test(demonitor_flushes_what_is_under_way_or_waits),
        cmocka_unit_test(an_exit_signal_does_not_wait_in_the_mailbox),
        cmocka_unit_test(who_traps_exits_gets_messages_but_for_kill),
        cmocka_unit_test(a_link_tells_both_ways_with_the_reason),
        cmocka_unit_test(signals_are_never_lost_or_copied),
        cmocka_unit_test(a_pid_names_one_life),
        cmocka_unit_test(work_is_done_before_the_end),
        cmocka_unit_test(a_call_of_nobody_ends_at_once),
        cmocka_unit_test(a_call_ends_with_the_one_that_was_called),
        cmocka_unit_test(a_late_answer_is_dropped_or_kept),
        cmocka_unit_test(an_answer_that_waits_when_the_time_is_over_counts),
        cmocka_unit_test(a_timer_is_flushed_though_it_has_fired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
