/* eventfd(2), timerfd_create(2), signalfd(2): descriptors that are ready when something happened.
 */
#ifndef OFFBEAT_HOST_KERNEL_EVENTS_H
#define OFFBEAT_HOST_KERNEL_EVENTS_H

#include "host/kernel/file.h"

ssize_t ob_event_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_event_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
uint32_t ob_event_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_event_release(struct ob_kernel *kernel, struct ob_file *file);

ssize_t ob_timer_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
uint32_t ob_timer_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_timer_release(struct ob_kernel *kernel, struct ob_file *file);

/* When the next timer expires, UINT64_MAX for never; and what has expired wakes. */
uint64_t ob_timers_next_ns(const struct ob_kernel *kernel);
void ob_timers_expire(struct ob_kernel *kernel);

ssize_t ob_signals_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
uint32_t ob_signals_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_signals_release(struct ob_kernel *kernel, struct ob_file *file);

#endif
