#include <offbeat/lease.h>
#include <offbeat/process.h>

#include <assert.h>

/* The row's value is the holder's name. By clocks it is that, and the time at which the lease is
 * over in ms above it. */
#define NAME_BITS 12
#define NAME_MASK ((1u << NAME_BITS) - 1)
#define MS_MASK (UINT32_MAX >> NAME_BITS)

/* A life has a name of its own: 250 actors, and the last four bits of its number. */
static uint32_t name_of(const struct ob_actor *self)
{
    return (ob_life(self) % 16) << 8 | ob_id(self);
}

static uint32_t in_ms(uint64_t time_us)
{
    return (uint32_t)(time_us / 1000) & MS_MASK;
}

static bool is_mine(const struct ob_actor *self, const struct ob_lease *lease)
{
    return (lease->value & NAME_MASK) == name_of(self);
}

bool ob_lease_is_held(const struct ob_actor *self, const struct ob_lease *lease)
{
    return lease->leads && ob_now(self) < lease->until_us;
}

uint32_t ob_lease_term(const struct ob_lease *lease)
{
    return lease->term;
}

static void ask_for_row(struct ob_actor *self, const struct ob_lease_policy *policy,
                        struct ob_lease *lease)
{
    lease->asked_us = ob_now(self);
    lease->waits = true;
    lease->writes = false;
    ob_send(self, policy->store, policy->store_kinds + OB_STORE_DIRTY_READ, ++lease->attempt,
            policy->row);
}

static void write_name(struct ob_actor *self, const struct ob_lease_policy *policy,
                       struct ob_lease *lease)
{
    uint32_t value = name_of(self);
    lease->asked_us = ob_now(self);
    if (policy->by_clocks)
        value |= in_ms(lease->asked_us + policy->lease_us) << NAME_BITS;
    lease->waits = true;
    lease->writes = true;
    lease->value = value;
    ob_send(self, policy->store, policy->store_kinds + OB_STORE_PUT_IF, ++lease->attempt,
            policy->row, value, lease->version);
}

static void retry(struct ob_actor *self, const struct ob_lease_policy *policy)
{
    ob_timer_start(self, policy->retry_us, policy->timer, 0);
}

void ob_lease_start(struct ob_actor *self, const struct ob_lease_policy *policy,
                    struct ob_lease *lease)
{
    assert(policy->deadline_us < policy->lease_us);
    *lease = (struct ob_lease){0};
    ask_for_row(self, policy, lease);
    retry(self, policy);
}

/* Whether nobody can lead any more whose name is in the row. */
static bool is_free(const struct ob_actor *self, const struct ob_lease_policy *policy,
                    const struct ob_lease *lease)
{
    if (lease->value == 0 || is_mine(self, lease))
        return true;
    if (policy->by_clocks) {
        uint32_t over_ms = (in_ms(ob_now(self)) - (lease->value >> NAME_BITS)) & MS_MASK;
        return over_ms > 0 && over_ms < MS_MASK / 2;
    }
    return ob_now(self) - lease->seen_us >= policy->lease_us;
}

static enum ob_lease_event see_row(struct ob_actor *self, const struct ob_lease_policy *policy,
                                   struct ob_lease *lease, const struct ob_message *row)
{
    bool had_led = lease->leads;
    if (!lease->is_seen || row->args[3] != lease->version)
        lease->seen_us = ob_now(self);
    lease->is_seen = true;
    lease->value = row->args[2];
    lease->version = row->args[3];
    lease->leads = had_led && is_mine(self, lease);
    if (is_free(self, policy, lease))
        write_name(self, policy, lease);
    return had_led && !lease->leads ? OB_LEASE_LOST : OB_LEASE_WAITS;
}

static enum ob_lease_event have_row(struct ob_actor *self, const struct ob_lease_policy *policy,
                                    struct ob_lease *lease)
{
    bool was_held = ob_lease_is_held(self, lease);
    lease->version++; /* the write's own */
    lease->seen_us = ob_now(self);
    lease->until_us = policy->deadline_us + (policy->from_answer ? ob_now(self) : lease->asked_us);
    lease->leads = ob_now(self) < lease->until_us;
    if (was_held)
        return OB_LEASE_RENEWED;
    if (!lease->leads)
        return OB_LEASE_WAITS;
    lease->term = lease->version;
    return OB_LEASE_WON;
}

/* The leader writes without reading before: the row is as it has left it, or the write is refused.
 * An answer that does not come is given up as the lease would be. */
static enum ob_lease_event try_again(struct ob_actor *self, const struct ob_lease_policy *policy,
                                     struct ob_lease *lease)
{
    bool is_held = ob_lease_is_held(self, lease);
    bool is_lost = lease->leads && !is_held;
    lease->leads = is_held;
    retry(self, policy);
    if (!lease->waits && is_held)
        write_name(self, policy, lease);
    else if (!lease->waits || ob_now(self) - lease->asked_us >= policy->deadline_us)
        ask_for_row(self, policy, lease);
    return is_lost ? OB_LEASE_LOST : OB_LEASE_WAITS;
}

enum ob_lease_event ob_lease_hear(struct ob_actor *self, const struct ob_lease_policy *policy,
                                  struct ob_lease *lease, const struct ob_message *message)
{
    unsigned kind = message->kind - (unsigned)policy->store_kinds;
    if (message->kind == policy->timer && message->from == ob_id(self))
        return try_again(self, policy, lease);
    if (message->from != ob_id(ob_actor(ob_world(self), policy->store)) || kind >= OB_STORE_KINDS ||
        message->args[1] != policy->row)
        return OB_LEASE_OTHER;
    if (!lease->waits || message->args[0] != lease->attempt)
        return OB_LEASE_WAITS; /* the answer to one that was given up */
    lease->waits = false;
    if (kind == OB_STORE_VALUE)
        return see_row(self, policy, lease, message);
    if (kind == OB_STORE_DONE && lease->writes)
        return have_row(self, policy, lease);
    ask_for_row(self, policy, lease); /* another has written meanwhile */
    return OB_LEASE_WAITS;
}
