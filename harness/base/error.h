/*
 * Errors that reach a person: one line that names the file or argument, says what was wrong with it
 * and, where that helps, what to do. Functions that can fail take a `struct ob_error *` and return
 * -1 with the line filled in.
 */
#ifndef OFFBEAT_BASE_ERROR_H
#define OFFBEAT_BASE_ERROR_H

#if defined(__GNUC__)
#define OB_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define OB_PRINTF(format_index, first)
#endif

struct ob_error {
    char text[512]; /* empty while nothing has gone wrong; never ends in a newline */
};

/*
 * Writes the line; a longer one is cut. `error` may be NULL for a caller that does not want to
 * know. The value is always -1, so that `return ob_error_set(...)` is the whole of an error path;
 * as a macro, because the static analyzer does not look into other files for that.
 */
#define ob_error_set(...) (ob_error_write(__VA_ARGS__), -1)
void ob_error_write(struct ob_error *error, const char *format, ...) OB_PRINTF(2, 3);

#endif
