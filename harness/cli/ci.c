#include "cli/ci.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/annotation.h"

void cli_ci_add(struct cli_ci *ci, const struct cli_arguments *arguments, const struct ob_case *one)
{
    struct ob_text text = {0};

    if (arguments->junit)
        ob_junit_add(&ci->junit, one);
    if (!arguments->github)
        return;
    ob_annotation_print(one, getenv("GITHUB_WORKSPACE"), &text);
    (void)cli_print(&text, CLI_OK);
}

int cli_ci_end(struct cli_ci *ci, const struct cli_arguments *arguments, const char *suite,
               int code)
{
    struct ob_text text = {0};
    struct ob_error error = {{0}};

    if (arguments->junit) {
        ob_junit_print(&ci->junit, suite, &text);
        if (text.failed)
            code = cli_trouble("%s: memory is short", arguments->junit);
        else if (ob_file_replace(arguments->junit, text.data, text.length, &error))
            code = cli_trouble("%s", error.text);
    }
    ob_text_release(&text);
    ob_junit_release(&ci->junit);
    return code;
}
