/* Which of many signatures are of one cause. */
#ifndef OFFBEAT_TRIAGE_GROUP_H
#define OFFBEAT_TRIAGE_GROUP_H

#include <stddef.h>

/* A signature among others. All strings are the caller's. */
struct ob_signature {
    const char *signature;
    const char *orders; /* as ob_signature_add_orders() says; "" for none */
    const char *shared; /* as ob_signature_add_shared() says; "" for none */
    const char *group;  /* the signature of one of them, equal for those of one cause */
};

/*
 * Finds the groups: as few signatures as will do, such that each failure has the one of its group,
 * or has that order among its orders; and failures by different faults are together where they
 * share the order that it takes besides. Invariants do not divide a group: one cause may violate
 * several. (The greedy cover: the largest group comes first.) What comes out does not depend on the
 * order of the list. The time is in proportion to the failures and their orders, and to the groups
 * and different signatures. Returns 0, or -1 when memory is short.
 */
int ob_signatures_group(struct ob_signature *list, size_t count);

#endif
