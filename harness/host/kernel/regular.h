/* Regular files, folders and devices as kinds of file. */
#ifndef OFFBEAT_HOST_KERNEL_REGULAR_H
#define OFFBEAT_HOST_KERNEL_REGULAR_H

#include "host/kernel/file.h"

enum ob_device {
    OB_DEVICE_NULL,
    OB_DEVICE_ZERO,
    OB_DEVICE_FULL,
    OB_DEVICE_RANDOM,
    OB_DEVICE_URANDOM,
    OB_DEVICES
};

ssize_t ob_regular_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_regular_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
ssize_t ob_folder_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_device_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_device_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);

/* Of all three. */
void ob_node_release(struct ob_kernel *kernel, struct ob_file *file);

#endif
