/* poll(2) and select(2). */
#include "host/kernel/ready.h"

#include <string.h>

#include "host/kernel/file.h"

int ob_sys_poll(struct ob_kernel *kernel, struct pollfd *entries, nfds_t count)
{
    int ready = 0;

    if (count > kernel->descriptors_max)
        return -EINVAL;
    for (nfds_t i = 0; i < count; i++) {
        struct ob_file *file = ob_file_of(kernel, entries[i].fd);
        uint32_t wanted = (uint32_t)(uint16_t)entries[i].events | POLLERR | POLLHUP;
        uint32_t events = 0;

        if (file != NULL)
            events = ob_file_poll(kernel, file) & wanted;
        else if (entries[i].fd >= 0)
            events = POLLNVAL;
        entries[i].revents = (short)events;
        ready += events != 0;
    }
    return ready;
}

/* Which events make a descriptor ready in each of the three sets, as Linux has it. */
enum {
    READING = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
    WRITING = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
    EXCEPTING = POLLPRI,
};

int ob_sys_select(struct ob_kernel *kernel, int count, fd_set *reading, fd_set *writing,
                  fd_set *excepting, bool last)
{
    fd_set *sets[3] = {reading, writing, excepting};
    static const uint32_t events[3] = {READING, WRITING, EXCEPTING};
    fd_set results[3];
    int ready = 0;

    if (count < 0)
        return -EINVAL;
    if (count > (int)kernel->descriptors_max)
        count = (int)kernel->descriptors_max;
    memset(results, 0, sizeof results);
    for (int fd = 0; fd < count; fd++) {
        uint32_t wanted = 0;

        for (int i = 0; i < 3; i++)
            wanted |= sets[i] != NULL && FD_ISSET(fd, sets[i]) ? events[i] : 0;
        if (wanted == 0)
            continue;

        struct ob_file *file = ob_file_of(kernel, fd);

        if (file == NULL)
            return -EBADF;

        uint32_t there = ob_file_poll(kernel, file);

        for (int i = 0; i < 3; i++) {
            if (sets[i] != NULL && FD_ISSET(fd, sets[i]) && (there & events[i]) != 0) {
                FD_SET(fd, &results[i]);
                ready++;
            }
        }
    }
    for (int i = 0; i < 3 && (ready > 0 || last); i++)
        if (sets[i] != NULL)
            memcpy(sets[i], &results[i], ((size_t)count + 63) / 64 * 8);
    return ready;
}
