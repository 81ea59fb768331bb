/* Child processes, and memory that they share with their parent. */
#ifndef OFFBEAT_BASE_PROCESS_H
#define OFFBEAT_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As fork(), with a child that dies when this process does. Returns 0 in the child, its id here,
 * or -1 with errno set. What buffers of standard streams hold is in both: flush them before. */
pid_t ob_process_fork(void);

/* As fork(): a child that outlives this process, until it is bound. */
pid_t ob_process_copy(void);

/* Has this process die when its parent does, and ends it at once if `parent` is no longer that. */
void ob_process_bind(pid_t parent);

/* Waits for the end of a child. Its status, as waitpid() gives it, goes to `status` unless that is
 * NULL. Returns 0, or -1 when there is no such child. */
int ob_process_wait(pid_t process, int *status);

/* Whether a child has ended, without waiting. `status` is as above. */
bool ob_process_has_ended(pid_t process, int *status);

/* Ends a child, and waits for that. */
void ob_process_kill(pid_t process, int *status);

/* Of this process, each unless it is -1: standard input, output and error. Where one is
 * OB_DEV_NULL, nothing comes from it, or all that is written is lost. */
#define OB_DEV_NULL (-2)
int ob_process_redirect(int input, int output, int error);

/* For a process whose death is expected: it leaves no core. */
void ob_process_leave_no_core(void);

/* Where sanitizers, if there are any, write what they find: a descriptor, or OB_DEV_NULL. What this
 * process did with it before, such as a callback at its death, is replaced by `died` or NULL. */
void ob_process_report_to(int fd, void (*died)(void));

/* Has AddressSanitizer call `begins` when it has found something, before it says what: to name
 * functions takes it long, and who needs none may end the process there. NULL: it goes on. */
void ob_process_on_report(void (*begins)(void *context), void *context);

/* The processor time that a child has used, in ms; 0 when that is not known. */
uint64_t ob_process_cpu_ms(pid_t process);

/* The memory of a process that is in use, in MB; 0 when that is not known. */
uint32_t ob_process_memory_mb(pid_t process);

/* Memory, zeroed, that this process and the children it will have share. Returns NULL with errno
 * set when there is none. */
void *ob_shared_create(size_t size);
void ob_shared_destroy(void *memory, size_t size);

#endif
