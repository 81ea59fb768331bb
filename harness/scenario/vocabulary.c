#include "scenario/vocabulary.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "scenario/record.h"

const char *ob_vocabulary_kind_name(const struct ob_vocabulary *vocabulary, unsigned kind)
{
    if (kind >= vocabulary->kind_count || !vocabulary->messages[kind].name)
        return "?";
    return vocabulary->messages[kind].name;
}

/* Names that are looked for come from files: they have a length, no NUL at the end, and may hold
 * one. */
static bool names_equal(const char *name, const char *sought, size_t length)
{
    return name && strlen(name) == length && memcmp(name, sought, length) == 0;
}

int ob_vocabulary_find_kind(const struct ob_vocabulary *vocabulary, const char *name, size_t length)
{
    assert(vocabulary->kind_count <= OB_KINDS_MAX);

    for (unsigned kind = 0; kind < vocabulary->kind_count; kind++)
        if (names_equal(vocabulary->messages[kind].name, name, length))
            return (int)kind;
    return -1;
}

int ob_vocabulary_find_actor(const struct ob_vocabulary *vocabulary, const char *name,
                             size_t length)
{
    assert(vocabulary->actor_count <= OB_ACTORS_MAX);

    for (unsigned id = 0; id <= vocabulary->actor_count; id++)
        if (names_equal(vocabulary->actor_names[id], name, length))
            return (int)id;
    return -1;
}

const char *ob_vocabulary_choice_name(const struct ob_vocabulary *vocabulary, unsigned point)
{
    assert(point < ob_vocabulary_choices(vocabulary));

    unsigned own = ob_vocabulary_own_choices(vocabulary);
    if (point >= own)
        return vocabulary->fault_names[point - own];
    return vocabulary->choice_count ? vocabulary->target->choices[point] : "";
}

int ob_vocabulary_find_choice(const struct ob_vocabulary *vocabulary, const char *name,
                              size_t length)
{
    for (unsigned point = 0; point < vocabulary->choice_count; point++)
        if (names_equal(vocabulary->target->choices[point], name, length))
            return (int)point;
    for (unsigned fault = 0; fault < vocabulary->fault_count; fault++)
        if (names_equal(vocabulary->fault_names[fault], name, length))
            return (int)(ob_vocabulary_own_choices(vocabulary) + fault);
    return -1;
}

int ob_vocabulary_find_outside(const struct ob_vocabulary *vocabulary, unsigned kind)
{
    assert(vocabulary->outside_count <= OB_KINDS_MAX);

    for (unsigned index = 0; index < vocabulary->outside_count; index++)
        if (vocabulary->outside[index].kind == kind)
            return (int)index;
    return -1;
}

unsigned ob_vocabulary_receiver(const struct ob_vocabulary *vocabulary,
                                const struct ob_input_message *message)
{
    int index = ob_vocabulary_find_outside(vocabulary, message->kind);

    assert(index >= 0 && message->instance < vocabulary->outside[index].to_count);
    return vocabulary->outside[index].to_first + message->instance;
}

bool ob_vocabulary_args_fit(const struct ob_message_type *type)
{
    unsigned count = 0;
    while (count < OB_ARGS_MAX && type->args[count].name)
        count++;
    uint32_t reach = ob_record_arg_mask(count);
    for (unsigned index = 0; index < count; index++) {
        const struct ob_arg *arg = &type->args[index];
        if (arg->max < arg->min || arg->max - arg->min > reach)
            return false;
    }
    return true;
}

void ob_target_fixed_args(const struct ob_target *target,
                          void (*found)(void *context, const char *kind, const char *line),
                          void *context)
{
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        const struct ob_message_type *type = &target->messages[kind];
        for (unsigned index = 0; type->to && index < OB_ARGS_MAX; index++) {
            const struct ob_arg *arg = &type->args[index];
            char line[192];
            if (!arg->name)
                break;
            if (arg->min != arg->max)
                continue;
            (void)snprintf(line, sizeof line, "argument \"%.40s\" of %.40s is always %u: %s",
                           arg->name, type->name, (unsigned)arg->min,
                           arg->max == 0 ? "the target gives it no .max"
                                         : "its .min and .max are the same");
            found(context, type->name, line);
        }
    }
}
