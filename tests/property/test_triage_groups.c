/* The groups of signatures are those that their definition gives, looked up the plain way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "triage/group.h"

#define FAILURES_MAX 12u
#define LENGTH 128

struct drawn {
    char signatures[FAILURES_MAX][LENGTH];
    char orders[FAILURES_MAX][LENGTH];
    char shared[FAILURES_MAX][LENGTH];
    struct ob_signature list[FAILURES_MAX];
    const char *groups[FAILURES_MAX]; /* by the definition */
    unsigned count;
};

static const char *const orders[] = {"x before y", "y before x", "y before xx", "z before x",
                                     "crash of s"};
static const char *const subjects[] = {"a/b i", "a/b j", "a/b leak in f", "a/bb i"};

static const char *pick(struct ob_rng *rng, const char *const *from, unsigned count)
{
    return from[ob_rng_below(rng, count)];
}

static void draw(struct drawn *drawn, struct ob_rng *rng)
{
    drawn->count = ob_rng_below(rng, FAILURES_MAX + 1);
    for (unsigned at = 0; at < drawn->count; at++) {
        drawn->orders[at][0] = drawn->shared[at][0] = '\0';
        (void)snprintf(drawn->signatures[at], LENGTH, "%s: %s", pick(rng, subjects, 4),
                       pick(rng, orders, 5));
        for (unsigned count = ob_rng_below(rng, 4); count > 0; count--) {
            size_t length = strlen(drawn->orders[at]);
            (void)snprintf(drawn->orders[at] + length, LENGTH - length, "%s%s", length ? "; " : "",
                           pick(rng, orders, 5));
        }
        if (ob_rng_below(rng, 3) == 0)
            (void)snprintf(drawn->shared[at], LENGTH, "%s", pick(rng, orders, 5));
        drawn->list[at] = (struct ob_signature){.signature = drawn->signatures[at],
                                                .orders = drawn->orders[at],
                                                .shared = drawn->shared[at]};
    }
}

/* -- the definition -- */

static bool lists(const char *list, const char *order)
{
    char padded[LENGTH + 8];
    char wanted[LENGTH + 8];

    (void)snprintf(padded, sizeof padded, "; %s; ", list);
    (void)snprintf(wanted, sizeof wanted, "; %s; ", order);
    return strstr(padded, wanted) != NULL;
}

/* Of an invariant the target and variant, of other failures all before the cause. */
static void subject_of(const char *signature, char subject[LENGTH])
{
    (void)snprintf(subject, LENGTH, "%.*s", (int)(strstr(signature, ": ") - signature), signature);
    char *space = strchr(subject, ' ');
    if (!strchr(space + 1, ' '))
        *space = '\0';
}

struct choice {
    unsigned maker;
    bool is_shared;
};

static const char *order_of(const struct drawn *drawn, struct choice choice)
{
    return choice.is_shared ? drawn->shared[choice.maker]
                            : strstr(drawn->signatures[choice.maker], ": ") + 2;
}

static bool covers(const struct drawn *drawn, struct choice choice, unsigned failure)
{
    char one[LENGTH];
    char other[LENGTH];

    if (drawn->groups[failure])
        return false;
    if (!choice.is_shared &&
        strcmp(drawn->signatures[choice.maker], drawn->signatures[failure]) == 0)
        return true;
    subject_of(drawn->signatures[choice.maker], one);
    subject_of(drawn->signatures[failure], other);
    return strcmp(one, other) == 0 && lists(drawn->orders[failure], order_of(drawn, choice));
}

/* Covered, of these with the very signature. */
static void weigh(const struct drawn *drawn, struct choice choice, unsigned weight[2])
{
    weight[0] = weight[1] = 0;
    for (unsigned at = 0; at < drawn->count; at++) {
        bool covered = covers(drawn, choice, at);
        weight[0] += covered;
        weight[1] += covered && !choice.is_shared &&
                     strcmp(drawn->signatures[choice.maker], drawn->signatures[at]) == 0;
    }
}

static bool is_better(const struct drawn *drawn, struct choice one, struct choice other)
{
    unsigned a[2];
    unsigned b[2];

    weigh(drawn, one, a);
    weigh(drawn, other, b);
    for (unsigned at = 0; at < 2; at++)
        if (a[at] != b[at])
            return a[at] > b[at];
    int compared = strcmp(drawn->signatures[one.maker], drawn->signatures[other.maker]);
    if (compared != 0 || !one.is_shared || !other.is_shared)
        return compared < 0;
    return strcmp(drawn->shared[one.maker], drawn->shared[other.maker]) < 0;
}

static const char *name_of(const struct drawn *drawn, struct choice choice)
{
    const char *best = NULL;
    unsigned most = 0;

    for (unsigned at = 0; at < drawn->count; at++) {
        unsigned members = 0;
        for (unsigned other = 0; covers(drawn, choice, at) && other < drawn->count; other++)
            members += covers(drawn, choice, other) &&
                       strcmp(drawn->signatures[other], drawn->signatures[at]) == 0;
        if (members > most ||
            (members && members == most && strcmp(drawn->signatures[at], best) < 0)) {
            best = drawn->signatures[at];
            most = members;
        }
    }
    return best;
}

static void group(struct drawn *drawn)
{
    memset(drawn->groups, 0, sizeof drawn->groups);
    for (;;) {
        struct choice best = {.maker = FAILURES_MAX};
        for (unsigned at = 0; at < 2 * drawn->count; at++) {
            struct choice choice = {at / 2, at % 2};
            unsigned weight[2];
            if (drawn->groups[choice.maker] ||
                (choice.is_shared && drawn->shared[choice.maker][0] == '\0'))
                continue;
            weigh(drawn, choice, weight);
            if (weight[0] > 0 && (best.maker == FAILURES_MAX || is_better(drawn, choice, best)))
                best = choice;
        }
        if (best.maker == FAILURES_MAX)
            return;
        const char *name = name_of(drawn, best);
        const char *given[FAILURES_MAX];
        for (unsigned at = 0; at < drawn->count; at++)
            given[at] = covers(drawn, best, at) ? name : drawn->groups[at];
        memcpy(drawn->groups, given, drawn->count * sizeof *given);
    }
}

static void groups_are_those_of_the_definition(void **state)
{
    struct ob_rng rng = {.state = 4711};
    static struct drawn drawn;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        draw(&drawn, &rng);
        group(&drawn);
        assert_int_equal(ob_signatures_group(drawn.list, drawn.count), 0);
        for (unsigned at = 0; at < drawn.count; at++)
            assert_string_equal(drawn.list[at].group, drawn.groups[at]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_those_of_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
