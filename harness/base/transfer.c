#include "base/transfer.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

int ob_read_all(int fd, void *data, size_t size, void (*interrupted)(void *context), void *context)
{
    char *at = data;

    while (size > 0) {
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EINTR) {
            if (interrupted)
                interrupted(context);
            continue;
        }
        if (got <= 0)
            return -1;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

int ob_write_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO;
        if (written <= 0)
            return -1;
        at += written;
        size -= (size_t)written;
    }
    return 0;
}
