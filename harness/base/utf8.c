#include "base/utf8.h"

size_t ob_utf8_length(const unsigned char *at)
{
    static const struct {
        unsigned char first_min;
        unsigned char first_max;
        unsigned char second_min;
        unsigned char second_max;
        unsigned char length;
    } forms[] = {
        {0x20, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++) {
        if (at[0] < forms[form].first_min || at[0] > forms[form].first_max)
            continue;
        size_t length = forms[form].length;
        if (length > 1 && (at[1] < forms[form].second_min || at[1] > forms[form].second_max))
            continue;
        /* A NUL ends the string and is no continuation, so this never reads past it. */
        for (size_t more = 2; more < length; more++)
            if ((at[more] & 0xc0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}
