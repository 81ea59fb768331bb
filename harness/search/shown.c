#include "search/shown.h"

#include "offbeat/monitor.h"
#include "scenario/vocabulary.h"
#include "world/engine.h"
#include "world/evidence.h"
#include "world/expected.h"
#include "world/judge.h"
#include "world/trace.h"

#define NAMES_PRINTED 12u
#define CHECKS_END (OB_MONITORS_MAX + OB_ORACLES_MAX + 1u)

/* -- adding -- */

static bool has_actor(const struct ob_shown *shown, unsigned id)
{
    return shown->actors[id / 64] >> (id % 64) & 1;
}

static void add_actor(struct ob_shown *shown, unsigned id)
{
    shown->actors[id / 64] |= UINT64_C(1) << (id % 64);
}

/* What needs no trace. */
static void add_evidence(struct ob_shown *shown, const struct ob_world *world)
{
    unsigned count = ob_world_vocabulary(world)->actor_count;
    shown->executions++;
    uint32_t monitors = (UINT32_C(1) << ob_world_vocabulary(world)->monitor_count) - 1;
    if (shown->monitors != monitors)
        shown->monitors |= ob_world_monitors_used(world);
    shown->oracles |= ob_oracles_with_matter(world);
    shown->came_to_rest |= ob_world_came_to_rest(world);
    shown->invariants |= ob_world_evaluated(world);
    for (unsigned id = 1; id <= count; id++)
        if (!has_actor(shown, id) && ob_world_state_changed(world, id))
            add_actor(shown, id);
}

void ob_shown_add(struct ob_shown *shown, const struct ob_world *world)
{
    uint32_t sent_count = ob_world_sent_count(world);
    uint32_t delivery_count = ob_world_delivery_count(world);
    add_evidence(shown, world);
    for (uint32_t sent = 0; sent < sent_count; sent++)
        shown->kinds_sent |= UINT64_C(1) << ob_world_sent(world, sent)->message.kind;
    for (uint32_t index = 0; index < delivery_count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE || delivery->flags & OB_DELIVERY_LOST)
            continue;
        shown->kinds_delivered |= UINT64_C(1) << ob_world_sent(world, delivery->sent)->message.kind;
        add_actor(shown, delivery->actor);
    }
}

void ob_shown_add_marks(struct ob_shown *shown, const struct ob_world *world)
{
    unsigned count = ob_world_vocabulary(world)->actor_count;
    add_evidence(shown, world);
    shown->knows_deliveries_only = true;
    for (unsigned id = 1; id <= count; id++) {
        uint64_t kinds = ob_world_kinds_seen(world, id);
        shown->kinds_delivered |= kinds;
        if (kinds)
            add_actor(shown, id);
    }
}

void ob_shown_merge(struct ob_shown *shown, const struct ob_shown *other)
{
    shown->executions += other->executions;
    shown->kinds_sent |= other->kinds_sent;
    shown->kinds_delivered |= other->kinds_delivered;
    shown->monitors |= other->monitors;
    shown->oracles |= other->oracles;
    shown->invariants |= other->invariants;
    shown->came_to_rest |= other->came_to_rest;
    shown->knows_deliveries_only |= other->knows_deliveries_only;
    for (size_t word = 0; word < sizeof shown->actors / sizeof *shown->actors; word++)
        shown->actors[word] |= other->actors[word];
}

/* -- what is missing -- */

static bool kind_is_missing(const struct ob_shown *shown, enum ob_missing missing, unsigned kind)
{
    bool is_sent = shown->knows_deliveries_only || (shown->kinds_sent >> kind & 1);
    return missing == OB_NEVER_SENT ? !is_sent : is_sent && !(shown->kinds_delivered >> kind & 1);
}

/* Where sending is not known, what was never delivered was perhaps never sent. */
static bool may_be_unsent(const struct ob_shown *shown, enum ob_missing missing)
{
    return missing == OB_NEVER_SENT || shown->knows_deliveries_only;
}

static const char *next_kind(const struct ob_shown *shown, const struct ob_target *target,
                             enum ob_missing missing, unsigned *at)
{
    for (; *at < OB_KINDS_MAX; ++*at)
        if (target->messages[*at].name && kind_is_missing(shown, missing, *at) &&
            !(target->messages[*at].may_be_unused && may_be_unsent(shown, missing)))
            return target->messages[(*at)++].name;
    return NULL;
}

static const char *next_actor(const struct ob_shown *shown, const struct ob_world *world,
                              unsigned *at)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    for (; *at < vocabulary->actor_count; ++*at)
        if (!has_actor(shown, *at + 1) && !ob_world_is_spare(world, *at + 1))
            return vocabulary->actor_names[++*at];
    return NULL;
}

/* Monitors come first, then oracles, then what is checked at rest. */
static const char *next_check(const struct ob_shown *shown, const struct ob_world *world,
                              unsigned *at)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_target *target = ob_world_target(world);
    unsigned monitors = vocabulary->monitor_count;
    if (*at >= CHECKS_END)
        return NULL;
    for (; *at < monitors; ++*at)
        if (!(shown->monitors >> *at & 1))
            return vocabulary->actor_names[vocabulary->actor_count + ++*at];
    for (; target->oracles && target->oracles[*at - monitors].checker; ++*at)
        if (!(shown->oracles >> (*at - monitors) & 1))
            return target->oracles[(*at)++ - monitors].checker->name;
    *at = CHECKS_END;
    if (shown->came_to_rest)
        return NULL;
    return target->check_quiescent   ? "check_quiescent"
           : target->must_handle_all ? "must_handle_all"
                                     : NULL;
}

static const char *next_invariant(const struct ob_shown *shown, const struct ob_world *world,
                                  unsigned *at)
{
    const char *name;
    while ((name = ob_world_expected(world, *at)))
        if (!(shown->invariants >> (*at)++ & 1))
            return name;
    return NULL;
}

const char *ob_shown_missing(const struct ob_shown *shown, const struct ob_world *world,
                             enum ob_missing missing, unsigned *at)
{
    if (missing == OB_GOT_NOTHING)
        return next_actor(shown, world, at);
    if (missing == OB_HAD_NOTHING_TO_CHECK)
        return next_check(shown, world, at);
    if (missing == OB_NEVER_EVALUATED)
        return next_invariant(shown, world, at);
    return next_kind(shown, ob_world_target(world), missing, at);
}

void ob_shown_print(const struct ob_shown *shown, const struct ob_world *world,
                    struct ob_text *text)
{
    const char *const words[OB_MISSING] = {[OB_NEVER_SENT] = "never sent",
                                           [OB_NEVER_DELIVERED] = shown->knows_deliveries_only
                                                                      ? "never delivered"
                                                                      : "sent, but never delivered",
                                           [OB_GOT_NOTHING] = "got nothing",
                                           [OB_HAD_NOTHING_TO_CHECK] = "had nothing to check",
                                           [OB_NEVER_EVALUATED] = "never evaluated"};
    for (unsigned missing = 0; shown->executions > 0 && missing < OB_MISSING; missing++) {
        unsigned at = 0;
        unsigned count = 0;
        const char *name;
        while ((name = ob_shown_missing(shown, world, (enum ob_missing)missing, &at))) {
            if (count++ >= NAMES_PRINTED)
                continue;
            ob_text_printf(text, "%s%s", count == 1 ? words[missing] : "",
                           count == 1 ? ": " : ", ");
            ob_text_add_line(text, name);
        }
        if (count > NAMES_PRINTED)
            ob_text_printf(text, " and %u more", count - NAMES_PRINTED);
        if (count > 0)
            ob_text_printf(text, "\n");
    }
}

void ob_shown_json(const struct ob_shown *shown, const struct ob_world *world, struct ob_json *json)
{
    static const char *const members[OB_MISSING] = {[OB_NEVER_SENT] = "never_sent",
                                                    [OB_NEVER_DELIVERED] = "never_delivered",
                                                    [OB_GOT_NOTHING] = "got_nothing",
                                                    [OB_HAD_NOTHING_TO_CHECK] = "nothing_to_check",
                                                    [OB_NEVER_EVALUATED] = "never_evaluated"};
    if (shown->executions == 0)
        return;
    ob_json_object(json, "unseen");
    for (unsigned missing = shown->knows_deliveries_only; missing < OB_MISSING; missing++) {
        unsigned at = 0;
        const char *name;
        ob_json_array(json, members[missing]);
        while ((name = ob_shown_missing(shown, world, (enum ob_missing)missing, &at)))
            ob_json_string(json, NULL, name);
        ob_json_end(json);
    }
    ob_json_end(json);
}
