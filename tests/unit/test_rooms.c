/* Rooms of the world that know no world: queue, network, holds, causality, mailbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "world/causality.h"
#include "world/hold.h"
#include "world/mailbox.h"
#include "world/queue.h"

/* -- queue -- */

static void queue_gives_keys_in_order(void **state)
{
    uint64_t keys[40];
    struct ob_queue queue = {.keys = keys, .capacity = 40};
    struct ob_rng rng = {.state = 7};
    uint64_t last = 0;
    unsigned in = 0;
    (void)state;
    for (unsigned step = 0; step < 20000; step++) {
        if (ob_rng_below(&rng, 2) == 0 && in < queue.capacity) {
            /* Nothing is due before what has happened. */
            assert_true(ob_queue_add(&queue, last + ob_rng_below(&rng, 1000)));
            in++;
        } else if (in > 0) {
            assert_true(ob_queue_first(&queue) >= last);
            last = ob_queue_first(&queue);
            ob_queue_pop(&queue);
            in--;
        }
        assert_int_equal(queue.tail - queue.head, in);
    }
}

static void queue_that_is_full_takes_nothing(void **state)
{
    uint64_t keys[3];
    struct ob_queue queue = {.keys = keys, .capacity = 3};
    (void)state;
    for (uint64_t key = 3; key > 0; key--)
        assert_true(ob_queue_add(&queue, key));
    assert_false(ob_queue_add(&queue, 9));
    assert_int_equal(ob_queue_first(&queue), 1);
    queue.head = 3; /* all are taken: the room before them is used again */
    assert_int_equal(ob_queue_first(&queue), OB_NEVER);
    assert_true(ob_queue_add(&queue, 5));
    assert_int_equal(ob_queue_first(&queue), 5);
}

/* With a heap for what is far: the same keys in the same order as without, whatever is put where.
 */
static void queue_of_many_gives_keys_in_order(void **state)
{
    (void)state;
    enum { KEYS = 3000 };
    static uint64_t near[KEYS];
    static uint64_t far[KEYS];
    static uint64_t plain[KEYS];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ob_rng rng = {.state = seed};
        struct ob_queue queue = {.keys = near, .far = far, .capacity = KEYS};
        struct ob_queue expected = {.keys = plain, .capacity = KEYS};
        uint64_t now = 0;
        bool was_far = false;
        for (unsigned step = 0; step < 4 * KEYS; step++) {
            bool grows = ob_rng_below(&rng, 8) < (step < 2 * KEYS ? 6u : 2u);
            uint64_t key = now + ob_rng_below(&rng, ob_rng_below(&rng, 2) ? 20000 : 20);
            if (grows) {
                assert_int_equal(ob_queue_add(&queue, key), ob_queue_add(&expected, key));
            } else if (ob_queue_first(&expected) != OB_NEVER) {
                now = ob_queue_first(&expected);
                ob_queue_pop(&queue);
                ob_queue_pop(&expected);
            }
            was_far |= queue.far_count > 0;
            assert_int_equal(ob_queue_first(&queue), ob_queue_first(&expected));
            assert_int_equal(ob_queue_count(&queue), ob_queue_count(&expected));
            if (ob_rng_below(&rng, 1000) == 0) {
                ob_queue_gather(&queue);
                for (uint32_t at = 0; at < ob_queue_count(&queue); at++)
                    assert_int_equal(ob_queue_at(&queue, at), ob_queue_at(&expected, at));
            }
        }
        assert_true(was_far);
    }
}

static void queue_takes_and_sorts(void **state)
{
    uint64_t keys[64];
    struct ob_queue queue = {.keys = keys, .capacity = 64};
    (void)state;
    for (uint64_t key = 0; key < 50; key++)
        ob_queue_append(&queue, key * 37 % 50);
    ob_queue_sort(&queue);
    ob_queue_take(&queue, 3);
    for (uint64_t key = 0; key < 50; key++) {
        if (key == 3)
            continue;
        assert_int_equal(ob_queue_first(&queue), key);
        queue.head++;
    }
}

/* -- a small world's rest -- */

#define ACTORS 3u
#define MESSAGES 16u

struct small {
    struct ob_sent sent[MESSAGES];
    struct ob_delivery deliveries[MESSAGES];
    struct ob_log log;
    struct ob_link links[2];
    struct ob_pair pairs[(ACTORS + 1) * (ACTORS + 1)];
    struct ob_network network;
    struct ob_actor actors[ACTORS + 1];
    struct ob_deviation deviations[2];
    struct ob_hold list[MESSAGES];
    uint32_t first_of[MESSAGES];
    struct ob_line lines[2 * (ACTORS + 1)];
    struct ob_holds holds;
    uint64_t applied;
    _Alignas(16) int16_t rows[MESSAGES * OB_CLOCK_LANES];
    struct ob_causality causality;
};

/* Link 0 keeps the order and takes from 10 to 100 µs; link 1 does not, and may be cut for 50. */
static struct small *make(void)
{
    struct small *small = calloc(1, sizeof *small);
    assert_non_null(small);
    small->log = (struct ob_log){.sent = small->sent,
                                 .deliveries = small->deliveries,
                                 .event_base = 2 * (ACTORS + 1),
                                 .current = OB_NONE};
    small->links[0] = (struct ob_link){.latency_us = 10, .latency_us_max = 100};
    small->links[1] = (struct ob_link){
        .latency_us = 10, .latency_us_max = 100, .unordered = true, .partition_us_max = 50};
    small->network = (struct ob_network){
        .pairs = small->pairs, .links = small->links, .width = ACTORS + 1, .epoch = 1};
    for (unsigned id = 1; id <= ACTORS; id++)
        small->actors[id] = (struct ob_actor){.id = (uint16_t)id,
                                              .last_delivery = OB_NONE,
                                              .mailbox_first = OB_NONE,
                                              .postponed_first = OB_NONE};
    small->holds = (struct ob_holds){.list = small->list,
                                     .first_of = small->first_of,
                                     .lines = small->lines,
                                     .log = &small->log,
                                     .network = &small->network,
                                     .actors = small->actors,
                                     .capacity = MESSAGES};
    small->causality = (struct ob_causality){.rows = small->rows, .width = OB_CLOCK_LANES};
    return small;
}

static uint32_t post(struct small *small, unsigned from, unsigned to, unsigned kind,
                     uint64_t arrival_us)
{
    uint32_t sent = small->log.sent_count++;
    small->sent[sent] =
        (struct ob_sent){.message = {.kind = (uint16_t)kind, .from = (uint16_t)from},
                         .key = ob_message_key(&small->log, arrival_us, sent),
                         .cause = small->log.current,
                         .to = (uint16_t)to,
                         .flags = OB_SENT_FIFO};
    return sent;
}

static uint32_t handle(struct small *small, uint32_t sent, unsigned flags)
{
    struct ob_actor *actor = &small->actors[small->sent[sent].to];
    small->sent[sent].key = OB_NEVER;
    actor->last_delivery = ob_log_deliver(&small->log, small->log.delivery_count, sent, actor->id,
                                          0, actor->last_delivery, flags);
    small->log.current = actor->last_delivery;
    return small->log.current;
}

/* -- network -- */

static void arrivals_are_in_order_and_within_the_range(void **state)
{
    struct small *small = make();
    struct ob_pair *pair = ob_pair_at(&small->network, 1, 2);
    const struct ob_link *link = ob_link_of(&small->network, pair);
    (void)state;
    assert_int_equal(ob_arrival_us(pair, link, 1000, 70), 1070);
    assert_int_equal(ob_arrival_us(pair, link, 1000, 700), 1100); /* no later than the link says */
    ob_keep_order(pair, 1070);
    assert_int_equal(ob_arrival_us(pair, link, 1001, 10),
                     1070); /* nor before what was sent sooner */
    pair->link = 1;
    assert_int_equal(ob_arrival_us(pair, &small->links[1], 1001, 10), 1011);
    assert_int_equal(ob_link_latest_us(link, 1000, 1010), 1100);
    assert_int_equal(ob_link_latest_us(link, 1000, 1200),
                     1200); /* it waits behind others already */
    free(small);
}

static void runs_begin_with_links_as_they_were(void **state)
{
    struct small *small = make();
    ob_keep_order(ob_pair_at(&small->network, 1, 2), 500);
    (void)state;
    small->network.epoch = 2;
    assert_int_equal(ob_pair_at(&small->network, 1, 2)->last_arrival_us, 0);
    assert_int_equal(ob_pair_at(&small->network, 1, 2)->last_held, OB_NONE);
    free(small);
}

static void cuts_last_as_long_as_links_allow(void **state)
{
    struct small *small = make();
    struct ob_pair *pair = ob_pair_at(&small->network, 1, 2);
    (void)state;
    assert_false(ob_pair_cut(&small->network, pair, 1000, 20, OB_NEVER)); /* link 0: never */
    pair->link = 1;
    assert_true(ob_pair_cut(&small->network, pair, 1000, 20, OB_NEVER));
    assert_int_equal(pair->cut_until_us, 1020);
    assert_true(ob_pair_cut(&small->network, pair, 1000, 0, OB_NEVER));
    assert_int_equal(pair->cut_until_us, 1050);
    assert_true(ob_pair_cut(&small->network, pair, 1000, 0, 1030)); /* faults end */
    assert_int_equal(pair->cut_until_us, 1030);
    assert_true(ob_pair_heal(pair, 1010));
    assert_int_equal(pair->cut_until_us, 1010);
    assert_false(ob_pair_heal(pair, 1010)); /* there is none any more */
    free(small);
}

/* -- holds -- */

enum { ITEM, AWAITED };

static struct small *make_holding(unsigned nth)
{
    struct small *small = make();
    small->deviations[0] = (struct ob_deviation){
        .op = OB_REORDER, .awaited = {.kind = AWAITED + 1, .nth = (uint8_t)nth}};
    ob_holds_begin(&small->holds, small->deviations, 1);
    return small;
}

static enum ob_held hold(struct small *small, uint32_t sent, uint64_t reorders, uint64_t ready_us)
{
    return ob_hold(&small->holds, sent, reorders, ob_pair_of(&small->network, &small->sent[sent]),
                   ready_us, &small->applied);
}

static void deliver_awaited(struct small *small, uint64_t now_us)
{
    uint32_t awaited = post(small, 3, 2, AWAITED, now_us);
    (void)handle(small, awaited, 0);
    ob_holds_delivered(&small->holds, &small->actors[2], &small->sent[awaited].message, now_us);
}

static void held_messages_go_when_what_they_await_was_handled(void **state)
{
    struct small *small = make_holding(1); /* the second of its kind */
    uint32_t item = post(small, 1, 2, ITEM, 100);
    uint32_t behind = post(small, 1, 2, ITEM, 100);
    (void)state;
    assert_int_equal(ob_hold_lacks(&small->holds, 0, &small->actors[2]), 2);
    assert_int_equal(hold(small, item, 1, 10), OB_HELD);
    assert_int_equal(hold(small, behind, 0, 20), OB_HELD); /* on a link that keeps the order */
    assert_int_equal(small->holds.count, 2);
    assert_int_equal(small->applied, 1);
    deliver_awaited(small, 30);
    assert_int_equal(ob_holds_released(&small->holds), OB_NONE);
    deliver_awaited(small, 40);
    assert_int_equal(ob_holds_released(&small->holds), item);
    assert_int_equal(ob_holds_released(&small->holds), behind);
    assert_int_equal(ob_holds_released(&small->holds), OB_NONE);
    assert_int_equal(ob_key_time_us(small->sent[item].key), 40);
    assert_int_equal(ob_key_time_us(small->sent[behind].key), 40);
    assert_int_equal(small->holds.count, 0);
    assert_int_equal(small->actors[2].held_lines, 0);
    /* From now on nothing is lacking. */
    assert_int_equal(hold(small, post(small, 1, 2, ITEM, 100), 1, 50), OB_NOT_HELD);
    free(small);
}

static void held_messages_go_at_the_latest_with_their_link(void **state)
{
    struct small *small = make_holding(0);
    uint32_t item = post(small, 1, 2, ITEM, 100);
    uint32_t behind = post(small, 1, 2, ITEM, 100);
    (void)state;
    (void)hold(small, item, 1, 10);
    (void)hold(small, behind, 0, 20);
    ob_holds_drop(&small->holds, item, 100);
    assert_int_equal(ob_holds_released(&small->holds), behind);
    assert_int_equal(ob_key_time_us(small->sent[behind].key), 100); /* not before the first */
    assert_int_equal(small->holds.count, 0);
    assert_int_equal(ob_pair_at(&small->network, 1, 2)->last_held, OB_NONE);
    free(small);
}

static void holds_say_when_they_are_full(void **state)
{
    struct small *small = make_holding(0);
    (void)state;
    small->holds.capacity = 1;
    assert_int_equal(hold(small, post(small, 1, 2, ITEM, 100), 1, 10), OB_HELD);
    assert_int_equal(hold(small, post(small, 1, 2, ITEM, 100), 1, 10), OB_HOLDS_FULL);
    free(small);
}

/* -- causality -- */

static void causes_and_actors_order_deliveries(void **state)
{
    struct small *small = make();
    (void)state;
    uint32_t first = handle(small, post(small, OB_OUTSIDE, 1, ITEM, 0), 0);
    uint32_t caused = post(small, 1, 2, ITEM, 10);
    small->log.current = OB_NONE;
    uint32_t other = handle(small, post(small, OB_OUTSIDE, 3, ITEM, 0), 0);
    uint32_t from_other = post(small, 3, 2, ITEM, 10);
    uint32_t second = handle(small, caused, 0);
    uint32_t third = handle(small, from_other, 0);
    assert_true(ob_happens_before(&small->causality, &small->log, first, second));
    assert_true(ob_happens_before(&small->causality, &small->log, first, third));
    assert_false(ob_happens_before(&small->causality, &small->log, first, other));
    assert_false(ob_happens_before(&small->causality, &small->log, second, first));
    assert_true(ob_races(&small->causality, &small->log, second, third));
    assert_false(ob_races(&small->causality, &small->log, first, second)); /* at two actors */
    free(small);
}

static void a_retried_message_does_not_race_with_itself(void **state)
{
    struct small *small = make();
    uint32_t sent = post(small, OB_OUTSIDE, 1, ITEM, 0);
    small->sent[sent].flags = 0;
    uint32_t postponed = handle(small, sent, OB_DELIVERY_POSTPONED);
    small->log.current = OB_NONE;
    uint32_t other = post(small, OB_OUTSIDE, 1, AWAITED, 0);
    small->sent[other].flags = 0;
    uint32_t between = handle(small, other, 0);
    uint32_t retried = handle(small, sent, OB_DELIVERY_RETRIED);
    (void)state;
    assert_false(ob_races(&small->causality, &small->log, postponed, retried));
    assert_true(ob_races(&small->causality, &small->log, postponed, between));
    assert_true(ob_races(&small->causality, &small->log, between, retried));
    free(small);
}

static void fifo_links_leave_no_race(void **state)
{
    struct small *small = make();
    uint32_t one = post(small, OB_OUTSIDE, 1, ITEM, 0);
    uint32_t two = post(small, OB_OUTSIDE, 1, ITEM, 0);
    uint32_t first = handle(small, one, 0);
    uint32_t second = handle(small, two, 0);
    (void)state;
    assert_false(ob_races(&small->causality, &small->log, first, second));
    small->sent[two].flags = 0;
    assert_true(ob_races(&small->causality, &small->log, first, second));
    free(small);
}

/* -- mailbox -- */

static uint32_t arrive(struct small *small)
{
    uint32_t sent = post(small, 1, 2, ITEM, 0);
    small->sent[sent].key = OB_NEVER;
    ob_mailbox_put(&small->log, &small->actors[2], sent);
    return sent;
}

static void what_was_put_aside_comes_first(void **state)
{
    struct small *small = make();
    struct ob_actor *actor = &small->actors[2];
    uint32_t one = arrive(small);
    uint32_t two = arrive(small);
    uint32_t three = arrive(small);
    (void)state;
    ob_mailbox_postpone(&small->log, actor, ob_mailbox_take(&small->log, actor));
    ob_mailbox_postpone(&small->log, actor, ob_mailbox_take(&small->log, actor));
    assert_int_equal(ob_mailbox_size(actor), 3);
    ob_mailbox_retry_one(&small->log, actor, two);
    assert_int_equal(ob_mailbox_take(&small->log, actor), two);
    assert_true(small->sent[two].flags & OB_SENT_RETRY);
    ob_mailbox_retry(&small->log, actor);
    assert_int_equal(ob_mailbox_take(&small->log, actor), one);
    assert_int_equal(ob_mailbox_take(&small->log, actor), three);
    assert_int_equal(ob_mailbox_size(actor), 0);
    free(small);
}

static void what_is_taken_out_leaves_the_others_in_order(void **state)
{
    struct small *small = make();
    struct ob_actor *actor = &small->actors[2];
    uint32_t one = arrive(small);
    uint32_t two = arrive(small);
    (void)state;
    ob_mailbox_postpone(&small->log, actor, ob_mailbox_take(&small->log, actor));
    assert_true(ob_mailbox_remove(&small->log, actor, one));
    assert_false(ob_mailbox_remove(&small->log, actor, one));
    assert_true(ob_mailbox_remove(&small->log, actor, two));
    assert_int_equal(ob_mailbox_size(actor), 0);
    uint32_t three = arrive(small);
    uint32_t four = arrive(small);
    uint32_t five = arrive(small);
    assert_true(ob_mailbox_remove(&small->log, actor, five));
    uint32_t six = arrive(small);
    assert_true(ob_mailbox_remove(&small->log, actor, four));
    assert_int_equal(ob_mailbox_take(&small->log, actor), three);
    assert_int_equal(ob_mailbox_take(&small->log, actor), six);
    free(small);
}

static void microtasks_come_first_in_their_own_order(void **state)
{
    struct small *small = make();
    struct ob_actor *actor = &small->actors[2];
    uint32_t waiting = arrive(small);
    uint32_t tasks[] = {post(small, 2, 2, ITEM, 0), post(small, 2, 2, ITEM, 0)};
    (void)state;
    for (unsigned at = 0; at < 2; at++) {
        small->sent[tasks[at]].flags = OB_SENT_RESUME | OB_SENT_MICROTASK;
        ob_mailbox_put_microtask(&small->log, actor, tasks[at]);
    }
    assert_int_equal(ob_mailbox_take(&small->log, actor), tasks[0]);
    assert_int_equal(ob_mailbox_take(&small->log, actor), tasks[1]);
    assert_int_equal(ob_mailbox_take(&small->log, actor), waiting);
    ob_mailbox_put_microtask(&small->log, actor, tasks[0]);
    uint32_t last = arrive(small);
    assert_int_equal(ob_mailbox_take(&small->log, actor), tasks[0]);
    assert_int_equal(ob_mailbox_take(&small->log, actor), last);
    free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_gives_keys_in_order),
        cmocka_unit_test(queue_that_is_full_takes_nothing),
        cmocka_unit_test(queue_of_many_gives_keys_in_order),
        cmocka_unit_test(queue_takes_and_sorts),
        cmocka_unit_test(arrivals_are_in_order_and_within_the_range),
        cmocka_unit_test(runs_begin_with_links_as_they_were),
        cmocka_unit_test(cuts_last_as_long_as_links_allow),
        cmocka_unit_test(held_messages_go_when_what_they_await_was_handled),
        cmocka_unit_test(held_messages_go_at_the_latest_with_their_link),
        cmocka_unit_test(holds_say_when_they_are_full),
        cmocka_unit_test(causes_and_actors_order_deliveries),
        cmocka_unit_test(a_retried_message_does_not_race_with_itself),
        cmocka_unit_test(fifo_links_leave_no_race),
        cmocka_unit_test(what_was_put_aside_comes_first),
        cmocka_unit_test(what_is_taken_out_leaves_the_others_in_order),
        cmocka_unit_test(microtasks_come_first_in_their_own_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
