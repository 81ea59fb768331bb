#include "world/causality.h"

#include <string.h>

typedef int16_t lanes __attribute__((vector_size(OB_CLOCK_LANES * sizeof(int16_t)), may_alias));

static int16_t *row_at(const struct ob_causality *causality, uint32_t delivery)
{
    return causality->rows + (size_t)delivery * causality->width;
}

static bool is_handled(const struct ob_delivery *delivery)
{
    return !(delivery->flags & OB_DELIVERY_LOST);
}

/* Whether it is an event of its actor: something handled, or its death. */
static bool is_event(const struct ob_delivery *delivery)
{
    return is_handled(delivery) || (delivery->flags & OB_DELIVERY_CRASHED);
}

static void fill(struct ob_causality *causality, const struct ob_log *log, uint32_t index)
{
    const struct ob_delivery *delivery = &log->deliveries[index];
    int16_t *row = row_at(causality, index);
    uint32_t count = causality->width / OB_CLOCK_LANES;
    uint32_t previous = delivery->previous;
    uint32_t cause = delivery->sent == OB_NONE ? OB_NONE : log->sent[delivery->sent].cause;
    assert(delivery->actor >= 1 && delivery->actor <= causality->width);
    if (previous == OB_NONE)
        previous = cause;
    if (cause == OB_NONE)
        cause = previous;
    assert(previous == OB_NONE || (previous < index && cause < index));
    if (!is_event(delivery) || previous == OB_NONE) {
        memset(row, 0, causality->width * sizeof *row);
    } else {
        const lanes *left = (const lanes *)row_at(causality, previous);
        const lanes *right = (const lanes *)row_at(causality, cause);
        for (uint32_t at = 0; at < count; at++) {
            lanes greater = left[at] > right[at];
            ((lanes *)row)[at] = (left[at] & greater) | (right[at] & ~greater);
        }
    }
    if (is_event(delivery))
        row[delivery->actor - 1]++;
}

/* The row of a delivery, complete. */
static const int16_t *complete_row(struct ob_causality *causality, const struct ob_log *log,
                                   uint32_t delivery)
{
    assert(delivery < log->delivery_count);
    while (causality->count <= delivery)
        fill(causality, log, causality->count++);
    return row_at(causality, delivery);
}

/* Whether what delivery `cause` does depends on the delivery `earlier`. */
static bool depends(struct ob_causality *causality, const struct ob_log *log, uint32_t cause,
                    uint32_t earlier)
{
    if (cause == OB_NONE || cause < earlier)
        return false;
    unsigned place = log->deliveries[earlier].actor - 1u;
    return cause == earlier || complete_row(causality, log, cause)[place] >=
                                   complete_row(causality, log, earlier)[place];
}

bool ob_happens_before(struct ob_causality *causality, const struct ob_log *log, uint32_t earlier,
                       uint32_t later)
{
    assert(earlier < log->delivery_count && later < log->delivery_count);
    return earlier < later && is_event(&log->deliveries[earlier]) &&
           is_event(&log->deliveries[later]) && depends(causality, log, later, earlier);
}

bool ob_races(struct ob_causality *causality, const struct ob_log *log, uint32_t earlier,
              uint32_t later)
{
    assert(earlier < log->delivery_count && later < log->delivery_count);
    const struct ob_delivery *first = &log->deliveries[earlier];
    const struct ob_delivery *second = &log->deliveries[later];
    if (earlier >= later || first->actor != second->actor || !is_handled(first) ||
        !is_handled(second))
        return false;
    if (first->sent == OB_NONE || second->sent == OB_NONE || first->sent == second->sent)
        return false;
    const struct ob_sent *one = &log->sent[first->sent];
    const struct ob_sent *two = &log->sent[second->sent];
    if ((one->flags & two->flags & OB_SENT_FIFO) && one->message.from == two->message.from)
        return false;
    return !depends(causality, log, two->cause, earlier);
}
