#include "cli/debugged.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/process.h"
#include "cli/cli.h"
#include "report/message.h"
#include "world/engine.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#define AHEAD_MAX 65536u /* steps that are known in advance; beyond, every step is stopped at */
#define AHEAD_S 20u      /* how long finding them out may take: the run may hang */
#define QUEUE_SHOWN 50
#define UNKNOWN (OB_NONE - 1) /* which message: the run ends there */

#define KEPT __attribute__((noinline, used))

/* What a run does, found out in a process of its own, which the run may kill. */
struct ahead {
    volatile uint32_t steps;    /* that are known */
    volatile uint32_t violates; /* the delivery, from 1, at which it ends violated; 0: does not */
    struct step {
        uint32_t deliveries; /* after this step of the world, all in all */
        uint32_t sent; /* the message of the last of them; OB_NONE where an actor starts again */
    } list[AHEAD_MAX];
};

/* A debugger has no other way to find the run: it stops anywhere, with other frames on the stack.
 */
static struct ob_world *debugged;
uint32_t ob_debug_at;

/* Not to be called away: a debugger has to see the call. */
KEPT void ob_debug_stop(void)
{
    __asm__ volatile("" ::: "memory");
}

KEPT void ob_debug_violated(void)
{
    __asm__ volatile("" ::: "memory");
}

static void show(struct ob_text *text)
{
    ob_report_clean(text, 0);
    (void)fputs(ob_text_string(text), stdout);
    (void)fflush(stdout);
    ob_text_release(text);
}

static void add_message(const struct ob_world *world, uint32_t sent, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const char *sender = ob_report_sender(world, sent);
    const char *receiver = ob_report_actor(vocabulary, ob_world_sent(world, sent)->to);
    struct ob_arities arities;

    ob_report_arities(world, &arities);
    ob_report_message(world, &arities, sent, text);
    if (!sender)
        ob_text_printf(text, "%s of %s", ob_world_is_resume(world, sent) ? "" : " (timer)",
                       receiver);
    else if (ob_world_is_resume(world, sent))
        ob_text_printf(text, " %s -> %s", sender, receiver);
    else
        ob_text_printf(text, "#%u %s -> %s", ob_world_ordinal(world, sent), sender, receiver);
}

/* -- what a debugger calls -- */

static void add_timers(const struct ob_world *world, unsigned id, struct ob_text *text)
{
    uint64_t due_us = 0;

    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        if (ob_world_sent(world, sent)->to != id || !ob_world_timer_runs(world, sent, &due_us))
            continue;
        ob_text_printf(text, "    ");
        add_message(world, sent, text);
        ob_text_printf(text, " at ");
        ob_duration_print(text, due_us);
        ob_text_printf(text, "\n");
    }
}

KEPT void ob_debug_state(void)
{
    unsigned actor_count = ob_world_vocabulary(debugged)->actor_count;
    struct ob_text text = {0};

    for (unsigned id = 1; id <= actor_count; id++) {
        const struct ob_actor *actor = ob_world_actor(debugged, id);
        ob_text_printf(&text, "%s: ", ob_name(actor));
        if (!ob_is_up(actor))
            ob_text_printf(&text, "down");
        else
            ob_world_describe(debugged, id, &text);
        size_t waiting = ob_world_mailbox_count(debugged, id);
        if (waiting > 0)
            ob_text_printf(&text, " [%zu in its mailbox]", waiting);
        ob_text_printf(&text, "\n");
        add_timers(debugged, id, &text);
    }
    show(&text);
}

struct due {
    uint64_t us;
    uint32_t sent;
};

static int compare_due(const void *a, const void *b)
{
    const struct due *left = a;
    const struct due *right = b;

    if (left->us != right->us)
        return left->us < right->us ? -1 : 1;
    return (left->sent > right->sent) - (left->sent < right->sent);
}

KEPT void ob_debug_queue(void)
{
    uint32_t sent_count = ob_world_sent_count(debugged);
    struct due *list = calloc(sent_count + (size_t)1, sizeof *list);
    struct ob_text text = {0};
    size_t count = 0;

    for (uint32_t sent = 0; list && sent < sent_count; sent++) {
        uint64_t due_us = 0;
        bool is_timer = ob_world_is_timer(debugged, sent);
        if (is_timer ? ob_world_timer_runs(debugged, sent, &due_us)
                     : ob_world_is_due(debugged, sent, &due_us))
            list[count++] = (struct due){.us = due_us, .sent = sent};
    }
    if (list)
        qsort(list, count, sizeof *list, compare_due);
    for (size_t index = 0; index < count && index < QUEUE_SHOWN; index++) {
        ob_duration_print(&text, list[index].us);
        ob_text_printf(&text, "  ");
        add_message(debugged, list[index].sent, &text);
        ob_text_printf(&text, "\n");
    }
    if (count > QUEUE_SHOWN)
        ob_text_printf(&text, "and %zu more\n", count - QUEUE_SHOWN);
    if (count == 0)
        ob_text_printf(&text, "nothing is under way\n");
    free(list);
    show(&text);
}

/* -- the run -- */

static void note_violation(struct ob_world *world, void *context)
{
    struct ahead *ahead = context;
    ahead->violates = ob_world_delivery_count(world);
}

static void look_ahead(struct ob_world *world, const struct ob_scenario *scenario,
                       struct ahead *ahead)
{
    uint32_t before = 0;

    (void)alarm(AHEAD_S);
    ob_world_on_violation(world, note_violation, ahead);
    ob_world_begin(world, scenario);
    for (bool more = true; more && ahead->steps < AHEAD_MAX;) {
        struct step *step = &ahead->list[ahead->steps];
        /* A step that does not come back has a delivery: something in the target has ended it. */
        *step = (struct step){.deliveries = before + 1, .sent = UNKNOWN};
        ahead->steps++;
        more = ob_world_step(world);
        step->deliveries = ob_world_delivery_count(world);
        if (step->deliveries > before)
            step->sent = ob_world_delivery(world, step->deliveries - 1)->sent;
        before = step->deliveries;
    }
}

/* Runs it once in a child, whose report of an error nobody wants to see twice. */
static struct ahead *find_ahead(struct ob_world *world, const struct ob_scenario *scenario)
{
    struct ahead *ahead = ob_shared_create(sizeof *ahead);

    if (!ahead)
        return NULL;
    (void)fflush(stdout);
    pid_t child = ob_process_fork();
    if (child == 0) {
        if (ob_process_redirect(-1, -1, OB_DEV_NULL))
            _exit(CLI_TROUBLE);
        look_ahead(world, scenario, ahead);
        _exit(CLI_OK);
    }
    if (child > 0)
        (void)ob_process_wait(child, NULL);
    return ahead;
}

/* What arrives first, where it is not known what will: the target ends the process there. */
static uint32_t find_first(const struct ob_world *world)
{
    uint32_t first = OB_NONE;
    uint64_t first_us = UINT64_MAX;

    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        uint64_t due_us = 0;
        if (!ob_world_is_due(world, sent, &due_us) || due_us >= first_us)
            continue;
        first = sent;
        first_us = due_us;
    }
    return first;
}

static void tell_stop(const struct ob_world *world, const struct ahead *ahead, uint32_t step)
{
    struct ob_text text = {0};
    uint32_t total = ahead->steps ? ahead->list[ahead->steps - 1].deliveries : 0;
    uint32_t sent = step < ahead->steps ? ahead->list[step].sent : UNKNOWN;
    if (sent == UNKNOWN)
        sent = find_first(world);

    ob_text_printf(&text, "Before delivery %" PRIu32 " of %" PRIu32, ob_debug_at, total);
    if (sent < ob_world_sent_count(world)) {
        ob_text_printf(&text, ": ");
        add_message(world, sent, &text);
    } else {
        ob_text_printf(&text, ": an actor starts again");
    }
    ob_text_printf(&text, "\n");
    show(&text);
}

static void tell_violation(struct ob_world *world, void *context)
{
    const struct ob_verdict *verdict = ob_world_verdict(world);
    struct ob_text text = {0};

    (void)context;
    ob_text_printf(&text, "%s is violated: %s\n", verdict->invariant, verdict->detail);
    show(&text);
    ob_debug_at++;
    ob_debug_violated();
}

int cli_debugged(struct ob_world *world, const struct ob_scenario *scenario, uint32_t step)
{
    const char *wanted = getenv(CLI_DEBUG_STEP);
    struct ahead *ahead = find_ahead(world, scenario);

    if (!ahead)
        return cli_trouble("memory is short");
    if (wanted)
        step = (uint32_t)strtoul(wanted, NULL, 10);
    if (step == 0 && ahead->steps > 0)
        step = ahead->list[ahead->steps - 1].deliveries;
    debugged = world;
    ob_world_on_violation(world, tell_violation, NULL);
    ob_world_begin(world, scenario);
    bool more = true;
    for (uint32_t at = 0; more; at++) {
        uint32_t before = ob_world_delivery_count(world);
        bool delivers = at >= ahead->steps || ahead->list[at].deliveries > before;
        bool is_wanted = at >= ahead->steps || ahead->list[at].deliveries >= step;
        ob_debug_at = before + 1;
        if (delivers && is_wanted) {
            tell_stop(world, ahead, at);
            ob_debug_stop();
        }
        more = ob_world_step(world);
    }
    int code = ob_world_verdict(world)->outcome == OB_VIOLATED ? CLI_VIOLATION : CLI_OK;
    ob_shared_destroy(ahead, sizeof *ahead);
    (void)printf("The run is over: %" PRIu32 " deliveries, %s\n", ob_world_delivery_count(world),
                 code == CLI_VIOLATION ? "a violation" : "no violation");
    return code;
}
