#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

void ob_error_write(struct ob_error *error, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
}
