/* What the layers share: arrays that grow, transfers, child processes, the clock, JSON, HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/html.h"
#include "base/json.h"
#include "base/process.h"
#include "base/transfer.h"

/* -- arrays -- */

static void an_array_keeps_what_it_has(void **state)
{
    uint32_t *items = NULL;
    size_t capacity = 0;
    unsigned moves = 0;

    (void)state;
    for (uint32_t index = 0; index < 10000; index++) {
        size_t before = capacity;
        items = ob_array_reserve(items, &capacity, (size_t)index + 1, sizeof *items);
        assert_non_null(items);
        assert_true(capacity > index);
        moves += capacity != before;
        items[index] = index;
    }
    for (uint32_t index = 0; index < 10000; index++)
        assert_int_equal(items[index], index);
    assert_true(moves < 24); /* it grows by half, not by one */
    free(items);
}

static void an_array_that_cannot_grow_stays(void **state)
{
    size_t capacity = 0;
    char *items = ob_array_reserve(NULL, &capacity, 3, 1);
    size_t before = capacity;

    (void)state;
    memcpy(items, "abc", 3);
    assert_null(ob_array_reserve(items, &capacity, SIZE_MAX / 2 + 2, 2));
    assert_null(ob_array_reserve(items, &capacity, SIZE_MAX / 4 + 2, 2));
    assert_int_equal(capacity, before);
    assert_memory_equal(items, "abc", 3);
    assert_ptr_equal(ob_array_reserve(items, &capacity, 2, 1), items);
    free(items);
}

/* -- transfers -- */

#define LARGE ((size_t)1 << 20) /* more than a pipe holds */

static void what_is_written_is_read_whole(void **state)
{
    int files[2];
    char *sent = malloc(LARGE);
    char *got = calloc(1, LARGE);

    (void)state;
    assert_int_equal(pipe(files), 0);
    for (size_t at = 0; at < LARGE; at++)
        sent[at] = (char)(at * 7);
    pid_t child = ob_process_fork();
    if (child == 0)
        _exit(ob_write_all(files[1], sent, LARGE) ? 1 : 0);
    (void)close(files[1]);
    assert_int_equal(ob_read_all(files[0], got, LARGE, NULL, NULL), 0);
    assert_memory_equal(got, sent, LARGE);
    assert_int_equal(ob_read_all(files[0], got, 1, NULL, NULL), -1); /* the end */
    int status = -1;
    assert_int_equal(ob_process_wait(child, &status), 0);
    assert_int_equal(status, 0);
    (void)close(files[0]);
    free(sent);
    free(got);
}

static void a_transfer_says_why_it_fails(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(ob_write_all(-1, "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(ob_read_all(-1, &errno, 1, NULL, NULL), -1);
    assert_int_equal(ob_write_all(-1, "", 0), 0); /* nothing to do */
}

static void ignore(int number)
{
    (void)number;
}

static void answer_interruption(void *context)
{
    const int *to = context;

    (void)ob_write_all(*to, "!", 1);
}

static void a_read_goes_on_after_a_signal(void **state)
{
    struct sigaction action = {.sa_handler = ignore};
    int files[2];
    char got = 0;

    (void)state;
    assert_int_equal(pipe(files), 0);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    (void)alarm(1);
    assert_int_equal(ob_read_all(files[0], &got, 1, answer_interruption, &files[1]), 0);
    assert_int_equal(got, '!');
    (void)close(files[0]);
    (void)close(files[1]);
}

/* -- processes -- */

static void a_child_that_is_killed_is_waited_for(void **state)
{
    int status = 0;
    pid_t child = ob_process_fork();

    (void)state;
    if (child == 0)
        for (;;)
            (void)pause();
    assert_false(ob_process_has_ended(child, &status));
    ob_process_kill(child, &status);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(ob_process_wait(child, NULL), -1); /* there is none any more */
}

/* A child starts a process of its own, says which, and ends. Nobody may have closed the pipe's end
 * before: it is how the end of the grandchild is seen. */
static bool grandchild_outlives(pid_t (*start)(void))
{
    int files[2];
    pid_t grandchild = 0;
    char rest;

    assert_int_equal(pipe(files), 0);
    pid_t child = ob_process_fork();
    if (child == 0) {
        int ready[2];
        char byte = 0;
        int failed = pipe(ready);
        pid_t process = failed ? -1 : start();
        if (process == 0) {
            failed = ob_write_all(ready[1], &byte, 1);
            for (;;)
                (void)pause();
        }
        failed |= ob_read_all(ready[0], &byte, 1, NULL, NULL); /* it is bound by now */
        failed |= ob_write_all(files[1], &process, sizeof process);
        _exit(failed ? 1 : 0);
    }
    (void)close(files[1]);
    assert_int_equal(ob_read_all(files[0], &grandchild, sizeof grandchild, NULL, NULL), 0);
    assert_int_equal(ob_process_wait(child, NULL), 0);
    (void)fcntl(files[0], F_SETFL, O_NONBLOCK);
    ssize_t got = -1;
    for (unsigned looks = 0; looks < 100 && got < 0; looks++) {
        (void)usleep(10000);
        got = read(files[0], &rest, 1);
    }
    (void)close(files[0]);
    if (got < 0)
        (void)kill(grandchild, SIGKILL);
    return got < 0;
}

static void a_child_dies_with_its_parent(void **state)
{
    (void)state;
    assert_false(grandchild_outlives(ob_process_fork));
    assert_true(grandchild_outlives(ob_process_copy));
}

static void a_child_of_another_cannot_be_bound(void **state)
{
    int status = 0;
    pid_t child = ob_process_copy();

    (void)state;
    if (child == 0) {
        ob_process_bind(getpid());
        _exit(0);
    }
    assert_int_equal(ob_process_wait(child, &status), 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

static void streams_are_led_elsewhere(void **state)
{
    int files[2];
    char got[6] = "";

    (void)state;
    assert_int_equal(pipe(files), 0);
    pid_t child = ob_process_fork();
    if (child == 0) {
        char none;
        int failed = ob_process_redirect(OB_DEV_NULL, files[1], OB_DEV_NULL);
        failed |= read(STDIN_FILENO, &none, 1) != 0;
        failed |= ob_write_all(STDERR_FILENO, "lost", 4);
        failed |= ob_write_all(STDOUT_FILENO, "found", 5);
        _exit(failed ? 1 : 0);
    }
    (void)close(files[1]);
    int status = -1;
    assert_int_equal(ob_read_all(files[0], got, 5, NULL, NULL), 0);
    assert_string_equal(got, "found");
    assert_int_equal(ob_process_wait(child, &status), 0);
    assert_int_equal(status, 0);
    (void)close(files[0]);
}

static void children_write_to_shared_memory(void **state)
{
    volatile uint32_t *shared = ob_shared_create(sizeof *shared);

    (void)state;
    assert_non_null(shared);
    assert_int_equal(*shared, 0);
    pid_t child = ob_process_fork();
    if (child == 0) {
        *shared = 4711;
        _exit(0);
    }
    assert_int_equal(ob_process_wait(child, NULL), 0);
    assert_int_equal(*shared, 4711);
    ob_shared_destroy((void *)shared, sizeof *shared);
    ob_shared_destroy(NULL, 1);
}

static void memory_in_use_is_known(void **state)
{
    size_t size = (size_t)64 << 20;
    uint32_t before = ob_process_memory_mb(getpid());
    char *memory = ob_shared_create(size);

    (void)state;
    assert_true(before > 0);
    assert_non_null(memory);
    memset(memory, 1, size);
    assert_true(ob_process_memory_mb(getpid()) >= before + 60);
    ob_shared_destroy(memory, size);
    assert_int_equal(ob_process_memory_mb(-1), 0);
}

/* -- the clock -- */

static void the_clock_has_three_units(void **state)
{
    uint64_t us = ob_monotonic_us();
    uint64_t ms = ob_monotonic_ms();
    double s = ob_monotonic_s();

    (void)state;
    assert_true(ms >= us / 1000 && ms < us / 1000 + 10000);
    assert_true(s >= (double)us / 1e6 && s < (double)us / 1e6 + 10);
    assert_true(ob_monotonic_us() >= us);
}

/* -- JSON -- */

static void assert_text(struct ob_text *text, const char *expected)
{
    assert_int_equal(text->failed, 0);
    assert_string_equal(ob_text_string(text), expected);
    ob_text_release(text);
}

static void a_document_has_commas_where_they_belong(void **state)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};

    (void)state;
    ob_json_object(&json, NULL);
    ob_json_number(&json, "n", UINT64_MAX);
    ob_json_array(&json, "list");
    ob_json_bool(&json, NULL, true);
    ob_json_null(&json, NULL);
    ob_json_object(&json, NULL);
    ob_json_end(&json);
    ob_json_end(&json);
    ob_json_decimal(&json, "d", 0.25, 3);
    ob_json_printf(&json, "p", "%02x", 10u);
    ob_json_string(&json, "none", NULL);
    ob_json_end(&json);
    assert_text(&text, "{\"n\": 18446744073709551615, \"list\": [true, null, {}], "
                       "\"d\": 0.250, \"p\": \"0a\", \"none\": null}\n");
}

static void lines_are_indented_by_their_depth(void **state)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};

    (void)state;
    ob_json_object(&json, NULL);
    ob_json_lines(&json);
    ob_json_array(&json, "some");
    ob_json_lines(&json);
    ob_json_number(&json, NULL, 1);
    ob_json_number(&json, NULL, 2);
    ob_json_end(&json);
    ob_json_array(&json, "none");
    ob_json_lines(&json);
    ob_json_end(&json);
    ob_json_end(&json);
    assert_text(&text, "{\n  \"some\": [\n    1,\n    2\n  ],\n  \"none\": []\n}\n");
}

static void strings_are_valid_whatever_they_hold(void **state)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};

    (void)state;
    ob_json_array(&json, NULL);
    ob_json_string(&json, NULL, "\"\\\n\x7f");
    ob_json_string(&json, NULL, "\xc3\xa4\xff\xc3");
    ob_json_string(&json, NULL, "\xed\xa0\x80"); /* half a surrogate pair */
    ob_json_end(&json);
    assert_text(
        &text,
        "[\"\\\"\\\\\\u000a\x7f\", \"\xc3\xa4\\ufffd\\ufffd\", \"\\ufffd\\ufffd\\ufffd\"]\n");
}

static void memory_that_was_short_is_remembered(void **state)
{
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    struct ob_text value = {.failed = 1};

    (void)state;
    ob_json_array(&json, NULL);
    ob_json_text(&json, NULL, &value);
    assert_int_equal(text.failed, 1);
    ob_text_release(&text);
}

/* -- HTML -- */

static void names_are_text_in_pages_and_links(void **state)
{
    struct ob_text text = {0};

    (void)state;
    ob_html_text(&text, "a<b>&\"'\n\xff");
    assert_text(&text, "a&#60;b&#62;&#38;&#34;&#39;\n&#xfffd;");
    ob_html_path(&text, "a b/c#?<\xc3");
    assert_text(&text, "a%20b/c%23%3F%3C%C3");
}

/* The first is an example of Content Security Policy Level 3, the second as OpenSSL has it. */
static void a_policy_names_a_script_by_its_hash(void **state)
{
    struct ob_text text = {0};

    (void)state;
    ob_html_hash(&text, "alert('Hello, world.');", 23);
    assert_text(&text, "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    ob_html_hash(&text, "", 0);
    assert_text(&text, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_keeps_what_it_has),
        cmocka_unit_test(an_array_that_cannot_grow_stays),
        cmocka_unit_test(what_is_written_is_read_whole),
        cmocka_unit_test(a_transfer_says_why_it_fails),
        cmocka_unit_test(a_read_goes_on_after_a_signal),
        cmocka_unit_test(a_child_that_is_killed_is_waited_for),
        cmocka_unit_test(a_child_dies_with_its_parent),
        cmocka_unit_test(a_child_of_another_cannot_be_bound),
        cmocka_unit_test(streams_are_led_elsewhere),
        cmocka_unit_test(children_write_to_shared_memory),
        cmocka_unit_test(memory_in_use_is_known),
        cmocka_unit_test(the_clock_has_three_units),
        cmocka_unit_test(a_document_has_commas_where_they_belong),
        cmocka_unit_test(lines_are_indented_by_their_depth),
        cmocka_unit_test(strings_are_valid_whatever_they_hold),
        cmocka_unit_test(memory_that_was_short_is_remembered),
        cmocka_unit_test(names_are_text_in_pages_and_links),
        cmocka_unit_test(a_policy_names_a_script_by_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
