/*
 * A thousand damages of archives: whatever happens to the bytes, what is read is what was written,
 * what is intact is read, and what is lost is named.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "corpus/archive.h"
#include "corpus/expander.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum { ROUNDS = 500, INPUTS = 500, BYTES_MAX = 400, FRAMES_MAX = 64 };

struct whole {
    struct ob_input_set set;
    uint8_t *data;
    size_t size;
    struct {
        size_t begin;
        size_t end;
        size_t first_entry;
        size_t entry_count;
    } frames[FRAMES_MAX];
    size_t frame_count;
};

enum damage_kind { FLIP, ZERO, RANDOM, REMOVE, TRUNCATE, REPEAT, KINDS };

struct damage {
    enum damage_kind kind;
    size_t begin; /* of what is damaged */
    size_t end;
};

struct reading {
    const struct whole *whole;
    bool seen[INPUTS];
};

/* Inputs of records that are alike, as those of a campaign are. */
static void make_set(struct ob_input_set *set, struct ob_rng *rng)
{
    uint8_t data[BYTES_MAX];
    while (set->count < INPUTS) {
        const size_t size = ob_rng_below(rng, BYTES_MAX);
        for (size_t i = 0; i < size; i++)
            data[i] = i % 8 < 4 ? (uint8_t)ob_rng_below(rng, 200) : 0;
        assert_int_equal(ob_input_set_add(set, data, size, NULL), 0);
        if (set->count == INPUTS)
            ob_input_set_normalize(set);
    }
}

static void make_whole(struct whole *whole, size_t frame_entries)
{
    struct ob_rng rng = {frame_entries};
    const struct ob_archive_options options = {.level = 9, .frame_entries = frame_entries};
    char path[] = "/tmp/ob-damage-XXXXXX";
    struct ob_error error = {""};
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    memset(whole, 0, sizeof *whole);
    make_set(&whole->set, &rng);
    struct ob_archive_writer *writer = ob_archive_writer_begin(path, &options, &error);
    assert_non_null(writer);
    for (size_t i = 0; i < whole->set.count; i++) {
        const struct ob_input *input = &whole->set.inputs[i];
        assert_int_equal(ob_archive_writer_add(writer, input->data, input->size, &error), 0);
    }
    assert_int_equal(ob_archive_writer_commit(writer, &error), 0);
    assert_int_equal(ob_file_read(path, (size_t)1 << 24, &whole->data, &whole->size, &error), 0);
    assert_int_equal(unlink(path), 0);
    for (size_t at = OB_ARCHIVE_MARK_BYTES; at < whole->size;) {
        const size_t bytes = ZSTD_findFrameCompressedSize(whole->data + at, whole->size - at);
        const size_t index = whole->frame_count++;
        const size_t first = index * frame_entries;
        assert_false(ZSTD_isError(bytes));
        assert_true(index < FRAMES_MAX && first < whole->set.count);
        whole->frames[index].begin = at;
        whole->frames[index].end = at += bytes;
        whole->frames[index].first_entry = first;
        whole->frames[index].entry_count = frame_entries;
    }
    assert_int_equal(whole->frame_count, (whole->set.count + frame_entries - 1) / frame_entries);
}

static void release_whole(struct whole *whole)
{
    ob_input_set_release(&whole->set);
    free(whole->data);
}

/* A copy of the archive with something wrong with it, of its exact size. */
static uint8_t *damaged_copy(const struct whole *whole, struct damage *damage, struct ob_rng *rng,
                             size_t *size)
{
    uint8_t *copy = malloc(whole->size * 2);
    /* Some hit the structure at the beginning of a frame, most hit anywhere. */
    const size_t frame = ob_rng_below(rng, (uint32_t)whole->frame_count);
    const size_t at = ob_rng_below(rng, 4) == 0 ? whole->frames[frame].begin + ob_rng_below(rng, 80)
                                                : ob_rng_below(rng, (uint32_t)whole->size);
    const size_t longest = ob_rng_below(rng, 2) == 0 ? 16 : whole->size / 4;
    size_t length = 1 + ob_rng_below(rng, (uint32_t)longest);
    assert_non_null(copy);
    memcpy(copy, whole->data, whole->size);
    damage->kind = (enum damage_kind)ob_rng_below(rng, KINDS);
    damage->begin = at < whole->size ? at : whole->size - 1;
    length = length > whole->size - damage->begin ? whole->size - damage->begin : length;
    damage->end = damage->begin + length;
    *size = whole->size;
    switch (damage->kind) {
    case FLIP:
        damage->end = damage->begin + 1;
        copy[damage->begin] ^= (uint8_t)(1U << ob_rng_below(rng, 8));
        break;
    case ZERO:
        memset(copy + damage->begin, 0, length);
        break;
    case RANDOM:
        for (size_t i = damage->begin; i < damage->end; i++)
            copy[i] = (uint8_t)ob_rng_next(rng);
        break;
    case REMOVE:
        memmove(copy + damage->begin, copy + damage->end, whole->size - damage->end);
        *size -= length;
        break;
    case TRUNCATE:
        damage->end = whole->size;
        *size = damage->begin;
        break;
    default: /* as if a block of the disk had been written twice */
        memmove(copy + damage->end, copy + damage->begin, whole->size - damage->begin);
        *size += length;
        break;
    }
    uint8_t *exact = malloc(*size ? *size : 1);
    assert_non_null(exact);
    memcpy(exact, copy, *size);
    free(copy);
    return exact;
}

static int check_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct reading *reading = context;
    char *end = NULL;
    const unsigned long number = strtoul(entry->name, &end, 10);
    (void)error;
    assert_true(*end == '\0' && number < reading->whole->set.count);
    const struct ob_input *input = &reading->whole->set.inputs[number];
    assert_int_equal(entry->size, input->size);
    assert_memory_equal(entry->data, input->data, input->size);
    reading->seen[number] = true;
    return 0;
}

/* Whether what is said about the damage says that this input is lost. */
static bool is_named(const struct ob_archive_damage *damage, size_t number)
{
    bool named = damage->has_lost_end && number >= damage->next_number;
    for (size_t i = 0; i < damage->hole_count; i++)
        named = named || (number >= damage->holes[i].first && number <= damage->holes[i].last);
    return named;
}

/* Whether the frame of an input has all of its bytes where they were, whatever happened elsewhere:
 * behind what is repeated, too. */
static bool is_intact(const struct whole *whole, const struct damage *damage, size_t number)
{
    for (size_t i = 0; i < whole->frame_count; i++)
        if (number - whole->frames[i].first_entry < whole->frames[i].entry_count)
            return whole->frames[i].end <= damage->begin || whole->frames[i].begin >= damage->end;
    fail_msg("no frame has input %zu", number);
    return false;
}

static void check_damage(const struct whole *whole, struct ob_rng *rng, size_t *recovered)
{
    struct damage made;
    struct ob_archive_damage damage;
    struct ob_error error = {""};
    struct reading reading = {.whole = whole};
    size_t size = 0;
    uint8_t *copy = damaged_copy(whole, &made, rng, &size);
    const bool changed = size != whole->size || memcmp(copy, whole->data, size) != 0;
    const struct ob_archive_source source = {"damaged", copy, size, NULL};
    const int result = ob_archive_each_memory(&source, check_entry, &reading, &damage, &error);
    size_t lost = 0;
    for (size_t i = 0; i < whole->set.count; i++) {
        lost += reading.seen[i] ? 0 : 1;
        if (!reading.seen[i] && is_intact(whole, &made, i)) {
            fail_msg("input %zu is intact and was not read: kind %d, bytes %zu to %zu: %s", i,
                     (int)made.kind, made.begin, made.end, damage.reason.text);
        }
        if (!reading.seen[i] && result >= 0 && !is_named(&damage, i)) {
            fail_msg("input %zu is lost and not named: kind %d, bytes %zu to %zu: %s", i,
                     (int)made.kind, made.begin, made.end, damage.reason.text);
        }
        *recovered += reading.seen[i] ? 1 : 0;
    }
    /* A bit that decoding ignores may change unnoticed, as long as all is read as it was written.
     */
    if (changed && lost > 0 && result == OB_ARCHIVE_WHOLE) {
        fail_msg("kind %d, bytes %zu to %zu of %zu: not noticed", (int)made.kind, made.begin,
                 made.end, whole->size);
    }
    assert_true(lost == 0 || result != OB_ARCHIVE_WHOLE);
    assert_true(result != OB_ARCHIVE_DAMAGED || damage.reason.text[0] != '\0');
    assert_true(result >= 0 || error.text[0] != '\0');
    free(copy);
}

static void check_archive(size_t frame_entries, double recovered_min)
{
    struct ob_rng rng = {7 + frame_entries};
    struct whole whole;
    size_t recovered = 0;
    make_whole(&whole, frame_entries);
    for (int round = 0; round < ROUNDS; round++)
        check_damage(&whole, &rng, &recovered);
    print_message("%.3f of the inputs were recovered\n",
                  (double)recovered / (ROUNDS * (double)whole.set.count));
    assert_true((double)recovered >= recovered_min * ROUNDS * (double)whole.set.count);
    release_whole(&whole);
}

static void test_many_frames(void **state)
{
    (void)state;
    check_archive(16, 0.8);
}

/* What decodes of a damaged frame is not taken for what was written: it is lost as a whole. */
static void test_one_frame(void **state)
{
    (void)state;
    check_archive(INPUTS, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_frames),
        cmocka_unit_test(test_one_frame),
    };
    return cmocka_run_group_tests_name("archive_damage", tests, NULL, NULL);
}
