#include <offbeat/process_task.h>
#include <offbeat/supervisor.h>

#include <assert.h>

/* What the members of a group have in common. */
struct config {
    ob_process_task_function *function;
    unsigned first_kind;
};

static void body(struct ob_actor *self)
{
    const struct config *config = ob_config(self);
    const struct ob_message *begin = ob_receive(self, config->first_kind + OB_PROCESS_TASK_BEGIN);
    uint32_t value = config->function(self, begin->args[0]);
    ob_send_to(self, begin->from, config->first_kind + OB_PROCESS_TASK_RESULT, value);
}

void ob_process_task_spawn(struct ob_world *world, const char *group, unsigned count,
                           ob_process_task_function *function, unsigned first_kind)
{
    struct config *config = ob_alloc(world, sizeof *config);
    *config = (struct config){.function = function, .first_kind = first_kind};
    ob_spawn_process_many(world, group, count, body, 0);
    for (unsigned index = 0; index < count; index++)
        ob_set_config(ob_member(world, group, index), config);
    ob_keep_down(world, group);
}

void ob_process_task_fail(struct ob_actor *self, uint32_t reason)
{
    ob_stop(self, reason);
    ob_task_exit(self);
}

static struct ob_process_task start(struct ob_actor *self, const char *group, uint32_t arg,
                                    bool links)
{
    const struct config *config = ob_config(ob_member(ob_world(self), group, 0));
    unsigned first = config->first_kind;
    unsigned id = ob_spawn_next(self, group, first + OB_PROCESS_TASK_BEGIN, arg);
    if (links)
        ob_link_start(self, id, first + OB_PROCESS_TASK_EXIT);
    return (struct ob_process_task){
        .id = (uint16_t)id,
        .monitor = ob_monitor_start(self, id, first + OB_PROCESS_TASK_DOWN),
        .first_kind = (uint16_t)first,
    };
}

struct ob_process_task ob_process_task_async(struct ob_actor *self, const char *group, uint32_t arg)
{
    return start(self, group, arg, true);
}

struct ob_process_task ob_process_task_async_nolink(struct ob_actor *self, const char *group,
                                                    uint32_t arg)
{
    return start(self, group, arg, false);
}

/* Ids are never used again, so that what comes from one is of one task. */
static bool comes_from(const struct ob_message *message, void *context)
{
    const struct ob_process_task *task = context;
    return message->from == task->id;
}

/* Awaits a message from the task, of kinds of the tasks' that a bit each stands for. */
static const struct ob_message *await(struct ob_actor *self, struct ob_process_task *task,
                                      uint64_t kinds, uint32_t timeout_us)
{
    return ob_await(self, &(const struct ob_await){.kinds = kinds << task->first_kind,
                                                   .times_out = timeout_us != OB_FOREVER,
                                                   .timeout_us = timeout_us,
                                                   .accepts = comes_from,
                                                   .context = task,
                                                   .name = "task"});
}

#define RESULT (UINT64_C(1) << OB_PROCESS_TASK_RESULT)
#define DOWN (UINT64_C(1) << OB_PROCESS_TASK_DOWN)
#define EXIT (UINT64_C(1) << OB_PROCESS_TASK_EXIT)

/* Takes such a message if it has come already. */
static const struct ob_message *take(struct ob_actor *self, struct ob_process_task *task,
                                     uint64_t kinds)
{
    return ob_mailbox_count(self, kinds << task->first_kind) ? await(self, task, kinds, 0) : NULL;
}

struct ob_process_task_result
ob_process_task_yield(struct ob_actor *self, struct ob_process_task task, uint32_t timeout_us)
{
    const struct ob_message *news = await(self, &task, RESULT | DOWN, timeout_us);
    if (!news)
        return (struct ob_process_task_result){.end = OB_PROCESS_TASK_RUNNING};
    if (news->kind != task.first_kind + OB_PROCESS_TASK_RESULT)
        return (struct ob_process_task_result){OB_PROCESS_TASK_ENDED, news->args[1]};
    ob_forget(self, task.monitor);
    return (struct ob_process_task_result){OB_PROCESS_TASK_OK, news->args[0]};
}

uint32_t ob_process_task_await(struct ob_actor *self, struct ob_process_task task,
                               uint32_t timeout_us)
{
    struct ob_process_task_result result = ob_process_task_yield(self, task, timeout_us);
    if (result.end == OB_PROCESS_TASK_OK)
        return result.value;
    ob_forget(self, task.monitor);
    ob_process_task_fail(self,
                         result.end == OB_PROCESS_TASK_ENDED ? result.value : OB_ENDED_BY_TIMEOUT);
}

/* What has come of a task that has ended: its result, if that was sent before. */
static struct ob_process_task_result look_back(struct ob_actor *self, struct ob_process_task *task,
                                               struct ob_process_task_result other)
{
    const struct ob_message *result = take(self, task, RESULT);
    return result ? (struct ob_process_task_result){OB_PROCESS_TASK_OK, result->args[0]} : other;
}

struct ob_process_task_result
ob_process_task_shutdown(struct ob_actor *self, struct ob_process_task task, uint32_t timeout_us)
{
    unsigned exit_kind = task.first_kind + OB_PROCESS_TASK_EXIT;
    uint32_t asked = timeout_us ? OB_ENDED_BY_SHUTDOWN : OB_ENDED_KILLED;
    ob_unlink(self, task.id);
    ob_exit(self, task.id, exit_kind, timeout_us ? OB_ENDED_BY_SHUTDOWN : OB_KILL);
    const struct ob_message *down = await(self, &task, DOWN, timeout_us ? timeout_us : OB_FOREVER);
    if (!down) {
        ob_exit(self, task.id, exit_kind, OB_KILL);
        down = await(self, &task, DOWN, OB_FOREVER);
    }
    uint32_t reason = down->args[1];
    return look_back(self, &task,
                     reason == asked
                         ? (struct ob_process_task_result){.end = OB_PROCESS_TASK_RUNNING}
                         : (struct ob_process_task_result){OB_PROCESS_TASK_ENDED, reason});
}

/* -- streams -- */

struct place {
    struct ob_process_task task; /* its id is 0 before its start and after its end */
    uint32_t timer;
    bool is_late; /* it was killed */
};

struct run {
    const struct ob_process_task_stream *stream;
    unsigned first_kind;
    unsigned started;
    unsigned ended;
    struct place places[OB_PROCESS_TASK_STREAM_MAX];
};

static unsigned find(const struct run *run, unsigned id)
{
    unsigned at = 0;
    while (at < run->started && run->places[at].task.id != id)
        at++;
    return at;
}

/* News of a task that runs, or of its time. */
static bool is_of_run(const struct ob_message *message, void *context)
{
    const struct run *run = context;
    if (message->kind == run->first_kind + OB_PROCESS_TASK_TIME)
        return message->args[0] < run->started && run->places[message->args[0]].task.id != 0;
    return find(run, message->from) < run->started;
}

static void start_next(struct ob_actor *self, struct run *run, uint32_t item)
{
    struct place *place = &run->places[run->started];
    *place = (struct place){.task = ob_process_task_async(self, run->stream->group, item)};
    if (run->stream->timeout_us != OB_FOREVER)
        place->timer = ob_timer_start(self, run->stream->timeout_us,
                                      run->first_kind + OB_PROCESS_TASK_TIME, run->started);
    run->started++;
}

static void kill_late(struct ob_actor *self, struct run *run, unsigned at)
{
    struct place *place = &run->places[at];
    place->is_late = true;
    ob_unlink(self, place->task.id);
    ob_exit(self, place->task.id, run->first_kind + OB_PROCESS_TASK_EXIT, OB_KILL);
}

/* A task has ended. Whoever traps exits hears of it by the link as well, and here does not. */
static struct ob_process_task_result finish(struct ob_actor *self, struct run *run, unsigned at,
                                            uint32_t reason)
{
    struct place *place = &run->places[at];
    struct ob_process_task_result other = {OB_PROCESS_TASK_ENDED, reason};
    if (place->is_late)
        other = (struct ob_process_task_result){.end = OB_PROCESS_TASK_RUNNING};
    struct ob_process_task_result result = look_back(self, &place->task, other);
    if (result.end == OB_PROCESS_TASK_RUNNING && !run->stream->kills)
        ob_process_task_fail(self, OB_ENDED_BY_TIMEOUT);
    (void)ob_timer_flush(self, place->timer);
    ob_unlink(self, place->task.id);
    (void)take(self, &place->task, EXIT);
    place->task.id = 0;
    run->ended++;
    return result;
}

void ob_process_task_async_stream(struct ob_actor *self,
                                  const struct ob_process_task_stream *stream,
                                  const uint32_t *items, unsigned count,
                                  struct ob_process_task_result *results)
{
    const struct config *config = ob_config(ob_member(ob_world(self), stream->group, 0));
    struct run run = {.stream = stream, .first_kind = config->first_kind};
    assert(stream->at_once > 0 && count <= OB_PROCESS_TASK_STREAM_MAX);
    while (run.ended < count) {
        if (run.started < count && run.started - run.ended < stream->at_once) {
            start_next(self, &run, items[run.started]);
            continue;
        }
        const struct ob_message *news = ob_await(
            self, &(const struct ob_await){.kinds = OB_KINDS(run.first_kind + OB_PROCESS_TASK_DOWN,
                                                             run.first_kind + OB_PROCESS_TASK_TIME),
                                           .accepts = is_of_run,
                                           .context = &run});
        unsigned at = news->kind == run.first_kind + OB_PROCESS_TASK_TIME ? news->args[0]
                                                                          : find(&run, news->from);
        if (news->kind == run.first_kind + OB_PROCESS_TASK_TIME)
            kill_late(self, &run, at);
        else
            results[at] = finish(self, &run, at, news->args[1]);
    }
}
