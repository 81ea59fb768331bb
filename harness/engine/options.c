#include "engine/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool *find(struct ob_engine_options *options, const char *word, size_t length)
{
    const struct {
        const char *name;
        bool *option;
    } known[] = {
        {"no-reversal", &options->no_reversal}, {"no-classes", &options->no_classes},
        {"no-feedback", &options->no_feedback}, {"no-walks", &options->no_walks},
        {"no-end", &options->no_end},
    };
    for (size_t index = 0; index < sizeof known / sizeof *known; index++)
        if (strlen(known[index].name) == length && memcmp(known[index].name, word, length) == 0)
            return known[index].option;
    return NULL;
}

static void read_oracles(struct ob_engine_options *options)
{
    const char *word = getenv("OFFBEAT_ORACLES");
    if (!word || !*word)
        return;
    options->oracles_only = strcmp(word, "only") == 0;
    options->oracles_off = strcmp(word, "off") == 0;
    if (options->oracles_only || options->oracles_off)
        return;
    fprintf(stderr, "offbeat: OFFBEAT_ORACLES: \"%s\" is neither \"only\" nor \"off\"\n", word);
    exit(2);
}

struct ob_engine_options ob_engine_options_read(void)
{
    struct ob_engine_options options = {0};
    const char *word = getenv("OFFBEAT_SEARCH");
    read_oracles(&options);
    while (word && *word) {
        size_t length = strcspn(word, ",");
        bool *option = find(&options, word, length);
        if (!option) {
            fprintf(stderr,
                    "offbeat: OFFBEAT_SEARCH: \"%.*s\" is none of no-reversal, no-classes, "
                    "no-feedback, no-walks, no-end\n",
                    (int)length, word);
            exit(2);
        }
        *option = true;
        word += length + (word[length] == ',');
    }
    return options;
}
