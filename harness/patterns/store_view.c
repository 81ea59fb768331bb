/* What checks see of the store. */
#include "store.h"

uint32_t ob_store_value(const struct ob_actor *actor, unsigned row)
{
    const struct store *store = ob_state(actor);
    return store->rows[row % OB_STORE_ROWS].value;
}

uint32_t ob_store_version(const struct ob_actor *actor, unsigned row)
{
    const struct store *store = ob_state(actor);
    return store->rows[row % OB_STORE_ROWS].version;
}

unsigned ob_store_open_count(const struct ob_actor *actor)
{
    const struct store *store = ob_state(actor);
    return (unsigned)__builtin_popcount(store->open);
}

unsigned ob_store_waiting_count(const struct ob_actor *actor)
{
    const struct store *store = ob_state(actor);
    return (unsigned)__builtin_popcount(store->waiting);
}
