/* Standard input, output and error as kinds of file. */
#ifndef OFFBEAT_HOST_KERNEL_CONSOLE_H
#define OFFBEAT_HOST_KERNEL_CONSOLE_H

#include "host/kernel/file.h"

ssize_t ob_input_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
uint32_t ob_input_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_input_release(struct ob_kernel *kernel, struct ob_file *file);
ssize_t ob_output_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
uint32_t ob_output_poll(struct ob_kernel *kernel, struct ob_file *file);

#endif
