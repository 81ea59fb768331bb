#include "host/kernel/view.h"

#include "host/kernel/socket.h"

static const char *const kinds[OB_FILE_KINDS] = {
    [OB_FILE_PIPE_READER] = "a pipe",        [OB_FILE_PIPE_WRITER] = "a pipe",
    [OB_FILE_EVENT] = "an eventfd",          [OB_FILE_TIMER] = "a timerfd",
    [OB_FILE_SIGNALS] = "a signalfd",        [OB_FILE_INPUT] = "standard input",
    [OB_FILE_OUTPUT] = "standard output",    [OB_FILE_REGULAR] = "a file",
    [OB_FILE_FOLDER] = "a folder",           [OB_FILE_DEVICE] = "a device",
    [OB_FILE_TCP] = "a TCP socket",          [OB_FILE_UDP] = "a UDP socket",
    [OB_FILE_UNIX_STREAM] = "a Unix socket", [OB_FILE_UNIX_PACKETS] = "a Unix socket",
};

static const char *const states[] = {
    [OB_SOCKET_CLOSED] = "a TCP socket",       [OB_SOCKET_LISTENING] = "listens at",
    [OB_SOCKET_CONNECTING] = "connects to",    [OB_SOCKET_EMBRYO] = "connects to",
    [OB_SOCKET_CONNECTED] = "is connected to",
};

bool ob_kernel_view(const struct ob_kernel *kernel, int fd, struct ob_kernel_view *view)
{
    const struct ob_file *file = ob_file_of(kernel, fd);
    if (!file)
        return false;
    *view = (struct ob_kernel_view){.file = file->id, .what = kinds[file->kind]};
    if (file->kind != OB_FILE_TCP && file->kind != OB_FILE_UDP)
        return true;
    const struct ob_socket *socket = ob_at(kernel, file->object);
    view->local = socket->local;
    view->peer = socket->peer;
    view->unread = file->kind == OB_FILE_TCP ? socket->in.size : socket->datagram_bytes;
    view->unsent = socket->out.size;
    if (file->kind == OB_FILE_UDP)
        return true;
    view->what = states[socket->state];
    view->is_listening = socket->state == OB_SOCKET_LISTENING;
    view->has_ended = socket->has_ended;
    return true;
}
