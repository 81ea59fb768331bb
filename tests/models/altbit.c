/* Retransmission and duplicate: frames are numbered with one bit, as on a link that keeps the
 * order. On a link that does not, a copy that was sent twice and came late is taken for a new
 * frame. */
#include <offbeat/offbeat.h>

#define FRAMES 16
#define RESEND_US 50000

enum variant { RACY, NUMBERED };
enum kind { SEND, FRAME, ACK, RESEND };

struct sender {
    uint32_t queued; /* frames that were to be sent so far */
    uint32_t
        acked; /* of these, how many have arrived; the next one is under way, if there is one */
    uint32_t timer;
};
struct receiver {
    uint32_t expected;
    uint32_t wrong; /* a frame that was delivered in place of another, plus one */
};

/* What stands in the frame for its place in the stream. */
static uint32_t number_of(const struct ob_actor *self, uint32_t frame)
{
    return ob_variant(self) == RACY ? frame % 2 : frame;
}

static void send_frame(struct ob_actor *self, struct sender *sender)
{
    if (sender->acked == sender->queued)
        return;
    ob_send(self, "receiver", FRAME, number_of(self, sender->acked), sender->acked);
    sender->timer = ob_timer_start(self, RESEND_US, RESEND, 0);
}

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sender *sender = ob_state(self);

    switch (message->kind) {
    case SEND:
        if (sender->queued == FRAMES)
            break;
        sender->queued++;
        if (sender->queued == sender->acked + 1)
            send_frame(self, sender);
        break;
    case ACK:
        if (sender->acked == sender->queued || message->args[0] != number_of(self, sender->acked))
            break;
        ob_timer_cancel(self, sender->timer);
        sender->acked++;
        send_frame(self, sender);
        break;
    default:
        send_frame(self, sender);
        break;
    }
}

static void receiver_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct receiver *receiver = ob_state(self);

    if (message->args[0] == number_of(self, receiver->expected)) {
        if (message->args[1] != receiver->expected)
            receiver->wrong = message->args[1] + 1;
        receiver->expected++;
    }
    ob_reply(self, message, ACK, message->args[0]);
}

static void check(struct ob_world *world)
{
    const struct receiver *receiver = ob_state(ob_actor(world, "receiver"));

    OB_INVARIANT(world, stream_is_in_order, receiver->wrong == 0,
                 "frame %u is delivered in the place of frame %u", receiver->wrong - 1,
                 receiver->expected - 1);
}

static void setup(struct ob_world *world)
{
    const struct ob_link line = {.latency_us = 1000, .latency_us_max = 300000, .unordered = true};

    ob_spawn(world, "sender", sender_receive, sizeof(struct sender));
    ob_spawn(world, "receiver", receiver_receive, sizeof(struct receiver));
    ob_link(world, "sender", "receiver", line);
    ob_link(world, "receiver", "sender", line);
}

OB_TARGET(altbit, .summary = "an old copy of a frame is taken for a new one",
          .variants = {[RACY] = "racy", [NUMBERED] = "numbered"}, .fails = {[RACY] = true},
          .messages =
              {
                  [SEND] = {.name = "send", .to = "sender"},
                  [FRAME] = {.name = "frame", .args = {{.name = "number"}, {.name = "content"}}},
                  [ACK] = {.name = "ack", .args = {{.name = "number"}}},
                  [RESEND] = {.name = "resend"},
              },
          .setup = setup, .check = check);
