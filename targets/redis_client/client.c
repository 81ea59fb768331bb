/*
 * An application that asks a Redis server, through hiredis on libevent, and gives up a request that
 * takes too long. A program like any other: it knows nothing of Offbeat.
 *
 * Who gives up frees the request. hiredis has no call that takes a command back, so the answer to
 * it still comes, with the address of what was freed. With `--keep` the request is only marked, and
 * the answer frees it.
 */
#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUESTS 3
#define TIMEOUT_US 20000
#define PAUSE_US 50000

struct request {
    struct event *timeout;
    char value[16];
    int is_given_up;
};

static struct event_base *base;
static redisAsyncContext *redis;
static struct event *pause_timer;
static int keeps;
static int left = REQUESTS;
static int answered, given_up;

static void say(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

static void next(void)
{
    const struct timeval pause = {.tv_usec = PAUSE_US};
    if (--left == 0)
        redisAsyncDisconnect(redis); /* when all that is asked has been answered */
    else
        event_add(pause_timer, &pause);
}

static void on_reply(redisAsyncContext *context, void *reply_of_any_type, void *data)
{
    const redisReply *reply = reply_of_any_type;
    struct request *request = data;
    (void)context;
    if (request->is_given_up) {
        free(request);
        return;
    }
    if (reply && reply->type == REDIS_REPLY_STRING)
        strncpy(request->value, reply->str, sizeof request->value - 1);
    if (strcmp(request->value, "blue") == 0)
        say("blue\n");
    answered++;
    event_free(request->timeout);
    free(request);
    next();
}

static void on_timeout(evutil_socket_t fd, short what, void *data)
{
    struct request *request = data;
    (void)fd;
    (void)what;
    say("given up\n");
    given_up++;
    event_free(request->timeout);
    if (keeps)
        request->is_given_up = 1;
    else
        free(request);
    next();
}

static void ask(evutil_socket_t fd, short what, void *data)
{
    const struct timeval timeout = {.tv_usec = TIMEOUT_US};
    struct request *request = calloc(1, sizeof *request);
    (void)fd;
    (void)what;
    (void)data;
    request->timeout = evtimer_new(base, on_timeout, request);
    event_add(request->timeout, &timeout);
    redisAsyncCommand(redis, on_reply, request, "GET %s", "colour");
}

static void on_set(redisAsyncContext *context, void *reply, void *data)
{
    (void)context;
    (void)data;
    if (reply)
        ask(-1, 0, NULL);
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    (void)context;
    (void)status;
    redis = NULL;
    event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    keeps = argc > 2 && strcmp(argv[2], "--keep") == 0;
    base = event_base_new();
    redis = redisAsyncConnect(argv[1], 6379);
    if (!base || !redis || redis->err)
        return 1;
    pause_timer = evtimer_new(base, ask, NULL);
    redisLibeventAttach(redis, base);
    redisAsyncSetDisconnectCallback(redis, on_disconnect);
    redisAsyncCommand(redis, on_set, NULL, "SET %s %s", "colour", "blue");
    event_base_dispatch(base);
    event_free(pause_timer);
    event_base_free(base);
    return answered + given_up == REQUESTS ? 0 : 1;
}
