/* Files and folders as a tree of nodes, and how a path leads to one. */
#ifndef OFFBEAT_HOST_KERNEL_TREE_H
#define OFFBEAT_HOST_KERNEL_TREE_H

#include "host/kernel/files.h"
#include "host/kernel/state.h"

enum { OB_MODE_BITS = 07777 };

/* What a node is behind besides its mode: pages of a file, entries of a folder, text of a link. */
struct ob_node {
    uint64_t number;
    mode_t mode; /* with its type: S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFSOCK */
    uint32_t user, group;
    uint32_t links, opens;                        /* freed when both are 0 */
    uint64_t size;                                /* of files and of the text of symbolic links */
    int64_t accessed_ns, modified_ns, changed_ns; /* CLOCK_REALTIME; may be before 1970 */
    uint32_t pages, pages_room; /* files: array of references to pages, 0 for holes */
    struct ob_list entries;     /* folders: struct ob_link */
    uint32_t parent;            /* folders: 0 once it is removed */
    uint32_t text;              /* symbolic links: `size` bytes */
    uint32_t device;            /* enum ob_device */
};

/* A name in a folder. */
struct ob_link {
    struct ob_item item;
    uint32_t node;
    uint32_t length;
    uint64_t number; /* rises in the order of creation: where readdir goes on */
    char name[];
};

/* Where a path leads. */
struct ob_place {
    struct ob_node *folder; /* that its last part is in; NULL for "/" */
    struct ob_link *link;   /* NULL where there is none, and for "/", "." and ".." */
    struct ob_node *node;   /* NULL where there is none */
    const char *name;       /* the last part, in the walk's own memory */
    size_t length;
    bool is_dots;        /* the last part is "." or "..", or there is none */
    bool demands_folder; /* a slash follows the last part */
    char text[OB_PATH_MAX];
};

/* Which symbolic links a path's last part is followed through. */
enum ob_follows {
    OB_FOLLOWS_NOTHING, /* what makes, removes and renames */
    OB_FOLLOWS_SLASH,   /* where a slash stands behind it: lstat and so on */
    OB_FOLLOWS_PLAIN,   /* where none does: open with O_CREAT */
    OB_FOLLOWS_ALL,
};

/*
 * Follows a path from `start` (a folder; not used for one that begins with a slash). 0 with
 * `place->node` NULL where only the last part is missing.
 */
int ob_tree_walk(struct ob_kernel *kernel, struct ob_node *start, const char *path,
                 enum ob_follows follows, struct ob_place *place);

/* As above from the working folder; -ENOENT where nothing is. */
int ob_tree_find(struct ob_kernel *kernel, const char *path, enum ob_follows follows,
                 struct ob_node **node);

/* Makes a node with a link at a place where nothing is. NULL when the region is full. */
struct ob_node *ob_tree_make(struct ob_kernel *kernel, const struct ob_place *place, mode_t mode);

/* Adds a link to a node; false when the region is full. */
bool ob_tree_link(struct ob_kernel *kernel, struct ob_node *folder, const char *name, size_t length,
                  struct ob_node *node);

/* Removes a link, and the node when nothing holds it any more. */
void ob_tree_unlink(struct ob_kernel *kernel, struct ob_node *folder, struct ob_link *link);

/* One holder less (or more) of a node: descriptors, the working folder, sockets that are bound to
 * it. */
void ob_node_hold(struct ob_node *node);
void ob_node_drop(struct ob_kernel *kernel, struct ob_node *node);

/* A node without a link. NULL when the region is full. */
struct ob_node *ob_node_make(struct ob_kernel *kernel, mode_t mode);

int64_t ob_realtime_ns(const struct ob_kernel *kernel);
void ob_node_changed(const struct ob_kernel *kernel, struct ob_node *node); /* its content */

/* Bytes of a regular file. Reading gives what is there; writing -ENOSPC, or how many there was room
 * for. */
size_t ob_content_read(struct ob_kernel *kernel, const struct ob_node *node, void *bytes,
                       size_t size, uint64_t offset);
ssize_t ob_content_write(struct ob_kernel *kernel, struct ob_node *node, const void *bytes,
                         size_t size, uint64_t offset);
void ob_content_resize(struct ob_kernel *kernel, struct ob_node *node, uint64_t size);

#endif
