/*
 * What all parts of the kernel share: the region, references into it, lists, and the kernel itself.
 *
 * A reference is the offset of something from the front of the region, 0 for nothing. Functions
 * work with pointers, which hold until the next state is copied in; what is kept is references.
 */
#ifndef OFFBEAT_HOST_KERNEL_STATE_H
#define OFFBEAT_HOST_KERNEL_STATE_H

#include <assert.h>
#include <errno.h>

#include "host/kernel/kernel.h"

enum { OB_REGION_CLASSES = 28 };

/* A member of a list, embedded in what is listed. */
struct ob_item {
    uint32_t next, prev;
};

struct ob_list {
    uint32_t first, last, count;
};

struct ob_kernel {
    uint64_t size, top;
    bool was_full;
    uint32_t free[OB_REGION_CLASSES]; /* blocks of 16 << class bytes; each begins with the next */

    const struct ob_kernel_hooks *hooks;
    void *user;
    uint32_t choices; /* that are open, a bit each of enum ob_kernel_choice */
    uint32_t ip, owner, incarnation, descriptors_max, receive_room, send_room;

    struct ob_kernel_wait wait;

    uint32_t descriptors, descriptors_room; /* array of struct ob_descriptor */
    uint32_t files_made;
    struct ob_list files; /* struct ob_file, all that are open */

    struct ob_list timers;    /* struct ob_timer that are armed */
    struct ob_list signalfds; /* struct ob_signalfd */
    uint64_t pending_signals;
    uint32_t console; /* struct ob_console */

    uint32_t root, folder; /* struct ob_node: of all paths, and of relative ones */
    uint64_t nodes_made;

    struct ob_list sockets;   /* struct ob_socket, orphans included */
    struct ob_list time_wait; /* struct ob_time_wait */
    struct ob_list loopback;  /* struct ob_loop_packet on its way */
    uint32_t connections_made;
    uint16_t next_port;
    uint32_t names_made; /* abstract names that Unix sockets were given */
};

static inline void *ob_at(const struct ob_kernel *kernel, uint32_t ref)
{
    assert(ref < kernel->top);
    return ref ? (char *)(uintptr_t)kernel + ref : NULL;
}

static inline uint32_t ob_ref(const struct ob_kernel *kernel, const void *thing)
{
    return thing ? (uint32_t)((const char *)thing - (const char *)kernel) : 0;
}

/* What a list's item is embedded in, or NULL. */
#define OB_OF(kernel, type, member, ref)                                                           \
    ((ref) ? (type *)(void *)((char *)ob_at(kernel, ref) - offsetof(type, member)) : (type *)NULL)

/* The elements of a list in order; the one at hand must stay in it, others may come and go. */
#define OB_EACH(kernel, type, member, list, it)                                                    \
    for (type *it = OB_OF(kernel, type, member, (list)->first); (it) != NULL;                      \
         (it) = OB_OF(kernel, type, member, (it)->member.next))

/* Memory of `size` bytes, all zero, or NULL when the region is full. Given back with the same size.
 */
void *ob_region_take(struct ob_kernel *kernel, size_t size);
void ob_region_give(struct ob_kernel *kernel, void *memory, size_t size);

/* The same, with what stood there before. */
void *ob_region_take_raw(struct ob_kernel *kernel, size_t size);

void ob_list_append(struct ob_kernel *kernel, struct ob_list *list, struct ob_item *item);
void ob_list_remove(struct ob_kernel *kernel, struct ob_list *list, struct ob_item *item);

static inline uint64_t ob_now_ns(const struct ob_kernel *kernel)
{
    return kernel->hooks->now_ns(kernel->user);
}

/* The answer to a choice, between `least` and `most`. */
uint32_t ob_kernel_choose(struct ob_kernel *kernel, enum ob_kernel_choice what, uint32_t file,
                          uint32_t least, uint32_t plain, uint32_t most);

#endif
