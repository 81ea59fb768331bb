#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "triage/triage.h"

#define NAME_MAX_LENGTH 256
#define PARTS_MAX 64

/* Whether `name` stands in `text` with no letter or digit beside it. */
static bool has_word(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
        if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length]))
            return true;
    return false;
}

/* TARGET-VARIANT as ./scripts/fuzz names crashes, TARGET_VARIANT as fuzz programs are called. */
static bool names_both(const char *text, const char *target, const char *variant)
{
    static const char *const separators[] = {"-", "_", "/"};
    char name[NAME_MAX_LENGTH];

    for (size_t index = 0; index < sizeof separators / sizeof separators[0]; index++) {
        int length = snprintf(name, sizeof name, "%s%s%s", target, separators[index], variant);
        if (length > 0 && (size_t)length < sizeof name && has_word(text, name))
            return true;
    }
    return false;
}

/* The longest that a part of a path names. */
static bool find_longest(const char *text, const struct ob_target *const *targets,
                         const struct ob_target *only, const struct ob_target **target,
                         unsigned *variant)
{
    size_t longest = 0;

    for (; *targets; targets++) {
        const struct ob_target *tried = *targets;
        for (unsigned number = 0; number < OB_VARIANTS_MAX; number++) {
            if ((only && tried != only) || !tried->variants[number] ||
                !names_both(text, tried->name, tried->variants[number]))
                continue;
            size_t length = strlen(tried->name) + strlen(tried->variants[number]);
            if (length <= longest)
                continue;
            longest = length;
            *target = tried;
            *variant = number;
        }
    }
    return longest > 0;
}

/* From the end of the path: in one part of it, or in two that follow each other. */
bool ob_triage_subject_of(const char *path, const struct ob_target *const *targets,
                          const struct ob_target *only, const struct ob_target **target,
                          unsigned *variant)
{
    size_t ends[PARTS_MAX];
    size_t count = 0;
    size_t length = strlen(path);

    for (size_t at = length; at > 0 && count < PARTS_MAX; at--)
        if (path[at - 1] == '/' || at == 1)
            ends[count++] = path[at - 1] == '/' ? at : 0;
    for (size_t part = 0; part < count; part++) {
        size_t end = part == 0 ? length : ends[part - 1] - 1;
        char text[2 * NAME_MAX_LENGTH];
        (void)snprintf(text, sizeof text, "%.*s", (int)(end - ends[part]), path + ends[part]);
        if (end > ends[part] && find_longest(text, targets, only, target, variant))
            return true;
        if (part + 1 < count) {
            (void)snprintf(text, sizeof text, "%.*s", (int)(end - ends[part + 1]),
                           path + ends[part + 1]);
            if (find_longest(text, targets, only, target, variant))
                return true;
        }
    }
    return false;
}
