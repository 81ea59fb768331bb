/* Calls that name files by paths and are not plain: those whose names end in `at`, attributes, and
 * files with names that nobody has yet. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <utime.h>

#include "host/call.h"
#include "host/stream.h"

/* -- from a folder: openat(2) -- */

/* A call whose path begins at a folder that is open; `operation` takes it from the working one. */
#define CALL_FROM(name, folder, path, operation)                                                   \
    OB_CALL(name, ({                                                                               \
                uint32_t before_;                                                                  \
                long error_ = ob_kernel_look_from(kernel, folder, path, &before_);                 \
                long done_ = error_ ? error_ : (long)(operation);                                  \
                ob_kernel_look_back(kernel, before_);                                              \
                done_;                                                                             \
            }))

int ob_c_fchdir(int fd)
{
    return (int)OB_CALL("fchdir", ob_sys_fchdir(kernel, fd));
}

int ob_c_mkdirat(int folder, const char *path, mode_t mode)
{
    return (int)CALL_FROM("mkdirat", folder, path, ob_sys_mkdir(kernel, path, mode));
}

int ob_c_unlinkat(int folder, const char *path, int flags)
{
    return (int)CALL_FROM("unlinkat", folder, path,
                          flags & AT_REMOVEDIR ? ob_sys_rmdir(kernel, path)
                                               : ob_sys_unlink(kernel, path));
}

int ob_c_symlinkat(const char *text, int folder, const char *path)
{
    return (int)CALL_FROM("symlinkat", folder, path, ob_sys_symlink(kernel, text, path));
}

ssize_t ob_c_readlinkat(int folder, const char *path, char *text, size_t size)
{
    return CALL_FROM("readlinkat", folder, path, ob_sys_readlink(kernel, path, text, size));
}

int ob_c_faccessat(int folder, const char *path, int mode, int flags)
{
    (void)flags; /* there is one user */
    return (int)CALL_FROM("faccessat", folder, path, ob_sys_access(kernel, path, mode));
}

int ob_c_fchmodat(int folder, const char *path, mode_t mode, int flags)
{
    return (int)CALL_FROM("fchmodat", folder, path,
                          flags & AT_SYMLINK_NOFOLLOW ? -EOPNOTSUPP
                                                      : ob_sys_chmod(kernel, path, mode));
}

int ob_c_fchownat(int folder, const char *path, uid_t user, gid_t group, int flags)
{
    bool follows = !(flags & AT_SYMLINK_NOFOLLOW);
    return (int)CALL_FROM("fchownat", folder, path,
                          ob_sys_chown(kernel, path, user, group, follows));
}

int ob_c_fstatat(int folder, const char *path, struct stat *status, int flags)
{
    if (flags & AT_EMPTY_PATH && !*path)
        return (int)OB_CALL("fstatat", folder == AT_FDCWD ? ob_sys_stat(kernel, ".", status)
                                                          : ob_sys_fstat(kernel, folder, status));
    return (int)CALL_FROM("fstatat", folder, path,
                          flags & AT_SYMLINK_NOFOLLOW ? ob_sys_lstat(kernel, path, status)
                                                      : ob_sys_stat(kernel, path, status));
}

/* A path as one that means the same wherever it is looked up from: 0 or -errno. */
static long make_full(struct ob_kernel *kernel, int folder, const char *path,
                      char full[OB_PATH_MAX])
{
    uint32_t before;
    size_t length = strlen(path) + 1, at = 0;
    long error = ob_kernel_look_from(kernel, folder, path, &before);
    if (!error && *path != '/' && folder != AT_FDCWD) {
        ssize_t front = ob_sys_realpath(kernel, ".", full, OB_PATH_MAX);
        error = front < 0 ? front : 0;
        at = front < 0 ? 0 : (size_t)front;
    }
    ob_kernel_look_back(kernel, before);
    if (error || at + length > OB_PATH_MAX)
        return error ? error : -ENAMETOOLONG;
    if (at > 0)
        full[at - 1] = '/';
    memcpy(full + at, path, length);
    return 0;
}

/* A call that takes two paths, each from a folder of its own. */
static int call_two(const char *name, int folder, const char *path, int other_folder,
                    const char *other,
                    int (*operation)(struct ob_kernel *kernel, const char *path, const char *other))
{
    char full[OB_PATH_MAX], other_full[OB_PATH_MAX];
    return (int)OB_CALL(name, ({
                            long error_ = make_full(kernel, folder, path, full);
                            error_ = error_ ? error_
                                            : make_full(kernel, other_folder, other, other_full);
                            error_ ? error_ : operation(kernel, full, other_full);
                        }));
}

int ob_c_renameat(int folder, const char *from, int to_folder, const char *to)
{
    return call_two("renameat", folder, from, to_folder, to, ob_sys_rename);
}

int ob_c_linkat(int folder, const char *from, int to_folder, const char *to, int flags)
{
    char real[OB_PATH_MAX];
    if (!(flags & AT_SYMLINK_FOLLOW))
        return call_two("linkat", folder, from, to_folder, to, ob_sys_link);
    long length =
        CALL_FROM("linkat", folder, from, ob_sys_realpath(kernel, from, real, sizeof real));
    return length < 0 ? -1 : call_two("linkat", AT_FDCWD, real, to_folder, to, ob_sys_link);
}

/* Of objects that were compiled for older versions of the C library. */
int ob_c___fxstatat(int version, int folder, const char *path, struct stat *status, int flags)
{
    (void)version;
    return ob_c_fstatat(folder, path, status, flags);
}

/* -- attributes -- */

int ob_c_chown(const char *path, uid_t user, gid_t group)
{
    return (int)OB_CALL("chown", ob_sys_chown(kernel, path, user, group, true));
}

int ob_c_lchown(const char *path, uid_t user, gid_t group)
{
    return (int)OB_CALL("lchown", ob_sys_chown(kernel, path, user, group, false));
}

int ob_c_fchown(int fd, uid_t user, gid_t group)
{
    return (int)OB_CALL("fchown", ob_sys_fchown(kernel, fd, user, group));
}

int ob_c_futimens(int fd, const struct timespec times[2])
{
    return (int)OB_CALL("futimens", ob_sys_futimens(kernel, fd, times));
}

int ob_c_utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    bool follows = !(flags & AT_SYMLINK_NOFOLLOW);
    if (!path) {
        errno = EINVAL;
        return -1;
    }
    return (int)CALL_FROM("utimensat", folder, path, ob_sys_utimens(kernel, path, times, follows));
}

/* Whole seconds and microseconds as utimensat() has them; NULL is now. */
static const struct timespec *to_times(const struct timeval *given, struct timespec times[2])
{
    for (unsigned at = 0; given && at < 2; at++) {
        bool is_time = given[at].tv_usec >= 0 && given[at].tv_usec < 1000000;
        times[at].tv_sec = given[at].tv_sec;
        times[at].tv_nsec = is_time ? given[at].tv_usec * 1000 : -1; /* none: EINVAL */
    }
    return given ? times : NULL;
}

int ob_c_utimes(const char *path, const struct timeval given[2])
{
    struct timespec times[2];
    return ob_c_utimensat(AT_FDCWD, path, to_times(given, times), 0);
}

int ob_c_lutimes(const char *path, const struct timeval given[2])
{
    struct timespec times[2];
    return ob_c_utimensat(AT_FDCWD, path, to_times(given, times), AT_SYMLINK_NOFOLLOW);
}

int ob_c_futimes(int fd, const struct timeval given[2])
{
    struct timespec times[2];
    return ob_c_futimens(fd, to_times(given, times));
}

int ob_c_utime(const char *path, const struct utimbuf *given)
{
    const struct timespec times[2] = {{given ? given->actime : 0, 0},
                                      {given ? given->modtime : 0, 0}};
    return ob_c_utimensat(AT_FDCWD, path, given ? times : NULL, 0);
}

int ob_c_statfs(const char *path, struct statfs *status)
{
    return (int)OB_CALL("statfs", ob_sys_statfs(kernel, path, status));
}

int ob_c_fstatfs(int fd, struct statfs *status)
{
    return (int)OB_CALL("fstatfs", ob_sys_fstatfs(kernel, fd, status));
}

static int to_statvfs(int result, const struct statfs *from, struct statvfs *status)
{
    if (result == 0)
        *status = (struct statvfs){.f_bsize = (unsigned long)from->f_bsize,
                                   .f_frsize = (unsigned long)from->f_frsize,
                                   .f_blocks = from->f_blocks,
                                   .f_bfree = from->f_bfree,
                                   .f_bavail = from->f_bavail,
                                   .f_files = from->f_files,
                                   .f_ffree = from->f_ffree,
                                   .f_favail = from->f_ffree,
                                   .f_namemax = (unsigned long)from->f_namelen};
    return result;
}

int ob_c_statvfs(const char *path, struct statvfs *status)
{
    struct statfs known;
    return to_statvfs(ob_c_statfs(path, &known), &known, status);
}

int ob_c_fstatvfs(int fd, struct statvfs *status)
{
    struct statfs known;
    return to_statvfs(ob_c_fstatfs(fd, &known), &known, status);
}

/* The same of all files: pathconf(3). */
static long limit(int name)
{
    switch (name) {
    case _PC_LINK_MAX:
        return 127;
    case _PC_NAME_MAX:
        return OB_NAME_MAX;
    case _PC_PATH_MAX:
        return OB_PATH_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    case _PC_CHOWN_RESTRICTED:
    case _PC_NO_TRUNC:
        return 1;
    default:
        errno = EINVAL;
        return -1;
    }
}

long ob_c_pathconf(const char *path, int name)
{
    struct stat status;
    if (OB_CALL("pathconf", ob_sys_stat(kernel, path, &status)) < 0)
        return -1;
    return limit(name);
}

long ob_c_fpathconf(int fd, int name)
{
    struct stat status;
    if (OB_CALL("fpathconf", ob_sys_fstat(kernel, fd, &status)) < 0)
        return -1;
    return limit(name);
}

/* -- where paths lead -- */

char *ob_c_realpath(const char *path, char *real)
{
    char text[OB_PATH_MAX];
    if (!path) {
        errno = EINVAL;
        return NULL;
    }
    long length = OB_CALL("realpath", ob_sys_realpath(kernel, path, text, sizeof text));
    if (length < 0)
        return NULL;
    if (!real)
        real = ob_c_malloc((size_t)length);
    return real ? memcpy(real, text, (size_t)length) : NULL;
}

char *ob_c___realpath_chk(const char *path, char *real, size_t room)
{
    if (room < OB_PATH_MAX)
        abort();
    return ob_c_realpath(path, real);
}

/* -- names that nobody has yet: mkstemp(3), mkdtemp(3) -- */

enum { PLACES = 6, TRIES = 100 };

/* The places of a template before its last `behind` letters, or NULL where it is none. */
static char *find_places(char *path, int behind)
{
    size_t length = strlen(path);
    if (behind < 0 || length < PLACES + (size_t)behind)
        return NULL;
    char *places = path + length - (size_t)behind - PLACES;
    return strncmp(places, "XXXXXX", PLACES) == 0 ? places : NULL;
}

static void draw_name(char *places)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (unsigned at = 0; at < PLACES; at++)
        places[at] = letters[(ob_process_random(ob_current.process) >> 32) % (sizeof letters - 1)];
}

int ob_c_mkostemps(char *path, int behind, int flags)
{
    char *places = find_places(path, behind);
    errno = EINVAL;
    if (!places)
        return -1;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        draw_name(places);
        int fd = ob_c_open(path, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

int ob_c_mkstemp(char *path)
{
    return ob_c_mkostemps(path, 0, 0);
}

int ob_c_mkostemp(char *path, int flags)
{
    return ob_c_mkostemps(path, 0, flags);
}

int ob_c_mkstemps(char *path, int behind)
{
    return ob_c_mkostemps(path, behind, 0);
}

char *ob_c_mkdtemp(char *path)
{
    char *places = find_places(path, 0);
    errno = EINVAL;
    if (!places)
        return NULL;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        draw_name(places);
        if (OB_CALL("mkdtemp", ob_sys_mkdir(kernel, path, 0700)) == 0)
            return path;
        if (errno != EEXIST)
            return NULL;
    }
    return NULL;
}
