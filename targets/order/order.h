/* What the files of this target share. */
#ifndef TARGETS_ORDER_H
#define TARGETS_ORDER_H

#include <offbeat/offbeat.h>
#include <offbeat/retry.h>

#define ORDERS 8
#define JOURNAL_MAX 512 /* a workload has no more messages that lead to events */

enum variant { RACY, FSM, CANCELLED, ACK_RETRY, EVENT_LOG, IDEMPOTENCY_KEY };
enum kind { BUY, CREATE, PAY, CANCEL, WITHDRAW, DONE, AGAIN };
enum state { EMPTY, HAS_ORDERS };

struct customer {
    struct purchase {
        bool bought;
        bool wants_out;
        uint8_t step;          /* ack_retry: the kind that is not yet acknowledged, 0 for none */
        uint8_t last;          /* and the last that was */
        struct ob_retry retry; /* of that step */
    } purchases[ORDERS];
};

void customer_receive(struct ob_actor *self, const struct ob_message *message);

#endif
