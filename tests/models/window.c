/* Exhaustion of a window: all streams of a connection share a window of bytes, which the receiver
 * opens again as it reads. What comes for a stream that it has reset is dropped, and its share of
 * the window with it, until nobody can send any more. */
#include <offbeat/offbeat.h>

#define STREAMS 2
#define WINDOW 4

enum variant { RACY, RETURNS };
enum kind { WRITE, RESET, DATA, OPENED, CLOSE };

struct sender {
    uint32_t window;
    uint32_t waiting[STREAMS];
    bool closed[STREAMS];
};
struct receiver {
    bool reset[STREAMS];
};

static void send_data(struct ob_actor *self, struct sender *sender)
{
    for (unsigned stream = 0; stream < STREAMS; stream++)
        while (!sender->closed[stream] && sender->waiting[stream] > 0 && sender->window > 0) {
            sender->waiting[stream]--;
            sender->window--;
            ob_send(self, "receiver", DATA, stream);
        }
}

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sender *sender = ob_state(self);

    switch (message->kind) {
    case WRITE:
        sender->waiting[message->args[0]]++;
        break;
    case CLOSE:
        sender->closed[message->args[0]] = true;
        break;
    default:
        sender->window++;
        break;
    }
    ob_declare_state(self, sender->window == 0);
    send_data(self, sender);
}

static void receiver_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct receiver *receiver = ob_state(self);
    uint32_t stream = message->args[0];

    if (message->kind == RESET) {
        if (!receiver->reset[stream])
            ob_send(self, "sender", CLOSE, stream);
        receiver->reset[stream] = true;
    } else if (!receiver->reset[stream] || ob_variant(self) == RETURNS) {
        ob_send(self, "sender", OPENED);
    }
}

static void start(struct ob_actor *self)
{
    struct sender *sender = ob_state(self);

    sender->window = WINDOW;
}

static void check_quiescent(struct ob_world *world)
{
    const struct sender *sender = ob_state(ob_actor(world, "sender"));

    for (unsigned stream = 0; stream < STREAMS; stream++)
        OB_INVARIANT(world, open_stream_is_sent,
                     sender->closed[stream] || sender->waiting[stream] == 0,
                     "%u frames of stream %u wait, and the window is %u", sender->waiting[stream],
                     stream, sender->window);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct sender *sender = ob_state(actor);

    if (actor == ob_actor(ob_world(actor), "sender"))
        ob_describe(text, "window %u, waiting %u and %u", sender->window, sender->waiting[0],
                    sender->waiting[1]);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "sender", sender_receive, sizeof(struct sender)), start);
    ob_spawn(world, "receiver", receiver_receive, sizeof(struct receiver));
}

OB_TARGET(
    window, .summary = "frames of a stream that was reset keep their share of the window",
    .variants = {[RACY] = "racy", [RETURNS] = "returns"}, .fails = {[RACY] = true},
    .messages =
        {
            [WRITE] = {.name = "write", .to = "sender", .args = {{"stream", 0, STREAMS - 1}}},
            [RESET] = {.name = "reset", .to = "receiver", .args = {{"stream", 0, STREAMS - 1}}},
            [DATA] = {.name = "data", .args = {{.name = "stream"}}},
            [OPENED] = {.name = "opened"},
            [CLOSE] = {.name = "close", .args = {{.name = "stream"}}},
        },
    .setup = setup, .check_quiescent = check_quiescent, .describe = describe);
