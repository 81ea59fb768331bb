/* A client that keeps a connection: says "hello" each second, and connects again when it is lost.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connected(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (inet_pton(AF_INET, "10.0.0.1", &address.sin_addr) == 1 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

int main(void)
{
    char *state = calloc(1, 16);
    int fd = -1;
    signal(SIGPIPE, SIG_IGN);
    for (int second = 0; second < 10; second++) {
        if (fd < 0 && (fd = connected()) >= 0)
            state[0]++;
        char answer[8];
        if (fd >= 0 && (write(fd, "add\n", 4) != 4 || read(fd, answer, sizeof answer) <= 0)) {
            close(fd);
            fd = -1;
        }
        sleep(1);
    }
    if (fd >= 0)
        close(fd);
    int connections = state[0];
    free(state);
    return connections;
}
