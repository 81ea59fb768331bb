/* Payloads: fewer bytes, then zeros, then fewer bits. */
#include <string.h>

#include "search/shrink.h"

static bool cut_bytes(struct ob_shrink *shrink, unsigned message)
{
    bool any = false;

    for (unsigned size = shrink->current.messages[message].bytes_size; size > 0; size /= 2) {
        unsigned end = shrink->current.messages[message].bytes_size;
        while (end > 0) {
            unsigned start = end > size ? end - size : 0;
            ob_shrink_begin(shrink);
            ob_shrink_cut_payload(&shrink->candidate, message, start, end - start);
            any |= ob_shrink_try(shrink);
            end = start;
        }
    }
    return any;
}

static bool zero_bytes(struct ob_shrink *shrink, unsigned message)
{
    bool any = false;

    for (unsigned size = shrink->current.messages[message].bytes_size; size > 0; size /= 2) {
        unsigned end = shrink->current.messages[message].bytes_size;
        while (end > 0) {
            unsigned start = end > size ? end - size : 0;
            ob_shrink_begin(shrink);
            unsigned first = shrink->candidate.messages[message].bytes_start + start;
            memset(shrink->candidate.payload + first, 0, end - start);
            any |= ob_shrink_try(shrink);
            end = start;
        }
    }
    return any;
}

static bool clear_bits(struct ob_shrink *shrink, unsigned message)
{
    bool any = false;

    for (unsigned at = 0; at < shrink->current.messages[message].bytes_size; at++) {
        for (unsigned bit = 8; bit-- > 0;) {
            unsigned place = shrink->current.messages[message].bytes_start + at;
            if (!(shrink->current.payload[place] >> bit & 1))
                continue;
            ob_shrink_begin(shrink);
            shrink->candidate.payload[place] &= (uint8_t) ~(1u << bit);
            any |= ob_shrink_try(shrink);
        }
    }
    return any;
}

bool ob_shrink_payloads(struct ob_shrink *shrink)
{
    bool any = false;

    for (unsigned message = 0; message < shrink->current.message_count; message++) {
        any |= cut_bytes(shrink, message);
        any |= zero_bytes(shrink, message);
        any |= clear_bits(shrink, message);
    }
    return any;
}
