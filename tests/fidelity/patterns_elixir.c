/* The rules of rules.exs, as processes. */
#include <offbeat/process_task.h>
#include <offbeat/registry.h>
#include <offbeat/supervisor.h>

#include "fidelity/patterns.h"

/* Takes so many ms; from 100 on it fails then. */
static uint32_t take(struct ob_actor *self, uint32_t arg)
{
    note(self, "+%u", arg);
    ob_sleep(self, arg % 100 * MS);
    note(self, "-%u", arg);
    if (arg >= 100)
        ob_process_task_fail(self, 7);
    return arg + 1;
}

static struct ob_process_task async(struct ob_actor *self, uint32_t arg)
{
    return ob_process_task_async(self, "task", arg);
}

static void say(struct ob_actor *self, struct ob_process_task_result result, const char *running)
{
    if (result.end == OB_PROCESS_TASK_OK)
        note(self, "ok%u", result.value);
    else
        note(self, "%s", result.end == OB_PROCESS_TASK_ENDED ? "ended" : running);
}

static void task_await(struct ob_actor *self)
{
    note(self, "=%u", ob_process_task_await(self, async(self, 10), 90 * MS));
}

static void task_await_late(struct ob_actor *self)
{
    (void)ob_process_task_await(self, async(self, 40), 20 * MS);
}

static void task_await_failed(struct ob_actor *self)
{
    ob_trap_exits(self, true);
    (void)ob_process_task_await(self, async(self, 110), 50 * MS);
}

static void task_failed(struct ob_actor *self)
{
    (void)async(self, 110);
    ob_sleep(self, 50 * MS);
    note(self, "survives");
}

static void task_owner_ends(struct ob_actor *self)
{
    (void)async(self, 40);
    ob_sleep(self, 10 * MS);
    ob_process_task_fail(self, 7);
}

static void task_owner_ends_normally(struct ob_actor *self)
{
    (void)async(self, 40);
    ob_sleep(self, 10 * MS);
}

static void task_yield(struct ob_actor *self)
{
    struct ob_process_task task = async(self, 30);
    say(self, ob_process_task_yield(self, task, 15 * MS), "nil");
    say(self, ob_process_task_yield(self, task, 50 * MS), "nil");
}

static void task_shutdown(struct ob_actor *self)
{
    struct ob_process_task task = async(self, 40);
    ob_sleep(self, 10 * MS);
    say(self, ob_process_task_shutdown(self, task, 50 * MS), "nil");
}

static void task_shutdown_after(struct ob_actor *self)
{
    struct ob_process_task task = async(self, 10);
    ob_sleep(self, 40 * MS);
    say(self, ob_process_task_shutdown(self, task, 50 * MS), "nil");
}

static void stream(struct ob_actor *self, const uint32_t *items, unsigned count,
                   uint32_t timeout_us, bool kills)
{
    struct ob_process_task_result results[4];
    ob_process_task_async_stream(
        self,
        &(const struct ob_process_task_stream){
            .group = "task", .at_once = 2, .timeout_us = timeout_us, .kills = kills},
        items, count, results);
    for (unsigned at = 0; at < count; at++)
        say(self, results[at], "late");
}

static void stream_order(struct ob_actor *self)
{
    stream(self, (const uint32_t[]){70, 20, 20, 90}, 4, OB_FOREVER, false);
}

static void stream_kill(struct ob_actor *self)
{
    stream(self, (const uint32_t[]){90, 20, 20}, 3, 55 * MS, true);
}

static void stream_late(struct ob_actor *self)
{
    stream(self, (const uint32_t[]){90, 20, 20}, 3, 55 * MS, false);
}

static void stream_failed(struct ob_actor *self)
{
    stream(self, (const uint32_t[]){60, 120, 20}, 3, OB_FOREVER, false);
}

static void stream_trapped(struct ob_actor *self)
{
    ob_trap_exits(self, true);
    stream(self, (const uint32_t[]){60, 120, 90}, 3, OB_FOREVER, false);
    note(self, "%u", ob_mailbox_count(self, 0));
}

static ob_process *const owners[] = {
    task_await,    task_await_late, task_await_failed,
    task_failed,   task_owner_ends, task_owner_ends_normally,
    task_yield,    task_shutdown,   task_shutdown_after,
    stream_order,  stream_kill,     stream_late,
    stream_failed, stream_trapped,
};

static void owner(struct ob_actor *self)
{
    ob_receive(self, GO);
    owners[ob_variant(self)](self);
}

/* What has become of the owner. */
static void watch(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t reason = message->args[1];
    note(self, "%s",
         reason == OB_ENDED_NORMALLY     ? "normal"
         : reason == OB_ENDED_BY_TIMEOUT ? "timeout"
                                         : "crash");
}

static void set_up_tasks(struct ob_world *world)
{
    spawn_log(world);
    ob_spawn_process(world, "owner", owner, 0);
    ob_process_task_spawn(world, "task", 4, take, TASKS);
    ob_spawn(world, "watcher", watch, 0);
    ob_monitor(world, "watcher", "owner", DOWN);
}

OB_TARGET(elixir_tasks,
          .variants = {"task_await", "task_await_late", "task_await_failed", "task_failed",
                       "task_owner_ends", "task_owner_ends_normally", "task_yield", "task_shutdown",
                       "task_shutdown_after", "stream_order", "stream_kill", "stream_late",
                       "stream_failed", "stream_trapped"},
          .messages = MESSAGES("owner"), .setup = set_up_tasks);

/* -- names -- */

static void holder(struct ob_actor *self)
{
    (void)ob_registry_register(self, "names", 3);
    note(self, "registered");
    ob_receive(self, LEAVE);
}

static void look_up(struct ob_actor *self)
{
    ob_receive(self, GO);
    ob_sleep(self, 20 * MS);
    (void)ob_monitor_start(self, ob_id(ob_actor(ob_world(self), "holder")), DOWN);
    ob_send(self, "holder", LEAVE);
    ob_receive(self, DOWN);
    note(self, "down");
    note(self, "%u", ob_registry_count(ob_world(self), "names"));
    note(self, "%s", ob_registry_lookup(self, "names", 3) ? "somebody" : "nobody");
    note(self, "%s", ob_registry_whereis(self, "names", 3) ? "somebody" : "nobody");
    ob_sleep(self, 50 * MS);
    note(self, "%u", ob_registry_count(ob_world(self), "names"));
}

static void set_up_names(struct ob_world *world)
{
    spawn_log(world);
    ob_spawn_process(world, "main", look_up, 0);
    ob_registry_spawn(world, "names", 4, EXIT);
    ob_spawn_process(world, "holder", holder, 0);
    /* The registry stands still meanwhile. */
    ob_link(world, "holder", "names", (struct ob_link){.latency_us = 30 * MS});
}

OB_TARGET(elixir_names, .variants = {"registry"}, .messages = MESSAGES("main"),
          .setup = set_up_names);
