/* What the files of this target share. */
#ifndef TARGETS_RESOURCE_H
#define TARGETS_RESOURCE_H

#include <offbeat/fsm.h>
#include <offbeat/offbeat.h>

#define SLOTS 2
#define CLIENTS 3
#define REQUESTS 256 /* of one client; a workload has no more messages */

enum variant { RACY, OWNER, FSM, FENCING, LEASE };
enum kind { USE, ACQUIRE, RELEASE, GRANTED, REFUSED, DONE, FLUSH, WRITE, WRITTEN };

struct client {
    uint32_t requests;
    uint32_t holds; /* lease and fencing: the token of what it works with, 0 for none */
    uint32_t slot;
    uint32_t expires_us; /* on the clocks of those who agree on the time */
};

struct slot {
    bool busy;
    uint32_t owner;  /* of whom: client and request */
    uint32_t lent;   /* how often it is out at this moment, by the books below */
    uint32_t tokens; /* lease and fencing: how often it was lent; the last token */
    uint32_t expires_us;
};

struct pool {
    struct slot slots[SLOTS];
    struct {
        bool lent;
        bool refused;
        bool released;
    } books[CLIENTS][REQUESTS];
    struct ob_fsm machines[CLIENTS][REQUESTS]; /* only there in the variant fsm */
};

/* What the slots are the right to write to. */
struct storage {
    struct {
        uint32_t token;    /* of the last write */
        uint32_t overtook; /* the token that a write with a smaller one came after, or 0 */
        uint32_t refused;
    } cells[SLOTS];
};

/* lease.c: the variants lease and fencing. */
void tenant_receive(struct ob_actor *self, const struct ob_message *message);
void lessor_receive(struct ob_actor *self, const struct ob_message *message);
void storage_receive(struct ob_actor *self, const struct ob_message *message);

#endif
