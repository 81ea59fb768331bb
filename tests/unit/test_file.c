/* Reading whole files and replacing them in one step. */
#define _GNU_SOURCE /* for nftw() and its like */

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 256

struct fixture {
    char directory[PATH_BYTES];
    char file[PATH_BYTES + 32];
    char other[PATH_BYTES + 32];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/ob-file-XXXXXX");
    if (!mkdtemp(fixture->directory)) {
        free(fixture);
        return -1;
    }
    (void)snprintf(fixture->file, sizeof fixture->file, "%s/file", fixture->directory);
    (void)snprintf(fixture->other, sizeof fixture->other, "%s/other", fixture->directory);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    (void)unlink(fixture->file);
    (void)rmdir(fixture->file);
    (void)unlink(fixture->other);
    /* Fails, and the test with it, if a temporary file was left. */
    const int result = rmdir(fixture->directory);
    free(fixture);
    return result;
}

static void assert_content(const char *path, const char *expected)
{
    struct ob_error error = {""};
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ob_file_read(path, 1 << 20, &data, &size, &error), 0);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(data, expected, size);
    free(data);
}

static void expect_read_error(const char *path, size_t bytes_max, const char *expected)
{
    struct ob_error error = {""};
    uint8_t *data = NULL;
    size_t size = 1;
    assert_int_equal(ob_file_read(path, bytes_max, &data, &size, &error), -1);
    assert_null(data);
    assert_int_equal(size, 0);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, expected));
}

static void test_round_trip(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    assert_int_equal(ob_file_replace(fixture->file, "first", 5, &error), 0);
    assert_content(fixture->file, "first");
    assert_int_equal(ob_file_replace(fixture->file, "2nd", 3, &error), 0);
    assert_content(fixture->file, "2nd");
    assert_string_equal(error.text, "");
}

static void test_empty_file_has_data(void **state)
{
    const struct fixture *fixture = *state;
    uint8_t *data = NULL;
    size_t size = 1;
    assert_int_equal(ob_file_replace(fixture->file, "", 0, NULL), 0);
    assert_int_equal(ob_file_read(fixture->file, 0, &data, &size, NULL), 0);
    assert_non_null(data);
    assert_int_equal(size, 0);
    free(data);
}

static void test_read_limit(void **state)
{
    const struct fixture *fixture = *state;
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ob_file_replace(fixture->file, "12345", 5, NULL), 0);
    assert_int_equal(ob_file_read(fixture->file, 5, &data, &size, NULL), 0);
    assert_int_equal(size, 5);
    free(data);
    expect_read_error(fixture->file, 4, "limit of 4 bytes");
    expect_read_error(fixture->file, 0, "limit of 0 bytes");
}

static void test_read_errors_name_the_path(void **state)
{
    const struct fixture *fixture = *state;
    expect_read_error(fixture->file, 100, "No such file");
    expect_read_error(fixture->directory, 100, "is a directory");
    expect_read_error("/dev/zero", 100000, "limit of 100000 bytes");
}

static void test_read_pipe(void **state)
{
    int ends[2];
    char path[64];
    char content[50001];
    (void)state;
    memset(content, 'x', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], content, sizeof content - 1), (int)sizeof content - 1);
    (void)close(ends[1]);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_content(path, content);
    (void)close(ends[0]);
}

static void test_read_standard_input(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(ob_file_replace(fixture->file, "typed", 5, NULL), 0);
    const int saved = dup(STDIN_FILENO);
    const int fd = open(fixture->file, O_RDONLY);
    assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) >= 0);
    assert_content("-", "typed");
    (void)close(fd);
    if (saved >= 0) {
        (void)dup2(saved, STDIN_FILENO);
        (void)close(saved);
    }
}

static void test_permissions(void **state)
{
    const struct fixture *fixture = *state;
    struct stat status;
    const mode_t mask = umask(027);
    assert_int_equal(ob_file_replace(fixture->file, "a", 1, NULL), 0);
    (void)umask(mask);
    assert_int_equal(stat(fixture->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(chmod(fixture->file, 0604), 0);
    assert_int_equal(ob_file_replace(fixture->file, "b", 1, NULL), 0);
    assert_int_equal(stat(fixture->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0604);
}

static void test_link_is_kept(void **state)
{
    const struct fixture *fixture = *state;
    struct stat status;
    assert_int_equal(ob_file_replace(fixture->other, "old", 3, NULL), 0);
    assert_int_equal(symlink("other", fixture->file), 0);
    assert_int_equal(ob_file_replace(fixture->file, "new", 3, NULL), 0);
    assert_int_equal(lstat(fixture->file, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_content(fixture->other, "new");
}

static void test_cancel_leaves_the_old_file(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_file_writer writer;
    assert_int_equal(ob_file_replace(fixture->file, "old", 3, NULL), 0);
    assert_int_equal(ob_file_writer_begin(&writer, fixture->file, NULL), 0);
    assert_int_equal(ob_file_writer_write(&writer, "half", 4, NULL), 0);
    assert_content(fixture->file, "old");
    ob_file_writer_cancel(&writer);
    ob_file_writer_cancel(&writer);
    assert_content(fixture->file, "old");
}

static void test_failed_rename_leaves_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_file_writer writer;
    assert_int_equal(ob_file_writer_begin(&writer, fixture->file, &error), 0);
    assert_int_equal(ob_file_writer_write(&writer, "x", 1, &error), 0);
    /* A directory that takes the name in the meantime cannot be replaced by a file. */
    assert_int_equal(mkdir(fixture->file, 0700), 0);
    assert_int_equal(ob_file_writer_commit(&writer, &error), -1);
    assert_non_null(strstr(error.text, fixture->file));
}

static void test_replace_errors(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    char path[PATH_BYTES + 64];
    assert_int_equal(ob_file_replace(fixture->directory, "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "is a directory"));
    (void)snprintf(path, sizeof path, "%s/missing/file", fixture->directory);
    assert_int_equal(ob_file_replace(path, "x", 1, &error), -1);
    assert_non_null(strstr(error.text, path));
    (void)snprintf(path, sizeof path, "%s/missing/", fixture->directory);
    assert_int_equal(ob_file_replace(path, "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "names a directory"));
    assert_int_equal(ob_file_replace("", "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "empty"));
}

static void test_devices_are_written_in_place(void **state)
{
    struct ob_error error = {""};
    struct stat status;
    (void)state;
    assert_int_equal(ob_file_replace("/dev/null", "x", 1, &error), 0);
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_int_equal(ob_file_replace("/dev/full", "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "/dev/full"));
}

static void test_standard_output(void **state)
{
    const struct fixture *fixture = *state;
    (void)fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    const int fd = open(fixture->file, O_WRONLY | O_CREAT, 0600);
    const int duplicated = dup2(fd, STDOUT_FILENO);
    const int to_dash = ob_file_replace("-", "one ", 4, NULL);
    const int to_path = ob_file_replace("/dev/stdout", "two", 3, NULL);
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
    (void)close(fd);
    assert_true(duplicated >= 0);
    assert_int_equal(to_dash, 0);
    assert_int_equal(to_path, 0);
    assert_content(fixture->file, "one two");
}

/* As after kill -9: what was begun lies there, beside files whose names are only like it. */
static void test_what_was_never_finished_is_swept(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_error error = {""};
    struct ob_file_writer writer;
    assert_int_equal(ob_file_writer_begin(&writer, fixture->file, &error), 0);
    assert_int_equal(ob_file_writer_write(&writer, "half", 4, &error), 0);
    (void)close(writer.fd);
    (void)close(writer.directory);

    static const char *const kept[] = {".ob-12.tmp", ".ob-0123456789abcdef.tmp.gz", ".ob-x.tmp"};
    char paths[sizeof kept / sizeof kept[0]][PATH_BYTES + 32];
    for (size_t index = 0; index < sizeof kept / sizeof kept[0]; index++) {
        (void)snprintf(paths[index], sizeof paths[index], "%s/%s", fixture->directory, kept[index]);
        assert_int_equal(ob_file_replace(paths[index], "", 0, &error), 0);
    }
    ob_file_sweep(fixture->directory);
    ob_file_sweep("/nowhere/at/all");
    for (size_t index = 0; index < sizeof kept / sizeof kept[0]; index++)
        assert_int_equal(unlink(paths[index]), 0);
}

static void test_begin_at_replaces_a_link_itself(void **state)
{
    const struct fixture *fixture = *state;
    struct ob_file_writer writer;
    struct stat status;
    assert_int_equal(ob_file_replace(fixture->other, "kept", 4, NULL), 0);
    assert_int_equal(symlink("other", fixture->file), 0);
    const int directory = open(fixture->directory, O_RDONLY | O_DIRECTORY);
    assert_true(directory >= 0);
    assert_int_equal(ob_file_writer_begin_at(&writer, directory, fixture->directory, "a/b", NULL),
                     -1);
    assert_int_equal(ob_file_writer_begin_at(&writer, directory, fixture->directory, "file", NULL),
                     0);
    assert_int_equal(ob_file_writer_write(&writer, "new", 3, NULL), 0);
    assert_int_equal(ob_file_writer_commit(&writer, NULL), 0);
    (void)close(directory);
    assert_int_equal(lstat(fixture->file, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_content(fixture->file, "new");
    assert_content(fixture->other, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_file_has_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_errors_name_the_path, set_up, tear_down),
        cmocka_unit_test(test_read_pipe),
        cmocka_unit_test_setup_teardown(test_read_standard_input, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_permissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel_leaves_the_old_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_rename_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replace_errors, set_up, tear_down),
        cmocka_unit_test(test_devices_are_written_in_place),
        cmocka_unit_test_setup_teardown(test_standard_output, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_never_finished_is_swept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_begin_at_replaces_a_link_itself, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
