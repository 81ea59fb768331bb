/* Two programs over TCP: an application that asks in libuv's pool of threads, and a store. */
#include <offbeat/host.h>
#include <stdio.h>
#include <string.h>

enum variant { RACY, TWICE, REPAIRED };

enum kind { GET, VALUE };

#define JOBS 4

OB_PROGRAM(worker_store);
OB_PROGRAM(worker_application);

static void setup(struct ob_world *world)
{
    static const char *const ways[] = {NULL, "--twice", "--mark"};
    const char *way = ways[ob_world_variant(world)];
    ob_host(world, "store", &worker_store, (struct ob_host){.argv = {"store"}});
    ob_host(world, "app", &worker_application,
            (struct ob_host){.argv = {"app", "store", way}, .env = {"UV_THREADPOOL_SIZE=2"}});
    /* A value takes 0.8 ms, and 60 ms at the worst: more than the 40 ms that a user waits. */
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 200, .latency_us_max = 15000});
}

/* How many lines of the application's output begin with the number of a job. */
static int answers_of(const char *output, int job)
{
    int count = 0;
    for (const char *line = output; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += line[0] == (char)('0' + job) && line[1] == ' ';
    }
    return count;
}

static void check(struct ob_world *world)
{
    const char *output = ob_host_output(world, "app");
    for (int job = 1; job <= JOBS; job++)
        OB_INVARIANT(world, one_answer_each, answers_of(output, job) <= 1,
                     "the user of job %d has %d answers", job, answers_of(output, job));
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    OB_INVARIANT(world, application_ends, ob_host_exited(world, "app", &code) && code == 0,
                 "the application has not ended, or with %d", code);
}

static unsigned name_bytes(const struct ob_message *message)
{
    bool is_question = message->size > 4 && memcmp(message->bytes, "get ", 4) == 0;
    return is_question ? GET : VALUE;
}

static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    const char *bytes = (const char *)message->bytes;
    if (message->kind == GET)
        ob_describe(text, "%.*s", (int)message->size - 5, bytes + 4);
    else if (message->kind == VALUE)
        ob_describe(text, "%.*s", (int)message->size, bytes);
}

OB_TARGET(worker, .summary = "an application gives up jobs that libuv's pool works on",
          .variants = {[RACY] = "racy", [TWICE] = "twice", [REPAIRED] = "repaired"},
          .fails = {[RACY] = true, [TWICE] = true},
          .messages = {[GET] = {.name = "get"}, [VALUE] = {.name = "value"}}, .setup = setup,
          .check = check, .check_quiescent = check_quiescent, .name_bytes = name_bytes,
          .describe_message = describe_message);
