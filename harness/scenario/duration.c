#include <assert.h>

#include "scenario/record.h"
#include "scenario/scenario.h"

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

uint32_t ob_duration_round(uint64_t duration_us)
{
    if (duration_us > OB_DURATION_US_MAX)
        return OB_DURATION_US_MAX;
    return ob_duration_decode(ob_duration_encode((uint32_t)duration_us));
}

/* The largest unit in which it is at least 1 and needs no more than three decimals; minutes only
 * when they are whole, as nobody reads 1.025min with ease. */
void ob_duration_print(struct ob_text *text, uint64_t duration_us)
{
    if (duration_us == 0) {
        ob_text_printf(text, "0");
        return;
    }
    if (duration_us % 60000000 == 0) {
        ob_text_printf(text, "%llumin", (unsigned long long)(duration_us / 60000000));
        return;
    }
    const char *unit = "us";
    uint64_t thousandths = duration_us * 1000;
    if (duration_us >= 1000000 && duration_us % 1000 == 0) {
        unit = "s";
        thousandths = duration_us / 1000;
    } else if (duration_us >= 1000) {
        unit = "ms";
        thousandths = duration_us;
    } else {
        assert(duration_us < 1000);
    }
    ob_text_printf(text, "%llu", (unsigned long long)(thousandths / 1000));
    unsigned fraction = (unsigned)(thousandths % 1000);
    if (fraction % 100 == 0 && fraction != 0)
        ob_text_printf(text, ".%u", fraction / 100);
    else if (fraction % 10 == 0 && fraction != 0)
        ob_text_printf(text, ".%02u", fraction / 10);
    else if (fraction != 0)
        ob_text_printf(text, ".%03u", fraction);
    ob_text_append(text, unit, unit[1] ? 2 : 1);
}
