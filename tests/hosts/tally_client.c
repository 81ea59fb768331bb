/* A client that adds 1 to what a server keeps: by reading it and writing it back, or in one step.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int asked;

static int ask(int fd, const char *request)
{
    char line[64];
    size_t length = 0;
    asked++;
    if (write(fd, request, strlen(request)) < 0)
        exit(3);
    do {
        ssize_t count = read(fd, line + length, sizeof line - 1 - length);
        if (count <= 0)
            exit(4);
        length += (size_t)count;
    } while (line[length - 1] != '\n');
    line[length] = '\0';
    return atoi(line);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (argc > 3)
        usleep((useconds_t)atoi(argv[3]) * 1000);
    if (argc < 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return 2;
    if (strcmp(argv[2], "add") == 0) {
        ask(fd, "add\n");
    } else {
        char request[32];
        int value = ask(fd, "get\n");
        usleep(1000);
        snprintf(request, sizeof request, "set %d\n", value + 1);
        ask(fd, request);
    }
    close(fd);
    return asked;
}
