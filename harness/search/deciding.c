#include "search/deciding.h"

#include <string.h>

#include "scenario/edit.h"

#define TRIES_MAX 600u

struct search {
    const struct ob_world *world;
    struct ob_world *replay;
    const struct ob_scenario *scenario;
    struct ob_events failing;
    struct ob_deciding *deciding;
    struct ob_scenario neighbour;
    unsigned tries;
};

/* What its receiver was given just before the event at a place, other than `besides`; or NULL. */
static const struct ob_event *before(const struct search *search, uint32_t place,
                                     const struct ob_event *besides)
{
    const struct ob_event *list = search->failing.list;

    for (uint32_t at = place; at-- > 0;) {
        if (list[at].actor == list[place].actor && list[at].is_delivered && &list[at] != besides)
            return &list[at];
    }
    return NULL;
}

/* The deviation that has made an event late, as one more than its index; 0 for none. */
static unsigned lateness(const struct search *search, const struct ob_event *event)
{
    unsigned deviation = ob_world_sent(search->world, event->sent)->deviation;

    return deviation && ob_is_about_order(&search->scenario->deviations[deviation - 1]) ? deviation
                                                                                        : 0;
}

static bool hold(struct search *search, const struct ob_event *held, const struct ob_event *awaited)
{
    struct ob_deviation deviation;

    return ob_events_hold(held, awaited, &deviation) &&
           ob_scenario_insert_deviation(&search->neighbour, &deviation);
}

/* Whether a deviation that has made an event late hits many, which are too many to name. */
static bool is_of_many(const struct search *search, const struct ob_event *event)
{
    return search->scenario->deviations[lateness(search, event) - 1].which.nth == 0;
}

/* Everything else that is late stays where it is, also what waited for the one that is moved. */
static void pin_others(struct search *search, const struct ob_event *moved)
{
    for (uint32_t place = 0; place < search->failing.count; place++) {
        const struct ob_event *other = &search->failing.list[place];
        const struct ob_event *previous = before(search, place, moved);
        if (other != moved && lateness(search, other) && !is_of_many(search, other) && previous &&
            !ob_events_depend(search->world, other, previous))
            (void)hold(search, other, previous);
    }
}

/* The scenario in which the late one comes just before the event at `place`. `root` is the
 * deviation that has made it late, as one more than its index: its own, which is taken away, or
 * that of a message before it in the chain of causes, which is so only where the other cannot wait.
 */
static void make_neighbour(struct search *search, const struct ob_event *late, uint32_t place,
                           unsigned root)
{
    const struct ob_event *first = &search->failing.list[place];
    const struct ob_event *previous = before(search, place, late);
    struct ob_deviation unused;
    bool is_own = lateness(search, late) == root;

    ob_scenario_copy(&search->neighbour, search->scenario);
    if (is_own || !ob_events_hold(first, late, &unused))
        ob_scenario_remove_deviation(&search->neighbour, root - 1);
    pin_others(search, late);
    if (is_own && previous && !ob_events_depend(search->world, late, previous))
        (void)hold(search, late, previous);
    (void)hold(search, first, late);
}

/* In how many pairs the neighbour differs, if it passes and really has the late one before the
 * other; otherwise 0. */
static int count_passing(struct search *search, const struct ob_event *late,
                         const struct ob_event *first)
{
    struct ob_event_pair last;
    struct ob_events other;
    int reversed = 0;

    search->tries++;
    if (ob_world_run(search->replay, &search->neighbour)->outcome != OB_PASSED)
        return 0;
    if (ob_events_read(&other, search->replay, false))
        return -1;
    if (ob_events_find(&other, late) < ob_events_find(&other, first))
        reversed = (int)ob_events_reversed(&search->failing, &other, late, &last);
    ob_events_release(&other);
    return reversed;
}

/* Returns 1 when it has found the pair of a late event, 0 when there is none. */
static int find_for(struct search *search, uint32_t late_place, unsigned root)
{
    const struct ob_event *late = &search->failing.list[late_place];

    for (uint32_t place = late_place; place-- > 0 && search->tries < TRIES_MAX;) {
        const struct ob_event *first = &search->failing.list[place];
        if (first->actor != late->actor || !first->is_delivered)
            continue;
        if (ob_events_depend(search->world, late, first))
            return 0;
        make_neighbour(search, late, place, root);
        int reversed = count_passing(search, late, first);
        if (reversed < 0)
            return -1;
        if (reversed > 0) {
            search->deciding->pairs[search->deciding->count++] = (struct ob_deciding_pair){
                .first = *first, .second = *late, .reversed = (unsigned)reversed};
            return 1;
        }
    }
    return 0;
}

/* What a late message has led to is late, too. */
static int find_for_effects(struct search *search, uint32_t root_place, unsigned root)
{
    const struct ob_event *late = &search->failing.list[root_place];
    int result = 0;

    for (uint32_t place = root_place + 1; place < search->failing.count && result == 0; place++) {
        const struct ob_event *effect = &search->failing.list[place];
        if (!lateness(search, effect) && ob_events_depend(search->world, effect, late))
            result = find_for(search, place, root);
    }
    return result;
}

int ob_deciding_find(struct ob_world *world, struct ob_world *replay,
                     const struct ob_scenario *scenario, struct ob_deciding *deciding)
{
    struct search search = {
        .world = world, .replay = replay, .scenario = scenario, .deciding = deciding};
    int result = 0;

    memset(deciding, 0, sizeof *deciding);
    if (ob_world_run(world, scenario)->outcome != OB_VIOLATED)
        return 0;
    if (ob_events_read(&search.failing, world, true))
        return -1;
    for (uint32_t place = 0; place < search.failing.count && result >= 0; place++) {
        unsigned root = lateness(&search, &search.failing.list[place]);
        if (!root || deciding->count == OB_DECIDING_MAX)
            continue;
        result = find_for(&search, place, root);
        if (result == 0)
            result = find_for_effects(&search, place, root);
    }
    ob_events_release(&search.failing);
    return result < 0 ? -1 : 0;
}
