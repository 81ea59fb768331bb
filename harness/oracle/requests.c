/* Requests and what is taken for their answers. */
#include <inttypes.h>

#include "oracle/records.h"
#include "world/judge.h"
#include "world/trace.h"
#include "world/world.h"

enum request_state { WAITING, ANSWERED, GIVEN_UP };

struct ob_request {
    uint64_t reference;
    uint32_t sent_by; /* the delivery whose handler has sent it, or OB_NONE */
    uint16_t actor;
    uint16_t kind_of_state; /* enum request_state */
};

/* The newest request of an actor with a reference. */
static struct ob_request *find(struct ob_world *world, const struct ob_actor *self,
                               uint64_t reference)
{
    struct ob_list *list = &ob_records_of(world)->requests;
    struct ob_request *requests = list->items;

    for (uint32_t at = list->count; at-- > 0;)
        if (requests[at].reference == reference && requests[at].actor == ob_id(self))
            return &requests[at];
    return NULL;
}

void ob_request_sent(struct ob_actor *self, uint64_t reference)
{
    struct ob_world *world = ob_world(self);

    if (!ob_world_oracle(world, &ob_checker_requests))
        return;
    struct ob_request *request =
        ob_list_add(world, &ob_records_of(world)->requests, sizeof *request, OB_REQUESTS_MAX);
    if (request)
        *request = (struct ob_request){.reference = reference,
                                       .sent_by = ob_world_current(world),
                                       .actor = (uint16_t)ob_id(self),
                                       .kind_of_state = WAITING};
}

void ob_request_given_up(struct ob_actor *self, uint64_t reference)
{
    struct ob_world *world = ob_world(self);

    if (!ob_world_oracle(world, &ob_checker_requests))
        return;
    struct ob_request *request = find(world, self, reference);
    if (request && request->kind_of_state == WAITING)
        request->kind_of_state = GIVEN_UP;
}

/* An answer that was sent by somebody whom nothing has reached that came after the request cannot
 * be an answer to it. */
static bool can_answer(const struct ob_world *world, const struct ob_message *reply,
                       const struct ob_request *request)
{
    uint32_t current = ob_world_current(world);

    if (current == OB_NONE || request->sent_by == OB_NONE)
        return true;
    const struct ob_sent *sent = ob_world_sent(world, ob_world_delivery(world, current)->sent);
    if (&sent->message != reply || sent->cause == OB_NONE)
        return true;
    return sent->cause == request->sent_by ||
           ob_world_happens_before(world, request->sent_by, sent->cause);
}

void ob_request_answered(struct ob_actor *self, const struct ob_message *reply, uint64_t reference)
{
    struct ob_world *world = ob_world(self);
    const struct ob_oracle *oracle = ob_world_oracle(world, &ob_checker_requests);

    if (!oracle || ob_records_of(world)->requests.is_full)
        return;
    struct ob_request *request = find(world, self, reference);
    if (!request)
        return;
    const char *kind = ob_vocabulary_kind_name(ob_world_vocabulary(world), reply->kind);
    if (request->kind_of_state == GIVEN_UP)
        OB_ORACLE_VIOLATION(world, oracle, late_reply_used,
                            "%s took a %s as the answer to request %" PRIu64
                            ", which it had given up",
                            ob_name(self), kind, reference);
    if (!can_answer(world, reply, request))
        OB_ORACLE_VIOLATION(world, oracle, late_reply_used,
                            "%s took a %s as the answer to request %" PRIu64
                            ", of which its sender did not know",
                            ob_name(self), kind, reference);
    request->kind_of_state = ANSWERED;
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    const struct ob_list *list = &ob_records_read(world)->requests;
    const struct ob_request *requests = list->items;

    if (!quiescent || ob_world_lost_something(world) || !ob_everybody_is_up(world))
        return;
    for (uint32_t at = 0; at < list->count; at++)
        if (requests[at].kind_of_state == WAITING)
            OB_ORACLE_VIOLATION(world, oracle, request_lost,
                                "request %" PRIu64 " of %s was neither answered nor given up",
                                requests[at].reference, ob_oracle_actor(world, requests[at].actor));
}

static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->requests.count > 0;
}

const struct ob_checker ob_checker_requests = {
    .name = "requests", .end = check, .has_matter = has_matter};
