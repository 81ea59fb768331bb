/* UTF-8, as much as it takes to write what comes from targets and file names. */
#ifndef OFFBEAT_BASE_UTF8_H
#define OFFBEAT_BASE_UTF8_H

#include <stddef.h>

/* The length of the UTF-8 sequence that begins there, 0 for none (RFC 3629: shortest form, no
 * surrogates) and for a control character. Reads no further than the NUL that ends the string. */
size_t ob_utf8_length(const unsigned char *at);

#endif
