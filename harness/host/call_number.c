/*
 * System calls by number, syscall(2), as libraries make those that the C library had no function
 * for when they were written. Each is the function of that name. Those that a program must be ready
 * to do without are ENOSYS, as on a Linux that does not have them yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "host/call.h"
#include "host/program.h"

int ob_c_close(int fd);
int ob_c_fstatat(int folder, const char *path, struct stat *status, int flags);
ssize_t ob_c_getrandom(void *bytes, size_t size, unsigned flags);
int ob_c_gettid(void);
ssize_t ob_c_preadv(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t ob_c_pwritev(int fd, const struct iovec *parts, int count, off_t offset);

/* -- statx(2) -- */

static struct statx_timestamp timestamp_of(const struct timespec *time)
{
    return (struct statx_timestamp){.tv_sec = time->tv_sec, .tv_nsec = (uint32_t)time->tv_nsec};
}

/* Gives all that stat(2) gives, whatever is asked for: statx(2) allows that. There are no times of
 * birth. */
int ob_c_statx(int folder, const char *path, int flags, unsigned mask, struct statx *result)
{
    struct stat status;
    (void)mask;
    if (ob_c_fstatat(folder, path, &status, flags) < 0)
        return -1;
    *result = (struct statx){
        .stx_mask = STATX_BASIC_STATS,
        .stx_blksize = (uint32_t)status.st_blksize,
        .stx_nlink = (uint32_t)status.st_nlink,
        .stx_uid = status.st_uid,
        .stx_gid = status.st_gid,
        .stx_mode = (uint16_t)status.st_mode,
        .stx_ino = status.st_ino,
        .stx_size = (uint64_t)status.st_size,
        .stx_blocks = (uint64_t)status.st_blocks,
        .stx_atime = timestamp_of(&status.st_atim),
        .stx_ctime = timestamp_of(&status.st_ctim),
        .stx_mtime = timestamp_of(&status.st_mtim),
        .stx_rdev_major = major(status.st_rdev),
        .stx_rdev_minor = minor(status.st_rdev),
        .stx_dev_major = major(status.st_dev),
        .stx_dev_minor = minor(status.st_dev),
    };
    return 0;
}

/* -- by number -- */

enum { ARGUMENTS = 6 };

/* What a word of a call stands for. */
#define ADDRESS(at) ((void *)(uintptr_t)(words)[at]) /* NOLINT(performance-no-int-to-ptr) */
#define NUMBER(at) ((int)(words)[at])

static long not_there(void)
{
    errno = ENOSYS;
    return -1;
}

long ob_c_syscall(long number, ...)
{
    const void *caller = __builtin_return_address(0);
    long words[ARGUMENTS];
    char name[40];
    va_list arguments;
    va_start(arguments, number);
    for (unsigned at = 0; at < ARGUMENTS; at++)
        words[at] = va_arg(arguments, long);
    va_end(arguments);
    switch (number) {
    case SYS_close:
        return ob_c_close(NUMBER(0));
    case SYS_getrandom:
        return ob_c_getrandom(ADDRESS(0), (size_t)words[1], (unsigned)words[2]);
    case SYS_gettid:
        return ob_c_gettid();
    case SYS_preadv:
        return ob_c_preadv(NUMBER(0), ADDRESS(1), NUMBER(2), words[3]);
    case SYS_pwritev:
        return ob_c_pwritev(NUMBER(0), ADDRESS(1), NUMBER(2), words[3]);
    case SYS_statx:
        return ob_c_statx(NUMBER(0), ADDRESS(1), NUMBER(2), (unsigned)words[3], ADDRESS(4));
    case SYS_copy_file_range: /* since Linux 4.5 */
    case SYS_recvmmsg:        /* since 2.6.33 */
    case SYS_sendmmsg:        /* since 3.0 */
    case SYS__sysctl:         /* until 5.4 */
        return not_there();
    default:
        (void)snprintf(name, sizeof name, "system call %ld by syscall", number);
        ob_host_trap(ob_current.process->program->name, name, caller);
    }
}
