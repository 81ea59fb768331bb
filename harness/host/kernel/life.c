/* A kernel's creation and end, and its view from outside. */
#include <string.h>

#include "host/kernel/console.h"
#include "host/kernel/deliver.h"
#include "host/kernel/epoll.h"
#include "host/kernel/events.h"
#include "host/kernel/family.h"
#include "host/kernel/pipe.h"
#include "host/kernel/regular.h"
#include "host/kernel/tcp.h"
#include "host/kernel/tree.h"

enum { ALIGNMENT = 16, FIRST_PORT = 32768 };

const struct ob_file_operations ob_file_operations[OB_FILE_KINDS] = {
    [OB_FILE_PIPE_READER] = {ob_pipe_read, NULL, ob_pipe_poll, ob_pipe_release, false},
    [OB_FILE_PIPE_WRITER] = {NULL, ob_pipe_write, ob_pipe_poll, ob_pipe_release, false},
    [OB_FILE_EVENT] = {ob_event_read, ob_event_write, ob_event_poll, ob_event_release, true},
    [OB_FILE_TIMER] = {ob_timer_read, NULL, ob_timer_poll, ob_timer_release, true},
    [OB_FILE_SIGNALS] = {ob_signals_read, NULL, ob_signals_poll, ob_signals_release, true},
    [OB_FILE_EPOLL] = {NULL, NULL, ob_epoll_poll, ob_epoll_release, true},
    [OB_FILE_INPUT] = {ob_input_read, NULL, ob_input_poll, ob_input_release, false},
    [OB_FILE_OUTPUT] = {NULL, ob_output_write, ob_output_poll, NULL, false},
    [OB_FILE_REGULAR] = {ob_regular_read, ob_regular_write, NULL, ob_node_release, true},
    [OB_FILE_FOLDER] = {ob_folder_read, NULL, NULL, ob_node_release, true},
    [OB_FILE_DEVICE] = {ob_device_read, ob_device_write, NULL, ob_node_release, true},
    [OB_FILE_TCP] = {ob_socket_read, ob_socket_write, ob_tcp_poll, ob_tcp_release, false},
    [OB_FILE_UDP] = {ob_socket_read, ob_socket_write, ob_udp_poll, ob_udp_release, false},
    [OB_FILE_UNIX_STREAM] = {ob_socket_read, ob_socket_write, ob_unix_poll, ob_unix_release, false},
    [OB_FILE_UNIX_PACKETS] = {ob_socket_read, ob_socket_write, ob_unix_poll, ob_unix_release,
                              false},
};

static bool make_devices(struct ob_kernel *kernel)
{
    static const char *const names[OB_DEVICES] = {
        [OB_DEVICE_NULL] = "null",     [OB_DEVICE_ZERO] = "zero",       [OB_DEVICE_FULL] = "full",
        [OB_DEVICE_RANDOM] = "random", [OB_DEVICE_URANDOM] = "urandom",
    };
    struct ob_place place;

    for (uint32_t i = 0; i < OB_DEVICES; i++) {
        char path[sizeof "/dev/urandom"] = "/dev/";

        memcpy(path + 5, names[i], strlen(names[i]) + 1);
        if (ob_tree_walk(kernel, NULL, path, OB_FOLLOWS_ALL, &place) != 0)
            return false;

        struct ob_node *node = ob_tree_make(kernel, &place, S_IFCHR | 0666);

        if (node == NULL)
            return false;
        node->device = i;
    }
    return true;
}

struct ob_kernel *ob_kernel_create(void *region, size_t size, const struct ob_kernel_config *config)
{
    struct ob_kernel *kernel = region;

    assert((uintptr_t)region % ALIGNMENT == 0);
    assert(config->descriptors <= OB_KERNEL_DESCRIPTORS_MAX);
    if (size < OB_KERNEL_REGION_MIN || size > UINT32_MAX)
        return NULL;
    *kernel = (struct ob_kernel){
        .size = size,
        .top = (sizeof *kernel + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
        .hooks = config->hooks,
        .user = config->user,
        .choices = config->choices,
        .ip = config->ip,
        .owner = config->owner,
        .incarnation = config->incarnation << 16,
        .descriptors_max = config->descriptors ? config->descriptors : OB_KERNEL_DESCRIPTORS_MAX,
        .receive_room = config->receive_room ? config->receive_room : 65536,
        .send_room = config->send_room ? config->send_room : 65536,
        .next_port = FIRST_PORT,
    };

    struct ob_node *root = ob_node_make(kernel, S_IFDIR | 0755);

    root->links = 1;
    ob_node_hold(root); /* as the working folder */
    kernel->root = kernel->folder = ob_ref(kernel, root);
    if (ob_sys_mkdir(kernel, "/tmp", 01777) != 0 || ob_sys_mkdir(kernel, "/etc", 0755) != 0 ||
        ob_sys_mkdir(kernel, "/dev", 0755) != 0 || !make_devices(kernel))
        return NULL;
    return kernel;
}

size_t ob_kernel_used(const struct ob_kernel *kernel)
{
    return kernel->top;
}

bool ob_kernel_was_full(const struct ob_kernel *kernel)
{
    return kernel->was_full;
}

void ob_kernel_exit(struct ob_kernel *kernel)
{
    for (int fd = 0; fd < (int)kernel->descriptors_room; fd++)
        if (ob_file_of(kernel, fd) != NULL)
            ob_descriptor_drop(kernel, fd);
    assert(kernel->files.count == 0);
    kernel->pending_signals = 0;
    ob_sys_chdir(kernel, "/");
    ob_loopback_drain(kernel);
}

struct ob_kernel_wait ob_kernel_waits_for(const struct ob_kernel *kernel)
{
    return kernel->wait;
}

uint32_t ob_kernel_file(const struct ob_kernel *kernel, int fd)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    return file ? file->id : 0;
}

bool ob_kernel_blocks(const struct ob_kernel *kernel, int fd)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    return file != NULL && (file->flags & O_NONBLOCK) == 0;
}

uint64_t ob_kernel_timeout_ns(const struct ob_kernel *kernel, int fd, bool sending)
{
    int error;
    const struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return 0;
    return sending ? socket->send_timeout_ns : socket->receive_timeout_ns;
}

uint64_t ob_kernel_next_ns(const struct ob_kernel *kernel)
{
    uint64_t timers = ob_timers_next_ns(kernel), streams = ob_tcp_next_ns(kernel);

    return timers < streams ? timers : streams;
}

void ob_kernel_expire(struct ob_kernel *kernel)
{
    ob_timers_expire(kernel);
    ob_tcp_expire(kernel);
    ob_loopback_drain(kernel);
}
