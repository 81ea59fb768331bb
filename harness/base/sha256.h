/* SHA-256 (FIPS 180-4): names for contents. */
#ifndef OFFBEAT_BASE_SHA256_H
#define OFFBEAT_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define OB_SHA256_HEX 65 /* 64 hexadecimal digits and a NUL */

struct ob_sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t block[64];
};

void ob_sha256_begin(struct ob_sha256 *sha);
void ob_sha256_add(struct ob_sha256 *sha, const void *data, size_t size);
void ob_sha256_end(struct ob_sha256 *sha, char hex[OB_SHA256_HEX]);

/* All in one. */
void ob_sha256_of(const void *data, size_t size, char hex[OB_SHA256_HEX]);

#endif
