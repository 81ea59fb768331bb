/* Pipes, as pipe(7): sixteen pages, so that what fits depends on how it was written. */
#ifndef OFFBEAT_HOST_KERNEL_PIPE_H
#define OFFBEAT_HOST_KERNEL_PIPE_H

#include "host/kernel/file.h"

ssize_t ob_pipe_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_pipe_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
uint32_t ob_pipe_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_pipe_release(struct ob_kernel *kernel, struct ob_file *file);
uint32_t ob_pipe_unread(const struct ob_kernel *kernel, const struct ob_file *file);

/* F_GETPIPE_SZ and F_SETPIPE_SZ, in bytes. -EPERM for more than 65536, -EBUSY for less than is
 * used. */
int ob_pipe_size(const struct ob_kernel *kernel, const struct ob_file *file);
int ob_pipe_set_size(struct ob_kernel *kernel, struct ob_file *file, intptr_t size);

#endif
