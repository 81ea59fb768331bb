/*
 * Files and folders in memory of a host. There is one user, who may do everything; times are those
 * of CLOCK_REALTIME. Paths are those of path_resolution(7) without mounts: relative to the working
 * folder, "." and "..", symbolic links up to 40.
 */
#ifndef OFFBEAT_HOST_KERNEL_FILES_H
#define OFFBEAT_HOST_KERNEL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <time.h>

struct ob_kernel;

enum { OB_NAME_MAX = 255, OB_PATH_MAX = 4096 };

/* Puts a file there with these bytes, and the folders that lead to it; what was there is replaced.
 * 0 or -errno. */
int ob_kernel_put_file(struct ob_kernel *kernel, const char *path, const void *bytes, size_t size,
                       mode_t mode);

/* O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC,
 * O_DIRECTORY, O_NOFOLLOW, O_TMPFILE; others are accepted. */
int ob_sys_open(struct ob_kernel *kernel, const char *path, int flags, mode_t mode);
int ob_sys_openat(struct ob_kernel *kernel, int folder, const char *path, int flags, mode_t mode);

off_t ob_sys_lseek(struct ob_kernel *kernel, int fd, off_t offset, int whence);
ssize_t ob_sys_pread(struct ob_kernel *kernel, int fd, void *bytes, size_t size, off_t offset);
ssize_t ob_sys_pwrite(struct ob_kernel *kernel, int fd, const void *bytes, size_t size,
                      off_t offset);
int ob_sys_ftruncate(struct ob_kernel *kernel, int fd, off_t size);
int ob_sys_truncate(struct ob_kernel *kernel, const char *path, off_t size);
int ob_sys_fsync(struct ob_kernel *kernel, int fd); /* fdatasync as well */

int ob_sys_stat(struct ob_kernel *kernel, const char *path, struct stat *status);
int ob_sys_lstat(struct ob_kernel *kernel, const char *path, struct stat *status);
int ob_sys_fstat(struct ob_kernel *kernel, int fd, struct stat *status);
int ob_sys_access(struct ob_kernel *kernel, const char *path, int mode);
int ob_sys_chmod(struct ob_kernel *kernel, const char *path, mode_t mode);
int ob_sys_fchmod(struct ob_kernel *kernel, int fd, mode_t mode);
int ob_sys_statfs(struct ob_kernel *kernel, const char *path, struct statfs *status);
int ob_sys_fstatfs(struct ob_kernel *kernel, int fd, struct statfs *status);

/* `follows`: what a symbolic link leads to, not itself. Times may be UTIME_NOW and UTIME_OMIT; NULL
 * is now. */
int ob_sys_chown(struct ob_kernel *kernel, const char *path, uid_t user, gid_t group, bool follows);
int ob_sys_fchown(struct ob_kernel *kernel, int fd, uid_t user, gid_t group);
int ob_sys_utimens(struct ob_kernel *kernel, const char *path, const struct timespec times[2],
                   bool follows);
int ob_sys_futimens(struct ob_kernel *kernel, int fd, const struct timespec times[2]);

int ob_sys_mkdir(struct ob_kernel *kernel, const char *path, mode_t mode);
int ob_sys_rmdir(struct ob_kernel *kernel, const char *path);
int ob_sys_unlink(struct ob_kernel *kernel, const char *path);
int ob_sys_rename(struct ob_kernel *kernel, const char *from, const char *to);
int ob_sys_link(struct ob_kernel *kernel, const char *from, const char *to);
int ob_sys_symlink(struct ob_kernel *kernel, const char *text, const char *path);
ssize_t ob_sys_readlink(struct ob_kernel *kernel, const char *path, char *text, size_t size);

int ob_sys_chdir(struct ob_kernel *kernel, const char *path);
int ob_sys_fchdir(struct ob_kernel *kernel, int fd);

/* The length with its end, as the system call; -ERANGE where it does not fit. The second is that of
 * where a path leads, without symbolic links and dots: realpath(3). */
ssize_t ob_sys_getcwd(struct ob_kernel *kernel, char *path, size_t size);
ssize_t ob_sys_realpath(struct ob_kernel *kernel, const char *path, char *real, size_t size);

/*
 * What the calls whose names end in `at` do: relative paths lead from the folder that a descriptor
 * is open on, AT_FDCWD for the working one, until ob_kernel_look_back() is called with what
 * `before` was set to, which is due in any case. 0 or -errno.
 */
int ob_kernel_look_from(struct ob_kernel *kernel, int folder, const char *path, uint32_t *before);
void ob_kernel_look_back(struct ob_kernel *kernel, uint32_t before);

struct ob_entry {
    uint64_t inode;
    unsigned char type; /* DT_REG, DT_DIR, DT_LNK, DT_CHR, DT_SOCK, as readdir(3) */
    char name[OB_NAME_MAX + 1];
};

/*
 * The next entry of a folder that is open: 1, 0 at its end, or -errno. "." and ".." come first,
 * then the order of creation. lseek() to 0 begins anew.
 */
int ob_sys_readdir(struct ob_kernel *kernel, int fd, struct ob_entry *entry);

#endif
