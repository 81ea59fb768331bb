#include "search/shown.h"

#include "scenario/vocabulary.h"
#include "world/engine.h"
#include "world/trace.h"

#define NAMES_PRINTED 12u

/* -- adding -- */

static void add_delivered(struct ob_shown *shown, unsigned actor, unsigned kind)
{
    shown->kinds_delivered |= UINT64_C(1) << kind;
    shown->actors[actor / 64] |= UINT64_C(1) << (actor % 64);
}

void ob_shown_add(struct ob_shown *shown, const struct ob_world *world)
{
    uint32_t sent_count = ob_world_sent_count(world);
    uint32_t delivery_count = ob_world_delivery_count(world);
    shown->executions++;
    for (uint32_t sent = 0; sent < sent_count; sent++)
        shown->kinds_sent |= UINT64_C(1) << ob_world_sent(world, sent)->message.kind;
    for (uint32_t index = 0; index < delivery_count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent != OB_NONE && !(delivery->flags & OB_DELIVERY_LOST))
            add_delivered(shown, delivery->actor,
                          ob_world_sent(world, delivery->sent)->message.kind);
    }
}

void ob_shown_add_marks(struct ob_shown *shown, const struct ob_world *world)
{
    unsigned count = ob_world_vocabulary(world)->actor_count;
    shown->executions++;
    shown->knows_deliveries_only = true;
    for (unsigned id = 1; id <= count; id++) {
        uint64_t kinds = ob_world_kinds_seen(world, id);
        shown->kinds_delivered |= kinds;
        shown->actors[id / 64] |= (uint64_t)(kinds != 0) << (id % 64);
    }
}

void ob_shown_merge(struct ob_shown *shown, const struct ob_shown *other)
{
    shown->executions += other->executions;
    shown->kinds_sent |= other->kinds_sent;
    shown->kinds_delivered |= other->kinds_delivered;
    shown->knows_deliveries_only |= other->knows_deliveries_only;
    for (size_t word = 0; word < sizeof shown->actors / sizeof *shown->actors; word++)
        shown->actors[word] |= other->actors[word];
}

/* -- what is missing -- */

enum missing { NEVER_SENT, NEVER_DELIVERED, GOT_NOTHING, MISSING };

static bool kind_is_missing(const struct ob_shown *shown, enum missing missing, unsigned kind)
{
    bool is_sent = shown->knows_deliveries_only || (shown->kinds_sent >> kind & 1);
    return missing == NEVER_SENT ? !is_sent : is_sent && !(shown->kinds_delivered >> kind & 1);
}

/* Whether messages come to an actor from outside: of others nobody knows whether any should, as of
 * tables. */
static bool is_receiver(const struct ob_vocabulary *vocabulary, unsigned id)
{
    for (unsigned index = 0; index < vocabulary->outside_count; index++)
        if (id - vocabulary->outside[index].to_first < vocabulary->outside[index].to_count)
            return true;
    return false;
}

static bool actor_is_missing(const struct ob_shown *shown, const struct ob_vocabulary *vocabulary,
                             unsigned id)
{
    return is_receiver(vocabulary, id) && !(shown->actors[id / 64] >> (id % 64) & 1);
}

/* The next one that is missing after `at`, from 0; its name, or NULL where there is none. */
static const char *next_missing(const struct ob_shown *shown, const struct ob_world *world,
                                enum missing missing, unsigned *at)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_message_type *types = ob_world_target(world)->messages;
    for (; missing == GOT_NOTHING && *at < vocabulary->actor_count; ++*at)
        if (actor_is_missing(shown, vocabulary, *at + 1))
            return vocabulary->actor_names[++*at];
    for (; missing != GOT_NOTHING && *at < OB_KINDS_MAX; ++*at)
        if (types[*at].name && kind_is_missing(shown, missing, *at))
            return types[(*at)++].name;
    return NULL;
}

void ob_shown_print(const struct ob_shown *shown, const struct ob_world *world,
                    struct ob_text *text)
{
    const char *const words[MISSING] = {[NEVER_SENT] = "never sent",
                                        [NEVER_DELIVERED] = shown->knows_deliveries_only
                                                                ? "never delivered"
                                                                : "sent, but never delivered",
                                        [GOT_NOTHING] = "got nothing"};
    for (unsigned missing = 0; shown->executions > 0 && missing < MISSING; missing++) {
        unsigned at = 0;
        unsigned count = 0;
        const char *name;
        while ((name = next_missing(shown, world, (enum missing)missing, &at))) {
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
    static const char *const members[MISSING] = {[NEVER_SENT] = "never_sent",
                                                 [NEVER_DELIVERED] = "never_delivered",
                                                 [GOT_NOTHING] = "got_nothing"};
    if (shown->executions == 0)
        return;
    ob_json_object(json, "unseen");
    for (unsigned missing = shown->knows_deliveries_only; missing < MISSING; missing++) {
        unsigned at = 0;
        const char *name;
        ob_json_array(json, members[missing]);
        while ((name = next_missing(shown, world, (enum missing)missing, &at)))
            ob_json_string(json, NULL, name);
        ob_json_end(json);
    }
    ob_json_end(json);
}
