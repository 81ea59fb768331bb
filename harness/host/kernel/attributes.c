/* What is known of files beside their bytes: modes, owners, times, and of the file system. */
#include <string.h>
#include <sys/statfs.h>

#include "host/kernel/file.h"
#include "host/kernel/tree.h"

#define NS_PER_S INT64_C(1000000000)

enum { FILE_SYSTEM_TYPE = 0x01021994 }; /* tmpfs, see statfs(2) */

/* -- modes -- */

static void change_mode(const struct ob_kernel *kernel, struct ob_node *node, mode_t mode)
{
    node->mode = (node->mode & S_IFMT) | (mode & OB_MODE_BITS);
    node->changed_ns = ob_realtime_ns(kernel);
}

int ob_sys_chmod(struct ob_kernel *kernel, const char *path, mode_t mode)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    if (error == 0)
        change_mode(kernel, node, mode);
    return error;
}

int ob_sys_fchmod(struct ob_kernel *kernel, int fd, mode_t mode)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    if (file->kind == OB_FILE_REGULAR || file->kind == OB_FILE_FOLDER)
        change_mode(kernel, ob_at(kernel, file->object), mode);
    return 0;
}

/* -- owners -- */

/* Who is not root may not give a file away: chown(2). */
static int change_owner(const struct ob_kernel *kernel, struct ob_node *node, uid_t user,
                        gid_t group)
{
    bool gives_away =
        (user != (uid_t)-1 && user != node->user) || (group != (gid_t)-1 && group != node->group);

    if (gives_away && kernel->owner != 0)
        return -EPERM;
    if (user != (uid_t)-1)
        node->user = user;
    if (group != (gid_t)-1)
        node->group = group;
    if (!S_ISDIR(node->mode))
        node->mode &= ~(mode_t)(S_ISUID | ((node->mode & S_IXGRP) != 0 ? S_ISGID : 0));
    node->changed_ns = ob_realtime_ns(kernel);
    return 0;
}

int ob_sys_chown(struct ob_kernel *kernel, const char *path, uid_t user, gid_t group, bool follows)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, follows ? OB_FOLLOWS_ALL : OB_FOLLOWS_SLASH, &node);

    return error == 0 ? change_owner(kernel, node, user, group) : error;
}

int ob_sys_fchown(struct ob_kernel *kernel, int fd, uid_t user, gid_t group)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    if (file->kind == OB_FILE_REGULAR || file->kind == OB_FILE_FOLDER)
        return change_owner(kernel, ob_at(kernel, file->object), user, group);
    return 0;
}

/* -- times -- */

static bool is_time(const struct timespec *time)
{
    return (time->tv_nsec >= 0 && time->tv_nsec < NS_PER_S) || time->tv_nsec == UTIME_NOW ||
           time->tv_nsec == UTIME_OMIT;
}

/* Times that do not fit are taken as the nearest that do, as file systems do: utimensat(2). */
static int64_t to_ns(const struct timespec *time)
{
    const int64_t most_s = INT64_MAX / NS_PER_S - 1;
    int64_t seconds = time->tv_sec;

    seconds = seconds > most_s ? most_s : seconds < -most_s ? -most_s : seconds;
    return seconds * NS_PER_S + time->tv_nsec;
}

static void change_time(int64_t *changed_ns, const struct timespec *time, int64_t now_ns)
{
    if (time == NULL || time->tv_nsec == UTIME_NOW)
        *changed_ns = now_ns;
    else if (time->tv_nsec != UTIME_OMIT)
        *changed_ns = to_ns(time);
}

static void change_times(const struct ob_kernel *kernel, struct ob_node *node,
                         const struct timespec times[2])
{
    int64_t now_ns = ob_realtime_ns(kernel);

    change_time(&node->accessed_ns, times, now_ns);
    change_time(&node->modified_ns, times ? times + 1 : NULL, now_ns);
    node->changed_ns = now_ns;
}

/* Both times are left as they are: then nothing is even looked up. */
static bool changes_nothing(const struct timespec times[2])
{
    return times != NULL && times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT;
}

static bool are_times(const struct timespec times[2])
{
    return times == NULL || (is_time(&times[0]) && is_time(&times[1]));
}

int ob_sys_utimens(struct ob_kernel *kernel, const char *path, const struct timespec times[2],
                   bool follows)
{
    struct ob_node *node;

    if (changes_nothing(times))
        return 0;

    int error = ob_tree_find(kernel, path, follows ? OB_FOLLOWS_ALL : OB_FOLLOWS_SLASH, &node);

    if (error == 0 && !are_times(times))
        error = -EINVAL;
    if (error == 0)
        change_times(kernel, node, times);
    return error;
}

int ob_sys_futimens(struct ob_kernel *kernel, int fd, const struct timespec times[2])
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (fd < 0) /* as the C library says */
        return -EBADF;
    if (changes_nothing(times))
        return 0;
    if (file == NULL)
        return -EBADF;
    if (!are_times(times))
        return -EINVAL;
    if (file->kind == OB_FILE_REGULAR || file->kind == OB_FILE_FOLDER)
        change_times(kernel, ob_at(kernel, file->object), times);
    return 0;
}

/* -- the file system: one, that ends where the kernel's memory does -- */

static void describe_file_system(const struct ob_kernel *kernel, struct statfs *status)
{
    memset(status, 0, sizeof *status);
    status->f_type = FILE_SYSTEM_TYPE;
    status->f_bsize = status->f_frsize = 4096;
    status->f_blocks = kernel->size / 4096;
    status->f_bfree = status->f_bavail = (kernel->size - kernel->top) / 4096;
    status->f_files = kernel->size / sizeof(struct ob_node);
    status->f_ffree = (kernel->size - kernel->top) / sizeof(struct ob_node);
    status->f_namelen = OB_NAME_MAX;
}

int ob_sys_statfs(struct ob_kernel *kernel, const char *path, struct statfs *status)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    if (error == 0)
        describe_file_system(kernel, status);
    return error;
}

int ob_sys_fstatfs(struct ob_kernel *kernel, int fd, struct statfs *status)
{
    if (ob_file_of(kernel, fd) == NULL)
        return -EBADF;
    describe_file_system(kernel, status);
    return 0;
}
