/* Vocabularies made by hand, so that the scenario layer is tested without a world. */
#ifndef OFFBEAT_TESTS_VOCABULARY_FIXTURE_H
#define OFFBEAT_TESTS_VOCABULARY_FIXTURE_H

#include "scenario/vocabulary.h"

/* Fills in what follows from a target: its kinds, and those that come from outside with their
 * receivers: all actors called like `to`, or like `to` and a number. */
static inline struct ob_vocabulary vocabulary_make(const struct ob_target *target,
                                                   const char *const *actor_names,
                                                   unsigned actor_count)
{
    struct ob_vocabulary vocabulary = {.target = target,
                                       .messages = target->messages,
                                       .actor_count = actor_count,
                                       .actor_names = actor_names};
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        const struct ob_message_type *type = &target->messages[kind];
        if (!type->name)
            continue;
        vocabulary.kind_count = kind + 1;
        if (!type->to)
            continue;
        struct ob_outside_kind outside = {.kind = (uint8_t)kind,
                                          .bytes_max = (uint16_t)type->bytes_max};
        while (outside.arg_count < OB_ARGS_MAX && type->args[outside.arg_count].name)
            outside.arg_count++;
        for (unsigned id = 1; id <= actor_count; id++) {
            const char *name = actor_names[id];
            const char *to = type->to;
            while (*to && *name == *to) {
                name++;
                to++;
            }
            if (*to || (*name && *name != '.'))
                continue;
            if (outside.to_count++ == 0)
                outside.to_first = (uint16_t)id;
        }
        vocabulary.outside[vocabulary.outside_count++] = outside;
    }
    return vocabulary;
}

/* A shop: a kind with one argument, two that only actors send, all actors alone. */
static inline struct ob_vocabulary vocabulary_shop(void)
{
    static const struct ob_target target = {
        .name = "order",
        .messages = {{.name = "buy", .to = "customer", .args = {{"order", 0, 7}}},
                     {.name = "create"},
                     {.name = "pay"}}};
    static const char *const names[] = {"outside", "customer", "bank", "shop"};
    return vocabulary_make(&target, names, 3);
}

/* A server: groups, payloads, no, two, three and four arguments, all ranges, a gap among the kinds,
 * names that look like words of the text form. */
static inline struct ob_vocabulary vocabulary_server(void)
{
    static const struct ob_target target = {
        .name = "server",
        .messages = {
            [0] = {.name = "tick", .to = "server"},
            [2] = {.name = "packet", .to = "server", .args = {{"id", 0, 99}}, .bytes_max = 1024},
            [3] = {.name = "move",
                   .to = "client",
                   .args = {{"x", 10, 65545}, {"y", 0, 1000}},
                   .bytes_max = 10},
            [5] = {.name = "drop",
                   .to = "every",
                   .args = {{"a", 1, 1}, {"b", 0, 255}, {"c", 7, 9}}},
            [6] = {.name = "every",
                   .to = "a-b",
                   .args = {{"a", 0, 255},
                            {"b", 5, 200},
                            {"c", 0, 0},
                            {"d", 4294967040u, 4294967295u}}},
            [7] = {.name = "word", .to = "client", .args = {{"any", 0, UINT32_MAX}}},
            [9] = {.name = "reply"},
        }};
    static const char *const names[] = {"outside",  "server",   "client.0", "client.1", "client.2",
                                        "client.3", "client.4", "every",    "a-b"};
    return vocabulary_make(&target, names, 8);
}

/* As much of everything as there can be. */
static inline struct ob_vocabulary vocabulary_crowd(void)
{
    static char text[OB_ACTORS_MAX + 1][8];
    static const char *names[OB_ACTORS_MAX + 1] = {"outside"};
    static char kind_text[OB_KINDS_MAX][8];
    static struct ob_target target = {.name = "crowd"};
    for (unsigned id = 1; id <= OB_ACTORS_MAX; id++) {
        text[id][0] = 'p';
        text[id][1] = '.';
        text[id][2] = (char)('0' + (id - 1) / 100);
        text[id][3] = (char)('0' + (id - 1) / 10 % 10);
        text[id][4] = (char)('0' + (id - 1) % 10);
        names[id] = text[id];
    }
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        kind_text[kind][0] = 'k';
        kind_text[kind][1] = (char)('0' + kind / 10);
        kind_text[kind][2] = (char)('0' + kind % 10);
        target.messages[kind] = (struct ob_message_type){
            .name = kind_text[kind], .to = "p", .args = {{"v", 0, kind}}, .bytes_max = kind};
    }
    return vocabulary_make(&target, names, OB_ACTORS_MAX);
}

/* Nothing comes from outside; one actor. */
static inline struct ob_vocabulary vocabulary_closed(void)
{
    static const struct ob_target target = {.name = "closed", .messages = {[1] = {.name = "beat"}}};
    static const char *const names[] = {"outside", "heart"};
    return vocabulary_make(&target, names, 1);
}

#endif
