/* When two crashes count as one. */
#include "report/crash_state.h"

#include <limits.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's, a row at a time. */
static unsigned edit_distance(const char *one, const char *other)
{
    unsigned row[OB_CRASH_LINE_MAX + 1];
    size_t one_length = strnlen(one, OB_CRASH_LINE_MAX);
    size_t other_length = strnlen(other, OB_CRASH_LINE_MAX);

    for (unsigned column = 0; column <= other_length; column++)
        row[column] = column;
    for (size_t line = 0; line < one_length; line++) {
        unsigned diagonal = row[0]++;
        for (size_t column = 0; column < other_length; column++) {
            unsigned changed = diagonal + (one[line] != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = least(changed, least(row[column], diagonal) + 1);
        }
    }
    return row[other_length];
}

double ob_crash_line_likeness(const char *one, const char *other)
{
    size_t sum = strnlen(one, OB_CRASH_LINE_MAX) + strnlen(other, OB_CRASH_LINE_MAX);

    return sum ? (double)(sum - edit_distance(one, other)) / (double)sum : 1.0;
}

/* Lines that both have, in the same order: the longest common subsequence. */
static unsigned shared_lines(const struct ob_crash_state *one, const struct ob_crash_state *other)
{
    unsigned shared[OB_CRASH_LINES + 1][OB_CRASH_LINES + 1] = {{0}};

    for (unsigned i = 0; i < one->count; i++) {
        for (unsigned j = 0; j < other->count; j++) {
            unsigned without =
                shared[i][j + 1] > shared[i + 1][j] ? shared[i][j + 1] : shared[i + 1][j];
            bool same = strcmp(one->lines[i], other->lines[j]) == 0;
            shared[i + 1][j + 1] = same ? shared[i][j] + 1 : without;
        }
    }
    return shared[one->count][other->count];
}

double ob_crash_likeness(const struct ob_crash_state *one, const struct ob_crash_state *other)
{
    unsigned count = least(one->count, other->count);
    double sum = 0;

    if (count == 0)
        return 0;
    if (shared_lines(one, other) >= 2)
        return 1;
    for (unsigned line = 0; line < count; line++)
        sum += ob_crash_line_likeness(one->lines[line], other->lines[line]);
    return sum / count;
}

/* No less than the likeness of two lines: each edit mends one letter that only one of them has, so
 * that there are at least as many edits as the letters that the other lacks. */
static double line_likeness_max(const char *one, const char *other)
{
    int surplus[UCHAR_MAX + 1] = {0};
    size_t one_length = strnlen(one, OB_CRASH_LINE_MAX);
    size_t other_length = strnlen(other, OB_CRASH_LINE_MAX);
    unsigned more = 0;
    unsigned less = 0;

    for (size_t at = 0; at < one_length; at++)
        surplus[(unsigned char)one[at]]++;
    for (size_t at = 0; at < other_length; at++)
        less += --surplus[(unsigned char)other[at]] < 0;
    for (size_t at = 0; at < one_length; at++) {
        int *left = &surplus[(unsigned char)one[at]];
        more += *left > 0 ? (unsigned)*left : 0;
        *left = 0;
    }
    size_t sum = one_length + other_length;
    return sum ? (double)(sum - (more > less ? more : less)) / (double)sum : 1.0;
}

/* Rules most pairs out, at a small part of the cost of their likeness. */
static bool may_merge(const struct ob_crash_state *one, const struct ob_crash_state *other)
{
    unsigned count = least(one->count, other->count);
    double sum = 0;

    if (shared_lines(one, other) >= 2)
        return true;
    for (unsigned line = 0; line < count; line++)
        sum += line_likeness_max(one->lines[line], other->lines[line]);
    return count > 0 && sum / count > OB_CRASH_ALIKE_MAX;
}

bool ob_crash_states_merge(const struct ob_crash_state *one, const struct ob_crash_state *other)
{
    return may_merge(one, other) && ob_crash_likeness(one, other) > OB_CRASH_ALIKE_MAX;
}
