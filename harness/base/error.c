#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int ob_error_set(struct ob_error *error, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return -1;
}
