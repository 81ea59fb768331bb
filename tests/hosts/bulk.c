/* Sends more than fits at once, by a call that waits: `bulk CALL`. As `bulk server` it reads
 * slowly, and ends with 0 when all was there. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SIZE 400000
#define PARTS 3

static char bytes[SIZE];

static int serve(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    size_t sum = 0;
    ssize_t done;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0)
        return 2;
    int fd = accept(listener, NULL, NULL);
    while ((done = read(fd, bytes + sum, 20000)) > 0) {
        for (ssize_t at = 0; at < done; at++)
            if (bytes[sum + (size_t)at] != (char)(sum + (size_t)at))
                return 3;
        sum += (size_t)done;
        usleep(1000);
    }
    return sum == SIZE ? 0 : 1;
}

static ssize_t send_all(int fd, const char *call)
{
    /* One part is empty, and the ends of the others lie anywhere. */
    struct iovec parts[PARTS + 1] = {
        {bytes, 7}, {bytes + 7, 0}, {bytes + 7, 200000}, {bytes + 200007, SIZE - 200007}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = PARTS + 1};
    if (strcmp(call, "write") == 0)
        return write(fd, bytes, SIZE);
    if (strcmp(call, "writev") == 0)
        return writev(fd, parts, PARTS + 1);
    if (strcmp(call, "sendmsg") == 0)
        return sendmsg(fd, &message, 0);
    int file = open("/tmp/bulk", O_RDWR | O_CREAT, 0600);
    off_t from = 0;
    if (write(file, bytes, SIZE) != SIZE)
        abort();
    return sendfile(fd, file, &from, SIZE + 1); /* a byte more than there is */
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    if (argc < 2 || strcmp(argv[1], "server") == 0)
        return serve();
    for (size_t at = 0; at < SIZE; at++)
        bytes[at] = (char)at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (inet_pton(AF_INET, "10.0.0.1", &address.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        abort();
    return send_all(fd, argv[1]) == SIZE ? 0 : 1;
}
