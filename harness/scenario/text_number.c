/* Numbers and durations in the text form. */

#include "scenario/text_line.h"

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static size_t count_digits(struct ob_word word)
{
    size_t count = 0;
    while (count < word.length && is_digit(word.at[count]))
        count++;
    return count;
}

/* The value of digits alone; more than 2^40 stays there, which is beyond every bound. */
static uint64_t digits_value(struct ob_word digits)
{
    const uint64_t limit = (uint64_t)1 << 40;
    uint64_t value = 0;
    for (size_t index = 0; index < digits.length && value < limit; index++)
        value = value * 10 + (uint64_t)(digits.at[index] - '0');
    return value < limit ? value : limit;
}

int ob_line_number(const struct ob_line *line, struct ob_word word, const char *what, uint32_t max,
                   uint32_t *number)
{
    if (word.length == 0 || count_digits(word) != word.length)
        return ob_line_fail(line, "%s is not a number, which %s must be", ob_quote(word).text,
                            what);
    uint64_t value = digits_value(word);
    if (value > max)
        return ob_line_fail(line, "%s is %s, which is at most %u", what, ob_quote(word).text,
                            (unsigned)max);
    *number = (uint32_t)value;
    return 0;
}

static uint64_t unit_us(struct ob_word unit)
{
    static const struct {
        const char *name;
        uint64_t us;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"min", 60000000}};
    for (size_t index = 0; index < sizeof units / sizeof units[0]; index++)
        if (ob_word_is(unit, units[index].name))
            return units[index].us;
    return 0;
}

int ob_line_duration(const struct ob_line *line, struct ob_word word, uint32_t *duration_us)
{
    const char *expected = "a duration such as 0, 250us, 1.5ms, 2s or 1min is expected";
    struct ob_word whole = ob_word_head(word, count_digits(word));
    struct ob_word unit = ob_word_tail(word, whole.length);
    struct ob_word fraction = {unit.at, 0};
    if (unit.length > 0 && unit.at[0] == '.') {
        fraction = ob_word_head(ob_word_tail(unit, 1), count_digits(ob_word_tail(unit, 1)));
        unit = ob_word_tail(unit, 1 + fraction.length);
        if (fraction.length == 0)
            return ob_line_fail(line, "%s: %s", ob_quote(word).text, expected);
    }
    if (word.length == 0)
        return ob_line_fail(line, "the line ends where %s", expected);
    if (whole.length == 0)
        return ob_line_fail(line, "%s: %s", ob_quote(word).text, expected);

    uint64_t billionths = 0;
    bool is_finer = false; /* than a billionth of the unit */
    for (size_t index = 0; index < 9; index++)
        billionths =
            billionths * 10 + (index < fraction.length ? (uint64_t)(fraction.at[index] - '0') : 0);
    for (size_t index = 9; index < fraction.length; index++)
        is_finer |= fraction.at[index] != '0';
    uint64_t count = digits_value(whole);
    uint64_t factor = unit_us(unit);
    if (factor == 0 && (unit.length > 0 || count > 0 || billionths > 0))
        return ob_line_fail(line, "%s has no unit: %s", ob_quote(word).text, expected);
    if (count > OB_DURATION_US_MAX ||
        count * factor + billionths * factor / 1000000000 > OB_DURATION_US_MAX)
        return ob_line_fail(line, "%s is longer than a scenario can say, which is 4290s",
                            ob_quote(word).text);
    if (is_finer || billionths * factor % 1000000000 != 0)
        return ob_line_fail(line, "%s is finer than 1us, the least that a scenario can say",
                            ob_quote(word).text);
    *duration_us = (uint32_t)(count * factor + billionths * factor / 1000000000);
    return 0;
}
