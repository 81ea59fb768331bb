#include "host/kernel/file.h"

#include <string.h>
#include <sys/epoll.h>

enum { DESCRIPTORS_AT_FIRST = 32 };

struct ob_descriptor *ob_descriptor_of(const struct ob_kernel *kernel, int fd)
{
    struct ob_descriptor *table = ob_at(kernel, kernel->descriptors);

    if (fd < 0 || (uint32_t)fd >= kernel->descriptors_room || table[fd].file == 0)
        return NULL;
    return &table[fd];
}

struct ob_file *ob_file_of(const struct ob_kernel *kernel, int fd)
{
    const struct ob_descriptor *descriptor = ob_descriptor_of(kernel, fd);

    return descriptor ? ob_at(kernel, descriptor->file) : NULL;
}

static bool make_room(struct ob_kernel *kernel, uint32_t count)
{
    uint32_t room = kernel->descriptors_room ? kernel->descriptors_room : DESCRIPTORS_AT_FIRST;

    if (count <= kernel->descriptors_room)
        return true;
    while (room < count)
        room *= 2;

    struct ob_descriptor *old = ob_at(kernel, kernel->descriptors);
    struct ob_descriptor *table = ob_region_take(kernel, room * sizeof *table);

    if (table == NULL)
        return false;
    if (old != NULL)
        memcpy(table, old, kernel->descriptors_room * sizeof *table);
    ob_region_give(kernel, old, kernel->descriptors_room * sizeof *table);
    kernel->descriptors = ob_ref(kernel, table);
    kernel->descriptors_room = room;
    return true;
}

int ob_descriptor_add(struct ob_kernel *kernel, struct ob_file *file, int least, bool on_exec)
{
    uint32_t fd = (uint32_t)least;

    if (least < 0 || fd >= kernel->descriptors_max)
        return -EINVAL;
    while (ob_descriptor_of(kernel, (int)fd) != NULL)
        fd++;
    if (fd >= kernel->descriptors_max)
        return -EMFILE;
    if (!make_room(kernel, fd + 1))
        return -ENFILE;

    struct ob_descriptor *table = ob_at(kernel, kernel->descriptors);

    table[fd] = (struct ob_descriptor){.file = ob_ref(kernel, file), .closes_on_exec = on_exec};
    file->refs++;
    return (int)fd;
}

int ob_file_open(struct ob_kernel *kernel, enum ob_file_kind kind, int flags, uint32_t object)
{
    struct ob_file *file = ob_region_take(kernel, sizeof *file);

    if (file == NULL)
        return -ENFILE;
    *file = (struct ob_file){
        .id = ++kernel->files_made,
        .kind = (uint8_t)kind,
        .flags = flags & ~(O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY),
        .object = object,
    };

    int fd = ob_descriptor_add(kernel, file, 0, (flags & O_CLOEXEC) != 0);

    if (fd < 0)
        ob_region_give(kernel, file, sizeof *file);
    else
        ob_list_append(kernel, &kernel->files, &file->item);
    return fd;
}

void ob_file_tell(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events)
{
    if (kernel->hooks->changed != NULL)
        kernel->hooks->changed(kernel->user, file->id, events);
}

void ob_descriptor_drop(struct ob_kernel *kernel, int fd)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    assert(file != NULL && file->refs > 0);
    ob_descriptor_of(kernel, fd)->file = 0;
    if (--file->refs > 0)
        return;
    while (file->watchers.first != 0)
        ob_watch_remove(kernel, OB_OF(kernel, struct ob_watch, of_file, file->watchers.first));
    ob_list_remove(kernel, &kernel->files, &file->item);
    if (ob_file_operations[file->kind].release != NULL)
        ob_file_operations[file->kind].release(kernel, file);
    ob_file_tell(kernel, file, OB_ALL_EVENTS);
    ob_region_give(kernel, file, sizeof *file);
}

int ob_file_wait(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events)
{
    kernel->wait = (struct ob_kernel_wait){.file = file->id, .events = events};
    return OB_WAIT;
}

int ob_file_would_wait(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events,
                       bool never)
{
    return never || (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : ob_file_wait(kernel, file, events);
}

uint32_t ob_file_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_file_operations *operations = &ob_file_operations[file->kind];

    if (operations->poll == NULL)
        return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    return operations->poll(kernel, file);
}

void ob_watch_ready(struct ob_kernel *kernel, struct ob_watch *watch)
{
    struct ob_file *set = ob_at(kernel, watch->epoll);
    struct ob_epoll *epoll = ob_at(kernel, set->object);

    if (!watch->is_ready) {
        watch->is_ready = true;
        ob_list_append(kernel, &epoll->ready, &watch->of_ready);
    }
    ob_file_wake(kernel, set, POLLIN);
}

/*
 * Who came last is told first, as in Linux's wait queues. Sets hold each other in at most five
 * levels (epoll_ctl checks it), so that this ends.
 */
void ob_file_wake(struct ob_kernel *kernel, struct ob_file *file, uint32_t events)
{
    for (struct ob_watch *watch = OB_OF(kernel, struct ob_watch, of_file, file->watchers.last);
         watch != NULL; watch = OB_OF(kernel, struct ob_watch, of_file, watch->of_file.prev))
        if (!watch->is_disabled && (events & (watch->events | EPOLLERR | EPOLLHUP)) != 0)
            ob_watch_ready(kernel, watch);
    ob_file_tell(kernel, file, events);
}

void ob_watch_remove(struct ob_kernel *kernel, struct ob_watch *watch)
{
    struct ob_file *file = ob_at(kernel, watch->file);
    struct ob_file *set = ob_at(kernel, watch->epoll);
    struct ob_epoll *epoll = ob_at(kernel, set->object);

    if (watch->is_ready)
        ob_list_remove(kernel, &epoll->ready, &watch->of_ready);
    ob_list_remove(kernel, &epoll->members, &watch->of_epoll);
    ob_list_remove(kernel, &file->watchers, &watch->of_file);
    ob_region_give(kernel, watch, sizeof *watch);
}
