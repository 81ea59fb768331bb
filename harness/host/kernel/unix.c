/* Unix sockets: names, connections, and how they end. After net/unix/af_unix.c of Linux. */
#include <string.h>

#include "host/kernel/family.h"
#include "host/kernel/tree.h"

enum { PATH_AT = offsetof(struct sockaddr_un, sun_path), SOMAXCONN_NOW = 4096 };

/* An address as it is compared: paths end at their first 0. -EINVAL for none. */
static int take_name(const struct sockaddr *address, socklen_t length, struct ob_unix_name *name)
{
    memset(name, 0, sizeof *name);
    if (length <= PATH_AT || length > sizeof name->address)
        return -EINVAL;
    memcpy(&name->address, address, length);
    if (name->address.sun_family != AF_UNIX)
        return -EINVAL;
    name->length = length;
    if (name->address.sun_path[0] != '\0')
        name->length =
            PATH_AT + 1 + (uint32_t)strnlen(name->address.sun_path, sizeof name->address.sun_path);
    return 0;
}

int ob_unix_check(const struct sockaddr *address, socklen_t length)
{
    struct ob_unix_name name;

    return take_name(address, length, &name);
}

/* sun_path need not end in 0. */
static void path_of(const struct ob_unix_name *name, char path[sizeof(struct sockaddr_un)])
{
    size_t length = strnlen(name->address.sun_path, sizeof name->address.sun_path);

    memcpy(path, name->address.sun_path, length);
    path[length] = '\0';
}

static bool is_abstract(const struct ob_unix_name *name)
{
    return name->length > 0 && name->address.sun_path[0] == '\0';
}

static bool has_name(const struct ob_kernel *kernel, const struct ob_socket *socket,
                     const struct ob_unix_name *name)
{
    const struct ob_unix_name *own = ob_at(kernel, socket->name);

    return own->length == name->length && memcmp(&own->address, &name->address, own->length) == 0;
}

/* By bind(), or as it was accepted by one that was. */
static bool is_named(const struct ob_kernel *kernel, const struct ob_socket *socket)
{
    return ((const struct ob_unix_name *)ob_at(kernel, socket->name))->length > 0;
}

/* Gives its name to a socket that has none. */
static void set_name(const struct ob_kernel *kernel, struct ob_socket *socket,
                     const struct ob_unix_name *name)
{
    struct ob_unix_name *own = ob_at(kernel, socket->name);

    assert(!socket->is_bound && own->length == 0);
    own->length = name->length;
    own->address = name->address;
    socket->is_bound = true;
}

static struct ob_socket *find_abstract(const struct ob_kernel *kernel,
                                       const struct ob_unix_name *name, int type)
{
    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->domain == AF_UNIX && socket->type == type && socket->is_bound &&
            has_name(kernel, socket, name))
            return socket;
    }
    return NULL;
}

int ob_unix_find(struct ob_kernel *kernel, const struct sockaddr *address, socklen_t length,
                 int type, struct ob_socket **found)
{
    char path[sizeof(struct sockaddr_un)];
    struct ob_unix_name name;
    struct ob_node *node;
    int error = take_name(address, length, &name);

    if (error != 0)
        return error;
    if (is_abstract(&name)) {
        *found = find_abstract(kernel, &name, type);
        return *found ? 0 : -ECONNREFUSED;
    }
    path_of(&name, path);
    error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);
    if (error != 0)
        return error;
    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->node != 0 && socket->node == ob_ref(kernel, node)) {
            *found = socket;
            return socket->type == type ? 0 : -EPROTOTYPE;
        }
    }
    return -ECONNREFUSED;
}

static int bind_path(struct ob_kernel *kernel, struct ob_socket *socket,
                     const struct ob_unix_name *name)
{
    char path[sizeof(struct sockaddr_un)];
    struct ob_place place;

    path_of(name, path);

    int error =
        ob_tree_walk(kernel, ob_at(kernel, kernel->folder), path, OB_FOLLOWS_NOTHING, &place);

    if (error != 0)
        return error;
    if (place.node != NULL)
        return -EADDRINUSE;
    if (place.demands_folder)
        return -ENOENT;
    if (is_named(kernel, socket))
        return -EINVAL;

    struct ob_node *node = ob_tree_make(kernel, &place, S_IFSOCK | 0755);

    if (node == NULL)
        return -ENOSPC;
    ob_node_hold(node);
    socket->node = ob_ref(kernel, node);
    set_name(kernel, socket, name);
    return 0;
}

/* unix_autobind(): five hexadecimal digits. */
static int bind_to_any(struct ob_kernel *kernel, struct ob_socket *socket)
{
    static const char digits[] = "0123456789abcdef";
    struct ob_unix_name name = {.length = PATH_AT + 6, .address.sun_family = AF_UNIX};

    if (is_named(kernel, socket))
        return 0;
    do {
        uint32_t number = kernel->names_made++;

        for (int i = 5; i >= 1; i--, number /= 16)
            name.address.sun_path[i] = digits[number % 16];
    } while (find_abstract(kernel, &name, socket->type) != NULL);
    set_name(kernel, socket, &name);
    return 0;
}

int ob_unix_bind(struct ob_kernel *kernel, struct ob_socket *socket, const struct sockaddr *address,
                 socklen_t length)
{
    struct ob_unix_name name;

    if (length == PATH_AT && address->sa_family == AF_UNIX)
        return bind_to_any(kernel, socket);

    int error = take_name(address, length, &name);

    if (error != 0)
        return error;
    if (!is_abstract(&name))
        return bind_path(kernel, socket, &name);
    if (is_named(kernel, socket))
        return -EINVAL;
    if (find_abstract(kernel, &name, socket->type) != NULL)
        return -EADDRINUSE;
    set_name(kernel, socket, &name);
    return 0;
}

int ob_unix_listen(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t backlog)
{
    if (!is_named(kernel, socket) ||
        (socket->state != OB_SOCKET_CLOSED && socket->state != OB_SOCKET_LISTENING))
        return -EINVAL;
    socket->state = OB_SOCKET_LISTENING;
    socket->backlog = backlog < SOMAXCONN_NOW ? backlog : SOMAXCONN_NOW;
    return 0;
}

void ob_unix_join(struct ob_kernel *kernel, struct ob_socket *one, struct ob_socket *other)
{
    one->pair = ob_ref(kernel, other);
    other->pair = ob_ref(kernel, one);
    one->state = other->state = OB_SOCKET_CONNECTED;
    one->progress = other->progress = OB_SOCKET_MADE;
    one->peer_name = ob_unix_name_hold(kernel, other->name);
    other->peer_name = ob_unix_name_hold(kernel, one->name);
}

int ob_unix_connect(struct ob_kernel *kernel, struct ob_socket *socket,
                    const struct sockaddr *address, socklen_t length, bool never_waits)
{
    struct ob_socket *listener;
    int error = ob_unix_find(kernel, address, length, socket->type, &listener);

    if (error != 0)
        return error;
    if (listener->state != OB_SOCKET_LISTENING || (listener->shutdown & OB_NO_RECEIVING) != 0)
        return -ECONNREFUSED;

    struct ob_file *file = ob_socket_file(kernel, listener);

    /* Who would sleep for a place might do so for ever, if there is one. */
    if (listener->accepting.count > listener->backlog ||
        (never_waits && ob_kernel_choose(kernel, OB_CHOOSE_BACKLOG, file->id, 0, 0, 1) != 0))
        return never_waits ? -EAGAIN : ob_file_wait(kernel, file, POLLOUT);
    if (socket->state == OB_SOCKET_CONNECTED)
        return -EISCONN;
    if (socket->state != OB_SOCKET_CLOSED)
        return -EINVAL;

    struct ob_socket *made =
        ob_socket_make(kernel, socket->kind, AF_UNIX, socket->type, socket->protocol);

    if (made == NULL)
        return -ENOMEM;
    ob_unix_name_drop(kernel, made->name);
    made->name = ob_unix_name_hold(kernel, listener->name);
    made->listener = ob_ref(kernel, listener);
    ob_unix_join(kernel, socket, made);
    ob_list_append(kernel, &listener->accepting, &made->queue);
    ob_socket_wake(kernel, listener, POLLIN | POLLRDNORM | POLLRDBAND);
    return 0;
}

int ob_unix_shutdown(struct ob_kernel *kernel, struct ob_socket *socket, int bits)
{
    struct ob_socket *pair = ob_at(kernel, socket->pair);

    socket->shutdown |= (uint8_t)bits;
    if (pair != NULL && socket->type != SOCK_DGRAM) {
        pair->shutdown |= (bits & OB_NO_RECEIVING) != 0 ? OB_NO_SENDING : 0;
        pair->shutdown |= (bits & OB_NO_SENDING) != 0 ? OB_NO_RECEIVING : 0;
        ob_socket_wake(kernel, pair, OB_ALL_EVENTS);
    }
    ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
    return 0;
}

bool ob_unix_is_writable(const struct ob_kernel *kernel, const struct ob_socket *socket)
{
    const struct ob_socket *pair = ob_at(kernel, socket->pair);

    if (socket->state == OB_SOCKET_LISTENING)
        return false;
    if (pair == NULL)
        return true;
    if (socket->type == SOCK_DGRAM && pair->pair != ob_ref(kernel, socket))
        return pair->datagrams.count <= pair->backlog;
    return (pair->in.size + pair->datagram_bytes) <= socket->send_room / 4;
}

/* unix_poll() of Linux. */
uint32_t ob_unix_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_socket *socket = ob_at(kernel, file->object);
    bool has_input =
        socket->in.size > 0 || socket->datagrams.count > 0 || socket->accepting.count > 0;
    uint32_t events = 0;

    events |= socket->error != 0 ? POLLERR : 0;
    events |= socket->shutdown == OB_NO_BOTH ? POLLHUP : 0;
    events |= (socket->shutdown & OB_NO_RECEIVING) != 0 ? POLLRDHUP | POLLIN | POLLRDNORM : 0;
    events |= has_input ? POLLIN | POLLRDNORM : 0;
    events |= socket->type != SOCK_DGRAM && socket->state == OB_SOCKET_CLOSED ? POLLHUP : 0;
    if (ob_unix_is_writable(kernel, socket))
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}

/* Takes a socket away from who is connected to it, and frees it. */
static void end(struct ob_kernel *kernel, struct ob_socket *socket, bool was_never_accepted)
{
    uint32_t ref = ob_ref(kernel, socket);
    const struct ob_datagram *first =
        OB_OF(kernel, struct ob_datagram, item, socket->datagrams.first);
    /* An empty packet alone counts for nothing, as Linux has it. */
    bool is_unread =
        socket->in.size > 0 || socket->datagrams.count > 1 || (first != NULL && first->length > 0);

    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, other)
    {
        if (other->pair != ref || other == socket)
            continue;
        bool was_writable = ob_unix_is_writable(kernel, other);

        other->pair = 0;
        other->pair_is_gone = true;
        if (socket->type != SOCK_DGRAM) {
            other->shutdown = OB_NO_BOTH;
            if (is_unread || was_never_accepted)
                other->error = ECONNRESET;
            ob_socket_wake(kernel, other, OB_ALL_EVENTS);
        } else if (!was_writable) { /* of datagrams only who waits for room hears of it */
            ob_socket_wake(kernel, other, POLLOUT | POLLWRNORM | POLLWRBAND);
        }
    }
    ob_socket_free(kernel, socket);
}

void ob_unix_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_socket *socket = ob_at(kernel, file->object);

    socket->file = 0;
    while (socket->accepting.count > 0) {
        struct ob_socket *first = OB_OF(kernel, struct ob_socket, queue, socket->accepting.first);

        ob_list_remove(kernel, &socket->accepting, &first->queue);
        first->listener = 0;
        end(kernel, first, true);
    }
    end(kernel, socket, false);
}
