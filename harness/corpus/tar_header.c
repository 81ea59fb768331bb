#include "corpus/tar_header.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_AT = 0,
    MODE_AT = 100,
    OWNER_AT = 108,
    GROUP_AT = 116,
    SIZE_AT = 124,
    TIME_AT = 136,
    CHECKSUM_AT = 148,
    CHECKSUM_BYTES = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    DEVICE_AT = 329,
};

static unsigned checksum(const uint8_t *record)
{
    unsigned sum = CHECKSUM_BYTES * ' ';
    for (size_t i = 0; i < OB_TAR_RECORD_BYTES; i++) {
        sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? 0U : record[i];
    }
    return sum;
}

size_t ob_tar_entry_size(size_t content_bytes)
{
    const size_t records = (content_bytes + OB_TAR_RECORD_BYTES - 1) / OB_TAR_RECORD_BYTES;
    return (1 + records) * OB_TAR_RECORD_BYTES;
}

void ob_tar_header_write(uint8_t *record, size_t number, size_t content_bytes)
{
    char *text = (char *)record;
    memset(record, 0, OB_TAR_RECORD_BYTES);
    (void)snprintf(text + NAME_AT, MODE_AT, "%06zu", number);
    memcpy(text + MODE_AT, "0000644", 7);
    memcpy(text + OWNER_AT, "0000000", 7);
    memcpy(text + GROUP_AT, "0000000", 7);
    (void)snprintf(text + SIZE_AT, 12, "%011llo",
                   (unsigned long long)content_bytes & 077777777777ULL);
    memcpy(text + TIME_AT, "00000000000", 11);
    text[TYPE_AT] = '0';
    memcpy(text + MAGIC_AT, "ustar\00000", 8);
    memcpy(text + DEVICE_AT, "0000000\0000000000", 15);
    (void)snprintf(text + CHECKSUM_AT, CHECKSUM_BYTES - 1, "%06o", checksum(record) & 0777777U);
    text[CHECKSUM_AT + CHECKSUM_BYTES - 1] = ' ';
}

bool ob_tar_header_is_sound(const uint8_t *data, size_t size)
{
    unsigned stated = 0;
    if (size < OB_TAR_RECORD_BYTES) {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        const uint8_t digit = data[CHECKSUM_AT + i];
        if (digit < '0' || digit > '7') {
            /* The end is a record of zeros. */
            return digit == 0 && checksum(data) == CHECKSUM_BYTES * ' ';
        }
        stated = stated * 8 + (unsigned)(digit - '0');
    }
    return stated == checksum(data);
}
