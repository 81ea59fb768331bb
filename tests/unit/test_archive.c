/* Archives of inputs: the same bytes for the same set, and no trust in what is read. */
#define _GNU_SOURCE /* for nftw() and its like */

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "corpus/archive.h"
#include "corpus/gather.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 256,
    FOREIGN_BYTES_MAX = 1 << 20,
    OPEN_DIRECTORIES_MAX = 16,
};

struct fixture {
    char root[PATH_BYTES];
    char archive[PATH_BYTES + 32];
    char second[PATH_BYTES + 32];
    char directory[PATH_BYTES + 32];
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    (void)snprintf(fixture->root, sizeof fixture->root, "/tmp/ob-archive-XXXXXX");
    if (!mkdtemp(fixture->root)) {
        free(fixture);
        return -1;
    }
    (void)snprintf(fixture->archive, sizeof fixture->archive, "%s/a.tar.zst", fixture->root);
    (void)snprintf(fixture->second, sizeof fixture->second, "%s/b.tar.zst", fixture->root);
    (void)snprintf(fixture->directory, sizeof fixture->directory, "%s/inputs", fixture->root);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    const int result = nftw(fixture->root, remove_one, OPEN_DIRECTORIES_MAX, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return result;
}

/* A small generator; the quality of its numbers does not matter here, only that they repeat. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* `count` distinct inputs of up to `bytes_max` bytes, which do not compress. */
static struct ob_input_set make_set(size_t count, size_t bytes_max)
{
    struct ob_input_set set = {0};
    uint32_t seed = 7;
    uint8_t *data = malloc(bytes_max);
    assert_non_null(data);
    for (size_t i = 0; i < count; i++) {
        const size_t size = 4 + next_number(&seed) % (bytes_max - 4);
        for (size_t at = 0; at < size; at++)
            data[at] = (uint8_t)next_number(&seed);
        data[0] = (uint8_t)(i >> 8);
        data[1] = (uint8_t)i;
        assert_int_equal(ob_input_set_add(&set, data, size, NULL), 0);
    }
    free(data);
    return set;
}

static void assert_same_set(const struct ob_input_set *left, const struct ob_input_set *right)
{
    assert_int_equal(left->count, right->count);
    assert_int_equal(left->bytes, right->bytes);
    for (size_t i = 0; i < left->count; i++) {
        assert_int_equal(left->inputs[i].size, right->inputs[i].size);
        assert_memory_equal(left->inputs[i].data, right->inputs[i].data, left->inputs[i].size);
    }
}

static void load(const char *path, uint8_t **data, size_t *size)
{
    assert_int_equal(ob_file_read(path, (size_t)64 << 20, data, size, NULL), 0);
}

static int add_to_set(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    return ob_input_set_add(context, entry->data, entry->size, error);
}

static int gather(const char *const *paths, size_t count, struct ob_input_set *set,
                  struct ob_error *error)
{
    const struct ob_gathering gathering = {add_to_set, NULL, set};
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = ob_gather(paths[i], &gathering, error);
    return result;
}

/* What `offbeat corpus pack` does. */
static int pack(const char *archive, const char *const *paths, size_t count, struct ob_error *error)
{
    struct ob_input_set set = {0};
    int result = gather(paths, count, &set, error);
    if (result == 0)
        result = ob_archive_write(archive, &set, NULL, error);
    ob_input_set_release(&set);
    return result;
}

static void assert_same_files(const char *left, const char *right)
{
    uint8_t *data[2];
    size_t size[2];
    load(left, &data[0], &size[0]);
    load(right, &data[1], &size[1]);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    free(data[0]);
    free(data[1]);
}

static void test_set_sorts_and_drops_repetitions(void **state)
{
    struct ob_input_set set = {0};
    (void)state;
    assert_int_equal(ob_input_set_add(&set, "b", 1, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, "ab", 2, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, "", 0, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, "a", 1, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, "b", 1, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, NULL, 0, NULL), 0);
    assert_int_equal(ob_input_set_add(&set, "\xff", 1, NULL), 0);
    ob_input_set_normalize(&set);
    assert_int_equal(set.count, 5);
    assert_int_equal(set.bytes, 5);
    assert_int_equal(set.inputs[0].size, 0);
    assert_memory_equal(set.inputs[1].data, "a", 1);
    assert_memory_equal(set.inputs[2].data, "ab", 2);
    assert_memory_equal(set.inputs[3].data, "b", 1);
    assert_memory_equal(set.inputs[4].data, "\xff", 1);
    ob_input_set_release(&set);
}

static void test_set_refuses_a_large_input(void **state)
{
    struct ob_input_set set = {0};
    struct ob_error error = {""};
    const uint8_t byte = 0;
    (void)state;
    assert_int_equal(ob_input_set_add(&set, &byte, OB_INPUT_BYTES_MAX + 1, &error), -1);
    assert_non_null(strstr(error.text, "larger than the limit"));
    assert_int_equal(set.count, 0);
    ob_input_set_release(&set);
}

static void test_round_trip(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_archive_damage damage;
    struct ob_input_set set = make_set(300, 600);
    struct ob_input_set back = {0};
    assert_int_equal(ob_input_set_add(&set, "", 0, NULL), 0);
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, &error), 0);
    assert_int_equal(ob_archive_read(fixture->archive, &back, &damage, &error), OB_ARCHIVE_WHOLE);
    assert_int_equal(damage.entries_read, 301);
    assert_int_equal(damage.entries_skipped, 0);
    assert_string_equal(damage.reason.text, "");
    assert_same_set(&set, &back);
    ob_input_set_release(&set);
    ob_input_set_release(&back);
}

static void test_large_and_uniform_inputs(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    struct ob_input_set back = {0};
    uint8_t *zeros = calloc(1, OB_INPUT_BYTES_MAX);
    assert_non_null(zeros);
    assert_int_equal(ob_input_set_take(&set, zeros, OB_INPUT_BYTES_MAX, &error), 0);
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, &error), 0);
    assert_int_equal(ob_archive_read(fixture->archive, &back, NULL, &error), OB_ARCHIVE_WHOLE);
    assert_same_set(&set, &back);
    ob_input_set_release(&set);
    ob_input_set_release(&back);
}

static void test_order_does_not_matter(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_input_set set = make_set(100, 300);
    struct ob_input_set reversed = {0};
    for (size_t i = set.count; i-- > 0;) {
        const struct ob_input *input = &set.inputs[i];
        assert_int_equal(ob_input_set_add(&reversed, input->data, input->size, NULL), 0);
        assert_int_equal(ob_input_set_add(&reversed, input->data, input->size, NULL), 0);
    }
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, NULL), 0);
    assert_int_equal(ob_archive_write(fixture->second, &reversed, NULL, NULL), 0);
    assert_same_files(fixture->archive, fixture->second);
    ob_input_set_release(&set);
    ob_input_set_release(&reversed);
}

static void test_empty_set(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_input_set set = {0};
    struct ob_archive_damage damage;
    size_t unpacked = 9;
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, NULL), 0);
    assert_int_equal(ob_archive_read(fixture->archive, &set, &damage, NULL), OB_ARCHIVE_WHOLE);
    assert_int_equal(set.count, 0);
    assert_int_equal(ob_archive_unpack(fixture->archive, fixture->directory, &unpacked, NULL, NULL),
                     0);
    assert_int_equal(unpacked, 0);
    assert_int_equal(rmdir(fixture->directory), 0);
}

static void test_pack_of_unpack_is_identical(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = make_set(50, 300);
    size_t count = 0;
    const char *const paths[] = {fixture->directory};
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, &error), 0);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(
            ob_archive_unpack(fixture->archive, fixture->directory, &count, NULL, &error), 0);
        assert_int_equal(count, 50);
    }
    assert_int_equal(pack(fixture->second, paths, 1, &error), 0);
    assert_same_files(fixture->archive, fixture->second);
    ob_input_set_release(&set);
}

static void put_file(const struct fixture *fixture, const char *name, const char *content)
{
    char path[PATH_BYTES + 64];
    (void)snprintf(path, sizeof path, "%s/%s", fixture->directory, name);
    assert_int_equal(ob_file_replace(path, content, strlen(content), NULL), 0);
}

static void test_pack_walks_directories(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    char path[PATH_BYTES + 64];
    assert_int_equal(mkdir(fixture->directory, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/queue", fixture->directory);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/.state", fixture->directory);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/loop", fixture->directory);
    assert_int_equal(symlink(".", path), 0);
    put_file(fixture, "one", "1");
    put_file(fixture, "queue/id:0", "2");
    put_file(fixture, "queue/same", "1");
    put_file(fixture, "queue/README.txt", "not an input");
    put_file(fixture, ".hidden", "nor this");
    put_file(fixture, ".state/x", "nor that");
    (void)snprintf(path, sizeof path, "%s/extra", fixture->root);
    assert_int_equal(ob_file_replace(path, "3", 1, NULL), 0);
    const char *const paths[] = {path, fixture->directory};
    assert_int_equal(pack(fixture->archive, paths, 2, &error), 0);
    assert_int_equal(ob_archive_read(fixture->archive, &set, NULL, &error), 0);
    assert_int_equal(set.count, 3);
    assert_memory_equal(set.inputs[0].data, "1", 1);
    assert_memory_equal(set.inputs[2].data, "3", 1);
    ob_input_set_release(&set);
}

/* Of a folder of AFL++ only the queue counts: crashes and hangs are no seeds. */
static void test_pack_takes_the_queue_of_afl(void **state)
{
    static const char *const folders[] = {"", "/queue", "/crashes", "/hangs"};
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    char path[PATH_BYTES + 64];
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", fixture->directory, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put_file(fixture, "fuzzer_stats", "command_line : afl-fuzz");
    put_file(fixture, "queue/id:0", "a");
    put_file(fixture, "queue/id:1", "b");
    put_file(fixture, "crashes/id:0", "c");
    put_file(fixture, "hangs/id:0", "h");
    const char *const paths[] = {fixture->directory};
    assert_int_equal(pack(fixture->archive, paths, 1, &error), 0);
    assert_int_equal(ob_archive_read(fixture->archive, &set, NULL, &error), 0);
    assert_int_equal(set.count, 2);
    assert_memory_equal(set.inputs[0].data, "a", 1);
    assert_memory_equal(set.inputs[1].data, "b", 1);
    ob_input_set_release(&set);
}

static void test_pack_errors(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    char path[PATH_BYTES + 128];
    const char *const missing[] = {"/nonexistent/input"};
    const char *const directory[] = {fixture->directory};
    assert_int_equal(pack(fixture->archive, missing, 1, &error), -1);
    assert_non_null(strstr(error.text, "/nonexistent/input"));
    assert_int_equal(mkdir(fixture->directory, 0700), 0);
    assert_int_not_equal(access(fixture->archive, F_OK), 0);
    (void)snprintf(path, sizeof path, "%s", fixture->directory);
    for (int depth = 0; depth < 32; depth++) {
        const size_t length = strlen(path);
        (void)snprintf(path + length, sizeof path - length, "/d");
        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_int_equal(pack(fixture->archive, directory, 1, &error), -1);
    assert_non_null(strstr(error.text, "directories deep"));
}

/* Runs a command and returns whether it succeeded; tests skip where the command is missing. */
static bool runs(const char *command)
{
    return system(command) == 0; /* NOLINT(cert-env33-c): the command is fixed by the test */
}

static void test_tar_lists_it(void **state)
{
    const struct fixture *fixture = *state;
    char command[4 * PATH_BYTES];
    struct ob_input_set set = make_set(3, 100);
    uint8_t *listing = NULL;
    size_t size = 0;
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, NULL), 0);
    ob_input_set_release(&set);
    if (!runs("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1"))
        skip();
    (void)snprintf(command, sizeof command, "tar --zstd -tf '%s' >'%s/listing'", fixture->archive,
                   fixture->root);
    assert_true(runs(command));
    (void)snprintf(command, sizeof command, "%s/listing", fixture->root);
    load(command, &listing, &size);
    assert_int_equal(size, 21);
    assert_memory_equal(listing, "000000\n000001\n000002\n", 21);
    free(listing);
}

static void test_reads_what_tar_writes(void **state)
{
    static const char *const options[] = {"", "--zstd", "--gzip", "--bzip2", "--format=pax"};
    const struct fixture *fixture = *state;
    char command[4 * PATH_BYTES];
    if (!runs("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1 &&"
              " gzip --version >/dev/null 2>&1 && bzip2 --help >/dev/null 2>&1"))
        skip();
    assert_int_equal(mkdir(fixture->directory, 0700), 0);
    put_file(fixture, "one", "1");
    put_file(fixture, "two", "22");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct ob_archive_damage damage;
        struct ob_input_set set = {0};
        (void)snprintf(command, sizeof command, "tar %s -cf '%s' -C '%s' .", options[i],
                       fixture->second, fixture->directory);
        assert_true(runs(command));
        assert_int_equal(ob_archive_read(fixture->second, &set, &damage, NULL), OB_ARCHIVE_WHOLE);
        assert_int_equal(damage.entries_read, 2);
        assert_int_equal(damage.entries_skipped, 1);
        ob_input_set_release(&set);
    }
}

/* Checks that what was read begins the set: that is all a truncation may leave. */
static void assert_prefix(const struct ob_input_set *part, const struct ob_input_set *whole)
{
    assert_true(part->count <= whole->count);
    for (size_t i = 0; i < part->count; i++) {
        assert_int_equal(part->inputs[i].size, whole->inputs[i].size);
        assert_memory_equal(part->inputs[i].data, whole->inputs[i].data, part->inputs[i].size);
    }
}

static void test_truncation_leaves_a_prefix(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_input_set set = make_set(400, 4000);
    uint8_t *data = NULL;
    size_t size = 0;
    size_t most = 0;
    const struct ob_archive_options options = {.frame_entries = 16};
    assert_int_equal(ob_archive_write(fixture->archive, &set, &options, NULL), 0);
    load(fixture->archive, &data, &size);
    for (size_t kept = 0; kept < size; kept += kept < 64 ? 1 : size / 101) {
        struct ob_error error = {""};
        struct ob_archive_damage damage;
        struct ob_input_set part = {0};
        /* Of its exact size, for the sanitizer to see a read behind it. */
        uint8_t *copy = malloc(kept ? kept : 1);
        assert_non_null(copy);
        memcpy(copy, data, kept);
        const struct ob_archive_source source = {"cut", copy, kept, NULL};
        const int result = ob_archive_read_memory(&source, &part, &damage, &error);
        assert_int_equal(result, part.count > 0 ? OB_ARCHIVE_DAMAGED : -1);
        assert_int_equal(damage.entries_read, part.count);
        assert_true(result < 0 ? error.text[0] != '\0' : damage.reason.text[0] != '\0');
        assert_true(part.count >= most);
        assert_true(result < 0 || (damage.has_lost_end && damage.next_number == part.count));
        assert_prefix(&part, &set);
        /* Nothing before the frame that is cut may be lost. */
        assert_true(part.bytes + 17 * (size_t)5024 + (size_t)1024 * part.count >= kept);
        most = part.count;
        ob_input_set_release(&part);
        free(copy);
    }
    assert_true(most > 300);
    free(data);
    ob_input_set_release(&set);
}

static void test_flipped_bits_do_no_harm(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_input_set set = make_set(200, 500);
    uint8_t *data = NULL;
    size_t size = 0;
    uint32_t seed = 3;
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, NULL), 0);
    load(fixture->archive, &data, &size);
    for (int round = 0; round < 300; round++) {
        struct ob_input_set part = {0};
        /* The first half of the rounds stays near the start, where the structure is. */
        const size_t range = round < 150 ? 600 : size;
        const size_t at = next_number(&seed) % range;
        const uint8_t flip = (uint8_t)(1U << (next_number(&seed) % 8));
        data[at] ^= flip;
        const struct ob_archive_source source = {"flipped", data, size, NULL};
        const int result = ob_archive_read_memory(&source, &part, NULL, NULL);
        assert_true(result >= -1 && result <= OB_ARCHIVE_DAMAGED);
        data[at] ^= flip;
        ob_input_set_release(&part);
    }
    free(data);
    ob_input_set_release(&set);
}

/* An archive that someone else made, in memory. */
struct foreign {
    struct archive *archive;
    uint8_t *data;
    size_t size;
};

static struct foreign foreign_begin(bool compressed)
{
    struct foreign foreign = {archive_write_new(), malloc(FOREIGN_BYTES_MAX), 0};
    assert_non_null(foreign.archive);
    assert_non_null(foreign.data);
    assert_int_equal(archive_write_set_format_pax_restricted(foreign.archive), ARCHIVE_OK);
    if (compressed)
        assert_int_equal(archive_write_add_filter_zstd(foreign.archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(foreign.archive, 1), ARCHIVE_OK);
    return foreign;
}

static void foreign_open(struct foreign *foreign)
{
    assert_int_equal(archive_write_open_memory(foreign->archive, foreign->data, FOREIGN_BYTES_MAX,
                                               &foreign->size),
                     ARCHIVE_OK);
}

static void foreign_add(struct foreign *foreign, const char *name, unsigned type,
                        const char *content)
{
    struct archive_entry *entry = archive_entry_new();
    assert_non_null(entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    if (type == AE_IFLNK) {
        archive_entry_set_symlink(entry, content);
    } else if (type == 0) {
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_hardlink(entry, content);
    } else if (type == AE_IFREG) {
        archive_entry_set_size(entry, (la_int64_t)strlen(content));
    }
    assert_int_equal(archive_write_header(foreign->archive, entry), ARCHIVE_OK);
    if (type == AE_IFREG)
        (void)archive_write_data(foreign->archive, content, strlen(content));
    archive_entry_free(entry);
}

static void foreign_end(struct foreign *foreign)
{
    assert_int_equal(archive_write_close(foreign->archive), ARCHIVE_OK);
    assert_int_equal(archive_write_free(foreign->archive), ARCHIVE_OK);
}

static void test_names_are_not_paths(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_archive_damage damage;
    char path[2 * PATH_BYTES];
    char absolute[2 * PATH_BYTES];
    size_t count = 0;
    struct foreign foreign = foreign_begin(true);
    (void)snprintf(absolute, sizeof absolute, "%s/absolute", fixture->root);
    foreign_open(&foreign);
    foreign_add(&foreign, "../outside", AE_IFREG, "up");
    foreign_add(&foreign, absolute, AE_IFREG, "absolute");
    foreign_add(&foreign, "000002", AE_IFLNK, "../outside");
    foreign_add(&foreign, "hard", 0, "/etc/passwd");
    foreign_add(&foreign, "folder", AE_IFDIR, "");
    foreign_add(&foreign, "pipe", AE_IFIFO, "");
    foreign_add(&foreign, "000002", AE_IFREG, "behind the link");
    foreign_end(&foreign);
    assert_int_equal(ob_file_replace(fixture->archive, foreign.data, foreign.size, NULL), 0);
    free(foreign.data);
    assert_int_equal(
        ob_archive_unpack(fixture->archive, fixture->directory, &count, &damage, &error), 0);
    assert_int_equal(count, 3);
    assert_int_equal(damage.entries_read, 3);
    assert_int_equal(damage.entries_skipped, 4);
    (void)snprintf(path, sizeof path, "%s/outside", fixture->root);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(absolute, F_OK), 0);
    for (int i = 0; i < 3; i++) {
        struct stat status;
        (void)snprintf(path, sizeof path, "%s/%06d", fixture->directory, i);
        assert_int_equal(lstat(path, &status), 0);
        assert_true(S_ISREG(status.st_mode));
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(fixture->directory), 0); /* and so nothing else is in it */
}

static void test_unpack_overwrites_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    char victim[PATH_BYTES + 64];
    char link[PATH_BYTES + 64];
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ob_input_set_add(&set, "new", 3, NULL), 0);
    assert_int_equal(ob_archive_write(fixture->archive, &set, NULL, NULL), 0);
    ob_input_set_release(&set);
    assert_int_equal(mkdir(fixture->directory, 0700), 0);
    (void)snprintf(victim, sizeof victim, "%s/victim", fixture->root);
    (void)snprintf(link, sizeof link, "%s/000000", fixture->directory);
    assert_int_equal(ob_file_replace(victim, "old", 3, NULL), 0);
    assert_int_equal(symlink(victim, link), 0);
    assert_int_equal(ob_archive_unpack(fixture->archive, fixture->directory, NULL, NULL, &error),
                     -1);
    assert_non_null(strstr(error.text, "symbolic link"));
    load(victim, &data, &size);
    assert_memory_equal(data, "old", 3);
    free(data);
    assert_int_equal(unlink(link), 0);
    put_file(fixture, "000000", "mine");
    assert_int_equal(ob_archive_unpack(fixture->archive, fixture->directory, NULL, NULL, &error),
                     -1);
    assert_non_null(strstr(error.text, "another content"));
    assert_int_equal(ob_archive_unpack(fixture->archive, victim, NULL, NULL, &error), -1);
    assert_non_null(strstr(error.text, victim));
}

static int list_name(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    char *names = context;
    (void)error;
    (void)snprintf(names + strlen(names), PATH_BYTES - strlen(names), "%s:%zu,", entry->name,
                   entry->size);
    return 0;
}

static int refuse(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    (void)context;
    (void)entry;
    return ob_error_set(error, "refused");
}

static void test_visit(void **state)
{
    struct ob_error error = {""};
    char names[PATH_BYTES] = "";
    struct foreign foreign = foreign_begin(false);
    (void)state;
    foreign_open(&foreign);
    foreign_add(&foreign, "a\033[2Jb", AE_IFREG, "12345");
    foreign_add(&foreign, "empty", AE_IFREG, "");
    foreign_end(&foreign);
    const struct ob_archive_source source = {"list", foreign.data, foreign.size, NULL};
    assert_int_equal(ob_archive_each_memory(&source, list_name, names, NULL, &error), 0);
    assert_string_equal(names, "a?[2Jb:5,empty:0,");
    assert_int_equal(ob_archive_each_memory(&source, refuse, NULL, NULL, &error), -1);
    assert_string_equal(error.text, "refused");
    free(foreign.data);
}

static void test_damaged_header_loses_one_entry(void **state)
{
    struct ob_archive_damage damage;
    struct ob_input_set set = {0};
    struct foreign foreign = foreign_begin(false);
    (void)state;
    foreign_open(&foreign);
    foreign_add(&foreign, "0", AE_IFREG, "first");
    foreign_add(&foreign, "1", AE_IFREG, "second");
    foreign_add(&foreign, "2", AE_IFREG, "third");
    foreign_end(&foreign);
    foreign.data[1024 + 5] ^= 0x40; /* in the name of the second */
    const struct ob_archive_source source = {"damaged", foreign.data, foreign.size, NULL};
    assert_int_equal(ob_archive_read_memory(&source, &set, &damage, NULL), OB_ARCHIVE_DAMAGED);
    assert_int_equal(set.count, 2);
    assert_memory_equal(set.inputs[1].data, "third", 5);
    assert_non_null(strstr(damage.reason.text, "after 1 entry"));
    ob_input_set_release(&set);
    free(foreign.data);
}

static void test_missing_end_is_noticed(void **state)
{
    struct ob_archive_damage damage;
    struct ob_input_set set = {0};
    struct foreign foreign = foreign_begin(false);
    (void)state;
    foreign_open(&foreign);
    foreign_add(&foreign, "0", AE_IFREG, "first");
    foreign_end(&foreign);
    const struct ob_archive_source source = {"cut", foreign.data, 1024, NULL};
    assert_int_equal(ob_archive_read_memory(&source, &set, &damage, NULL), OB_ARCHIVE_DAMAGED);
    assert_int_equal(set.count, 1);
    ob_input_set_release(&set);
    free(foreign.data);
}

static void expect_refused(const void *data, size_t size)
{
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    const struct ob_archive_source source = {"some.file", data, size, NULL};
    assert_int_equal(ob_archive_read_memory(&source, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, "some.file"));
    assert_null(strchr(error.text, '\n'));
    assert_int_equal(set.count, 0);
    ob_input_set_release(&set);
}

static void test_not_an_archive(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = {0};
    expect_refused("", 0);
    expect_refused("x", 1);
    expect_refused("just some text, and nothing but text", 36);
    expect_refused("\x28\xB5\x2F\xFD", 4);
    expect_refused("\x28\xB5\x2F\xFD\x00\x58\x01\x00\x00", 9); /* an empty frame */
    expect_refused("\x50\x2A\x4D\x18\xFF\xFF\xFF\xFF", 8);
    expect_refused("\x1F\x8B\x08", 3);
    expect_refused("BZh9", 4);
    expect_refused("\xFD"
                   "7zXZ\0",
                   6);
    assert_int_equal(ob_archive_read(fixture->root, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, "is a directory"));
    assert_int_equal(ob_archive_read(fixture->archive, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, fixture->archive));
    assert_int_equal(ob_file_replace(fixture->archive, "text", 4, NULL), 0);
    assert_int_equal(ob_archive_unpack(fixture->archive, fixture->directory, NULL, NULL, &error),
                     -1);
    assert_int_not_equal(access(fixture->directory, F_OK), 0);
}

static void test_limits(void **state)
{
    static const struct ob_archive_limits limits[] = {
        {3, 100, 1000, 1 << 20}, {100, 2, 1000, 1 << 20}, {100, 100, 7, 1 << 20}};
    static const size_t expected[] = {1, 2, 2};
    struct foreign foreign = foreign_begin(true);
    (void)state;
    foreign_open(&foreign);
    foreign_add(&foreign, "0", AE_IFREG, "1234");
    foreign_add(&foreign, "1", AE_IFREG, "123");
    foreign_add(&foreign, "2", AE_IFREG, "1234");
    foreign_end(&foreign);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct ob_archive_damage damage;
        struct ob_input_set set = {0};
        const struct ob_archive_source source = {"full", foreign.data, foreign.size, &limits[i]};
        assert_int_equal(ob_archive_read_memory(&source, &set, &damage, NULL), OB_ARCHIVE_DAMAGED);
        assert_int_equal(set.count, expected[i]);
        ob_input_set_release(&set);
    }
    free(foreign.data);
}

/* Appends zstd blocks that each repeat one byte 128 Ki times: four bytes for each 128 KiB. */
static size_t put_bomb(uint8_t *data, const uint8_t *start, size_t start_bytes, size_t blocks)
{
    static const uint8_t header[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58};
    static const uint8_t repeated[] = {0x02, 0x00, 0x10, 0x01};
    size_t at = sizeof header;
    memcpy(data, header, sizeof header);
    data[at++] = (uint8_t)(start_bytes << 3); /* one block that is stored as it is */
    data[at++] = (uint8_t)(start_bytes >> 5);
    data[at++] = 0;
    memcpy(data + at, start, start_bytes);
    at += start_bytes;
    for (size_t i = 0; i < blocks; i++) {
        memcpy(data + at, repeated, sizeof repeated);
        at += sizeof repeated;
    }
    data[at++] = 1;
    data[at++] = 0;
    data[at++] = 0;
    return at;
}

/* A tar header with a size and a type of choice, and a checksum that fits. */
static void put_header(uint8_t *header, unsigned long long size, char type)
{
    unsigned sum = 0;
    memset(header, 0, 512);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the zeros are there */
    memcpy(header, "name", 4);
    (void)snprintf((char *)header + 100, 8, "%07o", 0644U);
    (void)snprintf((char *)header + 124, 13, "%011llo", size);
    header[156] = (uint8_t)type;
    memcpy(header + 257, type == 'S' ? "ustar  " : "ustar\00000", 8);
    if (type == 'S') {
        (void)snprintf((char *)header + 386, 12, "%011o", 0U);
        (void)snprintf((char *)header + 398, 12, "%011o", 0U);
        header[482] = 1; /* more of the map of a sparse file follows, and never ends */
    }
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += header[i];
    (void)snprintf((char *)header + 148, 8, "%06o", sum);
}

static void test_bombs_are_refused(void **state)
{
    static const char types[] = {'0', 'x', 'L', 'g', 'S', '5'};
    enum { BLOCKS = 80000 }; /* ten gigabytes */
    uint8_t header[512];
    uint8_t *data = malloc((size_t)BLOCKS * 4 + 1024);
    assert_non_null(data);
    (void)state;
    for (size_t i = 0; i < sizeof types; i++) {
        put_header(header, types[i] == '0' ? 07777777777ULL : 040000000ULL, types[i]);
        const size_t size = put_bomb(data, header, sizeof header, BLOCKS);
        const struct ob_archive_limits limits = {1 << 20, 1000, 1 << 24, 1 << 24};
        struct ob_error error = {""};
        struct ob_input_set set = {0};
        const struct ob_archive_source source = {"bomb", data, size, &limits};
        assert_int_equal(ob_archive_read_memory(&source, &set, NULL, &error), -1);
        assert_int_equal(set.count, 0);
        ob_input_set_release(&set);
    }
    free(data);
}

/* A header may take 4 MiB, however much the whole archive may. */
static void test_a_header_has_a_bound_of_its_own(void **state)
{
    enum { BLOCKS = 160 }; /* 20 MiB */
    uint8_t header[512];
    uint8_t *data = malloc((size_t)BLOCKS * 4 + 1024);
    const struct ob_archive_limits limits = {1 << 20, 1000, 1 << 28, 1 << 28};
    struct ob_error error = {""};
    struct ob_input_set set = {0};

    (void)state;
    assert_non_null(data);
    put_header(header, 040000000ULL, 'S');
    const size_t size = put_bomb(data, header, sizeof header, BLOCKS);
    const struct ob_archive_source source = {"bomb", data, size, &limits};
    assert_int_equal(ob_archive_read_memory(&source, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, "a header expands to more than is reasonable"));
    ob_input_set_release(&set);
    free(data);
}

static void test_failed_write_keeps_the_old_archive(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_input_set set = make_set(2, 50);
    char path[PATH_BYTES + 64];
    assert_int_equal(ob_archive_write(fixture->root, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, "is a directory"));
    (void)snprintf(path, sizeof path, "%s/missing/a.tar.zst", fixture->root);
    assert_int_equal(ob_archive_write(path, &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(ob_archive_write("/dev/full", &set, NULL, &error), -1);
    assert_non_null(strstr(error.text, "No space"));
    ob_input_set_release(&set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_sorts_and_drops_repetitions),
        cmocka_unit_test(test_set_refuses_a_large_input),
        TEST(test_round_trip),
        TEST(test_large_and_uniform_inputs),
        TEST(test_order_does_not_matter),
        TEST(test_empty_set),
        TEST(test_pack_of_unpack_is_identical),
        TEST(test_pack_walks_directories),
        TEST(test_pack_takes_the_queue_of_afl),
        TEST(test_pack_errors),
        TEST(test_tar_lists_it),
        TEST(test_reads_what_tar_writes),
        TEST(test_truncation_leaves_a_prefix),
        TEST(test_flipped_bits_do_no_harm),
        TEST(test_names_are_not_paths),
        TEST(test_unpack_overwrites_nothing),
        cmocka_unit_test(test_visit),
        cmocka_unit_test(test_damaged_header_loses_one_entry),
        cmocka_unit_test(test_missing_end_is_noticed),
        TEST(test_not_an_archive),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bombs_are_refused),
        cmocka_unit_test(test_a_header_has_a_bound_of_its_own),
        TEST(test_failed_write_keeps_the_old_archive),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
