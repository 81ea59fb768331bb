/* What the fuzz targets of Offbeat's own parsers share. */
#ifndef OFFBEAT_TESTS_FUZZ_SELF_H
#define OFFBEAT_TESTS_FUZZ_SELF_H

#include "scenario/vocabulary.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#include "engine/violation_frames.h"

/*
 * Stops where the property `id` does not hold; unlike assert(), in every build. Crashes are told
 * apart as those of targets are: by a line that names the property, and by frames of its own.
 */
#define SELF_CHECK(id, condition)                                                                  \
    do {                                                                                           \
        static const char ob_note_[] OB_USED = "offbeat-invariant:" #id;                           \
        if (!(condition))                                                                          \
            self_end(#id);                                                                         \
    } while (0)

static void self_end(const char *id)
{
    const struct ob_violation_frame *frame = ob_violation_frames;

    fprintf(stderr, "ASSERTION FAILED: self/" SELF_PART "/%s\n", id);
    while (frame->invariant && strcmp(frame->invariant, id) != 0)
        frame++;
    if (frame->invariant)
        frame->enter();
    abort();
}

/* A vocabulary that has one of everything that records can refer to. */
static const struct ob_target self_target = {
    .name = "self",
    .variants = {"only"},
    .messages =
        {
            {.name = "ping", .to = "client"},
            {.name = "pay",
             .to = "client",
             .args = {{"order", 0, 7}, {"amount", 1, 200}, {"fixed", 3, 3}, {"any", 0, 255}}},
            {.name = "pair", .to = "server", .args = {{"low", 0, 65535}, {"high", 5, 65540}}},
            {.name = "wide", .to = "server", .args = {{"value", 0, UINT32_MAX}}},
            {.name = "data", .to = "server", .args = {{"tag", 0, 1}}, .bytes_max = OB_BYTES_MAX},
            {.name = "answer"},
        },
};

static const char *const self_actors[] = {"outside", "client.0", "client.1", "client.2", "server"};

static const struct ob_vocabulary self_vocabulary = {
    .messages = self_target.messages,
    .target = &self_target,
    .variant = 0,
    .actor_count = 4,
    .actor_names = self_actors,
    .kind_count = 6,
    .outside_count = 5,
    .outside =
        {
            {.kind = 0, .arg_count = 0, .to_first = 1, .to_count = 3},
            {.kind = 1, .arg_count = 4, .to_first = 1, .to_count = 3},
            {.kind = 2, .arg_count = 2, .to_first = 4, .to_count = 1},
            {.kind = 3, .arg_count = 1, .to_first = 4, .to_count = 1},
            {.kind = 4, .arg_count = 1, .to_first = 4, .to_count = 1, .bytes_max = OB_BYTES_MAX},
        },
};

#endif
