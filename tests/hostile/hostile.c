/*
 * A file that is closed while it is still read: two messages on two ways, and when the second comes
 * first, something happens that ends the process. Which, the variant says.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <offbeat/offbeat.h>

enum variant {
    FREED,
    DEEP,
    ENDLESS,
    LEAKING,
    NOTHING,
    ABORTING,
    HUNGRY,
    LEAVING,
    BOTH,
    ENDING,
    VANISHING,
    HASTY,
    TERMINATING
};
enum kind { OPEN, READ, CLOSE, CHAT };

struct reader {
    bool is_closed;
    uint32_t depth;
};

/* What outlives a run belongs to nobody in the world, so it is global and reset. */
static uint8_t *shared;
static bool is_freed;

static void reset(void)
{
    if (!is_freed)
        free(shared);
    shared = calloc(1, 64);
    is_freed = false;
}

static void user_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == CHAT) {
        ob_send(self, "reader", CHAT, message->args[0]);
        return;
    }
    ob_send(self, "reader", READ, message->args[0]);
    ob_send(self, "proxy", CLOSE, message->args[0]);
}

/* NOLINTNEXTLINE(misc-no-recursion): so that the stack ends */
static uint32_t descend(volatile uint32_t depth)
{
    volatile uint8_t room[4096];

    room[depth % sizeof room] = (uint8_t)depth;
    return depth == UINT32_MAX ? 0 : descend(depth + 1) + room[depth % sizeof room];
}

static void eat(void)
{
    static void *volatile piece; /* seen from outside, so that the compiler leaves it there */

    for (size_t count = 0; count < 4096; count++) {
        piece = malloc((size_t)1 << 20);
        if (piece)
            memset(piece, 1, (size_t)1 << 20);
    }
}

static void spin(void)
{
    volatile uint32_t turns = 0;

    for (;;)
        turns++;
}

static void leak(const struct ob_message *message)
{
    volatile char *lost = malloc(100 + message->args[0]);

    lost[0] = 1;
    lost = NULL;
} /* NOLINT(clang-analyzer-unix.Malloc): so that there is a leak */

static void go_wrong(struct ob_actor *self, struct reader *reader, const struct ob_message *message)
{
    static uint32_t *volatile nothing;

    switch (ob_variant(self)) {
    case FREED:
        reader->depth = shared[message->args[0]];
        break;
    case DEEP:
        reader->depth = descend(message->args[0]);
        break;
    case ENDLESS:
        spin();
        break;
    case LEAKING:
        leak(message);
        break;
    case NOTHING:
        reader->depth = *nothing; /* NOLINT(clang-analyzer-core.NullDereference) */
        break;
    case ABORTING:
        abort();
    case HUNGRY:
        eat();
        spin();
        break;
    case LEAVING:
        exit(7);
    case ENDING:
        exit(0);
    case VANISHING:
        _exit(0);
    case HASTY:
        quick_exit(0);
    case TERMINATING:
        (void)raise(SIGTERM);
        break;
    default:
        if (message->args[0] % 2)
            reader->depth = *nothing; /* NOLINT(clang-analyzer-core.NullDereference) */
        OB_INVARIANT(ob_world(self), read_before_close, false, "file %u", message->args[0]);
        break;
    }
}

static void reader_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct reader *reader = ob_state(self);

    if (message->kind == CLOSE) {
        reader->is_closed = true;
        if (ob_variant(self) == FREED) {
            free(shared);
            is_freed = true;
        }
    } else if (message->kind == READ && reader->is_closed) {
        go_wrong(self, reader, message);
    }
}

static void setup(struct ob_world *world)
{
    reset();
    ob_spawn(world, "user", user_receive, 0);
    ob_spawn_forwarder(world, "proxy", "reader");
    ob_spawn(world, "reader", reader_receive, sizeof(struct reader));
    ob_link(world, "*", "*", (struct ob_link){.latency_us_max = 50000});
}

OB_TARGET(hostile, .summary = "a file that is read after it was closed",
          .variants = {[FREED] = "use_after_free",
                       [DEEP] = "stack_overflow",
                       [ENDLESS] = "no_end",
                       [LEAKING] = "leak",
                       [NOTHING] = "null_pointer",
                       [ABORTING] = "abort",
                       [HUNGRY] = "hungry",
                       [LEAVING] = "exit",
                       [BOTH] = "both",
                       [ENDING] = "exit_0",
                       [VANISHING] = "vanish",
                       [HASTY] = "quick_exit",
                       [TERMINATING] = "terminate"},
          .messages =
              {
                  [OPEN] = {.name = "open", .to = "user", .args = {{"file", 0, 63}}},
                  [READ] = {.name = "read", .args = {{.name = "file"}}},
                  [CLOSE] = {.name = "close", .args = {{.name = "file"}}},
                  [CHAT] = {.name = "chat", .to = "user", .args = {{"line", 0, 99}}},
              },
          .setup = setup, .reset = reset);
