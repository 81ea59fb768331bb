#include "host/kernel/socket.h"

#include <string.h>
#include <sys/ioctl.h>

#include "host/kernel/tree.h"

uint32_t ob_unix_name_hold(struct ob_kernel *kernel, uint32_t name)
{
    if (name != 0)
        ((struct ob_unix_name *)ob_at(kernel, name))->holders++;
    return name;
}

void ob_unix_name_drop(struct ob_kernel *kernel, uint32_t ref)
{
    struct ob_unix_name *name = ob_at(kernel, ref);

    assert(name == NULL || name->holders > 0);
    if (name != NULL && --name->holders == 0)
        ob_region_give(kernel, name, sizeof *name);
}

struct ob_socket *ob_socket_make(struct ob_kernel *kernel, enum ob_file_kind kind, int domain,
                                 int type, int protocol)
{
    struct ob_socket *socket = ob_region_take(kernel, sizeof *socket);

    if (socket == NULL)
        return NULL;
    socket->kind = (uint8_t)kind;
    socket->domain = domain;
    socket->type = type;
    socket->protocol = protocol;
    socket->receive_room = kernel->receive_room;
    socket->send_room = kernel->send_room;
    socket->least = 1;
    if (domain == AF_UNIX) {
        struct ob_unix_name *name = ob_region_take(kernel, sizeof *name);

        if (name == NULL) {
            ob_region_give(kernel, socket, sizeof *socket);
            return NULL;
        }
        name->holders = 1;
        socket->name = ob_ref(kernel, name);
    }
    ob_list_append(kernel, &kernel->sockets, &socket->item);
    return socket;
}

static size_t datagram_size(const struct ob_datagram *datagram)
{
    return sizeof *datagram + datagram->length;
}

static void drop_datagram(struct ob_kernel *kernel, struct ob_socket *socket)
{
    struct ob_datagram *first = OB_OF(kernel, struct ob_datagram, item, socket->datagrams.first);

    socket->datagram_bytes -= first->length;
    ob_unix_name_drop(kernel, first->name);
    ob_list_remove(kernel, &socket->datagrams, &first->item);
    ob_region_give(kernel, first, datagram_size(first));
}

void ob_datagrams_drop(struct ob_kernel *kernel, struct ob_socket *socket)
{
    while (socket->datagrams.count > 0)
        drop_datagram(kernel, socket);
}

void ob_socket_free(struct ob_kernel *kernel, struct ob_socket *socket)
{
    assert(socket->accepting.count == 0 && socket->embryos.count == 0 && socket->listener == 0);
    ob_bytes_drop(kernel, &socket->in, socket->in.size);
    ob_bytes_drop(kernel, &socket->out, socket->out.size);
    ob_datagrams_drop(kernel, socket);
    while (socket->options.count > 0) {
        struct ob_option *option = OB_OF(kernel, struct ob_option, item, socket->options.first);

        ob_list_remove(kernel, &socket->options, &option->item);
        ob_region_give(kernel, option, sizeof *option);
    }
    if (socket->node != 0)
        ob_node_drop(kernel, ob_at(kernel, socket->node));
    ob_unix_name_drop(kernel, socket->name);
    ob_unix_name_drop(kernel, socket->peer_name);
    ob_list_remove(kernel, &kernel->sockets, &socket->item);
    ob_region_give(kernel, socket, sizeof *socket);
}

int ob_socket_open(struct ob_kernel *kernel, struct ob_socket *socket, int flags)
{
    int opened = O_RDWR | ((flags & SOCK_NONBLOCK) ? O_NONBLOCK : 0) |
                 ((flags & SOCK_CLOEXEC) ? O_CLOEXEC : 0);
    int fd = ob_file_open(kernel, socket->kind, opened, ob_ref(kernel, socket));

    if (fd >= 0)
        socket->file = ob_ref(kernel, ob_file_of(kernel, fd));
    return fd;
}

struct ob_socket *ob_socket_of(const struct ob_kernel *kernel, int fd, int *error)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    *error = file == NULL ? -EBADF : -ENOTSOCK;
    if (file == NULL || file->kind < OB_FILE_TCP || file->kind > OB_FILE_UNIX_PACKETS)
        return NULL;
    *error = 0;
    return ob_at(kernel, file->object);
}

struct ob_file *ob_socket_file(const struct ob_kernel *kernel, const struct ob_socket *socket)
{
    return ob_at(kernel, socket->file);
}

int ob_socket_take_error(struct ob_socket *socket)
{
    int error = socket->error;

    socket->error = 0;
    return -error;
}

void ob_socket_wake(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t events)
{
    if (socket->file != 0)
        ob_file_wake(kernel, ob_at(kernel, socket->file), events);
}

int ob_socket_unread(const struct ob_kernel *kernel, const struct ob_file *file, int *count)
{
    struct ob_socket *socket = ob_at(kernel, file->object);
    const struct ob_datagram *first =
        OB_OF(kernel, struct ob_datagram, item, socket->datagrams.first);

    if (socket->state == OB_SOCKET_LISTENING)
        return -EINVAL;
    if (first != NULL && socket->type == SOCK_DGRAM)
        *count = (int)first->length;
    else
        *count = (int)(socket->in.size + socket->datagram_bytes);
    socket->known = socket->in.size;
    return 0;
}

int ob_socket_unsent(const struct ob_kernel *kernel, const struct ob_file *file, int *count)
{
    const struct ob_socket *socket = ob_at(kernel, file->object);

    if (file->kind < OB_FILE_TCP)
        return -ENOTTY;
    if (socket->state == OB_SOCKET_LISTENING)
        return -EINVAL;
    *count = (int)socket->out.size;
    return 0;
}

bool ob_datagram_append(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_endpoint from,
                        uint32_t name, struct ob_cursor *bytes)
{
    size_t length = bytes->left;
    struct ob_datagram *datagram = ob_region_take_raw(kernel, sizeof *datagram + length);

    if (datagram == NULL)
        return false;
    *datagram = (struct ob_datagram){
        .from = from, .name = ob_unix_name_hold(kernel, name), .length = (uint32_t)length};
    ob_cursor_get(bytes, datagram->bytes, length);

    socket->datagram_bytes += (uint32_t)length;
    ob_list_append(kernel, &socket->datagrams, &datagram->item);
    return true;
}

static void give_sender(const struct ob_kernel *kernel, const struct ob_socket *socket,
                        const struct ob_datagram *datagram, struct msghdr *message)
{
    if (message == NULL || message->msg_name == NULL)
        return;
    if (socket->domain == AF_INET) {
        ob_endpoint_give(datagram->from, message->msg_name, &message->msg_namelen);
        return;
    }
    const struct ob_unix_name *name = ob_at(kernel, datagram->name);

    ob_address_give(&name->address, name->length, message->msg_name, &message->msg_namelen);
}

ssize_t ob_datagram_receive(struct ob_kernel *kernel, struct ob_socket *socket,
                            struct ob_cursor *to, struct msghdr *message, int flags)
{
    struct ob_datagram *first = OB_OF(kernel, struct ob_datagram, item, socket->datagrams.first);
    size_t length = first->length;
    size_t given = ob_cursor_put(to, first->bytes, length);

    give_sender(kernel, socket, first, message);
    if (message != NULL && given < length)
        message->msg_flags |= MSG_TRUNC;
    if ((flags & MSG_PEEK) == 0)
        drop_datagram(kernel, socket);
    return (ssize_t)((flags & MSG_TRUNC) != 0 ? length : given);
}

void ob_address_give(const void *from, socklen_t size, struct sockaddr *address, socklen_t *length)
{
    if (address == NULL || length == NULL)
        return;

    socklen_t room = *length < size ? *length : size;

    if (room > 0)
        memcpy(address, from, room);
    *length = size;
}

void ob_endpoint_give(struct ob_endpoint endpoint, struct sockaddr *address, socklen_t *length)
{
    struct sockaddr_in in;

    memset(&in, 0, sizeof in);
    in.sin_family = AF_INET;
    in.sin_port = __builtin_bswap16(endpoint.port);
    in.sin_addr.s_addr = __builtin_bswap32(endpoint.ip);
    ob_address_give(&in, sizeof in, address, length);
}
