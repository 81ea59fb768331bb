#include "scenario/duration.h"

#include <assert.h>

uint32_t ob_duration_decode(uint16_t code)
{
    return ob_record_duration(code);
}

uint16_t ob_duration_encode(uint32_t duration_us)
{
    if (duration_us > OB_DURATION_US_MAX)
        duration_us = OB_DURATION_US_MAX;
    if (duration_us < OB_DURATION_EXACT)
        return (uint16_t)duration_us;

    uint32_t decade = 0;
    uint64_t unit = 10;
    while (duration_us / unit >= 10000) {
        unit *= 10;
        decade++;
    }
    /* Rounding 9999.5 up gives 10000, whose code is that of 1000 in the next decade. */
    uint64_t digits = (duration_us + unit / 2) / unit;
    uint64_t code = OB_DURATION_EXACT + decade * OB_DURATION_DECADE + (digits - 1000);
    assert(digits >= 1000 && digits <= 10000 && code <= UINT16_MAX);
    return (uint16_t)code;
}

uint16_t ob_duration_floor(uint32_t duration_us)
{
    uint16_t code = ob_duration_encode(duration_us);
    return ob_duration_decode(code) > duration_us ? (uint16_t)(code - 1) : code;
}

uint32_t ob_duration_round(uint64_t duration_us)
{
    if (duration_us > OB_DURATION_US_MAX)
        return OB_DURATION_US_MAX;
    return ob_duration_decode(ob_duration_encode((uint32_t)duration_us));
}

/* A number of millionths as a decimal fraction, without zeros at its end. */
static void print_millionths(struct ob_text *text, uint64_t millionths)
{
    unsigned fraction = (unsigned)(millionths % 1000000);
    unsigned digits = 6;

    ob_text_printf(text, "%llu", (unsigned long long)(millionths / 1000000));
    if (fraction == 0)
        return;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    ob_text_printf(text, ".%0*u", (int)digits, fraction);
}

/* The largest unit in which it is at least 1; minutes only when they are whole, as nobody reads
 * 1.025min with ease. */
uint32_t ob_duration_unit(uint64_t duration_us)
{
    if (duration_us > 0 && duration_us % 60000000 == 0)
        return 60000000;
    return duration_us >= 1000000 ? 1000000 : duration_us >= 1000 ? 1000 : 1;
}

void ob_duration_print_in(struct ob_text *text, uint64_t duration_us, uint32_t unit_us)
{
    if (unit_us == 0)
        unit_us = ob_duration_unit(duration_us);
    if (duration_us == 0) {
        ob_text_printf(text, "0");
    } else if (unit_us == 60000000) {
        ob_text_printf(text, "%llumin", (unsigned long long)(duration_us / 60000000));
    } else {
        print_millionths(text, duration_us * (1000000 / unit_us));
        ob_text_printf(text, unit_us == 1000000 ? "s" : unit_us == 1000 ? "ms" : "us");
    }
}

void ob_duration_print(struct ob_text *text, uint64_t duration_us)
{
    ob_duration_print_in(text, duration_us, 0);
}
