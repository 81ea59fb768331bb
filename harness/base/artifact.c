#include "base/artifact.h"

#include "base/transfer.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void ob_artifact_say(const char *text)
{
    (void)ob_write_all(STDERR_FILENO, text, strlen(text)); /* there is nobody left to tell */
}

static size_t append(char *path, size_t length, const char *text)
{
    while (*text != '\0')
        path[length++] = *text++;
    path[length] = '\0';
    return length;
}

static void write_hash(const uint8_t *data, size_t size, char hex[17])
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t at = 0; at < size; at++)
        hash = (hash ^ data[at]) * 0x100000001b3u;
    for (unsigned digit = 0; digit < 16; digit++)
        hex[digit] = "0123456789abcdef"[(hash >> (60 - 4 * digit)) & 15];
    hex[16] = '\0';
}

bool ob_artifact_write(const char *prefix, const char *kind, const uint8_t *data, size_t size,
                       char path[OB_ARTIFACT_PATH_MAX])
{
    char hex[17];

    path[0] = '\0';
    if (strlen(prefix) + strlen(kind) + sizeof hex > OB_ARTIFACT_PATH_MAX)
        return false;
    write_hash(data, size, hex);
    (void)append(path, append(path, append(path, 0, prefix), kind), hex);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    bool is_whole = ob_write_all(file, data, size) == 0;
    return close(file) == 0 && is_whole;
}
