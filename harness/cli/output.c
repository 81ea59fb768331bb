/* What the commands print, and what went wrong. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"

static const char *const out_of_memory = "offbeat: out of memory\n";

int cli_trouble(const char *format, ...)
{
    struct ob_text message = {0};
    struct ob_text line = {0};
    va_list arguments;

    va_start(arguments, format);
    ob_text_vprintf(&message, format, arguments);
    va_end(arguments);
    ob_text_printf(&line, "offbeat: ");
    ob_text_add_line(&line, ob_text_string(&message));
    ob_text_printf(&line, "\n");
    /* What was printed before stands before it, where both go to one place. */
    (void)fflush(stdout);
    (void)fputs(message.failed || line.failed ? out_of_memory : ob_text_string(&line), stderr);
    ob_text_release(&line);
    ob_text_release(&message);
    return CLI_TROUBLE;
}

int cli_print(struct ob_text *text, int code)
{
    bool failed = text->failed;

    if (failed)
        (void)fputs(out_of_memory, stderr);
    else
        (void)fwrite(ob_text_string(text), 1, text->length, stdout);
    ob_text_release(text);
    return failed ? CLI_TROUBLE : code;
}

int cli_worse_code(int a, int b)
{
    static const int gravity[] = {[CLI_OK] = 0,
                                  [CLI_VIOLATION] = 1,
                                  [CLI_UNSTABLE] = 2,
                                  [CLI_INAPPLICABLE] = 3,
                                  [CLI_TROUBLE] = 4};
    return gravity[a] >= gravity[b] ? a : b;
}
