#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned by)
{
    return word >> by | word << (32 - by);
}

static void mix(struct ob_sha256 *sha, const uint8_t *block)
{
    uint32_t w[64];
    uint32_t s[8];

    for (size_t at = 0; at < 16; at++)
        w[at] = (uint32_t)block[4 * at] << 24 | (uint32_t)block[4 * at + 1] << 16 |
                (uint32_t)block[4 * at + 2] << 8 | block[4 * at + 3];
    for (unsigned at = 16; at < 64; at++) {
        uint32_t before = rotate(w[at - 15], 7) ^ rotate(w[at - 15], 18) ^ w[at - 15] >> 3;
        uint32_t after = rotate(w[at - 2], 17) ^ rotate(w[at - 2], 19) ^ w[at - 2] >> 10;
        w[at] = w[at - 16] + before + w[at - 7] + after;
    }
    memcpy(s, sha->state, sizeof s);
    for (unsigned at = 0; at < 64; at++) {
        uint32_t one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                       ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[at] + w[at];
        uint32_t other = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                         ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + other;
    }
    for (unsigned at = 0; at < 8; at++)
        sha->state[at] += s[at];
}

void ob_sha256_begin(struct ob_sha256 *sha)
{
    *sha = (struct ob_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void ob_sha256_add(struct ob_sha256 *sha, const void *data, size_t size)
{
    const uint8_t *at = data;

    while (size > 0) {
        size_t used = (size_t)(sha->size % sizeof sha->block);
        size_t part = size < sizeof sha->block - used ? size : sizeof sha->block - used;
        memcpy(sha->block + used, at, part);
        sha->size += part;
        at += part;
        size -= part;
        if (used + part == sizeof sha->block)
            mix(sha, sha->block);
    }
}

void ob_sha256_end(struct ob_sha256 *sha, char hex[OB_SHA256_HEX])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = sha->size * 8;
    size_t used = (size_t)(sha->size % sizeof sha->block);
    uint8_t length[8];

    for (unsigned at = 0; at < 8; at++)
        length[at] = (uint8_t)(bits >> (56 - 8 * at));
    ob_sha256_add(sha, padding, used < 56 ? 56 - used : 120 - used);
    ob_sha256_add(sha, length, sizeof length);
    for (size_t at = 0; at < 8; at++)
        (void)snprintf(hex + 8 * at, 9, "%08x", (unsigned)sha->state[at]);
}

void ob_sha256_of(const void *data, size_t size, char hex[OB_SHA256_HEX])
{
    struct ob_sha256 sha;

    ob_sha256_begin(&sha);
    ob_sha256_add(&sha, data, size);
    ob_sha256_end(&sha, hex);
}
