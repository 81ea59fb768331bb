/*
 * Whether operations can be put into an order that a specification allows and that keeps what ended
 * before something began: the search of Wing and Gong with Lowe's cache of configurations. Knows
 * operations only, no world.
 */
#ifndef OFFBEAT_ORACLE_LINEAR_H
#define OFFBEAT_ORACLE_LINEAR_H

#include <stdint.h>

#include "offbeat/oracle.h"

enum ob_linear {
    OB_LINEAR_YES,
    OB_LINEAR_NO,
    OB_LINEAR_UNKNOWN, /* the budget is used up, memory is short, or a state has outgrown its bytes
                        */
};

#define OB_LINEAR_STEPS_MAX 2000000u /* steps of the specification in one check of a history */

/* Memory that is used again for the next check. */
struct ob_linear_memory;

/* Returns NULL when memory is short. The caller frees it with ob_linear_memory_free(). */
struct ob_linear_memory *ob_linear_memory_create(void);
void ob_linear_memory_free(struct ob_linear_memory *memory);

/*
 * Judges the first `events` begins and ends of a history, UINT32_MAX for all. `operations` are in
 * the order of their begins. Where the answer is no, `object` is one that is to blame.
 */
enum ob_linear ob_linear_check(struct ob_linear_memory *memory,
                               const struct ob_specification *specification,
                               const struct ob_operation *operations, uint32_t count,
                               uint32_t events, uint32_t *object);

/* The fewest begins and ends at the beginning of a history that already cannot be put into an
 * order: the last of them is the end of an operation. For a history that was judged OB_LINEAR_NO.
 */
uint32_t ob_linear_shortest(struct ob_linear_memory *memory,
                            const struct ob_specification *specification,
                            const struct ob_operation *operations, uint32_t count,
                            uint32_t *object);

#endif
