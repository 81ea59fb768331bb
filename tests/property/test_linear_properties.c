/* Linearizability agrees with trying every order, on small random histories of every kind of
 * object; and histories that were made by a real object are never refused. */
#include "base/rng.h"
#include "support/history.h"

#define HISTORIES 10000
#define OPERATIONS_MAX 6

static const struct kind {
    const struct ob_specification *specification;
    unsigned first; /* of its kinds of operations */
    unsigned last;
    unsigned results; /* answers are drawn below */
} kinds[] = {
    {&ob_spec_register, OB_OP_READ, OB_OP_CAS, 3},
    {&ob_spec_queue, OB_OP_ENQUEUE, OB_OP_DEQUEUE, 3},
    {&ob_spec_set, OB_OP_INSERT, OB_OP_CONTAINS, 2},
    {&ob_spec_lock, OB_OP_ACQUIRE, OB_OP_RELEASE, 2},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static uint64_t draw_argument(unsigned kind, struct ob_rng *rng)
{
    return kind == OB_OP_CAS ? OB_CAS(ob_rng_below(rng, 3), ob_rng_below(rng, 3))
                             : ob_rng_below(rng, 3);
}

static uint64_t draw_result(const struct kind *kind, unsigned operation, struct ob_rng *rng)
{
    if (operation == OB_OP_DEQUEUE && ob_rng_below(rng, 3) == 0)
        return OB_NOTHING;
    return ob_rng_below(rng, operation == OB_OP_CAS ? 2 : kind->results);
}

static void draw_history(const struct kind *kind, struct history *history, struct ob_rng *rng)
{
    unsigned wanted = 1 + ob_rng_below(rng, OPERATIONS_MAX);
    uint32_t open[OPERATIONS_MAX];
    unsigned open_count = 0;

    history->count = history->events = 0;
    while (history->count < wanted || (open_count > 0 && ob_rng_below(rng, 8) > 0)) {
        if (history->count < wanted && (open_count == 0 || ob_rng_below(rng, 2) == 0)) {
            unsigned operation = kind->first + ob_rng_below(rng, kind->last - kind->first + 1);
            open[open_count++] =
                history_begin(history, ob_rng_below(rng, 3), ob_rng_below(rng, 8) == 0, operation,
                              draw_argument(operation, rng));
            continue;
        }
        unsigned which = ob_rng_below(rng, open_count);
        uint32_t ended = open[which];
        open[which] = open[--open_count];
        history_end(history, ended, draw_result(kind, history->operations[ended].kind, rng));
    }
}

/* Tries to put what is left behind what was `done`, in every way. At most six deep. */
static bool can_be_ordered(const struct history *history, const struct ob_specification *spec,
                           uint32_t object, const void *state, unsigned done)
{
    bool complete = true;
    for (uint32_t at = 0; at < history->count; at++) {
        const struct ob_operation *operation = &history->operations[at];
        if (operation->object != object || done >> at & 1)
            continue;
        complete &= operation->end == UINT32_MAX;
        bool is_first = true;
        for (uint32_t other = 0; other < history->count; other++)
            is_first &= (done >> other & 1) || history->operations[other].object != object ||
                        history->operations[other].end == UINT32_MAX ||
                        history->operations[other].end > operation->begin;
        uint8_t next[OB_SPECIFICATION_STATE_MAX];
        memcpy(next, state, spec->state_size);
        if (is_first && spec->step(next, operation) == OB_STEP_YES &&
            can_be_ordered(history, spec, object, next, done | 1u << at))
            return true;
    }
    return complete;
}

static void it_agrees_with_trying_every_order(void **state)
{
    static struct history history;
    struct ob_rng rng = {.state = 20};
    unsigned answers[2] = {0, 0};
    (void)state;
    for (unsigned round = 0; round < HISTORIES; round++) {
        const struct kind *kind = &kinds[round % KINDS];
        uint64_t fresh[OB_SPECIFICATION_STATE_MAX / sizeof(uint64_t)] = {0};
        draw_history(kind, &history, &rng);
        bool expected = can_be_ordered(&history, kind->specification, 0, fresh, 0) &&
                        can_be_ordered(&history, kind->specification, 1, fresh, 0);
        enum ob_linear result = history_check(&history, kind->specification);
        assert_int_equal(result, expected ? OB_LINEAR_YES : OB_LINEAR_NO);
        answers[expected]++;
    }
    /* Both answers are given often, or nothing was tested. */
    assert_true(answers[0] > HISTORIES / 10 && answers[1] > HISTORIES / 10);
}

/* The result that an object in this state gives. */
static uint64_t answer_of(const struct ob_specification *spec, void *state,
                          struct ob_operation operation)
{
    static const uint64_t tried[] = {0, 1, 2, OB_NOTHING};
    uint8_t next[OB_SPECIFICATION_STATE_MAX];
    for (size_t at = 0; at < sizeof tried / sizeof *tried; at++) {
        operation.result = tried[at];
        memcpy(next, state, spec->state_size);
        if (spec->step(next, &operation) != OB_STEP_YES)
            continue;
        memcpy(state, next, spec->state_size);
        return tried[at];
    }
    fail_msg("a state gives no answer");
    return 0;
}

static void what_a_real_object_does_is_never_refused(void **state)
{
    static struct history history;
    struct ob_rng rng = {.state = 21};
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        const struct kind *kind = &kinds[round % KINDS];
        uint64_t object[OB_SPECIFICATION_STATE_MAX / sizeof(uint64_t)] = {0};
        struct {
            uint32_t operation;
            uint64_t result;
            bool busy;
            bool done;
        } clients[4] = {{0, 0, false, false}};
        history.count = history.events = 0;
        for (unsigned step = 0; step < 300; step++) {
            uint32_t who = ob_rng_below(&rng, 4);
            if (!clients[who].busy) {
                unsigned operation = kind->first + ob_rng_below(&rng, kind->last - kind->first + 1);
                clients[who].operation =
                    history_begin(&history, who, 0, operation, draw_argument(operation, &rng));
                clients[who].busy = true;
                clients[who].done = false;
            } else if (!clients[who].done) {
                clients[who].result = answer_of(kind->specification, object,
                                                history.operations[clients[who].operation]);
                clients[who].done = true;
            } else {
                history_end(&history, clients[who].operation, clients[who].result);
                clients[who].busy = false;
            }
        }
        assert_int_not_equal(history_check(&history, kind->specification), OB_LINEAR_NO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_trying_every_order),
        cmocka_unit_test(what_a_real_object_does_is_never_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
