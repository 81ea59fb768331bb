/* What CI systems are told: JUnit XML and annotations, whatever targets name things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/annotation.h"
#include "report/junit.h"

static const struct ob_case failed = {.group = "order/racy",
                                      .name = "a<b>.txt",
                                      .file = "/w/a<b>.txt",
                                      .line = 3,
                                      .result = OB_CASE_FAILED,
                                      .type = "one\"two",
                                      .message = "x & y\n\033[31m\xff\xef\xbf\xbf\xc3\xa9",
                                      .body = "]]>"};

static void results_are_counted_and_escaped(void **state)
{
    (void)state;
    struct ob_junit junit = {0};
    struct ob_text text = {0};
    struct ob_case one = {"g", "passes", "", 0, OB_CASE_PASSED, "", "", ""};

    ob_junit_add(&junit, &one);
    ob_junit_add(&junit, &failed);
    one = (struct ob_case){"g", "cut", "", 0, OB_CASE_SKIPPED, "", "deliveries", ""};
    ob_junit_add(&junit, &one);
    one = (struct ob_case){"g", "gone", "", 0, OB_CASE_BROKEN, "unreadable", "no file", ""};
    ob_junit_add(&junit, &one);
    ob_junit_print(&junit, "order/racy", &text);
    assert_string_equal(
        ob_text_string(&text),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"order/racy\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">\n"
        "  <testcase classname=\"g\" name=\"passes\"/>\n"
        "  <testcase classname=\"order/racy\" name=\"a&#60;b&#62;.txt\" "
        "file=\"/w/a&#60;b&#62;.txt\" line=\"3\">\n"
        "    <failure type=\"one&#34;two\" message=\"x &#38; y&#10;&#xfffd;[31m&#xfffd;"
        "&#xfffd;\xc3\xa9\">]]&#62;</failure>\n  </testcase>\n"
        "  <testcase classname=\"g\" name=\"cut\">\n"
        "    <skipped message=\"deliveries\"></skipped>\n  </testcase>\n"
        "  <testcase classname=\"g\" name=\"gone\">\n"
        "    <error type=\"unreadable\" message=\"no file\"></error>\n  </testcase>\n"
        "</testsuite>\n");
    ob_text_release(&text);
    ob_junit_release(&junit);
}

static void annotations_are_one_line(void **state)
{
    (void)state;
    struct ob_text text = {0};
    struct ob_case one = failed;

    ob_annotation_print(&one, "/w", &text);
    assert_string_equal(ob_text_string(&text),
                        "::error file=a<b>.txt,line=3,title=order/racy%3A one\"two::"
                        "x & y%0A?[31m\xff\xef\xbf\xbf\xc3\xa9%0A]]>\n");
    ob_text_release(&text);
    one.file = "/workshop/50%:1,2";
    one.type = one.body = "";
    one.line = 0;
    one.message = "::warning::no";
    ob_annotation_print(&one, "/work", &text);
    assert_string_equal(ob_text_string(&text), "::error file=/workshop/50%25%3A1%2C2,line=1,"
                                               "title=order/racy::::warning::no\n");
    ob_text_release(&text);
    one.result = OB_CASE_PASSED;
    ob_annotation_print(&one, NULL, &text);
    one.result = OB_CASE_SKIPPED;
    ob_annotation_print(&one, NULL, &text);
    assert_string_equal(ob_text_string(&text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_counted_and_escaped),
        cmocka_unit_test(annotations_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
